#!/usr/bin/env bash
# Signing in over a real domovoid, twice: behind a proxy's address, and as the world would reach it. Needs PGHOST,
# PGDATABASE (the tiny demo).
cd "$(dirname "$0")" || exit 1
. ./lib.sh
. ./apilib.sh
dir=$(mktemp -d /tmp/domovoi-auth.XXXXXX)
trap 'api_down; rm -rf "$dir"' EXIT
export PGUSER=${PGUSER:-postgres}
api_up "$dir" one 'proxies = 127.0.0.1' || { printf '1..0 # domovoid did not start\n'; exit 1; }
one=$api_url
api_up "$dir" two || { printf '1..0 # domovoid did not start\n'; exit 1; }
two=$api_url
python3 ./api_auth.py "$one" "$two" "$dir/pepper.key" >"$dir/tap"
rc=$?
grep -v '^1\.\.' "$dir/tap"
tap_n=$(grep -cE '^(not )?ok ' "$dir/tap")
tap_failed=$(grep -c '^not ok ' "$dir/tap")
[ "$rc" -le 1 ]; ok "the requests came to an end"
! grep -hE '"level":"error"|Sanitizer|runtime error' "$dir"/*.log; ok "nothing broke in the server"
! grep -hE 'correct horse|eyJ|dk_[0-9a-f]|\$2b\$' "$dir"/*.log; ok "no password, token or key is in the log"
api_down; ok "both end without complaint"
done_testing

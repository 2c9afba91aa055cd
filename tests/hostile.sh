#!/usr/bin/env bash
# Hostile data and bytes: see hostile.py.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'cd / && tiny_end' EXIT
tiny_data hostile || { printf '1..0 # no data\n'; exit 1; }
cd "$HOME" || exit 1
psql -XqAt -F $'\t' -c "$("$here/hostile.py" --columns)" "$tiny_admin" | "$here/hostile.py" --sql | psql -Xq -v ON_ERROR_STOP=1 "$tiny_admin" >"$tiny_work/sql.log" 2>&1 || { cat "$tiny_work/sql.log"; exit 1; }
grep -v '^psql:.*NOTICE' "$tiny_work/sql.log" | sed 's/^/# /'
"$here/hostile.py" "$DOMOVOI" "$(dsn_of head_1)" "$tiny_now"

#!/usr/bin/env bash
# domovoi demo --api: the server beside the demo, and its end with it.
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d /tmp/domovoi-api-demo.XXXXXX)
chmod 711 "$work"
demo() { "$DOMOVOI" demo --dir "$work/demo" "$@"; }
trap 'demo --stop >/dev/null 2>&1; rm -rf "$work"' EXIT
get() { curl -sS -m 20 "$@"; }

url=$(demo --size tiny --api --port 0 2>"$work/said")
like "$url" '^http://127\.0\.0\.1:[0-9]+$' "it says where it is"
like "$(cat "$work/said")" "$work/demo/api-password" "... and where the password is"
is "$(get -o /dev/null -w '%{http_code}' "$url/readyz")" 200 "it is ready"
is "$(stat -c %a "$work/demo/api-password")" 600 "the password is its owner's alone"
is "$(stat -c %a "$work/demo/api")" 700 "so are keys, settings and log"
login() {
	python3 -c 'import json, sys; print(json.dumps({"login": sys.argv[1], "password": sys.argv[2]}))' "$@" |
		get -H 'Content-Type: application/json' --data-binary @- "$url/api/v1/auth/login"
}
password=$(cat "$work/demo/api-password")
token=$(login head_1 "$password" | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
like "$token" '^ey.+\..+\..+$' "its people sign in with it"
like "$(login head_1 "not $password")" '"code":"invalid-credentials"' "... and with nothing else"
like "$(get -H "Authorization: Bearer $token" "$url/api/v1/auth/me")" '"role":"head"' "and are who they are"
is "$(get -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$url/api/v1/reservations?limit=5")" 200 "with data"
is "$(demo --api 2>/dev/null)" "$url" "a second one finds the first"
trace=0af7651916cd43dd8448eb211c80319c
get -o /dev/null -H "Authorization: Bearer $token" -H "X-Request-Id: $trace" "$url/api/v1/units?limit=1"
is "$(grep -c "$trace" "$work/demo/api/log")" 1 "a request is in the log under its trace"
is "$(grep -cF -e "$password" -e "$token" "$work/demo/api/log")" 0 "passwords and tokens are not"
pid=$(cat "$work/demo/api/lock")
demo --stop 2>/dev/null; ok "it stops with the demo"
for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done # what watches for leaks looks last
kill -0 "$pid" 2>/dev/null
is "$?" 1 "nobody is left"
is "$(grep -vc '^{' "$work/demo/api/log")" 0 "nothing but its log is in the log"
is "$(demo --port 1 2>&1 >/dev/null | grep -c -- --api)" 1 "--port goes with --api"
url=$(demo --reset --size tiny --api --port 0 2>/dev/null)
like "$(login head_1 "$(cat "$work/demo/api-password")")" '"access_token"' "made anew, its people sign in with what the file says"
demo --stop 2>/dev/null
held=$(python3 -c '
import os, socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
if (pid := os.fork()): print(pid, s.getsockname()[1]); sys.exit()
os.close(1); time.sleep(120)')
demo --api --port "${held#* }" >/dev/null 2>"$work/said"
is "$(grep -c . "$work/said"),$(grep -c '\^J' "$work/said")" 1,0 "a port that is taken is one line"
like "$(cat "$work/said")" "Address already in use" "... that says so"
kill "${held% *}"
mkdir -m 700 "$work/keys"
"$BUILD/domovoid" keygen "$work/keys" >/dev/null
chmod 644 "$work/keys/jwt.keys"
is "$("$BUILD/domovoid" --check --set jwt_keys="$work/keys/jwt.keys" --set pepper="$work/keys/pepper.key" --set dsn=dbname=x 2>&1)" \
	"domovoid: E-CONFIG: jwt_keys: $work/keys/jwt.keys is open to others than its owner. Run: chmod 600 $work/keys/jwt.keys" \
	"a key that others can read is refused in one sentence"
is "$("$BUILD/domovoid" keygen 2>&1)" "domovoid: E-USAGE: keygen needs DIR. See domovoid --help" "keygen says what it needs"
"$BUILD/domovoid" keygen --help | grep -q '^Commands:'; ok "... and helps"
done_testing

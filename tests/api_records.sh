#!/usr/bin/env bash
# Records, lists, reports and jobs of the API, over a real domovoid on a tiny demo of its own: api_records.py asks.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/apilib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
trap 'kill "${server-}" 2>/dev/null; tiny_end' EXIT
[ -n "${PGHOST-}" ] || { echo "1..0 # tests/run BUILD api_records: a demo of its own lets no new login in"; exit 1; }
tiny_data api_records || { echo "1..0 # no demo"; exit 1; }
DOMOVOID=${BUILD:-$here/../build}/domovoid
admin() { psql -XqAt -v ON_ERROR_STOP=1 "$tiny_admin" "$@"; }

# the API's login, its keys, and a login session of each person whose database login the demo has
admin -c "set client_min_messages = error" -c "do \$\$ begin
  if not exists (select from pg_roles where rolname = 'api_records') then create role api_records login noinherit; end if; end \$\$" \
	-c "grant domovoi_api, domovoi_platform, domovoi_company, domovoi_assigned, domovoi_own, domovoi_landlord to api_records" \
	-c "alter role api_records set role = domovoi_api" \
	-c "insert into domovoi.api_role (rolname) values ('api_records')" || exit 1
keys=$tiny_work/keys
mkdir -m 700 "$keys"
(umask 077; python3 -c "
import base64, os, sys
k = lambda: base64.b64encode(os.urandom(32)).decode()
open(sys.argv[1] + '/jwt.keys', 'w').write('k1 ' + k() + '\n')
open(sys.argv[1] + '/pepper.key', 'w').write(k() + '\n')
open(sys.argv[1] + '/codes.key', 'w').write(k() + '\n')" "$keys")
admin -F $'\t' -c "with s as (insert into domovoi.login_session (user_id, opened_at, seen_at, until, proved_at, amr, must_change)
    select l.user_id, domovoi.now(), domovoi.now(), domovoi.now() + interval '30 days', domovoi.now(), '{pwd}', false from domovoi.db_login l
    returning id, user_id)
  select l.rolname, s.user_id, s.id from s join domovoi.db_login l using (user_id) order by 1" >"$tiny_work/people"
"$DOMOVOID" --set listen=127.0.0.1:0 --set "dsn=$(dsn_of api_records)" --set "jwt_keys=$keys/jwt.keys" \
	--set "pepper=$keys/pepper.key" --set "codes_key=$keys/codes.key" --set "now=$tiny_now" --set threads=2 \
	--set connections=8 2>"$tiny_work/log" &
server=$!
for _ in $(seq 600); do
	grep -qsE '127\.0\.0\.1:[0-9]+' "$tiny_work/log" && break
	sleep 0.1
done
url=$(grep -oE '127\.0\.0\.1:[0-9]+' "$tiny_work/log" | head -n 1)
mkdir -p "$HOME/.config/domovoi"
printf '[codes]\ndsn = %s\ncodes_key = %s\n' "$(dsn_of head_1)" "$keys/codes.key" >"$HOME/.config/domovoi/profiles"
chmod 600 "$HOME/.config/domovoi/profiles"
api_url=http://$url
api_through "$tiny_work" || exit 1
url=${api_url#http://}
timeout 900 python3 "$here/api_records.py" "$url" "$keys/jwt.keys" "$tiny_work/people" "$DOMOVOI" "$(dsn_of head_1)" "$tiny_now" \
	"$tiny_admin"
rc=$?
kill -TERM "$server"
wait "$server"
stopped=$?
grep -aE 'Sanitizer|runtime error' "$tiny_work/log" >&2 || [ "$stopped" -eq 0 ] && exit "$rc"
tail -n 20 "$tiny_work/log" >&2
exit 1

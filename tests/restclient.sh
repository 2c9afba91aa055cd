#!/usr/bin/env bash
# The REST client against a real domovoid behind a Unix socket, which the test stops and starts: tests/test_rest.c.
# Needs PGHOST and t_tiny. As "restclient.sh DIR stop|start" it is what the test calls.
cd "$(dirname "$0")" || exit 1
if [ $# -eq 2 ]; then
	. ./lib.sh
	. ./apilib.sh
	[ "$2" = start ] || { kill -TERM "$(cat "$1/pid")" && while kill -0 "$(cat "$1/pid")" 2>/dev/null; do read -rt 0.05 <> <(:) || :; done; exit 0; }
	rm -f "$1/api/server.log"
	PGDATABASE=t_restclient api_up "$1/api" server "listen = unix:$1/api.sock" >"$1/up.log" 2>&1 </dev/null || {
		# on a machine that has much else to do it may only be slow
		for ((i = 0; i < 300; i++)); do
			grep -q '"event":"listening"' "$1/api/server.log" && break
			read -rt 0.1 <> <(:) || :
		done
		[ "$i" -lt 300 ] || { cat "$1/up.log" "$1/api/server.log"; api_down; exit 1; }
	}
	echo "${api_pids# }" >"$1/pid"
	cat "$1/api/server.log" >>"$1/all.log"
	exit 0
fi
. ./lib.sh
. ./apilib.sh
dir=$(mktemp -d /tmp/domovoi-restclient.XXXXXX)
memory=$(mktemp -d /dev/shm/domovoi-restclient.XXXXXX)
chmod 711 "$dir"
trap 'kill "$(cat "$dir/pid" 2>/dev/null)" 2>/dev/null; rm -rf "$dir" "$memory"' EXIT
export PGUSER=${PGUSER:-postgres} REST_PASSWORD='correct horse battery staple' XDG_RUNTIME_DIR=$memory XDG_STATE_HOME=$dir/state
"$BUILD/domovoid" keygen "$dir/api" >"$dir/keygen.log" 2>&1 || cat "$dir/keygen.log"
hash=$("$BUILD/tests/conformance" hash "$dir/api/pepper.key" "$REST_PASSWORD")
psql -Xqc 'set client_min_messages = error' -c 'drop database if exists t_restclient' -c 'create database t_restclient template t_tiny' postgres
psql -Xqc "select domovoi.put_password(l.user_id, '$hash', false, l.user_id) from domovoi.db_login l" t_restclient >/dev/null
export REST_URL=http+unix://$dir/api.sock REST_SERVER="$PWD/restclient.sh $dir"
./restclient.sh "$dir" start || { printf '1..0 # domovoid did not start\n'; exit 1; }
timeout 200 "$BUILD/tests/test_rest" >"$dir/out" 2>&1
rc=$?
said=$(grep -aoE '[0-9]+ passed, [0-9]+ failed' "$dir/out")
[ "$rc" -eq 0 ]; ok "the REST client: $said"
[ "$rc" -eq 0 ] || diag "$(tail -n 60 "$dir/out")"

# From the command line, as one process after the other.
dom() { HOME=$dir XDG_CONFIG_HOME=$dir/own/config XDG_STATE_HOME=$dir/own timeout 60 "$DOMOVOI" --url "$REST_URL" "$@" 2>&1; }
open_logins() { psql -XAtc "select count(*) from domovoi.login_session s join domovoi.db_login l using (user_id)
	where l.rolname = 'head_1' and s.closed_at is null" t_restclient; }
before=$(open_logins)
like "$(dom login head_1 <<<"$REST_PASSWORD")" 'head$' "domovoi login"
like "$(dom whoami)" 'head' "the next command is signed in"
is "$(($(open_logins) - before))" 1 "the server has one login more"
dom logout >"$dir/out"; is "$? $(open_logins)" "0 $before" "domovoi logout ends it there, too"
dom whoami >"$dir/out"; is "$?" 4 "and it is forgotten here"
dom logout >"$dir/out"; is "$?" 0 "who is out is out"
! grep -rqaE 'correct horse|eyJ' "$dir/state" "$dir/own"; ok "no password or token is on the disk"
done_testing

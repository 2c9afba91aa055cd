#!/usr/bin/env bash
# The same cases over PostgreSQL and over the API, every demo login, on two equal copies of the tiny demo: the first is
# asked directly, the second by domovoid. tests/conformance.c has the cases. Needs PGHOST, t_tiny (tests/run makes them).
#
#   conformance.sh [LOGIN…]     only these; CONFORMANCE_SHARE=0/4: of what fields and words do a fourth
cd "$(dirname "$0")" || exit 1
. ./lib.sh
. ./apilib.sh
dir=$(mktemp -d /tmp/domovoi-conformance.XXXXXX)
chmod 711 "$dir"
trap 'api_down; rm -rf "$dir"' EXIT
export PGUSER=${PGUSER:-postgres}
password='correct horse battery staple'
now=2026-06-16T09:00:00+05:00

# Both copies of one database, made now: passwords and the API's login are in both, so that they stay equal.
make_copies() {
	psql -Xqc 'set client_min_messages = error' -c 'drop database if exists t_conf_a' -c 'drop database if exists t_conf_b' \
		-c 'create database t_conf_b template t_tiny' postgres || return 1
	"$BUILD/domovoid" keygen "$dir/api" >"$dir/keygen.log" 2>&1 || { cat "$dir/keygen.log"; return 1; }
	local hash
	hash=$("$BUILD/tests/conformance" hash "$dir/api/pepper.key" "$password") || return 1
	psql -Xq -v ON_ERROR_STOP=1 -v now="$now" -v hash="$hash" t_conf_b >"$dir/passwords.log" <<-'SQL' || return 1
		select set_config('domovoi.now', :'now', false);
		select domovoi.put_password(l.user_id, :'hash', false, l.user_id) from domovoi.db_login l;
	SQL
	mkdir -m 700 "$dir/codes"
	(umask 077 && head -c 32 /dev/urandom | base64 >"$dir/codes/codes.key")
	psql -Xqc 'create database t_conf_a template t_conf_b' postgres
}

run_cases() { # run_cases LANG LOGIN KIND
	local said rc
	"$BUILD/tests/conformance" "$1" "$2" "$3" "host=$PGHOST dbname=t_conf_a" "$api_url" "$password" \
		"$dir/codes/codes.key" >"$dir/out" 2>&1
	rc=$?
	[ -z "${CONFORMANCE_KEEP-}" ] || cp "$dir/out" "$CONFORMANCE_KEEP/$2.$3.$1"
	said=$(tail -n 1 "$dir/out")
	[ "$rc" -eq 0 ]
	ok "$2, $3, $1: ${said##*: }"
	[ "$rc" -eq 0 ] || diag "$(grep -A2 '^not ok\|Sanitizer\|runtime error' "$dir/out" | head -n "${SHOW:-40}")"
}

make_copies || { printf '1..0 # no copies\n'; exit 1; }
PGDATABASE=t_conf_b api_up "$dir/api" server "now = $now" 'max_per_address = 1000' \
	"codes_key = $dir/codes/codes.key" || {
	printf '1..0 # domovoid did not start\n'
	exit 1
}
# Everything for one of each scope, but of what fields and words do a share each: half with head_1, the other half with the
# superuser, a quarter with each of the two between them. check-long, or CONFORMANCE_ALL=1: everything for everybody.
[ "${TEST_COUNT:-1}" -lt 20 ] || CONFORMANCE_ALL=1
everybody=$(psql -XqAtc 'select rolname from domovoi.demo_logins() where rolname not like '"'%\\_2'" t_conf_b)
everybody=${everybody//$'\n'/ }
few='head_1 realtor_1 owner_1 superuser'
[ -z "${CONFORMANCE_ALL-}" ] || few=$everybody
[ -n "${CONFORMANCE_ALL-}${1-}" ] && shares=() || shares=(0/2 0/4 2/4 1/2)
for login in ${*:-$everybody}; do
	case " $few $* " in *" $login "*)
		CONFORMANCE_SHARE=${shares[0]-${CONFORMANCE_SHARE-}} run_cases en "$login" reads
		shares=("${shares[@]:1}") ;;
	esac
	run_cases ru "$login" refusals
done
for login in ${*:-auditor_1 realtor_1 head_1}; do run_cases kk "$login" writes; done
! grep -hE 'Sanitizer|runtime error' "$dir"/api/*.log; ok "nothing broke in the server"
api_down; ok "the server ends without complaint"
done_testing

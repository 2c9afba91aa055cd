#!/usr/bin/env bash
# The same refresh token by twenty at once, wrong passwords by fifty at once, a code by twenty: one outcome each, whatever
# came first. Needs PGHOST, PGDATABASE (migrated and seeded), a superuser.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PGUSER=${PGUSER:-postgres}
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
api() { PGUSER=t_api psql -XqAt -v ON_ERROR_STOP=1 -c "$1"; }
(cd sql/fixtures && sql -f roles.sql -f data.sql) >"$dir/log" 2>&1 || { cat "$dir/log"; printf '1..0 # no fixtures\n'; exit 1; }
head=$(sql -c "select id from t.staff where login = 't_head'")

# at_once N SQL: N sessions of the API's login that begin together; # in SQL is the number of each. Their answers, counted.
at_once() {
	local i n=$1
	sql -c 'create table if not exists public.race_gate (n int)' -c 'grant select on public.race_gate to public' -c 'grant usage on schema public to public'
	coproc GATE { psql -XqAt; }
	echo 'begin; lock table public.race_gate in access exclusive mode; select 1;' >&"${GATE[1]}"
	read -r i <&"${GATE[0]}"
	for ((i = 1; i <= n; i++)); do
		PGUSER=t_api psql -XqAt -c 'select count(*) from public.race_gate' -c "${2//#/$i}" >"$dir/answer.$i" 2>&1 &
	done
	for ((i = 0; i < 200; i++)); do
		[ "$(sql -c "select count(*) from pg_locks where relation = 'public.race_gate'::regclass and not granted")" -ge "$n" ] && break
		sleep 0.05
	done
	echo 'commit;' >&"${GATE[1]}"
	eval "exec ${GATE[1]}>&-"
	wait
	tail -qn 1 "$dir"/answer.* | sort | uniq -c | sed 's/^ *//' | paste -sd ' '
	rm -f "$dir"/answer.*
}

# ---- one token
login=$(api "select login from auth.open('$head', null, 'race', '{pwd}', sha256('first'))")
is "$(at_once 20 "select outcome from auth.rotate(sha256('first'), sha256('next #'), null)")" "19 again 1 ok" "twenty ask with the same token at once"
is "$(sql -c "select string_agg(state || ' ' || n, ', ' order by state) from (select state, count(*) n from domovoi.refresh_token where login_id = '$login' group by 1) x")" \
	"active 1, revoked 19, superseded 1" "one successor is good"
is "$(sql -c "select closed_at is null from domovoi.login_session where id = '$login'")" t "and the session goes on"
good=$(sql -c "select i from generate_series(1, 20) i join domovoi.refresh_token r on r.hash = sha256(convert_to('next ' || i, 'UTF8')) where r.state = 'active'")
is "$(api "select outcome from auth.rotate(sha256('next $good'), sha256('used'), null)")" ok "with that one"
is "$(at_once 20 "select outcome from auth.rotate(sha256('first'), sha256('stolen #'), null)")" "19 over 1 stolen" "once it is used the old one ends the session, once"
is "$(sql -c "select count(*) from domovoi.audit_log where what = 'token_stolen'")" 1 "the trail has one line"
is "$(sql -c "select count(*) from domovoi.refresh_token where hash in (select sha256(convert_to('stolen ' || i, 'UTF8')) from generate_series(1, 20) i)")" 0 "and no token came of it"

# ---- wrong passwords: what is let through, of one account, from everywhere; of one address, at everybody
is "$(at_once 50 "select auth.wait('t_head', '10.0.0.#')")" "5 0 45 1" "fifty at once at one account: five are let through"
for i in 1 2 3 4 5; do api "select auth.failed('t_head', '10.0.0.$i', 'password')" >/dev/null; done
is "$(api "select auth.wait('t_head', '10.0.0.99') between 295 and 300")" t "all wrong: the account waits"
is "$(at_once 50 "select auth.wait('nobody#', '10.1.1.1')")" "5 0 45 1" "fifty at once from one address: five"
at_once 50 "select auth.failed('other#', '10.2.2.2', 'password')" >/dev/null
is "$(api "select auth.wait('t_realtor', '10.2.2.2') between 295 and 300")" t "who does not ask before is counted all the same"
is "$(sql -c "select level from domovoi.auth_limit where key = 'a:10.2.2.2/32'")" 1 "once, however many there were"
is "$(at_once 50 "do \$\$ begin if auth.wait('t_manager', '10.3.3.#') = 0 then perform auth.failed('t_manager', '10.4.4.#', 'password'); end if; end \$\$; select 'done'")" "50 done" \
	"fifty that lock both at once, without a deadlock"
is "$(sql -c "select count(*) from domovoi.audit_log where what = 'login_failures' and record_id = (select id from t.staff where login = 't_manager')")" 1 "one streak is one line"

# ---- a code, a recovery code, a token for one use
api "select auth.totp_set('$head', 'x'), auth.totp_confirm('$head', 1, array[sha256('r')])" >/dev/null
is "$(at_once 20 "select auth.totp_used('$head', 77)")" "19 f 1 t" "a code is used once"
is "$(at_once 20 "select auth.recovery_use('$head', sha256('r'))")" "19 f 1 t" "so is a recovery code"
is "$(at_once 20 "select auth.revoke('01900000-0000-7000-8000-00000000abcd', now() + interval '1 minute')")" "19 f 1 t" "and a token"
done_testing

#!/usr/bin/env bash
# Attacks on identity and rights, by real logins over psql: nobody becomes somebody else, nobody sees or writes more than
# his membership reaches. Needs PGHOST, PGDATABASE (migrated and seeded, kind = test), a superuser with trust.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PGUSER=${PGUSER:-postgres}
admin() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
(cd sql/fixtures && admin -f roles.sql -f data.sql) >"$dir/log" 2>&1 || { cat "$dir/log"; printf '1..0 # no fixtures\n'; exit 1; }

# as LOGIN SQL: last line of the answer, or the SQLSTATE. `enter` is the way a client comes in.
as() {
	PGUSER=$1 psql -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -c "$2" 2>&1 | sed 's/^ERROR:  //;/^NOTICE\|^WARNING/d' | tail -n 1
}
all() { PGUSER=$1 psql -XAt -v VERBOSITY=verbose -c "$2" 2>&1; } # everything that is said, notices and details too
enter='do $$ begin perform api.enter(); end $$; set role domovoi_own;'
id_of() { admin -c "select id from t.staff where login = '$1'"; }
head=$(id_of t_head)
super=$(id_of t_super)
member=$(admin -c "select id from domovoi.membership where user_id = '$super' limit 1")
who="select user_name || ' ' || scope from api.whoami() limit 1"
units='select count(*) from api.units'

is "$(as t_realtor "$enter $who")" "Name of t_realtor own" "the agent is himself"
is "$(as t_realtor "$enter $units")" 1 "and sees his unit"

# ---- settings: by SET, by the connection's options, by the role's defaults
for guc in "domovoi.user=$super" "domovoi.user=$head" "domovoi.membership=$member" domovoi.company=902 app.user_id=1 role=none; do
	is "$(as t_realtor "select set_config('${guc%%=*}', '${guc#*=}', false); $enter $who")" "Name of t_realtor own" "setting ${guc%%=*}"
	is "$(PGOPTIONS="-c ${guc%%=*}=${guc#*=}" as t_realtor "$enter $units")" 1 "PGOPTIONS ${guc%%=*}"
	is "$(as t_realtor "$enter select set_config('${guc%%=*}', '${guc#*=}', false); set role domovoi_own; $units")" 1 "setting ${guc%%=*} after entering"
done
as t_realtor "alter role t_realtor set domovoi.\"user\" = '$super'" >/dev/null
is "$(as t_realtor "$enter $who")" "Name of t_realtor own" "a default of one's own role"
as t_realtor "alter role t_realtor reset all" >/dev/null
is "$(as t_realtor "$enter set row_security = off; $units")" 42501 "row security is not switched off"
is "$(as t_realtor "set session_replication_role = replica")" 42501 "nor the triggers"

# ---- roles
for role in domovoi_platform domovoi_company domovoi_assigned domovoi_landlord domovoi_rules domovoi_owner t_head t_super t_api "$PGUSER"; do
	is "$(as t_realtor "set role $role")" 42501 "SET ROLE $role"
done
is "$(PGOPTIONS='-c role=domovoi_platform' as t_realtor "$units" | grep -o 'permission denied')" "permission denied" "PGOPTIONS role"
is "$(as t_realtor "set session authorization t_head")" 42501 "SET SESSION AUTHORIZATION"
is "$(as t_realtor "do \$\$ begin perform set_config('role', 'domovoi_platform', false); end \$\$")" 42501 "set_config of the role"
is "$(as t_realtor "grant domovoi_platform to t_realtor")" 42501 "granting oneself a role"
is "$(as t_realtor "alter role t_realtor createrole")" 42501 "making oneself a maker of roles"
is "$(as t_realtor "create role t_evil")" 42501 "making a role"
is "$(as t_realtor "select pg_terminate_backend(pid) from pg_stat_activity where usename = '$PGUSER' limit 1" | grep -c '^t$')" 0 "ending somebody else's session"
admin -c "grant domovoi_platform, domovoi_company to t_realtor"
is "$(as t_realtor "do \$\$ begin perform api.enter(); end \$\$; set role domovoi_company; $units")" 0 "a scope role without its membership shows nothing"
is "$(as t_realtor "do \$\$ begin perform api.enter(); end \$\$; set role domovoi_platform; $units")" 0 "the platform's neither"
is "$(as t_realtor "set role domovoi_platform; select act.apply_mutation('{\"id\": \"01900000-0000-7000-8000-00000000bad1\", \"resource\": \"unit\", \"kind\": \"patch\", \"record\": \"U2\", \"set\": {\"floor\": 1}}') ->> 'code'")" \
	DM006 "nor does it write"
admin -c "revoke domovoi_platform, domovoi_company from t_realtor"

# ---- what maps logins to people, tables, rule functions, by name or by a way round
for t in db_login api_role membership app_user party reservation unit change_log mutation server; do
	is "$(as t_realtor "$enter select count(*) from domovoi.$t")" 42501 "domovoi.$t by name"
done
is "$(as t_realtor "$enter set search_path = domovoi, public; select count(*) from db_login")" 42P01 "nor by search_path"
is "$(as t_realtor "$enter copy domovoi.party to stdout")" 42501 "COPY"
is "$(as t_realtor "$enter insert into domovoi.db_login values ('t_realtor', '$super')")" 42501 "writing the mapping"
is "$(as t_realtor "$enter select count(*) from pg_stats where schemaname = 'domovoi' and tablename in ('party', 'unit', 'reservation')")" 0 "statistics tell nothing"
is "$(as t_realtor "$enter select pg_read_file('/etc/passwd')")" 42501 "files of the server"
oid=$(admin -c "select 'domovoi.party'::regclass::oid")
is "$(as t_realtor "$enter select query_to_xml('select * from ' || $oid::regclass, true, false, '')")" 42501 "a table through a function that runs text"
for f in "me()" "my_company('platform')" "now()" "reaches(902, null, null, null)" "has_permission('unit.view')" "apply('{}')" "expire_holds(901, null, null, null)" "next_no(901, 'party')" \
	"lock_units(901, null)" "create_party(901, null, '{}')" "import_batch('unit', 901, '[]')" "analyze_young('{}')" "log_change(1, '', null, '', 1, null, null)"; do
	is "$(as t_realtor "$enter select domovoi.$f")" 42501 "domovoi.$f"
done

# ---- speaking for others
is "$(as t_realtor "select act.begin_request('$super', null, null, null, null)")" 42501 "begin_request by a person"
is "$(as t_realtor "$enter select act.begin_request('$super', null, null, null, null)")" 42501 "begin_request after entering"
is "$(as t_realtor "select act.assume('$super', null, null, null, null, null)")" 42501 "its inner half"
is "$(as t_head "select act.begin_request('$super', null, null, null, null)")" 42501 "begin_request by a head"
is "$(as t_stranger "select act.begin_request('$super', null, null, null, null)")" 42501 "begin_request by a stranger"
is "$(as t_stranger "select count(*) from api.whoami()")" DM009 "a stranger is nobody"
is "$(as t_stranger "set role domovoi_company")" 42501 "and has no scope"
mine=$(as t_api "select login from auth.open('$(id_of t_realtor)', null, 'test', '{pwd}', sha256('mine'))")
ask="begin; select act.begin_request('$(id_of t_realtor)', null, null, '$mine', null);"
is "$(as t_api "$ask $units")" 1 "the API speaks for the agent"
is "$(as t_api "$ask commit; set role domovoi_own; $units")" 0 "until the end of the transaction"
is "$(as t_worker "begin; select act.begin_request('$(id_of t_realtor)', null, null, null, null); $units")" 1 "what runs by the clock without his session"
for other in "$(id_of t_realtor)', null, null, null, null" "$super', null, null, '$mine', null" "$(id_of t_realtor)', null, null, '$member', null" \
	"$(id_of t_realtor)', null, null, null, '$mine'"; do
	is "$(as t_api "begin; select act.begin_request('$other); $units")" DM015 "the API's login only with a session that is his: $other"
done
is "$(as t_api "set role domovoi_platform; $units")" 0 "and is nobody itself"
is "$(as t_api "set role domovoi_platform; select act.import_rows('unit', '[]')")" DM009 "nor writes as nobody"
is "$(as t_api "begin; select act.begin_request('$(id_of t_realtor)', 902, null, '$mine', null)")" DM009 "nor takes a person where he does not belong"

# ---- the doors of the API server
for f in "auth.credential('t_super')" "auth.wait('t_super', null)" "auth.set_password('$(id_of t_realtor)', 'x', false, null)" "auth.open('$super', null, '', '{}', sha256('x'))" \
	"auth.rotate(sha256('mine'), sha256('y'), null)" "auth.close('$mine')" "auth.stepped_up('$mine', null)" "auth.totp_drop('$super')" "auth.key_user('$super', '', null)" \
	"ops.feed(null, 1)" "ops.horizon()" "ops.trusted()" "ops.prune()"; do
	is "$(as t_realtor "select $f")" 42501 "$f by a person"
	is "$(as t_super "do \$\$ begin perform api.enter(); end \$\$; set role domovoi_platform; select $f")" 42501 "… by the platform's owner"
done
is "$(as t_realtor "set role domovoi_api")" 42501 "SET ROLE domovoi_api"
is "$(as t_realtor "grant domovoi_api to t_realtor")" 42501 "nor by granting it"
for t in user_password login_session refresh_token user_totp recovery_code auth_limit access_key; do
	is "$(as t_super "do \$\$ begin perform api.enter(); end \$\$; set role domovoi_platform; select count(*) from domovoi.$t")" 42501 "domovoi.$t by name"
	is "$(as t_api "$ask select count(*) from domovoi.$t")" 42501 "nor in a request"
done
key=$(admin -c "insert into domovoi.access_key (id, user_id, name, scopes, permissions, secret_hash, created_at) select gen_random_uuid(), '$super', 'k', '{*}',
	array(select code from domovoi.permission), sha256('k'), now() returning id")
for guc in "domovoi.login=$mine" "domovoi.key=$key" "domovoi.rights={company.manage,unit.view,audit.view}" domovoi.doing=on domovoi.trace=x; do
	is "$(as t_realtor "select set_config('${guc%%=*}', '${guc#*=}', false); $enter select user_name || ' ' || (select count(*) from api.units) from api.whoami() limit 1")" \
		"Name of t_realtor 1" "setting ${guc%%=*}"
	is "$(PGOPTIONS="-c ${guc%%=*}=${guc#*=}" as t_realtor "$enter select count(*) from api.audit")" \
		"$(as t_realtor "$enter select count(*) from api.audit")" "PGOPTIONS ${guc%%=*} shows nothing more"
done
is "$(as t_api "begin; select act.begin_request('$super', null, null, '$mine', '$key'); $units")" DM015 "a key does not help a session that is somebody else's"
is "$(as t_api "begin; select act.begin_request('$(id_of t_realtor)', null, null, '$mine', '$mine'); $units")" DM015 "nor is it one or the other"
is "$(as t_api "$ask commit; $units")" 42501 "a request is one transaction: outside of it nothing is seen"

# ---- things of the same name
is "$(as t_realtor "create function public.me() returns int language sql as 'select 1'")" 42501 "nothing is made in public"
is "$(as t_realtor "create schema evil")" 42501 "nor a schema"
is "$(as t_realtor "create table api.x ()")" 42501 "nor in api"
is "$(as t_realtor "create function act.x() returns int language sql as 'select 1'")" 42501 "nor in act"
# a database made from a template has not its privileges: here anybody may make temporary things, which must not help him
shadow="create temp table db_login (rolname name, user_id uuid, enabled bool); insert into db_login values ('t_realtor', '$super', true);
 create temp table api_role (rolname name); insert into api_role values ('t_realtor'); create temp table role_permission (role text, permission text);
 insert into role_permission select 'realtor', 'reservation.import'; set search_path = pg_temp, public, pg_catalog; set domovoi.\"user\" = '$super';"
is "$(as t_realtor "$shadow $enter $who")" "Name of t_realtor own" "temporary tables of the rules' names"
is "$(as t_realtor "$shadow $enter select act.import_rows('reservation', '[]')")" DM005 "give no permission"
is "$(as t_realtor "create function pg_temp.coalesce_(text) returns text language sql as 'select 1::text'; create function pg_temp.current_setting(text, bool) returns text language sql as \$\$ select '$super' \$\$;
 set search_path = pg_temp, pg_catalog; $enter $who")" "Name of t_realtor own" "nor functions"
leak="create function pg_temp.leak(text) returns bool language plpgsql cost 0.0000001 as \$\$ begin raise notice 'leak %', \$1; return true; end \$\$;"
out=$(all t_realtor "$leak $enter select count(*) from api.parties where pg_temp.leak(name); select count(*) from api.reservations where pg_temp.leak(comment); select count(*) from api.units where pg_temp.leak(title);")
is "$(grep -c CANARY <<<"$out")" 0 "a cheap talkative function hears only of rows that may be seen"
like "$out" 'leak Семёнова' "of which it does hear"
is "$(all t_realtor "$enter select count(*) from api.units where 1 / (case when title = 'CANARY flat of beta' then 0 else 1 end) > 0" | tail -n 1)" 1 "nor does an error tell"

# ---- what an error tells
out=$(all t_realtor "$enter select act.apply_mutation('{\"id\": \"01900000-0000-7000-8000-00000000bad2\", \"resource\": \"unit\", \"kind\": \"patch\", \"record\": \"U2\", \"set\": {\"floor\": 1}}');
 select act.apply_mutation('{\"id\": \"01900000-0000-7000-8000-00000000bad3\", \"resource\": \"unit\", \"kind\": \"patch\", \"record\": \"NONE\", \"set\": {\"floor\": 1}}');")
is "$(grep -c '"code": "DM006"' <<<"$out")" 2 "what may not be seen and what is not there are told alike"
out=$(all t_realtor "$enter select act.apply_mutation('{\"id\": \"01900000-0000-7000-8000-00000000bad4\", \"resource\": \"unit\", \"kind\": \"create\", \"set\": {\"code\": \"U2\", \"title\": \"x\"}}');")
is "$(grep -ci 'Flat two\|key (' <<<"$out")" 0 "a code that is taken does not show by whom"
is "$(as t_realtor "$enter prepare p as $units; execute p; reset role; execute p" )" 42501 "a prepared list is asked again under the rights of the moment"

# ---- time
is "$(as t_realtor "set domovoi.now = '2031-05-05T12:00:00Z'; $enter select today from api.whoami() limit 1")" 2031-05-05 "a test database is told the time"
admin -c "update domovoi.server set kind = 'live'"
is "$(as t_realtor "set domovoi.now = '2031-05-05T12:00:00Z'; $enter select today = (now() at time zone 'Asia/Almaty')::date from api.whoami() limit 1")" t "a live one is not"
done_testing

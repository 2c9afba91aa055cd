#!/usr/bin/env bash
# A real database: migrating it as its owner, being refused, staff logins, the doctor. PGHOST and PGUSER are a
# private server and its superuser (tests/run); without them one is started here.
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d /tmp/domovoi-db.XXXXXX) || exit 1
chmod 711 "$work"
own=
if [ -z "${PGHOST-}" ]; then
	pg_private "$work/pg" || exit 1
	own=yes
fi
export PGDATABASE=postgres
invited='db.guest'
names='db_hosted db_two db_plain'
finish() {
	for n in $names; do psql -Xqc "drop database if exists $n with (force)" 2>/dev/null; done
	psql -Xqc 'drop role if exists "db.staff"' -c 'drop role if exists "db.guest"' -c 'drop role if exists db_hosted' -c 'drop role if exists db_plain' \
		-c 'drop role if exists db_api' 2>/dev/null
	[ -z "$own" ] || pg_private_stop "$work/pg"
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

hosted="host=$PGHOST user=db_hosted dbname=db_hosted"
db() { "$DOMOVOI" --dsn "$hosted" db "$@" 2>"$work/err"; }
err() { cat "$work/err"; }
as_super() { psql -XAtq -d db_hosted -c "$1"; }

# ---- migrating ------------------------------------------------------------------------------------------------

psql -Xqc 'create role db_hosted login createrole' -c 'create role db_plain login' ||
	exit 1
psql -Xqc 'create database db_hosted owner db_hosted'
psql -Xqc 'create database db_two' 
psql -Xqc 'create database db_plain owner db_plain'

is "$(db status --format tsv | grep -c pending)" "$(ls "$TOP"/db/migrations/*.sql "$TOP"/db/seed/*.sql | wc -l)" "before: everything is pending"
db migrate; ok "the database's owner with CREATEROLE migrates it"
is "$(db status --format tsv | grep -cw applied)" "$(ls "$TOP"/db/migrations/*.sql "$TOP"/db/seed/*.sql | wc -l)" "after: everything is applied"
db migrate; is "$? $(err)" "0 " "a second run does nothing"
db seed; ok "the seeds may run again"
is "$(as_super "select count(*) from pg_tables where schemaname = 'domovoi' and tableowner <> 'domovoi_owner'")" 0 "tables belong to domovoi_owner"
is "$(as_super "select checksum from domovoi_meta.applied where name = '0001_tables'")" \
	"$(sha256sum "$TOP/db/migrations/0001_tables.sql" | cut -d' ' -f1)" "the record has the file's SHA-256"
is "$(as_super "select count(*) from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = 'domovoi' and proname like 'demo%'")" 0 \
	"a live database has no demo generator"

"$DOMOVOI" --dsn "host=$PGHOST user=db_plain dbname=db_plain" db migrate 2>"$work/err"
is "$?" 4 "an owner without CREATEROLE is refused where roles are to be made"
is "$(psql -XAtqd db_plain -c "select count(*) from pg_namespace where nspname = 'domovoi'")" 0 "… and nothing is half done"
like "$(err)" "CREATEROLE" "… with the remedy"

two="host=$PGHOST user=$PGUSER dbname=db_two"
"$DOMOVOI" --dsn "$two" db migrate 2>"$work/one" & one=$!
"$DOMOVOI" --dsn "$two" db migrate 2>"$work/other"; r=$?
wait "$one"; is "$? $r" "0 0" "two migrators at once both succeed"
is "$(cat "$work/one" "$work/other" | grep -c 0001_tables)" 1 "… and one of them did it"

as_super "update domovoi_meta.applied set checksum = 'x' where name = '0002_identity'"
db migrate; is "$?" 1 "an edited migration is refused"
like "$(err)" "0002_identity was edited" "… by name"
as_super "delete from domovoi_meta.applied where name = '0002_identity'"
db migrate; like "$? $(err)" "^1 .*0002_identity is missing" "a hole in the history is refused"
as_super "insert into domovoi_meta.applied (kind, name, checksum) values ('migration', '0002_identity', '$(
	sha256sum "$TOP/db/migrations/0002_identity.sql" | cut -d' ' -f1)'), ('migration', '9999_future', 'x')"
db migrate; like "$? $(err)" "^1 .*newer than this program.*9999_future" "a newer database is refused"
is "$(wc -l <"$work/err")" 1 "… in one line"
as_super "delete from domovoi_meta.applied where name = '9999_future'"

# ---- users ----------------------------------------------------------------------------------------------------

password() { printf '%s\n' "$1"; }
password 'long enough 1' | db user add db.staff name='Алия Сейткали' role=manager
like "$? $(err)" "^6 .*company" "no user without a company"
is "$(db company add 'Дом' slug=dom)" 1 "the first company"
db company add 'Другой' slug=dom; is "$?" 5 "a company's code is unique"
db company add 'Другой' slug=other tz=Moon/Crater >/dev/null; is "$?" 6 "an unknown time zone is refused"
password short | db user add db.staff name='Алия' role=manager; is "$?" 6 "a short password is refused"
password 'long enough 1' | db user add db.staff name='Алия' role=boss; like "$? $(err)" "^6 .*Roles: " "an unknown role is refused, with the known ones"
password 'long enough 1' | db user add 'db staff' name='Алия' role=manager; is "$?" 6 "a login has no blanks"
password 'long enough 1' | db user add db.staff name='Алия Сейткали' role=manager; ok "a user"
is "$(as_super "select rolcanlogin, rolinherit, rolsuper, left(rolpassword, 14), pg_has_role('db.staff', 'domovoi_company', 'member') from pg_authid where rolname = 'db.staff'")" \
	"t|f|f|SCRAM-SHA-256\$|t" "… is a NOINHERIT login in its scope's group, with a SCRAM verifier"
is "$(psql -XAtq -U db.staff -d db_hosted -c 'select distinct user_name, role, company from api.whoami()')" "Алия Сейткали|manager|1" "… and somebody"
password 'long enough 1' | db user add db.staff name='Алия' role=manager; is "$?" 5 "a login exists once"
before=$(as_super "select rolpassword from pg_authid where rolname = 'db.staff'")
password 'long enough 2' | db user reset db.staff && [ "$(as_super "select rolpassword from pg_authid where rolname = 'db.staff'")" != "$before" ]
ok "a new password"
password 'long enough 2' | db user reset db_hosted; is "$?" 3 "only staff logins are touched"
psql -XAtq -U db.staff -d db_hosted -c 'select 1 from pg_sleep(60)' >/dev/null 2>&1 & session=$!
password 'long enough 1' | db user add $invited; is "$?" 2 "who is not invited needs a name and a role"
as_super "insert into domovoi.app_user (login, display_name, status) values ('$invited', 'Гость', 'invited');
	insert into domovoi.membership (company_id, user_id, role, is_default) select 1, id, 'realtor', true from domovoi.app_user where login = '$invited'"
password 'long enough 1' | db user add $invited; ok "an invitation knows both"
is "$(psql -XAtq -U $invited -d db_hosted -c 'select distinct user_name, role, company from api.whoami()')" "Гость|realtor|1" "… and the login is that person's"
as_super "update domovoi.membership set role = 'manager' where role = 'realtor'"
password 'long enough 2' | db user reset $invited
is "$(as_super "select pg_has_role('$invited', 'domovoi_company', 'member')")" t "after a change of roles a reset opens the new scope"
db user disable db.staff; ok "disabled"
is "$(as_super "select rolcanlogin from pg_roles where rolname = 'db.staff'")" f "… may not log in"
kill "$session" 2>/dev/null
wait "$session" 2>/dev/null

# ---- the API's login --------------------------------------------------------------------------------------------

db api-role db_api; ok "the API's login"
is "$(as_super "select rolcanlogin, rolinherit, rolsuper, rolcreaterole, (select rolpassword is null from pg_authid a where a.oid = r.oid), rolconfig from pg_roles r where rolname = 'db_api'")" \
	"t|f|f|f|t|{role=domovoi_api}" "… is a NOINHERIT login without a password, in its group from the start"
is "$(psql -XAtq -U db_api -d db_hosted -c "select hash is null, ops.trusted() from auth.credential('db.staff')")" "t|f" "… and may ask what the API asks"
is "$(psql -XAtq -U $invited -d db_hosted -c "select auth.credential('db.staff')" 2>&1 | grep -c 'permission denied')" 1 "… which nobody else may"
(umask 077; mkdir "$work/keys"; head -c 32 /dev/urandom | base64 -w 0 >"$work/keys/pepper")
password 'long enough 123' | db user api-password $invited pepper="$work/keys/pepper"; ok "somebody's password for the API"
like "$(psql -XAtq -U db_api -d db_hosted -c "select hash, must_change from auth.credential('$invited')")" '^\$2b\$12\$.{53}\|f$' "… is kept as its hash"
password short | db user api-password $invited pepper="$work/keys/pepper"; is "$?" 6 "… not a short one"
password 'long enough 123' | db user api-password nobody.here pepper="$work/keys/pepper"; is "$?" 3 "… nor anybody's"
db api-role db_api trusted=yes && [ "$(psql -XAtq -U db_api -d db_hosted -c "select ops.trusted()")" = t ]
ok "it is trusted when that is said"
db api-role db_api trusted=perhaps; is "$?" 2 "… yes or no"
db api-role $invited; is "$?" 5 "a person's login is not the API's"
db api-role domovoi_rules; is "$?" 5 "nor is one of ours"
out=$(db doctor --format tsv); is "$?" 0 "the doctor has nothing against it"
as_super "alter role db_api createrole"
out=$(db doctor --format tsv); like "$? $out" "^1 .*API logins	bad	db_api" "until it may do too much"
as_super "drop owned by db_api; drop role db_api; delete from domovoi.api_role"

# ---- the doctor -------------------------------------------------------------------------------------------------

out=$(db doctor --format tsv); is "$?" 0 "the doctor finds a fit database"
like "$out" "migrations	ok" "… its migrations"
like "$out" "notifier	warning" "… and that nobody tells consoles about changes"
as_super "alter table domovoi.reservation no force row level security"
out=$(db doctor --format tsv); is "$?" 1 "row security switched off is bad"
like "$out" "row security	bad	reservation" "… and named"
"$DOMOVOI" --dsn "host=$PGHOST user=$PGUSER dbname=postgres" db doctor --format tsv >"$work/out" 2>/dev/null
is "$?" 1 "a database that is not ours is told so, row by row"
"$DOMOVOI" --dsn "host=$work/nowhere dbname=x" db status 2>"$work/err"; is "$?" 7 "no server: 7"
done_testing

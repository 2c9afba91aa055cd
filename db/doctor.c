#include "config.h"

#include "db/doctor.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "db/conn.h"
#include "db/migrate.h"
#include "db/process.h"

/* One row: "ok", "warn" or "bad"; then what was found, as data. */
struct check {
	const char *name;
	const char *sql;
	const char *remedy;
};

#define STR_(x) #x
#define STR(x) STR_(x)
/* From here on: rows of n, each something that ought not to be; none is fine. */
#define NONE_OF \
	"select case when count(*) = 0 then 'ok' else 'bad' end," \
	" coalesce(string_agg(n, ', ' order by n), '') from "

static const struct check checks[] = {
	{ N_("PostgreSQL version"),
	"select case when current_setting('server_version_num')::int"
	" >= " STR(PG_MIN_MAJOR) "0000 then 'ok' else 'bad' end, current_setting('server_version')",
	N_("Move the database to PostgreSQL 15 or newer") },

	{ N_("encoding"),
	"select case when pg_encoding_to_char(encoding) = 'UTF8' then 'ok' else 'bad' end,"
	" pg_encoding_to_char(encoding) || ', ' || datcollate"
	" from pg_database where datname = current_database()",
	N_("Create the database anew: createdb --encoding=UTF8 --template=template0") },

	{ N_("ICU collations"),
	"select case when count(*) > 0 then 'ok' else 'bad' end,"
	" coalesce(max(collname || ' ' || coalesce(collversion, '')), '')"
	" from pg_collation where collname = 'und-x-icu'",
	N_("Install a PostgreSQL that is built with ICU") },

	{ N_("extensions"),
	NONE_OF "unnest(array['btree_gist', 'pg_trgm', 'pgcrypto']) n"
	" where not exists (select from pg_extension where extname = n)",
	N_("Run: domovoi db migrate. Where the server lacks them: apt install postgresql-contrib") },

	{ N_("roles"),
	NONE_OF "unnest(array['domovoi_owner', 'domovoi_rules', 'domovoi_staff', 'domovoi_platform',"
	" 'domovoi_company', 'domovoi_assigned', 'domovoi_own', 'domovoi_landlord', 'domovoi_api']) n"
	" where not exists (select from pg_roles where rolname = n"
	" and not rolsuper and not rolbypassrls and not rolcanlogin)",
	N_("Run: domovoi db migrate; none of these roles may log in or bypass row security") },

	{ N_("row security"),
	NONE_OF "(select c.relname::text as n from pg_class c"
	" join pg_namespace s on s.oid = c.relnamespace"
	" where s.nspname = 'domovoi' and c.relkind in ('r', 'p')"
	" and not (c.relrowsecurity and c.relforcerowsecurity)) t",
	N_("Somebody switched it off: alter table … force row level security") },

	{ N_("notifier"),
	"select case when count(*) > 0 then 'ok' else 'warn' end,"
	" coalesce(string_agg('pid ' || pid, ', '), '') from pg_locks"
	" where locktype = 'advisory' and classid = 7241 and objid = 1 and objsubid = 2 and granted"
	" and database = (select oid from pg_database where datname = current_database())",
	N_("Run: domovoi db notify; without it consoles look for changes once a second") },

	{ N_("worker"),
	"select case when count(*) > 0 then 'ok' else 'warn' end,"
	" coalesce(string_agg('pid ' || pid, ', '), '') from pg_locks"
	" where locktype = 'advisory' and classid = 7241 and objid = 2 and objsubid = 2 and granted"
	" and database = (select oid from pg_database where datname = current_database())",
	N_("Run: domovoid worker; without it nothing is done by the clock but the end of holds") },

	{ N_("oldest writer"),
	"select case when coalesce(max(s), 0) < 60 then 'ok' else 'warn' end,"
	" coalesce(max(s), 0) || ' s' from ("
	"  select extract(epoch from clock_timestamp() - xact_start)::int as s"
	"  from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()"
	"  union all"
	"  select extract(epoch from clock_timestamp() - prepared)::int from pg_prepared_xacts) t",
	N_("It holds back every change after it: end that transaction") },

	{ N_("connections"),
	"select case when count(*) < 0.8 * current_setting('max_connections')::int"
	" then 'ok' else 'warn' end, count(*) || ' / ' || current_setting('max_connections')"
	" from pg_stat_activity where backend_type = 'client backend'",
	N_("Raise max_connections or close sessions") },
};

/* These need our tables; their names are not looked up before the schema is there. */
static const struct check schema_checks[] = {
	{ N_("logins"),
	NONE_OF "(select l.rolname::text as n from domovoi.db_login l"
	" left join pg_roles r on r.rolname = l.rolname where l.enabled and (r.rolname is null"
	" or r.rolsuper or r.rolbypassrls or r.rolinherit or r.rolcreaterole)) t",
	N_("Staff logins are plain NOINHERIT roles: domovoi db user disable, then add") },

	{ N_("API logins"),
	NONE_OF "(select a.rolname::text as n from domovoi.api_role a"
	" left join pg_roles r on r.rolname = a.rolname where r.rolname is null"
	" or r.rolsuper or r.rolbypassrls or r.rolinherit or r.rolcreaterole or not r.rolcanlogin"
	" or pg_has_role(r.oid, 'domovoi_owner', 'member') or pg_has_role(r.oid, 'domovoi_rules', 'member')"
	" or not pg_has_role(r.oid, 'domovoi_api', 'member') or 'role=domovoi_api' <> all (coalesce(r.rolconfig, '{}'))"
	" or exists (select from domovoi.db_login l where l.rolname = a.rolname)) t",
	N_("They are plain NOINHERIT roles as domovoi db api-role makes them: drop the role, and run that again") },

	{ N_("books"),
	NONE_OF "domovoi.ledger_faults() n",
	N_("These accounts disagree with the ledger: close nothing, and look at their postings") },

	{ N_("months added up"),
	NONE_OF "(select f.company_id || ' ' || f.unit_id as n from domovoi.rollup_faults() f) t",
	N_("Run as the owner: select domovoi.rollup_build()") },

	{ N_("companies"),
	"select case when count(*) > 0 then 'ok' else 'warn' end, count(*)::text"
	" from domovoi.company",
	N_("Run: domovoi db company add") },
};

const char *doctor_state_name(enum doctor_state s)
{
	switch (s) {
	case DOCTOR_OK:
		return N_("ok");
	case DOCTOR_WARN:
		return N_("warning");
	case DOCTOR_BAD:
		return N_("bad");
	}
	return "";
}

struct doctor {
	PGconn *c;
	struct doctor_row *rows;
	size_t n, max;
};

static struct doctor_row *add(struct doctor *d, const char *name)
{
	if (d->n >= d->max)
		return NULL;
	d->rows[d->n] = (struct doctor_row){ .check = name };
	return &d->rows[d->n++];
}

static void settle(struct doctor_row *row, enum doctor_state state, const char *remedy)
{
	row->state = state;
	if (state != DOCTOR_OK)
		snprintf(row->remedy, sizeof row->remedy, "%s", remedy);
}

static void run_check(struct doctor *d, const struct check *check)
{
	struct doctor_row *row = add(d, check->name);
	struct err e;
	PGresult *r;

	if (row == NULL)
		return;
	r = db_query(d->c, &e, check->sql, 0, NULL);
	if (r == NULL) { /* a check that may not look is not a verdict on the database */
		snprintf(row->detail, sizeof row->detail, "%s", e.text);
		settle(row, DOCTOR_WARN, _("Connect as the database's owner"));
		return;
	}
	snprintf(row->detail, sizeof row->detail, "%s", PQgetvalue(r, 0, 1));
	settle(row,
	    PQgetvalue(r, 0, 0)[0] == 'o'       ? DOCTOR_OK
	        : PQgetvalue(r, 0, 0)[0] == 'w' ? DOCTOR_WARN
	                                        : DOCTOR_BAD,
	    _(check->remedy));
	PQclear(r);
}

/* The last one that matters names the state: unknown and edited before pending. */
static void check_migrations(struct doctor *d, const char *dsn)
{
	struct doctor_row *row = add(d, N_("migrations"));
	struct migrate_row *m = NULL;
	size_t n, count[PLAN_UNKNOWN + 1] = { 0 };
	struct err e;

	if (row == NULL)
		return;
	if (!migrate_status(dsn, &m, &n, &e)) {
		snprintf(row->detail, sizeof row->detail, "%s", e.text);
		settle(row, DOCTOR_WARN, e.remedy);
		return;
	}
	for (size_t i = 0; i < n; i++)
		count[m[i].state]++;
	free(m);
	snprintf(row->detail, sizeof row->detail,
	    _("%zu applied, %zu pending, %zu edited, %zu unknown"), count[PLAN_APPLIED],
	    count[PLAN_PENDING], count[PLAN_EDITED], count[PLAN_UNKNOWN]);
	if (count[PLAN_UNKNOWN] > 0)
		settle(row, DOCTOR_BAD, _("Upgrade domovoi on this machine"));
	else if (count[PLAN_EDITED] > 0)
		settle(row, DOCTOR_BAD,
		    _("Use the program that this database was made with, or put the old text back"));
	else if (count[PLAN_PENDING] > 0)
		settle(row, DOCTOR_BAD, _("Run: domovoi db migrate"));
}

static void check_encryption(struct doctor *d)
{
	const char *host = PQhost(d->c);
	bool local = host == NULL || host[0] == '/' || host[0] == '@' || host[0] == '\0';
	struct doctor_row *row = add(d, N_("encryption"));

	if (row == NULL)
		return;
	snprintf(row->detail, sizeof row->detail, "%s",
	    local                  ? _("not needed: a local socket")
	        : PQsslInUse(d->c) ? PQsslAttribute(d->c, "protocol")
	                           : _("none"));
	settle(row, local || PQsslInUse(d->c) ? DOCTOR_OK : DOCTOR_WARN,
	    _("Switch ssl on at the server and connect with sslmode=verify-full"));
}

int doctor_run(const char *dsn, struct doctor_row *rows, size_t max, struct err *e)
{
	struct doctor d = { .c = db_connect(dsn, e), .rows = rows, .max = max };
	PGresult *r;

	if (d.c == NULL)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		run_check(&d, &checks[i]);
	check_encryption(&d);
	check_migrations(&d, dsn);
	r = db_query(d.c, NULL, "select to_regclass('domovoi.db_login') is not null", 0, NULL);
	if (r != NULL && PQgetvalue(r, 0, 0)[0] == 't')
		for (size_t i = 0; i < ARRAY_LEN(schema_checks); i++)
			run_check(&d, &schema_checks[i]);
	PQclear(r);
	PQfinish(d.c);
	return (int)d.n;
}

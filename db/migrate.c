#include "config.h"

#include "db/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "db/conn.h"
#include "db/sql.h"

/* Beside the other advisory locks of the schema: 7241 notifier, 7242 units. */
#define LOCK "7240, 1"

struct migrator {
	PGconn *c;
	PGresult *done; /* domovoi_meta.applied: kind, name, checksum, at; NULL before it exists */
	char (*sums)[SQL_CHECKSUM_LEN + 1]; /* of each text, by its place in sql_texts() */
	void (*progress)(void *, const char *);
	void *arg;
};

static const char *kind_name(enum sql_kind kind)
{
	switch (kind) {
	case SQL_ROLES:
		return "roles";
	case SQL_MIGRATION:
		return N_("migration");
	case SQL_SEED:
		return N_("seed");
	case SQL_DEMO:
		return N_("demo");
	}
	return "";
}

static void say(const struct migrator *m, const char *step)
{
	if (m->progress != NULL)
		m->progress(m->arg, step);
}

/* ---- what is there ---- */

static void checksums(struct migrator *m)
{
	size_t n;
	const struct sql_text *t = sql_texts(&n);

	m->sums = xcalloc(n, sizeof *m->sums);
	for (size_t i = 0; i < n; i++)
		sql_checksum(t[i].text, m->sums[i]);
}

static bool load_done(struct migrator *m, struct err *e)
{
	PGresult *r = db_query(m->c, e,
	    "select coalesce(has_table_privilege(to_regclass('domovoi_meta.applied'), 'select'), false),"
	    " to_regclass('domovoi_meta.applied') is not null",
	    0, NULL);
	bool readable, there;

	if (r == NULL)
		return false;
	readable = PQgetvalue(r, 0, 0)[0] == 't';
	there = PQgetvalue(r, 0, 1)[0] == 't';
	PQclear(r);
	PQclear(m->done);
	m->done = NULL;
	if (!there)
		return true;
	if (!readable) {
		err_set(e, ERR_DENIED, "42501", NULL,
		    _("Connect as the role that migrated this database"),
		    _("this login may not read domovoi_meta.applied"));
		return false;
	}
	m->done = db_query(m->c, e,
	    "select kind, name, checksum, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '+00'"
	    " from domovoi_meta.applied order by kind, name",
	    0, NULL);
	return m->done != NULL;
}

static int done_rows(const struct migrator *m)
{
	return m->done == NULL ? 0 : PQntuples(m->done);
}

static bool is_done(const struct migrator *m, const struct sql_text *t, const char *sum)
{
	for (int i = 0; i < done_rows(m); i++)
		if (strcmp(PQgetvalue(m->done, i, 0), kind_name(t->kind)) == 0
		    && strcmp(PQgetvalue(m->done, i, 1), t->name) == 0)
			return strcmp(PQgetvalue(m->done, i, 2), sum) == 0;
	return false;
}

/* The plan of one kind. Allocates *steps; names live as long as m. */
static size_t plan(const struct migrator *m, enum sql_kind kind, struct plan_step **steps)
{
	size_t n, nhave = 0, ndone = 0;
	const struct sql_text *t = sql_texts(&n);
	struct plan_text *have = xcalloc(n + 1, sizeof *have);
	struct plan_text *done = xcalloc((size_t)done_rows(m) + 1, sizeof *done);

	for (size_t i = 0; i < n; i++)
		if (t[i].kind == kind)
			have[nhave++] = (struct plan_text){ .name = t[i].name,
				.checksum = m->sums[i] };
	for (int i = 0; i < done_rows(m); i++)
		if (strcmp(PQgetvalue(m->done, i, 0), kind_name(kind)) == 0)
			done[ndone++] = (struct plan_text){ .name = PQgetvalue(m->done, i, 1),
				.checksum = PQgetvalue(m->done, i, 2) };
	*steps = xcalloc(nhave + ndone + 1, sizeof **steps);
	n = plan_make(have, nhave, done, ndone, *steps);
	free(have);
	free(done);
	return n;
}

/* ---- running ---- */

/* One text and its record: both or neither. */
static bool run_text(struct migrator *m, const struct sql_text *t, const char *sum, struct err *e)
{
	char step[128];
	const char *const record[] = { kind_name(t->kind), t->name, sum };
	PGresult *r;
	bool ok;

	if (t->kind == SQL_ROLES)
		snprintf(step, sizeof step, "%s", t->name);
	else
		snprintf(step, sizeof step, "%s %s", _(kind_name(t->kind)), t->name);
	say(m, step);
	/* what a seed fills belongs to the owner; his policy lets him, on hosted servers too */
	if (!db_exec(m->c, t->kind == SQL_SEED ? "begin; set local role domovoi_owner" : "begin",
	        e)) {
		PQclear(PQexec(m->c, "rollback"));
		return false;
	}
	r = PQexec(m->c, t->text);
	ok = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK
	    || PQresultStatus(r) == PGRES_EMPTY_QUERY;
	if (!ok)
		db_error(m->c, r, step, t->text, e);
	PQclear(r);
	if (ok && PQtransactionStatus(m->c) != PQTRANS_INTRANS) {
		err_set(e, ERR_FAILED, "E-MIGR", NULL, NULL, _("%s ends its own transaction"),
		    step);
		return false;
	}
	ok = ok && db_exec(m->c, "reset role; set local search_path = pg_catalog", e)
	    && db_do(m->c, e,
	        "insert into domovoi_meta.applied (kind, name, checksum) values ($1, $2, $3)"
	        " on conflict (kind, name) do update set checksum = excluded.checksum,"
	        " at = excluded.at, by = excluded.by",
	        3, record)
	    && db_exec(m->c, "commit", e);
	if (!ok)
		PQclear(PQexec(m->c, "rollback"));
	return ok;
}

static bool open_session(struct migrator *m, struct err *e)
{
	PGresult *r;
	bool got;

	if (!db_exec(m->c,
	        "set client_min_messages = error; set search_path = public; set statement_timeout = 0;"
	        " set lock_timeout = 0; set idle_in_transaction_session_timeout = 0; set timezone = 'UTC'",
	        e))
		return false;
	r = db_query(m->c, e, "select pg_try_advisory_lock(" LOCK ")", 0, NULL);
	if (r == NULL)
		return false;
	got = PQgetvalue(r, 0, 0)[0] == 't';
	PQclear(r);
	if (got)
		return true;
	say(m, _("waiting for another migration"));
	return db_exec(m->c, "select pg_advisory_lock(" LOCK ")", e);
}

/* Before the first record can be written. */
static bool make_meta(struct migrator *m, struct err *e)
{
	if (m->done != NULL)
		return true;
	return db_exec(m->c,
	    "begin;"
	    "create schema if not exists domovoi_meta;"
	    "create table if not exists domovoi_meta.applied ("
	    " kind text not null, name text not null, checksum text not null,"
	    " at timestamptz not null default clock_timestamp(), by name not null default session_user,"
	    " primary key (kind, name));"
	    "commit",
	    e);
}

static bool run_roles(struct migrator *m, struct err *e)
{
	size_t n;
	const struct sql_text *t = sql_texts(&n);

	for (size_t i = 0; i < n; i++)
		if (t[i].kind == SQL_ROLES && !run_text(m, &t[i], m->sums[i], e))
			return false;
	return true;
}

/* Every text of one kind that is not recorded with this very checksum (or all of them). */
static bool run_kind(struct migrator *m, enum sql_kind kind, bool all, struct err *e)
{
	size_t n;
	const struct sql_text *t = sql_texts(&n);

	for (size_t i = 0; i < n; i++) {
		if (t[i].kind != kind || (!all && is_done(m, &t[i], m->sums[i])))
			continue;
		if (!run_text(m, &t[i], m->sums[i], e))
			return false;
	}
	return true;
}

static bool current(const struct migrator *m, bool *pending, struct err *e)
{
	struct plan_step *steps;
	size_t n = plan(m, SQL_MIGRATION, &steps);
	bool ok = plan_check(steps, n, e);

	*pending = false;
	for (size_t i = 0; ok && i < n; i++)
		*pending |= steps[i].state == PLAN_PENDING;
	free(steps);
	return ok;
}

static bool roles_stale(const struct migrator *m)
{
	size_t n;
	const struct sql_text *t = sql_texts(&n);

	for (size_t i = 0; i < n; i++)
		if (t[i].kind == SQL_ROLES && !is_done(m, &t[i], m->sums[i]))
			return true;
	return false;
}

static bool run(struct migrator *m, enum migrate_mode mode, struct err *e)
{
	bool pending;

	if (!open_session(m, e) || !load_done(m, e) || !current(m, &pending, e))
		return false;
	if (mode == MIGRATE_SEED) {
		if (pending) {
			err_set(e, ERR_FAILED, "E-MIGR", NULL, _("Run: domovoi db migrate"),
			    _("the database lacks migrations of this program"));
			return false;
		}
		return run_kind(m, SQL_SEED, true, e);
	}
	if (!make_meta(m, e) || ((pending || roles_stale(m)) && !run_roles(m, e)))
		return false;
	return run_kind(m, SQL_MIGRATION, false, e) && run_kind(m, SQL_SEED, false, e)
	    && (mode != MIGRATE_DEMO || run_kind(m, SQL_DEMO, false, e));
}

bool migrate_run(const char *dsn, enum migrate_mode mode,
    void (*progress)(void *arg, const char *step), void *arg, struct err *e)
{
	struct migrator m = { .progress = progress, .arg = arg };
	bool ok;

	m.c = db_connect(dsn, e);
	if (m.c == NULL)
		return false;
	/* a demo is made anew after a crash: no waiting for the disk at every step */
	if (mode == MIGRATE_DEMO)
		PQclear(PQexec(m.c, "set synchronous_commit = off"));
	checksums(&m);
	ok = run(&m, mode, e);
	PQclear(m.done);
	free(m.sums);
	PQfinish(m.c); /* lets go of the lock */
	return ok;
}

/* ---- status ---- */

static const char *applied_at(const struct migrator *m, enum sql_kind kind, const char *name)
{
	for (int i = 0; i < done_rows(m); i++)
		if (strcmp(PQgetvalue(m->done, i, 0), kind_name(kind)) == 0
		    && strcmp(PQgetvalue(m->done, i, 1), name) == 0)
			return PQgetvalue(m->done, i, 3);
	return "";
}

static size_t status_kind(const struct migrator *m, enum sql_kind kind, struct migrate_row **rows,
    size_t have)
{
	struct plan_step *steps;
	size_t n = plan(m, kind, &steps);

	*rows = xreallocarray(*rows, have + n + 1, sizeof **rows);
	for (size_t i = 0; i < n; i++) {
		struct migrate_row *row = &(*rows)[have + i];

		*row = (struct migrate_row){ .kind = kind_name(kind), .state = steps[i].state };
		/* a seed that changed is simply run again */
		if (kind == SQL_SEED && row->state == PLAN_EDITED)
			row->state = PLAN_PENDING;
		snprintf(row->name, sizeof row->name, "%s", steps[i].name);
		if (row->state != PLAN_PENDING)
			snprintf(row->applied_at, sizeof row->applied_at, "%s",
			    applied_at(m, kind, steps[i].name));
	}
	free(steps);
	return have + n;
}

bool migrate_status(const char *dsn, struct migrate_row **rows, size_t *n, struct err *e)
{
	struct migrator m = { 0 };
	bool ok;

	*rows = NULL;
	*n = 0;
	m.c = db_connect(dsn, e);
	if (m.c == NULL)
		return false;
	ok = load_done(&m, e);
	if (ok) {
		checksums(&m);
		*n = status_kind(&m, SQL_MIGRATION, rows, 0);
		*n = status_kind(&m, SQL_SEED, rows, *n);
	}
	PQclear(m.done);
	free(m.sums);
	PQfinish(m.c);
	return ok;
}

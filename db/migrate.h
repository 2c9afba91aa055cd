/*
 * Bringing a database to this program's schema: roles, then the pending
 * migrations in order, then the seeds. Forward only; each text runs in a
 * transaction of its own together with the row that records it (name, SHA-256,
 * when, by whom) in domovoi_meta.applied. One migrator at a time: a second one
 * waits for the first and finds nothing to do.
 *
 * Blocking libpq: an administrator's tool, never called from the event loop.
 * Needs a superuser, or the database's owner with CREATEROLE.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "db/plan.h"

struct err;

enum migrate_mode {
	MIGRATE_ALL,  /* roles, migrations, seeds: `db migrate` */
	MIGRATE_SEED, /* only the seeds, all of them anew: `db seed`; the schema must be current */
	MIGRATE_DEMO, /* MIGRATE_ALL and the demo generator: only in a database made for the demo */
};

/* `progress` (may be NULL) is told the name of each text before it runs: "migration 0002_identity". */
bool migrate_run(const char *dsn, enum migrate_mode mode,
    void (*progress)(void *arg, const char *step), void *arg, struct err *e);

struct migrate_row {
	char name[PLAN_NAME_LEN + 1];
	const char *kind;    /* "migration" or "seed" */
	enum plan_state state;
	char applied_at[32]; /* "2026-06-16 09:00:00+00", or "" while pending */
};

/*
 * What is applied and what is pending, one row a text, also those that only
 * the database knows. *rows is allocated, the caller frees it. A database
 * without any of ours is not an error: everything is pending.
 */
bool migrate_status(const char *dsn, struct migrate_row **rows, size_t *n, struct err *e);

#endif

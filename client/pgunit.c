#include "config.h"

#include "client/pgunit.h"

#include <stdlib.h>
#include <string.h>

void pgunit_free(struct pgunit *u)
{
	for (int i = 0; i < u->n; i++)
		PQclear(u->result[i]);
	PQclear(u->error);
	free(u);
}

static bool put_prepared(struct pgunit *u, PGconn *pg, struct pgprep *prep,
    const struct pgstmt *st, signed char index)
{
	char name[PGPREP_NAME];
	bool fresh;
	unsigned no = pgprep_number(prep, st->sql, &fresh);

	u->prepared[u->nprepared++] = no;
	pgprep_name(no, name);
	if (fresh) {
		u->wire[u->nwire++] = -1;
		if (PQsendPrepare(pg, name, st->sql, 0, NULL) != 1)
			return false;
	}
	u->wire[u->nwire++] = index;
	return PQsendQueryPrepared(pg, name, st->n, st->param, NULL, NULL, 0) == 1;
}

static bool put_plain(struct pgunit *u, PGconn *pg, const struct pgstmt *st, signed char index)
{
	u->wire[u->nwire++] = index;
	return PQsendQueryParams(pg, st->sql, st->n, NULL, st->param, NULL, NULL, 0) == 1;
}

bool pgunit_put(struct pgunit *u, PGconn *pg, struct pgprep *prep, const struct pgstmt *st)
{
	bool ok = true;

	for (int i = 0; ok && i < u->n; i++)
		ok = st[i].prepare ? put_prepared(u, pg, prep, &st[i], (signed char)i)
		                   : put_plain(u, pg, &st[i], (signed char)i);
	return ok && PQpipelineSync(pg) == 1;
}

void pgunit_keep(struct pgunit *u, PGresult *res)
{
	ExecStatusType st = PQresultStatus(res);
	int i = u->at < u->nwire ? u->wire[u->at] : -1;

	if ((st == PGRES_TUPLES_OK || st == PGRES_COMMAND_OK) && i >= 0 && u->result[i] == NULL)
		u->result[i] = res;
	else if (st == PGRES_FATAL_ERROR && u->error == NULL)
		u->error = res;
	else
		PQclear(res);
}

void pgunit_settle(const struct pgunit *u, struct pgprep *prep)
{
	if (u->error != NULL)
		pgprep_forget(prep, u->prepared, u->nprepared);
}

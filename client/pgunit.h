/*
 * A unit on its way over a connection: what was sent, what has come back.
 * Inside of client/pgconn.c.
 */
#ifndef CLIENT_PGUNIT_H
#define CLIENT_PGUNIT_H

#include <sys/queue.h>

#include "client/pgconn.h"
#include "client/pgprep.h"

struct pgunit {
	STAILQ_ENTRY(pgunit) link;
	int n;             /* statements */
	int at;            /* of what was sent: the one being answered */
	int nwire;
	signed char wire[2 * PGUNIT_MAX]; /* what was sent: a statement's index, or -1: its preparing */
	unsigned prepared[PGUNIT_MAX];    /* the statements that have a name on the server, by number */
	int nprepared;
	int timeout_ms;
	bool abandoned;
	bool maybe_hit;
	bool internal;     /* the connection's own */
	uint64_t sent_at;
	PGresult *result[PGUNIT_MAX];
	PGresult *error;
	pgunit_fn fn;
	void *arg;
};

void pgunit_free(struct pgunit *u);

/* Hand the statements and the Sync to libpq; false: the connection is broken. */
bool pgunit_put(struct pgunit *u, PGconn *pg, struct pgprep *prep, const struct pgstmt *st);

/* A result of this unit; takes it over. */
void pgunit_keep(struct pgunit *u, PGresult *res);

/* It has ended: forget names that did not come to be, or that the server does not take any more. */
void pgunit_settle(const struct pgunit *u, struct pgprep *prep);

#endif

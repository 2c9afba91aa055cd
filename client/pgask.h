/*
 * A ticket as SQL, and results as its answer: what pg.c sends and gets without
 * knowing records. No I/O.
 */
#ifndef CLIENT_PGASK_H
#define CLIENT_PGASK_H

#include "client/backend.h"
#include "client/pgconn.h"
#include "client/session.h"

struct sql;

/* The statements of one unit and the memory behind them. */
struct pgask {
	struct pgstmt st[PGUNIT_MAX];
	int n;
	/* index of the ticket's own first statement: before it are those that set who asks */
	int first;
	void *own[16];   /* freed by pgask_free() */
	int nown;
	struct sql *sql[2];
	int nsql;
};

/* What a ticket asks, as its session. False and `e`: it cannot be asked. Free it in either case. */
bool pgask_ticket(struct pgask *a, const struct ticket *t, struct err *e);

/* Direct mode: become this session's membership and role, and say who that is. */
void pgask_enter(struct pgask *a, const struct session *s);
/* API mode: who is it? */
void pgask_whoami(struct pgask *a, const struct session *s);
void pgask_feed(struct pgask *a);
/* A fresh connection's own settings; `now` may be NULL. */
void pgask_settings(struct pgask *a, const char *now, bool listen);

void pgask_free(struct pgask *a); /* keeps .first */

/*
 * Fill in the ticket's answer, or its err. `r` has no error of its own; `first` is that of the
 * pgask.
 */
void pgask_answer(struct ticket *t, int first, const struct pgresults *r);

struct table *pgask_table(const PGresult *res);

#endif

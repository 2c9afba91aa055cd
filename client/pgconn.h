/*
 * One asynchronous PostgreSQL connection that keeps itself up: connecting on
 * uv_poll, pipeline mode, reconnecting with back-off, cancelling what nobody
 * waits for any more. It knows statements, not records: client/pg.c and the
 * notifier sit on it. Loop thread only; nothing blocks.
 *
 * A unit is one implicit transaction: its statements, then one Sync. Units are
 * answered in order, each exactly once, from the loop: with results, with the
 * error that rolled it back, or as lost (the connection broke before the
 * answer; whether it took effect is unknown).
 */
#ifndef CLIENT_PGCONN_H
#define CLIENT_PGCONN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "client/pgdsn.h"

struct pgconn;
struct pgunit;

enum pgconn_state {
	PGCONN_CONNECTING,
	PGCONN_UP,
	PGCONN_WAITING, /* backing off */
	PGCONN_REFUSED, /* for good: password, no such role or database */
};

struct pgconn_events {
	void (*up)(void *arg);                      /* connected; nothing was sent yet */
	/* after all units were answered as lost; also a failed attempt */
	void (*down)(void *arg, const struct err *e);
	void (*notified)(void *arg);                /* one or more notifications arrived */
	void (*room)(void *arg);                    /* more may be sent */
	/* never PGCONN_REFUSED: try again whatever the reason */
	bool stubborn;
};

struct pgstmt {
	const char *sql;
	int n;
	const char *const *param; /* text; NULL = SQL NULL */
	bool prepare;             /* under a name, once a connection: planned once, not every time */
};

#define PGUNIT_MAX 6

struct pgresults {
	bool lost;
	/* the first error, or NULL: then the transaction is committed */
	const PGresult *error;
	const PGresult *result[PGUNIT_MAX]; /* one a statement; NULL from the first error on */
	int ms;                             /* from sending to this answer */
};
typedef void (*pgunit_fn)(void *arg, const struct pgresults *r);

/* Starts connecting from the loop. `dsn` must outlive it; events and arg as well. */
struct pgconn *pgconn_new(uv_loop_t *loop, struct pgdsn *dsn, const struct pgconn_events *events,
    void *arg);
/* No callback comes after it. Memory is freed by the loop, which has to run on for that. */
void pgconn_free(struct pgconn *c);

enum pgconn_state pgconn_state(const struct pgconn *c);
/* why it is not up; kind ERR_NONE before the first failure */
const struct err *pgconn_error(const struct pgconn *c);
int pgconn_inflight(const struct pgconn *c);
bool pgconn_readonly(const struct pgconn *c);    /* up, and takes no changes: a standby, or told not to */
unsigned pgconn_attempt(const struct pgconn *c); /* failed ones since it was last up */

/*
 * Up, and nothing in flight is abandoned: a unit sent now cannot be hit by a
 * cancel request that was meant for another one.
 */
bool pgconn_ready(const struct pgconn *c);

/* Somebody waits for the connection: back-off stays short. */
void pgconn_want(struct pgconn *c, bool wanted);

/*
 * Send a unit; only while pgconn_state() is PGCONN_UP. Everything is copied.
 * timeout_ms becomes statement_timeout (set only when it changes; 0 leaves it).
 */
struct pgunit *pgconn_send(struct pgconn *c, const struct pgstmt *st, int n, int timeout_ms,
    pgunit_fn fn, void *arg);

/*
 * Nobody waits for it any more: fn is not called. If it still runs a little
 * later, it is cancelled in the database (PQcancel, on a thread of the pool).
 */
void pgconn_abandon(struct pgconn *c, struct pgunit *u);

/*
 * True if a cancel request was under way while this unit was in flight: a 57014 may not be its
 * own. In fn only.
 */
bool pgconn_maybe_hit(const struct pgconn *c);

#endif

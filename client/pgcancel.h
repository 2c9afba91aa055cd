/*
 * A cancel request on a thread of uv's pool: PQcancel() opens a connection of
 * its own and waits until the server has sent the signal and hung up. What is
 * sent after `done` cannot be hit by it any more.
 */
#ifndef CLIENT_PGCANCEL_H
#define CLIENT_PGCANCEL_H

#include <libpq-fe.h>
#include <uv.h>

struct pgcancel;

/* NULL if it could not be started. done(arg) comes once, from the loop. The PGconn may go meanwhile. */
struct pgcancel *pgcancel_start(uv_loop_t *loop, PGconn *pg, void (*done)(void *arg), void *arg);

void pgcancel_forget(struct pgcancel *job); /* done is not called; NULL is fine */

#endif

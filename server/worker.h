/*
 * A worker: one thread with its loop, its HTTP daemon and its pool of database connections. Workers share nothing that
 * changes, but for what shared.h holds under its lock. Everything that belongs to a worker is used on its thread only.
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <stdbool.h>
#include <uv.h>

#include "client/client.h"
#include "server/config.h"

struct worker;
struct auth_ring;
struct live;
struct metrics;
struct session_cache;

uv_loop_t *worker_loop(const struct worker *w);
struct client *worker_client(const struct worker *w);
const struct config *worker_config(const struct worker *w); /* of this moment: a reload gives another one */
const struct auth_ring *worker_ring(const struct worker *w); /* likewise */
struct live *worker_live(const struct worker *w);            /* live.h */
int worker_number(const struct worker *w);                   /* from 0 */
struct session *worker_nobody(const struct worker *w);      /* for client_call() */

/* Run `fn` on every worker's loop, from any thread; free_arg (may be NULL) once when all have. */
void workers_tell(void (*fn)(struct worker *w, void *arg), void *arg, void (*free_arg)(void *arg));

#endif

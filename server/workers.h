/*
 * The inside of a worker, for what makes up one: door.c, conns.c, http*.c, worker.c. And the few calls of the main
 * thread, which accepts connections and hands each to the worker that has the fewest: no thundering herd, and limits
 * are applied before a byte is read.
 */
#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/metrics.h"
#include "server/request.h"
#include "server/worker.h"

/* Everything that a reload changes, as one immutable thing. */
struct setup {
	struct config *config;
	struct auth_ring *ring;
	char *cert, *key; /* PEM; NULL without TLS */
};

/* All from config; NULL and `e`. The config is taken in either case. */
struct setup *setup_make(struct config *c, struct err *e);
void setup_free(struct setup *s);

#define STOP_SECONDS 10 /* a server that stops has ended then, whatever there is: a worker that is stuck is left */
#define PATIENCE_SECONDS 7 /* so long it waits for requests in flight; then they are cut */

struct told; /* what other threads want of a worker */

#define OWNER_BUCKETS 256

struct worker {
	int number;
	pthread_t thread;
	uv_loop_t loop;
	uv_async_t wake;
	uv_timer_t sweep;
	pthread_mutex_t lock; /* of inbox and deaf */
	bool deaf;            /* it is ending: what is said to it now is dropped */
	struct told *inbox, **inbox_end;

	const struct setup *setup;
	struct client *client;
	struct session *nobody;
	struct session_cache *sessions;
	struct live *live;

	struct door *plain, *tls; /* NULL = there is none */
	struct door *retired;
	struct conn_list conns;
	atomic_int nconns;        /* the main thread looks for the fewest */
	int lingering;
	struct request_list requests[OWNER_BUCKETS];
	owner_t last_owner;
	unsigned char entropy[512];
	size_t entropy_left;

	bool stopping, stopped;
	uint64_t stop_at;         /* loop time by which everything is cut */
	struct metrics metrics;
};

/* Main thread. */
/* on_end, of the main loop, is woken when a worker has ended. false: nothing was started, the program ends. */
bool workers_start(const struct setup *s, uv_async_t *on_end, struct err *e);
void workers_give(struct conn *c, bool tls);  /* taken */
void workers_reload(struct setup *s);         /* taken; the one before is freed when nobody uses it */
void workers_stop(void);                      /* let requests in flight end, PATIENCE_SECONDS at most */
bool workers_stopped(void);
void workers_join(void);
int workers_count(void);
const struct worker *workers_at(int i);       /* for figures that are atomic */

/* door.c: an MHD daemon in the worker's loop. */
struct door *door_open(struct worker *w, bool tls, struct err *e);
void door_add(struct door *d, struct conn *c);
/* No more connections come; it closes itself when its last one has gone. */
void door_retire(struct worker *w, struct door *d);
void door_close(struct door *d); /* nothing may be suspended any more */
struct worker *door_worker(const struct door *d);
void door_leave(struct conn *c); /* an upgraded one was closed: until it has gone MHD gets its turns */
void door_greeted(struct conn *c); /* its first request has begun */
void door_kick(struct door *d);  /* something was resumed: run it in this turn of the loop */
void door_nudge(struct conn *c); /* its peer has gone: MHD is to look at it */

/* conns.c */
void conns_begin(struct worker *w);
struct conn *conn_new(int fd, const struct sockaddr_storage *peer);
void conn_enter(struct worker *w, struct conn *c);
struct conn *conn_of_fd(struct worker *w, int fd);
void conn_gone(struct worker *w, struct conn *c);
void conn_state(struct worker *w, struct conn *c, enum conn_state s);
void conn_deadline(struct worker *w, struct conn *c, int seconds);
void conn_over(struct conn *c); /* cut, or ended: if it is still there at the next sweep, MHD is made to close it */
void conns_stopping(struct worker *w); /* the server stops */
void conns_close_idle(struct worker *w);
void conns_cut(struct worker *w);

/* worker.c */
void worker_gauges(struct worker *w);
void worker_maybe_end(struct worker *w); /* stopping: ends the loop when nobody is left */
bool worker_stopping(const struct worker *w);
void worker_random_hex(struct worker *w, char *to, size_t bytes); /* 2 digits a byte, and NUL */

#endif

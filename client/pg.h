/*
 * The inside of the PostgreSQL backend: pg.c keeps the queue, pglink.c sets
 * connections up, enters sessions on them and follows the change feed.
 */
#ifndef CLIENT_PG_H
#define CLIENT_PG_H

#include "client/backend.h"
#include "client/pace.h"
#include "client/pgconn.h"
#include "client/session.h"

#define POLL_DEAF 1000     /* ms between looks at the feed while no notifier leads */
#define POLL_LIVE 60000    /* … while one does: in case it died without a word */

struct pg;

struct pglink { /* one connection of the pool */
	struct pg *pg;
	struct pgconn *conn;
	bool first;               /* listens */
	bool ready;               /* set up */
	bool settings_done;
	bool refused;             /* its own settings were; not a session's fault */
	struct session *session;  /* direct mode: whose membership it has */
	struct session *entering;
	struct pgunit *enter;
	bool alone;               /* a write is in flight */
	bool feeding;
};

struct pg {
	struct backend base;
	struct client *client;
	uv_loop_t *loop;
	struct pgdsn *dsn;
	char *now;
	bool pooler;
	uint64_t retry_ms;

	struct pglink *link;
	int nlinks;
	/* the newest direct session: connections enter it by themselves */
	struct session *direct;
	struct session_list sessions; /* by backend_link */

	struct ticket_queue waiting; /* by seq */
	uv_timer_t patience;      /* fires when the first waiting ticket has waited long enough */
	uv_timer_t poll;
	int open_handles;
	uint64_t down_since;

	bool was_online;
	enum client_state told;
	struct err err;
	int latency_ms;
	struct pace pace;
	bool live;
	char *tip;                /* of the change feed, NULL = unknown */
};

/* pg.c */
void pg_dispatch(struct pg *b);
void pg_fail_waiting(struct pg *b, const struct session *s, const struct err *e); /* s NULL = all */
void pg_tell_state(struct pg *b);
void pg_took(struct pg *b, int ms); /* a short question was answered */

/* pglink.c */
/* Set up what is missing on a connection and make it this session's; NULL in API mode. */
void pglink_enter(struct pglink *l, struct session *s);
/* API mode: find out who a session is. */
void pglink_ask(struct pglink *l, struct session *s);
void pglink_forget(struct pg *b, struct session *s); /* it is about to be freed */
void pglink_notified(void *arg);
void pglink_down(struct pglink *l);

#endif

/*
 * What a source of data must be able to do (pg now; rest and the replica
 * later), and the ticket that carries one request from the façade to it and
 * back. Internal to client/: screens and the command line see client.h only.
 *
 * A ticket belongs to the façade. A backend holds it from submit() until it
 * gives it back with client_done() (with the answer filled in) or until the
 * façade takes it away with cancel(). It may give it back at once: the
 * callback is called later, from the loop, in any case.
 */
#ifndef CLIENT_BACKEND_H
#define CLIENT_BACKEND_H

#include <sys/queue.h>

#include "client/client.h"

enum ask { ASK_LIST, ASK_GET, ASK_ACTIONS, ASK_REPORT, ASK_MUTATE, ASK_PREVIEW, ASK_IMPORT, ASK_WHOAMI,
	ASK_REVEAL, ASK_CODE, ASK_CALL };

struct ticket {
	/* the façade's */
	TAILQ_ENTRY(ticket) all;
	owner_t owner;
	reply_fn fn;
	void *arg;
	bool done;

	/* what is asked; copies of what the caller gave */
	struct session *session;
	enum ask ask;
	int timeout_ms;              /* enum client_class */
	const struct resource *res;
	const struct report *rep;
	struct query query;          /* ASK_LIST; else .res is NULL */
	char *key;                   /* of a record; ASK_CALL: the statement; ASK_REPORT: the backend's */
	struct param *args;          /* name and value are owned */
	int nargs;
	unsigned most;               /* ASK_REPORT: rows; 0 = all */
	/* the mutation as act.apply_mutation takes it, those of a preview, or the rows of an import */
	json_t *json;
	bool dry_run;
	char trace[33];              /* "" = none */

	/* the answer */
	struct err err;              /* kind ERR_NONE = success */
	struct table *rows;
	bool more;
	int64_t count;
	json_t *out;

	/*
	 * the queue it stands in: the backend's, then the façade's; and what else the backend
	 * keeps about it
	 */
	TAILQ_ENTRY(ticket) queue;
	uint64_t seq;                /* in order of asking */
	uint64_t since;              /* loop time of asking */
	unsigned attempts;
	bool plain;                  /* not under a prepared name: the server did not take it */
	uint64_t not_before;         /* loop time: it is not asked again sooner */
	bool held;                   /* until somebody has proved who they are (SIGN_STEP_UP) */
	void *place;                 /* where it is being answered, or NULL while it waits */
};
TAILQ_HEAD(ticket_queue, ticket);

static inline bool ticket_writes(const struct ticket *t)
{
	return t->ask == ASK_MUTATE || t->ask == ASK_REVEAL || (t->ask == ASK_IMPORT && !t->dry_run);
}

struct backend {
	const struct backend_class *class;
};

struct backend_class {
	struct backend *(*open)(struct client *c, uv_loop_t *loop, const struct client_config *cfg,
	    struct err *e);
	/* every ticket was taken away before; frees itself by the loop */
	void (*close)(struct backend *b);
	void (*submit)(struct backend *b, struct ticket *t);
	void (*cancel)(struct backend *b, struct ticket *t);
	/* a session was opened: find out about it */
	void (*enter)(struct backend *b, struct session *s);
	/* it is about to be freed; it has no tickets */
	void (*leave)(struct backend *b, struct session *s);
	enum client_state (*state)(const struct backend *b);
	const struct err *(*error)(const struct backend *b);
	const char *(*target)(const struct backend *b);
	int (*latency_ms)(const struct backend *b);
	void (*health)(const struct backend *b, struct client_health *h); /* all but .writing */
	bool (*settled)(const struct backend *b);            /* all sessions are known or refused */
	bool (*live)(const struct backend *b);
	/* signing in; all six NULL where nobody does */
	enum client_sign (*sign)(const struct backend *b);
	const char *(*sign_login)(const struct backend *b);
	bool (*sign_by_code)(const struct backend *b);
	/* login and secret are copied; secret NULL: give up. fn comes from the loop. out: ends the login. */
	void (*sign_in)(struct backend *b, const char *login, const char *secret, reply_fn fn, void *arg);
	void (*sign_out)(struct backend *b, reply_fn fn, void *arg);
	const struct err *(*sign_forgets)(const struct backend *b);
	int (*clock_skew_ms)(const struct backend *b); /* NULL: 0 */
};

extern const struct backend_class pg_backend, rest_backend;

/* Backend to façade. */
void client_done(struct client *c, struct ticket *t);
void client_fail(struct client *c, struct ticket *t, const struct err *e);
void client_state_changed(struct client *c);
void client_data_changed(struct client *c);
void client_health_changed(struct client *c);

/* Forget the requests that were made with this callback: a window's superseded page. */
void client_cancel_asker(struct client *c, reply_fn fn, const void *arg);
bool client_asking(const struct client *c, reply_fn fn, const void *arg); /* one of them is still to be answered */

#endif

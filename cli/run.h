/*
 * What every data command does: find the data, open a client and a session on
 * a loop, ask, turn the loop until the answer is there. Ctrl-C cancels what runs
 * in the database and ends with 130.
 *
 *	struct run r;
 *	struct answer a;
 *	if (!run_open(&r, o))
 *		return run_close(&r);
 *	client_get(r.session, res, key, RUN_OWNER, run_answer, run_ask(&a));
 *	if (run_wait(&r, &a)) …
 *	run_forget(&a);
 *	return run_close(&r);
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <stdbool.h>
#include <uv.h>

#include "base/date.h"
#include "base/err.h"
#include "cli/options.h"
#include "cli/target.h"
#include "client/client.h"

#define RUN_OWNER ((owner_t)1)
#define EXIT_INTERRUPTED 130

struct run {
	const struct options *o;
	struct target target;
	uv_loop_t loop;
	bool open;
	struct client *client;
	struct session *session;
	day_t today;         /* --as-of, else the company's today */
	struct err err;      /* why the run failed; ERR_NONE = it did not */
};

/* A reply kept: what it gave is owned here. */
struct answer {
	bool done;
	struct err err;
	struct table *rows;
	json_t *json;
	bool more;
	int64_t count;
};

/* Opens everything and learns who we are. false: r->err says why; run_close() all the same. */
bool run_open(struct run *r, const struct options *o);
/* The same, but nobody asks who we are: the session may still be refused. */
bool run_begin(struct run *r, const struct options *o);

/* A reply_fn for `struct answer`. */
void run_answer(const struct reply *reply, void *arg);
struct answer *run_ask(struct answer *a); /* emptied, ready to be waited for */
void run_forget(struct answer *a);

/* Until the answer is there. false: r->err is the answer's error, or the run was interrupted. */
bool run_wait(struct run *r, struct answer *a);

/* Until *flag; false when interrupted. */
bool run_until(struct run *r, const bool *flag);
/* One turn of the loop, without waiting; for who reads a file meanwhile. false when interrupted. */
bool run_turn(struct run *r);
bool run_interrupted(void);

/* Catch SIGINT and SIGTERM from now on; the loop that is passed wakes up by them. */
void run_catch_signals(uv_loop_t *loop);
void run_release_signals(void); /* before the loop is closed */

/* Set r->err to a usage error about one word; returns false. */
bool run_usage(struct run *r, const char *field, const char *remedy, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Closes all; prints r->err if there is one. The exit status. */
int run_close(struct run *r);

#endif

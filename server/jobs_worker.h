/*
 * The worker: does by the clock what db/migrations/0039_jobs.sql says is due (domain.md §3.8 Workers). Any number of
 * them may run; the one whose session holds the advisory lock 7241, 2 leads and does everything, one step after the
 * other, the others try for the lock every two seconds. What a step is, when it is due, and how far it came is all the
 * database's: a leader that dies leaves nothing that has to be repaired. A session that is silent for half a minute is
 * closed by the server (idle_session_timeout), so that a machine that vanished does not lead for ever.
 *
 * It needs a session of its own: the DSN must not lead through a pooler that works by transactions. The login is the
 * API's: registered in domovoi.api_role and a member of domovoi_api, or a superuser.
 *
 * Loop thread only; nothing blocks.
 */
#ifndef SERVER_JOBS_WORKER_H
#define SERVER_JOBS_WORKER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"

struct jobs_worker;

struct jobs_config {
	const char *dsn;
	const char *now;  /* ISO instant for domovoi.now(), honoured by demo and test databases only; NULL = the clock */
	const char *name; /* who it is among workers: "host/pid" */
	bool once;        /* do what is due now and stop; if another one leads, that is its business */
	/* A line of the log: "info", "warn" or "error"; `more` is taken. */
	void (*log)(const char *level, const char *event, json_t *more);
	/* A session stands. as_api: it acts as domovoi_api, not as a superuser. May be NULL. */
	void (*entered)(void *arg, bool as_api);
	/* Nothing comes after it but jobs_free(). ok: false if `once` could not do its work. */
	void (*over)(void *arg, bool ok);
	void *arg;
};

struct jobs_figures {
	bool leads;
	uint64_t done, failed, retried; /* jobs, since the start */
	uint64_t steps;
	int64_t late_seconds;           /* how long after its time the last job began */
};

/* NULL and `e` if the DSN cannot be read. It connects from the loop, and tries for ever (once: a single time). */
struct jobs_worker *jobs_new(uv_loop_t *loop, const struct jobs_config *c, struct err *e);
void jobs_stop(struct jobs_worker *w); /* after the step that is under way; then over() */
void jobs_free(struct jobs_worker *w); /* at once; NULL is fine; the loop has to run on for its memory */

const struct jobs_figures *jobs_figures(const struct jobs_worker *w);

#endif

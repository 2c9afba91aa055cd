/* `domovoid worker`: the worker (jobs_worker.h) and the notifier (client/notifier.h) in a process of their own. */
#ifndef SERVER_RUN_WORKER_H
#define SERVER_RUN_WORKER_H

#include <jansson.h>
#include <stdbool.h>

struct run_worker {
	const char *dsn;  /* past a pooler: it holds a lock as long as it leads */
	const char *now;  /* as client_config.now */
	bool once;        /* do what is due and leave: for cron, and for tests; no notifier then */
	void (*log)(const char *level, const char *event, json_t *more); /* logger_event(); `more` is taken */
};

/*
 * Until SIGTERM or SIGINT, which let the step that is under way come to its end. The exit status: 0, or 1 if the DSN cannot
 * be read or `once` could not do its work.
 */
int run_worker(const struct run_worker *o);

#endif

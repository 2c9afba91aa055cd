/*
 * The server's log: one JSON object a line and one write() a line, to standard error or to a file that is opened again
 * on SIGHUP. Never in it: tokens, passwords, bodies, values of parameters (the route's pattern stands for the path).
 * Any thread.
 */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

bool logger_open(const char *path, struct err *e); /* NULL = standard error; again: opens it anew */
void logger_close(void);

/* "info", "warn", "error": {"time","level","event",…}. `more` (may be NULL) is taken, its members are added. */
void logger_event(const char *level, const char *event, json_t *more);

struct logged_request {
	const char *level, *trace, *method, *route, *problem, *user, *address;
	int status, ms, db_ms;
	uint64_t bytes;
	bool slow;
};
void logger_request(const struct logged_request *l);

#endif

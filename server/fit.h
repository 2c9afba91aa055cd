/*
 * Is a database one that this program can serve: Domovoi's, of the very migrations that the program carries, with a
 * login that is registered as the API's? Asked before anything is served, by --check and by /readyz.
 */
#ifndef SERVER_FIT_H
#define SERVER_FIT_H

#include "client/client.h"
#include "server/config.h"

/* To be asked with client_call(): one row with "newest" and "n", and lag_ms and live of ops.horizon(). */
extern const char fit_question[];

/* The answer to it: false and `e` says what is wrong, and what to do. */
bool fit_judge(const struct reply *reply, struct err *e);

/*
 * Connects to dsn, and to feed_dsn if there is one, as serving does, and asks; blocks for a few seconds at most. False
 * and `e`, with the setting as its field: ERR_UNREACHABLE if there was no answer that says anything about the database.
 */
bool fit_databases(const struct config *c, struct err *e);

#endif

/* domovoid serve: from a configuration to a server, and its end. */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "base/err.h"
#include "server/config.h"

/*
 * Runs until SIGTERM or SIGINT: then nothing new is taken, what is in flight gets 10 s. A second signal ends it at
 * once. SIGHUP calls `again` for a fresh configuration: limits, keys, certificates and the log follow it, while
 * addresses, threads and the database stay as they were. The config is taken. false: it did not start, `e` says why.
 */
bool serve(struct config *c, struct config *(*again)(void *arg, struct err *e), void *arg, struct err *e);

#endif

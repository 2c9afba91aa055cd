/*
 * The process's one reader of the change feed (DESIGN §6): a connection of its own, past any pooler, that listens for
 * the notifier's word, reads ops.feed() below the horizon and hands what came to every worker (live.h). Without a
 * notifier it looks once a second, and in any case now and then, since a word can be lost. It survives the loss of its
 * connection; a database with another incarnation, or one whose feed ends before where we were, is begun anew, and
 * everybody is told.
 * Main thread's loop only, but for feed_kept().
 */
#ifndef SERVER_FEED_H
#define SERVER_FEED_H

#include <uv.h>

#include "base/err.h"
#include "server/feedlog.h"

#define FEED_KEEP 8192 /* entries, for those who come back */

struct feed;

/* NULL and `e` if the DSN cannot be read. It connects from the loop, and tries for ever. Before any worker starts. */
struct feed *feed_start(uv_loop_t *loop, const char *dsn, struct err *e);
void feed_stop(struct feed *f); /* NULL is fine; the loop has to run on for its memory */

/* What has been read: any thread, from feed_start() until feed_forget() (when no worker runs any more). */
struct feed_log *feed_kept(void);
void feed_forget(void);

#endif

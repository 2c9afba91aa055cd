/*
 * The keeper: one detached process a demo, the parent of its server. It starts
 * the server, brings it up again if it was killed while somebody needs it,
 * stops it a while after the last user is gone (the kernel lets go of a killed
 * user's lock), and hosts the notifier (client/notifier.h), so that changes
 * show in every console. It holds keeper.lock while it lives and dies without
 * harm: the next command starts another, which adopts the running server.
 */
#ifndef DB_KEEPER_H
#define DB_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "db/place.h"

struct err;

struct keeper_options {
	const char *bindir;  /* of PostgreSQL */
	int linger_s;        /* after the last user */
	const char *dsn;     /* the notifier's, as the cluster's owner */
};

/* File names inside of the place. */
#define KEEPER_LOCK "keeper.lock"
#define KEEPER_STAY "stay"   /* while it exists nobody needs to be there */
#define KEEPER_USERS "users.lock"
#define KEEPER_STATE "state" /* the demo is whole: the notifier may begin */

/* The living keeper; 0 if there is none, -1 if there is one that cannot tell its number. */
pid_t keeper_find(const struct place *p);

/* Start one and wait until its server accepts connections. Not if one lives. */
bool keeper_start(const struct place *p, const struct keeper_options *o, struct err *e);

/* Wait for a living keeper's server; false after wait_ms or when the keeper goes. */
bool keeper_wait(const struct place *p, int wait_ms);

/*
 * End keeper and server, also a server without a keeper. `discard`: its data
 * are to be removed, so it need not write them. Whether there was one: *was.
 */
bool keeper_stop(const struct place *p, bool discard, bool *was, struct err *e);

/* Does the process of that number belong to the owner? A number in a file proves nothing. */
bool keeper_owns(const struct place *p, pid_t pid);

/* flock() on dir/name: the descriptor, or -1 with errno (EWOULDBLOCK with LOCK_NB). */
int lock_take(const struct place *p, const char *name, int operation);

#endif

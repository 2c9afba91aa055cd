/*
 * The demo: a private PostgreSQL cluster that needs no server and no
 * configuration (DESIGN §8). It lives under the user's data directory, speaks
 * over a Unix socket only, and belongs to whoever may enter its directory.
 *
 *   DIR/data        the cluster                DIR/log         the server's and the keeper's log
 *   DIR/state       written last, when whole   DIR/start.lock  held while it is created or started
 *   DIR/users.lock  shared by every user       DIR/keeper.lock held by the keeper (db/keeper.h)
 *
 * A directory without `state` is a half-made demo (its maker was killed, or
 * the disk was full) and is made anew by the next one who comes.
 *
 * Everything here blocks: it runs before the event loop does.
 */
#ifndef DB_CLUSTER_H
#define DB_CLUSTER_H

#include <stdbool.h>

struct err;

struct demo_options {
	const char *dir;  /* NULL: $XDG_DATA_HOME/domovoi/demo */
	const char *size; /* empty tiny small medium; NULL: the existing one's, else small */
	const char *role; /* role code; NULL: head */
	int company;      /* 0: company 1; platform roles are the same in every company */
	const char *now;  /* ISO instant that new demo data are relative to; NULL: the clock */
	bool reset;       /* throw the existing one away; refused while somebody else uses it */
	bool stay;        /* stay up without users until demo_stop() */
	int linger_s;     /* seconds after the last user; 0: $DOMOVOI_LINGER (tests), else 60 */
	/* long steps, in the user's language; may be NULL */
	void (*progress)(void *arg, const char *step);
	void *arg;
};

struct demo {
	char *dsn;       /* of the role's login: socket and peer, no password */
	char *admin_dsn; /* of the cluster's owner, for the `db` commands */
	char *dir;       /* where it really is: see below */
	char *size;
	bool created;    /* by this call */
	int users_fd;    /* the lock that keeps it up; -1 after demo_close() */
};

/*
 * Create it if there is none, start it if it is down, take part in using it.
 * As root the server runs as the directory's owner, else as postgres, else as
 * nobody; if that user cannot reach the directory, the demo is in
 * /var/lib/domovoi/demo (for another directory than root's own: demo-<hash>).
 * On failure nothing is held and *out is zeroed.
 */
bool demo_open(const struct demo_options *o, struct demo *out, struct err *e);

/* Frees and lets go of the lock; the server goes a while after its last user. */
void demo_close(struct demo *d);

bool demo_exists(const char *dir); /* whole, running or not */

/* Stop it, whoever uses it. True also when it was not running; *was says which (may be NULL). */
bool demo_stop(const char *dir, bool *was, struct err *e);

/* "empty", "tiny", "small", "medium", NULL: for usage and completion. */
const char *const *demo_sizes(void);

#endif

/* Making a demo: the cluster, the schema, the data, the logins. */
#ifndef DB_CREATE_H
#define DB_CREATE_H

#include <stdbool.h>

#include "db/place.h"
#include "db/state.h"

struct err;

/* The login of the demo's API server: it may speak for everybody who has a session, and is not among state.logins. */
#define DEMO_API_LOGIN "domovoi_demo_api"

struct create {
	const struct place *place;
	const char *size;
	const char *now;
	int linger_s;
	void (*progress)(void *arg, const char *step);
	void *arg;
};

/*
 * Under start.lock. Removes what an interrupted maker left, leaves a running
 * server with its keeper, and fills *s. On failure the server is stopped and
 * the half-made cluster is gone again.
 */
bool create_demo(const struct create *c, struct state *s, struct err *e);

/* Connection string to the running demo, as a login or (NULL) the cluster's owner. Allocated. */
char *demo_dsn(const char *sockdir, const char *login);

/* Names that may be asked for, NULL-terminated. */
const char *const *create_sizes(void);

#endif

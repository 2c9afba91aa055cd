/*
 * The demo's API server: domovoid beside the demo's cluster, on loopback and a Unix socket. Its files are in DIR/api
 * (keys, settings, log), the password of all the demo's people in DIR/api-password (0600). It lives as long as the
 * demo: the keeper ends it with the cluster. Blocking.
 */
#ifndef DB_API_H
#define DB_API_H

#include <stdbool.h>

#include "db/cluster.h"
#include "db/place.h"

struct err;

struct demo_api {
	char *url;      /* "http://127.0.0.1:8080" */
	char *password; /* the file that has it */
};

/* Starts it unless it runs, and waits until it answers. port 0 = any that is free. Free with demo_api_free(). */
bool demo_api_open(const struct demo *d, int port, struct demo_api *out, struct err *e);
void demo_api_free(struct demo_api *a);

/* Ends it, if it runs: nobody else than its owner. For the keeper. */
void demo_api_stop(const struct place *p);

#endif

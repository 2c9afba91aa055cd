/* The listening sockets, on the main thread's loop: each connection is counted, and given to a worker. */
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include <stdbool.h>
#include <uv.h>

#include "server/workers.h"

/* Binds all addresses of the setup; nobody is taken yet. False and `e` names one that cannot be: then none is bound. */
bool listen_bind(const struct setup *s, struct err *e);
/* Takes callers from now on, and logs each address as it became ("listening", url): a port that was 0 is known then. */
void listen_open(uv_loop_t *loop);
/* After a reload: limits and proxies of the new setup count from now on; addresses stay as they are. */
void listen_setup(const struct setup *s);
void listen_close(void); /* bound or open */

#endif

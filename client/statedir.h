/*
 * What the program remembers for one person on one machine: history, views,
 * drafts, where they left off. Files of a directory under $XDG_STATE_HOME/domovoi
 * (0700; files 0600), each replaced as a whole (written beside, fsync, rename),
 * so that a crash leaves the old or the new one. Never configuration, never a
 * secret. Small: reading and writing block, and are meant for < 1 MB.
 */
#ifndef CLIENT_STATEDIR_H
#define CLIENT_STATEDIR_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

struct statedir;

/*
 * `place` tells one database and login from another (the client's target, the user, company and role): drafts of
 * the demo never turn up in production. Made on first write. NULL + e only if no directory can be named.
 */
struct statedir *statedir_open(const char *place, struct err *e);
void statedir_close(struct statedir *d);

/* The document `name` ("views", "draft/018f…"); NULL if there is none or it cannot be read (a damaged file is
 * set aside as name.bad, once). Caller decrefs. */
json_t *statedir_get(struct statedir *d, const char *name);
bool statedir_put(struct statedir *d, const char *name, const json_t *doc, struct err *e);
void statedir_drop(struct statedir *d, const char *name);
/* Names under `prefix` ("draft/"), newest first. Caller decrefs the array of strings. */
json_t *statedir_list(struct statedir *d, const char *prefix);

#endif

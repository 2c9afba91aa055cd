/*
 * The data sessions of a worker: one an identity (user, login, key, company, role, see-as), kept for a while so that
 * who somebody is need not be asked with every request. Rights are not cached by this: the database checks each one.
 * Least recently used first out; asked anew after 30 s; forgotten at once when the database says the login is over.
 */
#ifndef SERVER_SESSIONS_H
#define SERVER_SESSIONS_H

#include "server/http.h"

struct session_cache;

struct session_cache *sessions_new(struct worker *w);
void sessions_free(struct session_cache *c); /* no request is left */

/* The database compares an API key's proof and says whose it is; then the route's handler is called, or 401. */
void sessions_key(struct request *r);

void sessions_leave(struct request *r); /* the request ends */
/* What it asked was refused: its session is dropped if `over`, or if nobody knows yet who it is. */
void sessions_refused(struct request *r, bool over);

int sessions_kept(const struct session_cache *c);

#endif

/*
 * Who we are to an API server: the access token (in memory, ten minutes), refreshed before it runs out by a refresh
 * token that may be remembered (client/tokens.h); one refresh at a time, also among processes; and signing in, in
 * steps. Source: research/api.md §1.3, §2.3, §4.3. Internal to client/. Loop thread; every callback comes from the
 * loop.
 */
#ifndef CLIENT_RESTAUTH_H
#define CLIENT_RESTAUTH_H

#include <uv.h>

#include "client/client.h"
#include "client/resthttp.h"

struct restauth;

struct restauth_events {
	void (*ready)(void *arg);                       /* requests can be sent (again) */
	void (*wanted)(void *arg);                      /* restauth_sign() says something else */
	void (*trouble)(const struct err *e, int retry_s, void *arg); /* no token can be had now; ask again later */
};

struct restauth *restauth_new(uv_loop_t *loop, struct resthttp *http, const char *tokens,
    const struct restauth_events *events, void *arg);
void restauth_free(struct restauth *a); /* the loop is run on to let handles close */

/*
 * The header of a request, with a token that is good for a while; *serial tells it from others. NULL: there is none
 * yet, and one of the events follows. Valid until the next call.
 */
const char *restauth_bearer(struct restauth *a, unsigned *serial);
/* The server did not take that one (401), or took it. Fresh ones that are refused again and again end the login. */
void restauth_refused(struct restauth *a, unsigned serial);
void restauth_accepted(struct restauth *a);

enum client_sign restauth_sign(const struct restauth *a);
const char *restauth_login(const struct restauth *a);
bool restauth_by_code(const struct restauth *a);     /* as client_sign_by_code() */
void restauth_learn(struct restauth *a, bool totp);  /* the server said so of the person */
const struct err *restauth_error(const struct restauth *a); /* why somebody has to sign in; ERR_NONE: not known */
const struct err *restauth_forgets(const struct restauth *a); /* as client_sign_forgets() */

void restauth_want_step_up(struct restauth *a); /* a request needs it */
/* As client_sign_in(). secret NULL: nothing is wanted any more until it is asked for again. */
void restauth_sign_in(struct restauth *a, const char *login, const char *secret, reply_fn fn, void *arg);
void restauth_sign_out(struct restauth *a, reply_fn fn, void *arg);

#endif

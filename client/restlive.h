/*
 * "Something changed in the database", from an API server: its event stream, taken up again where it broke, with a
 * watchdog for one that fell silent; where there is no stream, the end of the feed is looked at every five seconds.
 * Source: research/api.md §1.4, §3.9. Internal to client/.
 */
#ifndef CLIENT_RESTLIVE_H
#define CLIENT_RESTLIVE_H

#include <stdbool.h>
#include <uv.h>

#include "client/resthttp.h"

struct restlive;

struct restlive_events {
	void (*changed)(void *arg);
	void (*state)(void *arg); /* restlive_live() or restlive_settled() says something else */
	/* The headers of a request (a bearer, whose eyes), at most `size`; 0: no token now. Valid until the next. */
	size_t (*headers)(const char **headers, size_t size, unsigned *serial, void *arg);
	void (*refused)(unsigned serial, void *arg); /* 401 */
	void (*lost)(const struct err *e, void *arg); /* nobody could be asked, not for a new stream either */
};

struct restlive *restlive_new(uv_loop_t *loop, struct resthttp *http, const struct restlive_events *events, void *arg);
void restlive_free(struct restlive *l); /* the loop is run on to let handles close */

void restlive_start(struct restlive *l); /* if it is not running: there is a connection and somebody to be live for */
void restlive_stop(struct restlive *l);  /* until it is started again */
void restlive_wake(struct restlive *l);  /* the server answers again: nothing is waited for */

bool restlive_live(const struct restlive *l);
bool restlive_settled(const struct restlive *l); /* whether it is live is known */

#endif

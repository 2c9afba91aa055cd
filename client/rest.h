/*
 * The inside of the REST backend: rest.c keeps the queue and the connection's state, restsend.c sends, restanswer.c
 * judges answers, restauth.c knows who we are, restlive.c hears of changes. All of it is asked over one resthttp.
 */
#ifndef CLIENT_REST_H
#define CLIENT_REST_H

#include "client/backend.h"
#include "client/pace.h"
#include "client/restauth.h"
#include "client/resthttp.h"
#include "client/restlive.h"
#include "client/session.h"

struct rest;

struct restflight { /* a ticket, or a session's question who it is, on its way */
	LIST_ENTRY(restflight) link;
	struct rest *rest;
	struct ticket *ticket;    /* or */
	struct session *session;
	struct resthttp_call *call;
	unsigned serial;          /* of the token that it went with */
};

struct rest {
	struct backend base;
	struct client *client;
	uv_loop_t *loop;
	struct resthttp *http;
	struct restauth *auth;
	struct restlive *live;
	uint64_t retry_ms;

	struct session_list sessions; /* by backend_link; the newest first: its eyes are those of the event stream */
	struct ticket_queue waiting;  /* by seq */
	LIST_HEAD(restflights, restflight) flights;
	int nflights;
	bool writing;                 /* a write is in flight: what was asked after it waits */

	bool up, was_up;
	bool refused;                 /* for good: a certificate that is not to be trusted */
	enum client_state told;
	enum client_sign told_sign;
	struct err err;
	uint64_t down_since;
	unsigned attempt;             /* while down */
	uint64_t hold_until;          /* nothing is sent before: backing off, or as the server asked */
	uv_timer_t again, patience;
	int open_handles;

	int latency_ms;
	struct pace pace;
	bool readonly;
	int skew_ms;                  /* the server's clock is so much ahead */
	char *view, *code;            /* what the last reveal gave: asked for once, for a minute */
	json_t *place;                /* company, unit and kind of that code */
	uv_timer_t wipe;
	char header[3][96];           /* of the event stream */
};

/* rest.c */
void rest_dispatch(struct rest *b);
void rest_tell_state(struct rest *b);
void rest_wait_again(struct rest *b, struct ticket *t);
void rest_fail_waiting(struct rest *b, const struct session *s, const struct err *e); /* s NULL = all */
void rest_went_down(struct rest *b, const struct err *e, int wait_s); /* wait_s 0 = by our own measure */
void rest_hold(struct rest *b, int seconds); /* the server is busy */

/* restsend.c */
void restsend_ticket(struct rest *b, struct ticket *t, const char *bearer, unsigned serial); /* out of the queue */
void restsend_whoami(struct rest *b, struct session *s, const char *bearer, unsigned serial);
void restsend_drop_job(struct rest *b, const struct ticket *t); /* a report that nobody waits for any more */

/* restanswer.c */
void restanswer_ticket(const struct resthttp_answer *r, void *flight);
void restanswer_whoami(const struct resthttp_answer *r, void *flight);
void restanswer_code(struct rest *b, struct ticket *t); /* ASK_CODE: of the last reveal */
void restanswer_wipe(struct rest *b);
uint64_t restanswer_due(const struct rest *b, const struct ticket *t); /* loop time: it has waited long enough */

#endif

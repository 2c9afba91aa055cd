/*
 * What the routes of /api/v1/auth have in common: one request on its way through questions to the database, hashes, and
 * its answer. Everything secret in it is wiped when the request ends. Internal to server/auth_*.c.
 */
#ifndef SERVER_AUTH_FLOW_H
#define SERVER_AUTH_FLOW_H

#include "server/http.h"

struct flow {
	struct request *r;
	int64_t now;               /* Unix seconds: the clock's, tokens are not of the database's */
	const char *address;       /* NULL = a local socket: counted for nothing */
	const char *what;          /* for the trail of failures: "login" */
	char user[37], login[37];  /* the person, and his login session */
	char *name;                /* of the login, whose attempts are counted; NULL = not known */
	char *person;              /* his name */
	/* owned, wiped */
	char *password, *fresh, *code, *method, *token, *agent, *hash, *sealed, *amr, *title, *scopes, *until;
	int64_t last_step, step;
	bool totp, must_change, proved, revoke;
	json_t *body;              /* of the answer, while more is asked; or part of it */
	char refresh[44], refresh_hash[67];
	void (*then)(struct flow *f); /* flow_person()'s next */
};

struct flow *flow_new(struct request *r, const char *what); /* kept by the request */

/* A member of the body: a string into *to (or, of words, an array of them with blanks between), true and false into
 * *flag. */
struct member {
	const char *name;
	char **to;
	bool *flag;
	bool required, words;
};
/* The body has these and no other members. False: answered. The body's own copy of the strings is wiped. */
bool flow_body(struct flow *f, const struct member *m, size_t n);

/* The database is asked: n strings (NULL is NULL) follow. fn gets f as arg; the owner is the request. */
void flow_ask(struct flow *f, reply_fn fn, const char *sql, int n, ...);
/* NULL: it was refused, or there is no row: answered. */
const struct table *flow_row(struct flow *f, const struct reply *rep);
const char *flow_cell(const struct table *t, const char *name); /* of the first row; NULL = null */
bool flow_is(const struct table *t, const char *name);          /* … is true */

/* 429 when there is a wait (column "wait"); true: answered. */
bool flow_waits(struct flow *f, const struct table *t);
/* The attempt counts as failed; the answer is the same whatever was wrong. */
void flow_wrong(struct flow *f);

/*
 * The person of the token and his session, with the attempt counted where `counted`: then `next`, unless the session is
 * over (401), he must wait (429), or choose a password before anything else (403). Fills name, person, hash (counted
 * only), sealed, last_step, totp, must_change, amr;
 * proved: shown who he is within five minutes.
 */
void flow_person(struct flow *f, bool counted, void (*next)(struct flow *f));
bool flow_fresh(struct flow *f); /* false: answered, prove who you are first */

/* The code of an authenticator: the step in f->step; false: wrong, and nothing was said yet. */
bool flow_code(struct flow *f);

json_t *flow_access(const struct flow *f, int64_t auth_time); /* {"access_token", "token_type", "expires_in"} */

#endif

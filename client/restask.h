/*
 * A ticket as an HTTP request to the API, and its answer as the ticket's: what rest.c sends and gets without knowing
 * records. Pure: no I/O. Paths, parameters and documents are those of the server's /api/v1 (docs/api.md).
 */
#ifndef CLIENT_RESTASK_H
#define CLIENT_RESTASK_H

#include "base/strbuf.h"
#include "client/backend.h"
#include "client/session.h"

struct restask {
	const char *method;
	struct strbuf path;     /* with the query */
	char *body;             /* JSON, or NULL; secret where the answer is */
	char *header[8];
	size_t nheaders;
};

/*
 * What a ticket asks, as its session. False and `e`: it cannot be asked; the same is refused, in the same words, before
 * PostgreSQL is asked. Free it in either case.
 */
bool restask_ticket(struct restask *a, const struct ticket *t, struct err *e);
void restask_whoami(struct restask *a, const struct session *s);
void restask_free(struct restask *a);

/* Fill in the ticket's answer, or its err, from the document of a success. */
void restask_answer(struct ticket *t, const json_t *doc);

/* The rows of client_whoami() from what /auth/me says; NULL: it is something else. */
struct table *restask_me(const json_t *doc);

/* May it be sent again after its answer was lost? An import without an id may not: nobody would know it again. */
bool restask_again(const struct ticket *t);

/* Percent-encoded, but for what RFC 3986 leaves alone everywhere. */
void restask_escape(struct strbuf *out, const char *s);

#endif

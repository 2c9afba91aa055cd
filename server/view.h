/*
 * What records, reports and the seeds' paths have in common: who asks and for what. Loop thread.
 */
#ifndef SERVER_VIEW_H
#define SERVER_VIEW_H

#include "server/alias.h"
#include "server/http.h"
#include "server/params.h"

/* What a path stands for. Belongs to the request. */
struct view {
	const struct resource *res;
	const char *name;         /* of the path: "units" or "properties" */
	const char *base;         /* what a Location begins with: "/api/v1/units" */
	const struct alias *alias; /* names of fields; NULL = the catalogue's */
	const struct field *field; /* the records of one record alone: this field is … */
	const char *owner;         /* … this; NULL = all */
};

/* The problem has been answered when these are NULL or false. */
const struct view *view_catalogue(struct request *r);   /* part {resource} as the catalogue has it */
bool view_key(struct request *r, char id[static 37]); /* Idempotency-Key: required and a UUID, made lower case */
/* The same, but without the header an id is made. */
bool view_key_or_new(struct request *r, char id[static 37]);
/* If-Match: its version, 0 for *. A tag that is none of ours is no version of any record: -1, see view_stale(). */
bool view_match(struct request *r, bool required, int *version);

void view_flaw(struct request *r, const struct flaw *f);
/* A refusal of the engine: a stale version with the record as it is now, the rest as they are. `key`: the record's. */
void view_refusal(struct request *r, const struct view *v, const char *key, const struct err *e);
void view_stale(struct request *r, const struct view *v, const char *key);

/*
 * Nothing was found. A key whose scopes do not name what these records need is told so, not that there are none:
 * false, answered 403. After an answer of the database to the session.
 */
bool view_scoped(struct request *r, const struct resource *res);

/* Call `fn` when it is known who asks (today, currency): at once, mostly. A refusal has been answered. */
void view_known(struct request *r, void (*fn)(struct request *r, void *arg), void *arg);

/* The query of the request; belongs to it. */
const struct pair *view_pairs(struct request *r, size_t *n);
void *view_alloc(struct request *r, size_t size); /* zeroed, the request's */

/* The same Idempotency-Key of the same person is being answered by this process: false, 409. Until the request ends. */
bool view_claim(struct request *r, const char *id);

#endif

/*
 * The query of a list as data: what stands behind the ? of GET /api/v1/{resource} becomes a struct query, or one flaw
 * that says which parameter is wrong. Strict: a parameter that nobody knows is refused, so that a filter with a typing
 * mistake never means "all of them". Pure. Source: research/api.md §1.2, §2.1.
 *
 *   status=in.(confirmed,hold)&check_in=gte.2026-03-01&unit=is.null&guest=contains.aig&sort=-check_in&limit=100
 */
#ifndef SERVER_PARAMS_H
#define SERVER_PARAMS_H

#include "base/date.h"
#include "base/err.h"
#include "client/query.h"

struct pair { const char *name, *value; };

/* What is wrong with one parameter, header or member. */
struct flaw {
	char code[32];    /* of a problem: "unknown-filter" */
	char pointer[96]; /* "?sort", "/set/price" */
	struct err err;   /* the sentence, and perhaps what to do */
};
bool flaw_set(struct flaw *f, const char *code, const char *pointer, const struct err *e); /* returns false */
bool flaw_say(struct flaw *f, const char *code, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 4, 5))); /* returns false */

struct list_params {
	struct query q;       /* q.after: a raw position, as a console sends it */
	const char *fields;   /* "a,b", or NULL = all; the caller's memory, as is cursor */
	const char *cursor;   /* sealed (cursor.h): to be opened with the query as it is now; or NULL */
	bool limited;         /* a limit was given: an export is as long as that, else whole */
	unsigned long rows;   /* … and it, before it was cut to QUERY_MAX_LIMIT */
};

/* How the values are to be read. */
struct asker {
	day_t today;
	const char *currency; /* of amounts in major units; NULL = KZT */
	bool plain;           /* a value without an operator is eq: the seeds' paths */
};

/* False and `f`; then l->q is free'd. list_params_free() otherwise. */
bool params_list(struct list_params *l, const struct resource *res, const struct pair *p, size_t n,
    const struct asker *a, struct flaw *f);
void list_params_free(struct list_params *l);

/* A whole number within bounds, digits alone. */
bool params_number(const char *text, unsigned long most, unsigned long *value);

/* Is this among the preferences of a Prefer header (RFC 7240)? "count=exact", "respond-async". NULL: no. */
bool params_prefers(const char *header, const char *what);

/* The seconds of Prefer: wait=N (RFC 7240 §4.3), at most 30; 0 = not said. */
unsigned params_wait(const char *header);

/* What an If-Match says: the version in "v7" or "v7.hash"; 0 for *; -1 for what is no tag of ours. */
int params_version(const char *if_match);

#endif

/*
 * Problems (RFC 9457): the one table of codes, and the one mapping from struct err to them (research/api.md §2.2). An
 * invisible record and an absent one answer the same body.
 */
#ifndef SERVER_PROBLEM_H
#define SERVER_PROBLEM_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

struct problem {
	const char *code;
	int status;
	const char *title;   /* one sentence, the same for all of that code */
	bool retryable;      /* the same request may succeed later, unchanged */
	int retry_after;     /* seconds; 0 = not said */
};

const struct problem *problem_find(const char *code); /* an unknown code is a mistake of ours: "internal" */
const struct problem *problem_of(const struct err *e);
const struct problem *problem_all(size_t *n); /* for OpenAPI */

/*
 * The body: {"type","title","status","code","detail","dm","field","remedy","errors","trace_id","retryable"}. `e` may be
 * NULL: then detail (may be NULL) is the sentence. pointer (may be NULL) is what it is about: "/set/check_in", "?sort".
 */
json_t *problem_json(const struct problem *p, const char *issuer, const char *trace, const char *detail,
    const char *pointer, const struct err *e);

#endif

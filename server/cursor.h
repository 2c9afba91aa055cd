/*
 * The opaque cursor of a list: a position (client/query.h) that is good for the one who got it, and for the same list,
 * sort and filter alone. HMAC-SHA-256, of which half is kept. Pure. Source: AIP-158, research/api.md §1.2.
 */
#ifndef SERVER_CURSOR_H
#define SERVER_CURSOR_H

#include <stdbool.h>

#include "client/query.h"

#define CURSOR_KEY 32 /* bytes */

struct cursor_place {
	const char *user;  /* id */
	int company;
	const struct query *q; /* resource, terms and sort; its position and page do not count */
};

/* `position` as query_cursor() made it; backward: the page before it. The caller frees. */
char *cursor_seal(const unsigned char key[static CURSOR_KEY], const struct cursor_place *at, bool backward,
    const char *position);
/* The position; the caller frees. NULL: it was not made for this, or somebody has changed it. */
char *cursor_open(const unsigned char key[static CURSOR_KEY], const struct cursor_place *at, const char *sealed,
    bool *backward);

#endif

/*
 * Marked records. A mark is an id with what has to be said about it where its
 * row is not at hand: the label, the amounts. Marks know nothing of filters,
 * sorts and pages, and so survive all of them. Pure.
 */
#ifndef SCREENS_MARKS_H
#define SCREENS_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"

#define MARK_SUMS 4 /* money fields of a resource that are summed, in the catalogue's order */

struct mark {
	char id[UUID_LEN + 1];
	char *label;            /* "252"; owned */
	char currency[4];
	int64_t sum[MARK_SUMS]; /* minor units */
	unsigned known;         /* bit i: sum[i] is known */
};

struct marks {
	struct mark *all; /* in the order in which they were marked, until one is dropped: the last takes its place */
	int n, cap;
	int *slots;       /* by hash of the id: 1 + index in `all`, 0 = free; nslots is a power of two, or 0 */
	int nslots;
};

const struct mark *marks_find(const struct marks *m, const char *id); /* NULL = not marked */
/* Mark; marked already: what is known of it is renewed. `what` is copied, with its label. */
void marks_put(struct marks *m, const struct mark *what);
bool marks_drop(struct marks *m, const char *id); /* false: was not marked */
void marks_clear(struct marks *m);                /* also frees */

/* The sum of one field over the marks of one currency. */
struct marks_total { char currency[4]; int64_t sum; int counted; bool overflow; };
/* One total a currency, at most `most`; returns how many. Marks without a known amount are left out of `counted`. */
int marks_totals(const struct marks *m, int field, struct marks_total *out, int most);

#endif

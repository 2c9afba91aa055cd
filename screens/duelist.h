/* The charges under the payment calendar: of the day under its cursor, or all that is open. */
#ifndef SCREENS_DUELIST_H
#define SCREENS_DUELIST_H

#include "screens/duegrid.h"
#include "screens/rows.h"

/* The first thing in the state of its screen. */
struct duelist {
	struct rows rows;          /* first: see rows.h */
	struct duegrid *grid;
	bool only_open;
	int shape;                 /* of its columns; 0 = not chosen yet */
	char listed[FILTER_MOST];  /* what it shows; "" = nothing was asked for yet */
	enum result (*then)(struct screen *s, int arg); /* a key that waits for it; NULL = none does */
	int then_arg;
	unsigned epoch;
	char kept[UUID_LEN + 1];   /* the charge that its cursor goes to once it is there; "" = none */
};

void duelist_open(struct duelist *l, struct screen *s, struct duegrid *grid);
void duelist_follow(struct duelist *l); /* show what belongs to the calendar's cursor */

/*
 * A key of the list, which comes after it: done at once, or when the rows of the day under the cursor are there. A fast
 * typist never acts on a charge of the day before.
 */
enum result duelist_then(struct screen *s, enum result (*fn)(struct screen *s, int arg), int arg);

#endif

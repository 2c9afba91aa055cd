/*
 * The nights are taken: three ways out of it (ux.md, wireframe 5), from the
 * report `alternatives`: other dates of the unit, another unit on the same
 * dates, or the stay that is in the way goes to a free unit.
 */
#ifndef SCREENS_WAYS_H
#define SCREENS_WAYS_H

#include "client/table.h"
#include "screens/screens.h"

enum { SLOT_WAYS = 5 };

/* Strings are copied or used at once. */
struct ways_question {
	const char *unit, *from, *to;
	const char *stay;    /* that wants them: its own nights are in nobody's way; NULL = a new one */
	const char *title;   /* NULL: the nights are taken */
	bool compare;        /* prices are said as differences from `total` (minor units) */
	int64_t total;
};

struct ways {
	struct screen *screen;
	struct table *rows;
	char title[100];
	bool compare;
	int64_t total;
	void (*taken)(struct screen *s, const struct table *t, int row);
};

/*
 * Ask for them and show them over `s`; `w` lives in its state. taken(s, t, row): the dates or the unit of that row are
 * wanted instead; row -1: the stay in the way has been moved, the nights are free now. Not called on Esc.
 */
void ways_ask(struct screen *s, struct ways *w, const struct ways_question *q,
    void (*taken)(struct screen *s, const struct table *t, int row));
void ways_close(struct ways *w);

#endif

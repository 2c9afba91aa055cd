/*
 * What lies on the units of a list in a period (report `spans`), asked for the
 * rows and days that are on the screen and a little around, one request at a
 * time; a bounded number of rows is remembered.
 */
#ifndef SCREENS_SPANS_H
#define SCREENS_SPANS_H

#include "client/table.h"
#include "client/window.h"
#include "screens/screens.h"

struct span_line;

struct spans {
	struct screen *screen;
	const struct window *rows;
	void (*came)(struct screen *s);   /* an answer is here */
	int top, page;                    /* rows on the screen */
	day_t from, to;                   /* days on the screen, half-open */
	struct span_line *lines;
	int nlines, size;
	day_t asked_from, asked_to;       /* of the request that is on its way */
	bool waiting, again;              /* again: something changed while it was */
	unsigned epoch;
	struct err err;
};

void spans_open(struct spans *p, struct screen *s, const struct window *rows, void (*came)(struct screen *s));
void spans_close(struct spans *p);
void spans_show(struct spans *p, int top, int page, day_t from, day_t to); /* asks for what is missing */
void spans_refresh(struct spans *p);  /* what is remembered may have changed: shown until the new answer is here */

bool spans_known(const struct spans *p, const char *unit);
/* The i-th use of a unit as a row of *t; -1 past the last. */
int spans_row(const struct spans *p, const char *unit, int i, const struct table **t);

#endif

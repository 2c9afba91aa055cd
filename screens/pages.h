/*
 * All rows of a query, page after page behind what is shown: for "mark all",
 * for an export. Never silently less than all: it ends with the last row, with
 * an error, or because it was stopped. Loop thread only.
 */
#ifndef SCREENS_PAGES_H
#define SCREENS_PAGES_H

#include "client/client.h"
#include "screens/screens.h"

struct pages {
	struct screen *screen;
	struct query query;      /* res NULL: not under way */
	unsigned epoch;
	int64_t done;            /* rows so far */
	bool (*page)(struct pages *p, const struct table *rows); /* false: stop */
	void (*end)(struct pages *p, const struct err *e);       /* NULL = complete */
	void *arg;
};

/* `p` lives in the screen's state, zeroed, with page, end and arg set. The query is copied; its limit is ours. */
void pages_start(struct pages *p, struct screen *s, const struct query *q);
bool pages_busy(const struct pages *p);
void pages_stop(struct pages *p);        /* end() is not called */

#endif

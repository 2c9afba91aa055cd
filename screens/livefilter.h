/*
 * The filter of a list or a board, applied as it is typed: as soon as it
 * parses, and once the typist rests. It lives in the state of a screen.
 */
#ifndef SCREENS_LIVEFILTER_H
#define SCREENS_LIVEFILTER_H

#include "client/resource.h"
#include "screens/screens.h"

#define FILTER_MOST 4000

struct live_filter {
	const struct resource *res;
	/* Use this filter from now on; false + e: it does not parse, nothing changed. */
	bool (*use)(struct screen *s, const char *text, struct err *e);
	/* The prompt was left and its text is in use (NULL: by Esc, what stood before is). May be NULL. */
	void (*ended)(struct screen *s, const char *text);
	bool typing;               /* the prompt is open */
	char text[FILTER_MOST];    /* as applied */
	char typed[FILTER_MOST];   /* as it stands in the prompt */
	char before[FILTER_MOST];  /* what Esc goes back to */
	char given[FILTER_MOST];   /* what it began with: the title says it, so it is not shown */
	struct err wrong;          /* what keeps `typed` from being applied */
};

/* Ask for it. One filter is typed at a time; it lives at least as long as its screen. */
enum result live_filter_ask(struct live_filter *f, struct screen *s);
/* The same, beginning with this text in place of the filter: the first key of a search was pressed in the list. */
enum result live_filter_begin(struct live_filter *f, struct screen *s, const char *text);

/* It fits; false + e: it is too long. For filters that come from elsewhere: a line, a kept place. */
bool live_filter_fits(const char *text, struct err *e);

int live_filter_lines(const struct live_filter *f);        /* lines that it takes at the bottom: 0 or 1 */
void live_filter_draw(const struct live_filter *f, struct canvas c); /* on the last line of c */

#endif

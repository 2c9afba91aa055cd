/* The inside of the analytics screen: its pages as data, what it keeps. Internal to screens/analytics*.c. */
#ifndef SCREENS_ANALYTICS_H
#define SCREENS_ANALYTICS_H

#include "screens/grid.h"
#include "screens/stats.h"

enum { STATS_PAGES = 7, STATS_PANES = 6, STATS_FIGURES = 6 };

/* What `b` turns on a page. */
enum stats_turns { STATS_NOTHING, STATS_ROWS, STATS_GROUPS, STATS_OF, STATS_COHORTS, STATS_MEASURES };

struct stats_page {
	const char *name;              /* on the palette's line: "analytics money" */
	const char *tab;               /* msgid */
	enum stats_turns turns;
	bool measures;                 /* `m`: revenue, nights, stays */
	int across, across_narrow;     /* panes side by side */
	const struct pane_def *panes;  /* ends with title NULL */
};

struct stats_measure { const char *by, *units, *clients; }; /* with the titles of the lists */
struct stats_figure { const char *label, *column; enum field_type type; int width; };

struct analytics {
	struct round round;
	struct answer figures, before;
	struct grid grid;
	bool started, buildings;
	struct period period;
	int page, measure, group, of, cohort;
	struct pane pane[STATS_PANES]; int npanes;
	int focus;                     /* a pane; npanes = the figures */
	int figure;
	struct table *stays;           /* of the selected cell; NULL until they came */
	char stays_of[64];             /* which cell they belong to */
};

/* analytics_pages.c */
const struct stats_page *stats_page(int i);
const struct stats_measure *stats_measure(int i);
const struct stats_figure *stats_figure(int i);
const char *stats_group(int i);
const char *stats_of(int i);
const char *stats_cohort(int i);
int stats_next(enum stats_turns which, int i);
bool stats_valid(int measure, int group, int of, int cohort);

/* analytics_draw.c */
void analytics_draw(struct screen *s, struct canvas c);

#endif

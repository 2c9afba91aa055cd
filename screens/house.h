/* A building on a piece of the screen: its units as one glyph each, the figures of the month
 * and the last thirty days. */
#ifndef SCREENS_HOUSE_H
#define SCREENS_HOUSE_H

#include "base/date.h"
#include "screens/estate.h"
#include "tui/chart.h"

#define HOUSE_DAYS 30

struct house_cell { int row, floor; }; /* row of `units` */

struct house {
	struct screen *screen;
	char filter[80];      /* of its units, as asked; "" = none */
	struct house_node { char id[TREE_ID], title[200], about[300]; } node, next; /* shown; asked for */
	struct table *units;  /* of the one that is shown; NULL until they came */
	bool more;
	struct house_cell *cells; int ncells; /* what is let, the highest floor first */
	int64_t trend[HOUSE_DAYS];            /* occupancy a day in basis points, CHART_NONE; the last is today */
	day_t trend_from;
	bool has_trend;
	struct err err;
};

void house_open(struct house *h, struct screen *s);
void house_close(struct house *h);
/* The building under the tree's cursor, "building=…". What is shown stays until the next is here; "" = none. */
void house_load(struct house *h, const struct estate *e, const char *filter);
void house_draw(struct house *h, const struct estate *e, struct canvas c);

#endif

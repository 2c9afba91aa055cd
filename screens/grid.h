/*
 * Occupancy, units (or buildings) by the days of a period, by its weeks or
 * months where it is a long one: the row titles come through a window, the
 * cells only for the rows on the screen and a little around them. A room that
 * is let by the bed adds up its beds; what an agreement holds is said so.
 */
#ifndef SCREENS_GRID_H
#define SCREENS_GRID_H

#include "client/window.h"
#include "screens/screens.h"
#include "tui/heat.h"

#define GRID_COLS 31

struct grid_line;

struct grid {
	struct screen *screen;
	void (*moved)(struct screen *s);   /* another cell is selected, or its numbers came */
	struct window *rows;
	const struct resource *res;        /* units or buildings */
	struct heat heat;
	day_t from, to;                    /* the last one not included */
	enum grid_cells { GRID_DAY, GRID_WEEK, GRID_MONTH } kind;
	int cols;
	int page;                          /* rows visible in the last draw */
	struct grid_line *lines;           /* by record id, unsorted */
	int nlines, size;
	bool waiting;                      /* one request at a time: scrolling does not pile them up */
	unsigned epoch;                    /* in which it was asked */
	struct err err;                    /* why there are no cells */
};

struct grid_cell { int sold, available; bool known; };

void grid_open(struct grid *g, struct screen *s, void (*moved)(struct screen *s));
void grid_close(struct grid *g);
void grid_rows(struct grid *g, const char *resource); /* "unit" or "building"; asks for the titles */
void grid_period(struct grid *g, day_t from, day_t to); /* the cursor stays in its column if there is one */
void grid_go(struct grid *g, day_t day);              /* the cursor to the cell of a day */
void grid_refresh(struct grid *g);                    /* same place, fresh titles and cells */

bool grid_busy(const struct grid *g);                  /* the first rows are still on their way */
enum result grid_move(struct grid *g, int move);
void grid_draw(struct grid *g, struct canvas c, bool focused);

day_t grid_day(const struct grid *g);                 /* selected: its first day */
void grid_when(const struct grid *g, struct strbuf *out); /* the selected cell's days in words */
const char *grid_id(const struct grid *g);            /* selected row's record, "" if none */
void grid_short(const struct grid *g, struct strbuf *out); /* the selected row: its code, a building's name */
void grid_title(const struct grid *g, struct strbuf *out);
bool grid_let(const struct grid *g);                  /* an agreement holds the selected cell */
struct grid_cell grid_cell(const struct grid *g);
void grid_filter(const struct grid *g, struct strbuf *out); /* the stays behind the cell, in the filter language */

#endif

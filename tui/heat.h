/*
 * The heat map: rows x columns, at most five steps, each with a glyph of its
 * own so that mono terminals and colour-blind readers see the same thing
 * (domain.md A13: "·" where nothing was available, never 0).
 */
#ifndef TUI_HEAT_H
#define TUI_HEAT_H

#include "base/i18n.h"
#include "tui/screen.h"

#define HEAT_EMPTY (-1)
#define HEAT_LET (-2) /* in use for long: nothing to sell, and nothing lost */

struct heat_source {
	int (*rows)(void *ctx);
	int (*cols)(void *ctx);
	void (*row_title)(void *ctx, int row, struct strbuf *out);
	void (*col_title)(void *ctx, int col, char buf[static 8]); /* two columns wide, e.g. "16" */
	int (*value)(void *ctx, int row, int col);                 /* basis points 0..10000, HEAT_EMPTY or HEAT_LET */
};

struct heat {
	const struct heat_source *source; void *ctx;
	int row, col;       /* selected cell */
	int top, left;      /* first visible */
	int title_width;    /* columns for row titles; 0 = what is left, 14 to 24 */
	bool sparse;        /* few columns have titles, which may reach over the next ones */
	bool lets;          /* HEAT_LET may come: the scale says what it looks like */
	bool digits;        /* show occupancy in tenths instead of glyphs */
	int page;           /* body rows of the last draw */
};

/* Binding rows for moving: HEAT_KEYS(fn) with fn(screen, enum heat_move). */
#define HEAT_KEYS(fn) \
	{ "Up k", "up", N_("up"), fn, HEAT_UP, B_HIDDEN, NULL }, \
	{ "Down j", "down", N_("down"), fn, HEAT_DOWN, B_HIDDEN, NULL }, \
	{ "Left h", "left", N_("left"), fn, HEAT_LEFT, B_HIDDEN, NULL }, \
	{ "Right l", "right", N_("right"), fn, HEAT_RIGHT, B_HIDDEN, NULL }, \
	{ "PgUp C-b", "page-up", N_("page up"), fn, HEAT_PGUP, B_HIDDEN, NULL }, \
	{ "PgDn C-f", "page-down", N_("page down"), fn, HEAT_PGDN, B_HIDDEN, NULL }, \
	{ "Home", "first", N_("first column"), fn, HEAT_HOME, B_HIDDEN, NULL }, \
	{ "End", "last", N_("last column"), fn, HEAT_END, B_HIDDEN, NULL }

enum heat_move { HEAT_UP, HEAT_DOWN, HEAT_LEFT, HEAT_RIGHT, HEAT_PGUP, HEAT_PGDN, HEAT_HOME, HEAT_END };

/* Bands <40, 40-70, >=70 (A13), with 0 and 100 apart: five steps. Pure; -1 for empty. */
int heat_step(int bp);
/*
 * First line = column titles, last = scale in words. A cell takes 2 columns (blank and glyph), 3 when there is room
 * for a doubled glyph. The selected cell stands in brackets, which borrow the blanks around it: no colour needed.
 */
void heat_draw(struct heat *h, struct canvas c, bool focused);
enum result heat_move(struct heat *h, int move);

#endif

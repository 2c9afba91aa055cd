/*
 * The heat map: rows x columns, at most five steps, each with a glyph of its
 * own so that mono terminals and colour-blind readers see the same thing
 * (domain.md A13: "·" where nothing was available, never 0).
 */
#ifndef TUI_HEAT_H
#define TUI_HEAT_H

#include "tui/screen.h"

#define HEAT_EMPTY (-1)

struct heat_source {
	int (*rows)(void *ctx);
	int (*cols)(void *ctx);
	void (*row_title)(void *ctx, int row, struct strbuf *out);
	void (*col_title)(void *ctx, int col, char buf[static 8]); /* two columns wide, e.g. "16" */
	int (*value)(void *ctx, int row, int col);                 /* basis points 0..10000, or HEAT_EMPTY */
};

struct heat {
	const struct heat_source *source; void *ctx;
	int row, col;       /* selected cell */
	int top, left;      /* first visible */
	int title_width;
	bool digits;        /* show occupancy in tenths instead of glyphs */
};

enum heat_move { HEAT_UP, HEAT_DOWN, HEAT_LEFT, HEAT_RIGHT, HEAT_PGUP, HEAT_PGDN, HEAT_HOME, HEAT_END };

/* Bands <40, 40-70, >=70 (A13), with 0 and 100 apart: five steps. Pure; -1 for empty. */
int heat_step(int bp);
void heat_draw(struct heat *h, struct canvas c, bool focused); /* first line = column titles, last = scale in words */
enum result heat_move(struct heat *h, int move);

#endif

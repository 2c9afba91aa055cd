/*
 * The chessboard: rows x days with spans (a stay, a block) lying on them. Every
 * state has a letter of its own; the colour only repeats it. The cursor is a
 * pair of brackets that borrow the blanks around a cell, a selection of days
 * and rows is marked with "*". Scrolls by a week and by a third of a page, so
 * that most keys repaint two brackets.
 */
#ifndef TUI_CHESS_H
#define TUI_CHESS_H

#include "base/date.h"
#include "base/i18n.h"
#include "tui/screen.h"

struct chess_span {
	day_t from, to;      /* nights from..to-1 */
	char glyph;          /* its state: one ASCII letter */
	enum token style;
	const char *label;   /* shown inside where it fits, else its first word; NULL = none; valid until the next call */
	bool part;           /* lies on a part of the row only (one bed of a room): counted, not drawn as its own */
};

struct chess_legend { char glyph; enum token style; const char *word; /* msgid */ };

struct chess_source {
	int (*rows)(void *ctx);                            /* at hand */
	void (*row_title)(void *ctx, int row, struct strbuf *out);
	int (*row_depth)(void *ctx, int row);              /* indent; may be NULL */
	bool (*marked)(void *ctx, int row);                /* may be NULL */
	bool (*known)(void *ctx, int row);                 /* its spans are here; NULL = always */
	/* The i-th span of a row, in any order; false past the last one. */
	bool (*span)(void *ctx, int row, int i, struct chess_span *out);
	void (*month)(day_t day, struct strbuf *out);      /* "June 2026" */
	void (*weekday)(day_t day, struct strbuf *out);    /* "Tue" */
	bool (*more_below)(void *ctx), (*more_above)(void *ctx); /* may be NULL: no */
};

struct chess {
	const struct chess_source *source; void *ctx;
	const struct chess_legend *legend; int nlegend;
	int row, top;        /* cursor, first visible row */
	day_t day, first;    /* cursor, first visible day */
	day_t today;
	int days_most;       /* never more days than this; 0 = as many as fit */
	int page, days;      /* rows and days of the last draw */
	bool ranging;        /* a selection from here to the cursor */
	int mark_row;
	day_t mark_day;
};

enum chess_move { CHESS_UP, CHESS_DOWN, CHESS_LEFT, CHESS_RIGHT, CHESS_PGUP, CHESS_PGDN, CHESS_HOME, CHESS_END,
	CHESS_EXTEND = 16 }; /* with this bit the selection goes along: Shift-arrows */

/* Binding rows for moving: CHESS_KEYS(fn) with fn(screen, enum chess_move). */
#define CHESS_KEYS(fn) \
	{ "Up k", "up", N_("up"), fn, CHESS_UP, B_HIDDEN, NULL }, \
	{ "Down j", "down", N_("down"), fn, CHESS_DOWN, B_HIDDEN, NULL }, \
	{ "Left h", "left", N_("left"), fn, CHESS_LEFT, B_HIDDEN, NULL }, \
	{ "Right l", "right", N_("right"), fn, CHESS_RIGHT, B_HIDDEN, NULL }, \
	{ "PgUp C-b", "page-up", N_("page up"), fn, CHESS_PGUP, B_HIDDEN, NULL }, \
	{ "PgDn C-f", "page-down", N_("page down"), fn, CHESS_PGDN, B_HIDDEN, NULL }, \
	{ "Home", "first", N_("first row"), fn, CHESS_HOME, B_HIDDEN, NULL }, \
	{ "End G", "last", N_("last row"), fn, CHESS_END, B_HIDDEN, NULL }, \
	{ "S-Up", "select-up", N_("select upwards"), fn, CHESS_UP | CHESS_EXTEND, B_HIDDEN, NULL }, \
	{ "S-Down", "select-down", N_("select downwards"), fn, CHESS_DOWN | CHESS_EXTEND, B_HIDDEN, NULL }, \
	{ "S-Left", "select-left", N_("select to the left"), fn, CHESS_LEFT | CHESS_EXTEND, B_HIDDEN, NULL }, \
	{ "S-Right", "select-right", N_("select to the right"), fn, CHESS_RIGHT | CHESS_EXTEND, B_HIDDEN, NULL }

void chess_draw(struct chess *h, struct canvas c, bool focused);
enum result chess_move(struct chess *h, int move);
void chess_goto(struct chess *h, day_t day);   /* the cursor to a day, which comes into view */
void chess_settle(struct chess *h);            /* rows changed: cursor and top back into range */
void chess_shift(struct chess *h, int rows);   /* rows came in front (or went): everything follows */

/* What is selected: without a range the cell under the cursor. Days half-open. */
struct chess_range { int row, end_row; day_t from, to; };
struct chess_range chess_range(const struct chess *h);

/* The span under a cell: its number for source.span, -1 if it is free; *n = how many lie there. */
int chess_span_at(const struct chess *h, int row, day_t day, int *n);

#endif

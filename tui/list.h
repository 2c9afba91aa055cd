/*
 * The list widget: columns, cursor row marked by a glyph (not a painted bar),
 * rows from any source by callbacks, so that drawing, width and export read
 * the same accessor (STYLE 3). Moving the cursor repaints two markers, not two
 * rows. In front of the columns: the cursor glyph, with source.marked also the
 * mark "*" (or "~"), a blank (or "-", a row that is still shown but gone); one blank between columns.
 */
#ifndef TUI_LIST_H
#define TUI_LIST_H

#include "base/i18n.h"
#include "tui/screen.h"

struct list_column {
	const char *title;       /* msgid */
	int width;               /* columns; -1 = takes the rest (at most one) */
	enum text_align align;
	int drop;                /* priority to disappear when narrow: higher goes first, 0 never */
};

struct list_source {
	int (*rows)(void *ctx);                                    /* at hand */
	/* Text of a cell, appended raw to out (the list cleans); style may be changed from TOK_ROW. */
	void (*cell)(void *ctx, int row, int col, struct strbuf *out, enum token *style);
	bool (*marked)(void *ctx, int row);                        /* may be NULL */
	bool (*saving)(void *ctx, int row);                        /* its change has no outcome yet: "~"; may be NULL */
	bool (*gone)(void *ctx, int row);                          /* no longer belongs here: "-"; may be NULL */
	void (*want)(void *ctx, int row, int page);                /* cursor moved; may be NULL */
	bool (*more_below)(void *ctx);                             /* may be NULL: no */
	bool (*more_above)(void *ctx);
};

struct list {
	const struct list_column *columns; int ncolumns;
	const struct list_source *source; void *ctx;
	int cursor, top, page;   /* page: body rows of the last draw */
	bool shy;                /* without the focus no row is marked: one list of several side by side */
	const char *empty;       /* msgid shown when there are no rows */
};

enum list_move { LIST_UP, LIST_DOWN, LIST_PGUP, LIST_PGDN, LIST_HOME, LIST_END };

void list_draw(struct list *l, struct canvas c, bool focused); /* first line = headings */
enum result list_move(struct list *l, int move);
void list_settle(struct list *l); /* after the rows changed: cursor and top back into range; list_draw() does it too */

/* Binding rows for moving, to be placed in a screen's table: LIST_KEYS(fn) with fn(screen, enum list_move). */
#define LIST_KEYS(fn) \
	{ "Down j", "down", N_("down"), fn, LIST_DOWN, B_HIDDEN, NULL }, \
	{ "Up k", "up", N_("up"), fn, LIST_UP, B_HIDDEN, NULL }, \
	{ "PgDn C-f", "page-down", N_("page down"), fn, LIST_PGDN, B_HIDDEN, NULL }, \
	{ "PgUp C-b", "page-up", N_("page up"), fn, LIST_PGUP, B_HIDDEN, NULL }, \
	{ "Home", "first", N_("first"), fn, LIST_HOME, B_HIDDEN, NULL }, \
	{ "End G", "last", N_("last"), fn, LIST_END, B_HIDDEN, NULL }

#endif

/*
 * The board widget: columns of cards, each column with a scroll of its own, one
 * cursor for all. Cards come from any source by callbacks, so a column may be
 * a window on millions of rows. Folded columns stand in one line with their
 * counts. Where a column would get too narrow, the one under the cursor takes
 * all the room and the others become a strip of counts.
 *
 * Thrifty in bytes: moving the cursor repaints two markers; a column scrolls by
 * a page less one card, so that most keys scroll nothing.
 */
#ifndef TUI_BOARD_H
#define TUI_BOARD_H

#include "base/i18n.h"
#include "base/strbuf.h"
#include "tui/screen.h"

#define BOARD_MOST 9    /* columns; each has a digit */
#define BOARD_LEAST 16  /* 14 cells inside and the frame: less than that and one column takes all */

struct board_text {
	struct strbuf left, right; /* raw (the board cleans); the right end is kept whole as long as there is room */
	enum token style, right_style;
	bool spare;                /* the right end goes where the left needs its room */
};

struct board_source {
	int (*cards)(void *ctx, int col);                         /* at hand */
	/* How many cards the column has: -1 unknown, more than 10000 is shown as such. */
	int64_t (*count)(void *ctx, int col);
	/* Line 0..lines-1 of a card; the styles may be changed from TOK_ROW. */
	void (*line)(void *ctx, int col, int card, int line, struct board_text *t);
	const char *(*mark)(void *ctx, int col, int card);        /* one glyph beside the cursor's; "" = none. NULL = never */
	void (*want)(void *ctx, int col, int card, int page);     /* cursor moved; may be NULL */
	/* Cards beyond those at hand: 0 none, -1 some, else how many. May be NULL: none. */
	int64_t (*beyond)(void *ctx, int col, bool below);
};

struct board_column {
	const char *title;   /* msgid */
	int limit;           /* shown with the count as "4 of 6"; 0 = none */
	bool folded;
	int cursor, top;
	struct canvas at;    /* of the last draw, with the frame; w 0 = not shown */
};

struct board {
	struct board_column columns[BOARD_MOST];
	int ncolumns;
	int col;             /* under the cursor; never a folded one while another is open */
	int lines;           /* of a card */
	int gap;             /* blank lines below a card */
	int page;            /* cards a column holds, of the last draw; 0 before */
	struct canvas area;  /* of the last draw */
	const struct board_source *source;
	void *ctx;
	const char *empty;   /* msgid for a column without cards; NULL = nothing */
};

enum board_move {
	BOARD_LEFT, BOARD_RIGHT, BOARD_UP, BOARD_DOWN, BOARD_PGUP, BOARD_PGDN, BOARD_HOME, BOARD_END,
};

void board_draw(struct board *b, struct canvas c, bool focused);
enum result board_move(struct board *b, int move);
enum result board_jump(struct board *b, int col);  /* also unfolds it; R_NONE: there is no such column */
enum result board_fold(struct board *b, int col);  /* the other way round; the last open one stays open */
void board_settle(struct board *b);                /* after cards changed: cursors back into range */
/* What is at y, x of the canvas of the last draw: a card (-1: the column itself); false: nothing. */
bool board_hit(const struct board *b, int y, int x, int *col, int *card);

/* Binding rows for moving, for fn(screen, enum board_move), and for the digits, jump(screen, column). */
#define BOARD_KEYS(fn, jump) \
	{ "Left h", "left", N_("column to the left"), fn, BOARD_LEFT, B_HIDDEN, NULL }, \
	{ "Right l", "right", N_("column to the right"), fn, BOARD_RIGHT, B_HIDDEN, NULL }, \
	{ "Down j", "down", N_("down"), fn, BOARD_DOWN, B_HIDDEN, NULL }, \
	{ "Up k", "up", N_("up"), fn, BOARD_UP, B_HIDDEN, NULL }, \
	{ "PgDn J C-f", "page-down", N_("page down"), fn, BOARD_PGDN, B_HIDDEN, NULL }, \
	{ "PgUp K C-b", "page-up", N_("page up"), fn, BOARD_PGUP, B_HIDDEN, NULL }, \
	{ "Home", "first", N_("first"), fn, BOARD_HOME, B_HIDDEN, NULL }, \
	{ "End G", "last", N_("last"), fn, BOARD_END, B_HIDDEN, NULL }, \
	{ "1", "column-1", N_("column 1"), jump, 0, B_HIDDEN, NULL }, \
	{ "2", "column-2", N_("column 2"), jump, 1, B_HIDDEN, NULL }, \
	{ "3", "column-3", N_("column 3"), jump, 2, B_HIDDEN, NULL }, \
	{ "4", "column-4", N_("column 4"), jump, 3, B_HIDDEN, NULL }, \
	{ "5", "column-5", N_("column 5"), jump, 4, B_HIDDEN, NULL }, \
	{ "6", "column-6", N_("column 6"), jump, 5, B_HIDDEN, NULL }, \
	{ "7", "column-7", N_("column 7"), jump, 6, B_HIDDEN, NULL }, \
	{ "8", "column-8", N_("column 8"), jump, 7, B_HIDDEN, NULL }, \
	{ "9", "column-9", N_("column 9"), jump, 8, B_HIDDEN, NULL }

#endif

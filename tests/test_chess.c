#include "config.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/chess.h"
#include "tui/term.h"

enum { MANY = 400 };

struct made_span { int row; struct chess_span span; };
static struct made_span spans[MANY];
static int nspans, nrows;
static bool unknown;
static struct strbuf dump;

static int rows(void *ctx)
{
	(void)ctx;
	return nrows;
}

static void row_title(void *ctx, int row, struct strbuf *out)
{
	(void)ctx;
	strbuf_printf(out, "U-%d", row);
}

static bool marked(void *ctx, int row)
{
	(void)ctx;
	return row == 1;
}

static bool known(void *ctx, int row)
{
	(void)ctx;
	return !unknown || row != 0;
}

static bool span(void *ctx, int row, int i, struct chess_span *out)
{
	(void)ctx;
	for (int k = 0; k < nspans; k++)
		if (spans[k].row == row && i-- == 0) {
			*out = spans[k].span;
			return true;
		}
	return false;
}

static void month(day_t day, struct strbuf *out)
{
	strbuf_printf(out, "%d/%d", day_to_ymd(day).m, day_to_ymd(day).y);
}

static void weekday(day_t day, struct strbuf *out)
{
	static const char *const NAMES[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

	strbuf_puts(out, NAMES[day_weekday(day)]);
}

static const struct chess_source SOURCE = {
	.rows = rows, .row_title = row_title, .marked = marked, .known = known, .span = span, .month = month,
	.weekday = weekday,
};
static const struct chess_legend LEGEND[] = { { '.', TOK_DIM, "free" }, { 'C', TOK_TEXT, "confirmed" } };

static struct chess made(int n)
{
	day_t day = day_from_ymd(2026, 6, 15);

	i18n_init("en");
	nrows = n;
	nspans = 0;
	unknown = false;
	return (struct chess){ .source = &SOURCE, .legend = LEGEND, .nlegend = 2, .day = day, .first = day,
		.today = day + 1, .days_most = 31 };
}

static void put(int row, int from, int nights, char glyph, const char *label)
{
	day_t day = day_from_ymd(2026, 6, 15) + from;

	spans[nspans++] = (struct made_span){ row, { day, day + nights, glyph, TOK_TEXT, label, false } };
}

static const char *shown(struct chess *h, int w, int hgt, bool ascii)
{
	struct err e = { 0 };

	CU_ASSERT_FATAL(term_open_headless(w, hgt, &e));
	theme_apply(COLOURS_MONO);
	chess_draw(h, draw_begin(ascii), true);
	draw_end();
	strbuf_clear(&dump);
	draw_dump(&dump, false);
	term_close();
	return strbuf_str(&dump);
}

static void spans_lie_on_their_nights(void)
{
	struct chess h = made(3);

	put(0, 1, 3, 'C', "252");
	put(0, 4, 1, 'h', "253");
	put(1, -5, 7, '#', NULL);
	put(2, 8, 40, 'r', "lift");
	CU_ASSERT_STRING_EQUAL(shown(&h, 45, 8, true),
	    "               6/2026\n"
	    "               Mo Tu We Th Fr Sa Su Mo Tu We\n"
	    "               15v16 17 18 19 20 21 22 23 24\n"
	    ">  U-0        [. ]C-252--- h- .  .  .  .  .\n"
	    " * U-1        -#---- .  .  .  .  .  .  .  .\n"
	    "   U-2         .  .  .  .  .  .  .  .  r----\n"
	    "\n"
	    " . free  C confirmed\n");
	strbuf_free(&dump);
}

static void what_lies_under_a_cell(void)
{
	struct chess h = made(2);
	int n;

	put(0, 1, 3, 'C', "252");
	put(0, 2, 1, 'C', "253");
	CU_ASSERT_EQUAL(chess_span_at(&h, 0, h.day, &n), -1);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(chess_span_at(&h, 0, h.day + 1, &n), 0);
	CU_ASSERT_EQUAL(chess_span_at(&h, 0, h.day + 2, &n), 1);
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT_EQUAL(chess_span_at(&h, 0, h.day + 4, &n), -1); /* half-open */
	CU_ASSERT_EQUAL(chess_span_at(&h, 1, h.day + 1, NULL), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(shown(&h, 80, 8, true), "[. ]C- 2  C-"));
	strbuf_free(&dump);
}

/* A room of which one bed is taken is not taken: it says how many are. */
static void parts_are_counted(void)
{
	struct chess h = made(1);

	put(0, 0, 2, 'C', "252");
	spans[0].span.part = true;
	put(0, 1, 1, 'C', "253");
	spans[1].span.part = true;
	CU_ASSERT_PTR_NOT_NULL(strstr(shown(&h, 80, 8, true), "[1 ]2  .  ."));
	strbuf_free(&dump);
}

static void a_month_at_160(void)
{
	struct chess h = made(40);

	shown(&h, 160, 41, false);
	CU_ASSERT_EQUAL(h.days, 31);
	CU_ASSERT_EQUAL(h.page, 37);
	CU_ASSERT_PTR_NOT_NULL(strstr(dump.s, "7/2026"));
	shown(&h, 80, 20, false);
	CU_ASSERT(h.days >= 18 && h.days <= 22);
	strbuf_free(&dump);
}

static void scrolls_by_a_week(void)
{
	struct chess h = made(100);
	day_t start = h.first;

	shown(&h, 80, 20, true);
	for (int i = 0; i < h.days; i++)
		chess_move(&h, CHESS_RIGHT);
	CU_ASSERT_EQUAL(h.first, start + 7);
	CU_ASSERT_EQUAL(h.day, start + h.days);
	for (int i = 0; i < h.days; i++)
		chess_move(&h, CHESS_LEFT);
	CU_ASSERT_EQUAL(h.day, start);
	CU_ASSERT_EQUAL(h.first, start);
	for (int i = 0; i < h.page; i++)
		chess_move(&h, CHESS_DOWN);
	CU_ASSERT_EQUAL(h.top, h.page / 3);
	chess_move(&h, CHESS_END);
	CU_ASSERT_EQUAL(h.row, 99);
	CU_ASSERT_EQUAL(chess_move(&h, CHESS_DOWN), R_HANDLED);
	chess_move(&h, CHESS_HOME);
	CU_ASSERT_EQUAL(h.row + h.top, 0);
	chess_goto(&h, start + 400);
	shown(&h, 80, 20, true);
	CU_ASSERT(h.first <= h.day && h.day < h.first + h.days);
	strbuf_free(&dump);
}

static void a_range_goes_both_ways(void)
{
	struct chess h = made(10);
	struct chess_range r = chess_range(&h);

	CU_ASSERT(r.row == 0 && r.end_row == 1 && r.to == r.from + 1);
	shown(&h, 80, 20, true);
	h.row = 4;
	chess_goto(&h, h.day + 5);
	chess_move(&h, CHESS_LEFT | CHESS_EXTEND);
	chess_move(&h, CHESS_UP | CHESS_EXTEND);
	chess_move(&h, CHESS_UP); /* once begun, every move takes it along */
	r = chess_range(&h);
	CU_ASSERT(r.row == 2 && r.end_row == 5);
	CU_ASSERT(r.from == h.day && r.to == h.day + 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(shown(&h, 80, 20, true), "*. "));
	chess_shift(&h, 3); /* rows came in front */
	r = chess_range(&h);
	CU_ASSERT(r.row == 5 && r.end_row == 8);
	strbuf_free(&dump);
}

static void rows_that_are_not_here_yet_show_nothing(void)
{
	struct chess h = made(2);

	unknown = true;
	h.row = 1;
	CU_ASSERT_PTR_NOT_NULL(strstr(shown(&h, 45, 8, true), "   U-0\n>* U-1        [. ]. "));
	strbuf_free(&dump);
}

/* Whatever is drawn, a night is taken exactly where a span says so. */
static void generated_spans(void)
{
	srand(7);
	for (int round = 0; round < 60; round++) {
		struct chess h = made(1 + rand() % 12);
		int n = rand() % 60;

		for (int i = 0; i < n; i++)
			put(rand() % nrows, rand() % 60 - 20, 1 + rand() % 12, "Ch#=r"[rand() % 5], rand() % 2 ? "12\x1b[2J" : NULL);
		h.row = rand() % nrows;
		chess_goto(&h, h.day + rand() % 60 - 30);
		shown(&h, 20 + rand() % 150, 3 + rand() % 40, rand() % 2);
		CU_ASSERT_PTR_NULL(strchr(dump.s, '\x1b'));
		for (int row = 0; row < nrows; row++) {
			int want = 0, got;

			for (int k = 0; k < nspans; k++)
				want += spans[k].row == row && spans[k].span.from <= h.day && spans[k].span.to > h.day;
			CU_ASSERT_EQUAL((chess_span_at(&h, row, h.day, &got), got), want);
		}
		for (int i = 0; i < 40; i++)
			chess_move(&h, rand() % 8 | (rand() % 4 ? 0 : CHESS_EXTEND));
		CU_ASSERT(h.row >= 0 && h.row < nrows);
	}
	strbuf_free(&dump);
}

static void nothing_to_show(void)
{
	struct chess h = made(0);

	for (int move = 0; move < 8; move++)
		chess_move(&h, move);
	shown(&h, 80, 20, true);
	shown(&h, 5, 2, true);
	CU_ASSERT_EQUAL(h.row, 0);
	strbuf_free(&dump);
}

TESTS("chess", T(spans_lie_on_their_nights), T(what_lies_under_a_cell), T(parts_are_counted), T(a_month_at_160), T(scrolls_by_a_week),
    T(a_range_goes_both_ways), T(rows_that_are_not_here_yet_show_nothing), T(generated_spans), T(nothing_to_show))

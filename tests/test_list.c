#include "config.h"

#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/list.h"
#include "tui/term.h"

static int nrows, wanted;
static bool below, above;
static struct strbuf dump;

static int rows(void *ctx)
{
	(void)ctx;
	return nrows;
}

static void cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	(void)ctx;
	if (col == 2 && row == 1)
		*style = TOK_ERROR;
	strbuf_printf(out, col == 0 ? "r%d" : col == 1 ? "a rather long name %d" : "%d", row);
}

static bool marked(void *ctx, int row)
{
	(void)ctx;
	return row == 2;
}

static bool saving(void *ctx, int row)
{
	(void)ctx;
	return row == 1;
}

static bool gone(void *ctx, int row)
{
	(void)ctx;
	return row == 0 || row == 2;
}

static void want(void *ctx, int row, int page)
{
	(void)ctx;
	(void)page;
	wanted = row;
}

static bool more_below(void *ctx)
{
	(void)ctx;
	return below;
}

static bool more_above(void *ctx)
{
	(void)ctx;
	return above;
}

static const struct list_column COLUMNS[] = {
	{ "Code", 4, TEXT_LEFT, 0 }, { "Name", -1, TEXT_LEFT, 0 }, { "N", 4, TEXT_RIGHT, 1 }, { "More", 6, TEXT_LEFT, 2 },
};
static const struct list_source SOURCE = { .rows = rows, .cell = cell };
static const struct list_source FULL = {
	.rows = rows, .cell = cell, .marked = marked, .want = want, .more_below = more_below, .more_above = more_above,
};

static const struct list_source STATES = { .rows = rows, .cell = cell, .marked = marked, .saving = saving, .gone = gone };

static struct list made(const struct list_source *source, int n)
{
	nrows = n;
	wanted = -1;
	below = above = false;
	return (struct list){ .columns = COLUMNS, .ncolumns = 4, .source = source, .empty = "nothing" };
}

static const char *shown(struct list *l, int w, int h, bool attrs)
{
	struct err e = { 0 };

	CU_ASSERT_FATAL(term_open_headless(w, h, &e));
	theme_apply(COLOURS_256);
	list_draw(l, draw_begin(true), true);
	draw_end();
	strbuf_clear(&dump);
	draw_dump(&dump, attrs);
	term_close();
	return strbuf_str(&dump);
}

/* Two panes without any colour: which of them has the keys is said by the sign before the row. */
static void one_of_two_panes_has_the_marker(void)
{
	struct list l = made(&SOURCE, 1), other = l;
	struct canvas c;
	struct err e = { 0 };

	CU_ASSERT_FATAL(term_open_headless(22, 2, &e));
	theme_apply(COLOURS_MONO);
	c = draw_begin(false);
	list_draw(&l, canvas_sub(c, 0, 0, 2, 11), false);
	list_draw(&other, canvas_sub(c, 0, 11, 2, 11), true);
	draw_end();
	strbuf_clear(&dump);
	draw_dump(&dump, false);
	term_close();
	CU_ASSERT_PTR_NOT_NULL(strstr(dump.s, "\n› r0 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(dump.s, "▸ r0 "));
}

static void columns_take_the_room(void)
{
	struct list l = made(&SOURCE, 2);

	CU_ASSERT_STRING_EQUAL(shown(&l, 40, 4, false),
	    "  Code Name                     N More\n"
	    "> r0   a rather long name 0     0 0\n"
	    "  r1   a rather long name 1     1 1\n"
	    "\n");
	CU_ASSERT_STRING_EQUAL(shown(&l, 27, 3, false),
	    "  Code Name               N\n"
	    "> r0   a rather long ~    0\n"
	    "  r1   a rather long ~    1\n");
	CU_ASSERT_STRING_EQUAL(shown(&l, 18, 2, false),
	    "  Code Name\n"
	    "> r0   a rather l~\n");
	strbuf_free(&dump);
}

static void marks_and_more(void)
{
	struct list l = made(&FULL, 3);

	below = above = true;
	l.cursor = 2;
	CU_ASSERT_STRING_EQUAL(shown(&l, 20, 6, false),
	    "^  Code Name\n"
	    "   r0   a rather lo~\n"
	    "   r1   a rather lo~\n"
	    ">* r2   a rather lo~\n"
	    "   ~\n"
	    "\n");
	shown(&l, 40, 4, true);
	CU_ASSERT_PTR_NOT_NULL(strchr(dump.s, draw_style_letter(TOK_ROW_CURSOR)));
	CU_ASSERT_PTR_NOT_NULL(strchr(dump.s, draw_style_letter(TOK_ROW_MARKED)));
	CU_ASSERT_PTR_NOT_NULL(strchr(dump.s, draw_style_letter(TOK_ERROR)));
	strbuf_free(&dump);
}

/* What a row is going through stands in front of it, in characters. */
static void states_of_rows(void)
{
	struct list l = made(&STATES, 4);

	CU_ASSERT_STRING_EQUAL(shown(&l, 20, 6, false),
	    "   Code Name\n"
	    "> -r0   a rather lo~\n"
	    " ~ r1   a rather lo~\n"
	    " *-r2   a rather lo~\n"
	    "   r3   a rather lo~\n"
	    "\n");
	strbuf_free(&dump);
}

static void empty_says_so(void)
{
	struct list l = made(&FULL, 0);

	CU_ASSERT_STRING_EQUAL(shown(&l, 20, 3, false), "   Code Name\n   nothing\n\n");
	CU_ASSERT_EQUAL(list_move(&l, LIST_DOWN), R_HANDLED);
	CU_ASSERT_EQUAL(wanted, -1);
	CU_ASSERT_EQUAL(l.cursor, 0);
	strbuf_free(&dump);
}

static void moving(void)
{
	struct list l = made(&FULL, 10);

	shown(&l, 30, 4, false); /* three rows a page */
	CU_ASSERT_EQUAL(l.page, 3);
	CU_ASSERT_EQUAL(list_move(&l, LIST_UP), R_HANDLED);
	CU_ASSERT_EQUAL(list_move(&l, LIST_DOWN), R_REDRAW);
	CU_ASSERT_EQUAL(l.cursor, 1);
	CU_ASSERT_EQUAL(l.top, 0);
	list_move(&l, LIST_DOWN);
	list_move(&l, LIST_DOWN);
	CU_ASSERT_EQUAL(l.cursor, 3);
	CU_ASSERT_EQUAL(l.top, 1);
	list_move(&l, LIST_PGDN);
	CU_ASSERT_EQUAL(l.cursor, 6);
	CU_ASSERT_EQUAL(l.top, 4);
	CU_ASSERT_EQUAL(wanted, 6);
	list_move(&l, LIST_END);
	CU_ASSERT_EQUAL(l.cursor, 9);
	CU_ASSERT_EQUAL(l.top, 7);
	CU_ASSERT_EQUAL(list_move(&l, LIST_PGDN), R_HANDLED);
	list_move(&l, LIST_PGUP);
	CU_ASSERT_EQUAL(l.cursor, 6);
	list_move(&l, LIST_HOME);
	CU_ASSERT_EQUAL(l.cursor, 0);
	CU_ASSERT_EQUAL(l.top, 0);
	strbuf_free(&dump);
}

static void rows_may_go_away(void)
{
	struct list l = made(&FULL, 10);

	shown(&l, 30, 4, false);
	list_move(&l, LIST_END);
	nrows = 2;
	CU_ASSERT_STRING_EQUAL(shown(&l, 20, 4, false), "   Code Name\n   r0   a rather lo~\n>  r1   a rather lo~\n\n");
	nrows = 0;
	list_settle(&l);
	CU_ASSERT_EQUAL(l.cursor, 0);
	CU_ASSERT_EQUAL(l.top, 0);
	strbuf_free(&dump);
}

/* Whatever the keys and however the rows change, the cursor is on a row and the row is on the page. */
static void random_walk(void)
{
	struct list l = made(&FULL, 10);

	for (int i = 0; i < test_count(20000); i++) {
		if (test_below(20) == 0)
			nrows = (int)test_below(30);
		if (test_below(20) == 0)
			l.page = (int)test_below(6);
		list_move(&l, (int)test_below(6));
		CU_ASSERT(l.cursor >= 0 && (l.cursor < nrows || nrows == 0));
		CU_ASSERT(l.top >= 0 && l.top <= l.cursor && (l.page == 0 || l.cursor < l.top + l.page));
	}
}

TESTS("list", T(columns_take_the_room), T(one_of_two_panes_has_the_marker), T(marks_and_more), T(states_of_rows),
    T(empty_says_so), T(moving), T(rows_may_go_away), T(random_walk))

#include "config.h"

#include "base/i18n.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/heat.h"
#include "tui/term.h"

static int nrows, ncols;
static struct strbuf dump;

static int rows(void *ctx)
{
	(void)ctx;
	return nrows;
}

static int cols(void *ctx)
{
	(void)ctx;
	return ncols;
}

static void row_title(void *ctx, int row, struct strbuf *out)
{
	(void)ctx;
	strbuf_printf(out, "Row %d", row);
}

static void col_title(void *ctx, int col, char buf[static 8])
{
	(void)ctx;
	snprintf(buf, 8, "%d", (col + 1) % 100);
}

static int value(void *ctx, int row, int col)
{
	static const int values[] = { HEAT_EMPTY, 0, 3999, 4000, 6999, 7000, 9999, 10000 };

	(void)ctx;
	return values[(row + col) % 8];
}

static const struct heat_source SOURCE = {
	.rows = rows, .cols = cols, .row_title = row_title, .col_title = col_title, .value = value,
};

static struct heat made(int r, int c)
{
	i18n_init("en");
	nrows = r;
	ncols = c;
	return (struct heat){ .source = &SOURCE };
}

static const char *shown(struct heat *h, int w, int hgt, bool ascii, bool attrs)
{
	struct err e = { 0 };

	CU_ASSERT_FATAL(term_open_headless(w, hgt, &e));
	theme_apply(COLOURS_256);
	heat_draw(h, draw_begin(ascii), true);
	draw_end();
	strbuf_clear(&dump);
	draw_dump(&dump, attrs);
	term_close();
	return strbuf_str(&dump);
}

static void steps(void)
{
	CU_ASSERT_EQUAL(heat_step(HEAT_EMPTY), -1);
	CU_ASSERT_EQUAL(heat_step(0), 0);
	CU_ASSERT_EQUAL(heat_step(1), 1);
	CU_ASSERT_EQUAL(heat_step(3999), 1);
	CU_ASSERT_EQUAL(heat_step(4000), 2);
	CU_ASSERT_EQUAL(heat_step(6999), 2);
	CU_ASSERT_EQUAL(heat_step(7000), 3);
	CU_ASSERT_EQUAL(heat_step(9999), 3);
	CU_ASSERT_EQUAL(heat_step(10000), 4);
}

static void narrow_and_wide_cells(void)
{
	struct heat h = made(2, 12);

	CU_ASSERT_STRING_EQUAL(shown(&h, 44, 4, true, false),
	    "                    1 . 3 . 5 . 7 . 9 .11 .\n"
	    " Row 0             [.]- : + + # # @ . - : +\n"
	    " Row 1              - : + + # # @ . - : + +\n"
	    " scale   . not available   - 0%   : <40%   +\n");
	h = made(2, 12);
	h.col = 11;
	CU_ASSERT_STRING_EQUAL(shown(&h, 60, 4, true, false),
	    "                         1  2  3  4  5  6  7  8  9 10 11 12\n"
	    " Row 0                  .. -- :: ++ ++ ## ## @@ .. -- ::[++]\n"
	    " Row 1                  -- :: ++ ++ ## ## @@ .. -- :: ++ ++\n"
	    " scale   . not available   - 0%   : <40%   + 40-69%   # 70-9\n");
	strbuf_free(&dump);
}

static void a_month_fits_80_columns(void)
{
	struct heat h = made(1, 31);
	const char *line;

	line = strchr(shown(&h, 80, 3, false, false), '\n') + 1;
	CU_ASSERT(strstr(line, " Row 0") == line);
	CU_ASSERT_PTR_NOT_NULL(strstr(dump.s, "[·]- ░ ▒ ▒ ▓ ▓ █ ·"));
	CU_ASSERT_EQUAL(h.left, 0);
	h.col = 30;
	shown(&h, 80, 3, false, false);
	CU_ASSERT_EQUAL(h.left, 0); /* all 31 at once */
	CU_ASSERT_PTR_NOT_NULL(strstr(dump.s, "[▓]\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(dump.s, "█ 100%"));
	strbuf_free(&dump);
}

static void digits(void)
{
	struct heat h = made(1, 8);

	h.digits = true;
	h.col = 7;
	shown(&h, 80, 3, true, false);
	CU_ASSERT_PTR_NOT_NULL(strstr(dump.s, ".  0  3  4  6  7  9[ X]"));
	strbuf_free(&dump);
}

static void every_step_has_its_own_style(void)
{
	struct heat h = made(2, 8);

	h.row = 1;
	shown(&h, 80, 4, true, true);
	for (int t = TOK_HEAT0; t <= TOK_HEAT_CURSOR; t++)
		CU_ASSERT_PTR_NOT_NULL(strchr(dump.s, draw_style_letter((enum token)t)));
	strbuf_free(&dump);
}

static void scrolls_both_ways(void)
{
	struct heat h = made(50, 100);

	shown(&h, 40, 8, true, false);
	CU_ASSERT_EQUAL(h.page, 6);
	for (int i = 0; i < 20; i++)
		heat_move(&h, HEAT_RIGHT);
	heat_move(&h, HEAT_PGDN);
	heat_move(&h, HEAT_DOWN);
	shown(&h, 40, 8, true, false);
	CU_ASSERT(h.left > 0 && h.col >= h.left);
	CU_ASSERT_EQUAL(h.row, 7);
	CU_ASSERT_EQUAL(h.top, 6);
	heat_move(&h, HEAT_HOME);
	heat_move(&h, HEAT_PGUP);
	CU_ASSERT_EQUAL(h.col, 0);
	CU_ASSERT_EQUAL(h.row, 1);
	heat_move(&h, HEAT_END);
	CU_ASSERT_EQUAL(h.col, 99);
	CU_ASSERT_EQUAL(heat_move(&h, HEAT_RIGHT), R_HANDLED);
	CU_ASSERT_EQUAL(heat_move(&h, HEAT_LEFT), R_REDRAW);
	strbuf_free(&dump);
}

static void nothing_to_show(void)
{
	struct heat h = made(0, 0);

	CU_ASSERT_EQUAL(heat_move(&h, HEAT_DOWN), R_HANDLED);
	shown(&h, 80, 6, true, false);
	shown(&h, 5, 2, true, false);
	h = made(3, 0);
	shown(&h, 80, 6, true, false);
	h = made(0, 31);
	shown(&h, 80, 6, true, false);
	CU_ASSERT_EQUAL(h.row, 0);
	strbuf_free(&dump);
}

TESTS("heat", T(steps), T(narrow_and_wide_cells), T(a_month_fits_80_columns), T(digits),
    T(every_step_has_its_own_style), T(scrolls_both_ways), T(nothing_to_show))

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/chart.h"
#include "tui/term.h"

static struct strbuf dump;

static struct canvas begin(int w, int h, bool ascii)
{
	struct err e = { 0 };

	i18n_init("en");
	CU_ASSERT_FATAL(term_open_headless(w, h, &e));
	theme_apply(COLOURS_MONO);
	return draw_begin(ascii);
}

static const char *end(void)
{
	draw_end();
	strbuf_clear(&dump);
	draw_dump(&dump, false);
	term_close();
	return strbuf_str(&dump);
}

static void steps(void)
{
	CU_ASSERT_EQUAL(chart_step(0, 100), 0);
	CU_ASSERT_EQUAL(chart_step(-5, 100), 0);
	CU_ASSERT_EQUAL(chart_step(1, INT64_MAX), 1);
	CU_ASSERT_EQUAL(chart_step(100, 100), 8);
	CU_ASSERT_EQUAL(chart_step(INT64_MAX, 1), 8);
	CU_ASSERT_EQUAL(chart_step(INT64_MAX, INT64_MAX), 8);
	CU_ASSERT_EQUAL(chart_step(5, 0), 0);
	for (int v = 1; v <= 100; v++)
		CU_ASSERT(chart_step(v, 100) >= chart_step(v - 1, 100));
}

static void sparkline(void)
{
	const int64_t v[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, CHART_NONE, 8 };

	chart_spark(begin(20, 1, true), 0, 1, TOK_BAR, v, 11, 0);
	CU_ASSERT_STRING_EQUAL(end(), " __.-:=+*# #\n");
	CU_ASSERT_EQUAL(chart_spark(begin(20, 1, false), 0, 0, TOK_BAR, v + 1, 8, 0), 8);
	CU_ASSERT_STRING_EQUAL(end(), "▁▂▃▄▅▆▇█\n");
	CU_ASSERT_EQUAL(chart_spark(begin(20, 1, false), 0, 0, TOK_BAR, v, 0, 0), 0);
	end();
	strbuf_free(&dump);
}

static void columns(void)
{
	const int64_t v[] = { 0, 1, 50, 100 };

	chart_columns(begin(12, 2, true), TOK_BAR, v, 4, 3, 0);
	CU_ASSERT_STRING_EQUAL(end(), "         ##\n   .. ## ##\n");
	chart_columns(begin(12, 1, false), TOK_BAR, v, 4, 1, 200);
	CU_ASSERT_STRING_EQUAL(end(), " ▁▂▄\n");
	strbuf_free(&dump);
}

/* Whatever comes, nothing is drawn past the width and no value below another draws higher. */
static void generated(void)
{
	srand(3);
	for (int round = 0; round < 50; round++) {
		int64_t v[40];
		int n = rand() % 40, w = 1 + rand() % 60, h = 1 + rand() % 12;
		struct canvas c = begin(w, h, rand() % 2);

		for (int i = 0; i < n; i++)
			v[i] = rand() % 10 ? rand() : rand() % 2 ? INT64_MAX : INT64_MIN;
		chart_columns(c, TOK_BAR, v, n, 1 + rand() % 4, 0);
		chart_spark(c, h - 1, 0, TOK_BAR, v, n, 0);
		end();
	}
	strbuf_free(&dump);
}

TESTS("chart", T(steps), T(sparkline), T(columns), T(generated))

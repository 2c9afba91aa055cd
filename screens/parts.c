#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/format.h"
#include "screens/parts.h"
#include "tui/chart.h"

struct canvas part_section(struct screen *s, struct canvas c, const char *title, bool focused)
{
	const char *rule = app_ascii(screen_app(s)) ? "-" : "─";
	int x = draw_text(c, 0, 1, c.w - 2, focused ? TOK_FRAME_FOCUS : TOK_TITLE, title) + 2;
	struct strbuf line = { 0 };

	for (; x < c.w - 1; x++)
		strbuf_puts(&line, rule);
	draw_text(c, 0, c.w - 1 - text_width(strbuf_str(&line)), -1, focused ? TOK_FRAME_FOCUS : TOK_FRAME,
	    strbuf_str(&line));
	strbuf_free(&line);
	return canvas_sub(c, 1, 0, c.h - 1, c.w);
}

/* ---- top five ---- */

/* Are all amounts whole? Then nobody needs to read their zeros. */
static bool top_whole(const struct answer *a)
{
	for (int row = 0; row < table_rows(a->rows); row++)
		if (!format_is_whole(answer_number(a, row, "value"), answer_text(a, row, "currency")))
			return false;
	return true;
}

static void top_value(const struct answer *a, int row, bool whole, struct strbuf *out)
{
	int64_t value = answer_number(a, row, "value");
	const char *currency = answer_text(a, row, "currency");

	strbuf_clear(out);
	if (!currency[0])
		format_int(out, value);
	else if (whole)
		format_whole(out, value, currency);
	else
		format_money(out, value, currency);
}

static int top_value_width(const struct answer *a, bool whole)
{
	struct strbuf text = { 0 };
	int width = 6;

	for (int row = 0; row < table_rows(a->rows); row++) {
		top_value(a, row, whole, &text);
		if (text_width(strbuf_str(&text)) > width)
			width = text_width(strbuf_str(&text));
	}
	strbuf_free(&text);
	return width;
}

static bool is_others(const struct answer *a, int row)
{
	return !strcmp(answer_text(a, row, "name"), "others");
}

static void top_row(struct canvas c, int y, const struct answer *a, int row, int value, bool whole)
{
	int bar = c.w >= 60 ? c.w / 6 : 0, share = 8;
	int name = c.w - 3 - value - 1 - share - (bar ? bar + 2 : 1);
	bool others = is_others(a, row);
	struct strbuf text = { 0 };
	int x = 3;

	if (!others)
		draw_text(c, y, 1, 1, TOK_DIM, answer_text(a, row, "rank"));
	draw_fit(c, y, x, name, TEXT_LEFT, others ? TOK_DIM : TOK_TEXT,
	    others ? _("others") : answer_text(a, row, "name"));
	x += name;
	top_value(a, row, whole, &text);
	draw_fit(c, y, x, value + 1, TEXT_RIGHT, TOK_TEXT, strbuf_str(&text));
	x += value + 1;
	strbuf_clear(&text);
	format_bp(&text, answer_number(a, row, "share_bp"));
	draw_fit(c, y, x, share, TEXT_RIGHT, TOK_DIM, strbuf_str(&text));
	if (bar)
		draw_hbar(c, y, x + share + 1, bar, TOK_BAR, (int)answer_number(a, row, "share_bp"), 10000);
	strbuf_free(&text);
}

void part_top(struct screen *s, struct canvas c, const struct answer *a, int cursor)
{
	if (answer_draw_missing(s, a, c))
		return;
	bool whole = top_whole(a);
	int value = top_value_width(a, whole);

	for (int row = 0; row < table_rows(a->rows) && row < c.h; row++) {
		if (row == cursor)
			draw_text(c, row, 0, 1, TOK_ROW_CURSOR, draw_marker(true));
		top_row(c, row, a, row, value, whole);
	}
}

/* ---- twelve months ---- */

const char *part_currency(struct screen *s, const struct answer *a)
{
	const char *own = session_currency(screen_session(s));

	for (int row = 0; row < table_rows(a->rows); row++)
		if (!strcmp(answer_text(a, row, "currency"), own))
			return own;
	return table_rows(a->rows) ? answer_text(a, 0, "currency") : own;
}

static void months_values(const struct answer *a, const char *currency, day_t last, int64_t value[static 12])
{
	struct ymd end = day_to_ymd(last);

	for (int row = 0; row < table_rows(a->rows); row++) {
		int y = 0, m = 0;

		if (strcmp(answer_text(a, row, "currency"), currency) ||
		    sscanf(answer_text(a, row, "key"), "%4d-%2d", &y, &m) != 2)
			continue;
		int back = (end.y - y) * 12 + end.m - m;
		if (back >= 0 && back < 12)
			value[11 - back] += answer_number(a, row, "amount_minor");
	}
}

static void draw_month_names(struct canvas c, int y, int x, int step, day_t last)
{
	struct strbuf name = { 0 };
	int month = day_to_ymd(last).m;

	for (int i = 0; i < 12; i++) {
		strbuf_clear(&name);
		format_month_short(&name, (month + i) % 12 + 1);
		draw_text(c, y, x + i * step, step > 1 ? step - 1 : 1, TOK_DIM, strbuf_str(&name));
	}
	strbuf_free(&name);
}

void part_months(struct screen *s, struct canvas c, const struct answer *a, day_t last)
{
	int64_t value[12] = { 0 };
	const char *currency = part_currency(s, a);
	int axis = 9;
	struct strbuf text = { 0 };

	if (answer_draw_missing(s, a, c))
		return;
	months_values(a, currency, last, value);
	int64_t max = chart_max(value, 12, NULL);
	if (max == 0) {
		draw_text(c, 0, 1, -1, TOK_DIM, _("nothing sold"));
		return;
	}
	int step = (c.w - axis - 1) / 12;
	format_brief(&text, max, currency);
	draw_fit(c, 0, 0, axis - 1, TEXT_RIGHT, TOK_DIM, strbuf_str(&text));
	draw_fit(c, c.h - 2, 0, axis - 1, TEXT_RIGHT, TOK_DIM, "0");
	chart_columns(canvas_sub(c, 0, axis, c.h - 1, c.w - axis), TOK_BAR, value, 12, step, max);
	draw_month_names(c, c.h - 1, axis, step, last);
	strbuf_free(&text);
}

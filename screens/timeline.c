#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/answer.h"
#include "screens/format.h"
#include "screens/timeline.h"
#include "tui/list.h"

enum { UNITS_MOST = 100, CODE_WIDTH = 10, CELL = 3 };

/* ---- what lies where ---- */

static char span_mark(const struct table *spans, int row, day_t day)
{
	const char *status = table_get(spans, row, "status");
	bool leaves = day == day_parse(table_get(spans, row, "check_out"));

	if (leaves)
		return !strcmp(status, "checked_in") ? '=' : '.';
	if (day < day_parse(table_get(spans, row, "check_in")) || day > day_parse(table_get(spans, row, "check_out")))
		return '.';
	if (!strcmp(table_get(spans, row, "kind"), "block"))
		return 'r';
	return !strcmp(status, "hold") ? 'h' : !strcmp(status, "confirmed") ? 'C' : !strcmp(status, "checked_in") ? '#' : '+';
}

/* Who sleeps there counts for more than who leaves that day. */
char timeline_mark(const struct table *spans, const char *unit, day_t day)
{
	char mark = '.';

	for (int i = 0; i < table_rows(spans); i++) {
		char m = strcmp(table_get(spans, i, "unit"), unit) ? '.' : span_mark(spans, i, day);

		if (m != '.' && (mark == '.' || mark == '='))
			mark = m;
	}
	return mark;
}

/* ---- asking ---- */

/* The building that was asked for takes the place of the one before. */
static void show_next(struct timeline *t)
{
	if (!t->next_units)
		return;
	table_free(t->units);
	table_free(t->spans);
	t->units = t->next_units;
	t->next_units = t->spans = NULL;
	t->more = t->next_more;
	memcpy(t->stay, t->next_stay, sizeof(t->stay));
	if (strcmp(t->label, t->next_label))
		t->top = 0;
	memcpy(t->label, t->next_label, sizeof(t->label));
}

static void on_spans(const struct reply *r, void *arg)
{
	struct timeline *t = arg;

	err_clear(&t->err);
	if (r->err) {
		t->err = *r->err;
	} else {
		show_next(t);
		table_free(t->spans);
		t->spans = table_ref(r->rows);
		screen_fresh(t->screen);
	}
	app_redraw(screen_app(t->screen));
}

static void ask_spans(struct timeline *t)
{
	const struct table *of = t->next_units ? t->next_units : t->units;
	struct strbuf units = { 0 };
	char from[16], to[16];

	for (int i = 0; i < table_rows(of); i++)
		strbuf_printf(&units, "%s%s", i ? "," : "", table_get(of, i, "id"));
	day_format(t->from, from);
	day_format(t->from + t->days, to);
	const struct param args[] = { { "from", from }, { "to", to }, { "units", strbuf_str(&units) } };
	if (units.len > 0)
		client_report(screen_session(t->screen), catalogue_report("spans"), args, 3,
		    screen_owner(t->screen, SLOT_ROWS), on_spans, t);
	else
		show_next(t);
	strbuf_free(&units);
	app_redraw(screen_app(t->screen));
}

static void on_units(const struct reply *r, void *arg)
{
	struct timeline *t = arg;

	if (r->err) {
		t->err = *r->err;
		app_redraw(screen_app(t->screen));
		return;
	}
	table_free(t->next_units);
	t->next_units = table_ref(r->rows);
	t->next_more = r->more;
	ask_spans(t);
}

static void ask_units(struct timeline *t)
{
	char filter[UUID_LEN + 16];
	struct query q;

	query_init(&q, catalogue_resource("units"));
	q.brief = true;
	q.limit = UNITS_MOST;
	snprintf(filter, sizeof(filter), "building=%s", t->building);
	if (query_filter(&q, filter, screen_today(t->screen), NULL, &t->err) && query_sort(&q, "code", &t->err))
		client_list(screen_session(t->screen), &q, screen_owner(t->screen, SLOT_ROWS), on_units, t);
	query_free(&q);
}

void timeline_open(struct timeline *t, struct screen *s)
{
	t->screen = s;
	t->from = DAY_NONE;
}

void timeline_close(struct timeline *t)
{
	table_free(t->units);
	table_free(t->next_units);
	table_free(t->spans);
}

void timeline_load(struct timeline *t, const char *building, day_t from, int days, bool fresh)
{
	bool other = strcmp(t->building, building) != 0;

	if (!other && !t->next_units)
		memcpy(t->stay, t->next_stay, sizeof(t->stay));
	if (!building[0] || (!other && !fresh && t->from == from && t->days == days))
		return;
	screen_cancel(t->screen, SLOT_ROWS);
	table_free(t->next_units);
	t->next_units = NULL;
	if (t->building != building)
		snprintf(t->building, sizeof(t->building), "%s", building);
	t->from = from;
	t->days = days;
	err_clear(&t->err);
	if (fresh || other || !t->units)
		ask_units(t);
	else
		ask_spans(t);
}

/* ---- drawing ---- */

static const char *stay_unit(const struct timeline *t, int *row)
{
	for (*row = 0; *row < table_rows(t->spans); ++*row)
		if (t->stay[0] && !strcmp(table_get(t->spans, *row, "id"), t->stay))
			return table_get(t->spans, *row, "unit");
	return NULL;
}

static void draw_days(const struct timeline *t, struct canvas c, int days)
{
	draw_text(c, 0, 1, CODE_WIDTH, TOK_COLUMN, _("unit"));
	for (int i = 0; i < days; i++) {
		struct ymd d = day_to_ymd(t->from + i);
		int x = 1 + CODE_WIDTH + i * CELL;

		if (i == 0 || d.d != 1)
			draw_printf(c, 0, x, day_weekday(t->from + i) >= 5 ? TOK_DIM : TOK_COLUMN, "%2d", d.d);
		else /* a new month says so */
			draw_printf(c, 0, x, TOK_TITLE, "%2d", d.d);
	}
}

static enum token mark_style(char mark)
{
	return mark == 'h' || mark == '=' ? TOK_WARNING : TOK_ROW; /* a style for every dot would be dear on a slow line */
}

static void draw_unit(const struct timeline *t, struct canvas c, int y, int row, int days)
{
	const char *unit = table_get(t->units, row, "id"), *code = table_get(t->units, row, "code");
	int span, x = 1 + CODE_WIDTH + days * CELL;
	const char *pointed = stay_unit(t, &span);
	enum token before = TOK_ROW;

	draw_fit(c, y, 1, CODE_WIDTH - 1, TEXT_LEFT, TOK_ROW, code);
	for (int i = 0; i < days; i++) {
		char mark = timeline_mark(t->spans, unit, t->from + i);
		enum token style = mark_style(mark);

		draw_printf(c, y, 1 + CODE_WIDTH + i * CELL, style, " %c", mark);
		if (i > 0 && style == before) /* no change of colours in the middle of a stay */
			draw_text(c, y, CODE_WIDTH + i * CELL, 1, style, " ");
		before = style;
	}
	if (pointed && !strcmp(pointed, unit))
		draw_printf(c, y, x, TOK_TITLE, "<- %s", table_get(t->spans, span, "no"));
	else if (timeline_mark(t->spans, unit, t->from) == '=')
		draw_text(c, y, x, -1, TOK_DIM, _("out today"));
}

static void keep_in_sight(struct timeline *t)
{
	int rows = table_rows(t->units), span, row = t->top;
	const char *unit = stay_unit(t, &span);

	for (int i = 0; unit && i < rows; i++)
		if (!strcmp(table_get(t->units, i, "id"), unit))
			row = i;
	if (row >= t->top + t->page)
		t->top = row - t->page / 2;
	if (row < t->top)
		t->top = row;
	if (t->top > rows - t->page)
		t->top = rows - t->page;
	if (t->top < 0)
		t->top = 0;
}

static void draw_units(struct timeline *t, struct canvas c, int days)
{
	int rows = table_rows(t->units);

	keep_in_sight(t);
	draw_days(t, c, days);
	for (int i = 0; i < t->page && t->top + i < rows; i++)
		draw_unit(t, c, 1 + i, t->top + i, days);
	if (t->top + t->page < rows || t->more)
		draw_text(c, c.h - 2, 1, -1, TOK_DIM, _("… more"));
	draw_text(c, c.h - 1, 1, -1, TOK_DIM, _("h hold  C confirmed  # in house  = leaves  r closed  + over  . free"));
}

void timeline_draw(struct timeline *t, struct canvas c)
{
	int days = (c.w - 1 - CODE_WIDTH - 10) / CELL;

	t->page = c.h - 3 > 0 ? c.h - 3 : 1;
	if (t->err.kind)
		draw_text(c, 0, 1, -1, TOK_DIM, t->err.text);
	else if (t->units && t->spans)
		draw_units(t, c, days < t->days ? days : t->days);
	else if (t->units && table_rows(t->units) == 0)
		draw_text(c, 0, 1, -1, TOK_DIM, _("no units here"));
	else if (t->building[0])
		answer_draw_loading(t->screen, c);
}

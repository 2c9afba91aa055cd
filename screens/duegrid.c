#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/answer.h"
#include "screens/duegrid.h"
#include "screens/duesum.h"
#include "screens/format.h"
#include "tui/calendar.h"

enum { WEEK = 7, WEEKS = 6, LABEL = 5, SUMS = 11, PANEL = 62, CELL_LINES = 4, PAUSE_MS = 1000 };

/* ---- asking ---- */

static void settled(struct duegrid *g)
{
	app_redraw(screen_app(g->screen));
	if (--g->waiting > 0)
		return;
	screen_fresh(g->screen);
	if (g->stale)
		screen_put_off(g->screen, PAUSE_MS, g->again);
}

static void on_column(const struct reply *r, void *arg)
{
	struct due_column *column = arg;

	table_free(column->rows);
	column->rows = r->err ? NULL : table_ref(r->rows);
	settled(column->grid);
}

static void ask_column(struct duegrid *g, int column)
{
	struct strbuf filter = { 0 };
	struct query q;
	struct err e;
	char day[16];

	g->week[column].grid = g;
	day_format(g->from + column, day);
	strbuf_printf(&filter, "due_on=%s status!=voided", day);
	due_filter(g, &filter);
	query_init(&q, catalogue_resource("charges"));
	q.limit = DUE_LINES;
	q.brief = true;
	if (query_filter(&q, strbuf_str(&filter), screen_today(g->screen), NULL, &e)) {
		g->waiting++;
		client_list(screen_session(g->screen), &q, screen_owner(g->screen, SLOT_COLUMN), on_column, &g->week[column]);
	}
	query_free(&q);
	strbuf_free(&filter);
}

static void on_days(const struct reply *r, void *arg)
{
	struct duegrid *g = arg;

	err_clear(&g->err);
	table_free(g->days);
	g->days = r->err ? NULL : table_ref(r->rows);
	if (r->err)
		g->err = *r->err;
	g->shown_from = g->from;
	g->shown_to = g->to;
	for (int i = 0; g->view == DUE_WEEK && g->days && i < DUE_COLUMNS; i++)
		ask_column(g, i); /* narrowed as the answer says */
	settled(g);
	g->came(g->screen);
}

static void on_late(const struct reply *r, void *arg)
{
	struct duegrid *g = arg;

	table_free(g->late);
	g->late = r->err ? NULL : table_ref(r->rows);
	settled(g);
}

static int put_param(struct param *to, int n, const char *name, const char *value)
{
	if (!value || !value[0])
		return n;
	to[n] = (struct param){ name, value };
	return n + 1;
}

static void ask_days(struct duegrid *g)
{
	struct param args[6];
	char from[16], to[16];
	int n = 0;

	day_format(g->from, from);
	day_format(g->to, to);
	n = put_param(args, n, "from", from);
	n = put_param(args, n, "to", to);
	n = put_param(args, n, "unit", g->narrow.unit);
	n = put_param(args, n, "agent", g->narrow.agent);
	n = put_param(args, n, "building", g->narrow.building);
	n = put_param(args, n, "party", g->narrow.party);
	g->waiting++;
	client_report(screen_session(g->screen), catalogue_report("payment_calendar"), args, n,
	    screen_owner(g->screen, SLOT_CELL), on_days, g);
}

/* By age of the debt: of the same units and agent; the report knows neither houses nor people. */
static void ask_late(struct duegrid *g)
{
	const struct report *rep = catalogue_report("arrears");
	struct param args[4];
	int n = put_param(args, 0, "group", "none");

	if (!screen_may(g->screen, rep->permission) || g->narrow.building || g->narrow.party) {
		table_free(g->late);
		g->late = NULL;
		return;
	}
	n = put_param(args, n, "unit", g->narrow.unit);
	n = put_param(args, n, "agent", g->narrow.agent);
	g->waiting++;
	client_report(screen_session(g->screen), rep, args, n, screen_owner(g->screen, SLOT_CELL), on_late, g);
}

static void forget_columns(struct duegrid *g)
{
	for (int i = 0; i < DUE_COLUMNS; i++) {
		table_free(g->week[i].rows);
		g->week[i].rows = NULL;
	}
}

static void ask(struct duegrid *g)
{
	screen_cancel(g->screen, SLOT_CELL);
	screen_cancel(g->screen, SLOT_COLUMN);
	g->waiting = 0;
	g->stale = false;
	ask_days(g);
	ask_late(g);
}

static void period(enum due_view view, day_t day, day_t *from, day_t *to)
{
	if (view == DUE_WEEK) {
		*from = day - day_weekday(day);
		*to = *from + WEEK;
	} else {
		*from = day_month_start(day);
		*to = day_add_months(*from, 1);
	}
}

void due_show(struct duegrid *g, enum due_view view, day_t day)
{
	day_t from, to;

	period(view, day, &from, &to);
	g->view = view;
	g->day = day;
	if (from == g->from && to == g->to)
		return;
	g->from = from;
	g->to = to;
	forget_columns(g);
	ask(g);
}

void due_narrowed(struct duegrid *g, struct due_narrow n)
{
	due_narrow_free(&g->narrow);
	g->narrow = n;
	if (g->from == DAY_NONE)
		return;
	forget_columns(g);
	g->shown_from = g->shown_to = DAY_NONE;
	ask(g);
}

void due_refresh(struct duegrid *g)
{
	if (g->waiting > 0)
		g->stale = true;
	else if (g->from != DAY_NONE)
		ask(g);
}

bool due_ready(const struct duegrid *g)
{
	return g->from != DAY_NONE && g->shown_from == g->from && g->shown_to == g->to;
}

void due_open(struct duegrid *g, struct screen *s)
{
	g->screen = s;
	g->from = g->to = g->shown_from = g->shown_to = DAY_NONE;
}

void due_close(struct duegrid *g)
{
	forget_columns(g);
	table_free(g->days);
	table_free(g->late);
	due_narrow_free(&g->narrow);
	g->days = g->late = NULL;
}

/* ---- what the answer says ---- */

/* The first row's filter is the whole's: behind its currency stands what narrows it. */
void due_filter(const struct duegrid *g, struct strbuf *out)
{
	const char *at = table_rows(g->days) ? strstr(table_get(g->days, 0, "filter"), "currency=") : NULL;

	if (at)
		strbuf_puts(out, at + strcspn(at, " "));
}

bool due_several(const struct duegrid *g)
{
	return due_sum(g->days, "total", g->from).ncurrencies > 1 || table_rows(g->late) > 1;
}

static struct due_sum of_day(const struct duegrid *g, day_t day)
{
	return due_sum(g->days, "day", day);
}

void due_words(const struct duegrid *g, bool whole, struct strbuf *out)
{
	struct due_sum sum;

	if (!due_ready(g) || !g->days)
		return;
	sum = whole ? due_sum(g->days, "total", g->from) : of_day(g, g->day);
	due_sum_words(&sum, whole, out);
}

void due_late_words(const struct duegrid *g, struct strbuf *out)
{
	for (int row = 0; row < table_rows(g->late); row++) {
		const char *currency = table_get(g->late, row, "currency");
		int64_t late = format_number(table_get(g->late, row, "arrears_minor"));
		int64_t charges = format_number(table_get(g->late, row, "charges"));

		if (charges == 0)
			continue;
		strbuf_puts(out, out->len ? "  " : "");
		strbuf_printf(out, P_("%lld charge late:", "%lld charges late:", (unsigned long)charges), (long long)charges);
		strbuf_putc(out, ' ');
		format_whole(out, late, currency);
		strbuf_printf(out, " %s", currency);
	}
}

/* ---- drawing ---- */

/* Of all the room that there is. */
static int cell_width(const struct duegrid *g, int w)
{
	return (w - LABEL - (g->roomy ? PANEL : SUMS)) / WEEK;
}

static int weeks_of(day_t month)
{
	int last = WEEKS - 1;

	while (last > 0 && calendar_day(month, last, 0) == DAY_NONE)
		last--;
	return last + 1;
}

static int cell_lines(const struct duegrid *g)
{
	return g->roomy ? CELL_LINES : 2;
}

int due_height(const struct duegrid *g, struct canvas c)
{
	if (g->view == DUE_AGENDA)
		return 1;
	if (g->view == DUE_WEEK)
		return c.h * 11 / 20;
	return 1 + weeks_of(day_month_start(g->day)) * cell_lines(g);
}

static void draw_weekdays(const struct duegrid *g, struct canvas c, int width)
{
	struct strbuf name = { 0 };

	for (int d = 0; d < WEEK; d++) {
		strbuf_clear(&name);
		format_weekday(&name, d + 4); /* 5 January 1970 was a Monday */
		draw_fit(c, 0, LABEL + d * width + 1, width - 1, TEXT_LEFT, TOK_COLUMN, strbuf_str(&name));
	}
	if (!g->roomy)
		draw_text(c, 0, c.w - SUMS + 1, -1, TOK_COLUMN, _("Week"));
	strbuf_free(&name);
}

/* "▸Tue 16*" */
static void draw_week_day(const struct duegrid *g, struct canvas c, day_t day, bool focused)
{
	bool here = day == g->day;
	enum token style = here ? TOK_ROW_CURSOR : TOK_COLUMN;
	struct strbuf name = { 0 };

	format_weekday(&name, day);
	strbuf_printf(&name, " %d%s", day_to_ymd(day).d, day == screen_today(g->screen) ? "*" : "");
	if (here)
		draw_text(c, 0, 0, 1, style, draw_marker(focused));
	draw_text(c, 0, 1, -1, style, strbuf_str(&name));
	if (here && focused)
		draw_cursor(c, 0, 1);
	strbuf_free(&name);
}

/* ">16*": the cursor's sign, the number, and a star on today. */
static void draw_number(const struct duegrid *g, struct canvas c, day_t day, bool focused)
{
	bool here = day == g->day;
	enum token style = here ? TOK_ROW_CURSOR : day == screen_today(g->screen) ? TOK_KEY : TOK_TEXT;

	if (here)
		draw_text(c, 0, 0, 1, style, draw_marker(focused));
	draw_printf(c, 0, 1, style, "%2d%s", day_to_ymd(day).d, day == screen_today(g->screen) ? "*" : "");
	if (here && focused)
		draw_cursor(c, 0, 1);
}

static void draw_cell(const struct duegrid *g, struct canvas c, day_t day, int64_t most, bool focused)
{
	struct due_sum sum = of_day(g, day);

	draw_number(g, canvas_sub(c, 0, 0, 1, c.w), day, focused);
	if (!due_ready(g) || !g->days)
		return;
	if (sum.due == 0) {
		draw_text(c, 1, 1, -1, TOK_DIM, "-");
		return;
	}
	due_draw_count(&sum, canvas_sub(c, 1, 1, 1, c.w - 1));
	if (!g->roomy)
		return;
	due_draw_money(&sum, 0, canvas_sub(c, 2, 1, 1, c.w - 1));
	if (sum.ncurrencies > 1)
		due_draw_money(&sum, 1, canvas_sub(c, 3, 1, 1, c.w - 1));
	else
		due_draw_bar(&sum, most, canvas_sub(c, 3, 1, 1, c.w - 3));
}

static int week_number(day_t day)
{
	day_t thursday = day - day_weekday(day) + 3;

	return (thursday - day_from_ymd(day_to_ymd(thursday).y, 1, 1)) / WEEK + 1;
}

static void draw_week_label(struct canvas c, int y, day_t day)
{
	/* TRANSLATORS: before the number of a week, one letter: "W24" */
	draw_printf(c, y, 1, TOK_DIM, "%s%02d", _("W"), week_number(day));
}

static void draw_month(struct duegrid *g, struct canvas c, bool focused)
{
	int width = cell_width(g, c.w), lines = cell_lines(g);
	int64_t most = g->roomy ? due_most(g->days) : 0;

	draw_weekdays(g, c, width);
	for (int i = 0; i < WEEKS * WEEK; i++) {
		day_t day = calendar_day(g->from, i / WEEK, i % WEEK);
		int y = 1 + i / WEEK * lines;

		if (day == DAY_NONE)
			continue;
		if (day == g->from || i % WEEK == 0)
			draw_week_label(c, y, day);
		draw_cell(g, canvas_sub(c, y, LABEL + i % WEEK * width, lines, width), day, most, focused);
		if (!g->roomy && (day == g->from || i % WEEK == 0) && due_ready(g)) {
			struct due_sum sum = due_sum(g->days, "week", day);

			if (sum.due > 0)
				due_draw_count(&sum, canvas_sub(c, y, c.w - SUMS + 1, 1, SUMS - 1));
			due_draw_money(&sum, 0, canvas_sub(c, y + 1, c.w - SUMS + 1, 1, SUMS - 1));
		}
	}
}

static void draw_week(struct duegrid *g, struct canvas c, bool focused)
{
	int width = (c.w - LABEL) / WEEK;

	draw_week_label(c, 0, g->from);
	for (int d = 0; d < WEEK; d++) {
		struct canvas column = canvas_sub(c, 0, LABEL + d * width, c.h, width);
		struct due_sum sum = of_day(g, g->from + d);

		draw_week_day(g, column, g->from + d, focused);
		if (!due_ready(g) || !g->days)
			continue;
		if (sum.due > 0)
			due_draw_count(&sum, canvas_sub(column, 1, 1, 1, width - 1));
		due_draw_lines(g->week[d].rows, sum.due, canvas_sub(column, 2, 1, c.h - 2, width - 2));
	}
}

void due_draw(struct duegrid *g, struct canvas c, bool focused)
{
	if (g->err.kind && due_ready(g)) {
		draw_text(c, 0, 1, -1, TOK_ERROR, g->err.text);
		draw_text(c, 1, 1, -1, TOK_DIM, g->err.remedy);
	} else if (g->view == DUE_WEEK) {
		draw_week(g, c, focused);
	} else {
		draw_month(g, c, focused);
		if (g->roomy && due_ready(g))
			due_draw_panel(g->days, g->late, canvas_sub(c, 0, c.w - PANEL, c.h, PANEL));
	}
}

day_t due_hit(const struct duegrid *g, struct canvas c, int y, int x)
{
	int width = g->view == DUE_WEEK ? (c.w - LABEL) / WEEK : cell_width(g, c.w);
	int column = x < LABEL ? WEEK : (x - LABEL) / width;

	if (column >= WEEK || y < 1 || g->view == DUE_AGENDA)
		return DAY_NONE;
	return g->view == DUE_WEEK ? g->from + column : calendar_day(g->from, (y - 1) / cell_lines(g), column);
}

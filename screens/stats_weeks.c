/* Weekdays by weeks: a year at a glance. A cell is one night, and opens its stays. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "screens/drill.h"
#include "screens/format.h"
#include "screens/stats.h"

static day_t first_week(const struct pane *p)
{
	return p->view.period.from - day_weekday(p->view.period.from);
}

static day_t day_at(const struct pane *p, int row, int col)
{
	return first_week(p) + 7 * col + row;
}

/* The rows of the answer by their place on the map. */
static void settle(struct pane *p)
{
	const struct table *t = p->view.rows.rows;
	int cell = table_col(t, "cell"), name = table_col(t, "name");

	if (p->seen == t)
		return;
	p->seen = t;
	memset(p->at, -1, sizeof(p->at));
	for (int i = 0; i < table_rows(t); i++) {
		day_t day = day_parse(table_cell(t, i, cell));
		int row = (int)format_number(table_cell(t, i, name)) - 1, col = day == DAY_NONE ? -1 : (day - first_week(p)) / 7;

		if (row >= 0 && row < 7 && col >= 0 && col < STATS_WEEKS)
			p->at[row][col] = i;
	}
}

static int find(const struct pane *p, int row, int col)
{
	return p->seen && col < STATS_WEEKS ? p->at[row][col] : -1;
}

static int source_rows(void *ctx)
{
	(void)ctx;
	return 7;
}

static int source_cols(void *ctx)
{
	const struct pane *p = ctx;

	int n = (p->view.period.to - first_week(p) + 6) / 7;

	return n < STATS_WEEKS ? n : STATS_WEEKS;
}

static void source_row_title(void *ctx, int row, struct strbuf *out)
{
	(void)ctx;
	format_weekday(out, row + 4); /* day 4, 5 January 1970, was a Monday */
}

/* The month that begins in this week. */
static void source_col_title(void *ctx, int col, char buf[static 8])
{
	struct ymd d = day_to_ymd(day_at(ctx, 6, col));

	struct strbuf name = { 0 };

	if (d.d <= 7)
		format_month_short(&name, d.m);
	snprintf(buf, 8, "%s", name.len < 8 ? strbuf_str(&name) : "|"); /* what does not fit only says where it begins */
	strbuf_free(&name);
}

static int source_value(void *ctx, int row, int col)
{
	const struct pane *p = ctx;
	int at = find(p, row, col);
	const char *bp = at >= 0 ? table_get(p->view.rows.rows, at, "occupancy_bp") : "";

	return bp[0] ? (int)format_number(bp) : HEAT_EMPTY;
}

static const struct heat_source SOURCE = {
	.rows = source_rows, .cols = source_cols, .row_title = source_row_title, .col_title = source_col_title,
	.value = source_value,
};

void weeks_open(struct pane *p)
{
	day_t today = screen_today(p->view.screen);
	bool within = today >= p->view.period.from && today < p->view.period.to;
	day_t day = within ? today : p->view.period.to - 1;

	p->heat = (struct heat){ .source = &SOURCE, .ctx = p, .title_width = 6, .sparse = true };
	p->heat.row = day_weekday(day);
	p->heat.col = (day - first_week(p)) / 7;
}

void weeks_draw(struct pane *p, struct canvas c, bool focused)
{
	settle(p);
	heat_draw(&p->heat, c, focused);
}

bool weeks_enter(struct pane *p)
{
	day_t day = day_at(p, p->heat.row, p->heat.col);
	struct strbuf title = { 0 };
	char iso[16], filter[120];
	bool opened;

	if (find(p, p->heat.row, p->heat.col) < 0)
		return false;
	day_format(day, iso);
	snprintf(filter, sizeof(filter), "check_in<=%s check_out>%s status=confirmed,checked_in,completed", iso, iso);
	format_date(&title, day);
	opened = drill_open(p->view.screen, "reservation", filter, strbuf_str(&title));
	strbuf_free(&title);
	return opened;
}

void weeks_describe(struct pane *p, struct strbuf *out)
{
	int at = find(p, p->heat.row, p->heat.col);

	format_date(out, day_at(p, p->heat.row, p->heat.col));
	strbuf_puts(out, ": ");
	if (at < 0)
		strbuf_puts(out, _("not in the period"));
	else
		strbuf_printf(out, _("%d of %d sold"), (int)answer_number(&p->view.rows, at, "sold_nights"),
		    (int)answer_number(&p->view.rows, at, "available_nights"));
}

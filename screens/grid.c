#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "screens/answer.h"
#include "screens/drill.h"
#include "screens/format.h"
#include "screens/grid.h"

#define ASK_AROUND 10 /* rows above and below the visible ones whose cells are asked for too */
#define ASK_MOST 100

struct grid_line {
	char id[UUID_LEN + 1];
	bool asked, pending, known; /* pending: in the request that is on its way */
	struct table *table; /* the answer that the numbers came with */
	int at[GRID_COLS];   /* its row of a column, -1 = none */
	uint32_t let;        /* bits: columns whose first day an agreement holds */
};

/* ---- columns ---- */

static day_t col_start(const struct grid *g, int col)
{
	day_t day = g->from;

	if (g->kind == GRID_DAY)
		day = g->from + col;
	else if (g->kind == GRID_WEEK)
		day = g->from - day_weekday(g->from) + 7 * col;
	else
		day = day_add_months(day_month_start(g->from), col);
	return day < g->from ? g->from : day > g->to ? g->to : day;
}

static int col_of(const struct grid *g, day_t day)
{
	struct ymd a = day_to_ymd(g->from), b = day_to_ymd(day);

	if (day == DAY_NONE || day < g->from || day >= g->to)
		return -1;
	if (g->kind == GRID_DAY)
		return day - g->from;
	if (g->kind == GRID_WEEK)
		return (day - (g->from - day_weekday(g->from))) / 7;
	return (b.y - a.y) * 12 + b.m - a.m;
}

/* ---- cells ---- */

static struct grid_line *line_of(const struct grid *g, const char *id)
{
	for (int i = 0; i < g->nlines; i++)
		if (!strcmp(g->lines[i].id, id))
			return &g->lines[i];
	return NULL;
}

static struct grid_line *line_make(struct grid *g, const char *id)
{
	struct grid_line *line = line_of(g, id);

	if (line)
		return line;
	if (g->nlines == g->size) {
		g->size = g->size ? g->size * 2 : 64;
		g->lines = xreallocarray(g->lines, (size_t)g->size, sizeof(*g->lines));
	}
	line = &g->lines[g->nlines++];
	*line = (struct grid_line){ 0 };
	memset(line->at, -1, sizeof(line->at));
	snprintf(line->id, sizeof(line->id), "%s", id);
	return line;
}

static void add_line(struct grid_cell *cell, const struct grid_line *line, int day)
{
	if (!line || !line->known)
		return;
	cell->known = true;
	if (line->at[day] < 0)
		return;
	cell->sold += (int)format_number(table_get(line->table, line->at[day], "sold_nights"));
	cell->available += (int)format_number(table_get(line->table, line->at[day], "available_nights"));
}

/* A unit's own nights, and those of the beds in it: only leaves have nights, so nothing counts twice. */
static struct grid_cell cell_at(const struct grid *g, int row, int day)
{
	struct grid_cell cell = { 0 };
	const char *id = window_id(g->rows, row);

	if (day < 0 || day >= g->cols)
		return cell;
	add_line(&cell, line_of(g, id), day);
	if (cell.available == 0 && cell.sold == 0 && !strcmp(g->res->singular, "unit"))
		for (int i = 0; i < window_rows(g->rows); i++)
			if (!strcmp(window_cell(g->rows, i, "parent"), id))
				add_line(&cell, line_of(g, window_id(g->rows, i)), day);
	return cell;
}

static void ask_cells(struct grid *g);

/* A line that was asked for and is not in the answer has nothing, not what it had before. */
static void settle_pending(struct grid *g)
{
	for (int i = 0; i < g->nlines; i++) {
		struct grid_line *line = &g->lines[i];

		if (!line->pending)
			continue;
		line->pending = false;
		line->known = true;
		table_free(line->table);
		line->table = NULL;
		memset(line->at, -1, sizeof(line->at));
	}
}

static void on_cells(const struct reply *r, void *arg)
{
	struct grid *g = arg;

	g->waiting = false;
	err_clear(&g->err);
	settle_pending(g);
	if (r->err)
		g->err = *r->err;
	for (int i = 0; i < table_rows(r->rows); i++) {
		struct grid_line *line = line_make(g, table_get(r->rows, i, "row"));
		int day = col_of(g, day_parse(table_get(r->rows, i, "cell")));

		line->known = true;
		if (day < 0 || day >= g->cols)
			continue;
		if (line->table != r->rows) {
			table_free(line->table);
			line->table = table_ref(r->rows);
			memset(line->at, -1, sizeof(line->at));
		}
		line->at[day] = i;
	}
	screen_fresh(g->screen);
	g->moved(g->screen);
	if (!r->err)
		ask_cells(g);
}

/* A request of an epoch that is over: its rows are asked for again, and it is not taken for the answer to another. */
static void take_back(struct grid *g)
{
	screen_cancel(g->screen, SLOT_DETAIL);
	g->waiting = false;
	for (int i = 0; i < g->nlines; i++) {
		g->lines[i].asked = g->lines[i].asked && !g->lines[i].pending;
		g->lines[i].pending = false;
	}
}

static bool wanted_ids(struct grid *g, struct strbuf *ids)
{
	int n = 0, rows = window_rows(g->rows);
	int first = g->heat.top - ASK_AROUND, last = g->heat.top + g->page + ASK_AROUND;

	for (int row = first < 0 ? 0 : first; row < last && row < rows && n < ASK_MOST; row++) {
		struct grid_line *line = line_make(g, window_id(g->rows, row));

		if (line->asked)
			continue;
		line->asked = line->pending = true;
		strbuf_printf(ids, "%s%s", n++ ? "," : "", line->id);
	}
	return n > 0;
}

static bool is_units(const struct grid *g)
{
	return !strcmp(g->res->singular, "unit");
}

/* What lies on the units of the request that is on its way: agreements make long lets of cells without stock. */
static void on_spans(const struct reply *r, void *arg)
{
	struct grid *g = arg;

	for (int i = 0; i < table_rows(r->rows); i++) {
		struct grid_line *line = line_of(g, table_get(r->rows, i, "unit"));
		day_t from = day_parse(table_get(r->rows, i, "check_in")), to = day_parse(table_get(r->rows, i, "check_out"));

		if (!line || strcmp(table_get(r->rows, i, "kind"), "agreement"))
			continue;
		for (int col = 0; col < g->cols; col++)
			if (col_start(g, col) >= from && (to == DAY_NONE || col_start(g, col) < to))
				line->let |= (uint32_t)1 << col;
	}
	app_redraw(screen_app(g->screen));
}

static void ask_lets(struct grid *g, const char *ids, const char *from, const char *to)
{
	const struct report *rep = catalogue_report("spans");
	const struct param args[] = { { "from", from }, { "to", to }, { "units", ids } };

	if (!is_units(g) || !screen_may(g->screen, rep->permission))
		return;
	client_report(screen_session(g->screen), rep, args, ARRAY_LEN(args), screen_owner(g->screen, SLOT_PAGES), on_spans, g);
}

static void ask_cells(struct grid *g)
{
	static const char *const CELLS[] = { [GRID_DAY] = "day", [GRID_WEEK] = "week", [GRID_MONTH] = "month" };
	const struct report *rep = catalogue_report("heatmap");
	bool units = is_units(g);
	struct strbuf ids = { 0 };
	char from[16], to[16];

	if ((g->waiting && g->epoch == screen_epoch(g->screen)) || !g->cols ||
	    answer_refused(g->screen, rep->permission, &g->err))
		return;
	if (g->waiting)
		take_back(g);
	if (!wanted_ids(g, &ids)) {
		strbuf_free(&ids);
		return;
	}
	day_format(g->from, from);
	day_format(g->to, to);
	const struct param args[] = {
		{ "from", from }, { "to", to }, { "rows", g->res->singular }, { "cell", CELLS[g->kind] },
		{ "unit", strbuf_str(&ids) },
	};
	g->waiting = true;
	g->epoch = screen_epoch(g->screen);
	client_report(screen_session(g->screen), rep, args, units ? 5 : 4, screen_owner(g->screen, SLOT_DETAIL),
	    on_cells, g);
	ask_lets(g, strbuf_str(&ids), from, to);
	strbuf_free(&ids);
}

/* ---- rows ---- */

static void on_rows(void *arg)
{
	struct grid *g = arg;
	const struct err *why = window_error(g->rows);

	window_settle(g->rows, &g->heat.row, &g->heat.top);
	if (why)
		g->err = *why;
	if (g->heat.row >= window_rows(g->rows))
		g->heat.row = window_rows(g->rows) > 0 ? window_rows(g->rows) - 1 : 0;
	if (!window_loading(g->rows))
		ask_cells(g);
	g->moved(g->screen);
	app_redraw(screen_app(g->screen));
}

static int source_rows(void *ctx)
{
	return window_rows(((struct grid *)ctx)->rows);
}

static int source_cols(void *ctx)
{
	return ((struct grid *)ctx)->cols;
}

static void row_title(const struct grid *g, int row, struct strbuf *out)
{
	const struct field *label = resource_label(g->res);

	strbuf_printf(out, "%s", window_cell(g->rows, row, "code"));
	if (label && strcmp(label->name, "code"))
		strbuf_printf(out, " %s", window_cell(g->rows, row, label->name));
}

static void source_row_title(void *ctx, int row, struct strbuf *out)
{
	row_title(ctx, row, out);
}

static void source_col_title(void *ctx, int col, char buf[static 8])
{
	const struct grid *g = ctx;
	struct ymd d = day_to_ymd(col_start(g, col));

	snprintf(buf, 8, "%2d", g->kind == GRID_MONTH ? d.m % 100 : d.d % 100);
}

static bool is_let(const struct grid *g, int row, int col)
{
	const struct grid_line *line = is_units(g) ? line_of(g, window_id(g->rows, row)) : NULL;

	return line && line->let >> col & 1;
}

static int source_value(void *ctx, int row, int col)
{
	struct grid_cell cell = cell_at(ctx, row, col);

	return cell.available > 0 ? (int)((int64_t)cell.sold * 10000 / cell.available) :
	    is_let(ctx, row, col) ? HEAT_LET : HEAT_EMPTY;
}

static const struct heat_source SOURCE = {
	.rows = source_rows, .cols = source_cols, .row_title = source_row_title, .col_title = source_col_title,
	.value = source_value,
};

/* ---- the contract ---- */

void grid_open(struct grid *g, struct screen *s, void (*moved)(struct screen *s))
{
	g->screen = s;
	g->moved = moved;
	g->page = 20;
	g->heat = (struct heat){ .source = &SOURCE, .ctx = g };
	g->res = catalogue_resource("unit");
	g->rows = window_new(screen_session(s), screen_owner(s, SLOT_ROWS), on_rows, g);
}

static void forget_cells(struct grid *g)
{
	screen_cancel(g->screen, SLOT_DETAIL);
	screen_cancel(g->screen, SLOT_PAGES);
	g->waiting = false;
	for (int i = 0; i < g->nlines; i++)
		table_free(g->lines[i].table);
	g->nlines = 0;
}

void grid_close(struct grid *g)
{
	forget_cells(g);
	window_free(g->rows);
	free(g->lines);
}

void grid_rows(struct grid *g, const char *resource)
{
	struct query q;
	struct err e;

	g->res = catalogue_resource(resource);
	g->heat.row = g->heat.top = 0;
	forget_cells(g);
	query_init(&q, g->res);
	query_sort(&q, "code", &e);
	window_query(g->rows, &q);
	query_free(&q);
}

void grid_period(struct grid *g, day_t from, day_t to)
{
	g->from = from;
	g->to = to;
	g->kind = to - from <= GRID_COLS ? GRID_DAY : to - from <= 7 * (GRID_COLS - 1) ? GRID_WEEK : GRID_MONTH;
	g->cols = col_of(g, to - 1) + 1 < GRID_COLS ? col_of(g, to - 1) + 1 : GRID_COLS;
	if (g->heat.col >= g->cols)
		g->heat.col = g->cols - 1;
	forget_cells(g);
	ask_cells(g);
}

void grid_go(struct grid *g, day_t day)
{
	int col = col_of(g, day);

	if (col >= 0 && col < g->cols)
		g->heat.col = col;
}

void grid_refresh(struct grid *g)
{
	for (int i = 0; i < g->nlines; i++)
		g->lines[i].asked = false;
	window_reload(g->rows);
}

bool grid_busy(const struct grid *g)
{
	return window_loading(g->rows) && window_rows(g->rows) == 0;
}

enum result grid_move(struct grid *g, int move)
{
	enum result done = heat_move(&g->heat, move);

	window_want(g->rows, g->heat.row, g->page);
	ask_cells(g);
	g->moved(g->screen);
	return done;
}

void grid_draw(struct grid *g, struct canvas c, bool focused)
{
	int page = c.h - 2;

	if (page > 0 && page != g->page) {
		g->page = page;
		ask_cells(g);
	}
	if (g->err.kind)
		draw_text(c, 0, 1, -1, TOK_ERROR, g->err.text);
	else if (window_rows(g->rows) == 0 && (window_loading(g->rows) || !g->cols))
		answer_draw_loading(g->screen, c);
	else if (window_rows(g->rows) == 0)
		draw_text(c, 0, 1, -1, TOK_DIM, _("no units"));
	else {
		g->heat.lets = is_units(g);
		heat_draw(&g->heat, c, focused);
	}
}

day_t grid_day(const struct grid *g)
{
	return col_start(g, g->heat.col);
}

void grid_when(const struct grid *g, struct strbuf *out)
{
	day_t last = col_start(g, g->heat.col + 1) - 1;

	if (g->kind == GRID_MONTH) {
		format_month(out, grid_day(g));
		return;
	}
	format_day(out, grid_day(g));
	if (last > grid_day(g)) {
		strbuf_puts(out, " – ");
		format_day(out, last);
	}
}

bool grid_let(const struct grid *g)
{
	return g->heat.row < window_rows(g->rows) && is_let(g, g->heat.row, g->heat.col);
}

const char *grid_id(const struct grid *g)
{
	return g->heat.row < window_rows(g->rows) ? window_id(g->rows, g->heat.row) : "";
}

void grid_short(const struct grid *g, struct strbuf *out)
{
	if (g->heat.row < window_rows(g->rows))
		strbuf_puts(out, window_cell(g->rows, g->heat.row,
		    strcmp(g->res->singular, "unit") ? "name" : "code"));
}

void grid_title(const struct grid *g, struct strbuf *out)
{
	if (g->heat.row < window_rows(g->rows))
		row_title(g, g->heat.row, out);
}

struct grid_cell grid_cell(const struct grid *g)
{
	if (g->heat.row >= window_rows(g->rows))
		return (struct grid_cell){ 0 };
	return cell_at(g, g->heat.row, g->heat.col);
}

/* As the report says; for a room that adds up its beds: the stays of the room and of each bed. */
void grid_filter(const struct grid *g, struct strbuf *out)
{
	const char *id = grid_id(g);
	const struct grid_line *line = line_of(g, id);
	int day = g->heat.col;
	char date[16], end[16];

	if (line && day < g->cols && line->at[day] >= 0 &&
	    drill_filter(catalogue_report("heatmap"), line->table, line->at[day], out))
		return;
	day_format(grid_day(g), date);
	day_format(col_start(g, day + 1), end);
	strbuf_printf(out, "%s=%s", g->res->singular, id);
	for (int i = 0; !strcmp(g->res->singular, "unit") && i < window_rows(g->rows); i++)
		if (!strcmp(window_cell(g->rows, i, "parent"), id))
			strbuf_printf(out, ",%s", window_id(g->rows, i));
	strbuf_printf(out, " check_in<%s check_out>%s status=confirmed,checked_in,completed", end, date);
}

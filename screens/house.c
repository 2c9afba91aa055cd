#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "screens/answer.h"
#include "screens/format.h"
#include "screens/house.h"

enum { UNITS_MOST = 500, CELL = 3, FLOOR = 6 };

/* ---- what came ---- */

static int by_floor(const void *a, const void *b)
{
	const struct house_cell *x = a, *y = b;

	return x->floor != y->floor ? (x->floor < y->floor ? 1 : -1) : x->row - y->row;
}

static bool is_let_in_parts(const struct table *t, int row)
{
	const char *id = table_get(t, row, "id");

	for (int i = 0; i < table_rows(t); i++)
		if (!strcmp(table_get(t, i, "parent"), id))
			return true;
	return false;
}

/* What is let, by floor, worked out once. */
static void lay_out(struct house *h)
{
	const struct table *t = h->units;
	bool parts = false;

	h->cells = xreallocarray(h->cells, (size_t)table_rows(t) + 1, sizeof(*h->cells));
	h->ncells = 0;
	for (int i = 0; i < table_rows(t) && !parts; i++)
		parts = table_get(t, i, "parent")[0] != '\0';
	for (int i = 0; i < table_rows(t); i++) {
		const char *floor = table_get(t, i, "floor");

		if (!parts || !is_let_in_parts(t, i))
			h->cells[h->ncells++] = (struct house_cell){ i, floor[0] ? atoi(floor) : INT32_MIN };
	}
	qsort(h->cells, (size_t)h->ncells, sizeof(*h->cells), by_floor);
}

/* A day without a row had nothing on offer: a blank, not a nought. */
static void on_trend(const struct reply *r, void *arg)
{
	struct house *h = arg;

	for (int i = 0; i < HOUSE_DAYS; i++)
		h->trend[i] = CHART_NONE;
	h->has_trend = false;
	for (int row = 0; !r->err && row < table_rows(r->rows); row++) {
		int at = (int)(day_parse(table_get(r->rows, row, "cell")) - h->trend_from);

		if (at < 0 || at >= HOUSE_DAYS || !table_get(r->rows, row, "occupancy_bp")[0])
			continue;
		h->trend[at] = format_number(table_get(r->rows, row, "occupancy_bp"));
		h->has_trend = true;
	}
	app_redraw(screen_app(h->screen));
}

/* The last days, today included, of the units that are shown. */
static void ask_trend(struct house *h)
{
	const struct report *heatmap = catalogue_report("heatmap");
	struct strbuf units = { 0 };
	char from[16], to[16];

	if (table_rows(h->units) == 0 || !screen_may(h->screen, heatmap->permission))
		return;
	for (int i = 0; i < h->ncells; i++)
		strbuf_printf(&units, "%s%s", i ? "," : "", table_get(h->units, h->cells[i].row, "id"));
	h->trend_from = screen_today(h->screen) - HOUSE_DAYS + 1;
	day_format(h->trend_from, from);
	day_format(h->trend_from + HOUSE_DAYS, to);
	client_report(screen_session(h->screen), heatmap, (const struct param[]){ { "from", from }, { "to", to },
	    { "rows", "building" }, { "cell", "day" }, { "unit", strbuf_str(&units) } }, 5,
	    screen_owner(h->screen, SLOT_DETAIL), on_trend, h);
	strbuf_free(&units);
}

static void on_units(const struct reply *r, void *arg)
{
	struct house *h = arg;

	err_clear(&h->err);
	if (strcmp(h->node.id, h->next.id))
		h->has_trend = false;
	h->node = h->next;
	if (r->err) {
		h->err = *r->err;
	} else {
		table_free(h->units);
		h->units = table_ref(r->rows);
		h->more = r->more;
		lay_out(h);
		ask_trend(h);
	}
	screen_fresh(h->screen);
}

void house_open(struct house *h, struct screen *s)
{
	h->screen = s;
}

void house_close(struct house *h)
{
	table_free(h->units);
	h->units = NULL;
	free(h->cells);
	h->cells = NULL;
}

static void name_node(struct house_node *n, const struct estate *e)
{
	static const char *const PARTS[] = { "address", "district", "city" };
	struct strbuf text = { 0 };

	snprintf(n->id, sizeof(n->id), "%s", estate_id(e));
	snprintf(n->title, sizeof(n->title), "%s %s", estate_cell(e, "code"), estate_cell(e, "name"));
	for (size_t i = 0; i < ARRAY_LEN(PARTS); i++)
		if (estate_cell(e, PARTS[i])[0])
			strbuf_printf(&text, "%s%s", text.len ? ", " : "", estate_cell(e, PARTS[i]));
	if (estate_cell(e, "year_built")[0])
		strbuf_printf(&text, "   %s %s", _("built in"), estate_cell(e, "year_built"));
	snprintf(n->about, sizeof(n->about), "%s", strbuf_str(&text));
	strbuf_free(&text);
}

void house_load(struct house *h, const struct estate *estate, const char *filter)
{
	struct query q;
	struct err e;

	screen_cancel(h->screen, SLOT_DETAIL);
	snprintf(h->filter, sizeof(h->filter), "%s", filter);
	name_node(&h->next, estate);
	if (!filter[0])
		return;
	if (!h->units)
		h->node = h->next;
	query_init(&q, catalogue_resource("unit"));
	q.limit = UNITS_MOST;
	if (query_filter(&q, filter, screen_today(h->screen), NULL, &e) && query_sort(&q, "code", &e))
		client_list(screen_session(h->screen), &q, screen_owner(h->screen, SLOT_DETAIL), on_units, h);
	query_free(&q);
}

/* ---- the grid: a line a floor, the highest first ---- */

static const struct { const char *status; char glyph; enum token style; const char *word; } STATES[] = {
	{ "occupied", '#', TOK_TEXT, N_("occupied") },
	{ "free", '.', TOK_GOOD, N_("free") },
	{ "blocked", 'r', TOK_DIM, N_("blocked") },
	{ "archived", 'x', TOK_DIM, N_("archived") },
};

static void draw_cell(const struct estate *e, const struct table *t, int row, struct canvas c, int y, int x)
{
	const char *status = table_get(t, row, "status");

	for (size_t i = 0; i < ARRAY_LEN(STATES); i++)
		if (!strcmp(STATES[i].status, status))
			draw_printf(c, y, x, STATES[i].style, "%c", STATES[i].glyph);
	if (estate_attention(e, table_get(t, row, "id")))
		draw_text(c, y, x + 1, 1, TOK_WARNING, "!");
}

/* Returns the lines taken. */
static int draw_grid(const struct house *h, const struct estate *e, struct canvas c)
{
	const struct house_cell *all = h->cells;
	int y = -1, x = 0;

	for (int i = 0; i < h->ncells; i++, x += CELL) {
		if (i == 0 || all[i].floor != all[i - 1].floor || x + CELL > c.w) {
			y++;
			x = FLOOR;
			if (y >= c.h)
				break;
			if (all[i].floor != INT32_MIN && (i == 0 || all[i].floor != all[i - 1].floor))
				draw_printf(c, y, 1, TOK_DIM, "%4d", all[i].floor);
		}
		draw_cell(e, h->units, all[i].row, c, y, x);
	}
	return y < c.h ? y + 1 : c.h;
}

static void draw_legend(const struct house *h, struct canvas c)
{
	int x = 1, seen[ARRAY_LEN(STATES)] = { 0 };

	for (int i = 0; i < table_rows(h->units); i++)
		for (size_t k = 0; k < ARRAY_LEN(STATES); k++)
			seen[k] += !strcmp(table_get(h->units, i, "status"), STATES[k].status);
	for (size_t k = 0; k < ARRAY_LEN(STATES); k++) {
		if (!seen[k])
			continue;
		draw_printf(c, 0, x, STATES[k].style, "%c", STATES[k].glyph);
		x += 2;
		x += draw_text(c, 0, x, -1, TOK_DIM, _(STATES[k].word)) + 2;
	}
	x += draw_text(c, 0, x, -1, TOK_WARNING, "!") + 1;
	draw_text(c, 0, x, -1, TOK_DIM, _("needs somebody"));
}

/* ---- the month ---- */

static const struct { const char *label, *column; enum { RATE, NIGHTS, MONEY } kind; } FIGURES[] = {
	{ N_("Occupancy"), "occupancy_bp", RATE },
	{ N_("Sold nights"), "sold_nights", NIGHTS },
	{ N_("Nights on offer"), "available_nights", NIGHTS },
	{ N_("ADR"), "adr_minor", MONEY },
	{ N_("RevPAR"), "revpar_minor", MONEY },
	{ N_("Revenue"), "revenue_minor", MONEY },
};

/* Returns the lines taken. */
static int draw_debt(const struct house *h, const struct estate *e, struct canvas c, int y)
{
	struct strbuf text = { 0 };
	int row;
	const struct table *t = estate_debt(e, h->node.id, &row);

	if (!t || y >= c.h)
		return 0;
	format_money(&text, format_number(table_get(t, row, "arrears_minor")), table_get(t, row, "currency"));
	draw_fit(c, y, 1, 16, TEXT_LEFT, TOK_DIM, _("Overdue"));
	draw_fit(c, y, 18, 16, TEXT_RIGHT, TOK_WARNING, strbuf_str(&text));
	draw_printf(c, y, 35, TOK_DIM, P_("%s, %s charge", "%s, %s charges", (unsigned)atoi(table_get(t, row, "charges"))),
	    table_get(t, row, "currency"), table_get(t, row, "charges"));
	strbuf_free(&text);
	return 1;
}

static void draw_month(const struct house *h, const struct estate *e, struct canvas c)
{
	bool money = screen_may(h->screen, "price.view");
	struct strbuf text = { 0 };
	int row, y = 1;
	const struct table *t = estate_month(e, h->node.id, &row);

	if (!t) {
		draw_debt(h, e, c, 0);
		return;
	}
	format_month(&text, screen_today(h->screen));
	draw_text(c, 0, 1, -1, TOK_TITLE, strbuf_str(&text));
	for (size_t i = 0; i < ARRAY_LEN(FIGURES) && y < c.h; i++) {
		int64_t n = format_number(table_get(t, row, FIGURES[i].column));

		if (FIGURES[i].kind == MONEY && !money)
			continue;
		strbuf_clear(&text);
		if (FIGURES[i].kind == RATE)
			format_bp(&text, n);
		else if (FIGURES[i].kind == NIGHTS)
			format_int(&text, n);
		else
			format_money(&text, n, table_get(t, row, "currency"));
		draw_fit(c, y, 1, 16, TEXT_LEFT, TOK_DIM, _(FIGURES[i].label));
		draw_fit(c, y, 18, 16, TEXT_RIGHT, TOK_TEXT, strbuf_str(&text));
		if (FIGURES[i].kind == RATE && c.w > 50)
			draw_hbar(c, y, 36, c.w - 38 < 30 ? c.w - 38 : 30, TOK_BAR, (int)n, 10000);
		else if (FIGURES[i].kind == MONEY)
			draw_text(c, y, 35, -1, TOK_DIM, table_get(t, row, "currency"));
		y++;
	}
	strbuf_free(&text);
	y += draw_debt(h, e, c, y);
	if (h->has_trend && y < c.h) {
		draw_fit(c, y, 1, 16, TEXT_LEFT, TOK_DIM, _("Last 30 days"));
		chart_spark(c, y, 18, TOK_TEXT, h->trend, HOUSE_DAYS, 10000);
	}
}

/* ---- all of it ---- */

void house_draw(struct house *h, const struct estate *e, struct canvas c)
{
	int y = h->node.about[0] ? 2 : 0, room;

	draw_text(c, 0, 1, c.w - 2, TOK_DIM, h->node.about);
	if (h->err.kind) {
		draw_text(c, y, 1, -1, TOK_ERROR, h->err.text);
		draw_text(c, y + 1, 1, -1, TOK_DIM, h->err.remedy);
		return;
	}
	if (!h->units) {
		answer_draw_loading(h->screen, canvas_sub(c, y, 0, c.h - y, c.w));
		return;
	}
	draw_printf(c, y, 1, TOK_TITLE, "%s (%d%s)", _("Units"), table_rows(h->units), h->more ? "+" : "");
	if (table_rows(h->units) > 0) {
		draw_legend(h, canvas_sub(c, y + 1, 0, 1, c.w));
		room = c.h - y - 3 - ((int)ARRAY_LEN(FIGURES) + 3);
		y += 3 + draw_grid(h, e, canvas_sub(c, y + 3, 0, room > 3 ? room : c.h - y - 3, c.w)) + 1;
	} else {
		y += 2;
	}
	if (y < c.h)
		draw_month(h, e, canvas_sub(c, y, 0, c.h - y, c.w));
}

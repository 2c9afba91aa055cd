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

/* ---- loading ---- */

static void on_units(const struct reply *r, void *arg)
{
	struct house *h = arg;

	err_clear(&h->err);
	h->node = h->next;
	if (r->err) {
		h->err = *r->err;
	} else {
		table_free(h->units);
		h->units = table_ref(r->rows);
		h->more = r->more;
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

struct cell { int row, floor; }; /* row of the answer */

static int by_floor(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

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

/* What is let, by floor; the caller frees. */
static struct cell *cells(const struct table *t, int *n)
{
	struct cell *all = xcalloc((size_t)table_rows(t) + 1, sizeof(*all));
	bool parts = false;

	*n = 0;
	for (int i = 0; i < table_rows(t) && !parts; i++)
		parts = table_get(t, i, "parent")[0] != '\0';
	for (int i = 0; i < table_rows(t); i++)
		if (!parts || !is_let_in_parts(t, i))
			all[(*n)++] = (struct cell){ i, table_get(t, i, "floor")[0] ? atoi(table_get(t, i, "floor")) : INT32_MIN };
	qsort(all, (size_t)*n, sizeof(*all), by_floor);
	return all;
}

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
	int n, y = -1, x = 0;
	struct cell *all = cells(h->units, &n);

	for (int i = 0; i < n; i++, x += CELL) {
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
	free(all);
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

static void draw_month(const struct house *h, const struct estate *e, struct canvas c)
{
	bool money = screen_may(h->screen, "price.view");
	struct strbuf text = { 0 };
	int row, y = 1;
	const struct table *t = estate_month(e, h->node.id, &row);

	if (!t)
		return;
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
		room = c.h - y - 3 - ((int)ARRAY_LEN(FIGURES) + 2);
		y += 3 + draw_grid(h, e, canvas_sub(c, y + 3, 0, room > 3 ? room : c.h - y - 3, c.w)) + 1;
	} else {
		y += 2;
	}
	if (y < c.h)
		draw_month(h, e, canvas_sub(c, y, 0, c.h - y, c.w));
}

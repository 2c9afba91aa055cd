/* Drawing the analytics screen: the pages' names, the figures and what they were, the panes of the page. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/analytics.h"
#include "screens/format.h"
#include "screens/parts.h"

#define WIDE 130       /* from here on the lists stand beside the map */
#define TALL 30        /* from here on there is room for the change against the period before */
#define SIDE_WIDTH 46
#define TOP_LINES 7    /* a title, five rows and others */

/* ---- the figures ---- */

static void put_figure(struct canvas c, int y, int x, const struct stats_figure *f, int64_t n, const char *currency)
{
	struct strbuf text = { 0 };

	if (f->type == FT_INT)
		format_int(&text, n);
	else if (f->type == FT_BP)
		format_bp(&text, n);
	else
		format_money(&text, n, currency);
	draw_fit(c, y, x, f->width, TEXT_RIGHT, TOK_TITLE, strbuf_str(&text));
	strbuf_free(&text);
}

/* The row of the period before that has the same currency; -1 = none. */
static int row_before(const struct analytics *a, int row)
{
	for (int i = 0; i < table_rows(a->before.rows); i++)
		if (!strcmp(answer_text(&a->before, i, "currency"), answer_text(&a->figures, row, "currency")))
			return i;
	return -1;
}

static void put_changes(struct screen *s, struct canvas c, int y, int row)
{
	const struct analytics *a = screen_state(s);
	int was = row_before(a, row), x = 0;
	bool ascii = app_ascii(screen_app(s));

	for (int i = 0; i < STATS_FIGURES && a->before.rows; i++) {
		const struct stats_figure *f = stats_figure(i);
		int64_t now = answer_number(&a->figures, row, f->column);
		int64_t before = was >= 0 ? answer_number(&a->before, was, f->column) : 0;
		struct strbuf text = { 0 };

		if (f->type == FT_BP)
			format_points(&text, now, before, was >= 0 ? answer_number(&a->before, was, "available_nights") : 0, ascii);
		else
			format_change(&text, now, before, ascii);
		draw_fit(c, y, x, f->width, TEXT_RIGHT, TOK_DIM, strbuf_str(&text));
		x += f->width;
		strbuf_free(&text);
	}
	if (x + 1 + draw_width(_("against the period before")) <= c.w)
		draw_text(c, y, x + 1, -1, TOK_DIM, _("against the period before"));
}

/* One line a currency: money of different kinds is never added up. */
static int figure_lines(const struct analytics *a, bool changes)
{
	int rows = table_rows(a->figures.rows);

	return 1 + (rows < 1 ? 1 : rows > 3 ? 3 : rows) + (changes && rows <= 1);
}

static void draw_figures(struct screen *s, struct canvas c, bool changes)
{
	const struct analytics *a = screen_state(s);
	int rows = table_rows(a->figures.rows);
	bool focused = a->focus == a->npanes;

	if (answer_draw_missing(s, &a->figures, c))
		return;
	for (int row = 0; row < rows && row + 1 < c.h; row++) {
		const char *currency = answer_text(&a->figures, row, "currency");
		int x = 0;

		for (int i = 0; i < STATS_FIGURES; i++) {
			const struct stats_figure *f = stats_figure(i);
			enum token style = focused && a->figure == i ? TOK_ROW_CURSOR : TOK_COLUMN;

			draw_fit(c, 0, x, f->width, TEXT_RIGHT, style, _(f->label));
			put_figure(c, row + 1, x, f, answer_number(&a->figures, row, f->column), currency);
			x += f->width;
			if (focused && a->figure == i)
				draw_text(c, 1, x, 1, TOK_ROW_CURSOR, draw_ascii() ? "<" : "◂");
		}
		draw_text(c, row + 1, x + 1, -1, TOK_DIM, currency);
	}
	if (changes && rows == 1)
		put_changes(s, c, 2, 0);
}

static void draw_pages(const struct analytics *a, struct canvas c)
{
	int x = 1;

	for (int i = 0; i < STATS_PAGES; i++) {
		bool here = i == a->page;
		char name[80];

		snprintf(name, sizeof(name), here ? "[%d %s]" : " %d %s ", i + 1, _(stats_page(i)->tab));
		x += draw_text(c, 0, x, -1, here ? TOK_TITLE : TOK_DIM, name);
	}
}

/* ---- panes ---- */

/* In the catalogue's words for whoever cancels; the database's own where it knows more. */
static const char *who_text(const struct answer *a, int row)
{
	const struct field *f = resource_field(catalogue_resource("reservation"), "cancelled_by");
	const char *key = answer_text(a, row, "key");
	const struct choice *c = f && key[0] ? choice_find(f->choices, key) : NULL;

	return c ? _(c->label) : !key[0] ? _("not stated") : answer_text(a, row, "name");
}

/* Who cancelled, on the one line that a narrow screen has for it. */
static void draw_cancelled_line(struct screen *s, const struct pane *p, struct canvas c, bool focused)
{
	const struct answer *a = &p->view.rows;
	struct strbuf text = { 0 };
	int64_t sum = 0;

	if (answer_draw_missing(s, a, c))
		return;
	for (int row = 0; row < table_rows(a->rows); row++) {
		int64_t n = answer_number(a, row, "cancelled");

		sum += n;
		if (n > 0)
			strbuf_printf(&text, "%s %s %lld", text.len ? "," : ":", who_text(a, row), (long long)n);
	}
	if (focused)
		draw_text(c, 0, 0, 1, TOK_ROW_CURSOR, draw_marker(true));
	draw_printf(c, 0, 1, TOK_TEXT, "%s %lld%s", _("Cancelled"), (long long)sum, strbuf_str(&text));
	strbuf_free(&text);
}

static const char *const MAPS[][2] = {
	[GRID_DAY] = { N_("Occupancy, units by days"), N_("Occupancy, buildings by days") },
	[GRID_WEEK] = { N_("Occupancy, units by weeks"), N_("Occupancy, buildings by weeks") },
	[GRID_MONTH] = { N_("Occupancy, units by months"), N_("Occupancy, buildings by months") },
};

static void draw_pane(struct screen *s, int i, struct canvas c)
{
	struct analytics *a = screen_state(s);
	struct pane *p = &a->pane[i];
	bool focused = a->focus == i;
	const char *title = NULL;

	if (c.h < 2)
		return;
	if (p->def->kind == PANE_GRID) {
		title = _(MAPS[a->grid.kind][a->buildings]);
		grid_draw(&a->grid, part_section(s, c, title, focused), focused);
		return;
	}
	if (p->def->kind == PANE_SIDES) {
		sides_draw(s, c, &a->pane[0]);
		return;
	}
	if (a->page == 0 && p->def->kind == PANE_TOP)
		title = i == 1 ? stats_measure(a->measure)->units : stats_measure(a->measure)->clients;
	pane_draw(p, c, focused, title);
}

static void draw_first_wide(struct screen *s, struct canvas c)
{
	int left = c.w - SIDE_WIDTH, h = c.h < 16 ? c.h / 2 : 8;

	draw_pane(s, 0, canvas_sub(c, 0, 0, c.h, left));
	draw_pane(s, 1, canvas_sub(c, 0, left, h, SIDE_WIDTH));
	draw_pane(s, 2, canvas_sub(c, h, left, h, SIDE_WIDTH));
	draw_pane(s, 3, canvas_sub(c, 2 * h, left, c.h - 2 * h, SIDE_WIDTH));
}

static void draw_first_narrow(struct screen *s, struct canvas c)
{
	struct analytics *a = screen_state(s);
	int tops = c.h >= 12 ? TOP_LINES : 0, map = c.h - tops - 1, half = c.w / 2; /* a very low terminal keeps the map */

	draw_pane(s, 0, canvas_sub(c, 0, 0, map, c.w));
	if (tops) {
		draw_pane(s, 1, canvas_sub(c, map, 0, tops, half));
		draw_pane(s, 2, canvas_sub(c, map, half, tops, c.w - half));
	}
	draw_cancelled_line(s, &a->pane[3], canvas_sub(c, c.h - 1, 0, 1, c.w), a->focus == 3);
}

/* Lines of a row of panes: as high as its first one asks for, else its share of what is left. */
static int row_lines(const struct analytics *a, int first, int across, int room)
{
	int open = 0, taken = 0;

	for (int i = 0; i < a->npanes; i += across) {
		taken += a->pane[i].def->height;
		open += a->pane[i].def->height == 0;
	}
	if (a->pane[first].def->height > 0)
		return a->pane[first].def->height;
	return open > 0 && room - taken > open ? (room - taken) / open : 2;
}

/* In rows of `across`; a low screen shows those around the one that has the focus. */
static void draw_panes(struct screen *s, struct canvas c, int across)
{
	struct analytics *a = screen_state(s);
	int focus = a->focus < a->npanes ? a->focus / across : 0, rows = (a->npanes + across - 1) / across, first = 0, y = 0;
	bool tops = a->npanes > 0 && a->pane[0].def->kind == PANE_TOP;
	int fit = tops ? c.h / TOP_LINES : rows;

	fit = fit < 1 ? 1 : fit;
	first = focus >= fit ? focus - fit + 1 : 0;
	for (int r = first; r < rows && r < first + fit; r++) {
		int h = tops ? (c.h / TOP_LINES >= rows ? TOP_LINES + 1 : TOP_LINES) : row_lines(a, r * across, across, c.h);

		for (int i = 0; i < across && r * across + i < a->npanes; i++) {
			int w = c.w / across;

			draw_pane(s, r * across + i, canvas_sub(c, y, i * w, h, i + 1 < across ? w : c.w - i * w));
		}
		y += h;
	}
}

/* What the whole of a pane's report is, in the currency of the figures. False: not here yet, or of another kind. */
static bool whole(const struct analytics *a, int i, int64_t *n)
{
	const struct report_view *v = &a->pane[i].view;
	const struct answer *sum = v->total.rows ? &v->total : &v->rows;

	for (int row = 0; row < table_rows(sum->rows); row++)
		if (!strcmp(answer_text(sum, row, "currency"), answer_text(&a->figures, 0, "currency"))) {
			*n = answer_number(sum, row, "amount_minor");
			return v->total.rows || table_rows(v->rows.rows) == 1;
		}
	return false;
}

/* Why three sums of one period are three: said, with how far they are apart. */
static void draw_difference(struct screen *s, struct canvas c)
{
	const struct analytics *a = screen_state(s);
	const char *currency = answer_text(&a->figures, 0, "currency");
	bool ascii = app_ascii(screen_app(s));
	struct strbuf text = { 0 };
	int64_t nights, other;

	for (int i = 1; i < 3 && whole(a, 0, &nights); i++) {
		if (!whole(a, i, &other))
			continue;
		strbuf_printf(&text, "%s%s %s", text.len ? "   " : "", i == 1 ? _("paid less sold:") : _("charged less sold:"),
		    other > nights ? "+" : "");
		format_whole(&text, other - nights, currency);
		strbuf_puts(&text, " (");
		format_change(&text, other, nights, ascii);
		strbuf_putc(&text, ')');
	}
	draw_text(c, 0, 1, -1, TOK_TITLE, strbuf_str(&text));
	draw_text(c, 1, 1, -1, TOK_DIM, _("rent, services and deposits are paid and charged, but are no nights"));
	strbuf_free(&text);
}

void analytics_draw(struct screen *s, struct canvas c)
{
	struct analytics *a = screen_state(s);
	bool changes = c.h >= TALL || a->page > 0, wide = c.w >= WIDE;
	int head = figure_lines(a, changes);

	if (!a->started) {
		answer_draw_loading(s, c);
		return;
	}
	draw_pages(a, c);
	c = canvas_sub(c, 1, 0, c.h - 1, c.w);
	draw_figures(s, canvas_sub(c, 0, 0, head, c.w), changes);
	if (screen_trouble(s) || a->figures.err.kind == ERR_DENIED) /* said once; the rest would only repeat it */
		return;
	c = canvas_sub(c, head, 0, c.h - head, c.w);
	if (a->page == 0 && wide)
		draw_first_wide(s, c);
	else if (a->page == 0)
		draw_first_narrow(s, c);
	else if (stats_page(a->page)->turns == STATS_GROUPS) {
		draw_difference(s, canvas_sub(c, 0, 0, 2, c.w));
		draw_panes(s, canvas_sub(c, 3, 0, c.h - 3, c.w), stats_page(a->page)->across);
	} else
		draw_panes(s, c, wide ? stats_page(a->page)->across : stats_page(a->page)->across_narrow);
}

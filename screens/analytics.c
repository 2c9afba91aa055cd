/*
 * Analytics of a month: the figures, the occupancy heat map that they are the
 * sum of, who brought the money, and what was cancelled. The figures, the top
 * lists and the map speak of the same nights (domain.md A0).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/drill.h"
#include "screens/format.h"
#include "screens/grid.h"
#include "screens/parts.h"

#define WIDE 130       /* from here on the lists stand beside the map */
#define SIDE_WIDTH 46

enum pane { PANE_MAP, PANE_UNITS, PANE_CLIENTS, PANE_COUNT };

static const struct { const char *by, *units, *clients; } MEASURES[] = {
	{ "revenue", N_("Top 5 units by revenue"), N_("Top 5 clients by revenue") },
	{ "nights", N_("Top 5 units by nights"), N_("Top 5 clients by nights") },
	{ "stays", N_("Top 5 units by stays"), N_("Top 5 clients by stays") },
};

struct analytics {
	struct round round;
	struct answer figures, units, clients, cancelled, initiators;
	struct grid grid;
	bool started, buildings;
	day_t from, to;
	size_t measure;
	enum pane pane;
	int cursor[PANE_COUNT];
	struct table *stays;        /* of the selected cell; NULL until they came */
	char stays_of[64];          /* which cell they belong to */
};

/* ---- asking ---- */

static void ask(struct screen *s)
{
	struct analytics *a = screen_state(s);
	char from[16], to[16];

	day_format(a->from, from);
	day_format(a->to, to);
	struct param args[5] = { { "from", from }, { "to", to } };
	answer_report(&a->figures, &a->round, "occupancy", args, 2);
	args[2] = (struct param){ "cohort", "created" };
	args[3] = (struct param){ "group", "none" };
	answer_report(&a->cancelled, &a->round, "cancellations", args, 4);
	args[3].value = "initiator";
	answer_report(&a->initiators, &a->round, "cancellations", args, 4);
	args[2] = (struct param){ "of", "unit" };
	args[3] = (struct param){ "by", MEASURES[a->measure].by };
	args[4] = (struct param){ "limit", "5" };
	answer_report(&a->units, &a->round, "top", args, 5);
	args[2].value = "client";
	answer_report(&a->clients, &a->round, "top", args, 5);
}

static void set_month(struct screen *s, day_t day)
{
	struct analytics *a = screen_state(s);

	a->from = day_month_start(day);
	a->to = day_add_months(a->from, 1);
	grid_period(&a->grid, a->from);
	round_start(&a->round);
}

/* ---- the stays of the selected cell, once the cursor rests ---- */

static void cell_key(const struct analytics *a, char *key, size_t size)
{
	snprintf(key, size, "%s %d", grid_id(&a->grid), grid_day(&a->grid));
}

static void on_stays(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct analytics *a = screen_state(s);

	table_free(a->stays);
	a->stays = table_ref(r->rows);
	app_redraw(screen_app(s));
}

static void ask_stays(struct screen *s)
{
	struct analytics *a = screen_state(s);
	struct grid_cell cell = grid_cell(&a->grid);
	struct strbuf filter = { 0 };
	struct query q;
	struct err e;
	char key[64];

	cell_key(a, key, sizeof(key));
	if (!cell.sold || (a->stays && !strcmp(key, a->stays_of)))
		return;
	snprintf(a->stays_of, sizeof(a->stays_of), "%s", key);
	table_free(a->stays);
	a->stays = NULL;
	screen_cancel(s, SLOT_CELL);
	grid_filter(&a->grid, &filter);
	query_init(&q, catalogue_resource("reservation"));
	q.limit = 3;
	if (query_filter(&q, strbuf_str(&filter), screen_today(s), NULL, &e))
		client_list(screen_session(s), &q, screen_owner(s, SLOT_CELL), on_stays, s);
	query_free(&q);
	strbuf_free(&filter);
}

static void moved(struct screen *s)
{
	struct analytics *a = screen_state(s);
	char key[64];

	cell_key(a, key, sizeof(key));
	if (grid_cell(&a->grid).sold && strcmp(key, a->stays_of))
		screen_later(s, ask_stays);
}

static void say_stay(const struct table *t, int row, struct strbuf *out)
{
	const char *external = table_get(t, row, "external_id");

	strbuf_printf(out, external[0] ? " %s %s" : " #%s %s", external[0] ? external : table_get(t, row, "no"),
	    table_get(t, row, "party_label"));
}

static void analytics_describe(struct screen *s, struct strbuf *out)
{
	struct analytics *a = screen_state(s);
	struct grid_cell cell = grid_cell(&a->grid);
	char key[64];

	if (!a->started || !grid_id(&a->grid)[0] || a->grid.err.kind)
		return;
	grid_short(&a->grid, out);
	strbuf_puts(out, ", ");
	format_day(out, grid_day(&a->grid));
	strbuf_puts(out, ": ");
	if (!cell.known)
		strbuf_puts(out, _("loading…"));
	else if (cell.available == 0)
		strbuf_puts(out, _("nothing available"));
	else if (cell.available > 1)
		strbuf_printf(out, _("%d of %d sold"), cell.sold, cell.available);
	else
		strbuf_puts(out, cell.sold ? _("sold") : _("free"));
	cell_key(a, key, sizeof(key));
	if (cell.sold && a->stays && !strcmp(key, a->stays_of))
		for (int i = 0; i < table_rows(a->stays); i++) {
			strbuf_puts(out, ",");
			say_stay(a->stays, i, out);
		}
}

/* ---- drawing ---- */

static const struct { const char *label, *column; enum field_type type; int width; } FIGURES[] = {
	{ N_("Sold"), "sold_nights", FT_INT, 9 },
	{ N_("Available"), "available_nights", FT_INT, 12 },
	{ N_("Occupancy"), "occupancy_bp", FT_BP, 11 },
	{ N_("ADR"), "adr_minor", FT_MONEY, 13 },
	{ N_("RevPAR"), "revpar_minor", FT_MONEY, 13 },
	{ N_("Revenue"), "revenue_minor", FT_MONEY, 17 },
};

static int figure_lines(const struct analytics *a)
{
	int rows = table_rows(a->figures.rows);

	return 1 + (rows < 1 ? 1 : rows > 3 ? 3 : rows);
}

/* One line a currency: money of different kinds is never added up. */
static void draw_figures(struct screen *s, struct canvas c)
{
	const struct analytics *a = screen_state(s);
	struct strbuf text = { 0 };

	if (answer_draw_missing(s, &a->figures, c))
		return;
	for (int row = 0; row < table_rows(a->figures.rows) && row + 1 < c.h; row++) {
		const char *currency = answer_text(&a->figures, row, "currency");
		int x = 0;

		for (size_t i = 0; i < ARRAY_LEN(FIGURES); i++) {
			int64_t n = answer_number(&a->figures, row, FIGURES[i].column);

			strbuf_clear(&text);
			if (FIGURES[i].type == FT_INT)
				format_int(&text, n);
			else if (FIGURES[i].type == FT_BP)
				format_bp(&text, n);
			else
				format_money(&text, n, currency);
			draw_fit(c, 0, x, FIGURES[i].width, TEXT_RIGHT, TOK_COLUMN, _(FIGURES[i].label));
			draw_fit(c, row + 1, x, FIGURES[i].width, TEXT_RIGHT, TOK_TITLE, strbuf_str(&text));
			x += FIGURES[i].width;
		}
		draw_text(c, row + 1, x + 1, -1, TOK_DIM, currency);
	}
	strbuf_free(&text);
}

/* In the catalogue's words for whoever cancels; the database's own where it knows more. */
static const char *who_text(const struct answer *a, int row)
{
	const struct field *f = resource_field(catalogue_resource("reservation"), "cancelled_by");
	const char *key = answer_text(a, row, "key"), *name = answer_text(a, row, "name");

	for (const struct choice *c = f ? f->choices : NULL; c && c->value; c++)
		if (!strcmp(c->value, key))
			return _(c->label);
	return !key[0] ? _("not stated") : name;
}

static void cancelled_text(const struct analytics *a, struct strbuf *out)
{
	int64_t total = answer_number(&a->cancelled, 0, "total");
	int64_t cancelled = answer_number(&a->cancelled, 0, "cancelled");

	strbuf_printf(out, _("Cancelled: %lld of %lld booked"), (long long)cancelled, (long long)total);
	strbuf_puts(out, " (");
	format_bp(out, answer_number(&a->cancelled, 0, "share_bp"));
	strbuf_puts(out, ")");
	for (int row = 0; row < table_rows(a->initiators.rows); row++) {
		int64_t n = answer_number(&a->initiators, row, "cancelled");

		if (n > 0)
			strbuf_printf(out, "%s %s %lld", row ? "," : ":", who_text(&a->initiators, row),
			    (long long)n);
	}
}

static void draw_cancelled(struct screen *s, struct canvas c)
{
	const struct analytics *a = screen_state(s);
	struct strbuf text = { 0 };

	if (answer_draw_missing(s, &a->cancelled, c))
		return;
	cancelled_text(a, &text);
	draw_text(c, 0, 1, -1, TOK_TEXT, strbuf_str(&text));
	strbuf_free(&text);
}

static void draw_map(struct screen *s, struct canvas c)
{
	struct analytics *a = screen_state(s);
	char title[120];

	snprintf(title, sizeof(title), "%s", a->buildings ? _("Occupancy, buildings by days") :
	    _("Occupancy, units by days"));
	grid_draw(&a->grid, part_section(s, c, title, a->pane == PANE_MAP), a->pane == PANE_MAP);
}

static void draw_top(struct screen *s, struct canvas c, enum pane pane)
{
	struct analytics *a = screen_state(s);
	const char *title = pane == PANE_UNITS ? MEASURES[a->measure].units : MEASURES[a->measure].clients;

	c = part_section(s, c, _(title), a->pane == pane);
	part_top(s, c, pane == PANE_UNITS ? &a->units : &a->clients,
	    a->pane == pane ? a->cursor[pane] : -1);
}

/* Who cancelled, a line each; on a wide screen only, a narrow one has them on its one line. */
static void draw_initiators(struct screen *s, struct canvas c)
{
	struct analytics *a = screen_state(s);
	struct strbuf text = { 0 };

	c = part_section(s, c, _("Cancelled, of what was booked"), false);
	if (!answer_draw_missing(s, &a->cancelled, c)) {
		strbuf_printf(&text, _("%lld of %lld"), (long long)answer_number(&a->cancelled, 0, "cancelled"),
		    (long long)answer_number(&a->cancelled, 0, "total"));
		draw_fit(c, 0, 2, c.w - 11, TEXT_LEFT, TOK_TEXT, strbuf_str(&text));
		strbuf_clear(&text);
		format_bp(&text, answer_number(&a->cancelled, 0, "share_bp"));
		draw_fit(c, 0, c.w - 9, 8, TEXT_RIGHT, TOK_TITLE, strbuf_str(&text));
		for (int row = 0; row < table_rows(a->initiators.rows) && row + 1 < c.h; row++) {
			if (!answer_number(&a->initiators, row, "cancelled"))
				continue;
			draw_fit(c, row + 1, 2, c.w - 18, TEXT_LEFT, TOK_DIM, who_text(&a->initiators, row));
			draw_fit(c, row + 1, c.w - 16, 6, TEXT_RIGHT, TOK_TEXT,
			    answer_text(&a->initiators, row, "cancelled"));
			strbuf_clear(&text);
			format_bp(&text, answer_number(&a->initiators, row, "share_bp"));
			draw_fit(c, row + 1, c.w - 9, 8, TEXT_RIGHT, TOK_DIM, strbuf_str(&text));
		}
	}
	strbuf_free(&text);
}

static void draw_wide(struct screen *s, struct canvas c)
{
	int left = c.w - SIDE_WIDTH, h = c.h < 16 ? c.h / 2 : 8;

	draw_map(s, canvas_sub(c, 0, 0, c.h, left));
	draw_top(s, canvas_sub(c, 0, left, h, SIDE_WIDTH), PANE_UNITS);
	draw_top(s, canvas_sub(c, h, left, h, SIDE_WIDTH), PANE_CLIENTS);
	draw_initiators(s, canvas_sub(c, 2 * h, left, c.h - 2 * h, SIDE_WIDTH));
}

static void draw_narrow(struct screen *s, struct canvas c)
{
	int tops = c.h >= 12 ? 7 : 0, map = c.h - tops - 1, half = c.w / 2; /* a very low terminal keeps the map */

	draw_map(s, canvas_sub(c, 0, 0, map, c.w));
	if (tops) {
		draw_top(s, canvas_sub(c, map, 0, tops, half), PANE_UNITS);
		draw_top(s, canvas_sub(c, map, half, tops, c.w - half), PANE_CLIENTS);
	}
	draw_cancelled(s, canvas_sub(c, c.h - 1, 0, 1, c.w));
}

static void analytics_draw(struct screen *s, struct canvas c)
{
	struct analytics *a = screen_state(s);
	int head = figure_lines(a);
	struct canvas body = canvas_sub(c, head, 0, c.h - head, c.w);

	draw_figures(s, canvas_sub(c, 0, 0, head, c.w));
	if (screen_trouble(s) || a->figures.err.kind == ERR_DENIED) /* said once; the rest would only repeat it */
		return;
	if (c.w >= WIDE)
		draw_wide(s, body);
	else
		draw_narrow(s, body);
}

static void analytics_summary(struct screen *s, struct strbuf *out)
{
	struct analytics *a = screen_state(s);

	if (a->started)
		format_month(out, a->from);
}

/* ---- keys ---- */

static enum result month(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	if (!a->started)
		return R_HANDLED;
	set_month(s, arg ? day_add_months(a->from, arg) : screen_today(s));
	if (!arg)
		a->grid.heat.col = day_to_ymd(screen_today(s)).d - 1;
	moved(s);
	return R_REDRAW;
}

static void date_done(struct screen *s, const char *text)
{
	struct analytics *a = screen_state(s);
	day_t day = text ? day_parse_human(text, screen_today(s)) : DAY_NONE;
	struct err e;

	if (!text || !text[0])
		return;
	if (day == DAY_NONE) {
		err_set(&e, ERR_INVALID, "E-DATE", NULL, _("Type 2026-06-16, 1606, tod, +1m"),
		    _("%s is not a date"), text);
		app_error(screen_app(s), &e);
		return;
	}
	set_month(s, day);
	a->grid.heat.col = day_to_ymd(day).d - 1;
	moved(s);
}

static enum result ask_date(struct screen *s, int arg)
{
	(void)arg;
	app_prompt(screen_app(s), s, _("date:"), "", NULL, date_done);
	return R_REDRAW;
}

static enum result next_measure(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	(void)arg;
	a->measure = (a->measure + 1) % ARRAY_LEN(MEASURES);
	round_start(&a->round);
	return R_REDRAW;
}

static enum result toggle_buildings(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	(void)arg;
	a->buildings = !a->buildings;
	grid_rows(&a->grid, a->buildings ? "building" : "unit");
	return R_REDRAW;
}

static enum result toggle_digits(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	(void)arg;
	a->grid.heat.digits = !a->grid.heat.digits;
	return R_REDRAW;
}

static enum result next_pane(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	a->pane = (enum pane)((a->pane + PANE_COUNT + arg) % PANE_COUNT);
	return R_REDRAW;
}

static const struct answer *top_of(const struct analytics *a)
{
	return a->pane == PANE_UNITS ? &a->units : &a->clients;
}

static enum result move(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);
	int step = arg == HEAT_DOWN ? 1 : arg == HEAT_UP ? -1 : 0;
	int to = a->cursor[a->pane] + step;

	if (a->pane == PANE_MAP)
		return grid_move(&a->grid, arg);
	if (to >= 0 && to < table_rows(top_of(a)->rows))
		a->cursor[a->pane] = to;
	return R_REDRAW;
}

static void open_cell(struct screen *s)
{
	struct analytics *a = screen_state(s);
	struct strbuf title = { 0 }, filter = { 0 };

	if (grid_id(&a->grid)[0]) {
		grid_filter(&a->grid, &filter);
		grid_title(&a->grid, &title);
		strbuf_puts(&title, ", ");
		format_date(&title, grid_day(&a->grid));
		drill_open(s, "reservation", strbuf_str(&filter), strbuf_str(&title));
	}
	strbuf_free(&title);
	strbuf_free(&filter);
}

static void open_top(struct screen *s)
{
	struct analytics *a = screen_state(s);
	const struct answer *top = top_of(a);
	int row = a->cursor[a->pane];

	drill_row(s, top->report, top->rows, row, answer_text(top, row, "name"));
}

static enum result enter(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	(void)arg;
	if (a->pane == PANE_MAP)
		open_cell(s);
	else
		open_top(s);
	return R_REDRAW;
}

/* ---- the screen ---- */

static void start(struct screen *s)
{
	struct analytics *a = screen_state(s);

	if (a->started || !screen_ready(s))
		return;
	a->started = true;
	grid_rows(&a->grid, "unit");
	a->grid.heat.col = day_to_ymd(screen_today(s)).d - 1;
	set_month(s, screen_today(s));
}

static void again(struct screen *s)
{
	struct analytics *a = screen_state(s);

	round_start(&a->round);
}

static bool analytics_open(struct screen *s, const void *arg)
{
	struct analytics *a = screen_state(s);

	(void)arg;
	a->round = (struct round){ .screen = s, .ask = ask, .again_fn = again };
	grid_open(&a->grid, s, moved);
	start(s);
	return true;
}

static void analytics_close(struct screen *s)
{
	struct analytics *a = screen_state(s);
	struct answer *all[] = { &a->figures, &a->units, &a->clients, &a->cancelled, &a->initiators };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		answer_free(all[i]);
	table_free(a->stays);
	grid_close(&a->grid);
}

static void analytics_event(struct screen *s, enum screen_event ev)
{
	struct analytics *a = screen_state(s);

	if (ev == EV_STATE)
		start(s);
	if (ev != EV_DATA || !a->started)
		return;
	a->stays_of[0] = '\0';
	round_change(&a->round);
	grid_refresh(&a->grid);
}

/* Month and day, measure, units or buildings, digits, pane. */
static void analytics_keep(struct screen *s, struct strbuf *out)
{
	struct analytics *a = screen_state(s);
	char from[16];

	if (!a->started)
		return;
	day_format(a->from, from);
	strbuf_printf(out, "%s %d %d %c%c %d", from, a->grid.heat.col, (int)a->measure, a->buildings ? 'b' : 'u',
	    a->grid.heat.digits ? 'n' : '-', (int)a->pane);
}

static void analytics_restore(struct screen *s, const char *kept)
{
	struct analytics *a = screen_state(s);
	char from[16], rows, digits;
	int col, measure, pane;

	if (!a->started || sscanf(kept, "%15s %d %d %c%c %d", from, &col, &measure, &rows, &digits, &pane) != 6 ||
	    day_parse(from) == DAY_NONE || measure < 0 || measure >= (int)ARRAY_LEN(MEASURES) || pane < 0 ||
	    pane >= PANE_COUNT || col < 0 || col > 30)
		return;
	a->measure = (size_t)measure;
	a->pane = (enum pane)pane;
	a->grid.heat.digits = digits == 'n';
	if (a->buildings != (rows == 'b'))
		toggle_buildings(s, 0);
	set_month(s, day_parse(from));
	a->grid.heat.col = col;
	moved(s);
}

static bool analytics_busy(const struct screen *s)
{
	const struct analytics *a = screen_state((struct screen *)s);

	return (!a->started || grid_busy(&a->grid)) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter", "list", N_("list"), enter, 0, B_FOOTER, NULL },
	{ "<", "month-back", N_("month back"), month, -1, B_FOOTER, NULL },
	{ ">", "month-forward", N_("month forward"), month, 1, B_FOOTER, NULL },
	{ "t", "today", N_("today"), month, 0, B_FOOTER, NULL },
	{ "d", "date", N_("date"), ask_date, 0, B_FOOTER, NULL },
	{ "m", "measure", N_("measure"), next_measure, 0, B_FOOTER, NULL },
	{ "Tab", "pane-next", N_("next pane"), next_pane, 1, B_FOOTER, NULL },
	{ "BackTab", "pane-previous", N_("previous pane"), next_pane, -1, B_HIDDEN, NULL },
	{ "b", "buildings", N_("units or buildings"), toggle_buildings, 0, B_FOOTER, NULL },
	{ "n", "digits", N_("digits"), toggle_digits, 0, B_FOOTER, NULL },
	HEAT_KEYS(move),
	{ 0 },
};

const struct screen_class analytics_class = {
	.name = "analytics", .title = N_("Analytics"), .tab = N_("Stats"), .digit = '7', .go = 's',
	.state_size = sizeof(struct analytics), .keys = KEYS, .open = analytics_open, .close = analytics_close,
	.draw = analytics_draw, .event = analytics_event, .describe = analytics_describe,
	.summary = analytics_summary,
	.busy = analytics_busy, .keep = analytics_keep, .restore = analytics_restore,
};

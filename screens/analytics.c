/*
 * Analytics of a period that all panes share: the figures and what they were
 * before, the heat maps, money three ways, cancellations, comparison, forecast
 * and the five largest of everything. All speak of the same nights (domain.md
 * A0), and every number opens the rows that it counted.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/analytics.h"
#include "screens/drill.h"
#include "screens/format.h"

/* ---- asking ---- */

static void ask(struct screen *s)
{
	struct analytics *a = screen_state(s);
	struct period before = period_step(&a->period, -1);
	char days[4][16];

	day_format(a->period.from, days[0]);
	day_format(a->period.to, days[1]);
	day_format(before.from, days[2]);
	day_format(before.to, days[3]);
	answer_report(&a->figures, &a->round, "occupancy", (struct param[]){ { "from", days[0] }, { "to", days[1] } }, 2);
	for (int i = 0; i < a->npanes; i++)
		pane_ask(&a->pane[i], &a->round);
	answer_report(&a->before, &a->round, "occupancy", (struct param[]){ { "from", days[2] }, { "to", days[3] } }, 2);
}

static struct stats_choice chosen(const struct analytics *a)
{
	return (struct stats_choice){
		.by = stats_measure(a->measure)->by, .group = stats_group(a->group), .of = stats_of(a->of),
		.cohort = stats_cohort(a->cohort),
	};
}

/* The page's panes anew: another page, period or choice. */
static void show_page(struct screen *s)
{
	struct analytics *a = screen_state(s);
	const struct stats_page *page = stats_page(a->page);
	const struct stats_choice choice = chosen(a);
	bool all = session_company(screen_session(s)) == 0;

	for (int i = 0; i < a->npanes; i++)
		pane_close(&a->pane[i]);
	a->npanes = 0;
	for (const struct pane_def *def = page->panes; def->title; def++)
		if ((!def->platform || all) && (!def->company || !all) && a->npanes < STATS_PANES)
			pane_open(&a->pane[a->npanes++], s, def, &a->period, &choice);
	if (a->focus > a->npanes)
		a->focus = 0;
	round_start(&a->round);
}

static void set_period(struct screen *s, struct period p)
{
	struct analytics *a = screen_state(s);

	a->period = p;
	answer_free(&a->figures);
	answer_free(&a->before);
	grid_period(&a->grid, p.from, p.to);
	show_page(s);
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

static void describe_cell(struct analytics *a, struct strbuf *out)
{
	struct grid_cell cell = grid_cell(&a->grid);
	char key[64];

	if (!grid_id(&a->grid)[0] || a->grid.err.kind)
		return;
	grid_short(&a->grid, out);
	strbuf_puts(out, ", ");
	grid_when(&a->grid, out);
	strbuf_puts(out, ": ");
	if (!cell.known)
		strbuf_puts(out, _("loading…"));
	else if (cell.available == 0)
		strbuf_puts(out, grid_let(&a->grid) ? _("let for long") : _("nothing available"));
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

static void analytics_describe(struct screen *s, struct strbuf *out)
{
	struct analytics *a = screen_state(s);

	if (!a->started)
		return;
	if (a->focus == a->npanes)
		strbuf_puts(out, _("the figures of the period; Enter opens the stays that they count"));
	else if (a->pane[a->focus].def->kind == PANE_GRID)
		describe_cell(a, out);
	else
		pane_describe(&a->pane[a->focus], out);
}

static void analytics_summary(struct screen *s, struct strbuf *out)
{
	struct analytics *a = screen_state(s);

	if (a->started)
		period_words(&a->period, out);
}

/* ---- keys ---- */

static enum result step(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	if (!a->started)
		return R_HANDLED;
	set_period(s, arg ? period_step(&a->period, arg) : period_of(PERIOD_MONTH, screen_today(s)));
	if (!arg)
		grid_go(&a->grid, screen_today(s));
	moved(s);
	return R_REDRAW;
}

static void date_done(struct screen *s, const char *text)
{
	struct analytics *a = screen_state(s);
	struct period p;
	struct err e;

	if (!text || !text[0])
		return;
	if (!period_parse(text, screen_today(s), &p, &e)) {
		app_error(screen_app(s), &e);
		return;
	}
	set_period(s, p);
	grid_go(&a->grid, day_parse_human(text, screen_today(s)));
	moved(s);
}

static enum result ask_date(struct screen *s, int arg)
{
	(void)arg;
	app_prompt(screen_app(s), s, _("period:"), "", NULL, date_done);
	return R_REDRAW;
}

static void period_chosen(struct screen *s, int kind, void *arg)
{
	(void)arg;
	if (kind == PERIOD_OTHER) {
		ask_date(s, 0);
	} else if (kind >= 0) {
		set_period(s, period_of((enum period_kind)kind, screen_today(s)));
		moved(s);
	}
}

static enum result ask_period(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	(void)arg;
	if (a->started)
		period_menu(s, &a->period, period_chosen);
	return R_REDRAW;
}

/* What the page can be counted by. */
static enum result turn(struct screen *s, int measure)
{
	struct analytics *a = screen_state(s);
	const struct stats_page *page = stats_page(a->page);

	if (!a->started)
		return R_HANDLED;
	if (!measure && page->turns == STATS_ROWS) {
		a->buildings = !a->buildings;
		grid_rows(&a->grid, a->buildings ? "building" : "unit");
		return R_REDRAW;
	}
	if (measure && page->measures)
		a->measure = stats_next(STATS_MEASURES, a->measure);
	else if (!measure && page->turns == STATS_GROUPS)
		a->group = stats_next(STATS_GROUPS, a->group);
	else if (!measure && page->turns == STATS_OF)
		a->of = stats_next(STATS_OF, a->of);
	else if (!measure && page->turns == STATS_COHORTS)
		a->cohort = stats_next(STATS_COHORTS, a->cohort);
	else
		app_message(screen_app(s), TOK_DIM, measure ? _("this page has one measure") : _("this page has one grouping"));
	show_page(s);
	return R_REDRAW;
}

static enum result toggle_digits(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	(void)arg;
	a->grid.heat.digits = !a->grid.heat.digits;
	for (int i = 0; i < a->npanes; i++)
		a->pane[i].heat.digits = a->grid.heat.digits;
	return R_REDRAW;
}

static enum result go_page(struct screen *s, int page)
{
	struct analytics *a = screen_state(s);

	if (!a->started || page >= STATS_PAGES)
		return R_HANDLED;
	a->page = page;
	a->focus = 0;
	show_page(s);
	toggle_digits(s, 0);
	return toggle_digits(s, 0);
}

/* Through the panes and the figures, and on to the next page. */
static enum result next_pane(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	a->focus = (a->focus + a->npanes + 1 + arg) % (a->npanes + 1);
	return R_REDRAW;
}

static enum result move(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	if (!a->started)
		return R_HANDLED;
	if (a->focus == a->npanes) {
		a->figure += arg == HEAT_RIGHT ? 1 : arg == HEAT_LEFT ? -1 : 0;
		a->figure = a->figure < 0 ? 0 : a->figure >= STATS_FIGURES ? STATS_FIGURES - 1 : a->figure;
		return R_REDRAW;
	}
	if (a->pane[a->focus].def->kind == PANE_GRID)
		return grid_move(&a->grid, arg);
	return pane_move(&a->pane[a->focus], arg);
}

static bool open_cell(struct screen *s)
{
	struct analytics *a = screen_state(s);
	struct strbuf title = { 0 }, filter = { 0 };
	bool opened = false;

	if (grid_id(&a->grid)[0]) {
		grid_filter(&a->grid, &filter);
		grid_title(&a->grid, &title);
		strbuf_puts(&title, ", ");
		grid_when(&a->grid, &title);
		opened = drill_open(s, "reservation", strbuf_str(&filter), strbuf_str(&title));
	}
	strbuf_free(&title);
	strbuf_free(&filter);
	return opened;
}

static enum result enter(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);
	bool opened;

	(void)arg;
	if (!a->started)
		return R_HANDLED;
	if (a->focus == a->npanes)
		opened = drill_row(s, a->figures.report, a->figures.rows, 0, _(stats_figure(a->figure)->label));
	else if (a->pane[a->focus].def->kind == PANE_GRID)
		opened = open_cell(s);
	else
		opened = pane_enter(&a->pane[a->focus]);
	if (!opened)
		app_message(screen_app(s), TOK_DIM, _("this line stands for no list of its own"));
	return R_REDRAW;
}

/* The row that others are held against. */
static enum result mark(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);
	struct pane *p = a->focus < a->npanes ? &a->pane[a->focus] : NULL;
	int row;

	(void)arg;
	if (stats_page(a->page)->turns != STATS_OF || !p || !report_rows_at(&p->view, &row))
		return R_NONE;
	p->marked = p->marked == row ? -1 : row;
	p->view.marked = p->marked;
	return R_REDRAW;
}

static enum result as_report(struct screen *s, int arg)
{
	struct analytics *a = screen_state(s);

	(void)arg;
	if (a->started && a->focus < a->npanes)
		pane_as_report(&a->pane[a->focus]);
	return R_REDRAW;
}

static enum result tables(struct screen *s, int arg)
{
	(void)arg;
	app_push(screen_app(s), &reports_class, NULL);
	return R_REDRAW;
}

/* Whose history H shows: the unit of the map, or what a line of a list of five is about. */
static const char *analytics_subject(struct screen *s, const char **id)
{
	struct analytics *a = screen_state(s);

	if (!a->started || a->focus == a->npanes)
		return NULL;
	if (a->pane[a->focus].def->kind != PANE_GRID)
		return pane_subject(&a->pane[a->focus], id);
	*id = grid_id(&a->grid);
	return (*id)[0] ? a->grid.res->name : NULL;
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
	set_period(s, period_of(PERIOD_MONTH, screen_today(s)));
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

	for (int i = 0; i < a->npanes; i++)
		pane_close(&a->pane[i]);
	answer_free(&a->figures);
	answer_free(&a->before);
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

static void analytics_place(struct screen *s, struct strbuf *out)
{
	struct analytics *a = screen_state(s);

	strbuf_puts(out, "analytics");
	if (a->started && a->page > 0)
		strbuf_printf(out, " %s", stats_page(a->page)->name);
	if (a->started && a->period.kind != PERIOD_MONTH) {
		strbuf_putc(out, ' ');
		period_put(&a->period, out);
	}
}

/* "money last_month": a page, a period, or both. */
static bool analytics_take(struct screen *s, const char *words, struct err *e)
{
	struct analytics *a = screen_state(s);
	char *copy = xstrdup(words), *rest = copy;
	struct period p = period_of(PERIOD_MONTH, screen_today(s));
	bool ok = true;
	int page = 0;

	for (char *w = strsep(&rest, " "); w && ok; w = strsep(&rest, " ")) {
		int i = 0;

		while (i < STATS_PAGES && strcmp(stats_page(i)->name, w) != 0)
			i++;
		if (i < STATS_PAGES)
			page = i;
		else if (*w)
			ok = period_parse(w, screen_today(s), &p, e);
	}
	free(copy);
	if (!ok || !a->started)
		return ok;
	a->page = page;
	a->focus = 0;
	set_period(s, p);
	return true;
}

/* The cell's day, measure, units or buildings, digits, pane. */
static void analytics_keep(struct screen *s, struct strbuf *out)
{
	struct analytics *a = screen_state(s);
	char day[16];

	if (!a->started)
		return;
	day_format(grid_day(&a->grid), day);
	strbuf_printf(out, "%s %d %d %d %d %c%c %d", day, a->measure, a->group, a->of, a->cohort, a->buildings ? 'b' : 'u',
	    a->grid.heat.digits ? 'n' : '-', a->focus);
}

static void analytics_restore(struct screen *s, const char *kept)
{
	struct analytics *a = screen_state(s);
	char day[16], rows, digits;
	int m, g, of, c, focus;

	if (!a->started || sscanf(kept, "%15s %d %d %d %d %c%c %d", day, &m, &g, &of, &c, &rows, &digits, &focus) != 8 ||
	    day_parse(day) == DAY_NONE || !stats_valid(m, g, of, c) || focus < 0 || focus > STATS_PANES)
		return;
	a->measure = m;
	a->group = g;
	a->of = of;
	a->cohort = c;
	a->focus = focus;
	a->grid.heat.digits = digits == 'n';
	if (a->buildings != (rows == 'b')) {
		a->buildings = rows == 'b';
		grid_rows(&a->grid, a->buildings ? "building" : "unit");
	}
	grid_go(&a->grid, day_parse(day));
	show_page(s);
	moved(s);
}

static bool analytics_busy(const struct screen *s)
{
	const struct analytics *a = screen_state((struct screen *)s);

	return (!a->started || grid_busy(&a->grid)) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter", "list", N_("list"), enter, 0, B_FOOTER, NULL },
	{ "Tab", "pane-next", N_("next pane"), next_pane, 1, B_FOOTER, NULL },
	{ "BackTab", "pane-previous", N_("previous pane"), next_pane, -1, B_HIDDEN, NULL },
	{ "1", "page-1", N_("page 1 to 7"), go_page, 0, B_FOOTER, NULL },
	{ "2", "page-2", N_("the year"), go_page, 1, B_HIDDEN, NULL },
	{ "3", "page-3", N_("money three ways"), go_page, 2, B_HIDDEN, NULL },
	{ "4", "page-4", N_("cancellations"), go_page, 3, B_HIDDEN, NULL },
	{ "5", "page-5", N_("comparison"), go_page, 4, B_HIDDEN, NULL },
	{ "6", "page-6", N_("forecast"), go_page, 5, B_HIDDEN, NULL },
	{ "7", "page-7", N_("top five of everything"), go_page, 6, B_HIDDEN, NULL },
	{ "< C-Left", "period-before", N_("period before"), step, -1, B_FOOTER, NULL },
	{ "> C-Right", "period-after", N_("period after"), step, 1, B_FOOTER, NULL },
	{ "P M-q", "period", N_("period"), ask_period, 0, B_FOOTER, NULL },
	{ "t M-n", "today", N_("today"), step, 0, B_FOOTER, NULL },
	{ "d M-s", "date", N_("date"), ask_date, 0, B_FOOTER, NULL },
	{ "m M-u", "measure", N_("measure"), turn, 1, B_FOOTER, NULL },
	{ "b M-b", "grouping", N_("units or buildings, grouping"), turn, 0, B_FOOTER, NULL },
	{ "Space", "mark", N_("hold the others against it"), mark, 0, 0, NULL },
	{ "n", "digits", N_("digits"), toggle_digits, 0, B_FOOTER, NULL },
	{ "o M-o", "as-report", N_("as a table"), as_report, 0, B_FOOTER, NULL },
	{ "T M-g", "tables", N_("all reports"), tables, 0, B_FOOTER, NULL },
	HEAT_KEYS(move),
	{ 0 },
};

const struct screen_class analytics_class = {
	.name = "analytics", .title = N_("Analytics"), .tab = N_("Stats"), .digit = '7', .go = 's',
	.state_size = sizeof(struct analytics), .keys = KEYS, .open = analytics_open, .close = analytics_close,
	.draw = analytics_draw, .event = analytics_event, .describe = analytics_describe,
	.summary = analytics_summary, .subject = analytics_subject, .place = analytics_place, .take = analytics_take,
	.busy = analytics_busy, .keep = analytics_keep, .restore = analytics_restore,
};

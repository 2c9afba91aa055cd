/*
 * Home: what needs somebody now, what today holds, how the month goes. Every
 * number opens the rows that it counts.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/drill.h"
#include "screens/home_panels.h"

/* ---- who sees what ---- */

/* A panel is there for whoever has all of its permissions and, where it names one, its scope. */
static const struct rule { enum panel panel; const char *permissions[3], *scope; } RULES[] = {
	{ PANEL_ATTENTION, { "reservation.view" }, NULL },
	{ PANEL_TODAY, { "reservation.view", "calendar.view" }, NULL },
	{ PANEL_FIGURES, { "analytics.own" }, NULL },
	{ PANEL_MONTHS, { "analytics.own", "price.view" }, NULL },
	{ PANEL_COMPANIES, { "reservation.view" }, "platform" },
	{ PANEL_UNITS, { "analytics.own", "price.view" }, NULL },
	{ PANEL_CLIENTS, { "analytics.own", "price.view", "party.view" }, NULL },
	{ PANEL_ARRIVALS, { "reservation.view", "calendar.view" }, NULL },
	{ PANEL_DEPARTURES, { "reservation.view", "calendar.view" }, NULL },
};

static bool may_all(struct screen *s, const struct rule *r)
{
	for (size_t i = 0; i < ARRAY_LEN(r->permissions) && r->permissions[i]; i++)
		if (!screen_may(s, r->permissions[i]))
			return false;
	return !r->scope || !strcmp(session_scope(screen_session(s)), r->scope);
}

static unsigned seen_panels(struct screen *s)
{
	unsigned seen = 0;

	for (size_t i = 0; i < ARRAY_LEN(RULES); i++)
		if (may_all(s, &RULES[i]))
			seen |= 1u << RULES[i].panel;
	return seen;
}

/* ---- asking ---- */

static void period_args(day_t from, day_t to, char text[2][16], struct param args[static 2])
{
	day_format(from, text[0]);
	day_format(to, text[1]);
	args[0] = (struct param){ "from", text[0] };
	args[1] = (struct param){ "to", text[1] };
}

static bool sees(const struct home *h, enum panel p)
{
	return h->seen & 1u << p;
}

/* Each company's own day, as far as they are known. */
static void ask_company_days(struct home *h)
{
	h->ncompanies = table_rows(h->companies.rows);
	for (int i = 0; i < h->ncompanies; i++)
		answer_report(&h->company[i], &h->round, "today",
		    &(struct param){ "company", answer_text(&h->companies, i, "company") }, 1);
}

static void ask_tops(struct home *h, struct param args[static 5])
{
	args[2] = (struct param){ "of", "unit" };
	args[3] = (struct param){ "by", "revenue" };
	args[4] = (struct param){ "limit", "5" };
	if (sees(h, PANEL_UNITS))
		answer_report(&h->top, &h->round, "top", args, 5);
	args[2].value = "client";
	if (sees(h, PANEL_CLIENTS))
		answer_report(&h->clients, &h->round, "top", args, 5);
}

static void ask_figures(struct home *h)
{
	day_t from = day_month_start(h->day), to = h->day + 1;
	char text[2][16];
	struct param args[5];

	period_args(from, to, text, args);
	answer_report(&h->now, &h->round, "occupancy", args, 2);
	ask_tops(h, args);
	period_args(from - (to - from), from, text, args);
	answer_report(&h->before, &h->round, "occupancy", args, 2);
	period_args(day_add_months(from, -11), to, text, args);
	args[2] = (struct param){ "basis", "nights" };
	args[3] = (struct param){ "group", "month" };
	if (sees(h, PANEL_MONTHS))
		answer_report(&h->year, &h->round, "revenue", args, 4);
}

static void ask_people(struct home *h)
{
	char day[16], filter[96];

	day_format(h->day, day);
	snprintf(filter, sizeof(filter), "check_in=%s status=confirmed,checked_in,completed", day);
	answer_list(&h->arrivals, &h->round, "reservation", filter, "check_in", HOME_PEOPLE);
	snprintf(filter, sizeof(filter), "check_out=%s status=checked_in,completed", day);
	answer_list(&h->departures, &h->round, "reservation", filter, "check_in", HOME_PEOPLE);
}

static void ask(struct screen *s)
{
	struct home *h = screen_state(s);

	h->day = screen_today(s);
	h->seen = seen_panels(s);
	if (sees(h, PANEL_ATTENTION))
		answer_report(&h->attention, &h->round, "attention", NULL, 0);
	if (sees(h, PANEL_TODAY))
		answer_report(&h->today, &h->round, "today", NULL, 0);
	if (sees(h, PANEL_FIGURES))
		ask_figures(h);
	if (sees(h, PANEL_COMPANIES))
		answer_list(&h->companies, &h->round, "company", "", "id", HOME_COMPANIES);
	ask_company_days(h);
	if (h->tall && sees(h, PANEL_ARRIVALS))
		ask_people(h);
}

/* What turned out to have a place on the screen, or to be there at all, once the rest was drawn. */
static void ask_rest(struct screen *s)
{
	struct home *h = screen_state(s);

	if (h->named && !h->tall)
		ask_people(h);
	h->tall = h->named;
	if (h->ncompanies != table_rows(h->companies.rows))
		ask_company_days(h);
}

/* ---- panes: those with rows that open ---- */

static const enum panel PANES[] = {
	PANEL_ATTENTION, PANEL_TODAY, PANEL_COMPANIES, PANEL_UNITS, PANEL_ARRIVALS, PANEL_DEPARTURES,
};

static const struct answer *pane_answer(const struct home *h)
{
	switch (h->pane) {
	case PANEL_TODAY: return &h->today;
	case PANEL_COMPANIES: return &h->companies;
	case PANEL_UNITS: return &h->top;
	case PANEL_ARRIVALS: return &h->arrivals;
	case PANEL_DEPARTURES: return &h->departures;
	default: return &h->attention;
	}
}

static void step_pane(struct home *h, int step)
{
	int n = ARRAY_LEN(PANES), at = 0;

	while (at < n - 1 && PANES[at] != h->pane)
		at++;
	for (int i = 0; i < n; i++) {
		at = (at + n + step) % n;
		if (!(h->shown & 1u << PANES[at]))
			continue;
		h->pane = PANES[at];
		return;
	}
}

/* The pane of the cursor may have no place here: then the first that has. */
static void settle_pane(struct home *h)
{
	if (h->back && h->shown & 1u << (h->back - 1)) {
		h->pane = (enum panel)(h->back - 1);
		h->back = 0;
	}
	if (h->shown & 1u << h->pane)
		return;
	h->pane = PANES[ARRAY_LEN(PANES) - 1];
	step_pane(h, 1);
}

/* ---- layout: bands from top to bottom, each of one or two panels ---- */

enum { BANDS = 5, WIDE = 120 };

static const struct { enum panel left, right; } BAND[BANDS] = {
	{ PANEL_ATTENTION, PANEL_TODAY }, { PANEL_FIGURES, PANEL_MONTHS }, { PANEL_COMPANIES, PANEL_COMPANIES },
	{ PANEL_UNITS, PANEL_CLIENTS }, { PANEL_ARRIVALS, PANEL_DEPARTURES },
};

/* Lines that a band needs to say anything, and lines beyond which it has nothing to say. */
static void band_height(struct screen *s, int i, int *least, int *most)
{
	struct home *h = screen_state(s);
	int lines = table_rows(h->attention.rows);

	static const int LEAST[BANDS] = { 7, 3, 4, 7, 6 }, MOST[BANDS] = { 8, 12, 4, 8, HOME_PEOPLE + 1 };

	*least = LEAST[i];
	*most = MOST[i];
	if (i == 0)
		*most = lines > 6 ? lines + 2 : *most;
	else if (i == 1)
		*least = sees(h, PANEL_MONTHS) ? 6 : home_figures(s) + 1;
	else if (i == 2)
		*most = h->ncompanies + 3;
	if (i == 1 && !sees(h, PANEL_MONTHS))
		*most = *least + 1;
}

static bool has_band(const struct home *h, int i)
{
	return sees(h, BAND[i].left) || sees(h, BAND[i].right);
}

/* Each band in turn as much as it needs, while there is room; then what is left over, in the same order. */
static void share_out(struct screen *s, int room, int height[static BANDS])
{
	struct home *h = screen_state(s);
	int least, most;

	for (int i = 0; i < BANDS; i++) {
		band_height(s, i, &least, &most);
		height[i] = has_band(h, i) && least <= room ? least : 0;
		room -= height[i];
	}
	for (int i = 0; i < BANDS && room > 0; i++) {
		band_height(s, i, &least, &most);
		int more = height[i] && most > height[i] ? most - height[i] : 0;

		more = more < room ? more : room;
		height[i] += more;
		room -= more;
	}
}

static void draw_band(struct screen *s, int i, struct canvas c)
{
	struct home *h = screen_state(s);
	bool left = sees(h, BAND[i].left), right = sees(h, BAND[i].right) && BAND[i].left != BAND[i].right;
	int width = left && right ? c.w >= WIDE ? c.w / 2 : c.w * 55 / 100 : left ? c.w : 0;

	if (BAND[i].right == PANEL_CLIENTS && left && c.w < WIDE) {
		right = false;
		width = c.w;
	}
	if (left)
		home_draw_panel(s, BAND[i].left, canvas_sub(c, 0, 0, c.h, width));
	if (right)
		home_draw_panel(s, BAND[i].right, canvas_sub(c, 0, width, c.h, c.w - width));
	h->shown |= (unsigned)left << BAND[i].left | (unsigned)right << BAND[i].right;
}

static void home_draw(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);
	int height[BANDS], y = 0;

	if (screen_trouble(s) || !h->seen) { /* said once */
		answer_draw_loading(s, c);
		return;
	}
	h->shown = 0;
	share_out(s, c.h, height);
	for (int i = 0; i < BANDS; y += height[i++])
		if (height[i])
			draw_band(s, i, canvas_sub(c, y, 0, height[i], c.w));
	h->named = height[BANDS - 1] > 0;
	if (h->named != h->tall || h->ncompanies != table_rows(h->companies.rows))
		screen_later(s, ask_rest);
	settle_pane(h);
}

/* ---- keys ---- */

static enum result move(struct screen *s, int arg)
{
	struct home *h = screen_state(s);
	int rows = table_rows(pane_answer(h)->rows);
	int to = h->cursor[h->pane] + arg;

	if (to >= 0 && to < rows)
		h->cursor[h->pane] = to;
	return R_REDRAW;
}

static enum result next_pane(struct screen *s, int arg)
{
	((struct home *)screen_state(s))->back = 0;
	step_pane(screen_state(s), arg);
	return R_REDRAW;
}

static enum result enter(struct screen *s, int arg)
{
	struct home *h = screen_state(s);
	const struct answer *a = pane_answer(h);
	int row = h->cursor[h->pane];
	char filter[80];

	(void)arg;
	if (row >= table_rows(a->rows))
		return R_HANDLED;
	if (h->pane == PANEL_ARRIVALS || h->pane == PANEL_DEPARTURES) {
		app_push(screen_app(s), &record_class, &(struct record_arg){ .res = catalogue_resource("reservation"),
			.id = answer_text(a, row, "id"), .title = answer_text(a, row, "no") });
	} else if (h->pane == PANEL_COMPANIES) {
		snprintf(filter, sizeof(filter), "company=%s status=hold,confirmed,checked_in", answer_text(a, row, "company"));
		drill_open(s, "reservation", filter, answer_text(a, row, "name"));
	} else {
		drill_row(s, a->report, a->rows, row, home_label(a, row));
	}
	return R_REDRAW;
}

/* ---- the screen ---- */

static void again(struct screen *s)
{
	struct home *h = screen_state(s);

	round_start(&h->round);
}

static bool home_open(struct screen *s, const void *arg)
{
	struct home *h = screen_state(s);

	(void)arg;
	h->round = (struct round){ .screen = s, .ask = ask, .again_fn = again };
	round_start(&h->round);
	return true;
}

static void home_close(struct screen *s)
{
	struct home *h = screen_state(s);
	struct answer *all[] = { &h->attention, &h->today, &h->now, &h->before, &h->year, &h->top, &h->clients,
		&h->arrivals, &h->departures, &h->companies };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		answer_free(all[i]);
	for (size_t i = 0; i < ARRAY_LEN(h->company); i++)
		answer_free(&h->company[i]);
}

static void home_event(struct screen *s, enum screen_event ev)
{
	struct home *h = screen_state(s);

	if (ev == EV_DATA || (ev == EV_STATE && !h->seen && h->round.waiting == 0))
		round_change(&h->round);
}

static void home_describe(struct screen *s, struct strbuf *out)
{
	struct home *h = screen_state(s);
	const struct answer *a = pane_answer(h);
	int row = h->cursor[h->pane];

	if (row >= table_rows(a->rows))
		return;
	if (h->pane == PANEL_ATTENTION)
		strbuf_printf(out, "%s ", answer_text(a, row, "count"));
	if (a->report)
		strbuf_puts(out, home_label(a, row));
	else
		strbuf_printf(out, "%s %s", answer_text(a, row, "no"),
		    answer_text(a, row, h->pane == PANEL_COMPANIES ? "name" : "party_label"));
	if (!answer_text(a, row, "filter")[0])
		return;
	strbuf_printf(out, ": %s", _("Enter lists them"));
	if (h->pane != PANEL_ATTENTION && h->pane != PANEL_TODAY)
		return;
	strbuf_puts(out, "  ");
	home_line(s, a, row, out);
}

static void home_keep(struct screen *s, struct strbuf *out)
{
	struct home *h = screen_state(s);

	strbuf_printf(out, "%d %d", (int)h->pane, h->cursor[h->pane]);
}

static void home_restore(struct screen *s, const char *kept)
{
	struct home *h = screen_state(s);
	int pane, cursor;

	if (sscanf(kept, "%d %d", &pane, &cursor) != 2 || pane < 0 || pane >= PANEL_COUNT || cursor < 0)
		return;
	h->back = pane + 1;
	h->cursor[pane] = cursor;
	app_redraw(screen_app(s));
}

static bool home_busy(const struct screen *s)
{
	const struct home *h = screen_state((struct screen *)s);
	const struct answer *first = sees(h, PANEL_ATTENTION) ? &h->attention : &h->now;

	return !first->rows && !first->err.kind && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "Tab", "pane-next", N_("next pane"), next_pane, 1, B_FOOTER, NULL },
	{ "BackTab", "pane-previous", N_("previous pane"), next_pane, -1, B_HIDDEN, NULL },
	{ "Down j", "down", N_("down"), move, 1, B_HIDDEN, NULL },
	{ "Up k", "up", N_("up"), move, -1, B_HIDDEN, NULL },
	{ 0 },
};

const struct screen_class home_class = {
	.name = "home", .title = N_("Home"), .digit = '1', .go = 'h', .state_size = sizeof(struct home), .keys = KEYS,
	.open = home_open, .close = home_close, .draw = home_draw, .event = home_event, .describe = home_describe,
	.busy = home_busy, .keep = home_keep, .restore = home_restore,
};

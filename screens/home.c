/*
 * Home: what needs somebody now, what today holds, how the month goes. Every
 * number opens the rows that it counts.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/drill.h"
#include "screens/format.h"
#include "screens/parts.h"

enum pane { PANE_ATTENTION, PANE_TODAY, PANE_TOP, PANE_COUNT };

struct home {
	struct round round;
	struct answer attention, today, now, before, year, top, clients, arrivals, departures;
	day_t day;                  /* today, as asked */
	enum pane pane;
	int cursor[PANE_COUNT];
	bool tall;                  /* room for today's arrivals and departures by name */
};

#define NP_(one, many) one, many /* marks a singular and its plural in a table; P_() where they are shown */

/* The lines of report.today and report.attention by key: named here, so that they can be translated. */
static const struct { const char *key, *one, *many; } NAMES[] = {
	{ "arrivals", N_("Arrivals"), NULL },
	{ "departures", N_("Departures"), NULL },
	{ "in_house", N_("In house"), NULL },
	{ "free", N_("Free units"), NULL },
	{ "blocked", N_("Out of order"), NULL },
	{ "holds", N_("Unconfirmed"), NULL },
	{ "late_arrivals", NP_("guest has not arrived", "guests have not arrived") },
	{ "late_departures", NP_("guest is past the check-out day", "guests are past their check-out day") },
	{ "unconfirmed_arrivals", NP_("arrival by tomorrow is not confirmed",
	    "arrivals by tomorrow are not confirmed") },
	{ "holds_lapsed", NP_("hold has run out", "holds have run out") },
	{ "holds_expiring", NP_("hold ends within a day", "holds end within a day") },
};

static const char *label_of(const struct answer *a, int row)
{
	const char *key = answer_text(a, row, "key"), *name = answer_text(a, row, "name");

	for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
		if (!strcmp(NAMES[i].key, key))
			return NAMES[i].many ? P_(NAMES[i].one, NAMES[i].many, answer_number(a, row, "count")) :
			    _(NAMES[i].one);
	return !strcmp(name, "others") ? _("others") : name;
}

/* ---- asking ---- */

static void period_args(day_t from, day_t to, char text[2][16], struct param args[static 2])
{
	day_format(from, text[0]);
	day_format(to, text[1]);
	args[0] = (struct param){ "from", text[0] };
	args[1] = (struct param){ "to", text[1] };
}

static void ask_figures(struct home *h)
{
	day_t from = day_month_start(h->day), to = h->day + 1;
	char text[2][16];
	struct param args[5];

	period_args(from, to, text, args);
	answer_report(&h->now, &h->round, "occupancy", args, 2);
	args[2] = (struct param){ "of", "unit" };
	args[3] = (struct param){ "by", "revenue" };
	args[4] = (struct param){ "limit", "5" };
	answer_report(&h->top, &h->round, "top", args, 5);
	args[2].value = "client";
	answer_report(&h->clients, &h->round, "top", args, 5);
	period_args(from - (to - from), from, text, args);
	answer_report(&h->before, &h->round, "occupancy", args, 2);
	period_args(day_add_months(from, -11), to, text, args);
	args[2] = (struct param){ "basis", "nights" };
	args[3] = (struct param){ "group", "month" };
	answer_report(&h->year, &h->round, "revenue", args, 4);
}

static void ask(struct screen *s)
{
	struct home *h = screen_state(s);
	char day[16], filter[96];

	h->day = screen_today(s);
	answer_report(&h->attention, &h->round, "attention", NULL, 0);
	answer_report(&h->today, &h->round, "today", NULL, 0);
	ask_figures(h);
	if (!h->tall)
		return;
	day_format(h->day, day);
	snprintf(filter, sizeof(filter), "check_in=%s status=confirmed,checked_in,completed", day);
	answer_list(&h->arrivals, &h->round, "reservation", filter, "check_in", 12);
	snprintf(filter, sizeof(filter), "check_out=%s status=checked_in,completed", day);
	answer_list(&h->departures, &h->round, "reservation", filter, "check_in", 12);
}

/* ---- drawing ---- */

static const char *marker(struct screen *s, bool here)
{
	return !here ? " " : app_ascii(screen_app(s)) ? ">" : "▸";
}

static bool here(const struct home *h, enum pane pane, int row)
{
	return h->pane == pane && h->cursor[pane] == row;
}

static void draw_attention(struct screen *s, struct canvas c)
{
	static const char *const SIGN[] = { "  ", " !", "!!" };
	static const enum token STYLE[] = { TOK_TEXT, TOK_WARNING, TOK_ERROR };
	struct home *h = screen_state(s);
	char title[80];
	int rows = table_rows(h->attention.rows);

	snprintf(title, sizeof(title), h->attention.rows ? "%s (%d)" : "%s", _("Attention"), rows);
	c = part_section(s, c, title, h->pane == PANE_ATTENTION);
	if (answer_draw_missing(s, &h->attention, c))
		return;
	if (rows == 0)
		draw_text(c, 0, 4, -1, TOK_GOOD, _("nothing needs anybody now"));
	for (int row = 0; row < rows && row < c.h; row++) {
		int64_t level = answer_number(&h->attention, row, "severity");
		int step = level < 0 ? 0 : level > 2 ? 2 : (int)level;
		struct strbuf count = { 0 };

		format_int(&count, answer_number(&h->attention, row, "count"));
		draw_text(c, row, 0, 1, TOK_ROW_CURSOR, marker(s, here(h, PANE_ATTENTION, row)));
		draw_text(c, row, 1, 2, STYLE[step], SIGN[step]);
		draw_fit(c, row, 4, 5, TEXT_RIGHT, STYLE[step], strbuf_str(&count));
		draw_text(c, row, 10, c.w - 10, TOK_TEXT, label_of(&h->attention, row));
		strbuf_free(&count);
	}
}

static void draw_today(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);
	struct strbuf text = { 0 };
	int bar = c.w >= 44 ? (c.w - 30) / 2 : c.w - 30;

	strbuf_puts(&text, _("Today"));
	if (h->today.rows) {
		strbuf_puts(&text, ", ");
		format_date(&text, session_today(screen_session(s))); /* the database's own, whatever --as-of says */
	}
	c = part_section(s, c, strbuf_str(&text), h->pane == PANE_TODAY);
	if (!answer_draw_missing(s, &h->today, c)) {
		for (int row = 0; row < table_rows(h->today.rows) && row < c.h; row++) {
			int64_t done = answer_number(&h->today, row, "done");
			int64_t total = answer_number(&h->today, row, "total");

			draw_text(c, row, 0, 1, TOK_ROW_CURSOR, marker(s, here(h, PANE_TODAY, row)));
			bool parts = answer_text(&h->today, row, "done")[0] != '\0'; /* some of them are done */
			draw_fit(c, row, 2, 16, TEXT_LEFT, TOK_TEXT, label_of(&h->today, row));
			strbuf_clear(&text);
			if (parts)
				strbuf_printf(&text, _("%lld of %lld"), (long long)done, (long long)total);
			else
				format_int(&text, total);
			draw_fit(c, row, 18, 10, TEXT_RIGHT, TOK_TEXT, strbuf_str(&text));
			if (bar >= 6 && parts)
				draw_hbar(c, row, 29, bar, TOK_BAR, (int)done, total ? (int)total : 1);
		}
	}
	strbuf_free(&text);
}

struct figure { const char *label, *column; enum { RATE, COUNT, MONEY } kind; };
static const struct figure FIGURES[] = {
	{ N_("Occupancy"), "occupancy_bp", RATE },
	{ N_("Sold nights"), "sold_nights", COUNT },
	{ N_("ADR"), "adr_minor", MONEY },
	{ N_("RevPAR"), "revpar_minor", MONEY },
	{ N_("Revenue"), "revenue_minor", MONEY },
};

static void figure_text(const struct figure *f, const struct answer *a, int row, struct strbuf *out)
{
	int64_t n = answer_number(a, row, f->column);

	strbuf_clear(out);
	if (f->kind == RATE)
		format_bp(out, n);
	else if (f->kind == COUNT)
		format_int(out, n);
	else
		format_money(out, n, answer_text(a, row, "currency"));
}

static int row_of_currency(const struct answer *a, const char *currency)
{
	for (int row = 0; row < table_rows(a->rows); row++)
		if (!strcmp(answer_text(a, row, "currency"), currency))
			return row;
	return table_rows(a->rows); /* answers 0 everywhere: base 0 */
}

static void draw_figure(struct screen *s, struct canvas c, int y, const struct figure *f, int now_row, int old_row)
{
	struct home *h = screen_state(s);
	int64_t now = answer_number(&h->now, now_row, f->column);
	int64_t old = answer_number(&h->before, old_row, f->column);
	int64_t base = f->kind == RATE ? answer_number(&h->before, old_row, "available_nights") : old;
	bool ascii = app_ascii(screen_app(s));
	struct strbuf text = { 0 };

	draw_fit(c, y, 1, 13, TEXT_LEFT, TOK_TEXT, _(f->label));
	figure_text(f, &h->now, now_row, &text);
	draw_fit(c, y, 14, 14, TEXT_RIGHT, TOK_TITLE, strbuf_str(&text));
	strbuf_clear(&text);
	if (f->kind == RATE)
		format_points(&text, now, old, base, ascii);
	else
		format_change(&text, now, old, ascii);
	draw_fit(c, y, 28, 9, TEXT_RIGHT, TOK_TEXT, strbuf_str(&text));
	draw_text(c, y, 38, c.w - 38, now < old ? TOK_WARNING : TOK_GOOD, format_verdict(now, old, base));
	if (c.w >= 78) {
		figure_text(f, &h->before, old_row, &text);
		draw_printf(c, y, 50, TOK_DIM, _("before %s"), strbuf_str(&text));
	}
	strbuf_free(&text);
}

static void draw_figures(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);
	struct strbuf title = { 0 };
	const char *currency = part_currency(s, &h->now);
	int days = day_to_ymd(h->day).d;

	if (h->now.rows) {
		strbuf_printf(&title, P_("Key figures, %d day", "Key figures, %d days", days), days);
		strbuf_printf(&title, ", %s", currency);
	} else {
		strbuf_puts(&title, _("Key figures"));
	}
	c = part_section(s, c, strbuf_str(&title), false);
	strbuf_free(&title);
	if (answer_draw_missing(s, &h->now, c))
		return;
	for (int i = 0; i < (int)ARRAY_LEN(FIGURES) && i < c.h; i++)
		draw_figure(s, c, i, &FIGURES[i], row_of_currency(&h->now, currency),
		    row_of_currency(&h->before, currency));
}

static void draw_months(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);
	char title[120];

	snprintf(title, sizeof(title), h->year.rows ? "%s, %s" : "%s", _("Revenue, 12 months"),
	    part_currency(s, &h->year));
	c = part_section(s, c, title, false);
	part_months(s, c, &h->year, h->day);
}

static void draw_tops(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);
	int left = c.w >= 120 ? c.w / 2 : c.w;

	part_top(s, part_section(s, canvas_sub(c, 0, 0, c.h, left), _("Top 5 units by revenue"), h->pane == PANE_TOP),
	    &h->top, h->pane == PANE_TOP ? h->cursor[PANE_TOP] : -1);
	if (left < c.w)
		part_top(s, part_section(s, canvas_sub(c, 0, left, c.h, c.w - left),
		    _("Top 5 clients by revenue"), false), &h->clients, -1);
}

static void draw_people(struct screen *s, struct canvas c, const char *title, const struct answer *a)
{
	struct strbuf status = { 0 };
	const struct field *f = resource_field(catalogue_resource("reservation"), "status");

	c = part_section(s, c, title, false);
	if (answer_draw_missing(s, a, c))
		return;
	if (table_rows(a->rows) == 0)
		draw_text(c, 0, 2, -1, TOK_DIM, _("nobody"));
	for (int row = 0; row < table_rows(a->rows) && row < c.h; row++) {
		strbuf_clear(&status);
		value_show(&status, FT_CHOICE, f->choices, answer_text(a, row, "status"), NULL);
		int half = (c.w - 26) / 2;

		draw_fit(c, row, 2, 7, TEXT_RIGHT, TOK_DIM, answer_text(a, row, "no"));
		draw_fit(c, row, 10, half, TEXT_LEFT, TOK_TEXT, answer_text(a, row, "unit_label"));
		draw_fit(c, row, 11 + half, half, TEXT_LEFT, TOK_TEXT, answer_text(a, row, "party_label"));
		draw_fit(c, row, c.w - 14, 13, TEXT_LEFT, TOK_DIM, strbuf_str(&status));
	}
	strbuf_free(&status);
}

static void home_draw(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);
	int left = c.w >= 120 ? c.w / 2 : c.w * 55 / 100, right = c.w - left;
	int extra = c.h > 20 ? c.h - 20 : 0, lines = table_rows(h->attention.rows);
	int first = 7 + (extra > 0) + (lines > 6 ? lines - 6 < extra / 3 ? lines - 6 : extra / 3 : 0);
	int second = 6 + (extra > 12 ? 6 : extra > 4 ? (extra - 4) / 2 : 0);
	int third = c.h - first - second < 8 ? c.h - first - second : 8;
	bool tall = c.h - first - second - third >= 6;

	if (screen_trouble(s)) { /* said once */
		answer_draw_loading(s, c);
		return;
	}
	draw_attention(s, canvas_sub(c, 0, 0, first, left));
	draw_today(s, canvas_sub(c, 0, left, first, right));
	draw_figures(s, canvas_sub(c, first, 0, second, left));
	draw_months(s, canvas_sub(c, first, left, second, right));
	draw_tops(s, canvas_sub(c, first + second, 0, third, c.w));
	if (tall && !h->tall) {
		h->tall = true;
		round_change(&h->round);
	}
	if (tall) {
		int y = first + second + third;

		draw_people(s, canvas_sub(c, y, 0, c.h - y, left), _("Arriving today"), &h->arrivals);
		draw_people(s, canvas_sub(c, y, left, c.h - y, right), _("Leaving today"), &h->departures);
	}
}

/* ---- keys ---- */

static struct answer *pane_answer(struct home *h)
{
	return h->pane == PANE_ATTENTION ? &h->attention : h->pane == PANE_TODAY ? &h->today : &h->top;
}

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
	struct home *h = screen_state(s);

	h->pane = (enum pane)((h->pane + PANE_COUNT + arg) % PANE_COUNT);
	return R_REDRAW;
}

static enum result enter(struct screen *s, int arg)
{
	struct home *h = screen_state(s);
	const struct answer *a = pane_answer(h);
	int row = h->cursor[h->pane];

	(void)arg;
	if (row >= table_rows(a->rows))
		return R_HANDLED;
	drill_row(s, a->report, a->rows, row, label_of(a, row));
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
		&h->arrivals, &h->departures };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		answer_free(all[i]);
}

static void home_event(struct screen *s, enum screen_event ev)
{
	struct home *h = screen_state(s);

	if (ev == EV_DATA || (ev == EV_STATE && !h->now.rows && h->round.waiting == 0))
		round_change(&h->round);
}

static void home_describe(struct screen *s, struct strbuf *out)
{
	struct home *h = screen_state(s);
	const struct answer *a = pane_answer(h);
	int row = h->cursor[h->pane];

	if (row >= table_rows(a->rows))
		return;
	if (h->pane == PANE_ATTENTION)
		strbuf_printf(out, "%s ", answer_text(a, row, "count"));
	strbuf_puts(out, label_of(a, row));
	if (answer_text(a, row, "filter")[0])
		strbuf_printf(out, ": %s", _("Enter lists them"));
}

static bool home_busy(const struct screen *s)
{
	const struct home *h = screen_state((struct screen *)s);

	return !h->attention.rows && !h->attention.err.kind && screen_waiting(s);
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
	.busy = home_busy,
};

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/command.h"
#include "client/value.h"
#include "screens/format.h"
#include "screens/home_panels.h"
#include "screens/parts.h"

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

/* The same where a column has to do with few letters. */
static const struct { const char *key, *label; } TODAY[] = {
	{ "arrivals", N_("Arrivals") }, { "departures", N_("Leaving") }, { "in_house", N_("In house") },
	{ "free", N_("Free") }, { "blocked", N_("Blocked") }, { "holds", N_("Holds") },
};

const char *home_label(const struct answer *a, int row)
{
	const char *key = answer_text(a, row, "key"), *name = answer_text(a, row, "name");

	for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
		if (!strcmp(NAMES[i].key, key))
			return NAMES[i].many ? P_(NAMES[i].one, NAMES[i].many, answer_number(a, row, "count")) :
			    _(NAMES[i].one);
	return !strcmp(name, "others") ? _("others") : name;
}

/* 2026-06-16 as people type it: tod, tom, +2d, -3d. */
static void relative_day(const char *date, day_t today, struct strbuf *out)
{
	int n = day_parse(date) - today;

	if (n == 0 || n == 1)
		strbuf_puts(out, n ? "tom" : "tod");
	else
		strbuf_printf(out, "%+dd", n);
}

/* One term of a filter; instants are left out, dates become relative. */
static void put_term(const char *term, size_t n, day_t today, struct strbuf *out)
{
	char text[120], *date;

	snprintf(text, sizeof(text), "%.*s", (int)n, term);
	if (strstr(text, "T") && strchr(text, ':'))
		return;
	strbuf_putc(out, ' ');
	date = text + strcspn(text, "0123456789");
	if (strlen(date) != 10 || day_parse(date) == DAY_NONE) {
		strbuf_puts(out, text);
		return;
	}
	strbuf_add(out, text, (size_t)(date - text));
	relative_day(date, today, out);
}

void home_line(struct screen *s, const struct answer *a, int row, struct strbuf *out)
{
	const struct resource *res = catalogue_resource(answer_text(a, row, "resource"));
	const char *p = answer_text(a, row, "filter");

	if (!res)
		return;
	strbuf_printf(out, ":%s", command_code(res));
	while (*p) {
		size_t n = strcspn(p, " ");

		if (n)
			put_term(p, n, screen_today(s), out);
		p += n + (p[n] == ' ');
	}
}

/* ---- drawing ---- */

static const char *marker(bool here)
{
	return here ? draw_marker(true) : " ";
}

static bool here(const struct home *h, enum panel pane, int row)
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
	c = part_section(s, c, title, h->pane == PANEL_ATTENTION);
	if (answer_draw_missing(s, &h->attention, c))
		return;
	if (rows == 0)
		draw_text(c, 0, 4, -1, TOK_GOOD, _("nothing needs anybody now"));
	for (int row = 0; row < rows && row < c.h; row++) {
		int64_t level = answer_number(&h->attention, row, "severity");
		int step = level < 0 ? 0 : level > 2 ? 2 : (int)level;
		struct strbuf count = { 0 };

		format_int(&count, answer_number(&h->attention, row, "count"));
		draw_text(c, row, 0, 1, TOK_ROW_CURSOR, marker(here(h, PANEL_ATTENTION, row)));
		draw_text(c, row, 1, 2, STYLE[step], SIGN[step]);
		draw_fit(c, row, 4, 5, TEXT_RIGHT, STYLE[step], strbuf_str(&count));
		int x = 10 + draw_text(c, row, 10, c.w - 10, TOK_TEXT, home_label(&h->attention, row));
		strbuf_clear(&count);
		home_line(s, &h->attention, row, &count);
		if (x + 2 + draw_width(strbuf_str(&count)) < c.w)
			draw_text(c, row, c.w - 1 - draw_width(strbuf_str(&count)), -1, TOK_DIM, strbuf_str(&count));
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
	c = part_section(s, c, strbuf_str(&text), h->pane == PANEL_TODAY);
	if (!answer_draw_missing(s, &h->today, c)) {
		for (int row = 0; row < table_rows(h->today.rows) && row < c.h; row++) {
			int64_t done = answer_number(&h->today, row, "done");
			int64_t total = answer_number(&h->today, row, "total");

			draw_text(c, row, 0, 1, TOK_ROW_CURSOR, marker(here(h, PANEL_TODAY, row)));
			bool parts = answer_text(&h->today, row, "done")[0] != '\0'; /* some of them are done */
			draw_fit(c, row, 2, 16, TEXT_LEFT, TOK_TEXT, home_label(&h->today, row));
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

static bool figure_seen(struct screen *s, const struct figure *f)
{
	return f->kind != MONEY || screen_may(s, "price.view");
}

int home_figures(struct screen *s)
{
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(FIGURES); i++)
		n += figure_seen(s, &FIGURES[i]);
	return n;
}

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
		if (screen_may(s, "price.view"))
			strbuf_printf(&title, ", %s", currency);
	} else {
		strbuf_puts(&title, _("Key figures"));
	}
	c = part_section(s, c, strbuf_str(&title), false);
	strbuf_free(&title);
	if (answer_draw_missing(s, &h->now, c))
		return;
	for (int i = 0, y = 0; i < (int)ARRAY_LEN(FIGURES) && y < c.h; i++)
		if (figure_seen(s, &FIGURES[i]))
			draw_figure(s, c, y++, &FIGURES[i], row_of_currency(&h->now, currency),
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

static void draw_top(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);
	const char *title = !strcmp(session_scope(screen_session(s)), "own") ? _("My top 5 units by revenue") :
	    _("Top 5 units by revenue");

	part_top(s, part_section(s, c, title, h->pane == PANEL_UNITS), &h->top,
	    h->pane == PANEL_UNITS ? h->cursor[PANEL_UNITS] : -1);
}

static void draw_clients(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);

	part_top(s, part_section(s, c, _("Top 5 clients by revenue"), false), &h->clients, -1);
}

static void draw_people(struct screen *s, struct canvas c, const char *title, const struct answer *a, enum panel pane)
{
	struct home *h = screen_state(s);
	struct strbuf status = { 0 };
	const struct field *f = resource_field(catalogue_resource("reservation"), "status");

	c = part_section(s, c, title, h->pane == pane);
	if (answer_draw_missing(s, a, c))
		return;
	if (table_rows(a->rows) == 0)
		draw_text(c, 0, 2, -1, TOK_DIM, _("nobody"));
	for (int row = 0; row < table_rows(a->rows) && row < c.h; row++) {
		strbuf_clear(&status);
		value_show(&status, FT_CHOICE, f->choices, answer_text(a, row, "status"), NULL);
		int state = c.w >= 60 ? 14 : 0, half = (c.w - 12 - state) / 2;

		draw_text(c, row, 0, 1, TOK_ROW_CURSOR, marker(here(h, pane, row)));
		draw_fit(c, row, 2, 7, TEXT_RIGHT, TOK_DIM, answer_text(a, row, "no"));
		draw_fit(c, row, 10, half, TEXT_LEFT, TOK_TEXT, answer_text(a, row, "unit_label"));
		draw_fit(c, row, 11 + half, half, TEXT_LEFT, TOK_TEXT, answer_text(a, row, "party_label"));
		if (state)
			draw_fit(c, row, c.w - state, 13, TEXT_LEFT, TOK_DIM, strbuf_str(&status));
	}
	strbuf_free(&status);
}

static void draw_arrivals(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);

	draw_people(s, c, _("Arriving today"), &h->arrivals, PANEL_ARRIVALS);
}

static void draw_departures(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);

	draw_people(s, c, _("Leaving today"), &h->departures, PANEL_DEPARTURES);
}

/* ---- across companies ---- */

static int row_of_key(const struct answer *a, const char *key)
{
	int row = 0;

	while (row < table_rows(a->rows) && strcmp(answer_text(a, row, "key"), key))
		row++;
	return row;
}

static void draw_company(struct screen *s, struct canvas c, int y, int row, int cell)
{
	struct home *h = screen_state(s);
	const struct answer *a = &h->company[row];
	int name = c.w - 3 - (int)ARRAY_LEN(TODAY) * cell;
	struct strbuf text = { 0 };

	draw_text(c, y, 0, 1, TOK_ROW_CURSOR, marker(here(h, PANEL_COMPANIES, row)));
	draw_fit(c, y, 2, name, TEXT_LEFT, TOK_TEXT, answer_text(&h->companies, row, "name"));
	for (size_t i = 0; i < ARRAY_LEN(TODAY) && a->rows; i++) {
		int at = row_of_key(a, TODAY[i].key);

		strbuf_clear(&text);
		if (answer_text(a, at, "done")[0])
			strbuf_printf(&text, "%s/", answer_text(a, at, "done"));
		strbuf_puts(&text, answer_text(a, at, "total"));
		draw_fit(c, y, 2 + name + (int)i * cell, cell, TEXT_RIGHT, TOK_TEXT, strbuf_str(&text));
	}
	strbuf_free(&text);
}

static void draw_companies(struct screen *s, struct canvas c)
{
	struct home *h = screen_state(s);
	int cell = c.w >= 100 ? 14 : 10, name = c.w - 3 - (int)ARRAY_LEN(TODAY) * cell;

	c = part_section(s, c, _("Companies today"), h->pane == PANEL_COMPANIES);
	if (answer_draw_missing(s, &h->companies, c))
		return;
	for (size_t i = 0; i < ARRAY_LEN(TODAY); i++)
		draw_fit(c, 0, 3 + name + (int)i * cell, cell - 1, TEXT_RIGHT, TOK_COLUMN, _(TODAY[i].label));
	for (int row = 0; row < h->ncompanies && row + 1 < c.h; row++)
		draw_company(s, c, row + 1, row, cell);
}

/* ---- all of them ---- */

void home_draw_panel(struct screen *s, enum panel which, struct canvas c)
{
	static void (*const DRAW[PANEL_COUNT])(struct screen *s, struct canvas c) = {
		[PANEL_ATTENTION] = draw_attention, [PANEL_TODAY] = draw_today, [PANEL_FIGURES] = draw_figures,
		[PANEL_MONTHS] = draw_months, [PANEL_COMPANIES] = draw_companies, [PANEL_UNITS] = draw_top,
		[PANEL_CLIENTS] = draw_clients, [PANEL_ARRIVALS] = draw_arrivals, [PANEL_DEPARTURES] = draw_departures,
	};

	DRAW[which](s, c);
}

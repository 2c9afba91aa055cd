#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "screens/format.h"
#include "screens/offer.h"

static int nights(const struct offer *o)
{
	return o->from != DAY_NONE && o->to != DAY_NONE && o->to > o->from ? o->to - o->from : 0;
}

const char *offer_currency(const struct offer *o)
{
	return table_rows(o->rows) > 0 ? table_get(o->rows, 0, "currency") : "";
}

/* ---- asking ---- */

static void on_spans(const struct reply *r, void *arg)
{
	struct offer *o = arg;

	if (r->err)
		return; /* the calendar goes without marks; availability says what is wrong */
	table_free(o->spans);
	o->spans = table_ref(r->rows);
	app_redraw(screen_app(o->screen));
}

static void ask_spans(struct offer *o)
{
	day_t from = o->shown_from, to = o->shown_to;
	char first[16], last[16];

	if (nights(o)) {
		from = from == DAY_NONE || o->from < from ? o->from : from;
		to = to == DAY_NONE || o->to > to ? o->to : to;
	}
	if (!o->id[0] || from == DAY_NONE || to == DAY_NONE)
		return;
	day_format(from, first);
	day_format(to, last);
	const struct param args[] = { { "from", first }, { "to", last }, { "units", o->id } };

	screen_cancel(o->screen, SLOT_CELL);
	client_report(screen_session(o->screen), catalogue_report("spans"), args, ARRAY_LEN(args),
	    screen_owner(o->screen, SLOT_CELL), on_spans, o);
}

static void on_rows(const struct reply *r, void *arg)
{
	struct offer *o = arg;

	err_clear(&o->err);
	table_free(o->rows);
	o->rows = table_ref(r->rows);
	if (r->err)
		o->err = *r->err;
	o->came(o->screen);
	screen_fresh(o->screen);
}

void offer_forget(struct offer *o)
{
	screen_cancel(o->screen, SLOT_DETAIL);
	table_free(o->rows);
	o->rows = NULL;
	err_clear(&o->err);
}

void offer_ask(struct offer *o, const char *unit, const char *id, day_t from, day_t to)
{
	char first[16], last[16];

	offer_forget(o);
	snprintf(o->unit, sizeof(o->unit), "%s", unit);
	snprintf(o->id, sizeof(o->id), "%s", id);
	o->from = from;
	o->to = to;
	if (!nights(o) || !unit[0])
		return;
	day_format(from, first);
	day_format(to, last);
	const struct param args[] = { { "from", first }, { "to", last }, { "unit", o->unit } };

	client_report(screen_session(o->screen), catalogue_report("availability"), args, ARRAY_LEN(args),
	    screen_owner(o->screen, SLOT_DETAIL), on_rows, o);
	ask_spans(o);
}

void offer_months(struct offer *o, const char *id, day_t from, day_t to)
{
	snprintf(o->id, sizeof(o->id), "%s", id);
	o->shown_from = from;
	o->shown_to = to;
	ask_spans(o);
}

/* ---- said ---- */

static bool stands(const struct offer *o, int i, day_t from, day_t to)
{
	return day_parse(table_get(o->spans, i, "check_in")) < to && day_parse(table_get(o->spans, i, "check_out")) > from &&
	    strcmp(table_get(o->spans, i, "status"), "expired") != 0;
}

void offer_mark(const struct offer *o, day_t day, struct strbuf *out, enum token *style)
{
	for (int i = 0; i < table_rows(o->spans); i++) {
		if (!stands(o, i, day, day + 1))
			continue;
		strbuf_putc(out, strcmp(table_get(o->spans, i, "kind"), "block") ? 'x' : 'b');
		*style = TOK_DIM;
		return;
	}
}

/* "74 000 KZT": the price typed, or the offer's, times the nights. */
static void add_total(const struct offer *o, const char *price, struct strbuf *out)
{
	int64_t total = format_number(table_get(o->rows, 0, "total_minor")), night;
	const char *why;

	if (price[0] && money_parse(price, offer_currency(o), &night, &why) &&
	    __builtin_mul_overflow(night, nights(o), &total))
		return;
	format_money(out, total, offer_currency(o));
	strbuf_printf(out, " %s", offer_currency(o));
}

/* "taken by 252: Thu 18 Jun – Sun 21 Jun, Kim Olga" */
static bool add_taker(const struct offer *o, struct strbuf *out)
{
	for (int i = 0; i < table_rows(o->spans); i++) {
		const char *no = table_get(o->spans, i, "no"), *label = table_get(o->spans, i, "label");

		if (!stands(o, i, o->from, o->to))
			continue;
		if (no[0])
			strbuf_printf(out, _("taken by %s: "), no);
		else
			strbuf_puts(out, _("taken: "));
		format_day(out, day_parse(table_get(o->spans, i, "check_in")));
		strbuf_puts(out, draw_ascii() ? " - " : " – ");
		format_day(out, day_parse(table_get(o->spans, i, "check_out")));
		if (label[0])
			strbuf_printf(out, ", %s", label);
		return true;
	}
	return false;
}

static enum token say(const struct offer *o, const char *price, struct strbuf *out)
{
	int n = nights(o);

	if (o->err.kind) {
		strbuf_puts(out, o->err.text);
		return TOK_ERROR;
	}
	if (!n || !o->unit[0]) {
		strbuf_puts(out, _("unit and dates say whether it is free, and for how much"));
		return TOK_DIM;
	}
	if (table_rows(o->rows) == 0) {
		strbuf_puts(out, _("looking…"));
		return TOK_DIM;
	}
	if (table_get(o->rows, 0, "free")[0] == 't') {
		strbuf_printf(out, P_("free: %d night, ", "free: %d nights, ", n), n);
		add_total(o, price, out);
		return TOK_GOOD;
	}
	if (!add_taker(o, out))
		strbuf_puts(out, table_get(o->rows, 0, "reason"));
	return TOK_WARNING;
}

void offer_draw(const struct offer *o, struct canvas c, const char *price)
{
	struct strbuf text = { 0 };
	enum token style = say(o, price, &text);

	draw_text(c, 0, 2, -1, style, strbuf_str(&text));
	strbuf_clear(&text);
	if (table_rows(o->rows) > 0) {
		format_money(&text, format_number(table_get(o->rows, 0, "price_per_night_minor")), offer_currency(o));
		draw_printf(c, 1, 2, TOK_DIM, _("offered for %s %s a night"), strbuf_str(&text), offer_currency(o));
	}
	strbuf_free(&text);
}

/* ---- life ---- */

void offer_open(struct offer *o, struct screen *s, void (*came)(struct screen *s))
{
	o->screen = s;
	o->came = came;
	o->from = o->to = o->shown_from = o->shown_to = DAY_NONE;
}

void offer_close(struct offer *o)
{
	table_free(o->rows);
	table_free(o->spans);
	o->rows = o->spans = NULL;
}

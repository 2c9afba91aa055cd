#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/format.h"
#include "screens/letting.h"

static void on_around(const struct reply *r, void *arg)
{
	struct letting *l = arg;

	table_free(l->around);
	l->around = r->err ? NULL : table_ref(r->rows);
	app_redraw(screen_app(l->screen));
}

void letting_ask_days(struct letting *l, const char *unit, day_t from, day_t to)
{
	char first[16], last[16];

	screen_cancel(l->screen, SLOT_CELL);
	table_free(l->around);
	l->around = NULL;
	if (!unit[0] || from == DAY_NONE || to == DAY_NONE || to <= from)
		return;
	day_format(from, first);
	day_format(to, last);
	const struct param args[] = { { "from", first }, { "to", last }, { "units", unit } };

	client_report(screen_session(l->screen), catalogue_report("spans"), args, ARRAY_LEN(args),
	    screen_owner(l->screen, SLOT_CELL), on_around, l);
}

static void on_offer(const struct reply *r, void *arg)
{
	struct letting *l = arg;

	table_free(l->offer);
	l->offer = r->err ? NULL : table_ref(r->rows);
	l->offered(l->screen);
}

bool letting_ask_offer(struct letting *l, const char *unit)
{
	const struct resource *offers = catalogue_resource("offerings");
	struct query q;
	struct err e;
	char filter[120];
	bool asked;

	if (!unit[0] || !strcmp(l->unit, unit) || !screen_may(l->screen, offers->read))
		return false;
	snprintf(l->unit, sizeof(l->unit), "%s", unit);
	screen_cancel(l->screen, SLOT_ROWS);
	query_init(&q, offers);
	snprintf(filter, sizeof(filter), "unit=%s mode=long_rent", unit);
	q.limit = 1;
	asked = query_filter(&q, filter, screen_today(l->screen), NULL, &e);
	if (asked)
		client_list(screen_session(l->screen), &q, screen_owner(l->screen, SLOT_ROWS), on_offer, l);
	query_free(&q);
	return asked;
}

const char *letting_currency(const struct letting *l)
{
	return table_rows(l->offer) > 0 ? table_get(l->offer, 0, "currency") : "";
}

bool letting_rent(const struct letting *l, int64_t *minor)
{
	if (table_rows(l->offer) == 0 || strcmp(table_get(l->offer, 0, "price_per"), "month"))
		return false;
	*minor = format_number(table_get(l->offer, 0, "price_minor"));
	return *minor > 0;
}

int letting_lines(const struct letting *l)
{
	int n = table_rows(l->around);

	return n < 1 ? 1 : n > LETTING_LINES ? LETTING_LINES : n;
}

/* "in the way: 12 Kim Olga, 2026-06-01 – 2027-06-01" */
static void put_use(const struct letting *l, int row, struct strbuf *out)
{
	const char *no = table_get(l->around, row, "no"), *label = table_get(l->around, row, "label");

	strbuf_puts(out, _("in the way: "));
	strbuf_printf(out, "%s%s%s, ", no, no[0] ? " " : "", label);
	value_show(out, FT_DATE, NULL, table_get(l->around, row, "check_in"), NULL);
	strbuf_puts(out, draw_ascii() ? " - " : " – ");
	value_show(out, FT_DATE, NULL, table_get(l->around, row, "check_out"), NULL);
}

void letting_draw(const struct letting *l, struct canvas c)
{
	int n = table_rows(l->around), shown = n > c.h ? c.h : n;
	struct strbuf text = { 0 };

	if (l->around && n == 0)
		draw_text(c, 0, 2, -1, TOK_GOOD, _("the unit is free on all of these days"));
	for (int i = 0; i < shown; i++) {
		strbuf_clear(&text);
		put_use(l, i, &text);
		if (i == shown - 1 && n > shown)
			strbuf_printf(&text, P_(", and %d more", ", and %d more", n - shown), n - shown);
		draw_text(c, i, 2, -1, TOK_WARNING, text.s);
	}
	strbuf_free(&text);
}

void letting_open(struct letting *l, struct screen *s, void (*offered)(struct screen *s))
{
	l->screen = s;
	l->offered = offered;
}

void letting_close(struct letting *l)
{
	table_free(l->around);
	table_free(l->offer);
	l->around = l->offer = NULL;
}

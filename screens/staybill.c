/* Beside the record under the board's cursor: its price, terms and money in lines, or its history. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/bookings.h"
#include "screens/clock.h"
#include "screens/format.h"

enum { KIND_WIDTH = 22, DATES_WIDTH = 22, AMOUNT_WIDTH = 16, WHEN_WIDTH = 13 };

/* ---- asking ---- */

static void take(struct bookings *b, struct table **at, struct err *why, const struct reply *r)
{
	table_free(*at);
	*at = r->err ? NULL : table_ref(r->rows);
	err_clear(why);
	if (r->err)
		*why = *r->err;
	app_redraw(screen_app(b->screen));
}

static void on_bill(const struct reply *r, void *arg)
{
	struct bookings *b = arg;

	take(b, &b->pane.bill, &b->pane.bill_err, r);
}

static void on_history(const struct reply *r, void *arg)
{
	struct bookings *b = arg;

	take(b, &b->pane.history, &b->pane.history_err, r);
}

void bill_load(struct bookings *b)
{
	const struct report *bill = catalogue_report("stay_bill");
	owner_t owner = screen_owner(b->screen, SLOT_DETAIL);

	if (screen_may(b->screen, bill->permission))
		client_report(screen_session(b->screen), bill, &(struct param){ "stay", b->detail.id }, 1, owner, on_bill, b);
	if (b->pane.which != PANE_HISTORY)
		return;
	const struct param args[] = { { "resource", b->res->singular }, { "record", b->detail.id } };

	client_report(screen_session(b->screen), catalogue_report("history"), args, ARRAY_LEN(args), owner, on_history, b);
}

void bill_close(struct bookings *b)
{
	table_free(b->pane.bill);
	table_free(b->pane.history);
	b->pane.bill = b->pane.history = NULL;
}

/* ---- the bill ---- */

static const struct choice LINES[] = {
	{ "cleaning", N_("Cleaning") },
	{ "service_fee", N_("Service fee") },
	{ "total", N_("In all") },
	{ "deposit", N_("Deposit of the unit") },
	{ "prepayment", N_("To be prepaid") },
	{ "policy", N_("Refund policy") },
	{ "host_cancel", N_("Back if we cancel") },
	{ "no_show", N_("No-show charge") },
	{ "commission", N_("Commission") },
	{ "agent_commission", N_("Agent's commission") },
	{ "charged", N_("Charged") },
	{ "paid", N_("Paid") },
	{ "open", N_("Left to pay") },
	{ "refund_asked", N_("Refund asked for") },
	{ "refunded", N_("Refunded") },
	{ 0 },
};

static void put_amount(const struct table *t, int row, const char *column, struct strbuf *out)
{
	const char *cell = table_get(t, row, column), *currency = table_get(t, row, "currency");
	int64_t minor = format_number(cell);

	if (!cell[0])
		return;
	if (format_is_whole(minor, currency))
		format_whole(out, minor, currency);
	else
		format_money(out, minor, currency);
}

/* "24:100,12:50" as people say it. */
static void put_tiers(const char *note, struct strbuf *out)
{
	int hours, share;

	for (const char *p = strchr(note, ' '); p; p = strchr(p + 1, ',')) {
		if (sscanf(p + 1, "%d:%d", &hours, &share) != 2)
			break;
		strbuf_puts(out, out->len ? ", " : "");
		strbuf_printf(out, _("%d h before: %d %%"), hours, share);
	}
}

static void draw_bill_line(struct canvas c, int y, const struct table *t, int row)
{
	const char *kind = table_get(t, row, "kind"), *note = table_get(t, row, "note");
	const struct choice *label = choice_find(LINES, kind);
	bool night = !strcmp(kind, "night"), sum = !strcmp(kind, "total") || !strcmp(kind, "open");
	struct strbuf text = { 0 };

	if (night) {
		stays_dates(&text, table_get(t, row, "from_on"), table_get(t, row, "to_on"));
		draw_fit(c, y, 1, KIND_WIDTH, TEXT_LEFT, TOK_TEXT, text.s);
		strbuf_clear(&text);
		strbuf_printf(&text, "%s × ", table_get(t, row, "nights"));
		put_amount(t, row, "price_minor", &text);
	} else {
		draw_fit(c, y, 1, KIND_WIDTH, TEXT_LEFT, sum ? TOK_TITLE : TOK_DIM, label ? _(label->label) : kind);
		if (!strcmp(kind, "policy"))
			put_tiers(note, &text);
		else
			strbuf_puts(&text, note);
	}
	draw_text(c, y, 1 + KIND_WIDTH, -1, TOK_TEXT, strbuf_str(&text));
	strbuf_clear(&text);
	put_amount(t, row, "amount_minor", &text);
	if (text.len && sum)
		strbuf_printf(&text, " %s", table_get(t, row, "currency"));
	else if (text.len)
		strbuf_puts(&text, "    ");
	if (text.len)
		draw_fit(c, y, 1 + KIND_WIDTH + DATES_WIDTH, AMOUNT_WIDTH + 4, TEXT_RIGHT, sum ? TOK_TITLE : TOK_TEXT, text.s);
	strbuf_free(&text);
}

static void draw_bill(struct bookings *b, struct canvas c)
{
	const struct report *bill = catalogue_report("stay_bill");
	const struct table *t = b->pane.bill;
	int n = table_rows(t), room = n > c.h ? c.h - 1 : n;

	if (!screen_may(b->screen, bill->permission))
		draw_printf(c, 0, 1, TOK_DIM, _("your role lacks the permission %s"), bill->permission);
	else if (b->pane.bill_err.kind)
		draw_text(c, 0, 1, -1, TOK_DIM, b->pane.bill_err.text);
	for (int i = 0; i < room; i++)
		draw_bill_line(c, i, t, i);
	if (room < n)
		draw_text(c, c.h - 1, 1, -1, TOK_DIM, _("… more: Enter"));
}

void bill_money(const struct bookings *b, struct strbuf *out)
{
	const struct table *t = b->pane.bill;

	for (int i = 0; i < table_rows(t); i++) {
		const struct choice *label = choice_find(LINES, table_get(t, i, "kind"));

		if (strcmp(table_get(t, i, "part"), "money") || !label)
			continue;
		if (out->len == 0 && !format_number(table_get(t, i, "amount_minor")))
			continue; /* nothing is charged yet: nothing to say */
		strbuf_printf(out, "%s%s ", out->len ? ", " : "", _(label->label));
		put_amount(t, i, "amount_minor", out);
	}
}

/* ---- the history ---- */

static const char *state_word(const struct bookings *b, const char *state)
{
	const char *label = stays_state_label(b, state);

	return label[0] ? label : state;
}

static void draw_event(const struct bookings *b, struct canvas c, int y, const struct table *t, int row)
{
	struct strbuf text = { 0 };
	int64_t at = instant_parse(table_get(t, row, "at"));
	const char *what = table_get(t, row, "what"), *changes = table_get(t, row, "changes");
	const struct action *act = resource_action(b->res, what);

	if (at != INSTANT_NONE)
		clock_put(&text, at, session_tz(screen_session(b->screen)), screen_today(b->screen));
	draw_fit(c, y, 1, WHEN_WIDTH, TEXT_LEFT, TOK_DIM, strbuf_str(&text));
	strbuf_clear(&text);
	strbuf_printf(&text, "%s  ", table_get(t, row, "who"));
	if (table_get(t, row, "became")[0])
		strbuf_printf(&text, "%s%s%s", state_word(b, table_get(t, row, "was")),
		    !table_get(t, row, "was")[0] ? "" : draw_ascii() ? " -> " : " → ", state_word(b, table_get(t, row, "became")));
	else
		strbuf_puts(&text, act ? _(act->label) : what);
	strbuf_printf(&text, "%s%s", changes[0] ? "  " : "", changes);
	if (table_get(t, row, "reason")[0])
		strbuf_printf(&text, "  (%s)", table_get(t, row, "reason"));
	draw_fit(c, y, 1 + WHEN_WIDTH + 1, c.w - WHEN_WIDTH - 3, TEXT_LEFT, TOK_TEXT, text.s);
	strbuf_free(&text);
}

/* The newest first: what is asked is what happened last. */
static void draw_history(struct bookings *b, struct canvas c)
{
	const struct table *t = b->pane.history;
	int n = table_rows(t), room = n > c.h ? c.h - 1 : n;

	if (b->pane.history_err.kind)
		draw_text(c, 0, 1, -1, TOK_DIM, b->pane.history_err.text);
	else if (t && n == 0)
		draw_text(c, 0, 1, -1, TOK_DIM, _("nothing has happened to it"));
	for (int i = 0; i < room; i++)
		draw_event(b, c, i, t, n - 1 - i);
	if (room < n)
		draw_text(c, c.h - 1, 1, -1, TOK_DIM, _("… more: Enter"));
}

/* ---- the pane ---- */

void bill_pane_draw(struct bookings *b, struct canvas c)
{
	struct strbuf title = { 0 };

	if (b->pane.which == PANE_TIMELINE)
		strbuf_printf(&title, _("Timeline %s"), b->timeline.label);
	else
		strbuf_puts(&title, b->pane.which == PANE_BILL ? _("Price and money") : _("History"));
	struct canvas in = draw_frame(c, title.s, false);

	if (b->pane.which == PANE_TIMELINE)
		timeline_draw(&b->timeline, in);
	else if (stays_id(b)[0])
		(b->pane.which == PANE_BILL ? draw_bill : draw_history)(b, in);
	strbuf_free(&title);
}

enum result bill_pane_turn(struct screen *s, int step)
{
	struct bookings *b = screen_state(s);

	if (!b->roomy) {
		app_message(screen_app(s), TOK_DIM, _("there is no room for it here: Enter opens the stay with all its pages"));
		return R_REDRAW;
	}
	b->pane.which = (b->pane.which + step + PANE_COUNT) % PANE_COUNT;
	detail_refresh(b);
	return R_REDRAW;
}

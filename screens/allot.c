#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "base/uuid.h"
#include "client/value.h"
#include "screens/allot.h"
#include "screens/answer.h"
#include "screens/bulk.h"
#include "screens/format.h"
#include "screens/seeing.h"
#include "screens/write.h"
#include "tui/list.h"

enum { TYPED_MOST = 20, HEAD_LINES = 3 };

struct share {               /* of one charge */
	char charge[UUID_LEN + 1];
	int64_t want;            /* minor units */
};

struct allot {
	struct round round;
	struct answer payment, cover;
	struct list list;
	char id[64];
	struct share *shares; int nshares; /* what the person decided; of other charges what the payment covers now */
	char typed[TYPED_MOST];  /* an amount being typed; "" = none */
	bool saving;
};

/* ---- the figures ---- */

static const struct resource *payments(void)
{
	return catalogue_resource("payments");
}

static const char *currency(const struct allot *a)
{
	return answer_text(&a->payment, 0, "currency");
}

static struct share *share_of(const struct allot *a, int row)
{
	for (int i = 0; i < a->nshares; i++)
		if (!strcmp(a->shares[i].charge, answer_text(&a->cover, row, "charge")))
			return &a->shares[i];
	return NULL;
}

static int64_t held(const struct allot *a, int row)
{
	return answer_number(&a->cover, row, "held_minor");
}

static int64_t wanted(const struct allot *a, int row)
{
	const struct share *x = share_of(a, row);

	return x ? x->want : held(a, row);
}

/* What of a charge is not covered by other payments. */
static int64_t room_of(const struct allot *a, int row)
{
	return answer_number(&a->cover, row, "open_minor") + held(a, row);
}

/* What is left of the payment as it would be spread. */
static int64_t left(const struct allot *a)
{
	int64_t n = answer_number(&a->payment, 0, "amount_minor") - answer_number(&a->payment, 0, "refunded_minor");

	for (int row = 0; row < table_rows(a->cover.rows); row++)
		n -= wanted(a, row);
	return n;
}

static int changes(const struct allot *a)
{
	int n = 0;

	for (int row = 0; row < table_rows(a->cover.rows); row++)
		n += wanted(a, row) != held(a, row);
	return n;
}

static void want(struct allot *a, int row, int64_t amount)
{
	struct share *x = share_of(a, row);

	if (!x) {
		a->shares = xreallocarray(a->shares, (size_t)a->nshares + 1, sizeof(*a->shares));
		x = &a->shares[a->nshares++];
		snprintf(x->charge, sizeof(x->charge), "%s", answer_text(&a->cover, row, "charge"));
	}
	x->want = amount;
}

/* As much as the charge needs and the payment has. */
static int64_t most(const struct allot *a, int row)
{
	int64_t has = left(a) + wanted(a, row);

	return has < room_of(a, row) ? has : room_of(a, row);
}

/* ---- asking ---- */

static void ask(struct screen *s)
{
	struct allot *a = screen_state(s);
	char filter[80];

	snprintf(filter, sizeof(filter), "id=%s", a->id);
	answer_list(&a->payment, &a->round, "payments", filter, "-booked_on", 1);
	answer_report(&a->cover, &a->round, "payment_cover", &(struct param){ "payment", a->id }, 1);
}

static void again(struct screen *s)
{
	round_start(&((struct allot *)screen_state(s))->round);
}

/* ---- the list ---- */

enum { COL_NO, COL_DUE, COL_KIND, COL_UNIT, COL_OPEN, COL_PAID, COL_LEFT };

static const struct list_column COLUMNS[] = {
	{ N_("No."), 7, TEXT_RIGHT, 0 },
	{ N_("Due"), 10, TEXT_LEFT, 0 },
	{ N_("Kind"), 11, TEXT_LEFT, 1 },
	{ N_("Unit"), -1, TEXT_LEFT, 2 },
	{ N_("Open"), 14, TEXT_RIGHT, 0 },
	{ N_("This payment"), 15, TEXT_RIGHT, 0 },
	{ N_("Stays open"), 14, TEXT_RIGHT, 0 },
};

static int source_rows(void *ctx)
{
	return table_rows(((struct allot *)ctx)->cover.rows);
}

static void put_wanted(const struct allot *a, int row, struct strbuf *out, enum token *style)
{
	*style = wanted(a, row) != held(a, row) ? TOK_ROW_MARKED : TOK_ROW;
	if (a->typed[0] && row == a->list.cursor)
		strbuf_printf(out, "%s_", a->typed);
	else
		format_money(out, wanted(a, row), currency(a));
	if (wanted(a, row) != held(a, row) && !(a->typed[0] && row == a->list.cursor))
		strbuf_puts(out, "*");
}

static void source_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	const struct allot *a = ctx;

	switch (col) {
	case COL_NO: strbuf_puts(out, answer_text(&a->cover, row, "no")); break;
	case COL_DUE: strbuf_puts(out, answer_text(&a->cover, row, "due_on")); break;
	case COL_KIND:
		value_show(out, FT_CHOICE, resource_field(catalogue_resource("charges"), "kind")->choices,
		    answer_text(&a->cover, row, "kind"), NULL);
		break;
	case COL_UNIT: strbuf_puts(out, answer_text(&a->cover, row, "unit_label")); break;
	case COL_OPEN: format_money(out, room_of(a, row), currency(a)); break;
	case COL_PAID: put_wanted(a, row, out, style); break;
	case COL_LEFT: format_money(out, room_of(a, row) - wanted(a, row), currency(a)); break;
	}
}

static const struct list_source SOURCE = { .rows = source_rows, .cell = source_cell };

/* ---- keys ---- */

static bool ready(const struct allot *a)
{
	return table_rows(a->payment.rows) > 0 && a->cover.rows && a->list.cursor < table_rows(a->cover.rows);
}

/* What was typed, taken over; too much is as much as there is, and said. */
static void take_typed(struct screen *s)
{
	struct allot *a = screen_state(s);
	const char *why = NULL;
	int64_t amount;

	if (!a->typed[0] || !ready(a))
		return;
	if (!money_parse(a->typed, currency(a), &amount, &why)) {
		app_message(screen_app(s), TOK_ERROR, "%s", _(why));
	} else {
		if (amount > most(a, a->list.cursor)) {
			amount = most(a, a->list.cursor);
			app_message(screen_app(s), TOK_WARNING, _("that is more than is left or open: as much as possible was taken"));
		}
		want(a, a->list.cursor, amount);
	}
	a->typed[0] = '\0';
}

static enum result move(struct screen *s, int arg)
{
	struct allot *a = screen_state(s);

	take_typed(s);
	list_move(&a->list, arg);
	return R_REDRAW;
}

static enum result next(struct screen *s, int arg)
{
	(void)arg;
	return move(s, LIST_DOWN);
}

static enum result fill(struct screen *s, int arg)
{
	struct allot *a = screen_state(s);

	(void)arg;
	a->typed[0] = '\0';
	if (ready(a))
		want(a, a->list.cursor, most(a, a->list.cursor));
	return move(s, LIST_DOWN);
}

static enum result take_off(struct screen *s, int arg)
{
	struct allot *a = screen_state(s);
	size_t n = strlen(a->typed);

	(void)arg;
	if (n > 0)
		a->typed[n - 1] = '\0';
	else if (ready(a))
		want(a, a->list.cursor, 0);
	return R_REDRAW;
}

/* The oldest first, as the payment would do it by itself. */
static enum result in_order(struct screen *s, int arg)
{
	struct allot *a = screen_state(s);

	(void)arg;
	a->typed[0] = '\0';
	for (int row = 0; row < table_rows(a->cover.rows); row++)
		want(a, row, 0);
	for (int row = 0; row < table_rows(a->cover.rows); row++)
		want(a, row, most(a, row));
	return R_REDRAW;
}

static enum result forget(struct screen *s, int arg)
{
	struct allot *a = screen_state(s);

	(void)arg;
	a->nshares = 0;
	a->typed[0] = '\0';
	return R_REDRAW;
}

static void on_saved(struct screen *s, const struct reply *r, void *arg)
{
	struct allot *a = screen_state(s);

	(void)arg;
	a->saving = false;
	if (r->err)
		again(s); /* what was decided stays; what is open now is asked for */
	else
		app_close(screen_app(s), screen_id(s));
}

/* "12=50000 15=300": all that it is to cover, whether that changes or not. */
static json_t *parts(const struct allot *a)
{
	struct strbuf text = { 0 };
	char amount[48];
	json_t *args;

	for (int row = 0; row < table_rows(a->cover.rows); row++) {
		if (wanted(a, row) <= 0)
			continue;
		money_format(wanted(a, row), currency(a), false, amount);
		strbuf_printf(&text, "%s%s=%s", text.len ? " " : "", answer_text(&a->cover, row, "no"), amount);
	}
	args = json_pack("{s:s}", "parts", strbuf_str(&text));
	strbuf_free(&text);
	return args;
}

static enum result save(struct screen *s, int arg)
{
	struct allot *a = screen_state(s);
	struct mutation m = { .res = payments(), .kind = "action", .action = "distribute", .record = a->id };
	char *what;

	(void)arg;
	take_typed(s);
	if (a->saving || !ready(a) || changes(a) == 0) {
		app_message(screen_app(s), TOK_DIM, _("nothing has changed"));
		return R_REDRAW;
	}
	if (!seeing_may_write(s, resource_action(payments(), m.action)->permission))
		return R_REDRAW;
	m.version = (int)answer_number(&a->payment, 0, "version");
	m.args = parts(a);
	what = xasprintf(_("payment %s: spread over its charges"), answer_text(&a->payment, 0, "no"));
	a->saving = true;
	write_one(s, &m, what, on_saved, NULL);
	free(what);
	json_decref((json_t *)m.args);
	return R_REDRAW;
}

/* Confirm, reject, reverse: what the payment's state allows. */
static enum result actions(struct screen *s, int arg)
{
	struct allot *a = screen_state(s);
	const char *id = a->id, *label = answer_text(&a->payment, 0, "no");

	(void)arg;
	if (table_rows(a->payment.rows))
		actions_menu(s, payments(), &id, &label, 1);
	return R_REDRAW;
}

/* Digits are the amount beside the charge under the cursor. */
static enum result allot_hotkey(struct screen *s, struct key k)
{
	struct allot *a = screen_state(s);
	size_t n = strlen(a->typed);

	if (k.mods || !((k.code >= '0' && k.code <= '9') || ((k.code == '.' || k.code == ',') && n > 0)) || !ready(a))
		return R_NONE;
	if (n + 1 < sizeof(a->typed)) {
		a->typed[n] = (char)k.code;
		a->typed[n + 1] = '\0';
	}
	return R_REDRAW;
}

static enum result leave(struct screen *s, int arg)
{
	struct allot *a = screen_state(s);

	(void)arg;
	if (a->typed[0]) {
		a->typed[0] = '\0';
		return R_REDRAW;
	}
	if (changes(a) > 0 && !a->saving)
		app_message(screen_app(s), TOK_TEXT, _("nothing was changed: F2 would have applied it"));
	return R_CLOSE | R_REDRAW;
}

/* ---- the screen ---- */

static bool allot_opened(struct screen *s, const void *arg)
{
	struct allot *a = screen_state(s);

	if (!arg)
		return false;
	snprintf(a->id, sizeof(a->id), "%s", (const char *)arg);
	a->round = (struct round){ .screen = s, .ask = ask, .again_fn = again };
	a->list = (struct list){ .columns = COLUMNS, .ncolumns = ARRAY_LEN(COLUMNS), .source = &SOURCE, .ctx = a,
		.empty = N_("nothing is open on this account") };
	again(s);
	return true;
}

static void allot_closed(struct screen *s)
{
	struct allot *a = screen_state(s);

	answer_free(&a->payment);
	answer_free(&a->cover);
	free(a->shares);
}

static void draw_payment(const struct allot *a, struct canvas c)
{
	const struct answer *p = &a->payment;
	struct strbuf text = { 0 };
	int64_t rest = left(a);

	strbuf_printf(&text, "%s %s   %s   %s   ", _("Payment"), answer_text(p, 0, "no"), answer_text(p, 0, "booked_on"),
	    answer_text(p, 0, "party_label"));
	format_money(&text, answer_number(p, 0, "amount_minor"), currency(a));
	strbuf_printf(&text, " %s", currency(a));
	draw_text(c, 0, 1, -1, TOK_TITLE, strbuf_str(&text));
	strbuf_clear(&text);
	strbuf_printf(&text, "%s ", _("left of it:"));
	format_money(&text, rest, currency(a));
	if (answer_number(p, 0, "refunded_minor") > 0) {
		strbuf_printf(&text, "   %s ", _("given back:"));
		format_money(&text, answer_number(p, 0, "refunded_minor"), currency(a));
	}
	draw_text(c, 1, 1, -1, rest > 0 ? TOK_WARNING : TOK_TEXT, strbuf_str(&text));
	if (!strcmp(answer_text(p, 0, "status"), "recorded"))
		draw_text(c, 2, 1, -1, TOK_WARNING, _("not confirmed yet: it covers nothing until then; a shows what can be done"));
	strbuf_free(&text);
}

static void allot_draw(struct screen *s, struct canvas c)
{
	struct allot *a = screen_state(s);

	if (answer_draw_missing(s, &a->payment, c) || answer_draw_missing(s, &a->cover, c))
		return;
	if (table_rows(a->payment.rows) == 0) {
		draw_text(c, 0, 1, -1, TOK_DIM, _("there is no such payment"));
		return;
	}
	draw_payment(a, c);
	list_draw(&a->list, canvas_sub(c, HEAD_LINES, 0, c.h - HEAD_LINES, c.w), true);
}

static void allot_event(struct screen *s, enum screen_event ev)
{
	struct allot *a = screen_state(s);

	if (ev == EV_STATE && !a->cover.rows)
		again(s);
	else if (ev == EV_DATA && !a->saving)
		round_change(&a->round);
}

static void allot_describe(struct screen *s, struct strbuf *out)
{
	struct allot *a = screen_state(s);

	if (ready(a))
		strbuf_printf(out, _("an amount typed here goes to charge %s"), answer_text(&a->cover, a->list.cursor, "no"));
}

static void allot_summary(struct screen *s, struct strbuf *out)
{
	int n = changes(screen_state(s));

	if (n > 0)
		strbuf_printf(out, P_("%d change, F2 applies it", "%d changes, F2 applies them", (unsigned)n), n);
}

static const char *allot_subject(struct screen *s, const char **id)
{
	*id = ((struct allot *)screen_state(s))->id;
	return "payments";
}

static bool allot_busy(const struct screen *s)
{
	const struct allot *a = screen_state((struct screen *)s);

	return (a->saving || (a->round.waiting > 0 && !a->cover.rows)) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "F2 C-x", "save", N_("apply"), save, 0, B_FOOTER, "allocation.edit" },
	{ "Enter Tab", "next", N_("next"), next, 0, B_HIDDEN, NULL },
	{ "Space", "fill", N_("as much as possible"), fill, 0, B_FOOTER, NULL },
	{ "Backspace Delete", "take-off", N_("take off"), take_off, 0, B_FOOTER, NULL },
	{ "o M-o", "in-order", N_("the oldest first"), in_order, 0, B_FOOTER, NULL },
	{ "C-u", "as-it-was", N_("as it was"), forget, 0, B_FOOTER, NULL },
	{ "a C-o", "actions", N_("actions"), actions, 0, B_FOOTER, NULL },
	{ "Esc F3 q", "leave", N_("leave"), leave, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

static const struct screen_class allot_class = {
	.name = "allocation", .title = N_("What it covers"), .state_size = sizeof(struct allot), .keys = KEYS,
	.open = allot_opened, .close = allot_closed, .draw = allot_draw, .event = allot_event, .hotkey = allot_hotkey,
	.describe = allot_describe, .summary = allot_summary, .subject = allot_subject, .busy = allot_busy,
};

static void allot_open(struct screen *s, const char *payment)
{
	if (!screen_may(s, payments()->read)) {
		app_message(screen_app(s), TOK_WARNING, _("%s: your role lacks the permission %s"), _(payments()->label),
		    payments()->read);
		return;
	}
	app_push(screen_app(s), &allot_class, payment);
}

enum result allot_here(struct screen *s, int arg)
{
	const struct screen_class *cls = screen_kind(s);
	const char *id = NULL, *resource = cls->subject ? cls->subject(s, &id) : NULL;

	(void)arg;
	if (resource && !strcmp(resource, "payments") && id[0])
		allot_open(s, id);
	else
		app_message(screen_app(s), TOK_DIM, _("stand on a payment: its key shows what it covers"));
	return R_REDRAW;
}

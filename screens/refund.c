#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "screens/format.h"
#include "screens/refund.h"
#include "screens/seeing.h"
#include "screens/write.h"
#include "tui/overlay.h"

enum { PAYMENTS_MOST = 20, REASONS_MOST = 16 };

/* What has been answered so far; draws nothing but the wait. */
struct asking {
	uint64_t owner;
	char id[UUID_LEN + 1];       /* of the payment, or of the stay */
	bool of_stay;
	int waiting;
	struct table *payments;      /* NULL until they came */
	struct table *policy;        /* report refund_preview; NULL = none holds */
	int row;                     /* of the payment */
	char *amount;
	struct err err;
};

struct asking_arg { struct screen *owner; bool of_stay; const char *id; };

static void ask_amount(struct screen *s);

static void leave(struct screen *s)
{
	app_close(screen_app(s), screen_id(s));
}

/* ---- the payment ---- */

static int64_t left_of(const struct table *t, int row)
{
	const char *status = table_get(t, row, "status");

	if (strcmp(status, "succeeded") != 0 && strcmp(status, "part_refunded") != 0)
		return 0;
	return format_number(table_get(t, row, "amount_minor")) - format_number(table_get(t, row, "refunded_minor"));
}

static const char *cell(const struct asking *a, const char *name)
{
	return table_get(a->payments, a->row, name);
}

/* What the policy gives back of the whole stay, as far as this payment has it; else what covers nothing; else all. */
static int64_t proposal(const struct asking *a)
{
	int64_t left = left_of(a->payments, a->row), spare = format_number(cell(a, "unallocated_minor"));
	int64_t back = format_number(table_get(a->policy, 0, "refund_minor"));

	if (table_rows(a->policy) > 0)
		return back < left ? back : left;
	return spare > 0 && spare < left ? spare : left;
}

static void put_money(const struct asking *a, int64_t minor, struct strbuf *out)
{
	format_money(out, minor, cell(a, "currency"));
}

/* ---- the end ---- */

/* The overlay goes first: what is said then stands on the screen that asked. */
static void write_it(struct screen *s, const char *reason)
{
	struct asking *a = screen_state(s);
	struct screen *owner = app_screen(screen_app(s), a->owner);
	json_t *args = json_pack("{s:s, s:s}", "amount", a->amount, "reason", reason);
	char *what = xasprintf(_("Payment %s: refund of %s asked for"), cell(a, "no"), a->amount);
	char *id = xstrdup(cell(a, "id"));

	leave(s);
	if (owner)
		write_one(owner, &(struct mutation){ .res = catalogue_resource("payment"), .kind = "action",
			.action = "refund", .record = id, .args = args }, what, NULL, NULL);
	json_decref(args);
	free(what);
	free(id);
}

static void reason_typed(struct screen *s, const char *text)
{
	if (text && text[0])
		write_it(s, text);
	else
		leave(s);
}

static const struct choice *reasons(void)
{
	return resource_field(catalogue_resource("refund"), "reason")->choices;
}

static void reason_chosen(struct screen *s, int choice, void *arg)
{
	(void)arg;
	if (choice < 0)
		leave(s);
	else if (reasons()[choice].value)
		write_it(s, reasons()[choice].value);
	else
		app_prompt(screen_app(s), s, _("Reason:"), "", NULL, reason_typed);
}

static void ask_reason(struct screen *s)
{
	struct asking *a = screen_state(s);
	struct menu_item items[REASONS_MOST] = { 0 };
	char *title = xasprintf(_("Refund %s: why?"), a->amount);
	int n = 0;

	for (const struct choice *c = reasons(); c->value && n < REASONS_MOST - 1; c++, n++)
		items[n] = (struct menu_item){ .label = _(c->label), .key = (char)('1' + n) };
	items[n++] = (struct menu_item){ .label = _("another reason…"), .key = '0' };
	menu_ask(s, title, items, n, 0, reason_chosen, NULL);
	free(title);
}

/* ---- how much ---- */

static bool amount_words(struct screen *s, const char *text, struct strbuf *out)
{
	struct asking *a = screen_state(s);

	(void)text;
	put_money(a, left_of(a->payments, a->row), out);
	strbuf_printf(out, _(" %s left of payment %s"), cell(a, "currency"), cell(a, "no"));
	if (table_rows(a->policy) == 0)
		return true;
	strbuf_puts(out, _(", the policy gives back "));
	format_bp(out, format_number(table_get(a->policy, 0, "refund_bp")));
	strbuf_puts(out, _(" of what was paid: "));
	put_money(a, format_number(table_get(a->policy, 0, "refund_minor")), out);
	return true;
}

static void amount_typed(struct screen *s, const char *text)
{
	struct asking *a = screen_state(s);

	if (!text || !text[0]) {
		leave(s);
		return;
	}
	free(a->amount);
	a->amount = xstrdup(text);
	ask_reason(s);
}

static void ask_amount(struct screen *s)
{
	static const struct prompt_help HELP = { .words = amount_words };
	struct asking *a = screen_state(s);
	struct strbuf initial = { 0 };

	if (proposal(a) > 0) /* by the policy nothing: then it is said by hand */
		put_money(a, proposal(a), &initial);
	app_prompt_helped(screen_app(s), s, _("Give back:"), strbuf_str(&initial), &HELP, NULL, amount_typed);
	strbuf_free(&initial);
}

/* ---- of which payment ---- */

static void payment_chosen(struct screen *s, int choice, void *arg)
{
	struct asking *a = screen_state(s);

	(void)arg;
	a->row = choice;
	if (choice < 0)
		leave(s);
	else
		ask_amount(s);
}

static void ask_payment(struct screen *s)
{
	struct asking *a = screen_state(s);
	struct menu_item items[PAYMENTS_MOST] = { 0 };
	char *labels[PAYMENTS_MOST] = { 0 };
	int n = table_rows(a->payments);

	for (int i = 0; i < n && i < PAYMENTS_MOST; i++) {
		struct strbuf label = { 0 };

		strbuf_printf(&label, "%s  %s  ", table_get(a->payments, i, "no"), table_get(a->payments, i, "booked_on"));
		format_money(&label, left_of(a->payments, i), table_get(a->payments, i, "currency"));
		labels[i] = strbuf_steal(&label);
		items[i] = (struct menu_item){ .label = labels[i], .note = table_get(a->payments, i, "method"),
			.key = (char)(i < 9 ? '1' + i : 0),
			.refused = left_of(a->payments, i) > 0 ? NULL : _("nothing is left of this payment") };
	}
	menu_ask(s, _("Refund of which payment?"), items, n, 0, payment_chosen, NULL);
	for (int i = 0; i < n && i < PAYMENTS_MOST; i++)
		free(labels[i]);
}

static void nothing(struct screen *s, const char *why)
{
	app_message(screen_app(s), TOK_WARNING, "%s", why);
	leave(s);
}

static void go_on(struct screen *s)
{
	struct asking *a = screen_state(s);

	if (a->err.kind) {
		app_error(screen_app(s), &a->err);
		leave(s);
	} else if (table_rows(a->payments) == 0) {
		nothing(s, _("nothing was paid for this stay"));
	} else if (table_rows(a->payments) > 1) {
		ask_payment(s);
	} else if (left_of(a->payments, 0) <= 0) {
		nothing(s, _("nothing is left of this payment"));
	} else {
		ask_amount(s);
	}
}

/* ---- asking the database ---- */

static void on_policy(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct asking *a = screen_state(s);

	if (!r->err) /* a stay that is over has no policy any more: that is no fault */
		a->policy = table_ref(r->rows);
	if (--a->waiting == 0)
		go_on(s);
}

static void ask_policy(struct screen *s, const char *stay)
{
	struct asking *a = screen_state(s);
	const struct report *rep = catalogue_report("refund_preview");

	if (!stay[0] || !screen_may(s, rep->permission))
		return;
	a->waiting++;
	client_report(screen_session(s), rep, &(struct param){ "stay", stay }, 1, screen_owner(s, SLOT_DETAIL), on_policy, s);
}

static void on_payments(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct asking *a = screen_state(s);

	if (r->err)
		a->err = *r->err;
	else
		a->payments = table_ref(r->rows);
	if (!r->err && !a->of_stay)
		ask_policy(s, table_get(a->payments, 0, "reservation"));
	if (--a->waiting == 0)
		go_on(s);
}

static void ask_payments(struct screen *s)
{
	struct asking *a = screen_state(s);
	char filter[80];
	struct query q;
	struct err e;

	a->waiting++;
	if (!a->of_stay) {
		client_get(screen_session(s), catalogue_resource("payment"), a->id, screen_owner(s, SLOT_MAIN), on_payments, s);
		return;
	}
	ask_policy(s, a->id);
	query_init(&q, catalogue_resource("payment"));
	q.limit = PAYMENTS_MOST;
	snprintf(filter, sizeof(filter), "reservation=%s", a->id);
	if (query_filter(&q, filter, screen_today(s), NULL, &e))
		client_list(screen_session(s), &q, screen_owner(s, SLOT_MAIN), on_payments, s);
	query_free(&q);
}

/* ---- the overlay ---- */

static bool asking_open(struct screen *s, const void *arg)
{
	const struct asking_arg *from = arg;
	struct asking *a = screen_state(s);

	a->owner = screen_id(from->owner);
	a->of_stay = from->of_stay;
	snprintf(a->id, sizeof(a->id), "%s", from->id);
	ask_payments(s);
	return true;
}

static void asking_close(struct screen *s)
{
	struct asking *a = screen_state(s);

	table_free(a->payments);
	table_free(a->policy);
	free(a->amount);
}

static void asking_draw(struct screen *s, struct canvas body)
{
	const struct asking *a = screen_state(s);

	if (a->waiting)
		draw_text(overlay_frame(body, 1, 40, _("Refund")), 0, 0, -1, TOK_DIM, _("asking what was paid…"));
}

static bool asking_busy(const struct screen *s)
{
	return ((struct asking *)screen_state((struct screen *)s))->waiting && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Esc q C-c F3 F12", "leave", N_("leave"), overlay_leave, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class asking_class = {
	.name = "refund-ask", .title = N_("Refund"), .state_size = sizeof(struct asking), .keys = KEYS, .overlay = true,
	.open = asking_open, .close = asking_close, .draw = asking_draw, .busy = asking_busy,
};

static void refund_ask(struct screen *s, const char *resource, const char *id)
{
	bool of_stay = resource && !strcmp(resource, "reservations");

	if (!resource || !id[0] || (!of_stay && strcmp(resource, "payments") != 0)) {
		app_message(screen_app(s), TOK_WARNING, _("a refund is of a payment or a stay: put the cursor on one"));
		return;
	}
	if (seeing_may_write(s, resource_action(catalogue_resource("payments"), "refund")->permission))
		app_push(screen_app(s), &asking_class, &(struct asking_arg){ s, of_stay, id });
}

enum result refund_key(struct screen *s, int arg)
{
	const char *id = "", *resource = screen_kind(s)->subject ? screen_kind(s)->subject(s, &id) : NULL;

	(void)arg;
	if (screen_kind(s)->overlay)
		return R_NONE;
	refund_ask(s, resource, id);
	return R_REDRAW;
}

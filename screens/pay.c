#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "base/uuid.h"
#include "client/statedir.h"
#include "screens/format.h"
#include "screens/pay.h"
#include "screens/payplan.h"
#include "screens/seeing.h"
#include "screens/sheet.h"
#include "screens/write.h"
#include "tui/overlay.h"

struct pay {
	struct sheet sheet;      /* first: lookup.c finds it here */
	const char *about;       /* what it is for, as the preview's argument: "charge", "party" …; NULL = not said yet */
	char id[64];
	char charge[UUID_LEN + 1]; /* the charge that it is made for; "" = none */
	struct table *plan;      /* the preview; NULL until it came */
	struct err err;
	bool typed;              /* the amount is the person's, not the proposed one */
	bool again;              /* asked with other values than stand there now */
	bool asked, saving;
	bool recorded;           /* written, and perhaps not confirmed yet */
};

struct pay_arg { const char *about, *id; };

static const struct resource *payments(void)
{
	return catalogue_resource("payments");
}

static int at(const struct pay *p, const char *field)
{
	return sheet_field(&p->sheet, field);
}

/* ---- what it would do: asked again with every key ---- */

static void put_ref(struct pay *p, const char *field)
{
	char label[32];
	int i = at(p, field);

	snprintf(label, sizeof(label), "%s_label", field);
	sheet_set(&p->sheet, i, table_get(p->plan, 0, label), table_get(p->plan, 0, field));
	form_rebase(&p->sheet.form, i, form_value(&p->sheet.form, i));
	form_error(&p->sheet.form, i, NULL);
}

static void put_amount(struct pay *p)
{
	int64_t amount = format_number(table_get(p->plan, 0, "part_minor"));
	char text[48] = "";

	if (amount > 0)
		money_format(amount, p->sheet.currency, false, text);
	form_reset(&p->sheet.form, at(p, "amount"), text);
}

static void on_plan(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct pay *p = screen_state(s);

	p->asked = false;
	err_clear(&p->err);
	table_free(p->plan);
	p->plan = r->err ? NULL : table_ref(r->rows);
	if (r->err)
		p->err = *r->err;
	app_redraw(screen_app(s));
	if (!table_rows(p->plan))
		return;
	snprintf(p->sheet.currency, sizeof(p->sheet.currency), "%s", table_get(p->plan, 0, "currency"));
	form_aside(&p->sheet.form, at(p, "amount"), p->sheet.currency);
	snprintf(p->charge, sizeof(p->charge), "%s", table_get(p->plan, 0, "id"));
	put_ref(p, "party");
	put_ref(p, "agreement");
	put_ref(p, "reservation");
	if (!p->typed)
		put_amount(p);
}

static void ask(struct screen *s)
{
	struct pay *p = screen_state(s);
	const char *amount = form_value(&p->sheet.form, at(p, "amount"));
	const struct param args[] = { { p->about, p->id }, { "amount", amount } };

	screen_cancel(s, SLOT_DETAIL);
	p->asked = p->about != NULL;
	if (p->asked)
		client_report(screen_session(s), catalogue_report("payment_preview"), args, p->typed && amount[0] ? 2 : 1,
		    screen_owner(s, SLOT_DETAIL), on_plan, s);
}

/* The person says himself who pays, or for what: the rest follows from that. */
static void turn_to(struct pay *p, int field)
{
	static const char *const REFS[] = { "party", "agreement", "reservation" };

	for (size_t i = 0; i < ARRAY_LEN(REFS); i++) {
		if (field != at(p, REFS[i]) || !p->sheet.fields[field].id)
			continue;
		p->about = REFS[i];
		snprintf(p->id, sizeof(p->id), "%s", p->sheet.fields[field].id);
		p->charge[0] = '\0';
	}
}

static void touched(struct screen *s, int field)
{
	struct pay *p = screen_state(s);

	if (field == at(p, "amount"))
		p->typed = form_value(&p->sheet.form, field)[0] != '\0';
	else if (p->sheet.fields[field].field->type == FT_REF)
		turn_to(p, field);
	else
		return;
	screen_later(s, ask);
}

/* ---- saving: recorded, then confirmed by who may ---- */

static void done(struct screen *s)
{
	app_close(screen_app(s), screen_id(s));
}

static void on_confirmed(struct screen *s, const struct reply *r, void *arg)
{
	(void)arg;
	if (!r->err)
		done(s); /* refused: recorded all the same, and the status line says why it waits */
	else
		((struct pay *)screen_state(s))->saving = false;
}

static void confirm(struct screen *s, const json_t *recorded)
{
	struct pay *p = screen_state(s);
	json_int_t no = json_integer_value(json_object_get(json_object_get(recorded, "row"), "no"));
	const char *why = table_get(p->plan, 0, "code");
	const struct mutation m = {
		.res = payments(), .kind = "action", .action = "confirm",
		.record = json_string_value(json_object_get(recorded, "record")),
	};
	char *what;

	if (why[0]) {
		app_message(screen_app(s), TOK_WARNING, _("payment %lld is recorded; somebody else confirms it"), (long long)no);
		done(s);
		return;
	}
	what = xasprintf(_("payment %lld: received"), (long long)no);
	write_one(s, &m, what, on_confirmed, NULL);
	free(what);
}

static void on_recorded(struct screen *s, const struct reply *r, void *arg)
{
	struct pay *p = screen_state(s);

	(void)arg;
	if (r->err) {
		p->saving = false;
		if (sheet_error(&p->sheet, r->err))
			form_go(&p->sheet.form, form_first_error(&p->sheet.form));
		ask(s); /* somebody may have paid meanwhile */
		app_redraw(screen_app(s));
		return;
	}
	p->recorded = true;
	sheet_remember(&p->sheet, payments());
	confirm(s, r->json);
}

static json_t *values_of(struct screen *s)
{
	struct pay *p = screen_state(s);
	struct values v;
	struct err e = { 0 };
	json_t *set = NULL;

	values_init(&v, payments());
	if (sheet_values(&p->sheet, payments(), false, &v, &e) && values_check_new(&v, &e)) {
		set = values_json(&v);
		if (p->charge[0])
			json_object_set_new(set, "charge", json_string(p->charge));
	} else {
		app_error(screen_app(s), &e);
		if (sheet_error(&p->sheet, &e))
			form_go(&p->sheet.form, form_first_error(&p->sheet.form));
	}
	values_free(&v);
	return set;
}

static void save(struct screen *s)
{
	struct pay *p = screen_state(s);
	const struct mutation m = { .res = payments(), .kind = "create", .set = p->saving ? NULL : values_of(s) };
	char *what;

	if (!m.set)
		return;
	what = xasprintf(_("payment of %s %s: recorded"), form_value(&p->sheet.form, at(p, "amount")), p->sheet.currency);
	p->saving = true;
	write_one(s, &m, what, on_recorded, NULL);
	free(what);
	json_decref((json_t *)m.set);
}

/* ---- keys ---- */

static enum result act(struct screen *s, int what)
{
	struct pay *p = screen_state(s);

	if (p->recorded) /* once is enough: what is left is to leave */
		return R_HANDLED;
	return sheet_do(&p->sheet, what);
}

static bool pay_wants_text(const struct screen *s)
{
	(void)s;
	return true;
}

/* The first digit takes the place of the proposed amount. */
static enum result pay_text(struct screen *s, struct key k)
{
	struct pay *p = screen_state(s);
	struct form *f = &p->sheet.form;

	if (f->cursor == at(p, "amount") && !p->typed && key_is_text(k))
		form_set(f, f->cursor, "");
	return form_key(f, k);
}

/* ---- the screen ---- */

static void recall_method(struct screen *s)
{
	struct pay *p = screen_state(s);
	struct statedir *d = screen_statedir(s);
	json_t *last = d ? statedir_get(d, "last/payment") : NULL;
	const char *text = json_string_value(json_object_get(json_object_get(last, "method"), "text"));
	const struct choice *methods = resource_field(payments(), "method")->choices;
	const struct choice *c = text ? choice_find(methods, text) : NULL;

	sheet_set(&p->sheet, at(p, "method"), _((c ? c : methods)->label), NULL);
	json_decref(last);
}

static bool pay_opened(struct screen *s, const void *arg)
{
	static const char *const FIELDS[] = {
		"party", "agreement", "reservation", "amount", "method", "booked_on", "receipt", "comment",
	};
	const struct pay_arg *a = arg;
	struct pay *p = screen_state(s);
	char today[16];

	if (!a)
		return false;
	sheet_open(&p->sheet, s);
	p->sheet.touched = touched;
	p->sheet.save = save;
	snprintf(p->sheet.currency, sizeof(p->sheet.currency), "%s", session_currency(screen_session(s)));
	for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++)
		sheet_add(&p->sheet, payments(), resource_field(payments(), FIELDS[i]), false);
	day_format(screen_today(s), today);
	form_reset(&p->sheet.form, at(p, "booked_on"), today);
	recall_method(s);
	p->about = a->about;
	snprintf(p->id, sizeof(p->id), "%s", a->id ? a->id : "");
	form_go(&p->sheet.form, at(p, a->about ? "amount" : "party"));
	ask(s);
	return true;
}

static void pay_closed(struct screen *s)
{
	struct pay *p = screen_state(s);

	table_free(p->plan);
	sheet_close(&p->sheet);
}

static int form_lines(const struct pay *p, int width)
{
	int lines = width >= FORM_TWO_COLUMNS ? (p->sheet.form.n + 1) / 2 + 2 : p->sheet.form.n;

	for (int i = 0; i < p->sheet.form.n; i++)
		lines += p->sheet.form.fields[i].error != NULL;
	return lines;
}

static void pay_draw(struct screen *s, struct canvas c)
{
	struct pay *p = screen_state(s);
	int lines = form_lines(p, c.w);

	form_draw(&p->sheet.form, canvas_sub(c, 0, 0, lines, c.w), true);
	c = canvas_sub(c, lines, 0, c.h - lines, c.w);
	if (p->err.kind) {
		draw_printf(c, 1, 2, TOK_ERROR, "%s. %s", p->err.text, p->err.remedy);
		return;
	}
	payplan_draw(s, p->plan, c);
}

static void pay_event(struct screen *s, enum screen_event ev)
{
	struct pay *p = screen_state(s);

	if (ev == EV_DATA && !p->saving && !p->asked)
		ask(s);
}

static void pay_describe(struct screen *s, struct strbuf *out)
{
	struct pay *p = screen_state(s);

	if (p->saving)
		strbuf_puts(out, _("saving…"));
	else
		form_describe(&p->sheet.form, out);
}

static void pay_crumb(struct screen *s, struct strbuf *out)
{
	struct pay *p = screen_state(s);

	strbuf_puts(out, _("Register a payment"));
	if (p->charge[0] && p->plan)
		strbuf_printf(out, " > %s %s", _("charge"), table_get(p->plan, 0, "no"));
}

static bool pay_busy(const struct screen *s)
{
	const struct pay *p = screen_state((struct screen *)s);

	return (p->saving || (p->asked && !p->plan && !p->err.kind)) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	FORM_KEYS(act),
	{ "Esc F3 F12", "leave", N_("leave"), overlay_leave, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class pay_class = {
	.name = "payment-form", .title = N_("Register a payment"), .state_size = sizeof(struct pay), .keys = KEYS,
	.open = pay_opened, .close = pay_closed, .draw = pay_draw, .event = pay_event, .text = pay_text,
	.wants_text = pay_wants_text, .describe = pay_describe, .crumb = pay_crumb, .busy = pay_busy,
};

static void pay_open(struct screen *s, const char *resource, const char *id)
{
	static const char *const KINDS[] = { "charges", "agreements", "reservations", "units", "parties" };
	struct pay_arg arg = { NULL, id };

	if (!seeing_may_write(s, payments()->create))
		return;
	for (size_t i = 0; resource && id && id[0] && i < ARRAY_LEN(KINDS); i++)
		if (!strcmp(KINDS[i], resource))
			arg.about = catalogue_resource(resource)->singular;
	app_push(screen_app(s), &pay_class, &arg);
}

enum result pay_here(struct screen *s, int arg)
{
	const struct screen_class *cls = screen_kind(s);
	const char *id = NULL, *resource = cls->subject ? cls->subject(s, &id) : NULL;

	(void)arg;
	pay_open(s, resource, id);
	return R_REDRAW;
}

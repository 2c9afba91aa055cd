#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "client/value.h"
#include "screens/deal.h"
#include "screens/draft.h"
#include "screens/effect.h"
#include "screens/format.h"
#include "screens/lease.h"
#include "screens/letting.h"
#include "screens/seeing.h"
#include "screens/write.h"

enum { EFFECT_LINES = 9 };

struct lease {
	struct sheet sheet;       /* first: lookup.c finds it here */
	struct effect effect;
	struct letting letting;   /* is it free, and for how much */
	struct draft draft;
	bool saving, over, stale;
};

struct lease_arg { const struct param *preset; int n; };

/* What helps to fill the form and is no field of an agreement. */
static const struct field MONTHS = { .name = "months", .label = N_("Months"), .type = FT_INT, .min = 1, .max = 600,
	.width = 4, .help = N_("sets the end; 11 or 12 as a rule") };
static const struct field DEPOSIT_MONTHS = { .name = "deposit_months", .label = N_("Deposit, months"), .type = FT_INT,
	.min = 0, .max = 24, .width = 4, .help = N_("so many rents; or type the amount itself") };
static const struct resource HELPERS = { .name = "lease_helpers", .singular = "lease_helper" };

static const struct resource *agreements(void)
{
	return catalogue_resource("agreements");
}

static const struct resource *parties(void)
{
	return catalogue_resource("party");
}

static int at(const struct lease *l, const char *field)
{
	return sheet_field(&l->sheet, field);
}

static const char *text_of(const struct lease *l, const char *field)
{
	return form_value(&l->sheet.form, at(l, field));
}

static const char *value(const struct lease *l, const char *field)
{
	return sheet_value(&l->sheet, at(l, field));
}

static day_t day_of(const struct lease *l, const char *field)
{
	return day_parse(value(l, field));
}

static const char *unit_id(const struct lease *l)
{
	const char *id = l->sheet.fields[at(l, "unit")].id;

	return id ? id : "";
}

static const char *currency(const struct lease *l)
{
	return letting_currency(&l->letting)[0] ? letting_currency(&l->letting) : l->sheet.currency;
}

/* ---- live: what will be charged, who is in the way, what it is offered for ---- */

static void effect_came(struct screen *s)
{
	struct lease *l = screen_state(s);

	for (int i = 0; i < l->sheet.form.n && !l->effect.err.kind; i++)
		form_error(&l->sheet.form, i, NULL);
	if (l->effect.err.kind)
		sheet_error(&l->sheet, &l->effect.err);
	app_redraw(screen_app(s));
}

static bool complete(const struct lease *l)
{
	return value(l, "unit")[0] && value(l, "party")[0] && day_of(l, "starts_on") != DAY_NONE &&
	    day_of(l, "ends_on") != DAY_NONE;
}

/* The fields of the agreement as the database takes them; NULL: something is wrong, and its field says what. */
static json_t *set_of(struct lease *l, struct err *e)
{
	struct values v;
	json_t *set = NULL;

	values_init(&v, agreements());
	if (sheet_values(&l->sheet, agreements(), false, &v, e) && values_check_new(&v, e))
		set = values_json(&v);
	values_free(&v);
	return set;
}

static void ask_effect(struct lease *l)
{
	struct err e = { 0 };
	json_t *set = complete(l) ? set_of(l, &e) : NULL;

	if (set)
		effect_ask(&l->effect, "create", NULL, set);
	else
		effect_forget(&l->effect);
	json_decref(set);
}

/* The deposit as so many rents, until somebody types another one. */
static void reckon_deposit(struct lease *l)
{
	const char *why, *rent = text_of(l, "rent");
	int64_t minor, months = atoll(text_of(l, "deposit_months"));
	char amount[40];

	if (!text_of(l, "deposit_months")[0] || !rent[0] || !money_parse(rent, currency(l), &minor, &why) ||
	    __builtin_mul_overflow(minor, months, &minor))
		return;
	money_format(minor, currency(l), false, amount);
	form_set(&l->sheet.form, at(l, "deposit"), amount);
}

static void refresh(struct screen *s)
{
	struct lease *l = screen_state(s);

	l->stale = false;
	if (l->saving)
		return;
	ask_effect(l);
	letting_ask_days(&l->letting, unit_id(l), day_of(l, "starts_on"), day_of(l, "ends_on"));
	app_redraw(screen_app(s));
}

/* Another unit: its rent is proposed, and the rest depends on its currency. */
static void offered(struct screen *s)
{
	struct lease *l = screen_state(s);
	struct strbuf said = { 0 };
	int64_t minor;
	char amount[40];
	int rent = at(l, "rent");

	if (letting_rent(&l->letting, &minor)) {
		strbuf_printf(&said, _("%s, offered for "), currency(l));
		format_money(&said, minor, currency(l));
		form_aside(&l->sheet.form, at(l, "deposit"), currency(l));
		money_format(minor, currency(l), false, amount);
		if (!form_dirty(&l->sheet.form, rent))
			form_reset(&l->sheet.form, rent, amount);
		reckon_deposit(l);
	} else {
		strbuf_puts(&said, _("not offered for long rent"));
	}
	form_aside(&l->sheet.form, rent, said.s);
	strbuf_free(&said);
	refresh(s);
}

static void ask(struct screen *s)
{
	struct lease *l = screen_state(s);

	if (!letting_ask_offer(&l->letting, unit_id(l)))
		refresh(s);
}

/* ---- what is typed ---- */

static void write_draft(struct screen *s)
{
	struct lease *l = screen_state(s);

	if (!l->over)
		draft_write(s, &l->draft, &l->sheet, _("new agreement"), 0);
	app_redraw(screen_app(s));
}

static void touched(struct screen *s, int field)
{
	struct lease *l = screen_state(s);

	(void)field;
	draft_touch(s, &l->draft, write_draft);
	l->stale = true;
	l->effect.fresh = false;
}

/* Months and the end say the same: the one that was typed last moves the other. */
static void reckon_end(struct lease *l, int field)
{
	day_t from = day_of(l, "starts_on");
	int months = atoi(text_of(l, "months"));
	char iso[16];

	if (field == at(l, "ends_on"))
		form_set(&l->sheet.form, at(l, "months"), "");
	if (from == DAY_NONE || months <= 0 || (field != at(l, "months") && field != at(l, "starts_on")))
		return;
	day_format(day_add_months(from, months), iso);
	form_set(&l->sheet.form, at(l, "ends_on"), iso);
	form_error(&l->sheet.form, at(l, "ends_on"), NULL);
}

static void left(struct screen *s, int field)
{
	struct lease *l = screen_state(s);

	if (!l->stale && strcmp(l->letting.unit, unit_id(l)) == 0)
		return;
	if (l->stale)
		reckon_end(l, field);
	if (field == at(l, "deposit") && l->stale && form_dirty(&l->sheet.form, field))
		form_set(&l->sheet.form, at(l, "deposit_months"), "");
	else if (field == at(l, "rent") || field == at(l, "deposit_months"))
		reckon_deposit(l);
	if (l->draft.armed)
		write_draft(s);
	screen_later(s, ask);
}

/* ---- saving: the person if he is new, then the agreement, each in one change ---- */

static void save(struct screen *s);

static void wrong(struct screen *s, const struct err *e)
{
	struct lease *l = screen_state(s);

	if (sheet_error(&l->sheet, e))
		form_go(&l->sheet.form, form_first_error(&l->sheet.form));
	app_redraw(screen_app(s));
}

static void open_saved(struct screen *s, const json_t *json)
{
	struct app *a = screen_app(s);
	const char *id = json_string_value(json_object_get(json, "record"));
	const json_t *no = json_object_get(json_object_get(json, "row"), "no");
	char title[32];
	const struct record_arg arg = { .res = agreements(), .id = id, .title = title };
	struct screen *card;

	snprintf(title, sizeof(title), "%lld", (long long)json_integer_value(no));
	app_close(a, screen_id(s));
	if (!id)
		return;
	card = app_push(a, &record_class, &arg);
	if (card && screen_may(card, "agreement.sign"))
		deal_open(card, resource_action(agreements(), "sign"), id);
}

static void on_saved(struct screen *s, const struct reply *r, void *arg)
{
	struct lease *l = screen_state(s);

	(void)arg;
	l->saving = false;
	if (!r->err) {
		l->over = true;
		draft_drop(s, &l->draft);
		sheet_remember(&l->sheet, agreements());
		open_saved(s, r->json);
		return;
	}
	wrong(s, r->err);
}

static void on_person(struct screen *s, const struct reply *r, void *arg)
{
	struct lease *l = screen_state(s);
	char *name = xstrdup(text_of(l, "name"));

	(void)arg;
	l->saving = false;
	if (!r->err) {
		sheet_set(&l->sheet, at(l, "party"), name, json_string_value(json_object_get(r->json, "record")));
		sheet_set(&l->sheet, at(l, "name"), "", NULL);
		sheet_set(&l->sheet, at(l, "phone"), "", NULL);
		write_draft(s); /* he is there now, whatever becomes of the agreement */
		save(s);
	} else {
		wrong(s, r->err);
	}
	free(name);
}

static void create(struct screen *s, const struct resource *res, json_t *set, const char *label,
    void (*done)(struct screen *s, const struct reply *r, void *arg))
{
	struct lease *l = screen_state(s);
	const struct mutation m = { .res = res, .kind = "create", .set = set };
	char *what = xasprintf(res == agreements() ? _("%s: agreement drawn up") : _("%s: created"), label);

	l->saving = true;
	write_one(s, &m, what, done, NULL);
	free(what);
	json_decref(set);
}

static void create_person(struct screen *s)
{
	struct lease *l = screen_state(s);
	struct values v;
	struct err e = { 0 };

	values_init(&v, parties());
	if (sheet_values(&l->sheet, parties(), false, &v, &e) && values_check_new(&v, &e)) {
		create(s, parties(), values_json(&v), text_of(l, "name"), on_person);
	} else {
		app_error(screen_app(s), &e);
		wrong(s, &e);
	}
	values_free(&v);
}

static void save(struct screen *s)
{
	struct lease *l = screen_state(s);
	bool person = text_of(l, "name")[0] || text_of(l, "phone")[0];
	struct err e = { 0 };
	json_t *set;

	if (l->saving)
		return;
	if (person && value(l, "party")[0]) {
		form_error(&l->sheet.form, at(l, "name"), _("a tenant is chosen already: clear one of the two"));
		form_go(&l->sheet.form, at(l, "name"));
	} else if (!person && !value(l, "party")[0]) {
		form_error(&l->sheet.form, at(l, "party"), _("choose the tenant, or type who is new"));
		form_go(&l->sheet.form, at(l, "party"));
	} else if (person) {
		create_person(s);
	} else if ((set = set_of(l, &e))) {
		create(s, agreements(), set, text_of(l, "unit"), on_saved);
	} else {
		app_error(screen_app(s), &e);
		wrong(s, &e);
	}
}

/* ---- keys ---- */

static enum result act(struct screen *s, int what)
{
	struct lease *l = screen_state(s);

	return sheet_do(&l->sheet, what);
}

static enum result scroll(struct screen *s, int lines)
{
	struct lease *l = screen_state(s);

	effect_scroll(&l->effect, lines);
	return R_REDRAW;
}

static enum result leave(struct screen *s, int arg)
{
	struct lease *l = screen_state(s);

	(void)arg;
	write_draft(s);
	if (l->draft.at[0])
		app_message(screen_app(s), TOK_TEXT, _("the draft is kept: opening the form again goes on with it"));
	return R_CLOSE | R_REDRAW;
}

static void discard_answer(struct screen *s, bool agreed, void *arg)
{
	struct lease *l = screen_state(s);

	(void)arg;
	if (!agreed)
		return;
	l->over = true;
	draft_drop(s, &l->draft);
	app_close(screen_app(s), screen_id(s));
}

static enum result discard(struct screen *s, int arg)
{
	struct lease *l = screen_state(s);

	(void)arg;
	if (form_changes(&l->sheet.form) == 0)
		discard_answer(s, true, NULL);
	else
		draft_discard_ask(s, form_changes(&l->sheet.form), discard_answer);
	return R_REDRAW;
}

static bool lease_wants_text(const struct screen *s)
{
	(void)s;
	return true;
}

static enum result lease_text(struct screen *s, struct key k)
{
	struct lease *l = screen_state(s);

	return form_key(&l->sheet.form, k);
}

/* ---- the screen ---- */

static void add(struct lease *l, const struct resource *res, const char *field, bool readonly)
{
	sheet_add(&l->sheet, res, resource_field(res, field), readonly);
}

static void add_fields(struct screen *s)
{
	static const char *const TERMS[] = { "parking", "utilities", "service", "due_day", "index", "index_month",
		"notice_days", "late_fee", "kind", "payer", "terms" };
	struct lease *l = screen_state(s);
	bool people = screen_may(s, parties()->create);
	struct form_field *name;

	add(l, agreements(), "unit", false);
	add(l, agreements(), "party", false);
	add(l, parties(), "name", !people);
	add(l, parties(), "phone", !people);
	add(l, agreements(), "starts_on", false);
	sheet_add(&l->sheet, &HELPERS, &MONTHS, false);
	add(l, agreements(), "ends_on", false);
	add(l, agreements(), "rent", false);
	sheet_add(&l->sheet, &HELPERS, &DEPOSIT_MONTHS, false);
	add(l, agreements(), "deposit", false);
	for (size_t i = 0; i < ARRAY_LEN(TERMS); i++)
		add(l, agreements(), TERMS[i], false);
	name = &l->sheet.form.fields[at(l, "name")];
	name->label = N_("New tenant");
	name->help = N_("for somebody who is not in the register yet");
	name->required = false;
	l->sheet.form.fields[at(l, "party")].required = false; /* or a new one */
	l->sheet.form.fields[at(l, "unit")].help = N_("code, title or class; letters look for it");
	l->sheet.form.fields[at(l, "party")].help = N_("name, phone or number; letters look for him");
	form_reset(&l->sheet.form, at(l, "deposit_months"), "1");
}

static void put_presets(struct screen *s, const struct param *p, int n)
{
	struct lease *l = screen_state(s);

	sheet_preset(&l->sheet, p, n);
	form_go(&l->sheet.form, at(l, !value(l, "unit")[0] ? "unit" : !value(l, "party")[0] ? "party" : "starts_on"));
}

static void draft_answer(struct screen *s, int choice, void *arg)
{
	struct lease *l = screen_state(s);
	json_t *doc = draft_find(s, &l->draft);

	(void)arg;
	if (choice == 0) {
		draft_restore(&l->sheet, doc);
		write_draft(s);
		ask(s);
	} else if (choice > 0) {
		draft_drop(s, &l->draft);
	} else {
		l->over = true; /* undecided: it stays where it is */
		app_close(screen_app(s), screen_id(s));
	}
	json_decref(doc);
}

static bool lease_opened(struct screen *s, const void *arg)
{
	const struct lease_arg *a = arg;
	struct lease *l = screen_state(s);

	if (!a)
		return false;
	sheet_open(&l->sheet, s);
	l->sheet.touched = touched;
	l->sheet.left = left;
	l->sheet.save = save;
	effect_open(&l->effect, s, effect_came);
	letting_open(&l->letting, s, offered);
	snprintf(l->sheet.currency, sizeof(l->sheet.currency), "%s", session_currency(screen_session(s)));
	add_fields(s);
	put_presets(s, a->preset, a->n);
	draft_open(&l->draft, agreements(), NULL);
	draft_ask(s, &l->draft, draft_answer);
	return true;
}

static void lease_closed(struct screen *s)
{
	struct lease *l = screen_state(s);

	if (l->draft.armed)
		write_draft(s);
	effect_close(&l->effect);
	letting_close(&l->letting);
	sheet_close(&l->sheet);
}

static void lease_draw(struct screen *s, struct canvas c)
{
	struct lease *l = screen_state(s);
	const struct form *f = &l->sheet.form;
	int lines = c.w >= FORM_TWO_COLUMNS ? (f->n + 1) / 2 + 2 : f->n + 1, most;
	int around = letting_lines(&l->letting);

	for (int i = 0; i < f->n; i++)
		lines += f->fields[i].error != NULL;
	most = c.h - around - EFFECT_LINES;
	lines = lines > most ? most : lines;
	form_draw(&l->sheet.form, canvas_sub(c, 0, 0, lines, c.w), true);
	letting_draw(&l->letting, canvas_sub(c, lines, 0, around, c.w));
	effect_draw(&l->effect, canvas_sub(c, lines + around, 0, c.h - lines - around, c.w));
}

static void lease_event(struct screen *s, enum screen_event ev)
{
	struct lease *l = screen_state(s);

	if (ev == EV_DATA && l->effect.fresh && effect_old(&l->effect) && !l->saving)
		refresh(s);
}

static void lease_describe(struct screen *s, struct strbuf *out)
{
	struct lease *l = screen_state(s);

	if (l->saving)
		strbuf_puts(out, _("saving…"));
	else
		form_describe(&l->sheet.form, out);
}

static void lease_summary(struct screen *s, struct strbuf *out)
{
	struct lease *l = screen_state(s);

	if (draft_shown(s, &l->draft)[0])
		strbuf_printf(out, _("draft of %s"), l->draft.shown);
}

static bool lease_busy(const struct screen *s)
{
	const struct lease *l = screen_state((struct screen *)s);

	return l->saving && screen_waiting(s);
}

static const struct binding KEYS[] = {
	FORM_KEYS(act),
	{ "C-f", "effect-down", N_("further down"), scroll, 5, B_HIDDEN, NULL },
	{ "C-b", "effect-up", N_("further up"), scroll, -5, B_HIDDEN, NULL },
	{ "Esc F3", "keep-draft", N_("back, keeps the draft"), leave, 0, B_FOOTER, NULL },
	{ "F12", "discard", N_("discard"), discard, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class lease_class = {
	.name = "lease", .title = N_("New agreement"), .state_size = sizeof(struct lease), .keys = KEYS,
	.open = lease_opened, .close = lease_closed, .draw = lease_draw, .event = lease_event,
	.text = lease_text, .wants_text = lease_wants_text, .describe = lease_describe,
	.summary = lease_summary, .busy = lease_busy,
};

void lease_new(struct screen *s, const struct param *preset, int n)
{
	const struct lease_arg arg = { .preset = preset, .n = n };

	if (seeing_may_write(s, agreements()->create))
		app_push(screen_app(s), &lease_class, &arg);
}

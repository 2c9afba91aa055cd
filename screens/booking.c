#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/booking.h"
#include "screens/draft.h"
#include "screens/offer.h"
#include "screens/seeing.h"
#include "screens/ways.h"
#include "screens/write.h"

enum { PANEL_LINES = 4 };

struct booking {
	struct sheet sheet;       /* first: lookup.c finds it here */
	struct offer offer;
	bool saving, over, refresh;
	char *made;               /* the guest who was made for this stay, as `u` calls it; NULL = nobody */
	struct draft draft;
	struct ways ways;
};

struct booking_arg { const char *unit; day_t check_in, check_out; };

static const struct resource *stays(void)
{
	return catalogue_resource("reservation");
}

static const struct resource *parties(void)
{
	return catalogue_resource("party");
}

static int at(const struct booking *b, const char *field)
{
	return sheet_field(&b->sheet, field);
}

static const char *value(const struct booking *b, const char *field)
{
	return sheet_value(&b->sheet, at(b, field));
}

static day_t day_of(const struct booking *b, const char *field)
{
	return day_parse(value(b, field));
}

static int nights(const struct booking *b)
{
	day_t from = day_of(b, "check_in"), to = day_of(b, "check_out");

	return from != DAY_NONE && to != DAY_NONE && to > from ? to - from : 0;
}

/* ---- live: is it free, and for how much ---- */

static void offer_came(struct screen *s)
{
	struct booking *b = screen_state(s);

	if (b->offer.err.kind)
		sheet_error(&b->sheet, &b->offer.err);
	if (!offer_currency(&b->offer)[0])
		return;
	snprintf(b->sheet.currency, sizeof(b->sheet.currency), "%s", offer_currency(&b->offer));
	form_aside(&b->sheet.form, at(b, "price_per_night"), b->sheet.currency);
}

static const char *unit_id(const struct booking *b)
{
	const char *id = b->sheet.fields[at(b, "unit")].id;

	return id ? id : "";
}

static void ask_offer(struct screen *s)
{
	struct booking *b = screen_state(s);

	offer_ask(&b->offer, value(b, "unit"), unit_id(b), day_of(b, "check_in"), day_of(b, "check_out"));
}

static bool is_about_dates(const struct booking *b, int field)
{
	return field == at(b, "unit") || field == at(b, "check_in") || field == at(b, "check_out");
}

/* ---- the draft ---- */

static void write_draft(struct screen *s)
{
	struct booking *b = screen_state(s);

	if (!b->over)
		draft_write(s, &b->draft, &b->sheet, _("new stay"), 0);
	app_redraw(screen_app(s));
}

static void say_nights(struct booking *b)
{
	int n = nights(b);
	char *text = n ? xasprintf(P_("%d night", "%d nights", n), n) : NULL;

	form_aside(&b->sheet.form, at(b, "check_out"), text);
	free(text);
}

static void touched(struct screen *s, int field)
{
	struct booking *b = screen_state(s);

	draft_touch(s, &b->draft, write_draft);
	if (!is_about_dates(b, field))
		return;
	b->refresh = true;
	offer_forget(&b->offer);
}

static void left(struct screen *s, int field)
{
	struct booking *b = screen_state(s);
	day_t from = day_of(b, "check_in"), to = day_of(b, "check_out");

	if (b->draft.armed)
		write_draft(s);
	if (!is_about_dates(b, field))
		return;
	if (from != DAY_NONE && to != DAY_NONE && to <= from)
		form_error(&b->sheet.form, at(b, "check_out"), _("check-out is not after check-in"));
	say_nights(b);
	if (b->refresh)
		screen_later(s, ask_offer);
	b->refresh = false;
}

/* ---- taken nights in the calendar ---- */

static void day_cell(void *ctx, day_t day, struct strbuf *out, enum token *style)
{
	struct booking *b = screen_state(ctx);

	offer_mark(&b->offer, day, out, style);
}

static void days_shown(void *ctx, day_t from, day_t to)
{
	struct booking *b = screen_state(ctx);

	offer_months(&b->offer, unit_id(b), from, to);
}

static const struct calendar_source DAYS = { .cell = day_cell, .shown = days_shown };

/* ---- saving ---- */

static void save_stay(struct screen *s);

static void way_taken(struct screen *s, const struct table *t, int row)
{
	struct booking *b = screen_state(s);

	if (row < 0) { /* the nights are free now */
		save_stay(s);
		return;
	}
	sheet_set(&b->sheet, at(b, "unit"), table_get(t, row, "unit_label"), table_get(t, row, "unit"));
	sheet_set(&b->sheet, at(b, "check_in"), table_get(t, row, "check_in"), NULL);
	sheet_set(&b->sheet, at(b, "check_out"), table_get(t, row, "check_out"), NULL);
	for (int i = 0; i < b->sheet.form.n; i++)
		form_error(&b->sheet.form, i, NULL);
	say_nights(b);
	write_draft(s);
	ask_offer(s);
}

static void open_stay(struct screen *s, const json_t *json)
{
	struct app *a = screen_app(s);
	const json_t *no = json_object_get(json_object_get(json, "row"), "no");
	char title[32];
	const struct record_arg arg = {
		.res = stays(), .id = json_string_value(json_object_get(json, "record")), .title = title,
	};

	snprintf(title, sizeof(title), "%lld", (long long)json_integer_value(no));
	app_close(a, screen_id(s));
	if (arg.id)
		app_push(a, &record_class, &arg);
}

static void on_stay(struct screen *s, const struct reply *r, void *arg)
{
	struct booking *b = screen_state(s);

	(void)arg;
	b->saving = false;
	if (!r->err) {
		b->over = true;
		draft_drop(s, &b->draft);
		sheet_remember(&b->sheet, stays());
		open_stay(s, r->json);
		return;
	}
	if (sheet_error(&b->sheet, r->err))
		form_go(&b->sheet.form, form_first_error(&b->sheet.form));
	if (!strcmp(r->err->code, "DM004"))
		ways_ask(s, &b->ways, &(struct ways_question){
			.unit = value(b, "unit"), .from = value(b, "check_in"), .to = value(b, "check_out"),
		}, way_taken);
	app_redraw(screen_app(s));
}

/* Values of one resource, checked; what is wrong stands under its field. NULL then. */
static json_t *checked(struct screen *s, const struct resource *res)
{
	struct booking *b = screen_state(s);
	struct values v;
	struct err e = { 0 };
	json_t *set = NULL;

	values_init(&v, res);
	if (sheet_values(&b->sheet, res, false, &v, &e) && values_check_new(&v, &e)) {
		set = values_json(&v);
	} else {
		app_error(screen_app(s), &e);
		if (sheet_error(&b->sheet, &e))
			form_go(&b->sheet.form, form_first_error(&b->sheet.form));
	}
	values_free(&v);
	return set;
}

static void on_guest(struct screen *s, const struct reply *r, void *arg)
{
	struct booking *b = screen_state(s);
	char *name = xstrdup(form_value(&b->sheet.form, at(b, "name")));

	(void)arg;
	b->saving = false;
	if (!r->err) {
		sheet_set(&b->sheet, at(b, "party"), name, json_string_value(json_object_get(r->json, "record")));
		sheet_set(&b->sheet, at(b, "name"), "", NULL);
		sheet_set(&b->sheet, at(b, "phone"), "", NULL);
		write_draft(s); /* the guest is there now, whatever becomes of the stay */
		save_stay(s);
	} else if (sheet_error(&b->sheet, r->err)) {
		form_go(&b->sheet.form, form_first_error(&b->sheet.form));
	}
	free(name);
	app_redraw(screen_app(s));
}

static void create(struct screen *s, const struct resource *res, const char *label,
    void (*done)(struct screen *s, const struct reply *r, void *arg))
{
	struct booking *b = screen_state(s);
	json_t *set = checked(s, res);
	const struct mutation m = { .res = res, .kind = "create", .set = set };
	char *what;

	if (!set)
		return;
	what = xasprintf(_("%s: created"), label);
	b->saving = true;
	write_joined(s, &m, b->made, what, done, NULL);
	if (res == parties()) {
		free(b->made);
		b->made = what;
	} else {
		free(what);
	}
	json_decref(set);
}

static void save_stay(struct screen *s)
{
	struct booking *b = screen_state(s);
	bool guest = form_value(&b->sheet.form, at(b, "name"))[0] || form_value(&b->sheet.form, at(b, "phone"))[0];
	char *label;

	if (b->saving)
		return;
	if (guest && value(b, "party")[0]) {
		form_error(&b->sheet.form, at(b, "name"), _("a guest is chosen already: clear one of the two"));
		form_go(&b->sheet.form, at(b, "name"));
	} else if (guest) {
		create(s, parties(), form_value(&b->sheet.form, at(b, "name")), on_guest);
	} else {
		label = xasprintf(_("stay in %s"), form_value(&b->sheet.form, at(b, "unit")));
		create(s, stays(), label, on_stay);
		free(label);
	}
}

/* ---- keys ---- */

static enum result act(struct screen *s, int what)
{
	struct booking *b = screen_state(s);

	return sheet_do(&b->sheet, what);
}

static enum result leave(struct screen *s, int arg)
{
	struct booking *b = screen_state(s);

	(void)arg;
	write_draft(s);
	if (b->draft.at[0])
		app_message(screen_app(s), TOK_TEXT, _("the draft is kept: opening the form again goes on with it"));
	return R_CLOSE | R_REDRAW;
}

static void discard_answer(struct screen *s, bool agreed, void *arg)
{
	struct booking *b = screen_state(s);

	(void)arg;
	if (!agreed)
		return;
	b->over = true;
	draft_drop(s, &b->draft);
	app_close(screen_app(s), screen_id(s));
}

static enum result discard(struct screen *s, int arg)
{
	struct booking *b = screen_state(s);

	(void)arg;
	if (form_changes(&b->sheet.form) == 0) {
		discard_answer(s, true, NULL);
		return R_REDRAW;
	}
	draft_discard_ask(s, form_changes(&b->sheet.form), discard_answer);
	return R_REDRAW;
}

static bool booking_wants_text(const struct screen *s)
{
	(void)s;
	return true;
}

static enum result booking_text(struct screen *s, struct key k)
{
	struct booking *b = screen_state(s);

	return form_key(&b->sheet.form, k);
}

/* ---- the screen ---- */

static void add(struct booking *b, const struct resource *res, const char *field, bool readonly)
{
	sheet_add(&b->sheet, res, resource_field(res, field), readonly);
}

static void add_fields(struct screen *s)
{
	static const char *const LAST[] = { "channel", "comment" };
	static const char *const FIRST[] = { "unit", "check_in", "check_out", "party" };
	bool guests = screen_may(s, parties()->create);
	struct booking *b = screen_state(s);
	struct form_field *name;

	for (size_t i = 0; i < ARRAY_LEN(FIRST); i++)
		add(b, stays(), FIRST[i], false);
	add(b, parties(), "name", !guests);
	add(b, parties(), "phone", !guests);
	add(b, stays(), "adults", false);
	add(b, stays(), "children", false);
	add(b, stays(), "price_per_night", !screen_may(s, "reservation.price_override"));
	for (size_t i = 0; i < ARRAY_LEN(LAST); i++)
		add(b, stays(), LAST[i], false);
	name = &b->sheet.form.fields[at(b, "name")];
	name->label = N_("New guest");
	name->help = N_("for somebody who is not in the register yet");
	name->required = false;
	b->sheet.form.fields[at(b, "unit")].help = N_("code, title or class; letters look for it");
	b->sheet.form.fields[at(b, "party")].help = N_("name, phone or number; letters look for it");
	b->sheet.form.fields[at(b, "price_per_night")].help = N_("empty: as the unit is offered");
}

static void draft_answer(struct screen *s, int choice, void *arg)
{
	struct booking *b = screen_state(s);
	json_t *doc = draft_find(s, &b->draft);

	(void)arg;
	if (choice == 0) {
		draft_restore(&b->sheet, doc);
		write_draft(s);
		say_nights(b);
		ask_offer(s);
	} else if (choice > 0) {
		draft_drop(s, &b->draft);
	} else {
		b->over = true; /* undecided: it stays where it is */
		app_close(screen_app(s), screen_id(s));
	}
	json_decref(doc);
}

static void preset_day(struct booking *b, const char *field, day_t day)
{
	char iso[16];

	day_format(day, iso);
	if (iso[0])
		form_set(&b->sheet.form, at(b, field), iso);
}

static bool booking_open(struct screen *s, const void *arg)
{
	const struct booking_arg *a = arg;
	struct booking *b = screen_state(s);
	const char *next;

	if (!a)
		return false;
	next = a->check_in == DAY_NONE ? "check_in" : a->check_out == DAY_NONE ? "check_out" : "party";
	sheet_open(&b->sheet, s);
	b->sheet.touched = touched;
	b->sheet.left = left;
	b->sheet.save = save_stay;
	b->sheet.days = &DAYS;
	offer_open(&b->offer, s, offer_came);
	snprintf(b->sheet.currency, sizeof(b->sheet.currency), "%s", session_currency(screen_session(s)));
	add_fields(s);
	preset_day(b, "check_in", a->check_in);
	preset_day(b, "check_out", a->check_out);
	say_nights(b);
	b->refresh = a->unit && a->unit[0];
	if (b->refresh)
		sheet_name(&b->sheet, at(b, "unit"), a->unit);
	if (b->refresh)
		form_go(&b->sheet.form, at(b, next));
	draft_open(&b->draft, stays(), NULL);
	draft_ask(s, &b->draft, draft_answer);
	return true;
}

static void booking_close(struct screen *s)
{
	struct booking *b = screen_state(s);

	if (b->draft.armed)
		write_draft(s);
	free(b->made);
	offer_close(&b->offer);
	ways_close(&b->ways);
	sheet_close(&b->sheet);
}

static void booking_draw(struct screen *s, struct canvas c)
{
	struct booking *b = screen_state(s);
	int lines = c.w >= FORM_TWO_COLUMNS ? (b->sheet.form.n + 1) / 2 + 2 : b->sheet.form.n + 1;

	for (int i = 0; i < b->sheet.form.n; i++)
		lines += b->sheet.form.fields[i].error != NULL;
	lines = lines < c.h - PANEL_LINES ? lines : c.h - PANEL_LINES;
	form_draw(&b->sheet.form, canvas_sub(c, 0, 0, lines, c.w), true);
	c = canvas_sub(c, lines + 1, 0, PANEL_LINES - 1, c.w);
	offer_draw(&b->offer, c, value(b, "price_per_night"));
	draw_text(c, 2, 2, -1, TOK_DIM, _("saved as a hold: it runs out by itself unless confirmed in time"));
}

static void booking_event(struct screen *s, enum screen_event ev)
{
	struct booking *b = screen_state(s);

	if (ev == EV_DATA && b->offer.rows && !b->saving)
		ask_offer(s);
}

static void booking_describe(struct screen *s, struct strbuf *out)
{
	struct booking *b = screen_state(s);

	if (b->saving)
		strbuf_puts(out, _("saving…"));
	else
		form_describe(&b->sheet.form, out);
}

static void booking_summary(struct screen *s, struct strbuf *out)
{
	struct booking *b = screen_state(s);

	if (draft_shown(s, &b->draft)[0])
		strbuf_printf(out, _("draft of %s"), b->draft.shown);
}

static bool booking_busy(const struct screen *s)
{
	const struct booking *b = screen_state((struct screen *)s);

	return b->saving && screen_waiting(s);
}

static const struct binding KEYS[] = {
	FORM_KEYS(act),
	{ "Esc F3", "keep-draft", N_("back, keeps the draft"), leave, 0, B_FOOTER, NULL },
	{ "F12", "discard", N_("discard"), discard, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class booking_class = {
	.name = "booking", .title = N_("New stay"), .state_size = sizeof(struct booking), .keys = KEYS,
	.open = booking_open, .close = booking_close, .draw = booking_draw, .event = booking_event,
	.text = booking_text, .wants_text = booking_wants_text, .describe = booking_describe,
	.summary = booking_summary, .busy = booking_busy,
};

void booking_new(struct screen *s, const char *unit, day_t check_in, day_t check_out)
{
	const struct booking_arg arg = { .unit = unit, .check_in = check_in, .check_out = check_out };

	if (seeing_may_write(s, stays()->create))
		app_push(screen_app(s), &booking_class, &arg);
}

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "screens/booking.h"
#include "screens/draft.h"
#include "screens/format.h"
#include "screens/ways.h"
#include "screens/write.h"

enum { PANEL_LINES = 4 };

struct booking {
	struct sheet sheet;       /* first: lookup.c finds it here */
	struct table *offer;      /* availability of the unit on the dates; NULL = not known yet */
	struct table *spans;      /* what lies on the unit in the months that the calendar shows, and on the dates */
	struct err err;           /* why there is no availability */
	bool saving, over, refresh;
	day_t shown_from, shown_to;
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

static void on_spans(const struct reply *r, void *arg)
{
	struct booking *b = arg;

	if (r->err)
		return; /* the calendar goes without marks; availability says what is wrong */
	table_free(b->spans);
	b->spans = table_ref(r->rows);
	app_redraw(screen_app(b->sheet.screen));
}

static void ask_spans(struct screen *s)
{
	struct booking *b = screen_state(s);
	const char *unit = b->sheet.fields[at(b, "unit")].id;
	day_t from = b->shown_from, to = b->shown_to;
	char first[16], last[16];

	if (nights(b)) {
		from = from == DAY_NONE || day_of(b, "check_in") < from ? day_of(b, "check_in") : from;
		to = to == DAY_NONE || day_of(b, "check_out") > to ? day_of(b, "check_out") : to;
	}
	if (!unit || from == DAY_NONE || to == DAY_NONE)
		return;
	day_format(from, first);
	day_format(to, last);
	const struct param args[] = { { "from", first }, { "to", last }, { "units", unit } };

	screen_cancel(s, SLOT_CELL);
	client_report(screen_session(s), catalogue_report("spans"), args, ARRAY_LEN(args), screen_owner(s, SLOT_CELL),
	    on_spans, b);
}

static void on_offer(const struct reply *r, void *arg)
{
	struct booking *b = arg;
	int price = at(b, "price_per_night");

	err_clear(&b->err);
	table_free(b->offer);
	b->offer = table_ref(r->rows);
	if (r->err) {
		b->err = *r->err;
		sheet_error(&b->sheet, r->err);
	} else if (table_rows(b->offer) > 0) {
		snprintf(b->sheet.currency, sizeof(b->sheet.currency), "%s", table_get(b->offer, 0, "currency"));
		form_aside(&b->sheet.form, price, b->sheet.currency);
	}
	screen_fresh(b->sheet.screen);
}

static void ask_offer(struct screen *s)
{
	struct booking *b = screen_state(s);
	const struct param args[] = {
		{ "from", value(b, "check_in") }, { "to", value(b, "check_out") }, { "unit", value(b, "unit") },
	};

	screen_cancel(s, SLOT_DETAIL);
	table_free(b->offer);
	b->offer = NULL;
	err_clear(&b->err);
	if (!nights(b) || !args[2].value[0] || form_first_error(&b->sheet.form) >= 0)
		return;
	client_report(screen_session(s), catalogue_report("availability"), args, ARRAY_LEN(args),
	    screen_owner(s, SLOT_DETAIL), on_offer, b);
	ask_spans(s);
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
	table_free(b->offer); /* it was about something else */
	b->offer = NULL;
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

	for (int i = 0; i < table_rows(b->spans); i++) {
		if (day < day_parse(table_get(b->spans, i, "check_in")) || day >= day_parse(table_get(b->spans, i, "check_out")) ||
		    !strcmp(table_get(b->spans, i, "status"), "expired"))
			continue;
		strbuf_putc(out, strcmp(table_get(b->spans, i, "kind"), "block") ? 'x' : 'b');
		*style = TOK_DIM;
		return;
	}
}

static void days_shown(void *ctx, day_t from, day_t to)
{
	struct booking *b = screen_state(ctx);

	b->shown_from = from;
	b->shown_to = to;
	screen_later(ctx, ask_spans);
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
		ways_ask(s, &b->ways, value(b, "unit"), value(b, "check_in"), value(b, "check_out"), way_taken);
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
	write_one(s, &m, what, done, NULL);
	free(what);
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

	if (!a)
		return false;
	sheet_open(&b->sheet, s);
	b->sheet.touched = touched;
	b->sheet.left = left;
	b->sheet.save = save_stay;
	b->sheet.days = &DAYS;
	b->shown_from = b->shown_to = DAY_NONE;
	snprintf(b->sheet.currency, sizeof(b->sheet.currency), "%s", session_currency(screen_session(s)));
	add_fields(s);
	preset_day(b, "check_in", a->check_in);
	preset_day(b, "check_out", a->check_out);
	say_nights(b);
	b->refresh = a->unit && a->unit[0];
	if (b->refresh)
		sheet_name(&b->sheet, at(b, "unit"), a->unit);
	if (b->refresh)
		form_go(&b->sheet.form, at(b, a->check_in == DAY_NONE ? "check_in" : a->check_out == DAY_NONE ? "check_out" : "party"));
	draft_open(&b->draft, stays(), NULL);
	draft_ask(s, &b->draft, draft_answer);
	return true;
}

static void booking_close(struct screen *s)
{
	struct booking *b = screen_state(s);

	if (b->draft.armed)
		write_draft(s);
	table_free(b->offer);
	table_free(b->spans);
	ways_close(&b->ways);
	sheet_close(&b->sheet);
}

/* "74 000 KZT": the price typed, or the offer's, times the nights. */
static void add_total(const struct booking *b, struct strbuf *out)
{
	const char *currency = table_get(b->offer, 0, "currency"), *typed = value(b, "price_per_night"), *why;
	int64_t total = format_number(table_get(b->offer, 0, "total_minor")), night;

	if (typed[0] && money_parse(typed, currency, &night, &why) && __builtin_mul_overflow(night, nights(b), &total))
		return;
	format_money(out, total, currency);
	strbuf_printf(out, " %s", currency);
}

/* "taken by 252 Thu 18 Jun – Sun 21 Jun" */
static bool add_taker(const struct booking *b, struct strbuf *out)
{
	day_t from = day_of(b, "check_in"), to = day_of(b, "check_out");

	for (int i = 0; i < table_rows(b->spans); i++) {
		day_t in = day_parse(table_get(b->spans, i, "check_in")), end = day_parse(table_get(b->spans, i, "check_out"));
		const char *no = table_get(b->spans, i, "no");

		if (in >= to || end <= from || !strcmp(table_get(b->spans, i, "status"), "expired"))
			continue;
		strbuf_printf(out, no[0] ? _("taken by %s: ") : _("taken: "), no);
		format_day(out, in);
		strbuf_puts(out, draw_ascii() ? " - " : " – ");
		format_day(out, end);
		if (table_get(b->spans, i, "label")[0])
			strbuf_printf(out, ", %s", table_get(b->spans, i, "label"));
		return true;
	}
	return false;
}

static void draw_answer(const struct booking *b, struct canvas c)
{
	struct strbuf text = { 0 };
	enum token style = TOK_DIM;
	int n = nights(b);

	if (b->err.kind) {
		style = TOK_ERROR;
		strbuf_puts(&text, b->err.text);
	} else if (!n || !value(b, "unit")[0]) {
		strbuf_puts(&text, _("unit and dates say whether it is free, and for how much"));
	} else if (!b->offer) {
		strbuf_puts(&text, _("looking…"));
	} else if (table_get(b->offer, 0, "free")[0] == 't') {
		style = TOK_GOOD;
		strbuf_printf(&text, P_("free: %d night, ", "free: %d nights, ", n), n);
		add_total(b, &text);
	} else {
		style = TOK_WARNING;
		if (!add_taker(b, &text))
			strbuf_puts(&text, table_get(b->offer, 0, "reason"));
	}
	draw_text(c, 0, 2, -1, style, strbuf_str(&text));
	strbuf_clear(&text);
	if (b->offer && !b->err.kind) {
		format_money(&text, format_number(table_get(b->offer, 0, "price_per_night_minor")), table_get(b->offer, 0, "currency"));
		draw_printf(c, 1, 2, TOK_DIM, _("offered for %s %s a night"), strbuf_str(&text), table_get(b->offer, 0, "currency"));
	}
	draw_text(c, 2, 2, -1, TOK_DIM, _("saved as a hold: it runs out by itself unless confirmed in time"));
	strbuf_free(&text);
}

static void booking_draw(struct screen *s, struct canvas c)
{
	struct booking *b = screen_state(s);
	int lines = c.w >= FORM_TWO_COLUMNS ? (b->sheet.form.n + 1) / 2 + 2 : b->sheet.form.n + 1;

	lines = lines < c.h - PANEL_LINES ? lines : c.h - PANEL_LINES;
	form_draw(&b->sheet.form, canvas_sub(c, 0, 0, lines, c.w), true);
	draw_answer(b, canvas_sub(c, lines + 1, 0, PANEL_LINES - 1, c.w));
}

static void booking_event(struct screen *s, enum screen_event ev)
{
	struct booking *b = screen_state(s);

	if (ev == EV_DATA && b->offer && !b->saving)
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

	if (b->draft.at[0])
		strbuf_printf(out, _("draft of %s"), b->draft.at);
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

	if (!screen_may(s, stays()->create)) {
		app_message(screen_app(s), TOK_WARNING, _("%s: your role lacks the permission %s"), _(stays()->label),
		    stays()->create);
		return;
	}
	app_push(screen_app(s), &booking_class, &arg);
}

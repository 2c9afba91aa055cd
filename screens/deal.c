#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/value.h"
#include "screens/deal.h"
#include "screens/effect.h"
#include "screens/format.h"
#include "screens/seeing.h"
#include "screens/sheet.h"
#include "screens/write.h"
#include "tui/overlay.h"

enum { FIELDS_MOST = 12, DEDUCTIONS = 3, HEAD_LINES = 2, EFFECT_LINES = 12 };

struct deal {
	struct sheet sheet;              /* first: lookup.c finds it here */
	struct effect effect;
	const struct action *act;
	char id[UUID_LEN + 1];
	struct table *row;               /* the agreement; NULL until it came */
	struct err err;                  /* why there is none */
	struct field fields[FIELDS_MOST]; /* the action's arguments as fields */
	int nfields;
	bool saving, stale, wanted;      /* stale: to be asked anew; wanted: F2 was pressed before the answer came */
};

struct deal_arg { const struct action *act; const char *id; };

static const struct resource *agreements(void)
{
	return catalogue_resource("agreements");
}

static const char *cell(const struct deal *d, const char *column)
{
	return table_rows(d->row) > 0 ? table_get(d->row, 0, column) : "";
}

static bool does(const struct deal *d, const char *action)
{
	return !strcmp(d->act->name, action);
}

static bool runs(const struct deal *d)
{
	return !strcmp(cell(d, "status"), "active") || !strcmp(cell(d, "status"), "notice");
}

/* ---- what is asked of the engine ---- */

static const struct { const char *amount, *reason; } DEDUCTED[DEDUCTIONS] = {
	{ "deduct1", "for1" }, { "deduct2", "for2" }, { "deduct3", "for3" },
};

static const char *typed(const struct deal *d, const char *field)
{
	int at = sheet_field(&d->sheet, field);

	return at < 0 ? "" : form_value(&d->sheet.form, at);
}

/* "15000 cleaning; 40000 the door"; a semicolon in a reason would begin the next one. */
static void put_deductions(const struct deal *d, struct strbuf *out)
{
	for (int i = 0; i < DEDUCTIONS; i++) {
		const char *amount = typed(d, DEDUCTED[i].amount), *reason = typed(d, DEDUCTED[i].reason);

		if (!amount[0])
			continue;
		strbuf_printf(out, "%s%s ", out->len ? "; " : "", amount);
		for (const char *p = reason[0] ? reason : "-"; *p; p++)
			strbuf_putc(out, *p == ';' ? ',' : *p);
	}
}

static bool is_deduction(const char *name)
{
	for (int i = 0; i < DEDUCTIONS; i++)
		if (!strcmp(name, DEDUCTED[i].amount) || !strcmp(name, DEDUCTED[i].reason))
			return true;
	return false;
}

/* The arguments as canonical text; NULL: a value cannot be read, its field says why. */
static json_t *arguments(struct deal *d)
{
	struct strbuf deductions = { 0 };
	json_t *args = json_object();

	for (int i = 0; i < d->sheet.form.n; i++) {
		const struct field *f = d->sheet.fields[i].field;
		const char *text = sheet_value(&d->sheet, i);
		struct err e;
		char *value;

		if (!text[strspn(text, " ")] || is_deduction(f->name))
			continue;
		value = value_parse(f, text, screen_today(d->sheet.screen), cell(d, "currency"), &e);
		if (!value) {
			json_decref(args);
			return NULL;
		}
		json_object_set_new(args, f->name, json_string(value));
		free(value);
	}
	put_deductions(d, &deductions);
	if (deductions.len)
		json_object_set_new(args, "deductions", json_string(deductions.s));
	strbuf_free(&deductions);
	return args;
}

/* What must be there and is not; -1 = nothing. A reason may come last: the figures do not depend on it. */
static int missing(const struct deal *d, bool reason)
{
	for (int i = 0; i < d->sheet.form.n; i++)
		if (d->sheet.form.fields[i].required && !form_value(&d->sheet.form, i)[0] &&
		    (reason || strcmp(d->sheet.fields[i].field->name, "reason")))
			return i;
	return -1;
}

static void ask(struct screen *s)
{
	struct deal *d = screen_state(s);
	json_t *args;

	d->stale = false;
	if (!d->row || d->saving)
		return;
	args = missing(d, false) < 0 ? arguments(d) : NULL;
	if (!args) {
		effect_forget(&d->effect);
		app_redraw(screen_app(s));
		return;
	}
	if (!json_object_get(args, "reason"))
		json_object_set_new(args, "reason", json_string("-"));
	effect_ask(&d->effect, d->act->name, d->id, args);
	json_decref(args);
	app_redraw(screen_app(s));
}

static void do_it(struct screen *s);

static void effect_came(struct screen *s)
{
	struct deal *d = screen_state(s);

	for (int i = 0; i < d->sheet.form.n && !d->effect.err.kind; i++)
		if (form_value(&d->sheet.form, i)[0])
			form_error(&d->sheet.form, i, NULL); /* what was wrong with it is not any more */
	if (d->effect.err.kind)
		sheet_error(&d->sheet, &d->effect.err);
	else if (d->wanted)
		do_it(s);
	app_redraw(screen_app(s));
}

static void touched(struct screen *s, int field)
{
	struct deal *d = screen_state(s);

	(void)field;
	d->stale = true;
	d->wanted = false;
	d->effect.fresh = false;
	err_clear(&d->effect.err);
}

static void left(struct screen *s, int field)
{
	struct deal *d = screen_state(s);

	(void)field;
	if (d->stale)
		screen_later(s, ask);
}

/* ---- the form ---- */

static int add(struct deal *d, const struct field *f, bool readonly)
{
	d->fields[d->nfields] = *f;
	return sheet_add(&d->sheet, agreements(), &d->fields[d->nfields++], readonly);
}

static void add_deductions(struct deal *d)
{
	for (int i = 0; i < DEDUCTIONS; i++) {
		const struct field amount = { .name = DEDUCTED[i].amount, .label = N_("Deduction"), .type = FT_MONEY,
			.min = 1, .max = INT64_MAX, .width = 12, .help = N_("what he owes beside rent: damage, cleaning, keys") };
		const struct field why = { .name = DEDUCTED[i].reason, .label = N_("for"), .type = FT_TEXT, .max = 60,
			.width = 30, .help = N_("stands in the account and in the deposit's moves") };

		form_aside(&d->sheet.form, add(d, &amount, false), cell(d, "currency"));
		add(d, &why, false);
	}
}

static void add_args(struct deal *d)
{
	for (const struct arg *a = d->act->args; a && a->name; a++) {
		const struct field f = { .name = a->name, .label = a->label, .type = a->type, .choices = a->choices,
			.ref = a->ref, .flags = a->required ? F_REQUIRED : 0, .width = a->type == FT_TEXT ? 30 : 0,
			.max = a->type == FT_BP ? 10000 : 0 };

		if (!strcmp(a->name, "deductions"))
			add_deductions(d);
		else if (strcmp(a->name, "line")) /* which of several of one kind: on the command line */
			add(d, &f, false);
	}
}

static void propose(struct deal *d, const char *field, const char *text)
{
	int at = sheet_field(&d->sheet, field);

	if (at >= 0 && text[0])
		form_reset(&d->sheet.form, at, text);
}

static void propose_day(struct deal *d, const char *field, day_t day)
{
	char iso[16];

	day_format(day, iso);
	propose(d, field, iso);
}

static void propose_index(struct deal *d)
{
	day_t next = day_add_months(day_month_start(screen_today(d->sheet.screen)), 1);
	struct strbuf rate = { 0 };
	int month = atoi(cell(d, "index_month"));

	if (format_number(cell(d, "index_bp")) > 0)
		value_show(&rate, FT_BP, NULL, cell(d, "index_bp"), NULL);
	propose(d, "bp", strbuf_str(&rate));
	while (month && day_to_ymd(next).m != month)
		next = day_add_months(next, 1);
	propose_day(d, "from", next);
	strbuf_free(&rate);
}

static void propose_all(struct deal *d)
{
	day_t today = screen_today(d->sheet.screen), ends = day_parse(cell(d, "ends_on"));
	day_t over = day_parse(cell(d, "terminated_on"));
	int on = sheet_field(&d->sheet, "on"), reason = sheet_field(&d->sheet, "reason");

	if (does(d, "extend") || does(d, "renew"))
		propose_day(d, "until", day_add_months(ends, 12));
	if (does(d, "index"))
		propose_index(d);
	if (does(d, "change_line"))
		propose_day(d, "from", day_add_months(day_month_start(today), 1));
	if (on >= 0)
		propose_day(d, "on", runs(d) ? today : over != DAY_NONE ? over : ends);
	if (does(d, "settle")) {
		propose(d, "late_fees", _("yes"));
		d->sheet.form.fields[on].readonly = !runs(d);
		d->sheet.form.fields[reason].required = runs(d);
		form_go(&d->sheet.form, runs(d) ? on : sheet_field(&d->sheet, DEDUCTED[0].amount));
	}
}

static void on_row(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct deal *d = screen_state(s);
	bool first = !d->row;
	int version = atoi(cell(d, "version"));

	err_clear(&d->err);
	if (r->err) {
		d->err = *r->err;
	} else {
		table_free(d->row);
		d->row = table_ref(r->rows);
		snprintf(d->id, sizeof(d->id), "%s", cell(d, "id"));
		snprintf(d->sheet.currency, sizeof(d->sheet.currency), "%s", cell(d, "currency"));
		if (first) {
			add_args(d);
			propose_all(d);
		}
		if (first || version != atoi(cell(d, "version")) || effect_old(&d->effect))
			ask(s);
	}
	app_redraw(screen_app(s));
}

static void load(struct screen *s)
{
	struct deal *d = screen_state(s);

	client_get(screen_session(s), agreements(), d->id, screen_owner(s, SLOT_MAIN), on_row, s);
}

/* ---- doing it ---- */

static void on_written(struct screen *s, const struct reply *r, void *arg)
{
	struct deal *d = screen_state(s);

	(void)arg;
	d->saving = false;
	if (!r->err) {
		app_close(screen_app(s), screen_id(s));
		return;
	}
	if (sheet_error(&d->sheet, r->err))
		form_go(&d->sheet.form, form_first_error(&d->sheet.form));
	load(s); /* somebody was faster, or a rule has changed: figures as they are now */
}

static void write_it(struct screen *s)
{
	struct deal *d = screen_state(s);
	json_t *args = arguments(d);
	struct strbuf words = { 0 };
	char *what;

	if (!args)
		return;
	const struct mutation m = { .res = agreements(), .kind = "action", .action = d->act->name, .args = args,
		.record = d->id, .version = atoi(cell(d, "version")) };

	effect_words(&d->effect, ", ", &words);
	what = xasprintf("%s: %s%s%s", cell(d, "no"), _(d->act->label), words.len ? ". " : "", strbuf_str(&words));
	d->saving = true;
	write_one(s, &m, what, on_written, NULL);
	free(what);
	strbuf_free(&words);
	json_decref(args);
}

static void agreed(struct screen *s, bool yes, void *arg)
{
	(void)arg;
	if (yes)
		write_it(s);
}

/* An amount without a reason is no deduction, and the other way round. */
static int half_deduction(const struct deal *d)
{
	for (int i = 0; i < DEDUCTIONS; i++) {
		const char *amount = typed(d, DEDUCTED[i].amount), *reason = typed(d, DEDUCTED[i].reason);

		if (!amount[0] != !reason[0])
			return sheet_field(&d->sheet, amount[0] ? DEDUCTED[i].reason : DEDUCTED[i].amount);
	}
	return -1;
}

static void do_it(struct screen *s)
{
	struct deal *d = screen_state(s);
	int gap = missing(d, true), half = half_deduction(d);
	struct strbuf words = { 0 };

	d->wanted = false;
	if (!d->row || d->saving)
		return;
	if (gap >= 0 || half >= 0) {
		gap = gap >= 0 ? gap : half;
		form_error(&d->sheet.form, gap, _("a value is needed"));
		form_go(&d->sheet.form, gap);
	} else if (form_first_error(&d->sheet.form) >= 0) {
		form_go(&d->sheet.form, form_first_error(&d->sheet.form));
	} else if (d->effect.err.kind) {
		app_error(screen_app(s), &d->effect.err);
	} else if (!d->effect.fresh || effect_old(&d->effect)) {
		d->wanted = true; /* once it is known what it will bring */
		ask(s);
	} else if (d->act->flags & A_DESTRUCTIVE) {
		effect_words(&d->effect, "\n", &words);
		confirm_ask(s, _(d->act->label), strbuf_str(&words), 0, agreed, NULL);
	} else {
		write_it(s);
	}
	strbuf_free(&words);
}

/* ---- keys ---- */

static enum result act(struct screen *s, int what)
{
	struct deal *d = screen_state(s);

	if (what == FORM_SAVE && d->sheet.form.n == 0)
		do_it(s);
	else if (d->sheet.form.n > 0)
		return sheet_do(&d->sheet, what);
	return R_REDRAW;
}

static enum result scroll(struct screen *s, int lines)
{
	struct deal *d = screen_state(s);

	effect_scroll(&d->effect, lines);
	return R_REDRAW;
}

static enum result leave(struct screen *s, int arg)
{
	(void)arg;
	app_message(screen_app(s), TOK_DIM, _("nothing was changed"));
	return R_CLOSE | R_REDRAW;
}

static bool deal_wants_text(const struct screen *s)
{
	const struct deal *d = screen_state((struct screen *)s);

	return d->row && d->sheet.form.n > 0;
}

static enum result deal_text(struct screen *s, struct key k)
{
	struct deal *d = screen_state(s);

	return form_key(&d->sheet.form, k);
}

/* ---- the screen ---- */

static bool deal_opened(struct screen *s, const void *arg)
{
	const struct deal_arg *a = arg;
	struct deal *d = screen_state(s);

	if (!a)
		return false;
	sheet_open(&d->sheet, s);
	d->sheet.touched = touched;
	d->sheet.left = left;
	d->sheet.save = do_it;
	effect_open(&d->effect, s, effect_came);
	d->act = a->act;
	snprintf(d->id, sizeof(d->id), "%s", a->id);
	load(s);
	return true;
}

static void deal_closed(struct screen *s)
{
	struct deal *d = screen_state(s);

	effect_close(&d->effect);
	table_free(d->row);
	sheet_close(&d->sheet);
}

/* "active, 2025-10-26 – 2026-09-26, 140 000.00 KZT, Kim Olga, R01-1" */
static void draw_head(const struct deal *d, struct canvas c)
{
	const struct field *status = resource_field(agreements(), "status");
	struct strbuf text = { 0 };

	value_show(&text, FT_CHOICE, status->choices, cell(d, "status"), NULL);
	strbuf_puts(&text, ", ");
	value_show(&text, FT_DATE, NULL, cell(d, "starts_on"), NULL);
	strbuf_puts(&text, draw_ascii() ? " - " : " – ");
	value_show(&text, FT_DATE, NULL, cell(d, "ends_on"), NULL);
	strbuf_puts(&text, ", ");
	format_money(&text, format_number(cell(d, cell(d, "rent_now_minor")[0] ? "rent_now_minor" : "rent_minor")),
	    cell(d, "currency"));
	strbuf_printf(&text, " %s, %s, %s", cell(d, "currency"), cell(d, "party_label"), cell(d, "unit_label"));
	draw_text(c, 0, 2, -1, TOK_DIM, strbuf_str(&text));
	strbuf_free(&text);
}

static void deal_draw(struct screen *s, struct canvas c)
{
	struct deal *d = screen_state(s);
	const struct form *f = &d->sheet.form;
	int lines = f->n == 0 ? 0 : c.w >= FORM_TWO_COLUMNS ? (f->n + 1) / 2 + 1 : f->n + 1;

	if (!d->row) {
		draw_text(c, 0, 1, -1, d->err.kind ? TOK_ERROR : TOK_DIM, d->err.kind ? d->err.text : _("loading…"));
		return;
	}
	draw_head(d, c);
	c = canvas_sub(c, HEAD_LINES, 0, c.h - HEAD_LINES, c.w);
	for (int i = 0; i < f->n; i++)
		lines += f->fields[i].error != NULL;
	lines = lines > c.h - EFFECT_LINES ? c.h - EFFECT_LINES : lines;
	if (lines > 0)
		form_draw(&d->sheet.form, canvas_sub(c, 0, 0, lines, c.w), true);
	effect_draw(&d->effect, canvas_sub(c, lines, 0, c.h - lines, c.w));
}

static void deal_event(struct screen *s, enum screen_event ev)
{
	struct deal *d = screen_state(s);

	if (!d->saving && (ev == EV_DATA || (ev == EV_STATE && screen_ready(s) && !d->row)))
		load(s);
}

static void deal_describe(struct screen *s, struct strbuf *out)
{
	struct deal *d = screen_state(s);

	if (d->saving)
		strbuf_puts(out, _("saving…"));
	else if (d->sheet.form.n > 0)
		form_describe(&d->sheet.form, out);
}

static void deal_crumb(struct screen *s, struct strbuf *out)
{
	struct deal *d = screen_state(s);

	strbuf_printf(out, "%s %s", _(d->act->label), cell(d, "no"));
}

static bool deal_busy(const struct screen *s)
{
	const struct deal *d = screen_state((struct screen *)s);

	return ((!d->row && !d->err.kind) || d->saving) && screen_waiting(s);
}

static const char *deal_subject(struct screen *s, const char **id)
{
	struct deal *d = screen_state(s);

	*id = d->id;
	return d->row ? "agreements" : NULL;
}

static const struct binding KEYS[] = {
	FORM_KEYS_THAT(act, "do-it", N_("do it")),
	{ "C-f", "effect-down", N_("further down"), scroll, 5, B_HIDDEN, NULL },
	{ "C-b", "effect-up", N_("further up"), scroll, -5, B_HIDDEN, NULL },
	{ "Esc F3", "leave", N_("leave"), leave, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class deal_class = {
	.name = "deal", .title = N_("Agreement"), .state_size = sizeof(struct deal), .keys = KEYS,
	.open = deal_opened, .close = deal_closed, .draw = deal_draw, .event = deal_event, .text = deal_text,
	.wants_text = deal_wants_text, .describe = deal_describe, .crumb = deal_crumb, .busy = deal_busy,
	.subject = deal_subject,
};

bool deal_is(const struct resource *res, const struct action *a)
{
	static const char *const NAMES[] = { "sign", "give_notice", "withdraw_notice", "terminate", "renew", "extend",
		"index", "change_line", "settle", "settle_deposit" };

	for (size_t i = 0; res == agreements() && a && i < ARRAY_LEN(NAMES); i++)
		if (!strcmp(a->name, NAMES[i]))
			return true;
	return false;
}

void deal_open(struct screen *s, const struct action *a, const char *id)
{
	const struct deal_arg arg = { .act = a, .id = id };

	if (seeing_may_write(s, a->permission))
		app_push(screen_app(s), &deal_class, &arg);
}

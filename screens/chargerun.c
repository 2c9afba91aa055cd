/*
 * A charge run: the month, what of and over which part of the company; tried
 * out first, line by line and beside the month before, then done once the
 * number of charges has been typed.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/bulk.h"
#include "screens/format.h"
#include "screens/rows.h"
#include "screens/tally.h"
#include "screens/write.h"
#include "tui/overlay.h"

enum { SUMS_MOST = 8 };
enum part { PART_ALL, PART_BUILDING, PART_AGREEMENT, PART_COUNT };

static const char *const KINDS[] = { "rent", "late_fee", "indexation" };

struct chargerun {
	struct rows rows;            /* lines; first: see rows.h */
	struct round round;
	struct tally sums;           /* of the run that is shown */
	struct answer past;          /* the newest run of this month that was done */
	int kind;                    /* of KINDS */
	day_t month;                 /* its first day */
	enum part part;
	char of[60];                 /* building's code or agreement's number, as typed */
	char run[UUID_LEN + 1];      /* shown; "" = none yet */
	bool dry, writing;
};

/* ---- what is to be charged, in words ---- */

static bool by_month(const struct chargerun *r)
{
	return strcmp(KINDS[r->kind], "late_fee") != 0;
}

static void put_what(const struct chargerun *r, struct strbuf *out)
{
	const struct field *f = resource_field(catalogue_resource("charge_run"), "kind");
	const struct choice *c = choice_find(f->choices, KINDS[r->kind]);

	strbuf_printf(out, "%s, ", c ? _(c->label) : KINDS[r->kind]);
	if (by_month(r))
		format_month(out, r->month);
	else
		strbuf_puts(out, _("up to today"));
	if (r->part == PART_ALL)
		strbuf_printf(out, ", %s", _("the whole company"));
	else
		strbuf_printf(out, r->part == PART_BUILDING ? _(", building %s") : _(", agreement %s"), r->of);
}

static void month_text(const struct chargerun *r, char out[static 16])
{
	day_format(r->month, out);
	out[7] = '\0';
}

/* ---- asking ---- */

static void ask(struct screen *s)
{
	struct chargerun *r = screen_state(s);
	char month[16], filter[80];

	month_text(r, month);
	snprintf(filter, sizeof(filter), "kind=%s month=%s dry_run=no", KINDS[r->kind], month);
	answer_list(&r->past, &r->round, "charge_run", filter, "-no", 1);
	if (r->run[0])
		tally_ask(&r->sums, &r->round, &(struct param){ "run", r->run }, 1);
}

static void again(struct screen *s)
{
	round_start(&((struct chargerun *)screen_state(s))->round);
}

/* Another question: what was tried out is an answer to the last one. */
static void asked_anew(struct screen *s)
{
	struct chargerun *r = screen_state(s);

	r->run[0] = '\0';
	round_start(&r->round);
}

static void show_run(struct screen *s, const char *id)
{
	struct chargerun *r = screen_state(s);
	char filter[80];
	struct err e;

	snprintf(r->run, sizeof(r->run), "%s", id);
	snprintf(filter, sizeof(filter), "run=%s", id);
	snprintf(r->rows.filter.given, sizeof(r->rows.filter.given), "%s", filter);
	if (!rows_filter(&r->rows, filter, &e))
		app_error(screen_app(s), &e);
	round_start(&r->round);
}

/* ---- trying out, doing ---- */

static void on_run(struct screen *s, const struct reply *reply, void *arg)
{
	struct chargerun *r = screen_state(s);
	const char *id = reply->err ? NULL : json_string_value(json_object_get(reply->json, "record"));

	r->writing = false;
	r->dry = arg != NULL;
	if (id)
		show_run(s, id);
	if (id) /* a run is not taken back: its charges are voided one by one */
		app_message(screen_app(s), TOK_TEXT, "%s", r->dry ? _("tried out: nothing is charged yet") :
		    _("charged; a on a line voids its charge"));
}

static void write_run(struct screen *s, bool dry)
{
	struct chargerun *r = screen_state(s);
	json_t *set = json_pack("{s:s, s:s}", "kind", KINDS[r->kind], "dry_run", dry ? "true" : "false");
	struct strbuf what = { 0 };
	char month[16];

	month_text(r, month);
	if (by_month(r))
		json_object_set_new(set, "month", json_string(month));
	if (r->part != PART_ALL)
		json_object_set_new(set, r->part == PART_BUILDING ? "building" : "agreement", json_string(r->of));
	put_what(r, &what);
	strbuf_printf(&what, ": %s", dry ? _("tried out") : _("charged"));
	r->writing = true;
	write_one(s, &(struct mutation){ .res = catalogue_resource("charge_run"), .kind = "create", .set = set },
	    strbuf_str(&what), on_run, dry ? r : NULL);
	json_decref(set);
	strbuf_free(&what);
}

static enum result try_out(struct screen *s, int arg)
{
	struct chargerun *r = screen_state(s);

	(void)arg;
	if (!r->writing && screen_ready(s))
		write_run(s, true);
	return R_REDRAW;
}

static void agreed(struct screen *s, bool yes, void *arg)
{
	(void)arg;
	if (yes)
		write_run(s, false);
}

static int64_t charges_due(const struct chargerun *r)
{
	int64_t n = 0;

	for (int row = 0; row < table_rows(r->sums.answer.rows); row++)
		n += answer_number(&r->sums.answer, row, "charged");
	return n;
}

static void put_kind(const char *kind, struct strbuf *out)
{
	value_show(out, FT_CHOICE, resource_field(catalogue_resource("charge"), "kind")->choices, kind, NULL);
}

static void put_sums(const struct chargerun *r, struct strbuf *out)
{
	const struct answer *a = &r->sums.answer;
	int64_t n = charges_due(r);

	strbuf_putc(out, '\n');
	strbuf_printf(out, P_("%lld charge", "%lld charges", (unsigned long)n), (long long)n);

	for (int row = 0; row < table_rows(a->rows); row++) {
		const char *currency = answer_text(a, row, "currency");

		strbuf_putc(out, '\n');
		put_kind(answer_text(a, row, "key"), out);
		strbuf_puts(out, ": ");
		format_money(out, answer_number(a, row, "charged_minor"), currency);
		strbuf_printf(out, " %s", currency);
		if (answer_number(a, row, "change_minor") && answer_number(a, row, "before_minor")) {
			strbuf_puts(out, answer_number(a, row, "change_minor") > 0 ? " (+" : " (");
			format_money(out, answer_number(a, row, "change_minor"), currency);
			strbuf_printf(out, " %s)", _("against the month before"));
		}
	}
}

static enum result charge(struct screen *s, int arg)
{
	struct chargerun *r = screen_state(s);
	struct strbuf text = { 0 };

	(void)arg;
	if (r->writing)
		return R_HANDLED;
	if (!r->run[0] || !r->dry || !r->sums.answer.rows || r->round.waiting) {
		app_message(screen_app(s), TOK_WARNING, _("try it out first: r"));
		return R_REDRAW;
	}
	if (charges_due(r) == 0) {
		app_message(screen_app(s), TOK_WARNING, _("there is nothing to charge"));
		return R_REDRAW;
	}
	put_what(r, &text);
	put_sums(r, &text);
	confirm_ask(s, _("Charge"), strbuf_str(&text), charges_due(r), agreed, NULL);
	strbuf_free(&text);
	return R_REDRAW;
}

/* ---- what of ---- */

static enum result step_month(struct screen *s, int step)
{
	struct chargerun *r = screen_state(s);

	if (!screen_ready(s) || !by_month(r))
		return R_HANDLED;
	r->month = day_add_months(r->month, step);
	asked_anew(s);
	return R_REDRAW;
}

static enum result next_kind(struct screen *s, int arg)
{
	struct chargerun *r = screen_state(s);

	(void)arg;
	if (!screen_ready(s))
		return R_HANDLED;
	r->kind = (r->kind + 1) % (int)ARRAY_LEN(KINDS);
	if (!by_month(r))
		r->month = day_month_start(screen_today(s));
	asked_anew(s);
	return R_REDRAW;
}

static void part_named(struct screen *s, const char *text)
{
	struct chargerun *r = screen_state(s);

	if (!text || !text[0])
		r->part = PART_ALL;
	else
		snprintf(r->of, sizeof(r->of), "%s", text);
	asked_anew(s);
}

static void part_chosen(struct screen *s, int choice, void *arg)
{
	struct chargerun *r = screen_state(s);

	(void)arg;
	if (choice < 0)
		return;
	r->part = (enum part)choice;
	if (r->part == PART_ALL)
		asked_anew(s);
	else
		app_prompt(screen_app(s), s, r->part == PART_BUILDING ? _("Code of the building:") :
		    _("Number of the agreement:"), "", NULL, part_named);
}

static enum result ask_part(struct screen *s, int arg)
{
	const struct menu_item items[PART_COUNT] = {
		[PART_ALL] = { .label = _("the whole company"), .key = '1' },
		[PART_BUILDING] = { .label = _("one building"), .key = '2' },
		[PART_AGREEMENT] = { .label = _("one agreement"), .key = '3' },
	};

	(void)arg;
	menu_ask(s, _("Charge whom?"), items, PART_COUNT, 0, part_chosen, NULL);
	return R_REDRAW;
}

/* ---- lines ---- */

static enum result move(struct screen *s, int arg)
{
	struct chargerun *r = screen_state(s);

	return r->run[0] ? rows_move(&r->rows, arg) : R_HANDLED;
}

/* The charge that was made, else whom it would be for. */
static enum result enter(struct screen *s, int arg)
{
	struct chargerun *r = screen_state(s);
	bool made = rows_get(&r->rows, "charge")[0] != '\0';

	(void)arg;
	if (r->run[0] && r->rows.id[0])
		app_push(screen_app(s), &record_class, &(struct record_arg){ .res = catalogue_resource(made ? "charge" :
			"agreement"), .id = rows_get(&r->rows, made ? "charge" : "agreement"),
			.title = rows_get(&r->rows, made ? "charge_label" : "agreement_label") });
	return R_REDRAW;
}

/* `a` is about the charge of the line: a late fee that is forgiven is voided, and not levied again. */
static enum result keys(struct screen *s, int key)
{
	struct chargerun *r = screen_state(s);
	const char *id = rows_get(&r->rows, "charge"), *label = rows_get(&r->rows, "charge_label");

	if (!r->run[0])
		return R_HANDLED;
	if (key != ROWS_ACTIONS)
		return rows_key(s, key);
	if (id[0])
		actions_menu(s, catalogue_resource("charge"), &id, &label, 1);
	else
		app_message(screen_app(s), TOK_WARNING, _("nothing is charged on this line"));
	return R_REDRAW;
}

/* ---- the screen ---- */

static bool sum_cell(struct tally *t, int row, const char *column, struct strbuf *out, enum token *style)
{
	if (!strcmp(column, "change_minor") && answer_number(&t->answer, row, column)) {
		*style = TOK_WARNING;
		strbuf_puts(out, answer_number(&t->answer, row, column) > 0 ? "+" : "");
	}
	if (strcmp(column, "name") != 0)
		return false;
	put_kind(answer_text(&t->answer, row, "key"), out);
	return true;
}

static void begin(struct screen *s)
{
	struct chargerun *r = screen_state(s);

	if (r->month == DAY_NONE && screen_ready(s))
		r->month = day_month_start(screen_today(s));
	if (r->month != DAY_NONE)
		round_start(&r->round);
}

static bool chargerun_open(struct screen *s, const void *arg)
{
	static const struct tally_column COLUMNS[] = {
		{ "name", -1, 0 }, { "charged", 7, 0 }, { "charged_minor", 13, 4 }, { "standing", 0, 2 },
		{ "standing_minor", 13, 5 }, { "errors", 0, 1 }, { "total_minor", 0, 0 }, { "before_minor", 14, 0 },
		{ "change_minor", 13, 0 }, { "currency", 0, 0 }, { 0 },
	};
	struct chargerun *r = screen_state(s);

	(void)arg;
	rows_open(&r->rows, s, catalogue_resource("charge_run_lines"), NULL);
	r->rows.whole = true; /* the charge of a line is not among its columns */
	r->month = DAY_NONE;
	r->round = (struct round){ .screen = s, .ask = ask, .again_fn = again, .slot = SLOT_DETAIL };
	r->past.round = &r->round;
	tally_open(&r->sums, s, &r->round, "run_summary", COLUMNS, N_("there is nothing to charge"));
	r->sums.cell = sum_cell;
	begin(s);
	return true;
}

static void chargerun_close(struct screen *s)
{
	struct chargerun *r = screen_state(s);

	tally_close(&r->sums);
	answer_free(&r->past);
	rows_close(&r->rows);
}

static void draw_state(struct chargerun *r, struct canvas c)
{
	struct strbuf line = { 0 };

	put_what(r, &line);
	draw_text(c, 0, 1, c.w - 2, TOK_TITLE, strbuf_str(&line));
	strbuf_clear(&line);
	if (r->writing)
		strbuf_puts(&line, _("on its way…"));
	else if (r->run[0] && r->dry && r->sums.answer.rows && charges_due(r) == 0)
		strbuf_puts(&line, _("Tried out: there is nothing to charge."));
	else if (r->run[0] && r->dry)
		strbuf_puts(&line, _("Tried out: nothing is charged yet. F2 charges."));
	else if (r->run[0])
		strbuf_puts(&line, _("Done: these are the charges that were made. a on a line voids one."));
	else if (table_rows(r->past.rows) > 0)
		strbuf_printf(&line, _("Run %s charged %s already, by %s. r tries out what is missing."),
		    answer_text(&r->past, 0, "no"), answer_text(&r->past, 0, "created"),
		    answer_text(&r->past, 0, "made_by_label"));
	else
		strbuf_puts(&line, _("No run of this yet: r tries it out, nothing is charged by that."));
	draw_text(c, 1, 1, c.w - 2, TOK_DIM, strbuf_str(&line));
	strbuf_free(&line);
}

static void chargerun_draw(struct screen *s, struct canvas c)
{
	struct chargerun *r = screen_state(s);
	int sums = table_rows(r->sums.answer.rows) + 1;

	if (r->month == DAY_NONE || screen_trouble(s)) {
		answer_draw_loading(s, c);
		return;
	}
	draw_state(r, c);
	if (!r->run[0])
		return;
	sums = sums < 2 ? 2 : sums > SUMS_MOST ? SUMS_MOST : sums;
	tally_draw(&r->sums, canvas_sub(c, 3, 0, sums, c.w), false);
	c = rows_frame(&r->rows, canvas_sub(c, sums + 4, 0, c.h - sums - 4, c.w));
	rows_draw(&r->rows, c, true);
}

static void chargerun_event(struct screen *s, enum screen_event ev)
{
	struct chargerun *r = screen_state(s);

	if (ev == EV_STATE && r->month == DAY_NONE)
		begin(s);
	else if (ev == EV_DATA && r->month != DAY_NONE)
		round_change(&r->round);
	if (r->run[0])
		rows_event(&r->rows, ev);
}

static bool chargerun_take(struct screen *s, const char *words, struct err *e)
{
	struct chargerun *r = screen_state(s);
	char kind[24] = "", month[16] = "", first[24];

	sscanf(words, "%23s %12s", kind, month);
	snprintf(first, sizeof(first), "%s-01", month);
	for (int i = 0; i < (int)ARRAY_LEN(KINDS); i++) {
		if (kind[0] && strcmp(KINDS[i], kind) != 0)
			continue;
		if (month[0] && day_parse(first) == DAY_NONE)
			break;
		r->kind = i;
		if (month[0])
			r->month = day_parse(first);
		asked_anew(s);
		return true;
	}
	err_set(e, ERR_USAGE, "E-VALUE", NULL, _("Like rent 2026-07, or late_fee"), _("there is no such run: %s"), words);
	return false;
}

static void chargerun_place(struct screen *s, struct strbuf *out)
{
	struct chargerun *r = screen_state(s);
	char month[16];

	if (r->month == DAY_NONE)
		return;
	month_text(r, month);
	strbuf_printf(out, "chargerun %s %s", KINDS[r->kind], month);
}

static void chargerun_summary(struct screen *s, struct strbuf *out)
{
	struct chargerun *r = screen_state(s);

	if (r->run[0])
		rows_summary(&r->rows, out);
}

static void chargerun_describe(struct screen *s, struct strbuf *out)
{
	struct chargerun *r = screen_state(s);

	if (r->run[0] && r->rows.id[0])
		strbuf_printf(out, "%s  %s  %s", rows_get(&r->rows, "party_label"), rows_get(&r->rows, "unit_label"),
		    rows_get(&r->rows, "message"));
}

static const char *chargerun_subject(struct screen *s, const char **id)
{
	struct chargerun *r = screen_state(s);

	*id = r->run;
	return r->run[0] ? "charge_runs" : NULL;
}

static bool chargerun_busy(const struct screen *s)
{
	const struct chargerun *r = screen_state((struct screen *)s);

	return (r->month == DAY_NONE || r->writing || (r->run[0] && (rows_busy(&r->rows) || r->round.waiting))) &&
	    screen_waiting(s);
}

static const struct binding KEYS_OF_RUN[] = {
	{ "r M-y", "try-out", N_("try it out"), try_out, 0, B_FOOTER, "charge.run" },
	{ "F2", "charge", N_("charge"), charge, 0, B_FOOTER, "charge.run" },
	{ "< C-Left", "month-before", N_("month before"), step_month, -1, B_FOOTER, NULL },
	{ "> C-Right", "month-after", N_("month after"), step_month, 1, B_FOOTER, NULL },
	{ "m M-u", "measure", N_("what"), next_kind, 0, B_FOOTER, NULL },
	{ "b M-b", "part", N_("whom"), ask_part, 0, B_FOOTER, NULL },
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	ROWS_KEYS_OF(keys),
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class chargerun_class = {
	.name = "chargerun", .title = N_("Charge run"), .state_size = sizeof(struct chargerun), .keys = KEYS_OF_RUN,
	.open = chargerun_open, .close = chargerun_close, .draw = chargerun_draw, .event = chargerun_event,
	.take = chargerun_take, .place = chargerun_place, .summary = chargerun_summary, .describe = chargerun_describe,
	.subject = chargerun_subject, .busy = chargerun_busy,
};

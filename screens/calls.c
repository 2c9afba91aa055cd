/*
 * The call list: who owes what is overdue, the oldest and greatest first; who
 * has promised waits below until his day. A talk is noted with one key.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/drill.h"
#include "screens/edit.h"
#include "screens/format.h"
#include "screens/statement.h"
#include "screens/tally.h"

enum { DETAIL_LINES = 5 };

struct calls {
	struct round round;
	struct tally tally;
	day_t as_of;       /* DAY_NONE: today */
};

/* ---- what was said, in words ---- */

static const char *outcome_label(const char *value)
{
	const struct choice *c = choice_find(resource_field(catalogue_resource("contact_note"), "outcome")->choices, value);

	return c ? _(c->label) : value;
}

static void put_day(struct strbuf *out, const char *before, const char *cell)
{
	day_t day = cell[0] ? day_parse(cell) : DAY_NONE;

	if (day == DAY_NONE)
		return;
	strbuf_puts(out, before);
	format_day(out, day);
}

static void put_state(const struct answer *a, int row, struct strbuf *out, enum token *style)
{
	const char *outcome = answer_text(a, row, "outcome");

	if (answer_text(a, row, "broken")[0] == 't') {
		*style = TOK_ERROR;
		put_day(out, _("broken, was for "), answer_text(a, row, "promised_on"));
	} else if (!strcmp(outcome, "promised")) {
		*style = answer_text(a, row, "waits")[0] == 't' ? TOK_DIM : TOK_WARNING;
		put_day(out, _("promised for "), answer_text(a, row, "promised_on"));
	} else if (outcome[0]) {
		strbuf_puts(out, outcome_label(outcome));
		put_day(out, _(", again "), answer_text(a, row, "next_on"));
	}
}

static bool cell(struct tally *t, int row, const char *column, struct strbuf *out, enum token *style)
{
	if (!strcmp(column, "outcome")) {
		put_state(&t->answer, row, out, style);
		return true;
	}
	if (answer_text(&t->answer, row, "waits")[0] == 't')
		*style = TOK_DIM;
	return false;
}

static void put_money(struct strbuf *out, const char *before, const struct answer *a, int row, const char *column)
{
	if (!answer_number(a, row, column))
		return;
	strbuf_puts(out, before);
	format_money(out, answer_number(a, row, column), answer_text(a, row, "currency"));
}

/* How old the debt is, when something came last, what was said last. */
static void draw_detail(struct calls *k, struct canvas c)
{
	const struct answer *a = &k->tally.answer;
	int row = tally_row(&k->tally);
	struct strbuf line = { 0 };

	if (row < 0)
		return;
	put_money(&line, _("1-30 days: "), a, row, "d1_30_minor");
	put_money(&line, line.len ? _("   31-60: ") : _("31-60 days: "), a, row, "d31_60_minor");
	put_money(&line, line.len ? _("   61-90: ") : _("61-90 days: "), a, row, "d61_90_minor");
	put_money(&line, line.len ? _("   over 90: ") : _("over 90 days: "), a, row, "d90_plus_minor");
	draw_text(c, 0, 1, c.w - 2, TOK_TEXT, strbuf_str(&line));
	strbuf_clear(&line);
	if (answer_text(a, row, "paid_on")[0]) {
		put_day(&line, _("last payment "), answer_text(a, row, "paid_on"));
		put_money(&line, ": ", a, row, "paid_minor");
	} else {
		strbuf_puts(&line, _("has never paid anything"));
	}
	strbuf_printf(&line, "   %s", answer_text(a, row, "units"));
	draw_text(c, 1, 1, c.w - 2, TOK_TEXT, strbuf_str(&line));
	strbuf_clear(&line);
	if (answer_text(a, row, "said_on")[0]) {
		enum token style = TOK_TEXT;

		put_day(&line, _("last talk "), answer_text(a, row, "said_on"));
		strbuf_puts(&line, ": ");
		put_state(a, row, &line, &style);
		put_money(&line, " ", a, row, "promised_minor");
		strbuf_printf(&line, "  %s", answer_text(a, row, "note"));
	} else {
		strbuf_puts(&line, _("nobody has spoken to this person yet: n notes a talk"));
	}
	draw_text(c, 2, 1, c.w - 2, TOK_DIM, strbuf_str(&line));
	strbuf_free(&line);
}

/* ---- asking ---- */

static void ask(struct screen *s)
{
	struct calls *k = screen_state(s);
	char day[16];

	if (k->as_of != DAY_NONE)
		day_format(k->as_of, day);
	tally_ask(&k->tally, &k->round, &(struct param){ "as_of", day }, k->as_of != DAY_NONE);
}

static void again(struct screen *s)
{
	round_start(&((struct calls *)screen_state(s))->round);
}

static bool calls_open(struct screen *s, const void *arg)
{
	static const struct tally_column COLUMNS[] = {
		{ "name", -1, 0 }, { "phone", 0, 3 }, { "units", 0, 6 }, { "days_overdue", 4, 0 }, { "arrears_minor", 13, 0 },
		{ "currency", 0, 4 }, { "d1_30_minor", 0, 9 }, { "d31_60_minor", 0, 9 }, { "d61_90_minor", 0, 9 },
		{ "d90_plus_minor", 12, 9 }, { "paid_on", 12, 7 }, { "outcome", 24, 0 }, { 0 },
	};
	struct calls *k = screen_state(s);

	(void)arg;
	k->as_of = DAY_NONE;
	k->round = (struct round){ .screen = s, .ask = ask, .again_fn = again };
	tally_open(&k->tally, s, &k->round, "calls", COLUMNS, N_("nobody owes anything that is overdue"));
	k->tally.cell = cell;
	round_start(&k->round);
	return true;
}

static void calls_close(struct screen *s)
{
	tally_close(&((struct calls *)screen_state(s))->tally);
}

static void calls_draw(struct screen *s, struct canvas c)
{
	struct calls *k = screen_state(s);

	if (screen_trouble(s)) {
		answer_draw_loading(s, c);
		return;
	}
	tally_draw(&k->tally, canvas_sub(c, 0, 0, c.h - DETAIL_LINES, c.w), true);
	if (table_rows(k->tally.answer.rows) > 0)
		draw_detail(k, draw_frame(canvas_sub(c, c.h - DETAIL_LINES, 0, DETAIL_LINES, c.w),
		    tally_get(&k->tally, "name"), false));
}

static void calls_event(struct screen *s, enum screen_event ev)
{
	struct calls *k = screen_state(s);

	if (ev == EV_RESUME) /* a talk may have been noted */
		round_start(&k->round);
	else if (ev == EV_DATA || (ev == EV_STATE && !k->tally.answer.rows && k->round.waiting == 0))
		round_change(&k->round);
}

/* ---- keys ---- */

static enum result move(struct screen *s, int arg)
{
	return tally_move(&((struct calls *)screen_state(s))->tally, arg);
}

static enum result enter(struct screen *s, int arg)
{
	struct tally *t = &((struct calls *)screen_state(s))->tally;

	(void)arg;
	if (tally_row(t) >= 0)
		app_push(screen_app(s), &record_class, &(struct record_arg){ .res = catalogue_resource("party"),
			.id = tally_get(t, "key"), .title = tally_get(t, "name") });
	return R_REDRAW;
}

/* What of it is overdue: a list, and of a past day a report. */
static enum result charges(struct screen *s, int arg)
{
	struct tally *t = &((struct calls *)screen_state(s))->tally;

	(void)arg;
	if (tally_row(t) >= 0)
		drill_row(s, t->answer.report, t->answer.rows, tally_row(t), tally_get(t, "name"));
	return R_REDRAW;
}

static enum result talk(struct screen *s, int arg)
{
	struct tally *t = &((struct calls *)screen_state(s))->tally;
	const struct param preset = { "party", tally_get(t, "key") };

	(void)arg;
	if (!preset.value[0])
		return R_HANDLED;
	t->stay = true; /* who promises sinks */
	edit_open(s, catalogue_resource("contact_note"), NULL, &preset, 1);
	return R_REDRAW;
}

static enum result statement(struct screen *s, int arg)
{
	struct tally *t = &((struct calls *)screen_state(s))->tally;

	(void)arg;
	if (tally_row(t) >= 0)
		app_push(screen_app(s), &statement_class, &(struct statement_arg){ .party = tally_get(t, "key"),
			.title = tally_get(t, "name") });
	return R_REDRAW;
}

static enum result talks(struct screen *s, int arg)
{
	struct tally *t = &((struct calls *)screen_state(s))->tally;
	char filter[80];

	(void)arg;
	snprintf(filter, sizeof(filter), "party=%s", tally_get(t, "key"));
	if (tally_row(t) >= 0)
		drill_open(s, "contact_notes", filter, tally_get(t, "name"));
	return R_REDRAW;
}

static bool use_day(struct screen *s, const char *text, struct err *e)
{
	struct calls *k = screen_state(s);
	day_t today = screen_today(s), day = text[0] ? day_parse_human(text, today) : today;

	if (day == DAY_NONE || day > today) {
		err_set(e, ERR_USAGE, "E-VALUE", "as_of", _("Like 2026-05-31, 31.05 or yesterday; not in the future"),
		    _("there is no such day: %s"), text);
		return false;
	}
	k->as_of = day == today ? DAY_NONE : day;
	round_start(&k->round);
	return true;
}

static void day_given(struct screen *s, const char *text)
{
	struct err e = { 0 };

	if (text && !use_day(s, text, &e))
		app_error(screen_app(s), &e);
}

static enum result ask_day(struct screen *s, int arg)
{
	(void)arg;
	app_prompt(screen_app(s), s, _("As of:"), "", NULL, day_given);
	return R_REDRAW;
}

/* ---- hooks ---- */

static void calls_summary(struct screen *s, struct strbuf *out)
{
	struct calls *k = screen_state(s);
	int n = table_rows(k->tally.answer.rows);
	int all = (int)answer_number(&k->tally.answer, 0, "debtors");

	if (k->as_of != DAY_NONE) {
		strbuf_puts(out, _("as of "));
		format_date(out, k->as_of);
		strbuf_puts(out, "  ");
	}
	if (all > n)
		strbuf_printf(out, _("the first %d of %d debtors"), n, all);
	else
		strbuf_printf(out, P_("%d debtor", "%d debtors", n), n);
}

static void calls_describe(struct screen *s, struct strbuf *out)
{
	struct tally *t = &((struct calls *)screen_state(s))->tally;
	const struct answer *a = &t->answer;
	int row = tally_row(t);

	if (row < 0)
		return;
	strbuf_printf(out, "%s %s", tally_get(t, "name"), tally_get(t, "phone"));
	put_money(out, ", ", a, row, "arrears_minor");
	strbuf_printf(out, " %s, ", tally_get(t, "currency"));
	strbuf_printf(out, P_("%d day late", "%d days late", (int)answer_number(a, row, "days_overdue")),
	    (int)answer_number(a, row, "days_overdue"));
}

static const char *calls_subject(struct screen *s, const char **id)
{
	struct tally *t = &((struct calls *)screen_state(s))->tally;

	*id = tally_get(t, "key");
	return **id ? "parties" : NULL;
}

static void calls_place(struct screen *s, struct strbuf *out)
{
	struct calls *k = screen_state(s);
	char day[16];

	strbuf_puts(out, "calls");
	if (k->as_of == DAY_NONE)
		return;
	day_format(k->as_of, day);
	strbuf_printf(out, " %s", day);
}

static bool calls_take(struct screen *s, const char *words, struct err *e)
{
	return use_day(s, words, e);
}

static bool calls_busy(const struct screen *s)
{
	const struct calls *k = screen_state((struct screen *)s);

	return !k->tally.answer.rows && !k->tally.answer.err.kind && screen_waiting(s);
}

static void calls_keep(struct screen *s, struct strbuf *out)
{
	tally_keep(&((struct calls *)screen_state(s))->tally, out);
}

static void calls_restore(struct screen *s, const char *kept)
{
	tally_restore(&((struct calls *)screen_state(s))->tally, kept);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open the person"), enter, 0, B_FOOTER, NULL },
	{ "n F6", "talk", N_("note a talk"), talk, 0, B_FOOTER, "payment.record" },
	{ "o M-o", "charges", N_("what is overdue"), charges, 0, B_FOOTER, NULL },
	{ "b M-b", "statement", N_("statement"), statement, 0, B_FOOTER, "ledger.view" },
	{ "l M-v", "talks", N_("earlier talks"), talks, 0, B_FOOTER, NULL },
	{ "d M-s", "date", N_("another day"), ask_day, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class calls_class = {
	.name = "calls", .title = N_("Call list"), .state_size = sizeof(struct calls), .keys = KEYS,
	.open = calls_open, .close = calls_close, .draw = calls_draw, .event = calls_event,
	.describe = calls_describe, .summary = calls_summary, .subject = calls_subject, .busy = calls_busy,
	.place = calls_place, .keep = calls_keep, .restore = calls_restore, .take = calls_take,
};

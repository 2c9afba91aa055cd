#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/uuid.h"
#include "screens/drill.h"
#include "screens/format.h"
#include "screens/statement.h"
#include "screens/tally.h"

struct statement {
	struct round round;
	struct tally tally;
	bool of_party;
	char of[UUID_LEN + 1], title[120];
	day_t to;          /* not included */
	int months;        /* before it */
};

enum { MONTHS_MOST = 120 };

/* ---- asking ---- */

static day_t begins(const struct statement *st)
{
	return day_add_months(st->to, -st->months);
}

static void ask(struct screen *s)
{
	struct statement *st = screen_state(s);
	char from[16], to[16];

	if (st->to == DAY_NONE) /* whole months, this one included */
		st->to = day_add_months(day_month_start(screen_today(s)), 1);
	day_format(begins(st), from);
	day_format(st->to, to);
	if (st->of[0])
		tally_ask(&st->tally, &st->round, (const struct param[]){ { st->of_party ? "party" : "account", st->of },
			{ "from", from }, { "to", to } }, 3);
}

static void again(struct screen *s)
{
	round_start(&((struct statement *)screen_state(s))->round);
}

static bool cell(struct tally *t, int row, const char *column, struct strbuf *out, enum token *style)
{
	const char *kind = answer_text(&t->answer, row, "kind");
	bool opening = !strcmp(kind, "opening"), edge = opening || !strcmp(kind, "closing");

	if (edge)
		*style = TOK_TITLE;
	if (!strcmp(column, "balance_minor")) { /* here a nought says something */
		format_money(out, answer_number(&t->answer, row, column), answer_text(&t->answer, row, "currency"));
		return true;
	}
	if (!edge || strcmp(column, "name") != 0)
		return false;
	strbuf_puts(out, opening ? _("Opening balance") : _("Closing balance"));
	return true;
}

/* ---- the screen ---- */

static bool statement_open(struct screen *s, const void *arg)
{
	static const struct tally_column COLUMNS[] = {
		{ "day", 0, 0 }, { "name", 23, 0 }, { "charged_minor", 12, 0 }, { "paid_minor", 12, 0 }, { "balance_minor", 13, 0 },
		{ "currency", 0, 2 }, { "account_no", 7, 5 }, { "posting", 8, 6 }, { "person", -1, 7 }, { 0 },
	};
	const struct statement_arg *a = arg;
	struct statement *st = screen_state(s);

	if (a) {
		st->of_party = a->party != NULL;
		snprintf(st->of, sizeof(st->of), "%s", a->party ? a->party : a->account);
		snprintf(st->title, sizeof(st->title), "%s", a->title ? a->title : "");
	}
	st->to = DAY_NONE;
	st->months = 12;
	st->round = (struct round){ .screen = s, .ask = ask, .again_fn = again };
	tally_open(&st->tally, s, &st->round, "statement", COLUMNS, N_("no such account: / asks for another"));
	st->tally.cell = cell;
	round_start(&st->round);
	return true;
}

static void statement_close(struct screen *s)
{
	tally_close(&((struct statement *)screen_state(s))->tally);
}

static void statement_draw(struct screen *s, struct canvas c)
{
	struct statement *st = screen_state(s);

	if (screen_trouble(s))
		answer_draw_loading(s, c);
	else if (!st->of[0])
		draw_text(c, 0, 1, c.w - 2, TOK_DIM, _("Of whom? / asks for the number of an account, or of a person: party=12"));
	else
		tally_draw(&st->tally, c, true);
}

static void statement_event(struct screen *s, enum screen_event ev)
{
	struct statement *st = screen_state(s);

	if (ev == EV_DATA || (ev == EV_STATE && !st->tally.answer.rows && st->round.waiting == 0))
		round_change(&st->round);
}

/* ---- keys ---- */

static enum result move(struct screen *s, int arg)
{
	return tally_move(&((struct statement *)screen_state(s))->tally, arg);
}

/* The charge, the payment, the refund; else its transaction in the ledger. */
static enum result enter(struct screen *s, int arg)
{
	struct tally *t = &((struct statement *)screen_state(s))->tally;

	(void)arg;
	if (tally_get(t, "filter")[0])
		drill_row(s, t->answer.report, t->answer.rows, tally_row(t), tally_get(t, "name"));
	return R_REDRAW;
}

static enum result period(struct screen *s, int step)
{
	struct statement *st = screen_state(s);

	if (st->to == DAY_NONE)
		return R_HANDLED;
	st->to = day_add_months(st->to, step);
	round_start(&st->round);
	return R_REDRAW;
}

static enum result longer(struct screen *s, int step)
{
	struct statement *st = screen_state(s);
	int months = step > 0 ? st->months * 2 : st->months / 2;

	if (months < 1 || months > MONTHS_MOST)
		return R_HANDLED;
	st->months = months;
	round_start(&st->round);
	return R_REDRAW;
}

/* "22", "party=12": of whom. */
static bool statement_take(struct screen *s, const char *words, struct err *e)
{
	struct statement *st = screen_state(s);
	bool of_party = !strncmp(words, "party=", 6);
	const char *of = words + (of_party ? 6 : !strncmp(words, "account=", 8) ? 8 : 0);

	if (strlen(of) >= sizeof(st->of) || strpbrk(of, " ")) {
		err_set(e, ERR_USAGE, "E-VALUE", NULL, _("Like 22, or party=12"), _("there is no such account: %s"), words);
		return false;
	}
	st->of_party = of_party;
	snprintf(st->of, sizeof(st->of), "%s", of);
	st->title[0] = '\0';
	round_start(&st->round);
	return true;
}

static void given(struct screen *s, const char *text)
{
	struct err e = { 0 };

	if (text && text[0] && !statement_take(s, text, &e))
		app_error(screen_app(s), &e);
}

static enum result ask_whom(struct screen *s, int arg)
{
	(void)arg;
	app_prompt(screen_app(s), s, _("Account, or party=number:"), "", NULL, given);
	return R_REDRAW;
}

/* ---- hooks ---- */

static void statement_crumb(struct screen *s, struct strbuf *out)
{
	struct statement *st = screen_state(s);
	const char *person = answer_text(&st->tally.answer, 0, "person");

	strbuf_puts(out, _("Statement"));
	if (st->title[0] || person[0])
		strbuf_printf(out, ": %s", st->title[0] ? st->title : person);
	if (!st->of_party && st->of[0])
		strbuf_printf(out, " %s", answer_text(&st->tally.answer, 1, "account_no"));
}

static void statement_summary(struct screen *s, struct strbuf *out)
{
	struct statement *st = screen_state(s);

	if (st->to == DAY_NONE)
		return;
	format_month(out, begins(st));
	if (st->months > 1) {
		strbuf_puts(out, " – ");
		format_month(out, day_add_months(st->to, -1));
	}
}

static void statement_describe(struct screen *s, struct strbuf *out)
{
	struct tally *t = &((struct statement *)screen_state(s))->tally;

	if (tally_get(t, "filter")[0])
		strbuf_printf(out, "%s: %s", tally_get(t, "name"), _("Enter opens it"));
}

static void statement_place(struct screen *s, struct strbuf *out)
{
	struct statement *st = screen_state(s);

	if (st->of[0])
		strbuf_printf(out, "statement %s%s", st->of_party ? "party=" : "", st->of);
}

static bool statement_busy(const struct screen *s)
{
	const struct statement *st = screen_state((struct screen *)s);

	return st->of[0] && !st->tally.answer.rows && !st->tally.answer.err.kind && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "< C-Left", "month-back", N_("month back"), period, -1, B_FOOTER, NULL },
	{ "> C-Right", "month-on", N_("month on"), period, 1, B_FOOTER, NULL },
	{ "+", "longer", N_("longer"), longer, 1, B_FOOTER, NULL },
	{ "_", "shorter", N_("shorter"), longer, -1, B_FOOTER, NULL },
	{ "/ F7", "whom", N_("of whom"), ask_whom, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class statement_class = {
	.name = "statement", .title = N_("Statement"), .state_size = sizeof(struct statement), .keys = KEYS,
	.open = statement_open, .close = statement_close, .draw = statement_draw, .event = statement_event,
	.take = statement_take, .crumb = statement_crumb, .summary = statement_summary, .describe = statement_describe,
	.place = statement_place, .busy = statement_busy,
};

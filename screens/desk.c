/* The money desk: what waits for whoever keeps the money, each line with the place where it is done. */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/drill.h"
#include "screens/tally.h"

struct desk {
	struct round round;
	struct tally tally;
};

static const struct { const char *key, *label, *help; } LINES[] = {
	{ "refunds_approve", N_("Refunds to approve"), N_("Somebody else asked for them") },
	{ "refunds_asked", N_("Refunds that you asked for"), N_("A colleague has to approve them") },
	{ "refunds_pay", N_("Refunds to pay out"), N_("Approved; say when the money has gone") },
	{ "refunds_failed", N_("Refunds that could not be paid out"), N_("Try again, or reject") },
	{ "payments_confirm", N_("Payments to confirm"), N_("Only then they cover charges") },
	{ "charges_overdue", N_("Charges overdue"), N_("Enter opens the call list") },
	{ "promises_due", N_("Promises that are due"), N_("Who promised to pay by today and still owes") },
	{ "advances", N_("Advances that cover nothing yet"), N_("The next charge takes them, or you do by hand") },
	{ "deposits_missing", N_("Deposits not received"), N_("Asked for on signing, not paid in full") },
	{ "run_rent", N_("Rent of this month is not charged"), N_("Enter tries it out first") },
	{ "run_late_fee", N_("Late fees of this month are not charged"), N_("Enter tries it out first") },
	{ "closed_upto", N_("Closed periods"), N_("Nothing is posted on or before the day") },
};

static const char *line_text(const char *key, bool help)
{
	for (size_t i = 0; i < ARRAY_LEN(LINES); i++)
		if (!strcmp(LINES[i].key, key))
			return help ? _(LINES[i].help) : _(LINES[i].label);
	return "";
}

static bool cell(struct tally *t, int row, const char *column, struct strbuf *out, enum token *style)
{
	const char *key = answer_text(&t->answer, row, "key");
	bool states = !strncmp(key, "run_", 4) || !strcmp(key, "closed_upto"); /* not a number of anything */

	(void)style;
	if (!strcmp(column, "name"))
		strbuf_puts(out, line_text(key, false));
	return !strcmp(column, "name") || (states && !strcmp(column, "count"));
}

/* ---- the screen ---- */

static void ask(struct screen *s)
{
	struct desk *d = screen_state(s);

	tally_ask(&d->tally, &d->round, NULL, 0);
}

static void again(struct screen *s)
{
	round_start(&((struct desk *)screen_state(s))->round);
}

static bool desk_open(struct screen *s, const void *arg)
{
	static const struct tally_column COLUMNS[] = {
		{ "name", -1, 0 }, { "count", 0, 0 }, { "amount_minor", 0, 0 }, { "currency", 0, 0 }, { "since", 0, 1 }, { 0 },
	};
	struct desk *d = screen_state(s);

	(void)arg;
	d->round = (struct round){ .screen = s, .ask = ask, .again_fn = again };
	tally_open(&d->tally, s, &d->round, "desk", COLUMNS, N_("nothing waits"));
	d->tally.cell = cell;
	round_start(&d->round);
	return true;
}

static void desk_close(struct screen *s)
{
	tally_close(&((struct desk *)screen_state(s))->tally);
}

static void desk_draw(struct screen *s, struct canvas c)
{
	struct desk *d = screen_state(s);

	if (screen_trouble(s))
		answer_draw_loading(s, c);
	else
		tally_draw(&d->tally, c, true);
}

static void desk_event(struct screen *s, enum screen_event ev)
{
	struct desk *d = screen_state(s);

	if (ev == EV_DATA || ev == EV_RESUME || (ev == EV_STATE && !d->tally.answer.rows && d->round.waiting == 0))
		round_change(&d->round);
}

static enum result move(struct screen *s, int arg)
{
	return tally_move(&((struct desk *)screen_state(s))->tally, arg);
}

/* The list of exactly what was counted. */
static enum result list(struct screen *s, int arg)
{
	struct tally *t = &((struct desk *)screen_state(s))->tally;

	(void)arg;
	if (tally_row(t) >= 0)
		drill_row(s, t->answer.report, t->answer.rows, tally_row(t), line_text(tally_get(t, "key"), false));
	return R_REDRAW;
}

/* Where it is done, if there is such a place. */
static enum result enter(struct screen *s, int arg)
{
	struct tally *t = &((struct desk *)screen_state(s))->tally;
	const struct screen_class *cls = app_class(screen_app(s), tally_get(t, "screen"));
	struct err e = { 0 };
	struct screen *made;

	if (!cls)
		return list(s, arg);
	made = app_push(screen_app(s), cls, NULL);
	if (made && cls->take && !cls->take(made, !strcmp(cls->name, "refunds") ? tally_get(t, "filter") :
	    !strcmp(cls->name, "chargerun") ? tally_get(t, "key") + strlen("run_") : "", &e))
		app_error(screen_app(s), &e);
	return R_REDRAW;
}

static void desk_describe(struct screen *s, struct strbuf *out)
{
	strbuf_puts(out, line_text(tally_get(&((struct desk *)screen_state(s))->tally, "key"), true));
}

static void desk_summary(struct screen *s, struct strbuf *out)
{
	int n = table_rows(((struct desk *)screen_state(s))->tally.answer.rows);

	strbuf_printf(out, P_("%d line", "%d lines", n), n);
}

static bool desk_busy(const struct screen *s)
{
	const struct desk *d = screen_state((struct screen *)s);

	return !d->tally.answer.rows && !d->tally.answer.err.kind && screen_waiting(s);
}

static void desk_keep(struct screen *s, struct strbuf *out)
{
	tally_keep(&((struct desk *)screen_state(s))->tally, out);
}

static void desk_restore(struct screen *s, const char *kept)
{
	tally_restore(&((struct desk *)screen_state(s))->tally, kept);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("do it"), enter, 0, B_FOOTER, NULL },
	{ "o M-o", "list", N_("list them"), list, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class desk_class = {
	.name = "desk", .title = N_("Money desk"), .tab = N_("Desk"), .go = 'm', .state_size = sizeof(struct desk),
	.keys = KEYS, .open = desk_open, .close = desk_close, .draw = desk_draw, .event = desk_event,
	.describe = desk_describe, .summary = desk_summary, .busy = desk_busy, .keep = desk_keep,
	.restore = desk_restore,
};

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
	struct list books;
	bool on_books;     /* the cursor is there */
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
	{ "run_rent", N_("No rent run of this month yet"), N_("Enter tries it out first") },
	{ "run_late_fee", N_("No late fees run of this month yet"), N_("Enter tries it out first") },
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

/* ---- the books: what can always be opened ---- */

static const struct { const char *label, *screen, *resource; } BOOKS[] = {
	{ N_("Call list"), "calls", NULL },
	{ N_("Statement of an account"), "statement", NULL },
	{ N_("Charge run"), "chargerun", NULL },
	{ N_("Refunds"), "refunds", NULL },
	{ N_("Deposits"), NULL, "deposits" },
	{ N_("Moves of deposits"), NULL, "deposit_moves" },
	{ N_("Expenses"), NULL, "expenses" },
	{ N_("Charge runs that were made"), NULL, "charge_runs" },
	{ N_("Late fee policies"), NULL, "late_fee_policies" },
	{ N_("Closed periods"), NULL, "period_locks" },
	{ N_("Accounts"), NULL, "accounts" },
	{ N_("Ledger"), NULL, "postings" },
	{ N_("Talks with debtors"), NULL, "contact_notes" },
};

static int book_rows(void *ctx)
{
	(void)ctx;
	return ARRAY_LEN(BOOKS);
}

static const char *book_permission(int row)
{
	const struct resource *res = BOOKS[row].resource ? catalogue_resource(BOOKS[row].resource) : NULL;

	return res ? res->read : "charge.view";
}

static void book_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct screen *s = ctx;

	(void)col;
	strbuf_puts(out, _(BOOKS[row].label));
	if (screen_ready(s) && !screen_may(s, book_permission(row)))
		*style = TOK_DIM;
}

static const struct list_column BOOK_COLUMNS[] = { { N_("Books"), -1, TEXT_LEFT, 0 } };
static const struct list_source BOOK_SOURCE = { .rows = book_rows, .cell = book_cell };

static enum result open_book(struct screen *s, int row)
{
	struct err e;

	if (answer_refused(s, book_permission(row), &e))
		app_error(screen_app(s), &e);
	else if (BOOKS[row].screen)
		app_push(screen_app(s), app_class(screen_app(s), BOOKS[row].screen), NULL);
	else
		drill_open(s, BOOKS[row].resource, "", _(BOOKS[row].label));
	return R_REDRAW;
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
	d->books = (struct list){ .columns = BOOK_COLUMNS, .ncolumns = 1, .source = &BOOK_SOURCE, .ctx = s, .empty = "" };
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
	int books = ARRAY_LEN(BOOKS) + 1, lines = table_rows(d->tally.answer.rows) + 2;

	if (screen_trouble(s)) {
		answer_draw_loading(s, c);
		return;
	}
	if (lines < 4)
		lines = 4;
	if (lines + books > c.h) /* what waits comes first */
		books = c.h - lines > 4 ? c.h - lines : 4;
	tally_draw(&d->tally, canvas_sub(c, 0, 0, c.h - books, c.w), !d->on_books);
	list_draw(&d->books, canvas_sub(c, c.h - books < lines ? c.h - books : lines, 0, books, c.w), d->on_books);
}

static void desk_event(struct screen *s, enum screen_event ev)
{
	struct desk *d = screen_state(s);

	if (ev == EV_RESUME) /* it may have been done meanwhile */
		round_start(&d->round);
	else if (ev == EV_DATA || (ev == EV_STATE && !d->tally.answer.rows && d->round.waiting == 0))
		round_change(&d->round);
}

static enum result move(struct screen *s, int arg)
{
	struct desk *d = screen_state(s);

	return d->on_books ? list_move(&d->books, arg) : tally_move(&d->tally, arg);
}

static enum result next_pane(struct screen *s, int arg)
{
	struct desk *d = screen_state(s);

	(void)arg;
	d->on_books = !d->on_books;
	return R_REDRAW;
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

	if (((struct desk *)screen_state(s))->on_books)
		return open_book(s, ((struct desk *)screen_state(s))->books.cursor);
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
	if (!((struct desk *)screen_state(s))->on_books)
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
	{ "Tab", "pane-next", N_("what waits, the books"), next_pane, 1, B_FOOTER, NULL },
	{ "BackTab", "pane-previous", N_("the books, what waits"), next_pane, -1, B_HIDDEN, NULL },
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

/*
 * Refunds that wait: those to approve (asked for by somebody else), my own,
 * those to pay out. One key takes a refund a step on, the next comes by itself.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/answer.h"
#include "screens/bulk.h"
#include "screens/format.h"
#include "screens/rows.h"

enum { DETAIL_LINES = 7 };

static const struct { const char *filter, *title; } VIEWS[] = {
	{ "status=requested mine=no", N_("To approve") },
	{ "status=requested mine=yes", N_("Asked by me") },
	{ "status=approved,failed", N_("To pay out") },
	{ "", N_("All") },
};

struct refunds {
	struct rows rows;          /* first: see rows.h */
	unsigned view;             /* of VIEWS; ARRAY_LEN: a filter of its own */
	bool started;
	struct table *actions;     /* what is possible with the one under the cursor; NULL: not known */
	char asked[UUID_LEN + 1];  /* … and whose that is */
};

/* ---- what is possible ---- */

static void on_actions(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct refunds *f = screen_state(s);

	table_free(f->actions);
	f->actions = r->err ? NULL : table_ref(r->rows);
	app_redraw(screen_app(s));
}

static void ask_actions(struct screen *s)
{
	struct refunds *f = screen_state(s);

	screen_cancel(s, SLOT_DETAIL);
	table_free(f->actions);
	f->actions = NULL;
	snprintf(f->asked, sizeof(f->asked), "%s", f->rows.id);
	if (f->rows.id[0])
		client_actions(screen_session(s), f->rows.query.res, f->rows.id, screen_owner(s, SLOT_DETAIL), on_actions, s);
}

static void moved(struct screen *s)
{
	screen_later(s, ask_actions);
}

/* The step that leads on from a state, or the one that ends it. */
static const char *step_of(const char *status, bool on)
{
	if (!strcmp(status, "requested"))
		return on ? "approve" : "reject";
	if (!strcmp(status, "approved"))
		return on ? "pay" : "fail";
	return on && !strcmp(status, "failed") ? "retry" : NULL;
}

static int action_row(const struct refunds *f, const char *action)
{
	for (int i = 0; i < table_rows(f->actions); i++)
		if (!strcmp(table_get(f->actions, i, "action"), action))
			return i;
	return -1;
}

/* ---- the detail ---- */

static void put_money(const struct refunds *f, const char *column, struct strbuf *out)
{
	format_money(out, format_number(rows_get(&f->rows, column)), rows_get(&f->rows, "currency"));
	strbuf_printf(out, " %s", rows_get(&f->rows, "currency"));
}

static void put_reason(const struct refunds *f, struct strbuf *out)
{
	const char *reason = rows_get(&f->rows, "reason");
	const struct choice *c = choice_find(resource_field(f->rows.query.res, "reason")->choices, reason);

	strbuf_puts(out, c ? _(c->label) : reason);
}

/* Can it be taken a step on by me, and if not, why. */
static void draw_possible(const struct refunds *f, struct canvas c, int y)
{
	const char *step = step_of(rows_get(&f->rows, "status"), true);
	int row = step ? action_row(f, step) : -1;
	struct strbuf line = { 0 };

	if (!step) {
		draw_text(c, y, 1, c.w - 2, TOK_DIM, _("Nothing is left to do."));
	} else if (row >= 0 && !strcmp(f->asked, f->rows.id)) {
		bool may = !strcmp(table_get(f->actions, row, "allowed"), "t");
		const struct action *act = resource_action(f->rows.query.res, step);

		if (may)
			strbuf_printf(&line, "F2: %s", _(act->label));
		else
			strbuf_printf(&line, _("Not yours: %s. %s"), table_get(f->actions, row, "reason"),
			    table_get(f->actions, row, "remedy"));
		draw_text(c, y, 1, c.w - 2, may ? TOK_GOOD : TOK_WARNING, strbuf_str(&line));
	}
	strbuf_free(&line);
}

static void draw_detail(const struct refunds *f, struct canvas c)
{
	struct strbuf line = { 0 };

	put_money(f, "amount_minor", &line);
	strbuf_printf(&line, _(" of payment %s, %s"), rows_get(&f->rows, "payment_label"), rows_get(&f->rows, "party_label"));
	if (rows_get(&f->rows, "reservation_label")[0])
		strbuf_printf(&line, _(", stay %s"), rows_get(&f->rows, "reservation_label"));
	draw_text(c, 0, 1, c.w - 2, TOK_TEXT, strbuf_str(&line));
	strbuf_clear(&line);
	strbuf_printf(&line, "%s: ", _("Reason"));
	put_reason(f, &line);
	if (rows_get(&f->rows, "tier_bp")[0]) {
		strbuf_puts(&line, _("; by the policy "));
		format_bp(&line, format_number(rows_get(&f->rows, "tier_bp")));
	}
	draw_text(c, 1, 1, c.w - 2, TOK_TEXT, strbuf_str(&line));
	strbuf_clear(&line);
	if (rows_get(&f->rows, "requested_by_label")[0])
		strbuf_printf(&line, _("Asked by %s, %.16s"), rows_get(&f->rows, "requested_by_label"),
		    rows_get(&f->rows, "created_at"));
	else /* nobody: the rules did, when a stay was called off */
		strbuf_printf(&line, _("Came by itself, %.16s"), rows_get(&f->rows, "created_at"));
	if (rows_get(&f->rows, "approved_by_label")[0])
		strbuf_printf(&line, _("; approved by %s"), rows_get(&f->rows, "approved_by_label"));
	if (rows_get(&f->rows, "status_reason")[0])
		strbuf_printf(&line, ": %s", rows_get(&f->rows, "status_reason"));
	draw_text(c, 2, 1, c.w - 2, TOK_DIM, strbuf_str(&line));
	draw_possible(f, c, 4);
	strbuf_free(&line);
}

/* ---- the screen ---- */

static bool use(struct screen *s, const char *filter, struct err *e)
{
	struct refunds *f = screen_state(s);

	if (!screen_ready(s)) {
		snprintf(f->rows.filter.given, sizeof(f->rows.filter.given), "%s", filter);
		return true;
	}
	for (f->view = 0; f->view < ARRAY_LEN(VIEWS) && strcmp(VIEWS[f->view].filter, filter) != 0; f->view++) {}
	snprintf(f->rows.filter.given, sizeof(f->rows.filter.given), "%s", filter);
	f->started = rows_filter(&f->rows, filter, e);
	return f->started;
}

static bool start(struct screen *s)
{
	struct refunds *f = screen_state(s);
	char filter[FILTER_MOST];
	struct err e;

	if (f->started || !screen_ready(s))
		return true;
	snprintf(filter, sizeof(filter), "%s", f->rows.filter.given);
	if (use(s, filter, &e))
		return true;
	app_error(screen_app(s), &e);
	return false;
}

static bool refunds_open(struct screen *s, const void *arg)
{
	struct refunds *f = screen_state(s);

	(void)arg;
	rows_open(&f->rows, s, catalogue_resource("refunds"), moved);
	f->rows.whole = true; /* the detail says more than the list */
	f->rows.list.empty = N_("no refund waits here; Tab shows the others");
	snprintf(f->rows.filter.given, sizeof(f->rows.filter.given), "%s", VIEWS[0].filter);
	return start(s); /* false: app_push() closes it */
}

static void refunds_close(struct screen *s)
{
	struct refunds *f = screen_state(s);

	table_free(f->actions);
	rows_close(&f->rows);
}

static void refunds_draw(struct screen *s, struct canvas c)
{
	struct refunds *f = screen_state(s);
	int x = 1;

	for (unsigned i = 0; i < ARRAY_LEN(VIEWS); i++)
		x += draw_text(c, 0, x, -1, i == f->view ? TOK_TAB_ACTIVE : TOK_TAB, _(VIEWS[i].title)) + 3;
	c = rows_frame(&f->rows, canvas_sub(c, 1, 0, c.h - 1, c.w));
	rows_draw(&f->rows, canvas_sub(c, 0, 0, c.h - DETAIL_LINES, c.w), true);
	if (f->rows.id[0])
		draw_detail(f, draw_frame(canvas_sub(c, c.h - DETAIL_LINES, 0, DETAIL_LINES, c.w), rows_get(&f->rows, "no"),
		    false));
}

static void refunds_event(struct screen *s, enum screen_event ev)
{
	struct refunds *f = screen_state(s);

	if (ev == EV_STATE)
		start(s);
	else if (f->started)
		rows_event(&f->rows, ev);
	if (ev == EV_DATA && f->started)
		screen_later(s, ask_actions);
}

/* ---- keys ---- */

static enum result move(struct screen *s, int arg)
{
	return rows_move(screen_state(s), arg);
}

static enum result enter(struct screen *s, int arg)
{
	struct refunds *f = screen_state(s);

	(void)arg;
	if (!f->rows.id[0])
		return R_HANDLED;
	app_push(screen_app(s), &record_class, &(struct record_arg){ .res = f->rows.query.res, .id = f->rows.id,
		.title = rows_get(&f->rows, "no") });
	return R_REDRAW;
}

static enum result next_view(struct screen *s, int step)
{
	struct refunds *f = screen_state(s);
	unsigned n = ARRAY_LEN(VIEWS), at = f->view < n ? f->view : n - 1;
	struct err e;

	if (f->started && !use(s, VIEWS[(at + n + (unsigned)step) % n].filter, &e))
		app_error(screen_app(s), &e);
	return R_REDRAW;
}

/* It is out of this list now: the next one comes under the cursor. */
static void stepped(struct screen *s, const struct reply *r, void *arg)
{
	struct refunds *f = screen_state(s);

	(void)arg;
	if (r->err)
		return;
	rows_move(&f->rows, LIST_DOWN);
	rows_renew(&f->rows);
}

static enum result step(struct screen *s, int on)
{
	struct refunds *f = screen_state(s);
	const char *name = step_of(rows_get(&f->rows, "status"), on), *id = f->rows.id, *label = rows_get(&f->rows, "no");
	struct strbuf about = { 0 };

	if (!id[0] || !name) {
		app_message(screen_app(s), TOK_WARNING, _("nothing is left to do with this refund"));
		return R_REDRAW;
	}
	strbuf_printf(&about, "%s: ", label);
	put_money(f, "amount_minor", &about);
	strbuf_printf(&about, ", %s", rows_get(&f->rows, "party_label"));
	ask_action(s, f->rows.query.res, resource_action(f->rows.query.res, name), &id, &label, 1,
	    &(struct ask_more){ .version = (int)format_number(rows_get(&f->rows, "version")), .about = strbuf_str(&about),
	    .consequence = !strcmp(name, "pay") ? _("Booked today. What it covered is open again, the newest charge first.") :
	    NULL, .done = stepped });
	strbuf_free(&about);
	return R_REDRAW;
}

/* ---- hooks ---- */

static void refunds_describe(struct screen *s, struct strbuf *out)
{
	rows_describe(screen_state(s), out);
}

static void refunds_summary(struct screen *s, struct strbuf *out)
{
	rows_summary(screen_state(s), out);
}

static const char *refunds_subject(struct screen *s, const char **id)
{
	return rows_subject(screen_state(s), id);
}

static bool refunds_busy(const struct screen *s)
{
	const struct refunds *f = screen_state((struct screen *)s);

	return (!f->started || rows_busy(&f->rows)) && screen_waiting(s);
}

static bool refunds_take(struct screen *s, const char *words, struct err *e)
{
	return !words[0] || use(s, words, e);
}

static void refunds_place(struct screen *s, struct strbuf *out)
{
	struct refunds *f = screen_state(s);

	strbuf_printf(out, "refunds %s", f->rows.filter.text);
}

static void refunds_keep(struct screen *s, struct strbuf *out)
{
	rows_keep(screen_state(s), out);
}

static void refunds_restore(struct screen *s, const char *kept)
{
	rows_restore(screen_state(s), kept);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "F2 > C-Right", "advance", N_("approve, pay out"), step, true, B_FOOTER, "refund.approve" },
	{ "X Delete", "reject", N_("reject"), step, false, B_FOOTER, "refund.approve" },
	{ "Tab", "view-next", N_("next list"), next_view, 1, B_FOOTER, NULL },
	{ "BackTab", "view-previous", N_("previous list"), next_view, -1, B_HIDDEN, NULL },
	ROWS_KEYS,
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class refunds_class = {
	.name = "refunds", .title = N_("Refunds"), .state_size = sizeof(struct refunds), .keys = KEYS,
	.open = refunds_open, .close = refunds_close, .draw = refunds_draw, .event = refunds_event,
	.describe = refunds_describe, .summary = refunds_summary, .subject = refunds_subject, .busy = refunds_busy,
	.take = refunds_take, .filters = "refunds", .place = refunds_place, .keep = refunds_keep,
	.restore = refunds_restore,
};

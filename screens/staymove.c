/* Cards move along the machine only; what is refused says why, and stays where it was. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/booking.h"
#include "screens/bookings.h"
#include "screens/bulk.h"
#include "screens/clock.h"
#include "screens/edit.h"
#include "screens/readiness.h"
#include "screens/seeing.h"
#include "screens/staychange.h"
#include "screens/write.h"

/* ---- the machine, from the catalogue ---- */

const struct action *move_onward(const struct resource *res, const char *state)
{
	for (const struct action *a = res->actions; a && a->name; a++)
		if (a->to && strcmp(a->to, state) && !(a->flags & A_DESTRUCTIVE) && action_starts(a, state))
			return a;
	return NULL;
}

static const struct action *move_between(const struct resource *res, const char *from, const char *to)
{
	for (const struct action *a = res->actions; a && a->name; a++)
		if (a->to && !strcmp(a->to, to) && strcmp(from, to) && action_starts(a, from))
			return a;
	return NULL;
}

const char *move_lacking(struct screen *s)
{
	const struct resource *res = ((struct bookings *)screen_state(s))->res;
	const char *lacking = NULL;

	for (const struct choice *c = resource_field(res, res->state)->choices; c->value; c++) {
		const struct action *on = move_onward(res, c->value);

		if (on && screen_may(s, on->permission))
			return NULL;
		lacking = lacking || !on ? lacking : on->permission;
	}
	return lacking;
}

/* ---- writing ---- */

static void on_written(struct screen *s, const struct reply *r, void *arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	b->own_until = screen_clock(s) + STAYS_OWN_MS;
	if (!r->err)
		return;
	b->moved[0] = '\0';
	if (strcmp(r->err->code, "DM001") && strcmp(r->err->code, "DM003"))
		b->follow[0] = '\0'; /* else somebody was faster: the cursor goes where the card is now */
	stays_reload(s);
	detail_refresh(b);
}

/* Decided: the card stays where it is, marked, until the answer comes. NULL: given up. */
static void on_decided(struct screen *s, const char *what)
{
	struct bookings *b = screen_state(s);
	const struct stay_step *st = &b->step;
	bool moves = st->act->to && strcmp(st->act->to, b->columns[st->col].state->value);

	b->picked[0] = '\0';
	if (!what) {
		app_message(screen_app(s), TOK_DIM, _("nothing was changed"));
		return;
	}
	snprintf(b->moved, sizeof(b->moved), "%s", moves ? st->id : "");
	snprintf(b->moved_what, sizeof(b->moved_what), "%s", what);
	snprintf(b->follow, sizeof(b->follow), "%s", moves ? st->id : "");
	b->follow_from = st->col;
}

/* The end of a hold: a day later than it is now, to be changed or taken as it is. */
static void propose_end(const struct bookings *b, struct strbuf *out)
{
	int64_t until = instant_parse(stays_get(b, "hold_until")), now = clock_now(b->screen);
	char day[16];
	int minute;

	if (until == INSTANT_NONE)
		return;
	day_format(clock_day((until > now ? until : now) + 24 * 3600, session_tz(screen_session(b->screen)), &minute), day);
	strbuf_printf(out, "%s %02d:%02d", day, minute / 60, minute % 60);
}

/* ---- a step begins ---- */

bool stays_none(struct bookings *b)
{
	if (!stays_id(b)[0])
		app_message(screen_app(b->screen), TOK_DIM, _("there is no card here"));
	return !stays_id(b)[0];
}

/* An action of another state: says from which it starts. */
static bool out_of_turn(struct bookings *b, const struct action *act)
{
	struct strbuf from = { 0 };

	if (!act->from || action_starts(act, stays_state(b)))
		return false;
	for (const char *const *f = act->from; *f; f++)
		strbuf_printf(&from, "%s%s", from.len ? ", " : "", stays_state_label(b, *f));
	app_message(screen_app(b->screen), TOK_WARNING, _("%s is %s; \"%s\" starts from: %s"), stays_get(b, "no"),
	    stays_state_label(b, stays_state(b)), _(act->label), strbuf_str(&from));
	strbuf_free(&from);
	return true;
}

/* What keeps a stay from being moved at all; says so. */
static bool stuck(struct screen *s, const struct action *act, const char *id, const char *no, const char *state)
{
	bool pending = write_pending(s, id);

	if (pending)
		app_message(screen_app(s), TOK_WARNING, _("%s is still being saved"), no);
	else if (!act)
		app_message(screen_app(s), TOK_WARNING, _("%s is %s: nothing follows"), no, state);
	return pending || !act;
}

static bool refused(struct bookings *b, const struct action *act)
{
	return stays_none(b) || stuck(b->screen, act, stays_id(b), stays_get(b, "no"), stays_state_label(b, stays_state(b)));
}

static enum result begin(struct bookings *b, const struct action *act)
{
	struct strbuf label = { 0 }, about = { 0 }, after = { 0 }, end = { 0 };
	struct ask_more more = { .decided = on_decided, .done = on_written };
	const char *id = stays_id(b);

	if (refused(b, act) || out_of_turn(b, act))
		return R_REDRAW;
	b->step = (struct stay_step){ .act = act, .col = b->board.col };
	snprintf(b->step.id, sizeof(b->step.id), "%s", id);
	stays_label(b, &label);
	strbuf_printf(&about, "%s, ", label.s);
	stays_dates(&about, stays_get(b, "check_in"), stays_get(b, "check_out"));
	strbuf_puts(&after, stays_get(b, "party_label"));
	if (!strcmp(act->name, "cancel"))
		strbuf_printf(&after, "\n%s", _("The dates become free for others."));
	propose_end(b, &end);
	more.version = atoi(stays_get(b, "version"));
	more.about = about.s;
	more.consequence = after.s;
	more.proposal = end.s;
	ask_action(b->screen, b->res, act, &id, (const char *const *)&label.s, 1, &more);
	strbuf_free(&label);
	strbuf_free(&about);
	strbuf_free(&after);
	strbuf_free(&end);
	return R_REDRAW;
}

enum result move_forward(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	return begin(b, move_onward(b->res, stays_state(b)));
}

void move_record(struct screen *s, const struct table *row, const char *label)
{
	const struct resource *res = catalogue_resource("reservations");
	const char *id = table_get(row, 0, "id"), *state = table_get(row, 0, res->state);
	const struct choice *word = choice_find(resource_field(res, res->state)->choices, state);
	const struct action *act = move_onward(res, state);
	struct strbuf about = { 0 };

	if (stuck(s, act, id, table_get(row, 0, "no"), word ? _(word->label) : state) || !seeing_may_write(s, act->permission))
		return;
	strbuf_printf(&about, "%s, ", label);
	stays_dates(&about, table_get(row, 0, "check_in"), table_get(row, 0, "check_out"));
	ask_action(s, res, act, &id, &label, 1, &(struct ask_more){ .version = atoi(table_get(row, 0, "version")),
	    .about = about.s, .consequence = table_get(row, 0, "party_label") });
	strbuf_free(&about);
}

enum result move_cancel(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	return begin(b, resource_action(b->res, "cancel"));
}

enum result move_extend(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	return begin(b, resource_action(b->res, "extend_hold"));
}

/* The machine knows no way back; what this console did last can be reversed. */
enum result move_back(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);
	const char *next = write_undo_next(s);

	(void)arg;
	if (stays_none(b))
		return R_REDRAW;
	if (strcmp(b->moved, stays_id(b)) || !next || strcmp(next, b->moved_what)) {
		app_message(screen_app(s), TOK_WARNING,
		    _("a stay does not go back: u takes back a move of the last 10 minutes, X cancels"));
		return R_REDRAW;
	}
	snprintf(b->follow, sizeof(b->follow), "%s", b->moved);
	b->follow_from = b->board.col;
	b->moved[0] = '\0';
	return write_undo(s, 0);
}

/* The last move is what `U` would do again: then it was taken back, and the cursor goes with the card. */
void move_taken_back(struct bookings *b)
{
	const char *next = write_redo_next(b->screen);

	if (!b->moved[0] || screen_clock(b->screen) >= b->own_until || !next || strcmp(next, b->moved_what))
		return;
	snprintf(b->follow, sizeof(b->follow), "%s", b->moved);
	b->follow_from = b->board.col;
	b->moved[0] = '\0';
}

/* ---- doors to what every list has ---- */

/* `a`: the marked cards, or the one under the cursor. */
enum result move_menu(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);
	int n = b->marks.n;
	const char **ids = xcalloc((size_t)n + 1, sizeof(*ids)), **labels = xcalloc((size_t)n + 1, sizeof(*labels));
	struct strbuf label = { 0 };

	(void)arg;
	for (int i = 0; i < n; i++) {
		ids[i] = b->marks.all[i].id;
		labels[i] = b->marks.all[i].label;
	}
	if (n == 0 && !stays_none(b)) {
		stays_label(b, &label);
		ids[n] = stays_id(b);
		labels[n++] = strbuf_str(&label);
	}
	if (n > 0)
		actions_menu(s, b->res, ids, labels, n);
	free(ids);
	free(labels);
	strbuf_free(&label);
	return R_REDRAW;
}

enum result move_edit(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	if (!stays_none(b))
		edit_open(s, b->res, stays_id(b), NULL, 0);
	return R_REDRAW;
}

enum result move_new(struct screen *s, int arg)
{
	(void)arg;
	booking_new(s, NULL, DAY_NONE, DAY_NONE);
	return R_REDRAW;
}

enum result move_change(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	if (!stays_none(b))
		staychange_open(s, stays_id(b));
	return R_REDRAW;
}

enum result move_readiness(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);
	struct strbuf label = { 0 };

	(void)arg;
	if (stays_none(b))
		return R_REDRAW;
	stays_label(b, &label);
	readiness_open(s, stays_id(b), label.s);
	strbuf_free(&label);
	return R_REDRAW;
}

/* ---- from one that needs somebody to the next ---- */

/* Among the cards at hand: down the column, then the columns to the right, round to where it began. */
enum result move_next_needing(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);
	int n = b->board.ncolumns, col = b->board.col, card = b->board.columns[col].cursor;

	(void)arg;
	for (int step = 0; step <= n; step++, card = -1) {
		int at = (col + step) % n;
		const struct window *w = b->columns[at].window;

		if (b->board.columns[at].folded)
			continue;
		for (int i = card + 1; i < window_rows(w); i++)
			if (window_cell(w, i, "attention")[0]) {
				b->board.col = at;
				b->board.columns[at].cursor = i;
				stays_remember(b);
				return R_REDRAW;
			}
	}
	app_message(screen_app(s), TOK_DIM, _("no card on the board needs somebody"));
	return R_REDRAW;
}

/* ---- picking up and dropping ---- */

static void say_picked(const struct bookings *b)
{
	if (b->target == b->board.col)
		app_message(screen_app(b->screen), TOK_TEXT, _("%s is picked up: h l choose where, Space drops, Esc puts it back"),
		    stays_get(b, "no"));
	else
		app_message(screen_app(b->screen), TOK_TEXT, _("%s goes to %s: Space drops it there, Esc puts it back"),
		    stays_get(b, "no"), _(b->columns[b->target].state->label));
}

enum result move_pick(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);
	const struct action *act;

	(void)arg;
	if (!b->picked[0]) {
		if (refused(b, b->res->actions))
			return R_REDRAW;
		snprintf(b->picked, sizeof(b->picked), "%s", stays_id(b));
		b->target = b->board.col;
		say_picked(b);
		return R_REDRAW;
	}
	act = move_between(b->res, stays_state(b), b->columns[b->target].state->value);
	if (b->target == b->board.col || !act) {
		move_unpick(b);
		return R_REDRAW;
	}
	return begin(b, act);
}

bool move_picked(struct bookings *b, int move)
{
	int step = move == BOARD_LEFT ? -1 : move == BOARD_RIGHT ? 1 : 0;

	if (!b->picked[0])
		return false;
	for (int i = b->target + step; step && i >= 0 && i < b->board.ncolumns; i += step) {
		if (i != b->board.col && !move_between(b->res, stays_state(b), b->columns[i].state->value))
			continue;
		b->target = i;
		break;
	}
	say_picked(b);
	return true;
}

bool move_unpick(struct bookings *b)
{
	if (!b->picked[0])
		return false;
	b->picked[0] = '\0';
	app_message(screen_app(b->screen), TOK_DIM, _("put back where it was"));
	return true;
}

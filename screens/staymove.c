/* Cards move along the machine only; what is refused says why, and stays where it was. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/booking.h"
#include "screens/bookings.h"
#include "screens/bulk.h"
#include "screens/clock.h"
#include "screens/edit.h"
#include "screens/write.h"
#include "tui/overlay.h"

enum { CHOICES_MOST = 24, OWN_MS = 3000 };

/* ---- the machine, from the catalogue ---- */

bool move_starts(const struct action *act, const char *state)
{
	for (const char *const *from = act->from; from && *from; from++)
		if (!strcmp(*from, state))
			return true;
	return false;
}

const struct action *move_onward(const struct resource *res, const char *state)
{
	for (const struct action *a = res->actions; a && a->name; a++)
		if (a->to && strcmp(a->to, state) && !(a->flags & A_DESTRUCTIVE) && move_starts(a, state))
			return a;
	return NULL;
}

static const struct action *move_between(const struct resource *res, const char *from, const char *to)
{
	for (const struct action *a = res->actions; a && a->name; a++)
		if (a->to && !strcmp(a->to, to) && strcmp(from, to) && move_starts(a, from))
			return a;
	return NULL;
}

/* ---- writing ---- */

static void on_written(struct screen *s, const struct reply *r, void *arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	b->own_until = screen_clock(s) + OWN_MS;
	if (!r->err)
		return;
	b->follow[0] = b->moved[0] = '\0';
	stays_reload(s); /* somebody may have been faster: show what is */
	detail_refresh(b);
}

/* The step has its arguments: send it. The card stays where it is, marked, until the answer comes. */
static void send_step(struct bookings *b)
{
	struct stay_step *st = &b->step;
	char what[160];
	const struct mutation m = {
		.res = b->res, .kind = "action", .record = st->id, .version = st->version, .action = st->act->name,
		.args = st->args,
	};
	bool moves = st->act->to && strcmp(st->act->to, b->columns[st->col].state->value);

	snprintf(what, sizeof(what), "%s: %s", st->label, moves ? stays_state_label(b, st->act->to) : _(st->act->label));
	snprintf(b->moved, sizeof(b->moved), "%s", moves ? st->id : "");
	snprintf(b->moved_what, sizeof(b->moved_what), "%s", what);
	snprintf(b->follow, sizeof(b->follow), "%s", moves ? st->id : "");
	b->follow_from = st->col;
	b->picked[0] = '\0';
	write_one(b->screen, &m, what, on_written, NULL);
	move_close(b);
}

void move_close(struct bookings *b)
{
	json_decref(b->step.args);
	b->step.args = NULL;
	strbuf_free(&b->step.said);
}

/* ---- asking for what an action needs ---- */

static void ask_next(struct bookings *b);

static void give_up(struct bookings *b)
{
	move_close(b);
	b->picked[0] = '\0';
	app_message(screen_app(b->screen), TOK_DIM, _("nothing was changed"));
}

static void on_agreed(struct screen *s, bool agreed, void *arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	if (b->step.args && agreed)
		send_step(b);
	else
		give_up(b);
}

static void on_choice(struct screen *s, int choice, void *arg)
{
	struct bookings *b = screen_state(s);
	struct stay_step *st = &b->step;

	(void)arg;
	if (!st->args || choice < 0) {
		give_up(b);
		return;
	}
	json_object_set_new(st->args, st->arg->name, json_string(st->arg->choices[choice].value));
	strbuf_printf(&st->said, "%s: %s\n", _(st->arg->label), _(st->arg->choices[choice].label));
	st->arg++;
	ask_next(b);
}

static void ask_choice(struct bookings *b)
{
	const struct arg *arg = b->step.arg;
	struct menu_item items[CHOICES_MOST];
	char title[160];
	int n = 0;

	for (const struct choice *c = arg->choices; c->value && n < CHOICES_MOST; c++, n++)
		items[n] = (struct menu_item){ .label = _(c->label), .key = (char)(n < 9 ? '1' + n : n < 35 ? 'a' + n - 9 : 0) };
	snprintf(title, sizeof(title), "%s: %s", b->step.label, _(arg->label));
	menu_ask(b->screen, title, items, n, 0, on_choice, NULL);
}

static void on_typed(struct screen *s, const char *text)
{
	struct bookings *b = screen_state(s);
	struct stay_step *st = &b->step;
	struct err e = { 0 };

	if (!st->args || !text) {
		give_up(b);
		return;
	}
	const struct field f = { .name = st->arg->name, .label = st->arg->label, .type = st->arg->type, .ref = st->arg->ref };
	char *value = value_parse(&f, text, screen_today(s), session_currency(screen_session(s)), &e);
	if (!value) {
		move_close(b);
		app_error(screen_app(s), &e);
		return;
	}
	json_object_set_new(st->args, st->arg->name, json_string(value));
	strbuf_printf(&st->said, "%s: %s\n", _(st->arg->label), text);
	free(value);
	st->arg++;
	ask_next(b);
}

/* The end of a hold: a day later than it is now, to be changed or taken as it is. */
static void ask_text(struct bookings *b)
{
	struct strbuf initial = { 0 };
	char label[100];
	int64_t until = instant_parse(stays_get(b, "hold_until"));

	if (b->step.arg->type == FT_TIME && until != INSTANT_NONE) {
		int minute;
		char day[16];

		until = (until > clock_now(b->screen) ? until : clock_now(b->screen)) + 24 * 3600;
		day_format(clock_day(until, session_tz(screen_session(b->screen)), &minute), day);
		strbuf_printf(&initial, "%s %02d:%02d", day, minute / 60, minute % 60);
	}
	snprintf(label, sizeof(label), "%s: ", _(b->step.arg->label));
	app_prompt(screen_app(b->screen), b->screen, label, strbuf_str(&initial), NULL, on_typed);
	strbuf_free(&initial);
}

static void ask_next(struct bookings *b)
{
	struct stay_step *st = &b->step;

	if (st->arg && st->arg->name) {
		if (st->arg->choices)
			ask_choice(b);
		else
			ask_text(b);
	} else if (st->act->flags & A_DESTRUCTIVE) {
		strbuf_printf(&st->said, "%s\n%s", stays_get(b, "party_label"), _("The dates become free for others."));
		confirm_ask(b->screen, _(st->act->label), st->said.s, 0, on_agreed, NULL);
	} else {
		send_step(b);
	}
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

	if (!act->from || move_starts(act, stays_state(b)))
		return false;
	for (const char *const *f = act->from; *f; f++)
		strbuf_printf(&from, "%s%s", from.len ? ", " : "", stays_state_label(b, *f));
	app_message(screen_app(b->screen), TOK_WARNING, _("%s is %s; \"%s\" starts from: %s"), stays_get(b, "no"),
	    stays_state_label(b, stays_state(b)), _(act->label), strbuf_str(&from));
	strbuf_free(&from);
	return true;
}

/* What keeps the card under the cursor from being moved at all; says so. */
static bool refused(struct bookings *b, const struct action *act)
{
	struct app *a = screen_app(b->screen);

	if (stays_none(b))
		return true;
	if (write_pending(b->screen, stays_id(b))) {
		app_message(a, TOK_WARNING, _("%s is still being saved"), stays_get(b, "no"));
		return true;
	}
	if (!act) {
		app_message(a, TOK_WARNING, _("%s is %s: nothing follows"), stays_get(b, "no"), stays_state_label(b, stays_state(b)));
		return true;
	}
	return false;
}

static enum result begin(struct bookings *b, const struct action *act)
{
	struct stay_step *st = &b->step;
	struct strbuf label = { 0 };

	if (refused(b, act) || out_of_turn(b, act))
		return R_REDRAW;
	move_close(b);
	stays_label(b, &label);
	*st = (struct stay_step){
		.act = act, .arg = act->args, .args = json_object(), .col = b->board.col,
		.version = atoi(stays_get(b, "version")),
	};
	snprintf(st->id, sizeof(st->id), "%s", stays_id(b));
	snprintf(st->label, sizeof(st->label), "%s", strbuf_str(&label));
	strbuf_printf(&st->said, "%s, ", st->label);
	stays_dates(&st->said, stays_get(b, "check_in"), stays_get(b, "check_out"));
	strbuf_putc(&st->said, '\n');
	strbuf_free(&label);
	ask_next(b);
	return R_REDRAW;
}

enum result move_forward(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	return begin(b, move_onward(b->res, stays_state(b)));
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

/* The last move is no longer what `u` would take back: then it was, and the cursor goes with the card. */
void move_taken_back(struct bookings *b)
{
	const char *next = write_undo_next(b->screen);

	if (!b->moved[0] || screen_clock(b->screen) >= b->own_until || (next && !strcmp(next, b->moved_what)))
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
	const char *ids[STAYS_MARKS], *labels[STAYS_MARKS];
	struct strbuf label = { 0 };
	int n = b->nmarks;

	(void)arg;
	for (int i = 0; i < n; i++) {
		ids[i] = b->marks[i].id;
		labels[i] = b->marks[i].label;
	}
	if (n == 0) {
		if (stays_none(b))
			return R_REDRAW;
		stays_label(b, &label);
		ids[n] = stays_id(b);
		labels[n++] = strbuf_str(&label);
	}
	actions_menu(s, b->res, ids, labels, n);
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

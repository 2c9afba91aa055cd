#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/bookings.h"
#include "screens/clock.h"
#include "screens/write.h"

enum { CARDS = 40, MINUTE_MS = 60000 };

/* ---- what is asked ---- */

/* The filter names days or one record by itself: then the days around today are no limit. */
static bool says_which(const struct query *q)
{
	for (size_t i = 0; i < q->nterms; i++) {
		const struct query_term *t = &q->terms[i];

		if (t->field ? t->field->type == FT_DATE || t->field->type == FT_TIME || t->field->flags & (F_NUMBER | F_KEY)
		             : t->count && strspn(t->values[0], "0123456789") == strlen(t->values[0]))
			return true;
	}
	return false;
}

/* Who is in the house or holds a unit is shown however long ago that began. */
static void put_period(const struct bookings *b, const struct stay_column *k, char out[static 80])
{
	day_t today = screen_today(b->screen);
	char from[16], to[16];

	day_format(today - STAYS_AROUND, from);
	day_format(today + STAYS_AROUND, to);
	if (!strcmp(k->state->value, "hold") || !strcmp(k->state->value, "checked_in"))
		snprintf(out, 80, "check_in<=%s", to);
	else
		snprintf(out, 80, "check_in=%s..%s", from, to);
}

/* What was made by mistake and taken back is no cancellation, unless the filter speaks of reasons. */
static bool leaves_undone(const struct stay_column *k, const struct query *user)
{
	for (size_t i = 0; i < user->nterms; i++)
		if (user->terms[i].field && !strcmp(user->terms[i].field->name, "status_reason"))
			return false;
	return !strcmp(k->state->value, "cancelled");
}

static bool build(const struct bookings *b, const struct stay_column *k, const char *filter, struct query *q,
    struct err *e)
{
	struct query user;
	char text[80];
	bool any, plain;

	query_init(&user, b->res);
	query_init(q, b->res);
	if (!query_filter(&user, filter, screen_today(b->screen), session_currency(screen_session(b->screen)), e)) {
		query_free(&user);
		return false;
	}
	any = says_which(&user);
	plain = leaves_undone(k, &user);
	query_free(&user);
	snprintf(text, sizeof(text), "%s=%s", b->res->state, k->state->value);
	bool ok = query_filter(q, text, 0, NULL, e);
	put_period(b, k, text);
	ok = ok && (any || query_filter(q, text, screen_today(b->screen), NULL, e));
	ok = ok && (!plain || query_filter(q, "status_reason!=undone", 0, NULL, e));
	ok = ok && query_filter(q, filter, screen_today(b->screen), session_currency(screen_session(b->screen)), e);
	ok = ok && query_sort(q, k->side || !move_onward(b->res, k->state->value) ? "-check_in" : "check_in", e);
	q->count = true;
	q->limit = k->whole ? CARDS : 1;
	q->brief = !strcmp(k->state->value, "completed"); /* the others say when they run out, why they ended, what is amiss */
	return ok;
}

static void ask(struct stay_column *k)
{
	k->told = 0;
	window_query(k->window, &k->query);
}

bool stays_filter(struct bookings *b, const char *text, struct err *e)
{
	struct query made[BOARD_MOST];
	int n = 0;
	bool ok = true;

	while (ok && n < b->board.ncolumns) {
		b->columns[n].whole = !b->board.columns[n].folded;
		ok = build(b, &b->columns[n], text, &made[n], e);
		n++;
	}
	for (int i = 0; i < n; i++) {
		struct stay_column *k = &b->columns[i];

		if (!ok) {
			query_free(&made[i]);
			continue;
		}
		query_free(&k->query);
		k->query = made[i];
		k->id[0] = '\0';
		b->board.columns[i].cursor = b->board.columns[i].top = 0;
		ask(k);
	}
	if (!ok)
		return false;
	struct query user;
	query_init(&user, b->res);
	query_filter(&user, text, screen_today(b->screen), session_currency(screen_session(b->screen)), e);
	b->any_date = says_which(&user);
	query_free(&user);
	b->asked_at = screen_clock(b->screen);
	b->seek = true;
	app_redraw(screen_app(b->screen));
	return true;
}

void stays_unfolded(struct bookings *b)
{
	for (int i = 0; i < b->board.ncolumns; i++) {
		struct stay_column *k = &b->columns[i];

		if (!b->started || b->board.columns[i].folded || k->whole)
			continue;
		k->whole = true;
		k->query.limit = CARDS;
		ask(k);
	}
}

void stays_reload(struct screen *s)
{
	struct bookings *b = screen_state(s);

	if (!b->started)
		return;
	b->asked_at = screen_clock(s);
	for (int i = 0; i < b->board.ncolumns; i++)
		window_reload(b->columns[i].window);
}

/* A busy night takes no more than a fifth of the time: the next round waits four times as long as the last took. */
void stays_refresh(struct screen *s)
{
	struct bookings *b = screen_state(s);
	uint64_t now = screen_clock(s), took = b->answered_at > b->asked_at ? b->answered_at - b->asked_at : 0;

	if (!b->started)
		return;
	if (now < b->own_until) {
		stays_reload(s);
	} else if (now < b->answered_at + 4 * took) {
		screen_put_off(s, (unsigned)(b->answered_at + 4 * took - now), stays_refresh);
	} else {
		b->asked_at = now;
		for (int i = 0; i < b->board.ncolumns; i++)
			(b->columns[i].whole ? window_refresh : window_reload)(b->columns[i].window);
	}
}

/* ---- what came ---- */

static void remember(struct stay_column *k)
{
	const struct board_column *at = &k->board->board.columns[k - k->board->columns];

	snprintf(k->id, sizeof(k->id), "%s", at->cursor < window_rows(k->window) ? window_id(k->window, at->cursor) : "");
}

/* The record that was moved has turned up here: the cursor goes with it. */
static bool arrived(struct stay_column *k)
{
	struct bookings *b = k->board;
	int col = (int)(k - b->columns);
	int at = b->follow[0] && col != b->follow_from && !b->board.columns[col].folded
	    ? window_find(k->window, b->follow) : -1;

	if (at < 0)
		return false;
	b->board.col = col;
	b->board.columns[col].cursor = at;
	snprintf(k->id, sizeof(k->id), "%s", b->follow);
	b->follow[0] = '\0';
	return true;
}

static void keep_place(struct stay_column *k)
{
	struct board_column *at = &k->board->board.columns[k - k->board->columns];
	int row;

	window_settle(k->window, &at->cursor, &at->top);
	row = k->id[0] ? window_find(k->window, k->id) : -1;
	if (row >= 0) {
		at->top += row - at->cursor;
		at->cursor = row;
	}
	if (at->top < 0)
		at->top = 0;
	if (k->to_end && !window_loading(k->window)) {
		k->to_end = false;
		at->cursor = window_rows(k->window) - 1;
	}
	arrived(k);
	board_settle(&k->board->board);
}

/* Somebody else's arrivals are announced and wait for F5: no card moves under the cursor. */
static void announce(struct stay_column *k)
{
	int n = k->whole ? window_arrived(k->window) : 0;

	if (n > k->told)
		app_message(screen_app(k->board->screen), TOK_TEXT,
		    P_("%s: %d new card; F5 shows it", "%s: %d new cards; F5 shows them", (unsigned long)n), _(k->state->label), n);
	k->told = n;
}

static bool any_loading(const struct bookings *b)
{
	for (int i = 0; i < b->board.ncolumns; i++)
		if (window_loading(b->columns[i].window))
			return true;
	return false;
}

/* A new filter has left the column under the cursor empty: to the first that is not, folded ones last. */
static void seek(struct bookings *b)
{
	if (!b->seek || any_loading(b))
		return;
	b->seek = false;
	for (int folded = 0; folded < 2 && window_count(b->columns[b->board.col].window) == 0; folded++)
		for (int i = 0; i < b->board.ncolumns; i++)
			if (b->board.columns[i].folded == folded && window_count(b->columns[i].window) > 0) {
				board_jump(&b->board, i);
				break;
			}
	stays_unfolded(b);
	if (b->columns[b->board.col].whole)
		remember(&b->columns[b->board.col]);
	screen_later(b->screen, detail_follow);
}

static void on_changed(void *arg)
{
	struct stay_column *k = arg;
	struct bookings *b = k->board;
	const struct err *why = window_error(k->window);

	keep_place(k);
	if (why) {
		app_error(screen_app(b->screen), why);
	} else if (!window_loading(k->window)) {
		screen_fresh(b->screen);
		announce(k);
		b->answered_at = screen_clock(b->screen);
	}
	if (!window_loading(k->window)) {
		remember(k);
		if (k == &b->columns[b->board.col])
			screen_later(b->screen, detail_follow);
		seek(b);
	}
	app_redraw(screen_app(b->screen));
}

bool stays_busy(const struct bookings *b)
{
	const struct stay_column *k = &b->columns[b->board.col];

	return (window_loading(k->window) && window_rows(k->window) == 0) || (b->seek && any_loading(b));
}

int64_t stays_count(const struct bookings *b, bool *more)
{
	int64_t sum = 0;

	*more = false;
	for (int i = 0; i < b->board.ncolumns; i++) {
		int64_t n = b->board.columns[i].folded ? 0 : window_count(b->columns[i].window);

		*more = *more || n > 10000;
		sum += n > 0 ? n : 0;
	}
	return sum;
}

void stays_remember(struct bookings *b)
{
	remember(&b->columns[b->board.col]);
	screen_later(b->screen, detail_follow);
}

enum result stays_end(struct bookings *b, int move)
{
	struct stay_column *k = &b->columns[b->board.col];
	struct board_column *at = &b->board.columns[b->board.col];

	if (move == BOARD_END ? window_at_end(k->window) : window_at_start(k->window))
		return board_move(&b->board, move);
	k->id[0] = '\0';
	if (move == BOARD_END) {
		k->to_end = true;
		window_seek_end(k->window);
	} else {
		at->cursor = at->top = 0;
		window_seek_start(k->window);
	}
	return R_REDRAW;
}

/* ---- life ---- */

/* Where only a refusal, a cancellation or the clock leads; the first state is where everything begins. */
static bool is_side(const struct resource *res, const char *state)
{
	for (const struct action *a = res->actions; a && a->name; a++)
		if (a->to && !strcmp(a->to, state) && !(a->flags & A_DESTRUCTIVE))
			return false;
	return true;
}

void stays_open(struct bookings *b, struct screen *s)
{
	const struct resource *res = catalogue_resource("reservations");
	const struct field *state = resource_field(res, res->state);

	b->screen = s;
	b->res = res;
	b->board = (struct board){ .lines = 3, .source = &stays_source, .ctx = b };
	codes_open(&b->codes, s);
	for (const struct choice *c = state->choices; c->value && b->board.ncolumns < BOARD_MOST; c++) {
		int i = b->board.ncolumns++;
		struct stay_column *k = &b->columns[i];

		*k = (struct stay_column){ .board = b, .state = c };
		k->side = is_side(res, c->value) && i > 0;
		k->window = window_new(screen_session(s), screen_owner(s, SLOT_COLUMN + (unsigned)i), on_changed, k);
		query_init(&k->query, res);
		b->board.columns[i].title = c->label;
		b->board.columns[i].folded = k->side;
	}
}

void stays_close(struct bookings *b)
{
	for (int i = 0; i < b->board.ncolumns; i++) {
		window_free(b->columns[i].window);
		query_free(&b->columns[i].query);
	}
	codes_close(&b->codes);
}

/* ---- the clock of the holds ---- */

static void tick(struct screen *s)
{
	app_redraw(screen_app(s));
}

/* Idle costs nothing when no hold is in sight: drawing asks for the next minute, nothing else does. */
void stays_arm(struct bookings *b)
{
	codes_ask(&b->codes);
	if (writes_unsaved(screen_writes(b->screen)))
		b->own_until = screen_clock(b->screen) + STAYS_OWN_MS;
	if (b->ticking && !clock_stands(b->screen))
		screen_after(b->screen, MINUTE_MS - (unsigned)(clock_now(b->screen) % 60) * 1000, tick);
	b->ticking = false;
}

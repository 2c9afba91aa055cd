/* What stands on a card of the booking board. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "client/value.h"
#include "screens/bookings.h"
#include "screens/clock.h"
#include "screens/format.h"
#include "screens/write.h"

static const char *cell(const struct bookings *b, int col, int card, const char *column)
{
	return window_cell(b->columns[col].window, card, column);
}

const char *stays_id(const struct bookings *b)
{
	return b->columns[b->board.col].id;
}

const char *stays_get(const struct bookings *b, const char *column)
{
	const struct stay_column *k = &b->columns[b->board.col];
	int at = b->board.columns[b->board.col].cursor;

	return at < window_rows(k->window) ? window_cell(k->window, at, column) : "";
}

const char *stays_state(const struct bookings *b)
{
	return b->columns[b->board.col].state->value;
}

int stays_column(const struct bookings *b, const char *state)
{
	for (int i = 0; i < b->board.ncolumns; i++)
		if (!strcmp(b->columns[i].state->value, state))
			return i;
	return -1;
}

const char *stays_state_label(const struct bookings *b, const char *state)
{
	int col = state ? stays_column(b, state) : -1;

	return col >= 0 ? _(b->columns[col].state->label) : "";
}

static void put_unit(struct bookings *b, const char *unit, const char *title, struct strbuf *out)
{
	const char *code = codes_get(&b->codes, unit);

	strbuf_puts(out, code && *code ? code : code ? title : "…");
}

void stays_label(const struct bookings *b, struct strbuf *out)
{
	strbuf_printf(out, "%s ", stays_get(b, "no"));
	put_unit((struct bookings *)b, stays_get(b, "unit"), stays_get(b, "unit_label"), out);
}

void stays_dates(struct strbuf *out, const char *check_in, const char *check_out)
{
	struct ymd in = day_to_ymd(day_parse(check_in)), till = day_to_ymd(day_parse(check_out));

	strbuf_printf(out, "%d", in.d);
	if (in.m != till.m || in.y != till.y) {
		strbuf_putc(out, ' ');
		format_month_short(out, in.m);
	}
	strbuf_printf(out, "–%d ", till.d);
	format_month_short(out, till.m);
}

static void hold_timing(struct bookings *b, const char *until, struct strbuf *out, struct strbuf *left,
    enum token *style)
{
	int64_t end = instant_parse(until), rest = end - clock_now(b->screen);
	const char *tz = session_tz(screen_session(b->screen));

	if (end == INSTANT_NONE)
		return;
	if (rest <= 0) {
		strbuf_puts(out, _("ran out"));
		*style = TOK_DIM;
		return;
	}
	struct strbuf at = { 0 };
	clock_put(&at, end, tz, screen_today(b->screen));
	strbuf_printf(out, _("expires %s"), strbuf_str(&at));
	strbuf_free(&at);
	clock_left(left, rest);
	if (rest < STAYS_HURRY) {
		strbuf_puts(left, b->tight ? "!" : " !");
		*style = TOK_WARNING;
	}
	b->ticking = true;
}

/* In the house: days left, today, or over the time. */
static void house_timing(struct bookings *b, const char *check_out, struct strbuf *out, enum token *style)
{
	int left = day_parse(check_out) - screen_today(b->screen);

	*style = left <= 0 ? TOK_WARNING : TOK_ROW;
	if (left > 0)
		strbuf_printf(out, _("D-%d"), left);
	else if (left == 0)
		strbuf_puts(out, _("OUT today"));
	else
		strbuf_printf(out, _("late %d d !"), -left);
}

static void arrival_timing(struct bookings *b, const char *check_in, struct strbuf *out, enum token *style)
{
	int ahead = day_parse(check_in) - screen_today(b->screen);

	*style = ahead < 0 ? TOK_WARNING : TOK_ROW;
	if (ahead == 0)
		strbuf_puts(out, _("IN today"));
	else if (ahead < 0)
		strbuf_printf(out, _("late %d d !"), -ahead);
}

void stays_attention(const struct bookings *b, const char *list, struct strbuf *out)
{
	value_show(out, FT_TEXT, resource_field(b->res, "attention")->choices, list, NULL);
}

struct stay_time stays_time(const struct bookings *b, int col, int card)
{
	return (struct stay_time){
		.state = b->columns[col].state->value, .check_in = cell(b, col, card, "check_in"),
		.check_out = cell(b, col, card, "check_out"), .hold_until = cell(b, col, card, "hold_until"),
		.reason = cell(b, col, card, "status_reason"),
	};
}

bool stays_timing(struct bookings *b, const struct stay_time *t, struct strbuf *out, struct strbuf *left,
    enum token *style)
{
	int col = stays_column(b, t->state);

	*style = TOK_ROW;
	if (!strcmp(t->state, "hold")) {
		hold_timing(b, t->hold_until, out, left, style);
	} else if (!strcmp(t->state, "checked_in")) {
		house_timing(b, t->check_out, out, style);
	} else if (!strcmp(t->state, "confirmed")) {
		arrival_timing(b, t->check_in, out, style);
	} else if (col >= 0 && b->columns[col].side) {
		value_show(out, FT_TEXT, resource_field(b->res, "status_reason")->choices, t->reason, NULL);
		*style = TOK_DIM;
	}
	return out->len > 0;
}

static void put_total(const struct bookings *b, int col, int card, struct strbuf *out)
{
	const char *currency = cell(b, col, card, "currency");
	int64_t total = format_number(cell(b, col, card, "total_minor"));

	if (format_is_whole(total, currency))
		format_whole(out, total, currency);
	else
		format_money(out, total, currency);
	if (strcmp(currency, session_currency(screen_session(b->screen))))
		strbuf_printf(out, " %s", currency);
}

static void timing_line(struct bookings *b, int col, int card, struct board_text *t)
{
	struct strbuf words = { 0 }, left = { 0 };
	struct stay_time when = stays_time(b, col, card);
	enum token style;

	if (stays_timing(b, &when, &words, &left, &style)) {
		if (!b->tight) {
			strbuf_puts(&t->left, words.s);
			strbuf_puts(&t->right, strbuf_str(&left));
			t->style = style;
		} else if (!b->columns[col].side) {
			strbuf_puts(&t->right, left.len ? left.s : words.s);
		}
		t->right_style = style;
	}
	strbuf_free(&words);
	strbuf_free(&left);
}

/* Where the clock has nothing to say, the first thing that somebody should see to. */
static void attention_line(const struct bookings *b, int col, int card, struct board_text *t)
{
	const char *list = cell(b, col, card, "attention");
	struct strbuf words = { 0 };

	stays_attention(b, list, &words);
	if (words.len && t->left.len)
		strbuf_puts(&t->left, ", ");
	if (words.len) {
		strbuf_puts(&t->left, words.s);
		t->style = TOK_WARNING;
	}
	strbuf_free(&words);
}

enum { LINE_NAME, LINE_DATES, LINE_GUEST, LINE_TIME };

static void card_line(void *ctx, int col, int card, int line, struct board_text *t)
{
	struct bookings *b = ctx;

	if (b->columns[col].side || window_gone(b->columns[col].window, card))
		t->style = t->right_style = TOK_DIM;
	switch (line) {
	case LINE_NAME:
		strbuf_printf(&t->left, "%s ", cell(b, col, card, "no"));
		put_unit(b, cell(b, col, card, "unit"), cell(b, col, card, "unit_label"), &t->left);
		break;
	case LINE_DATES:
		stays_dates(&t->left, cell(b, col, card, "check_in"), cell(b, col, card, "check_out"));
		if (b->tight)
			timing_line(b, col, card, t);
		t->spare = t->right.len == 0;
		if (t->right.len == 0)
			strbuf_printf(&t->right, _("%d n"),
			    day_parse(cell(b, col, card, "check_out")) - day_parse(cell(b, col, card, "check_in")));
		break;
	case LINE_GUEST:
		strbuf_puts(&t->left, cell(b, col, card, "party_label"));
		put_total(b, col, card, &t->right);
		break;
	case LINE_TIME:
		timing_line(b, col, card, t);
		if (strcmp(b->columns[col].state->value, "hold"))
			attention_line(b, col, card, t);
		break;
	}
}

static const char *card_mark(void *ctx, int col, int card)
{
	struct bookings *b = ctx;
	const char *id = window_id(b->columns[col].window, card);

	if (write_pending(b->screen, id))
		return "~";
	if (window_gone(b->columns[col].window, card))
		return "x";
	if (b->picked[0] && !strcmp(b->picked, id))
		return "^";
	if (marks_find(&b->marks, id))
		return "*";
	return cell(b, col, card, "attention")[0] ? "!" : "";
}

/* ---- the board's source ---- */

static int source_cards(void *ctx, int col)
{
	const struct stay_column *k = &((struct bookings *)ctx)->columns[col];

	return k->whole ? window_rows(k->window) : 0;
}

static int64_t source_count(void *ctx, int col)
{
	return window_count(((struct bookings *)ctx)->columns[col].window);
}

static void source_want(void *ctx, int col, int card, int page)
{
	window_want(((struct bookings *)ctx)->columns[col].window, card, page);
}

/* How many there are above is not known once the window has left the start. */
static int64_t source_beyond(void *ctx, int col, bool below)
{
	const struct stay_column *k = &((struct bookings *)ctx)->columns[col];
	int64_t n = window_count(k->window);

	if (below ? window_at_end(k->window) : window_at_start(k->window))
		return 0;
	return below && window_at_start(k->window) && n >= 0 && n <= 10000 ? n - window_rows(k->window) : -1;
}

const struct board_source stays_source = {
	.cards = source_cards, .count = source_count, .line = card_line, .mark = card_mark, .want = source_want,
	.beyond = source_beyond,
};

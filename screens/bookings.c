/* The booking board: stays as cards in columns along their machine; a card moves by one key and is saved at once. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "screens/answer.h"
#include "screens/bookings.h"
#include "screens/format.h"
#include "screens/write.h"

enum { ROOMY_WIDTH = 120, ROOMY_HEIGHT = 32, DETAIL_LINES = 14, BRIEF_LINES = 2 };

/* ---- filter: applied as typed, once it parses ---- */

static bool use_filter(struct screen *s, const char *text, struct err *e)
{
	return stays_filter(screen_state(s), text, e);
}

static enum result ask_filter(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	return live_filter_ask(&b->filter, s);
}

/* ---- moving about ---- */

static enum result move(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);
	enum result done;

	if (move_picked(b, arg))
		return R_REDRAW;
	b->follow[0] = '\0';
	done = arg == BOARD_HOME || arg == BOARD_END ? stays_end(b, arg) : board_move(&b->board, arg);
	stays_remember(b);
	return done;
}

static enum result jump(struct screen *s, int col)
{
	struct bookings *b = screen_state(s);
	enum result done = move_unpick(b) ? R_REDRAW : R_NONE;

	b->follow[0] = '\0';
	done |= board_jump(&b->board, col);
	stays_unfolded(b);
	stays_remember(b);
	return done ? done : R_HANDLED;
}

static enum result fold(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	move_unpick(b);
	board_fold(&b->board, b->board.col);
	stays_remember(b);
	return R_REDRAW;
}

static enum result unfold_all(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	for (int i = 0; i < b->board.ncolumns; i++)
		b->board.columns[i].folded = false;
	stays_unfolded(b);
	return R_REDRAW;
}

/* ---- opening ---- */

static enum result enter(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);
	char title[40];

	if (b->picked[0])
		return move_pick(s, arg);
	if (stays_none(b))
		return R_REDRAW;
	snprintf(title, sizeof(title), "%s", stays_get(b, "no"));
	app_push(screen_app(s), &record_class, &(struct record_arg){ .res = b->res, .id = stays_id(b), .title = title });
	return R_REDRAW;
}

static enum result open_timeline(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	app_push(screen_app(s), &timeline_class, &(struct timeline_arg){
		.stay = stays_id(b)[0] ? stays_id(b) : NULL, .filter = b->filter.text, .from = screen_today(s),
	});
	return R_REDRAW;
}

static enum result refresh(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	stays_reload(s);
	detail_refresh(b);
	return R_REDRAW;
}

/* ---- marks ---- */

static void put_mark(struct bookings *b)
{
	struct mark m = { 0 };
	struct strbuf label = { 0 };

	stays_label(b, &label);
	snprintf(m.id, sizeof(m.id), "%s", stays_id(b));
	m.label = strbuf_steal(&label);
	marks_put(&b->marks, &m);
	free(m.label);
}

/* Marks survive filters and folding: they are ids. */
static enum result mark(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	if (stays_none(b))
		return R_REDRAW;
	if (!marks_drop(&b->marks, stays_id(b)))
		put_mark(b);
	board_move(&b->board, BOARD_DOWN);
	stays_remember(b);
	return R_REDRAW;
}

static enum result unmark(struct screen *s, int arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	marks_clear(&b->marks);
	return R_REDRAW;
}

/* ---- the screen ---- */

static void start(struct screen *s)
{
	struct bookings *b = screen_state(s);
	struct err e;

	if (b->started || !screen_ready(s))
		return;
	b->started = true;
	if (!stays_filter(b, b->filter.text, &e)) {
		app_error(screen_app(s), &e);
		b->filter.text[0] = '\0';
		stays_filter(b, "", &e);
	}
}

static bool bookings_open(struct screen *s, const void *arg)
{
	struct bookings *b = screen_state(s);

	(void)arg;
	stays_open(b, s);
	b->filter.res = b->res;
	b->filter.use = use_filter;
	timeline_open(&b->timeline, s);
	start(s);
	return true;
}

static void bookings_close(struct screen *s)
{
	struct bookings *b = screen_state(s);

	stays_close(b);
	detail_close(b);
	marks_clear(&b->marks);
	timeline_close(&b->timeline);
}

static void draw_below(struct bookings *b, struct canvas c)
{
	struct strbuf title = { 0 };
	int left = c.w * 52 / 100;

	if (b->detail.row && stays_id(b)[0])
		strbuf_printf(&title, "%s  %s", table_get(b->detail.row, 0, "no"),
		    stays_state_label(b, table_get(b->detail.row, 0, "status")));
	detail_draw(b, draw_frame(canvas_sub(c, 0, 0, c.h, left), strbuf_str(&title), false));
	bill_pane_draw(b, canvas_sub(c, 0, left, c.h, c.w - left));
	strbuf_free(&title);
}

static void bookings_draw(struct screen *s, struct canvas c)
{
	struct bookings *b = screen_state(s);
	int filter = live_filter_lines(&b->filter), below;
	bool was = b->roomy;

	if (!b->started) {
		answer_draw_loading(s, c);
		return;
	}
	b->roomy = c.w >= ROOMY_WIDTH && c.h >= ROOMY_HEIGHT;
	b->tight = c.h < ROOMY_HEIGHT;
	b->board.lines = b->tight ? 3 : 4;
	b->board.gap = !b->tight;
	if (b->roomy && !was)
		screen_later(s, detail_follow);
	below = b->roomy ? DETAIL_LINES : BRIEF_LINES;
	board_draw(&b->board, canvas_sub(c, 0, 0, c.h - below - filter, c.w), true);
	if (b->roomy)
		draw_below(b, canvas_sub(c, c.h - below - filter, 0, below, c.w));
	else
		detail_draw_brief(b, canvas_sub(c, c.h - below - filter, 0, below, c.w));
	live_filter_draw(&b->filter, c);
	stays_arm(b);
}

/* Something was written from here, whichever screen did it: then the cards are to say so at once. */
static void notice_own(struct bookings *b)
{
	const char *last = write_undo_next(b->screen);

	if (!strcmp(last ? last : "", b->written))
		return;
	snprintf(b->written, sizeof(b->written), "%s", last ? last : "");
	b->own_until = screen_clock(b->screen) + STAYS_OWN_MS;
}

static void bookings_event(struct screen *s, enum screen_event ev)
{
	struct bookings *b = screen_state(s);

	if (ev == EV_STATE) {
		start(s);
	} else if (ev == EV_DATA && b->started) {
		move_taken_back(b);
		notice_own(b);
		stays_refresh(s);
		detail_refresh(b);
	}
}

static void bookings_summary(struct screen *s, struct strbuf *out)
{
	struct bookings *b = screen_state(s);
	bool more;
	int64_t n = stays_count(b, &more);

	if (more)
		strbuf_puts(out, _("more than 10 000 cards"));
	else
		strbuf_printf(out, P_("%lld card", "%lld cards", (unsigned long)n), (long long)n);
	strbuf_puts(out, ", ");
	if (b->marks.n)
		strbuf_printf(out, P_("%d marked", "%d marked", (unsigned long)b->marks.n), b->marks.n);
	else if (b->any_date)
		strbuf_puts(out, _("any date"));
	else
		strbuf_printf(out, _("%d days around today"), STAYS_AROUND);
}

static void bookings_describe(struct screen *s, struct strbuf *out)
{
	detail_words(screen_state(s), out);
}

static bool bookings_busy(const struct screen *s)
{
	const struct bookings *b = screen_state((struct screen *)s);

	return (!b->started || stays_busy(b)) && screen_waiting(s);
}

/* While a card is up, Esc puts it back and leaves nothing. */
static enum result bookings_hotkey(struct screen *s, struct key k)
{
	return k.code == KEYCODE_ESC && move_unpick(screen_state(s)) ? R_REDRAW : R_NONE;
}

static enum result bookings_click(struct screen *s, int y, int x)
{
	struct bookings *b = screen_state(s);
	int col, card;

	if (!board_hit(&b->board, y, x, &col, &card))
		return R_NONE;
	if (card >= 0 && col == b->board.col && card == b->board.columns[col].cursor)
		return enter(s, 0);
	b->board.col = col;
	if (card >= 0)
		b->board.columns[col].cursor = card;
	stays_remember(b);
	return R_REDRAW;
}

/* ---- coming back to it: the filter, then which columns are folded and the card ---- */

static void bookings_place(struct screen *s, struct strbuf *out)
{
	struct bookings *b = screen_state(s);

	strbuf_printf(out, "bookings%s%s", b->filter.text[0] ? " " : "", b->filter.text);
}

static bool bookings_take(struct screen *s, const char *words, struct err *e)
{
	struct bookings *b = screen_state(s);

	if (!live_filter_fits(words, e) || (b->started && !use_filter(s, words, e)))
		return false;
	snprintf(b->filter.text, sizeof(b->filter.text), "%s", words); /* not started: used once the session is known */
	return true;
}

/* `F`: the word in the filter that asks for it, there or not. */
static enum result only_needing(struct screen *s, int arg)
{
	static const char WORD[] = "-attention=";
	struct bookings *b = screen_state(s);
	struct strbuf text = { 0 };
	char *found = strstr(b->filter.text, WORD);
	struct err e = { 0 };

	(void)arg;
	if (found) {
		const char *rest = found + strlen(WORD);

		strbuf_printf(&text, "%.*s%s", (int)(found - b->filter.text), b->filter.text, rest + strspn(rest, " "));
		while (text.len && text.s[text.len - 1] == ' ')
			text.s[--text.len] = '\0';
	} else {
		strbuf_printf(&text, "%s%s%s", b->filter.text, b->filter.text[0] ? " " : "", WORD);
	}
	if (bookings_take(s, strbuf_str(&text), &e))
		app_redraw(screen_app(s));
	else
		app_error(screen_app(s), &e);
	strbuf_free(&text);
	return R_REDRAW;
}

static void bookings_keep(struct screen *s, struct strbuf *out)
{
	struct bookings *b = screen_state(s);

	for (int i = 0; i < b->board.ncolumns; i++)
		strbuf_putc(out, b->board.columns[i].folded ? 'f' : 'o');
	strbuf_printf(out, " %s %d", stays_id(b)[0] ? stays_id(b) : "-", b->board.col);
}

static void bookings_restore(struct screen *s, const char *kept)
{
	struct bookings *b = screen_state(s);
	size_t folds = strspn(kept, "fo");
	char id[UUID_LEN + 1];
	int col = 0;

	if (folds != (size_t)b->board.ncolumns || sscanf(kept + folds, " %36s %d", id, &col) < 2)
		return;
	for (int i = 0; i < b->board.ncolumns; i++)
		b->board.columns[i].folded = kept[i] == 'f';
	if (col >= 0 && col < b->board.ncolumns && !b->board.columns[col].folded)
		b->board.col = col;
	if (b->board.columns[b->board.col].folded)
		board_fold(&b->board, b->board.col);
	snprintf(b->follow, sizeof(b->follow), "%s", strcmp(id, "-") ? id : "");
	b->follow_from = -1;
	b->started = false;
	start(s);
}

/* Cards are moved by those who may do any of the steps; which of them, the card says. */
static const char *bookings_lacks(struct screen *s, const struct binding *k)
{
	bool moves = k->fn == move_forward || k->fn == move_back || k->fn == move_pick;

	return moves && screen_ready(s) ? move_lacking(s) : NULL;
}

static const char *bookings_subject(struct screen *s, const char **id)
{
	struct bookings *b = screen_state(s);

	*id = stays_id(b);
	return (*id)[0] ? b->res->name : NULL;
}

static const struct binding KEYS[] = {
	{ "> C-Right", "advance", N_("advance"), move_forward, 0, B_FOOTER, NULL },
	{ "< C-Left", "step-back", N_("step back"), move_back, 0, B_FOOTER, NULL },
	{ "X Delete", "cancel", N_("cancel the stay"), move_cancel, 0, B_FOOTER, "reservation.cancel" },
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "/ F7", "filter", N_("filter"), ask_filter, 0, B_FOOTER, NULL },
	{ "t M-c", "timeline", N_("timeline"), open_timeline, 0, B_FOOTER, NULL },
	{ "Space", "pick", N_("pick up, drop"), move_pick, 0, B_FOOTER, NULL },
	{ "+", "extend", N_("extend the hold"), move_extend, 0, B_FOOTER, "reservation.edit" },
	{ "n F6", "new", N_("new stay"), move_new, 0, B_FOOTER, "reservation.create" },
	{ "D C-n", "change", N_("dates and unit"), move_change, 0, B_FOOTER, "reservation.edit" },
	{ "r M-y", "readiness", N_("readiness"), move_readiness, 0, B_FOOTER, NULL },
	{ "f M-f", "next-needing", N_("the next that needs somebody"), move_next_needing, 0, 0, NULL },
	{ "F M-s", "needing", N_("only what needs somebody"), only_needing, 0, 0, NULL },
	{ "Tab", "pane", N_("timeline, money or history"), bill_pane_turn, 1, 0, NULL },
	{ "BackTab", "pane-back", N_("history, money or timeline"), bill_pane_turn, -1, B_HIDDEN, NULL },
	{ "e M-e", "edit", N_("edit"), move_edit, 0, 0, NULL },
	{ "a C-o", "actions", N_("actions"), move_menu, 0, 0, NULL },
	{ "v C-v", "mark", N_("mark"), mark, 0, 0, NULL },
	{ "V", "unmark-all", N_("no marks"), unmark, 0, B_HIDDEN, NULL },
	{ "z M-z", "fold", N_("fold the column"), fold, 0, 0, NULL },
	{ "Z", "unfold-all", N_("unfold all columns"), unfold_all, 0, B_HIDDEN, NULL },
	{ "F5", "refresh", N_("refresh"), refresh, 0, 0, NULL },
	BOARD_KEYS(move, jump),
	{ 0 },
};

const struct screen_class bookings_class = {
	.name = "bookings", .title = N_("Bookings"), .tab = N_("Book"), .digit = '5', .go = 'b',
	.state_size = sizeof(struct bookings), .keys = KEYS,
	.open = bookings_open, .close = bookings_close, .draw = bookings_draw, .event = bookings_event,
	.lacks = bookings_lacks, .subject = bookings_subject,
	.hotkey = bookings_hotkey, .click = bookings_click, .describe = bookings_describe,
	.summary = bookings_summary, .busy = bookings_busy,
	.place = bookings_place, .take = bookings_take, .filters = "reservations",
	.keep = bookings_keep, .restore = bookings_restore,
};

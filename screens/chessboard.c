/* The chessboard: units x days. What lies there opens, what is free is booked or blocked, one unit or many. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/window.h"
#include "screens/answer.h"
#include "screens/blocking.h"
#include "screens/booking.h"
#include "screens/chess_units.h"
#include "screens/chessboard.h"
#include "screens/format.h"
#include "screens/livefilter.h"
#include "screens/write.h"
#include "tui/chess.h"
#include "tui/list.h"
#include "tui/overlay.h"

enum { CELL_MOST = 9 };

struct chessboard {
	struct chess chess;
	struct chess_units units;
	struct query query;
	struct live_filter filter;
	struct blocking blocking;
	bool started;
	char wanted[UUID_LEN + 1];           /* a unit that the cursor goes to once it is here */
	char under[CELL_MOST][UUID_LEN + 1]; /* what the menu of a crowded cell offers */
	const struct resource *under_res[CELL_MOST];
};

static const struct chess_legend LEGEND[] = {
	{ '.', TOK_TEXT, N_("free") },
	{ 'h', TOK_WARNING, N_("hold") },
	{ 'C', TOK_TEXT, N_("confirmed") },
	{ '#', TOK_GOOD, N_("in house") },
	{ '=', TOK_WARNING, N_("leaving today") },
	{ 'd', TOK_DIM, N_("stayed") },
	{ 'r', TOK_DIM, N_("blocked") },
	{ '2', TOK_TEXT, N_("so many parts taken") },
};

/* ---- rows and cells arrive ---- */

static void show(struct screen *s)
{
	struct chessboard *b = screen_state(s);

	if (!window_loading(b->units.window) || window_rows(b->units.window) > 0)
		spans_show(&b->units.spans, b->chess.top, b->chess.page, b->chess.first, b->chess.first + b->chess.days);
}

static void on_rows(void *arg)
{
	struct screen *s = arg;
	struct chessboard *b = screen_state(s);
	const struct err *why = window_error(b->units.window);
	int row = b->chess.row, top = b->chess.top, at;

	window_settle(b->units.window, &row, &top);
	chess_shift(&b->chess, row - b->chess.row);
	if (why)
		app_error(screen_app(s), why);
	at = b->wanted[0] ? window_find(b->units.window, b->wanted) : -1;
	if (at >= 0) {
		b->chess.row = at;
		b->wanted[0] = '\0';
	}
	chess_units_came(&b->units);
	if (!window_loading(b->units.window))
		show(s);
	app_redraw(screen_app(s));
}

static void came(struct screen *s)
{
	app_redraw(screen_app(s));
}

static bool use_filter(struct screen *s, const char *text, struct err *e)
{
	struct chessboard *b = screen_state(s);
	struct query q;

	query_init(&q, b->query.res);
	if (!query_filter(&q, text, screen_today(s), session_currency(screen_session(s)), e) || !query_sort(&q, "code", e)) {
		query_free(&q);
		return false;
	}
	q.count = true;
	query_free(&b->query);
	b->query = q;
	b->chess.row = b->chess.top = 0;
	b->chess.ranging = false;
	window_query(b->units.window, &b->query);
	return true;
}

/* ---- what is under the cursor ---- */

static void open_use(struct screen *s, const char *id, const struct resource *res, const char *title)
{
	app_push(screen_app(s), &record_class, &(struct record_arg){ .res = res, .id = id, .title = title });
}

static void use_chosen(struct screen *s, int choice, void *arg)
{
	struct chessboard *b = screen_state(s);

	(void)arg;
	if (choice >= 0 && choice < CELL_MOST && b->under[choice][0])
		open_use(s, b->under[choice], b->under_res[choice], "");
}

/* Several uses on one cell: which one? */
static enum result choose_use(struct screen *s)
{
	struct chessboard *b = screen_state(s);
	struct menu_item items[CELL_MOST] = { 0 };
	struct strbuf text[CELL_MOST] = { 0 };
	const struct table *t;
	int n = 0, at;

	for (; n < CELL_MOST && (at = chess_use(&b->units, b->chess.row, b->chess.day, n, &t)) >= 0; n++) {
		chess_use_text(t, at, &text[n]);
		snprintf(b->under[n], sizeof(b->under[n]), "%s", table_get(t, at, "id"));
		b->under_res[n] = chess_use_resource(t, at);
		items[n] = (struct menu_item){ .label = strbuf_str(&text[n]), .key = (char)('1' + n),
			.refused = b->under[n][0] ? NULL : _("not yours to see") };
	}
	menu_ask(s, _("Which one?"), items, n, 0, use_chosen, NULL);
	for (int i = 0; i < n; i++)
		strbuf_free(&text[i]);
	return R_REDRAW;
}

static enum result book(struct screen *s, int arg)
{
	struct chessboard *b = screen_state(s);
	struct chess_range r = chess_range(&b->chess);

	(void)arg;
	if (!chess_unit(&b->units, b->chess.row)[0])
		return R_HANDLED;
	if (r.end_row - r.row > 1)
		app_message(screen_app(s), TOK_DIM, _("a stay is in one unit: select days of one row; b blocks several"));
	else
		booking_new(s, chess_unit(&b->units, b->chess.row), r.from, b->chess.ranging ? r.to : DAY_NONE);
	return R_REDRAW;
}

static enum result enter(struct screen *s, int arg)
{
	struct chessboard *b = screen_state(s);
	const struct table *t;
	int n = 0, at;

	if (!chess_unit_known(&b->units, b->chess.row))
		return R_HANDLED;
	chess_span_at(&b->chess, b->chess.row, b->chess.day, &n);
	if (n == 0 || b->chess.ranging)
		return book(s, arg);
	if (n > 1)
		return choose_use(s);
	at = chess_use(&b->units, b->chess.row, b->chess.day, 0, &t);
	if (!table_get(t, at, "id")[0])
		app_message(screen_app(s), TOK_DIM, _("taken by a stay that is not yours to see"));
	else
		open_use(s, table_get(t, at, "id"), chess_use_resource(t, at), table_get(t, at, "no"));
	return R_REDRAW;
}

/* ---- blocking ---- */

static void changed(struct screen *s)
{
	struct chessboard *b = screen_state(s);

	b->chess.ranging = false;
	marks_clear(&b->units.marks);
	spans_refresh(&b->units.spans);
	app_redraw(screen_app(s));
}

/* Its flat or room is in the selection too: that blocks it as well. */
static bool under_another(const struct chessboard *b, int row, const struct chess_range *r)
{
	for (int depth = 0; depth < 4 && row >= 0 && window_cell(b->units.window, row, "parent")[0]; depth++) {
		row = window_find(b->units.window, window_cell(b->units.window, row, "parent"));
		if (row >= r->row && row < r->end_row)
			return true;
	}
	return false;
}

static enum result block(struct screen *s, int arg)
{
	struct chessboard *b = screen_state(s);
	struct chess_range r = chess_range(&b->chess);
	struct blocking *k = &b->blocking;

	(void)arg;
	blocking_start(k, r.from, r.to);
	for (int row = r.row; row < r.end_row && b->units.marks.n == 0; row++)
		if (!under_another(b, row, &r))
			blocking_add(k, chess_unit(&b->units, row), window_cell(b->units.window, row, "code"));
	for (int i = 0; i < b->units.marks.n; i++)
		blocking_add(k, b->units.marks.all[i].id, b->units.marks.all[i].label);
	blocking_ask(s, k);
	return R_REDRAW;
}

static enum result unblock(struct screen *s, int arg)
{
	struct chessboard *b = screen_state(s);
	const struct table *t;
	int at;

	(void)arg;
	for (int i = 0; (at = chess_use(&b->units, b->chess.row, b->chess.day, i, &t)) >= 0; i++) {
		if (strcmp(table_get(t, at, "kind"), "block") || !table_get(t, at, "id")[0])
			continue;
		struct strbuf what = { 0 };

		strbuf_printf(&what, "%s, ", window_cell(b->units.window, b->chess.row, "code"));
		chess_use_text(t, at, &what);
		blocking_remove(s, &b->blocking, table_get(t, at, "id"), (int)format_number(table_get(t, at, "version")),
		    strbuf_str(&what));
		strbuf_free(&what);
		return R_REDRAW;
	}
	app_message(screen_app(s), TOK_DIM, _("there is no block here; a stay is cancelled on its own screen (Enter)"));
	return R_REDRAW;
}

/* ---- other keys ---- */

static enum result moved(struct screen *s, enum result done)
{
	struct chessboard *b = screen_state(s);

	window_want(b->units.window, b->chess.row, b->chess.page);
	show(s);
	return done;
}

static enum result move(struct screen *s, int arg)
{
	struct chessboard *b = screen_state(s);

	return moved(s, chess_move(&b->chess, arg));
}

static enum result period(struct screen *s, int months)
{
	struct chessboard *b = screen_state(s);
	day_t day = day_add_months(b->chess.day, months);

	b->chess.first += day - b->chess.day;
	b->chess.day = day;
	return moved(s, R_REDRAW);
}

static enum result today(struct screen *s, int arg)
{
	struct chessboard *b = screen_state(s);

	(void)arg;
	b->units.today = b->chess.today = screen_today(s);
	chess_goto(&b->chess, b->chess.today);
	return moved(s, R_REDRAW);
}

static enum result range(struct screen *s, int arg)
{
	struct chessboard *b = screen_state(s);

	(void)arg;
	b->chess.ranging = !b->chess.ranging;
	b->chess.mark_row = b->chess.row;
	b->chess.mark_day = b->chess.day;
	return R_REDRAW;
}

static enum result mark(struct screen *s, int arg)
{
	struct chessboard *b = screen_state(s);
	const char *id = chess_unit(&b->units, b->chess.row);
	char label[64];

	(void)arg;
	if (!id[0])
		return R_HANDLED;
	snprintf(label, sizeof(label), "%s", window_cell(b->units.window, b->chess.row, "code"));
	if (!marks_drop(&b->units.marks, id)) {
		struct mark m = { .label = label };

		snprintf(m.id, sizeof(m.id), "%s", id);
		marks_put(&b->units.marks, &m);
	}
	chess_move(&b->chess, CHESS_DOWN);
	return moved(s, R_REDRAW);
}

/* Esc takes the selection back first, then the marks. */
static enum result drop(struct screen *s, int arg)
{
	struct chessboard *b = screen_state(s);

	(void)arg;
	if (b->chess.ranging)
		b->chess.ranging = false;
	else if (b->units.marks.n)
		marks_clear(&b->units.marks);
	else
		return R_NONE;
	return R_REDRAW;
}

static enum result ask_filter(struct screen *s, int arg)
{
	struct chessboard *b = screen_state(s);

	(void)arg;
	return live_filter_ask(&b->filter, s);
}

/* ---- the screen ---- */

static void start(struct screen *s)
{
	struct chessboard *b = screen_state(s);
	struct err e;

	if (b->started || !screen_ready(s))
		return;
	b->started = true;
	b->units.today = b->chess.today = screen_today(s);
	if (b->chess.day == DAY_NONE)
		b->chess.day = b->chess.today;
	b->chess.first = b->chess.day - day_weekday(b->chess.day);
	if (!use_filter(s, b->filter.text, &e)) {
		b->filter.text[0] = '\0';
		app_error(screen_app(s), &e);
		use_filter(s, "", &e);
	}
}

static bool chessboard_open(struct screen *s, const void *arg)
{
	const struct chessboard_arg *a = arg;
	struct chessboard *b = screen_state(s);

	b->filter = (struct live_filter){ .res = catalogue_resource("unit"), .use = use_filter };
	b->chess = (struct chess){ .source = &CHESS_UNITS, .ctx = &b->units, .legend = LEGEND, .nlegend = ARRAY_LEN(LEGEND),
		.day = a ? a->day : DAY_NONE, .days_most = 31 };
	if (a) {
		snprintf(b->filter.text, sizeof(b->filter.text), "%s", a->filter ? a->filter : "");
		snprintf(b->wanted, sizeof(b->wanted), "%s", a->unit ? a->unit : "");
	}
	query_init(&b->query, b->filter.res);
	b->units.window = window_new(screen_session(s), screen_owner(s, SLOT_ROWS), on_rows, s);
	spans_open(&b->units.spans, s, b->units.window, came);
	b->blocking.done = changed;
	start(s);
	return true;
}

static void chessboard_close(struct screen *s)
{
	struct chessboard *b = screen_state(s);

	spans_close(&b->units.spans);
	window_free(b->units.window);
	query_free(&b->query);
	blocking_free(&b->blocking);
	marks_clear(&b->units.marks);
	free(b->units.parts);
}

static void chessboard_draw(struct screen *s, struct canvas c)
{
	struct chessboard *b = screen_state(s);
	struct canvas body = canvas_sub(c, 0, 0, c.h - live_filter_lines(&b->filter), c.w);
	int page = b->chess.page, days = b->chess.days, top = b->chess.top;
	day_t first = b->chess.first;

	if (!b->started || (window_rows(b->units.window) == 0 && window_loading(b->units.window)))
		answer_draw_loading(s, body);
	else if (window_rows(b->units.window) == 0)
		draw_text(body, 0, 1, -1, TOK_DIM, _("nothing matches"));
	else
		chess_draw(&b->chess, body, true);
	if (page != b->chess.page || days != b->chess.days || first != b->chess.first || top != b->chess.top)
		screen_later(s, show);
	if (b->units.spans.err.kind)
		draw_printf(c, c.h - 1, 1, TOK_ERROR, "%s. %s", b->units.spans.err.text, b->units.spans.err.remedy);
	else
		live_filter_draw(&b->filter, c);
}

static void chessboard_event(struct screen *s, enum screen_event ev)
{
	struct chessboard *b = screen_state(s);

	if (ev == EV_STATE) {
		start(s);
	} else if (ev == EV_DATA && b->started) {
		window_reload(b->units.window);
		spans_refresh(&b->units.spans);
	}
}

static void chessboard_describe(struct screen *s, struct strbuf *out)
{
	struct chessboard *b = screen_state(s);
	struct chess_range r = chess_range(&b->chess);
	const struct table *t;
	int n = 0, at;

	if (!b->started || window_rows(b->units.window) == 0)
		return;
	if (b->chess.ranging || b->units.marks.n) {
		blocking_describe(b->units.marks.n ? b->units.marks.n : r.end_row - r.row, r.from, r.to, out);
		return;
	}
	strbuf_printf(out, "%s  ", window_cell(b->units.window, b->chess.row, "code"));
	format_day(out, b->chess.day);
	chess_span_at(&b->chess, b->chess.row, b->chess.day, &n);
	if (!chess_unit_known(&b->units, b->chess.row))
		return;
	strbuf_puts(out, "  ");
	at = chess_use(&b->units, b->chess.row, b->chess.day, 0, &t);
	if (n > 1)
		strbuf_printf(out, P_("%d part is taken", "%d parts are taken", n), n);
	else if (at >= 0)
		chess_use_text(t, at, out);
	else
		strbuf_puts(out, _("free"));
}

static void chessboard_summary(struct screen *s, struct strbuf *out)
{
	struct chessboard *b = screen_state(s);
	int64_t n = window_count(b->units.window);

	strbuf_puts(out, _(b->query.res->label));
	if (n > 10000)
		strbuf_printf(out, ": %s", _("more than 10 000"));
	else if (n >= 0) {
		strbuf_puts(out, ": ");
		format_int(out, n);
	}
	if (b->units.marks.n)
		strbuf_printf(out, P_("  %d marked", "  %d marked", b->units.marks.n), b->units.marks.n);
}

static void chessboard_place(struct screen *s, struct strbuf *out)
{
	struct chessboard *b = screen_state(s);

	strbuf_puts(out, "chessboard");
	if (b->filter.text[0])
		strbuf_printf(out, " %s", b->filter.text);
}

static bool chessboard_take(struct screen *s, const char *words, struct err *e)
{
	struct chessboard *b = screen_state(s);

	if (!live_filter_fits(words, e) || (b->started && !use_filter(s, words, e)))
		return false;
	snprintf(b->filter.text, sizeof(b->filter.text), "%s", words);
	return true;
}

/* The day and the unit under the cursor. */
static void chessboard_keep(struct screen *s, struct strbuf *out)
{
	struct chessboard *b = screen_state(s);
	char day[16];

	if (!b->started)
		return;
	day_format(b->chess.day, day);
	strbuf_printf(out, "%s %s", day, chess_unit(&b->units, b->chess.row));
}

static void chessboard_restore(struct screen *s, const char *kept)
{
	struct chessboard *b = screen_state(s);
	char day[16];
	day_t to;

	snprintf(day, sizeof(day), "%.10s", kept);
	if ((to = day_parse(day)) == DAY_NONE)
		return;
	chess_goto(&b->chess, to);
	b->chess.first = to - day_weekday(to);
	if (strlen(kept) > 11)
		snprintf(b->wanted, sizeof(b->wanted), "%s", kept + 11);
}

/* The use under the cursor, if it may be seen; else the unit of the row. */
static const char *chessboard_subject(struct screen *s, const char **id)
{
	struct chessboard *b = screen_state(s);
	const struct table *t;
	int n = 0, at;

	*id = chess_unit(&b->units, b->chess.row);
	if (!**id || !chess_unit_known(&b->units, b->chess.row))
		return **id ? "units" : NULL;
	chess_span_at(&b->chess, b->chess.row, b->chess.day, &n);
	at = n > 0 ? chess_use(&b->units, b->chess.row, b->chess.day, 0, &t) : -1;
	if (at < 0 || !table_get(t, at, "id")[0])
		return "units";
	*id = table_get(t, at, "id");
	return chess_use_resource(t, at)->name;
}

static bool chessboard_busy(const struct screen *s)
{
	const struct chessboard *b = screen_state((struct screen *)s);

	return (!b->started || (window_loading(b->units.window) && window_rows(b->units.window) == 0)) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open or book"), enter, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("book"), book, 0, 0, "reservation.create" },
	{ "b M-b", "block", N_("block"), block, 0, B_FOOTER, "block.manage" },
	{ "X Delete", "unblock", N_("remove the block"), unblock, 0, 0, "block.manage" },
	{ "v C-v", "range", N_("select"), range, 0, B_FOOTER, NULL },
	{ "Space Insert", "mark", N_("mark the unit"), mark, 0, 0, NULL },
	{ "Esc", "drop", N_("drop the selection"), drop, 0, B_HIDDEN, NULL },
	{ "< C-Left", "month-back", N_("month back"), period, -1, B_FOOTER, NULL },
	{ "> C-Right", "month-on", N_("month on"), period, 1, B_FOOTER, NULL },
	{ "t M-n", "today", N_("today"), today, 0, B_FOOTER, NULL },
	{ "/ F7", "filter", N_("filter"), ask_filter, 0, B_FOOTER, NULL },
	CHESS_KEYS(move),
	{ 0 },
};

const struct screen_class chessboard_class = {
	.name = "chessboard", .title = N_("Chessboard"), .go = 'x', .state_size = sizeof(struct chessboard), .keys = KEYS,
	.open = chessboard_open, .close = chessboard_close, .draw = chessboard_draw, .event = chessboard_event,
	.describe = chessboard_describe, .summary = chessboard_summary, .place = chessboard_place,
	.take = chessboard_take, .filters = "units",
	.keep = chessboard_keep, .restore = chessboard_restore, .busy = chessboard_busy, .subject = chessboard_subject,
};

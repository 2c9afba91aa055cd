/*
 * The timeline on the whole screen: units by days, and the stays that the filter asks for standing out among the
 * others. What lies there opens, what is free is booked.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "screens/answer.h"
#include "screens/booking.h"
#include "screens/chess_units.h"
#include "screens/format.h"
#include "screens/livefilter.h"
#include "screens/readiness.h"
#include "screens/standout.h"
#include "screens/staychange.h"
#include "screens/timeline.h"
#include "tui/calendar.h"

enum { WEEK = 7 };

struct staytimeline {
	struct chess_units units;     /* first: what the board's source gets */
	struct chess_source source;   /* the chessboard's, with spans of our own */
	struct chess chess;
	struct query query;           /* of the units */
	struct live_filter filter;    /* of the stays */
	struct standout matches;      /* stays on the screen that the filter asks for */
	bool started;
	char stay[UUID_LEN + 1];      /* opened for it: its unit is looked for once */
	char wanted[UUID_LEN + 1];    /* unit that the cursor goes to */
	char building[UUID_LEN + 1];  /* only its units; "" = all */
	char label[160];              /* … as people say it */
	day_t from;
};

static const struct chess_legend LEGEND[] = {
	{ '.', TOK_TEXT, N_("free") },
	{ 'h', TOK_WARNING, N_("hold") },
	{ 'C', TOK_TEXT, N_("confirmed") },
	{ '#', TOK_GOOD, N_("in house") },
	{ '=', TOK_WARNING, N_("leaving today") },
	{ 'd', TOK_DIM, N_("stayed") },
	{ 'r', TOK_DIM, N_("blocked") },
	{ 'L', TOK_DIM, N_("let") },
	{ '-', TOK_DIM, N_("not what the filter asks for") },
};

static const struct resource *stays(void)
{
	return catalogue_resource("reservation");
}

/* ---- which stays the filter asks for ---- */

/* As on the chessboard, but what the filter does not ask for is only said to be taken. */
static bool source_span(void *ctx, int row, int i, struct chess_span *out)
{
	struct staytimeline *x = ctx;
	const struct table *t = NULL;
	int at = spans_row(&x->units.spans, chess_unit(&x->units, row), i, &t);

	if (!CHESS_UNITS.span(ctx, row, i, out))
		return false;
	if (!strcmp(table_get(t, at, "kind"), "agreement")) {
		out->glyph = 'L';
		out->style = TOK_DIM;
	} else if (!strcmp(table_get(t, at, "kind"), "stay") &&
	    !standout_has(&x->matches, x->filter.text, table_get(t, at, "id"))) {
		out->glyph = '-';
		out->style = TOK_DIM;
		out->label = NULL;
	}
	return true;
}

static void ask_matches(struct screen *s, bool anew)
{
	struct staytimeline *x = screen_state(s);

	standout_ask(&x->matches, s, x->filter.text, x->chess.first,
	    x->chess.first + (x->chess.days > 0 ? x->chess.days : WEEK), anew);
}

/* ---- rows and cells arrive ---- */

static void show(struct screen *s)
{
	struct staytimeline *x = screen_state(s);

	if (window_loading(x->units.window) && window_rows(x->units.window) == 0)
		return;
	spans_show(&x->units.spans, x->chess.top, x->chess.page, x->chess.first, x->chess.first + x->chess.days);
	ask_matches(s, false);
}

static void on_rows(void *arg)
{
	struct screen *s = arg;
	struct staytimeline *x = screen_state(s);
	const struct err *why = window_error(x->units.window);
	int row = x->chess.row, top = x->chess.top, at;

	window_settle(x->units.window, &row, &top);
	chess_shift(&x->chess, row - x->chess.row);
	if (why)
		app_error(screen_app(s), why);
	at = x->wanted[0] ? window_find(x->units.window, x->wanted) : -1;
	if (at >= 0) {
		x->chess.row = at;
		x->wanted[0] = '\0';
	}
	chess_units_came(&x->units);
	if (!window_loading(x->units.window))
		show(s);
	app_redraw(screen_app(s));
}


static void came(struct screen *s)
{
	app_redraw(screen_app(s));
}

static bool ask_units(struct screen *s, struct err *e)
{
	struct staytimeline *x = screen_state(s);
	char filter[UUID_LEN + 16] = "";
	struct query q;

	if (x->building[0])
		snprintf(filter, sizeof(filter), "building=%s", x->building);
	query_init(&q, catalogue_resource("unit"));
	q.count = true;
	if (!query_filter(&q, filter, screen_today(s), NULL, e) || !query_sort(&q, "code", e)) {
		query_free(&q);
		return false;
	}
	query_free(&x->query);
	x->query = q;
	x->chess.row = x->chess.top = x->chess.ranging = 0;
	window_query(x->units.window, &x->query);
	return true;
}

static bool use_filter(struct screen *s, const char *text, struct err *e)
{
	struct staytimeline *x = screen_state(s);
	struct query q;
	bool good;

	query_init(&q, stays());
	good = query_filter(&q, text, screen_today(s), session_currency(screen_session(s)), e);
	query_free(&q);
	if (!good)
		return false;
	if (x->filter.text != text)
		snprintf(x->filter.text, sizeof(x->filter.text), "%s", text);
	ask_matches(s, true);
	app_redraw(screen_app(s));
	return true;
}

/* The stay that it was opened for says which building and unit. */
static void on_stay(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct staytimeline *x = screen_state(s);
	struct err e;

	if (!r->err) {
		snprintf(x->building, sizeof(x->building), "%s", table_get(r->rows, 0, "building"));
		snprintf(x->label, sizeof(x->label), "%s", table_get(r->rows, 0, "building_label"));
		snprintf(x->wanted, sizeof(x->wanted), "%s", table_get(r->rows, 0, "unit"));
		if (day_parse(table_get(r->rows, 0, "check_in")) > x->chess.day)
			chess_goto(&x->chess, day_parse(table_get(r->rows, 0, "check_in")));
	}
	if (!ask_units(s, &e))
		app_error(screen_app(s), &e);
}

/* ---- what is under the cursor ---- */

/* The only stay of the cell, or the first; its table; -1 = none that is ours to see. */
static int stay_here(const struct staytimeline *x, const struct table **t)
{
	int at;

	for (int i = 0; (at = chess_use(&x->units, x->chess.row, x->chess.day, i, t)) >= 0; i++)
		if (!strcmp(table_get(*t, at, "kind"), "stay") && table_get(*t, at, "id")[0])
			return at;
	return -1;
}

static enum result book(struct screen *s, int arg)
{
	struct staytimeline *x = screen_state(s);
	struct chess_range r = chess_range(&x->chess);

	(void)arg;
	if (!chess_unit(&x->units, x->chess.row)[0])
		return R_HANDLED;
	if (r.end_row - r.row > 1)
		app_message(screen_app(s), TOK_DIM, _("a stay is in one unit: select days of one row"));
	else
		booking_new(s, chess_unit(&x->units, x->chess.row), r.from, x->chess.ranging ? r.to : DAY_NONE);
	return R_REDRAW;
}

static enum result enter(struct screen *s, int arg)
{
	struct staytimeline *x = screen_state(s);
	const struct table *t;
	int at = chess_use(&x->units, x->chess.row, x->chess.day, 0, &t);

	if (!chess_unit_known(&x->units, x->chess.row))
		return R_HANDLED;
	if (at < 0 || x->chess.ranging)
		return book(s, arg);
	if (!table_get(t, at, "id")[0])
		app_message(screen_app(s), TOK_DIM, _("taken by a stay that is not yours to see"));
	else
		app_push(screen_app(s), &record_class, &(struct record_arg){
			.res = chess_use_resource(t, at), .id = table_get(t, at, "id"), .title = table_get(t, at, "no"),
		});
	return R_REDRAW;
}

/* What is done with the stay under the cursor: its checklist, or other dates and another unit. */
static enum result with_stay(struct screen *s, int checklist)
{
	struct staytimeline *x = screen_state(s);
	const struct table *t;
	int at = stay_here(x, &t);
	char label[80];

	if (at < 0) {
		app_message(screen_app(s), TOK_DIM, _("there is no stay here"));
	} else if (checklist) {
		snprintf(label, sizeof(label), "%s %s", table_get(t, at, "no"), window_cell(x->units.window, x->chess.row, "code"));
		readiness_open(s, table_get(t, at, "id"), label);
	} else {
		staychange_open(s, table_get(t, at, "id"));
	}
	return R_REDRAW;
}

/* ---- moving about ---- */

static enum result moved(struct screen *s, enum result done)
{
	struct staytimeline *x = screen_state(s);

	window_want(x->units.window, x->chess.row, x->chess.page);
	show(s);
	return done;
}

static enum result move(struct screen *s, int arg)
{
	struct staytimeline *x = screen_state(s);

	return moved(s, chess_move(&x->chess, arg));
}

static enum result week(struct screen *s, int days)
{
	struct staytimeline *x = screen_state(s);

	x->chess.first += days;
	x->chess.day += days;
	return moved(s, R_REDRAW);
}

static void go(struct screen *s, day_t day)
{
	struct staytimeline *x = screen_state(s);

	if (day == DAY_NONE)
		return;
	chess_goto(&x->chess, day);
	x->chess.first = day;
	moved(s, R_REDRAW);
	app_redraw(screen_app(s));
}

static enum result today(struct screen *s, int arg)
{
	struct staytimeline *x = screen_state(s);

	(void)arg;
	x->units.today = x->chess.today = screen_today(s);
	go(s, x->chess.today);
	return R_REDRAW;
}

static enum result ask_date(struct screen *s, int arg)
{
	struct staytimeline *x = screen_state(s);

	(void)arg;
	calendar_ask(s, _("From which day?"), x->chess.day, screen_today(s), NULL, NULL, go);
	return R_REDRAW;
}

static enum result range(struct screen *s, int drop)
{
	struct staytimeline *x = screen_state(s);

	if (drop && !x->chess.ranging)
		return R_NONE;
	x->chess.ranging = !x->chess.ranging;
	x->chess.mark_row = x->chess.row;
	x->chess.mark_day = x->chess.day;
	return R_REDRAW;
}

static enum result all_buildings(struct screen *s, int arg)
{
	struct staytimeline *x = screen_state(s);
	struct err e;

	(void)arg;
	if (!x->building[0])
		return R_HANDLED;
	snprintf(x->wanted, sizeof(x->wanted), "%s", chess_unit(&x->units, x->chess.row));
	x->building[0] = x->label[0] = '\0';
	if (!ask_units(s, &e))
		app_error(screen_app(s), &e);
	return R_REDRAW;
}

static enum result ask_filter(struct screen *s, int arg)
{
	struct staytimeline *x = screen_state(s);

	(void)arg;
	return live_filter_ask(&x->filter, s);
}

/* ---- the screen ---- */

static void start(struct screen *s)
{
	struct staytimeline *x = screen_state(s);
	struct err e;

	if (x->started || !screen_ready(s))
		return;
	x->started = true;
	x->units.today = x->chess.today = screen_today(s);
	x->chess.day = x->chess.first = x->from == DAY_NONE ? x->chess.today : x->from;
	if (!use_filter(s, x->filter.text, &e)) {
		x->filter.text[0] = '\0';
		app_error(screen_app(s), &e);
	}
	if (x->stay[0])
		client_get(screen_session(s), stays(), x->stay, screen_owner(s, SLOT_DETAIL), on_stay, s);
	else if (!ask_units(s, &e))
		app_error(screen_app(s), &e);
}

static bool staytimeline_open(struct screen *s, const void *arg)
{
	const struct timeline_arg *a = arg;
	struct staytimeline *x = screen_state(s);

	x->filter = (struct live_filter){ .res = stays(), .use = use_filter };
	x->source = CHESS_UNITS;
	x->source.span = source_span;
	x->chess = (struct chess){ .source = &x->source, .ctx = x, .legend = LEGEND, .nlegend = ARRAY_LEN(LEGEND),
		.day = DAY_NONE, .days_most = TIMELINE_MOST };
	x->from = a ? a->from : DAY_NONE;
	if (a && a->stay)
		snprintf(x->stay, sizeof(x->stay), "%s", a->stay);
	if (a && a->filter)
		snprintf(x->filter.text, sizeof(x->filter.text), "%s", a->filter);
	query_init(&x->query, catalogue_resource("unit"));
	x->units.window = window_new(screen_session(s), screen_owner(s, SLOT_ROWS), on_rows, s);
	spans_open(&x->units.spans, s, x->units.window, came);
	start(s);
	return true;
}

static void staytimeline_close(struct screen *s)
{
	struct staytimeline *x = screen_state(s);

	spans_close(&x->units.spans);
	window_free(x->units.window);
	query_free(&x->query);
	standout_close(&x->matches);
	free(x->units.parts);
}

static bool waits(const struct staytimeline *x)
{
	return !x->started || (window_rows(x->units.window) == 0 && (window_loading(x->units.window) || x->stay[0]));
}

static void staytimeline_draw(struct screen *s, struct canvas c)
{
	struct staytimeline *x = screen_state(s);
	struct canvas body = canvas_sub(c, 0, 0, c.h - live_filter_lines(&x->filter), c.w);
	int page = x->chess.page, days = x->chess.days, top = x->chess.top;
	day_t first = x->chess.first;
	const struct err *why = x->units.spans.err.kind ? &x->units.spans.err : &x->matches.err;

	if (waits(x))
		answer_draw_loading(s, body);
	else if (window_rows(x->units.window) == 0)
		draw_text(body, 0, 1, -1, TOK_DIM, _("nothing matches"));
	else
		chess_draw(&x->chess, body, true);
	if (page != x->chess.page || days != x->chess.days || first != x->chess.first || top != x->chess.top)
		screen_later(s, show);
	if (why->kind)
		draw_printf(c, c.h - 1, 1, TOK_ERROR, "%s. %s", why->text, why->remedy);
	else
		live_filter_draw(&x->filter, c);
}

static void staytimeline_event(struct screen *s, enum screen_event ev)
{
	struct staytimeline *x = screen_state(s);

	if (ev == EV_STATE) {
		start(s);
	} else if (ev == EV_DATA && x->started) {
		window_reload(x->units.window);
		spans_refresh(&x->units.spans);
		ask_matches(s, true);
	}
}

static void staytimeline_describe(struct screen *s, struct strbuf *out)
{
	struct staytimeline *x = screen_state(s);
	struct chess_range r = chess_range(&x->chess);
	const struct table *t;
	int at;

	if (waits(x) || window_rows(x->units.window) == 0)
		return;
	strbuf_printf(out, "%s  ", window_cell(x->units.window, x->chess.row, "code"));
	format_day(out, r.from);
	if (x->chess.ranging) {
		strbuf_puts(out, draw_ascii() ? " - " : " – ");
		format_day(out, r.to);
		strbuf_puts(out, "  ");
		strbuf_printf(out, P_("%d night", "%d nights", (unsigned long)(r.to - r.from)), r.to - r.from);
	}
	if (!chess_unit_known(&x->units, x->chess.row))
		return;
	strbuf_puts(out, "  ");
	at = chess_use(&x->units, x->chess.row, x->chess.day, 0, &t);
	if (at >= 0)
		chess_use_text(t, at, out);
	else
		strbuf_puts(out, _("free"));
}

static void staytimeline_crumb(struct screen *s, struct strbuf *out)
{
	struct staytimeline *x = screen_state(s);

	if (x->label[0])
		strbuf_printf(out, _("Timeline %s"), x->label);
	else
		strbuf_puts(out, _("Timeline"));
}

static void staytimeline_summary(struct screen *s, struct strbuf *out)
{
	struct staytimeline *x = screen_state(s);
	int64_t n = window_count(x->units.window);

	if (x->filter.text[0])
		strbuf_printf(out, P_("%s%d stay stands out  ", "%s%d stays stand out  ", (unsigned long)x->matches.all.n),
		    x->matches.more ? ">" : "", x->matches.all.n);
	if (n > 10000)
		strbuf_puts(out, _("more than 10 000 units"));
	else if (n >= 0)
		strbuf_printf(out, P_("%lld unit", "%lld units", (unsigned long)n), (long long)n);
}

static void staytimeline_place(struct screen *s, struct strbuf *out)
{
	struct staytimeline *x = screen_state(s);

	strbuf_printf(out, "timeline%s%s", x->filter.text[0] ? " " : "", x->filter.text);
}

static bool staytimeline_take(struct screen *s, const char *words, struct err *e)
{
	struct staytimeline *x = screen_state(s);

	if (!live_filter_fits(words, e) || (x->started && !use_filter(s, words, e)))
		return false;
	snprintf(x->filter.text, sizeof(x->filter.text), "%s", words);
	return true;
}

/* The day and the unit under the cursor; the building, if it shows one. */
static void staytimeline_keep(struct screen *s, struct strbuf *out)
{
	struct staytimeline *x = screen_state(s);
	char day[16];

	if (!x->started)
		return;
	day_format(x->chess.day, day);
	strbuf_printf(out, "%s %s %s", day, chess_unit(&x->units, x->chess.row)[0] ? chess_unit(&x->units, x->chess.row) : "-",
	    x->building[0] ? x->building : "-");
}

static void staytimeline_restore(struct screen *s, const char *kept)
{
	struct staytimeline *x = screen_state(s);
	char day[16], unit[UUID_LEN + 1], building[UUID_LEN + 1];
	struct err e;

	if (sscanf(kept, "%10s %36s %36s", day, unit, building) != 3 || day_parse(day) == DAY_NONE)
		return;
	x->from = day_parse(day);
	x->chess.day = x->chess.first = x->from;
	snprintf(x->wanted, sizeof(x->wanted), "%s", strcmp(unit, "-") ? unit : "");
	snprintf(x->building, sizeof(x->building), "%s", strcmp(building, "-") ? building : "");
	if (x->started && !ask_units(s, &e))
		app_error(screen_app(s), &e);
}

static bool staytimeline_busy(const struct screen *s)
{
	return waits(screen_state((struct screen *)s)) && screen_waiting(s);
}

static const char *staytimeline_subject(struct screen *s, const char **id)
{
	struct staytimeline *x = screen_state(s);
	const struct table *t;
	int at = waits(x) ? -1 : stay_here(x, &t);

	*id = at >= 0 ? table_get(t, at, "id") : chess_unit(&x->units, x->chess.row);
	return !(*id)[0] ? NULL : at >= 0 ? stays()->name : catalogue_resource("unit")->name;
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open or book"), enter, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("book"), book, 0, 0, "reservation.create" },
	{ "< C-Left", "week-back", N_("week back"), week, -WEEK, B_FOOTER, NULL },
	{ "> C-Right", "week-on", N_("week on"), week, WEEK, B_FOOTER, NULL },
	{ "d M-s", "date", N_("date"), ask_date, 0, B_FOOTER, NULL },
	{ "t M-n", "today", N_("today"), today, 0, B_FOOTER, NULL },
	{ "/ F7", "filter", N_("filter"), ask_filter, 0, B_FOOTER, NULL },
	{ "v Space C-v", "range", N_("select days"), range, 0, B_FOOTER, NULL },
	{ "D C-n", "change", N_("dates and unit"), with_stay, 0, B_FOOTER, "reservation.edit" },
	{ "r M-y", "readiness", N_("readiness"), with_stay, 1, 0, NULL },
	{ "b M-b", "all-buildings", N_("all buildings"), all_buildings, 0, 0, NULL },
	{ "Esc", "drop", N_("drop the selection"), range, 1, B_HIDDEN, NULL },
	CHESS_KEYS(move),
	{ 0 },
};

const struct screen_class timeline_class = {
	.name = "timeline", .title = N_("Timeline"), .state_size = sizeof(struct staytimeline), .keys = KEYS,
	.open = staytimeline_open, .close = staytimeline_close, .draw = staytimeline_draw, .event = staytimeline_event,
	.describe = staytimeline_describe, .summary = staytimeline_summary, .crumb = staytimeline_crumb,
	.place = staytimeline_place, .take = staytimeline_take, .filters = "reservations",
	.keep = staytimeline_keep, .restore = staytimeline_restore, .subject = staytimeline_subject,
	.busy = staytimeline_busy,
};

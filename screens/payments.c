/*
 * The payment calendar: what falls due day by day, as a month, a week or all
 * that is open (late first), and the charges of the day under the cursor.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/answer.h"
#include "screens/drill.h"
#include "screens/duelist.h"
#include "screens/edit.h"
#include "screens/format.h"
#include "screens/pay.h"
#include "tui/speak.h"

enum { ROOMY_WIDTH = 140, ROOMY_HEIGHT = 38 };

struct payments {
	struct duelist list;       /* first: its rows are what ROWS_KEYS act on */
	struct duegrid grid;
	struct live_filter filter; /* the person's: narrows both */
	bool started, in_list;
};

static const char *const VIEWS[] = { "month", "week", "agenda" };

/* ---- the list follows the day ---- */

static void follow(struct screen *s)
{
	duelist_follow(screen_state(s));
}

static void came(struct screen *s)
{
	follow(s);
	app_redraw(screen_app(s));
}

static void again(struct screen *s)
{
	due_refresh(&((struct payments *)screen_state(s))->grid);
}

static void show(struct screen *s, enum due_view view, day_t day)
{
	struct payments *st = screen_state(s);
	char iso[16];

	day_format(day, iso);
	if (!iso[0])
		return; /* beyond the years that can be written */
	due_show(&st->grid, view, day);
	screen_later(s, follow);
}

/* ---- the person's filter: of what both the report and the list know ---- */

static bool use_filter(struct screen *s, const char *text, struct err *e)
{
	struct payments *st = screen_state(s);
	struct due_narrow n;

	if (!due_narrow_read(&n, s, text, e))
		return false;
	due_narrowed(&st->grid, n);
	return true;
}

/* The list's own keys, but its filter is the screen's. */
static enum result list_key(struct screen *s, int key)
{
	struct payments *st = screen_state(s);

	if (key != ROWS_FILTER)
		return duelist_then(s, rows_key, key);
	return live_filter_ask(&st->filter, s);
}

/* ---- keys ---- */

static day_t moved(const struct duegrid *g, int move)
{
	bool week = g->view == DUE_WEEK;

	switch (move) {
	case LIST_UP: return g->day - 7;
	case LIST_DOWN: return g->day + 7;
	case LIST_PGUP: return week ? g->day - 7 : day_add_months(g->day, -1);
	case LIST_PGDN: return week ? g->day + 7 : day_add_months(g->day, 1);
	case LIST_HOME: return g->from;
	case LIST_END: return g->to - 1;
	}
	return g->day;
}

static enum result move_list(struct screen *s, int arg)
{
	struct payments *st = screen_state(s);

	return rows_move(&st->list.rows, arg);
}

static enum result move(struct screen *s, int arg)
{
	struct payments *st = screen_state(s);

	if (st->in_list)
		return duelist_then(s, move_list, arg);
	show(s, st->grid.view, moved(&st->grid, arg));
	return R_REDRAW;
}

static enum result by_days(struct screen *s, int days)
{
	struct payments *st = screen_state(s);

	if (st->in_list)
		return R_HANDLED;
	show(s, st->grid.view, st->grid.day + days);
	return R_REDRAW;
}

/* `<` and `>`: a month or a week back or on, wherever the cursor stands. */
static enum result step(struct screen *s, int by)
{
	struct payments *st = screen_state(s);

	if (st->grid.view == DUE_AGENDA)
		return R_HANDLED;
	show(s, st->grid.view, moved(&st->grid, by < 0 ? LIST_PGUP : LIST_PGDN));
	return R_REDRAW;
}

static enum result today(struct screen *s, int arg)
{
	struct payments *st = screen_state(s);

	(void)arg;
	show(s, st->grid.view, screen_today(s));
	return R_REDRAW;
}

static enum result view(struct screen *s, int which)
{
	struct payments *st = screen_state(s);

	st->in_list = which == DUE_AGENDA;
	show(s, (enum due_view)which, st->grid.day);
	return R_REDRAW;
}

static enum result pane(struct screen *s, int arg)
{
	struct payments *st = screen_state(s);

	(void)arg;
	st->in_list = !st->in_list || st->grid.view == DUE_AGENDA;
	follow(s);
	return R_REDRAW;
}

static enum result open_charge(struct screen *s, int arg)
{
	struct payments *st = screen_state(s);

	(void)arg;
	if (st->list.rows.id[0])
		app_push(screen_app(s), &record_class, &(struct record_arg){ .res = st->list.rows.query.res, .id = st->list.rows.id,
		    .title = rows_get(&st->list.rows, "no") });
	return R_REDRAW;
}

static enum result enter(struct screen *s, int arg)
{
	struct payments *st = screen_state(s);

	return st->in_list ? duelist_then(s, open_charge, arg) : pane(s, arg);
}

static enum result pay(struct screen *s, int arg)
{
	return duelist_then(s, pay_here, arg);
}

static void date_typed(struct screen *s, const char *text)
{
	struct payments *st = screen_state(s);
	day_t day = text ? day_parse_human(text, screen_today(s)) : DAY_NONE;

	if (text && day == DAY_NONE)
		app_message(screen_app(s), TOK_ERROR, _("not a day: %s. Give 1606, 16.06, +7d or 2026-06-16"), text);
	else if (text)
		show(s, st->grid.view == DUE_AGENDA ? DUE_MONTH : st->grid.view, day);
}

static enum result ask_date(struct screen *s, int arg)
{
	(void)arg;
	app_prompt(screen_app(s), s, _("day: "), "", NULL, date_typed);
	return R_REDRAW;
}

static enum result edit_charge(struct screen *s, int make)
{
	struct payments *st = screen_state(s);

	if (make || st->list.rows.id[0])
		edit_open(s, st->list.rows.query.res, make ? NULL : st->list.rows.id, NULL, 0);
	return R_REDRAW;
}

static enum result edit(struct screen *s, int make)
{
	return make ? edit_charge(s, make) : duelist_then(s, edit_charge, make);
}

static enum result only_open(struct screen *s, int arg)
{
	struct payments *st = screen_state(s);

	(void)arg;
	st->list.only_open = !st->list.only_open;
	follow(s);
	return R_REDRAW;
}

/* What came in on the day, whatever it was for. */
static enum result received(struct screen *s, int arg)
{
	struct payments *st = screen_state(s);
	struct strbuf filter = { 0 }, title = { 0 };
	char day[16];

	(void)arg;
	day_format(st->grid.day, day);
	strbuf_printf(&filter, "booked_on=%s", day);
	strbuf_printf(&title, "%s: ", _("Received"));
	format_date(&title, st->grid.day);
	drill_open(s, "payments", strbuf_str(&filter), strbuf_str(&title));
	strbuf_free(&filter);
	strbuf_free(&title);
	return R_REDRAW;
}

/* ---- the screen ---- */

static void start(struct screen *s)
{
	struct payments *st = screen_state(s);
	struct err e;

	if (st->started || !screen_ready(s))
		return;
	st->started = true;
	if (st->filter.text[0] && !use_filter(s, st->filter.text, &e)) {
		app_error(screen_app(s), &e);
		st->filter.text[0] = '\0';
	}
	show(s, st->grid.view, st->grid.day != DAY_NONE ? st->grid.day : screen_today(s));
}

static bool payments_open(struct screen *s, const void *arg)
{
	struct payments *st = screen_state(s);

	(void)arg;
	due_open(&st->grid, s);
	duelist_open(&st->list, s, &st->grid);
	st->grid.came = came;
	st->grid.again = again;
	st->grid.day = DAY_NONE;
	st->filter.res = st->list.rows.query.res;
	st->filter.use = use_filter;
	start(s);
	return true;
}

static void payments_close(struct screen *s)
{
	struct payments *st = screen_state(s);

	due_close(&st->grid);
	rows_close(&st->list.rows);
}

static struct canvas below(struct payments *st, struct canvas c)
{
	int height = due_height(&st->grid, c);

	return canvas_sub(c, height, 0, c.h - height, c.w);
}

static void draw_list(struct payments *st, struct canvas c)
{
	struct strbuf title = { 0 };

	format_date(&title, st->grid.day);
	strbuf_puts(&title, "   ");
	due_words(&st->grid, false, &title);
	if (st->list.only_open)
		strbuf_printf(&title, "   %s", _("(open only)"));
	rows_draw(&st->list.rows, draw_frame(c, strbuf_str(&title), st->in_list), st->in_list);
	if (!st->in_list) /* the day that the cursor is on */
		speak_focus(strbuf_str(&title), strbuf_str(&title));
	strbuf_free(&title);
}

static void draw_agenda(struct payments *st, struct canvas c)
{
	struct strbuf line = { 0 };

	due_late_words(&st->grid, &line);
	draw_text(c, 0, 1, -1, TOK_DIM, line.len ? line.s : _("all that is open, the oldest first"));
	rows_draw(&st->list.rows, below(st, c), true);
	strbuf_free(&line);
}

static void payments_draw(struct screen *s, struct canvas c)
{
	struct payments *st = screen_state(s);
	struct canvas room = canvas_sub(c, 0, 0, c.h - live_filter_lines(&st->filter), c.w);

	struct err e = { 0 };

	live_filter_draw(&st->filter, c);
	if (!st->started) {
		answer_draw_loading(s, c);
		return;
	}
	if (answer_refused(s, st->list.rows.query.res->read, &e)) {
		draw_text(c, 0, 1, -1, TOK_DIM, e.text);
		return;
	}
	st->grid.roomy = c.w >= ROOMY_WIDTH && c.h >= ROOMY_HEIGHT;
	if (st->grid.view == DUE_AGENDA) {
		draw_agenda(st, room);
		return;
	}
	due_draw(&st->grid, canvas_sub(room, 0, 0, due_height(&st->grid, room), c.w), !st->in_list);
	if (!st->grid.err.kind)
		draw_list(st, below(st, room));
}

static enum result payments_click(struct screen *s, int y, int x)
{
	struct payments *st = screen_state(s);
	day_t day = due_hit(&st->grid, (struct canvas){ .h = y + 1, .w = x + 1 }, y, x);

	if (day == DAY_NONE)
		return R_NONE;
	st->in_list = false;
	show(s, st->grid.view, day);
	return R_REDRAW;
}

static bool payments_busy(const struct screen *s)
{
	const struct payments *st = screen_state((struct screen *)s);

	return st->list.then || ((!st->started || !due_ready(&st->grid) || rows_busy(&st->list.rows)) && screen_waiting(s));
}

static void payments_event(struct screen *s, enum screen_event ev)
{
	struct payments *st = screen_state(s);

	if (ev == EV_STATE)
		start(s);
	else if (ev == EV_DATA && st->started)
		due_refresh(&st->grid);
	if (st->list.listed[0])
		rows_event(&st->list.rows, ev);
}

static void payments_describe(struct screen *s, struct strbuf *out)
{
	rows_describe(screen_state(s), out);
}

static void payments_summary(struct screen *s, struct strbuf *out)
{
	struct payments *st = screen_state(s);

	if (!st->started)
		return;
	if (st->grid.view == DUE_AGENDA) {
		rows_summary(&st->list.rows, out);
		return;
	}
	if (st->list.rows.marks.n > 0)
		strbuf_printf(out, P_("%d marked", "%d marked", (unsigned)st->list.rows.marks.n), st->list.rows.marks.n);
	strbuf_puts(out, st->list.rows.marks.n > 0 ? "   " : "");
	due_words(&st->grid, true, out);
}

static void payments_crumb(struct screen *s, struct strbuf *out)
{
	struct payments *st = screen_state(s);

	strbuf_printf(out, "%s > ", _("Payments"));
	if (st->grid.view == DUE_AGENDA)
		strbuf_puts(out, _("All that is open"));
	else if (st->grid.from != DAY_NONE)
		format_month(out, st->grid.day);
}

static const char *payments_subject(struct screen *s, const char **id)
{
	struct payments *st = screen_state(s);

	return rows_subject(&st->list.rows, id);
}

/* ---- coming back: "payments week 2026-06-16 unit=A-101" ---- */

static void payments_place(struct screen *s, struct strbuf *out)
{
	struct payments *st = screen_state(s);
	char day[16] = "";

	if (!st->started)
		return;
	day_format(st->grid.day, day);
	strbuf_puts(out, "payments");
	if (st->grid.view != DUE_MONTH)
		strbuf_printf(out, " %s", VIEWS[st->grid.view]);
	if (st->grid.day != screen_today(s))
		strbuf_printf(out, " %s", day);
	if (st->filter.text[0])
		strbuf_printf(out, " %s", st->filter.text);
}

/* One word of the beginning: a view, a month or a day. Returns what stands behind it; the same: it is neither. */
static const char *take_word(struct screen *s, const char *words, enum due_view *view, day_t *day)
{
	size_t n = strcspn(words, " ");
	char *word = xstrndup(words, n), *month = xasprintf("%s-01", word);
	day_t at = day_parse_human(word, screen_today(s));
	bool taken = at != DAY_NONE || day_parse(month) != DAY_NONE;

	if (taken)
		*day = at != DAY_NONE ? at : day_parse(month);
	for (size_t i = 0; !taken && i < ARRAY_LEN(VIEWS); i++)
		if (!strcmp(word, VIEWS[i])) {
			*view = (enum due_view)i;
			taken = true;
		}
	free(word);
	free(month);
	return taken ? words + n + strspn(words + n, " ") : words;
}

static bool payments_take(struct screen *s, const char *words, struct err *e)
{
	struct payments *st = screen_state(s);
	enum due_view view = DUE_MONTH;
	day_t day = st->started ? screen_today(s) : DAY_NONE;

	for (const char *rest = take_word(s, words, &view, &day); rest != words; rest = take_word(s, words, &view, &day))
		words = rest;
	if (!live_filter_fits(words, e) || (st->started && strcmp(words, st->filter.text) && !use_filter(s, words, e)))
		return false;
	snprintf(st->filter.text, sizeof(st->filter.text), "%s", words);
	st->in_list = view == DUE_AGENDA;
	if (st->started) {
		show(s, view, day);
	} else {
		st->grid.view = view;
		st->grid.day = day;
	}
	return true;
}

static void payments_keep(struct screen *s, struct strbuf *out)
{
	struct payments *st = screen_state(s);

	strbuf_printf(out, "%c ", st->in_list ? 'l' : 'g');
	rows_keep(&st->list.rows, out);
}

static void payments_restore(struct screen *s, const char *kept)
{
	struct payments *st = screen_state(s);

	if ((kept[0] != 'l' && kept[0] != 'g') || kept[1] != ' ')
		return;
	st->in_list = kept[0] == 'l' || st->grid.view == DUE_AGENDA;
	rows_restore(&st->list.rows, kept + 2);
	if (!st->list.listed[0])
		snprintf(st->list.kept, sizeof(st->list.kept), "%s", st->list.rows.id);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "Tab BackTab", "pane", N_("charges"), pane, 0, B_FOOTER, NULL },
	{ "p C-p", "pay", N_("payment"), pay, 0, B_FOOTER, "payment.record" },
	{ "1", "month", N_("month"), view, DUE_MONTH, B_FOOTER, NULL },
	{ "2", "week", N_("week"), view, DUE_WEEK, B_FOOTER, NULL },
	{ "3", "agenda", N_("all open"), view, DUE_AGENDA, B_FOOTER, NULL },
	{ "t M-n", "today", N_("today"), today, 0, B_FOOTER, NULL },
	{ "> C-Right", "period-after", N_("later"), step, 1, B_FOOTER, NULL },
	{ "< C-Left", "period-before", N_("earlier"), step, -1, B_FOOTER, NULL },
	{ "d M-s", "date", N_("go to a day"), ask_date, 0, B_FOOTER, NULL },
	{ "P M-q", "received", N_("payments of the day"), received, 0, B_FOOTER, "payment.view" },
	{ "o M-o", "only-open", N_("open only"), only_open, 0, B_FOOTER, NULL },
	{ "Left h", "day-before", N_("day before"), by_days, -1, B_HIDDEN, NULL },
	{ "Right l", "day-after", N_("day after"), by_days, 1, B_HIDDEN, NULL },
	{ "e M-e", "edit", N_("edit"), edit, 0, 0, NULL },
	{ "n F6", "new", N_("new charge"), edit, 1, 0, "charge.edit" },
	ROWS_KEYS_OF(list_key),
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class payments_class = {
	.name = "payments", .title = N_("Payments"), .tab = N_("Pay"), .digit = '4', .go = 'c',
	.state_size = sizeof(struct payments), .keys = KEYS,
	.open = payments_open, .close = payments_close, .draw = payments_draw, .event = payments_event,
	.click = payments_click, .summary = payments_summary, .describe = payments_describe, .crumb = payments_crumb,
	.subject = payments_subject, .place = payments_place, .take = payments_take, .filters = "charges",
	.keep = payments_keep, .restore = payments_restore, .busy = payments_busy,
};

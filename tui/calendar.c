#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tui/app.h"
#include "tui/calendar.h"
#include "tui/overlay.h"

enum { DAY_WIDTH = 4, MONTH_GAP = 3, WEEK = 7, WEEKS = 6, MONTHS_MOST = 6 };

/* ---- arithmetic ---- */

day_t calendar_day(day_t month, int week, int weekday)
{
	struct ymd a = day_to_ymd(month);
	int d = week * WEEK + weekday - day_weekday(month) + 1;

	return d >= 1 && d <= day_month_length(a.y, a.m) ? month + d - 1 : DAY_NONE;
}

/* Within the years that a date can be written in. */
static bool writable(day_t day)
{
	char iso[16];

	if (day == DAY_NONE)
		return false;
	day_format(day, iso);
	return iso[0] != '\0';
}

static day_t moved(const struct calendar *k, int move)
{
	day_t start = day_month_start(k->day);

	switch (move) {
	case CALENDAR_LEFT:
		return k->day - 1;
	case CALENDAR_RIGHT:
		return k->day + 1;
	case CALENDAR_UP:
		return k->day - WEEK;
	case CALENDAR_DOWN:
		return k->day + WEEK;
	case CALENDAR_PGUP:
		return day_add_months(k->day, -1);
	case CALENDAR_PGDN:
		return day_add_months(k->day, 1);
	case CALENDAR_HOME:
		return start;
	case CALENDAR_END:
		return day_add_months(start, 1) - 1;
	case CALENDAR_TODAY:
		return k->today;
	}
	return k->day;
}

enum result calendar_move(struct calendar *k, int move)
{
	day_t to = moved(k, move);

	if (!writable(to) || to == k->day)
		return R_HANDLED;
	k->day = to;
	return R_REDRAW;
}

/* ---- drawing ---- */

static int text_columns(const struct calendar *k)
{
	return !k->source ? 0 : k->source->width > 0 ? k->source->width : 1;
}

static int cell_width(const struct calendar *k)
{
	return DAY_WIDTH + text_columns(k);
}

static int month_width(const struct calendar *k)
{
	return WEEK * cell_width(k);
}

int calendar_width(const struct calendar *k, int months)
{
	return months * month_width(k) + (months - 1) * MONTH_GAP;
}

/* Word n of a translated list, as screens/format.c keeps them. */
static char *word(const char *list, int n)
{
	while (n-- > 0)
		list += strcspn(list, " ") + (strchr(list, ' ') != NULL);
	return xstrndup(list, strcspn(list, " "));
}

static void draw_titles(const struct calendar *k, struct canvas c, day_t month)
{
	struct ymd a = day_to_ymd(month);
	char *name = word(_("January February March April May June July August September October November December"),
	    a.m - 1);

	draw_printf(c, 0, 1, TOK_TITLE, "%s %d", name, a.y);
	free(name);
	for (int d = 0; d < WEEK; d++) {
		char *day = word(_("Mon Tue Wed Thu Fri Sat Sun"), d);

		draw_text(c, 1, d * cell_width(k) + 1, 2, TOK_COLUMN, day);
		free(day);
	}
}

/* " 16 " or "[16]", today "=16 ", and what the source says beside it. */
static void draw_day(const struct calendar *k, struct canvas c, day_t day, bool focused)
{
	enum token style = TOK_TEXT, number;
	struct strbuf text = { 0 };
	bool here = day == k->day;
	int end = DAY_WIDTH - 1;

	if (k->source)
		k->source->cell(k->ctx, day, &text, &style);
	number = here ? TOK_ROW_CURSOR : style;
	if (here)
		draw_text(c, 0, 0, 1, TOK_ROW_CURSOR, "[");
	else if (day == k->today)
		draw_text(c, 0, 0, 1, TOK_KEY, "=");
	draw_printf(c, 0, 1, number, "%2d", day_to_ymd(day).d);
	if (text.len > 0)
		end += draw_text(c, 0, end, text_columns(k), style, text.s);
	if (here)
		draw_text(c, 0, end, 1, TOK_ROW_CURSOR, "]");
	if (here && focused)
		draw_cursor(c, 0, 1);
	strbuf_free(&text);
}

static void draw_month(const struct calendar *k, struct canvas c, day_t month, bool focused)
{
	draw_titles(k, c, month);
	for (int i = 0; i < WEEKS * WEEK; i++) {
		day_t day = calendar_day(month, i / WEEK, i % WEEK);

		if (day != DAY_NONE)
			draw_day(k, canvas_sub(c, 2 + i / WEEK, i % WEEK * cell_width(k), 1, cell_width(k)), day, focused);
	}
}

/* The months shown stay where they are until the cursor leaves them. */
static void settle(struct calendar *k, int months)
{
	day_t month = day_month_start(k->day), was = k->first;
	bool first_time = k->months == 0;

	if (first_time || month < k->first || months != k->months)
		k->first = month;
	while (month >= day_add_months(k->first, months))
		k->first = day_add_months(k->first, 1);
	k->months = months;
	if (k->source && k->source->shown && (first_time || was != k->first))
		k->source->shown(k->ctx, k->first, day_add_months(k->first, months));
}

void calendar_draw(struct calendar *k, struct canvas c, bool focused)
{
	int months = (c.w + MONTH_GAP) / (month_width(k) + MONTH_GAP);

	months = months < 1 ? 1 : months > MONTHS_MOST ? MONTHS_MOST : months;
	settle(k, months);
	for (int i = 0; i < months; i++)
		draw_month(k, canvas_sub(c, 0, i * (month_width(k) + MONTH_GAP), CALENDAR_LINES, month_width(k)),
		    day_add_months(k->first, i), focused);
}

/* ---- asked for a day ---- */

struct ask {
	uint64_t owner;
	char *title;
	struct calendar calendar;
	void (*done)(struct screen *s, day_t day);
};

struct ask_arg {
	struct screen *owner;
	const char *title;
	struct calendar calendar;
	void (*done)(struct screen *s, day_t day);
};

static bool ask_open(struct screen *s, const void *arg)
{
	const struct ask_arg *a = arg;
	struct ask *q = screen_state(s);

	if (!a)
		return false;
	*q = (struct ask){
		.owner = a->owner->id, .title = xstrdup(a->title), .calendar = a->calendar, .done = a->done,
	};
	return true;
}

static void ask_close(struct screen *s)
{
	free(((struct ask *)screen_state(s))->title);
}

static void ask_draw(struct screen *s, struct canvas body)
{
	struct ask *q = screen_state(s);
	int months = calendar_width(&q->calendar, 3) + 6 <= body.w && body.w >= 100 ? 3 : 2;

	if (calendar_width(&q->calendar, months) + 4 > body.w)
		months = 1;
	calendar_draw(&q->calendar,
	    overlay_frame(body, CALENDAR_LINES, calendar_width(&q->calendar, months), q->title), true);
}

static enum result answer(struct screen *s, int taken)
{
	struct ask *q = screen_state(s);
	struct app *a = s->app;
	struct screen *owner = app_screen(a, q->owner);
	void (*done)(struct screen *, day_t) = q->done;
	day_t day = taken ? q->calendar.day : DAY_NONE;

	app_pop(a);
	if (owner)
		done(owner, day);
	return R_REDRAW;
}

static enum result ask_move(struct screen *s, int move)
{
	return calendar_move(&((struct ask *)screen_state(s))->calendar, move);
}

static const struct binding KEYS[] = {
	{ "Enter", "choose", N_("choose"), answer, 1, B_FOOTER, NULL },
	{ "Esc q F3 F12", "leave", N_("leave"), answer, 0, B_FOOTER, NULL },
	CALENDAR_KEYS(ask_move),
	{ 0 },
};

static const struct screen_class ask_class = {
	.name = "calendar", .title = N_("Calendar"), .state_size = sizeof(struct ask), .keys = KEYS, .overlay = true,
	.open = ask_open, .close = ask_close, .draw = ask_draw,
};

void calendar_ask(struct screen *s, const char *title, day_t from, day_t today, const struct calendar_source *source,
    void *ctx, void (*done)(struct screen *s, day_t day))
{
	struct calendar k = { .day = from != DAY_NONE ? from : today, .today = today, .source = source, .ctx = ctx };

	app_push(s->app, &ask_class, &(struct ask_arg){ s, title, k, done });
}

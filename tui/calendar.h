/*
 * Months of days, Monday first: two or more side by side where there is room.
 * A day may carry a text of its own (a count, a price, "taken") and a style;
 * today and the cursor are marked by signs, not by colour alone.
 */
#ifndef TUI_CALENDAR_H
#define TUI_CALENDAR_H

#include "base/date.h"
#include "base/i18n.h"
#include "tui/screen.h"

struct calendar_source {
	/* Appended raw to out (at most `width` columns are shown); style starts as TOK_TEXT. */
	void (*cell)(void *ctx, day_t day, struct strbuf *out, enum token *style);
	int width;   /* columns of that text; 0 = one, beside the number */
	void (*shown)(void *ctx, day_t from, day_t to); /* other months are on the screen, half-open; may be NULL */
};

struct calendar {
	day_t day, today;      /* cursor */
	day_t first;           /* first of the first month drawn; 0 months drawn: the cursor's */
	int months;            /* drawn last */
	const struct calendar_source *source; void *ctx; /* may be NULL */
};

enum calendar_move {
	CALENDAR_LEFT, CALENDAR_RIGHT, CALENDAR_UP, CALENDAR_DOWN, CALENDAR_PGUP, CALENDAR_PGDN, CALENDAR_HOME,
	CALENDAR_END, CALENDAR_TODAY,
};

#define CALENDAR_KEYS(fn) \
	{ "Left h", "day-before", N_("day before"), fn, CALENDAR_LEFT, B_HIDDEN, NULL }, \
	{ "Right l", "day-after", N_("day after"), fn, CALENDAR_RIGHT, B_HIDDEN, NULL }, \
	{ "Up k", "week-before", N_("week before"), fn, CALENDAR_UP, B_HIDDEN, NULL }, \
	{ "Down j", "week-after", N_("week after"), fn, CALENDAR_DOWN, B_HIDDEN, NULL }, \
	{ "PgUp <", "month-before", N_("month before"), fn, CALENDAR_PGUP, B_HIDDEN, NULL }, \
	{ "PgDn >", "month-after", N_("month after"), fn, CALENDAR_PGDN, B_FOOTER, NULL }, \
	{ "Home", "month-start", N_("first of the month"), fn, CALENDAR_HOME, B_HIDDEN, NULL }, \
	{ "End", "month-end", N_("last of the month"), fn, CALENDAR_END, B_HIDDEN, NULL }, \
	{ "t", "today", N_("today"), fn, CALENDAR_TODAY, B_FOOTER, NULL }

/* The day in line `week` (0..5) and column `weekday` (0 = Monday) of a month; DAY_NONE where it has none. Pure. */
day_t calendar_day(day_t month, int week, int weekday);

enum result calendar_move(struct calendar *k, int move);
void calendar_draw(struct calendar *k, struct canvas c, bool focused);
int calendar_width(const struct calendar *k, int months); /* columns that so many months take */
enum { CALENDAR_LINES = 8 };                              /* title, weekdays, six weeks */

/*
 * Ask `s` for a day: done(s, day), DAY_NONE on Esc. The source's callbacks get `ctx`, which lives in the state of s.
 * `from`: where the cursor starts.
 */
void calendar_ask(struct screen *s, const char *title, day_t from, day_t today, const struct calendar_source *source,
    void *ctx, void (*done)(struct screen *s, day_t day));

#endif

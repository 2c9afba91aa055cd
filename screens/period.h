/*
 * The period that figures are asked for: days, the last one not included. It
 * is one of the usual ones, which move with today, or the one that was typed.
 */
#ifndef SCREENS_PERIOD_H
#define SCREENS_PERIOD_H

#include "base/date.h"
#include "base/strbuf.h"
#include "screens/screens.h"

enum period_kind {
	PERIOD_MONTH, PERIOD_LAST_MONTH, PERIOD_QUARTER, PERIOD_LAST_QUARTER, PERIOD_YEAR, PERIOD_LAST_YEAR,
	PERIOD_12_MONTHS, /* this month is the last of them */
	PERIOD_OTHER,     /* these days */
};

struct period { enum period_kind kind; day_t from, to; };

struct period period_of(enum period_kind kind, day_t today); /* a usual one */
struct period period_days(day_t from, day_t to);

/*
 * What people type: last_month, 2026, 2026-q2, q2, 2026-06, 06.2026, 2026-06-01..2026-06-15 (both included), or a day,
 * which is its month. False: e says so.
 */
bool period_parse(const char *text, day_t today, struct period *p, struct err *e);
void period_put(const struct period *p, struct strbuf *out); /* the same again */

/* The one before (-1) or after: as many months, or days where it is not of months. */
struct period period_step(const struct period *p, int step);

void period_words(const struct period *p, struct strbuf *out); /* June 2026; 2nd quarter 2026; 2026; … to … */

/* Ask `s` for a usual one: done(s, kind, arg); PERIOD_OTHER: it is to be typed; -1 on Esc. */
void period_menu(struct screen *s, const struct period *now, void (*done)(struct screen *s, int kind, void *arg));

#endif

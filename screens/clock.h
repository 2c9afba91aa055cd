/* Instants on the screens: as the database sends them, in the company's zone. */
#ifndef SCREENS_CLOCK_H
#define SCREENS_CLOCK_H

#include "base/date.h"
#include "base/strbuf.h"

struct screen;

#define INSTANT_NONE INT64_MIN

/* "2026-06-16 22:59:00.5+00", "2026-06-16T22:59:00+05:00", "…Z": Unix seconds; INSTANT_NONE if it is none. */
int64_t instant_parse(const char *s);

/* Now, or the pinned moment of --now. */
int64_t clock_now(const struct screen *s);
bool clock_stands(const struct screen *s); /* pinned: nothing ticks */

/* The civil day of an instant in a zone, and the minute of that day. */
day_t clock_day(int64_t seconds, const char *tz, int *minute);

/* "17:00"; with the day in front when it is not `today`: "17 Jun 17:00". */
void clock_put(struct strbuf *out, int64_t seconds, const char *tz, day_t today);

/* "2:55", "22:00", "3 d": hours and minutes that are left, days from 48 hours on. Not negative. */
void clock_left(struct strbuf *out, int64_t seconds);

#endif

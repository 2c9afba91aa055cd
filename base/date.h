/*
 * Civil dates as days since 1970-01-01 (proleptic Gregorian), no time zone
 * attached: "the night of 3 March" is the same number everywhere. Conversion
 * from an instant always names the zone (DESIGN §3 "time").
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

typedef int32_t day_t;
#define DAY_NONE INT32_MIN

struct ymd { int y, m, d; }; /* m 1-12, d 1-31 */

day_t day_from_ymd(int y, int m, int d); /* DAY_NONE if there is no such day */
struct ymd day_to_ymd(day_t day);
int day_weekday(day_t day);              /* 0 = Monday .. 6 = Sunday (ISO) */
int day_month_length(int y, int m);
day_t day_add_months(day_t day, int months); /* clamps to the month's end: 31 Jan + 1 = 28/29 Feb */
day_t day_month_start(day_t day);

/* 2026-06-16 or 16.06.2026. Whole string only; DAY_NONE otherwise. */
day_t day_parse(const char *s);
/*
 * What people type (ux.md C.4): the above, or 1606, 16.06, tod, tom, yest,
 * +3d, -2w, +1m, mon..sun (the next one, today excluded). `today` anchors it.
 */
day_t day_parse_human(const char *s, day_t today);
void day_format(day_t day, char buf[static 16]); /* ISO 8601; "" for DAY_NONE */

/*
 * The civil date of an instant (Unix seconds) in the IANA zone `tz`. Not in a program with threads: the C library knows
 * zones only by TZ, which is the whole process's.
 */
day_t day_of_instant(int64_t seconds, const char *tz);
/* Seconds by which the clocks of `tz` are ahead of UTC at an instant; 0 for an unknown zone. Likewise. */
int64_t offset_of_instant(int64_t seconds, const char *tz);

#endif

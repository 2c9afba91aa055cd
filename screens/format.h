/*
 * How numbers, money and dates read on the screens, in the user's language.
 * Everything is appended; nothing is cleaned here (the canvas does that).
 */
#ifndef SCREENS_FORMAT_H
#define SCREENS_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/strbuf.h"

void format_int(struct strbuf *out, int64_t n);                            /* 1 234 */
void format_bp(struct strbuf *out, int64_t bp);                            /* 66.5 % */
void format_money(struct strbuf *out, int64_t minor, const char *currency); /* 1 234.50, no code */
bool format_is_whole(int64_t minor, const char *currency);                 /* no minor units in it */
void format_whole(struct strbuf *out, int64_t minor, const char *currency); /* 1 234: the major units alone */
void format_brief(struct strbuf *out, int64_t minor, const char *currency); /* 41.9 M */
void format_weekday(struct strbuf *out, day_t day);                        /* Tue */
void format_day(struct strbuf *out, day_t day);                            /* Tue 16 Jun */
void format_date(struct strbuf *out, day_t day);                           /* Tue 16 Jun 2026 */
void format_month(struct strbuf *out, day_t day);                          /* June 2026 */
void format_month_short(struct strbuf *out, int month);                    /* Jun; 1..12 */

/* now against before, as a percentage of before: "+4.1 %"; base 0 gives "—" (domain.md §3.7). */
void format_change(struct strbuf *out, int64_t now, int64_t before, bool ascii);
/* Two rates in basis points: the difference in points, "+4.1 pt". `base` is the denominator before. */
void format_points(struct strbuf *out, int64_t now_bp, int64_t before_bp, int64_t base, bool ascii);
/* "higher", "lower", "same", or "" where there is nothing to compare with. */
const char *format_verdict(int64_t now, int64_t before, int64_t base);

int64_t format_number(const char *cell); /* a cell of an integer column; 0 for "" */

#endif

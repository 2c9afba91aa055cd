/* The figures of the payment calendar, read from its report and drawn: pure, they ask nothing and keep nothing. */
#ifndef SCREENS_DUESUM_H
#define SCREENS_DUESUM_H

#include "base/date.h"
#include "base/strbuf.h"
#include "client/table.h"
#include "tui/draw.h"

enum { DUE_CURRENCIES = 3 };

/* Of a day, a week or the whole: counts of charges, and the money of each currency apart. Nothing due: all zero. */
struct due_sum {
	int64_t due, paid, late;
	int ncurrencies;        /* there may be more than are kept */
	struct due_money { const char *currency; int64_t due, paid, late; } money[DUE_CURRENCIES];
};

/* level: "day", "week" (day: its first that lies in the period) or "total". Strings are the table's. */
struct due_sum due_sum(const struct table *days, const char *level, day_t day);
int64_t due_most(const struct table *days); /* the largest sum of a day in the first currency */

/* brief: 72.2 M, for a heading of a whole period. */
void due_sum_words(const struct due_sum *sum, bool brief, struct strbuf *out);

/* One line each. "11/18 !2": paid of due, late; shortened where it does not fit. */
void due_draw_count(const struct due_sum *sum, struct canvas c);
void due_draw_money(const struct due_sum *sum, int which, struct canvas c);
/* As long as the day's sum is to `most`: # paid, ! late, . open. */
void due_draw_bar(const struct due_sum *sum, int64_t most, struct canvas c);
/* Charges of a day, one a line, and how many of `all` are not shown. */
void due_draw_lines(const struct table *charges, int64_t all, struct canvas c);
/* Weeks, the whole, what is late by age, and how a cell is read. late may be NULL. */
void due_draw_panel(const struct table *days, const struct table *late, struct canvas c);

#endif

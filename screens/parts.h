/* Pieces that more than one screen is composed of. Pure drawing: they ask nothing and keep nothing. */
#ifndef SCREENS_PARTS_H
#define SCREENS_PARTS_H

#include "screens/answer.h"

/* "Title ──────────" on the first line; returns what is below. */
struct canvas part_section(struct screen *s, struct canvas c, const char *title, bool focused);

/*
 * Five rows and "others", each with its value and its share as a number and a
 * bar (domain.md A0). `cursor` is the marked row, -1 for none.
 */
void part_top(struct screen *s, struct canvas c, const struct answer *a, int cursor);

/* Twelve months of money as columns from zero, the last one being `last`'s month. */
void part_months(struct screen *s, struct canvas c, const struct answer *a, day_t last);

/* Currency that the chart and the figures speak of: the company's if it sold in it, else the first row's. */
const char *part_currency(struct screen *s, const struct answer *a);

#endif

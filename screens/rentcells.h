/* What stands in the rent roll: the cells of its rows (report leases) and the totals under them. Pure drawing. */
#ifndef SCREENS_RENTCELLS_H
#define SCREENS_RENTCELLS_H

#include "screens/answer.h"
#include "tui/list.h"

enum { RENTCELLS_COUNT = 12 };
extern const struct list_column RENTCELLS[RENTCELLS_COUNT];

bool rentcells_vacant(const struct answer *a, int row); /* a unit without a lease */
/* Text of a cell, appended raw. */
void rentcells_put(const struct answer *a, int row, int col, struct strbuf *out, enum token *style);
/* The totals of the whole part, a line a currency, at the bottom of the canvas; how many lines. */
int rentcells_totals(const struct answer *a, struct canvas c);

#endif

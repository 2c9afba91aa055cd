/*
 * Rows as a workbook that Excel and LibreOffice open, streamed: what is held
 * is one row. Cells are typed, so that sums and sorting work: numbers, dates,
 * amounts in the format of their currency. A text is only ever written as a
 * text cell: nothing in the file is a formula or a link. Heading bold and
 * frozen, with a filter; past what a sheet holds comes another sheet.
 */
#ifndef CLIENT_XLSX_H
#define CLIENT_XLSX_H

#include <stdbool.h>

#include "client/outcolumns.h"
#include "client/table.h"

struct xlsx;

/*
 * `path` is a file that is there already, empty, the caller's, and private; further temporary files, without a name,
 * are made in its folder. `sheet` names the sheets. `codes`: amounts show their currency's code. `c` must live on.
 */
struct xlsx *xlsx_new(const char *path, const char *sheet, const struct out_columns *c, bool codes);
/* One row: source[i] is column i's place in t, -1 = absent; currency the place of the row's currency. */
void xlsx_row(struct xlsx *x, const struct table *t, int row, const int *source, int currency);
int xlsx_failed(const struct xlsx *x);       /* errno of the first write that failed, 0 = none */
unsigned long xlsx_cut(const struct xlsx *x); /* texts that were longer than a cell may be, and end with … */
/* Writes `path`. 0 or an errno: then there is nothing of use in it. Frees. */
int xlsx_close(struct xlsx *x);
void xlsx_abort(struct xlsx *x);

#endif

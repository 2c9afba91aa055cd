/* Out of a list: `y` to the terminal's clipboard, `x` into a file. */
#ifndef SCREENS_COPY_H
#define SCREENS_COPY_H

#include "screens/rows.h"

enum result copy_ask(struct rows *r);
enum result export_ask(struct rows *r);
/* The same into a file whose name says how: .csv, .tsv or .json. False: e says why not. */
bool export_to(struct rows *r, const char *path, struct err *e);
void export_stop(struct rows *r); /* what was begun is removed */

#endif

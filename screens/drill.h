/* From a number to its rows: what the report's own row says it counted (domain.md A0). */
#ifndef SCREENS_DRILL_H
#define SCREENS_DRILL_H

#include "client/table.h"
#include "screens/screens.h"

/* Every {column} of the template replaced by the row's cell, appended. False when a cell is empty. */
bool drill_expand(const char *template, const struct table *t, int row, struct strbuf *out);

/* "{filter} check_in<{cell_end}" with the row's cells put in. False, when a row stands for no list ("others"). */
bool drill_filter(const struct report *rep, const struct table *t, int row, struct strbuf *out);

/* What records that list is of: "{resource}" put in. */
bool drill_resource(const struct report *rep, const struct table *t, int row, struct strbuf *out);

/* Open a list; false (and said on the status line) when there is none or the filter does not parse. */
bool drill_open(struct screen *s, const char *resource, const char *filter, const char *title);
bool drill_row(struct screen *s, const struct report *rep, const struct table *t, int row, const char *title);

/* The key that works everywhere: who did what with the record under the cursor (the hook .subject of its screen). */
enum result drill_history(struct screen *s, int arg);

#endif

/*
 * `x`: rows into a file. Of a list all that its filter shows, page after page
 * with progress and C-c; of a report what it shows. The file is complete or not
 * there, and readable by its owner alone. One question at a time, as there is
 * one prompt.
 */
#ifndef SCREENS_EXPORTING_H
#define SCREENS_EXPORTING_H

#include "screens/rows.h"

/* Asks format and file, then writes. */
enum result export_ask(struct rows *r);
/* The same into a file whose name says how. False: e says why not. */
bool export_to(struct rows *r, const char *path, struct err *e);
void exporting_stop(struct rows *r); /* what was begun is removed */
void exporting_describe(const struct rows *r, struct strbuf *out); /* "12 400 of about 88 000 rows" */

/* The rows of a report, which are all there, or (`more`) its first ones. The table becomes this module's. */
enum result export_report_ask(struct screen *s, const struct report *rep, struct table *rows, bool more);
bool export_report_to(struct screen *s, const struct report *rep, struct table *rows, bool more, const char *path,
    struct err *e);

#endif

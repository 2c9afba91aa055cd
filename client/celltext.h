/*
 * One cell as it is written for programs: JSON as RFC 8259 wants it, CSV and
 * TSV, all of them so that a terminal can stand it. The command line's output
 * and the console's export share it.
 */
#ifndef CLIENT_CELLTEXT_H
#define CLIENT_CELLTEXT_H

#include "base/strbuf.h"
#include "client/resource.h"

/* A quoted string: controls, DEL, C1, bidi, zero-width and line separators as \uXXXX; bad UTF-8 as U+FFFD. */
void json_text(struct strbuf *out, const char *s);

/* An instant as the database writes it, in ISO 8601: T between day and clock, minutes in the zone; in buf. */
const char *iso_time(const char *cell, char buf[static 48]);

/* A cell by its type: numbers and booleans bare, the rest quoted, NULL as null. */
void json_cell(struct strbuf *out, enum field_type type, const char *cell);

/* RFC 4180, quoted where it must be; a text that a spreadsheet would take for a formula gets an apostrophe. */
void csv_cell(struct strbuf *out, enum field_type type, const char *cell);
void tsv_cell(struct strbuf *out, enum field_type type, const char *cell);

#endif

/*
 * One cell as it is written into a file: JSON as RFC 8259 wants it, CSV, TSV
 * and Markdown, all of them so that a terminal can stand it. Pure.
 */
#ifndef CLIENT_CELLTEXT_H
#define CLIENT_CELLTEXT_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "client/resource.h"

/* A quoted string: controls, DEL, C1, bidi, zero-width and line separators as \uXXXX; bad UTF-8 as U+FFFD. */
void json_text(struct strbuf *out, const char *s);

/* An instant as the database writes it, in ISO 8601: T between day and clock, minutes in the zone; in buf. */
const char *iso_time(const char *cell, char buf[static 48]);

/* A cell by its type: numbers and booleans bare, the rest quoted, NULL as null. */
void json_cell(struct strbuf *out, enum field_type type, const char *cell);

/*
 * A spreadsheet computes what begins with = + - @ (also after blanks, also full-width), and so does whoever opens an
 * export in one. Such a text, unless it is a number by its type and looks, gets an apostrophe in front, as OWASP
 * advises; `raw` leaves it out. An import takes it off again with cell_unguarded(): what was written comes back, also
 * a text that had an apostrophe of its own. In tsv, which pipes carry from program to program, a plain phone number
 * stays as it is.
 */
bool cell_formula(enum field_type type, const char *cell);
const char *cell_unguarded(const char *text); /* text, or one byte into it */

/* An integer as the database writes one. */
bool cell_is_number(const char *cell);

/* text_clean() of a whole cell; CR LF is one end of a line. */
void cell_clean(struct strbuf *out, const char *cell, enum text_flags flags);

/* RFC 4180, quoted where it must be. One line, for tsv. For a Markdown table, from the text as a person reads it. */
void csv_cell(struct strbuf *out, enum field_type type, const char *cell, bool raw);
void tsv_cell(struct strbuf *out, enum field_type type, const char *cell, bool raw);
void markdown_cell(struct strbuf *out, const char *shown, bool raw);

#endif

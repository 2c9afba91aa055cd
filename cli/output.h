/*
 * Rows out, streamed: what is held is one page. A table for people is written
 * here (translated headings, labels of references, money as it is read, aligned
 * and cleaned: nothing that came from the database can reach a terminal as a
 * control); every other format is client/export.h's.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/outcolumns.h"
#include "client/resource.h"
#include "client/table.h"

struct options;
struct output;

/* Names of the formats, NULL-terminated. */
const char *const *output_formats(void);

/* The file of -o is made, aside, when the output begins; that it cannot be is told by output_close(). Never NULL. */
struct output *output_open(const struct options *o);
bool output_is_json(const struct output *out);   /* json or jsonl */
bool output_is_array(const struct output *out);  /* json */
bool output_for_people(const struct output *out);

/* Once, before the rows. `card`: a table shows a record as lines of name and value. `c` must live on. */
void output_begin(struct output *out, const struct out_columns *c, bool card);
void output_rows(struct output *out, const struct table *rows);
/* Bare text of a command that has no rows (a count, a screen). */
void output_text(struct output *out, const char *text);
/* true: nobody reads any more, or the disk is full; go and close. */
bool output_failed(const struct output *out);

/* Ends the rows; flushes, syncs and renames a file. Frees. A reader that left (EPIPE) is no error. */
bool output_close(struct output *out, struct err *e);
/* Frees; a file is left as it was. */
void output_abort(struct output *out);

#endif

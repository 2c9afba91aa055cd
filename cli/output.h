/*
 * Rows out, in every format, streamed: what is held is one page. The formats
 * for people (table) show translated headings, labels of references and money
 * as it is read; those for programs (csv, tsv, json, jsonl) show the stable
 * names and raw values: amounts in minor units, ISO dates, ids.
 *
 * Table, tsv and csv are cleaned: nothing that came from the database can
 * reach a terminal as a control. In csv a text that a spreadsheet would take
 * for a formula gets a leading apostrophe.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/resource.h"
#include "client/table.h"

struct options;
struct output;

struct out_column {
	char name[72];        /* column of the rows, and heading for programs: "price_per_night_minor" */
	const char *heading;  /* msgid, for people */
	enum field_type type;
	const struct choice *choices;
	bool people;          /* shown in a table */
	bool programs;        /* shown in the other formats */
};

/* A growing list of columns; zero-initialise. */
struct out_columns {
	struct out_column *v;
	size_t n;
};
void out_columns_free(struct out_columns *c);
struct out_column *out_columns_add(struct out_columns *c, const char *name, const char *heading, enum field_type type);

/* Every field of a resource that may be shown; in a table those of lists, or all of them (`whole`). */
void out_columns_resource(struct out_columns *c, const struct resource *r, bool whole);
/* The fields named in "a,b", exactly these; json gets labels and currencies beside. */
bool out_columns_named(struct out_columns *c, const struct resource *r, const char *names, bool json, struct err *e);
void out_columns_report(struct out_columns *c, const struct report *r);

/* Names of the formats, NULL-terminated. */
const char *const *output_formats(void);

/* NULL and `e`: the file cannot be made. With -o the rows go to a temporary file beside it. */
struct output *output_open(const struct options *o, struct err *e);
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

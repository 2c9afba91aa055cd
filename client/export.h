/*
 * Rows into a file, in every format that programs and office software read:
 * the one writer of the console's export and of the command line. Streamed:
 * what is held is one page.
 *
 * csv, tsv, json, jsonl are for programs and for `domovoi import`: stable
 * names, raw values (amounts in minor units, ISO dates, ids). md and xlsx are
 * for people: translated headings, labels, amounts as they are read. Nothing
 * that came from the database can reach a terminal as a control or a
 * spreadsheet as a formula (celltext.h). Loop thread or none.
 */
#ifndef CLIENT_EXPORT_H
#define CLIENT_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "client/outcolumns.h"
#include "client/table.h"

enum export_format { EXPORT_CSV, EXPORT_TSV, EXPORT_JSON, EXPORT_JSONL, EXPORT_MD, EXPORT_XLSX, EXPORT_FORMATS };

/* "csv" and so on: also how such a file's name ends. EXPORT_FORMATS: no such format, or no ending that says one. */
const char *export_name(enum export_format f);
enum export_format export_named(const char *name);
enum export_format export_of_path(const char *path);

struct export_spec {
	enum export_format format;
	const char *path;    /* written aside, complete or not at all (outfile.h); NULL: `stream` */
	FILE *stream;        /* the caller's */
	const char *title;   /* of a workbook's sheet */
	bool raw;            /* no apostrophe before what a spreadsheet would compute */
	bool only_mine;      /* the file is readable by its owner alone */
};

struct export;

/* Strings are copied; `c` must live on. NULL and `e`: the file cannot be made. */
struct export *export_open(const struct export_spec *spec, const struct out_columns *c, struct err *e);
void export_rows(struct export *x, const struct table *rows);
int64_t export_count(const struct export *x);  /* rows so far */
/* A write failed: go and close. */
bool export_failed(const struct export *x);
/* Texts that were cut because a workbook's cell holds no more: to be told. */
unsigned long export_cut(const struct export *x);
/* Ends, syncs, gives the file its name. Frees. A reader of the stream that left (EPIPE) is no error. */
bool export_close(struct export *x, struct err *e);
/* Frees; a file is left as it was. NULL is fine. */
void export_abort(struct export *x);

#endif

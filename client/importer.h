/*
 * The reading half of an import, for the command line and the console: a CSV
 * file and perhaps a map of its columns become rows checked against the
 * catalogue, batch by batch. What passes goes to client_import(), what does not
 * is named by its line. Memory is one batch. It reads the file and nothing else.
 */
#ifndef CLIENT_IMPORTER_H
#define CLIENT_IMPORTER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/date.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "client/map.h"
#include "client/resource.h"

#define IMPORT_BATCH 500 /* rows of a batch that pass; as many as client_import() takes */

struct importer;

struct import_reject { unsigned long line; struct err err; };
struct import_text { unsigned long line; char *text; };

struct import_batch {
	json_t *rows;               /* [{"line", "set"}] that passed */
	struct import_reject *bad;  /* that did not, in order */
	size_t nbad;
	struct import_text *texts;  /* every row as CSV without an end of line, if they were asked for */
	size_t ntexts;
	unsigned long read;
};

/* `path` "-" is the standard input; map NULL: by the names of the columns. NULL and `e`: with what is wrong. */
struct importer *importer_open(const struct resource *res, const char *path, const char *map, day_t today,
    struct err *e);
void importer_free(struct importer *im); /* NULL is fine */

const char *importer_name(const struct importer *im);    /* of the file, in messages */
const struct map_column *importer_columns(const struct importer *im, int *n);
const char *importer_ignored(const struct importer *im); /* columns that only the database fills, "" = none */
void importer_headers(const struct importer *im, struct strbuf *out); /* the first line, as CSV */

/* 1: a batch, and there may be more; 0: the last one, perhaps empty; -1: the file cannot be read on, `e` says why. */
int importer_read(struct importer *im, bool texts, struct import_batch *b, struct err *e);
void import_batch_free(struct import_batch *b);
const char *import_batch_text(const struct import_batch *b, unsigned long line); /* NULL: not kept */

/* Of one row of an answer of client_import(): created, unchanged, or refused, then `e` says why. */
enum import_verdict { IMPORT_CREATED, IMPORT_UNCHANGED, IMPORT_REJECTED };
enum import_verdict import_verdict(const json_t *row, unsigned long *line, struct err *e);

#endif

/*
 * A streaming reader of CSV files as people have them: RFC 4180 with quotes,
 * doubled quotes and newlines inside them; CRLF, LF or CR; a byte order mark;
 * comma, semicolon or tab (found out from the first line). Memory is one
 * record. Pure but for the reading of the stream.
 */
#ifndef CLIENT_CSV_H
#define CLIENT_CSV_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

#define CSV_MAX_RECORD (1 << 20) /* bytes; longer means that a quote is never closed */
#define CSV_MAX_CELLS 512

struct csv_record {
	unsigned long line;      /* where it starts, 1 = the header */
	int n;
	const char *cell[CSV_MAX_CELLS]; /* NUL-terminated; valid until the next csv_next() */
	bool bad[CSV_MAX_CELLS]; /* the cell is not UTF-8 or holds a NUL; what is wrong in it reads U+FFFD */
};

struct csv;

/* `delimiter` 0 = find out. The stream stays the caller's. */
struct csv *csv_new(FILE *in, char delimiter);
void csv_free(struct csv *c);

/* The next record that is not an empty line. 1 = there is one, 0 = the end, -1 = `e` says what is wrong and where. */
int csv_next(struct csv *c, struct csv_record *r, struct err *e);

#endif

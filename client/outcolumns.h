/*
 * Which columns are written, and how they are called: by people, in a table,
 * a workbook or Markdown, and by programs.
 */
#ifndef CLIENT_OUTCOLUMNS_H
#define CLIENT_OUTCOLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/resource.h"

struct out_column {
	char name[72];        /* column of the rows, and heading for programs: "price_per_night_minor" */
	const char *heading;  /* msgid, for people */
	enum field_type type;
	const struct choice *choices;
	bool people;          /* shown in what people read */
	bool programs;        /* shown in the other formats */
};

/* A growing list of columns; zero-initialise. */
struct out_columns {
	struct out_column *v;
	size_t n;
	const char *title;    /* msgid: what the rows are; names a workbook's sheet. NULL: nothing in particular */
};
void out_columns_free(struct out_columns *c);
struct out_column *out_columns_add(struct out_columns *c, const char *name, const char *heading, enum field_type type);

/* Every field of a resource that may be shown; to people those of lists, or all of them (`whole`). */
void out_columns_resource(struct out_columns *c, const struct resource *r, bool whole);
/* These fields, and to programs the currency of the amounts among them. A field that may not be shown is left out. */
void out_columns_fields(struct out_columns *c, const struct resource *r, const struct field *const *fields, int n);
/* The fields named in "a,b", exactly these; json gets labels and currencies beside. */
bool out_columns_named(struct out_columns *c, const struct resource *r, const char *names, bool json, struct err *e);
void out_columns_report(struct out_columns *c, const struct report *r);

#endif

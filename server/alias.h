/*
 * The seeds' names of paths and fields beside the catalogue's (docs/api.md has the list). Data alone: what is behind a
 * path is served by what serves the catalogue's own. Pure.
 */
#ifndef SERVER_ALIAS_H
#define SERVER_ALIAS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/outcolumns.h"
#include "client/resource.h"
#include "server/params.h"

/* A seed's field. An amount is in major units there: 125000.50, and rent_minor = 12500050 here. */
struct alias_field { const char *theirs, *ours; };

struct alias {
	const char *name;      /* of the path: "properties" */
	const char *resource;  /* of the catalogue: "units" */
	const struct alias_field *fields; /* ends with theirs NULL; names that are the same are not listed */
};

/* What stands below a record: other records, narrowed to it, or a report about it. */
struct alias_below {
	const char *name, *below; /* "properties", "price-history" */
	const char *resource;     /* … of the catalogue, or NULL */
	const char *alias;        /* … under the names of this alias, or NULL = the catalogue's */
	const char *field;        /* of it, that is the record */
	const char *report;       /* or this report */
	const char *arg;          /* its argument that is the record; NULL = none is */
	int months_back, months_ahead; /* the period when no from and to is given */
};

const struct alias *alias_find(const char *name);
const struct alias_below *alias_below(const char *name, const char *below);
const struct alias *alias_all(void);              /* ends with name NULL */
const struct alias_below *alias_below_all(void);  /* likewise */

/* Our field's name for theirs, and theirs for a column of ours; the same text where there is no other. */
const char *alias_ours(const struct alias *a, const char *theirs);
const char *alias_theirs(const struct alias *a, const char *column);

/* The parameters of a list, under our names; free() it. The texts that had to be made are added to `made`. */
struct pair *alias_params(const struct alias *a, const struct pair *p, size_t n, char ***made, size_t *nmade);
/* The members of a body, under our names; the caller decrefs. NULL and `e`: an amount that is none. */
json_t *alias_body(const struct alias *a, const json_t *body, struct err *e);
/* Headings as theirs, and their amounts in major units. */
void alias_columns(const struct alias *a, struct out_columns *c);

#endif

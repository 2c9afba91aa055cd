/* What the commands on records share: finding the resource, showing rows of it. */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include <jansson.h>

#include "cli/output.h"
#include "cli/run.h"
#include "client/resource.h"

/* The resource of that name; NULL and a usage error with the closest one. */
const struct resource *record_resource(const char *name, struct err *e);

/* The currency that typed amounts are in, when nothing else says it. */
const char *record_currency(const struct run *r);

/* Print one page of whole records, in the format that was asked for. */
bool record_print(struct run *r, const struct resource *res, const struct table *rows);
/* The same for the "row" of a mutation's outcome; a null row prints nothing. */
bool record_print_json(struct run *r, const struct resource *res, const json_t *row);

/* A JSON object as a table of one row. */
struct table *record_table(const json_t *row);

#endif

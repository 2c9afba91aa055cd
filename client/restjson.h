/*
 * Rows as the API writes them, made the same table that PostgreSQL gives, cell for cell: the document's columns in
 * their order, numbers and booleans back as the database's text, instants back in its form, null kept. Pure.
 * Internal to client/.
 */
#ifndef CLIENT_RESTJSON_H
#define CLIENT_RESTJSON_H

#include <jansson.h>

#include "client/resource.h"
#include "client/table.h"

/*
 * rows: array of objects; columns: array of names. NULL: they do not fit each other (a row without a column, a value
 * that is no cell). "reason" of a report is put in the user's language. most: the first rows alone; 0 = all.
 */
struct table *restjson_table(const json_t *rows, const json_t *columns, const struct resource *res,
    const struct report *rep, unsigned most);

/* An instant as the API writes it ("2026-06-16T09:00:00+05:00"), as the database does ("2026-06-16 09:00:00+05"). */
const char *restjson_instant(const char *iso, char buf[static 48]);

#endif

/*
 * Rows as the API writes them: every cell by its type in the catalogue (numbers of kind FT_INT, FT_MONEY and FT_BP as
 * integers, FT_BOOL as true and false, instants in ISO 8601, the rest as strings, NULL as null), so that a client makes
 * the same cells of them again. Pure.
 */
#ifndef SERVER_ROWS_H
#define SERVER_ROWS_H

#include <jansson.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "client/outcolumns.h"
#include "client/table.h"

/*
 * All columns of the rows, typed; or those named in `fields` ("a,b", of a resource only): nothing but
 * them, a reference with its label and amounts with their currency. False and `e`: no such one.
 * `heading` is the JSON key and may be changed; an amount whose `programs` is taken away is written in major units.
 */
bool rows_columns(struct out_columns *c, const struct resource *res, const struct report *rep, const struct table *t,
    const char *fields, struct err *e);

void rows_one(struct strbuf *out, const struct out_columns *c, const struct table *t, int row); /* {"id":…} */
void rows_some(struct strbuf *out, const struct out_columns *c, const struct table *t, int most); /* [{…},…] */
void rows_all(struct strbuf *out, const struct out_columns *c, const struct table *t);
void rows_names(struct strbuf *out, const struct out_columns *c);                               /* ["id",…] */

/* The first row as an object; the caller decrefs. */
json_t *rows_object(const struct out_columns *c, const struct table *t);

/* "v7.0123456789abcdef": the version, and a hash over the whole of it: what is worked out may change without it. */
void rows_etag(const struct table *t, char tag[static 64]); /* with its quotes; "" if the records have no version */

#endif

/*
 * What is asked of the database, as SQL text and parameters. Pure: no
 * connection, no libpq. Every value is a parameter ($n, as text; its type
 * follows from where it stands), but for the page's size; every identifier comes from the catalogue, so
 * nothing that a person typed is ever part of the statement's text.
 *
 * `company`: the session's company, repeated in every query so that indexes do
 * not depend on the policy (DESIGN §3); 0 = a platform session that looks at
 * all of them. A company named in the query itself goes first.
 */
#ifndef CLIENT_SQLGEN_H
#define CLIENT_SQLGEN_H

#include "base/strbuf.h"
#include "client/query.h"
#include "client/resource.h"

/* Enough for the terms of a query, its words and the page. */
#define SQL_MAX_PARAMS 400

/* Zero-initialise; text and parameters are owned. Parameters are NUL-terminated text, never NULL. */
struct sql {
	struct strbuf text;
	int n;
	const char *param[SQL_MAX_PARAMS];
};

void sql_free(struct sql *s);

/*
 * A page: limit + 1 rows at most. The row too many says that there is more in
 * the asked direction; drop it: it is the last row, or the first when
 * q->backward (rows always come in the sort's order). False: the cursor is not
 * one of this list.
 */
bool sqlgen_list(struct sql *s, const struct query *q, int company, struct err *e);

/* One row, one column: how many rows match without the page, at most 10001. False: too many words. */
bool sqlgen_count(struct sql *s, const struct query *q, int company, struct err *e);

/*
 * The record with this id, number or code, columns as in the list; at most two
 * rows: two mean that the number is not unique (several companies).
 */
bool sqlgen_get(struct sql *s, const struct resource *res, const char *key, int company,
    struct err *e);

/* Named arguments, those that are given; the session's company if the report knows companies and none is named. */
bool sqlgen_report(struct sql *s, const struct report *rep, const struct param *args, int nargs,
    int company,
    struct err *e);

#endif

/* Conditions of a statement; internal to sqlgen. */
#ifndef CLIENT_SQLGEN_WHERE_H
#define CLIENT_SQLGEN_WHERE_H

#include "client/sqlgen.h"

/* "$7", and its value. */
void sqlgen_param(struct sql *s, const char *value);

/* " where " the first time, " and " later. */
void sqlgen_and(struct sql *s, bool *first);

/* The company's condition, unless it is 0. */
void sqlgen_company(struct sql *s, int company, bool *first);

/* The company and all terms of the query. */
bool sqlgen_where(struct sql *s, const struct query *q, int company, bool *first, struct err *e);

/* (id = …) or any number of the record equals the key; false if no column could hold it. */
bool sqlgen_is_record(struct sql *s, const struct resource *res, const char *key);

#endif

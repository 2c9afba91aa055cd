/*
 * Rows as they come from any backend: text cells in one arena, column names,
 * NULLs kept. Immutable once built. A cell is raw data: clean it before a
 * person sees it.
 */
#ifndef CLIENT_TABLE_H
#define CLIENT_TABLE_H

#include <stddef.h>

struct table;

/* Builder, used by backends: begin with the names, add cells row by row (NULL = SQL NULL), end. */
struct table *table_new(int ncols, const char *const *names);
void table_add(struct table *t, const char *cell, size_t len);
void table_free(struct table *t); /* NULL is fine */
struct table *table_ref(struct table *t); /* share; each ref needs its own table_free */

int table_rows(const struct table *t); /* 0 for NULL */
int table_cols(const struct table *t);
const char *table_name(const struct table *t, int col);
int table_col(const struct table *t, const char *name); /* -1 if absent */
const char *table_cell(const struct table *t, int row,
    int col); /* NULL for SQL NULL and for col < 0 */
const char *table_get(const struct table *t, int row,
    const char *name); /* by name; "" for NULL or absent */

#endif

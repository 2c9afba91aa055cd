#include "config.h"

#include "client/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A NULL cell: no offset can be this, the arena stays below 4 GiB. */
#define NULL_CELL UINT32_MAX

struct table {
	int refs, cols;
	char **names;
	uint32_t *cells; /* offset in the arena, row after row */
	size_t ncells, cap;
	char *arena;
	size_t used, size;
};

struct table *table_new(int ncols, const char *const *names)
{
	struct table *t = xcalloc(1, sizeof *t);
	t->refs = 1;
	t->cols = ncols;
	t->names = xcalloc((size_t)ncols, sizeof *t->names);
	for (int i = 0; i < ncols; i++)
		t->names[i] = xstrdup(names[i]);
	return t;
}

static uint32_t store(struct table *t, const char *cell, size_t len)
{
	if (len >= NULL_CELL - 1 - t->used)
		die("an answer larger than 4 GiB");
	if (t->used + len + 1 > t->size) {
		size_t size = t->size < 256 ? 256 : t->size * 2;
		while (size < t->used + len + 1)
			size *= 2;
		t->arena = xrealloc(t->arena, size);
		t->size = size;
	}
	uint32_t at = (uint32_t)t->used;
	memcpy(t->arena + at, cell, len);
	t->arena[at + len] = '\0';
	t->used += len + 1;
	return at;
}

void table_add(struct table *t, const char *cell, size_t len)
{
	if (t->ncells == t->cap) {
		t->cap = t->cap < 64 ? 64 : t->cap * 2;
		t->cells = xreallocarray(t->cells, t->cap, sizeof *t->cells);
	}
	t->cells[t->ncells++] = cell == NULL ? NULL_CELL : store(t, cell, len);
}

struct table *table_ref(struct table *t)
{
	if (t != NULL)
		t->refs++;
	return t;
}

void table_free(struct table *t)
{
	if (t == NULL || --t->refs > 0)
		return;
	for (int i = 0; i < t->cols; i++)
		free(t->names[i]);
	free(t->names);
	free(t->cells);
	free(t->arena);
	free(t);
}

int table_rows(const struct table *t)
{
	return t == NULL || t->cols == 0 ? 0 : (int)(t->ncells / (size_t)t->cols);
}

int table_cols(const struct table *t)
{
	return t == NULL ? 0 : t->cols;
}

const char *table_name(const struct table *t, int col)
{
	return t == NULL || col < 0 || col >= t->cols ? "" : t->names[col];
}

int table_col(const struct table *t, const char *name)
{
	for (int i = 0; i < table_cols(t); i++)
		if (strcmp(t->names[i], name) == 0)
			return i;
	return -1;
}

const char *table_cell(const struct table *t, int row, int col)
{
	if (row < 0 || row >= table_rows(t) || col < 0 || col >= t->cols)
		return NULL;
	uint32_t at = t->cells[(size_t)row * (size_t)t->cols + (size_t)col];
	return at == NULL_CELL ? NULL : t->arena + at;
}

const char *table_get(const struct table *t, int row, const char *name)
{
	const char *cell = table_cell(t, row, table_col(t, name));
	return cell != NULL ? cell : "";
}

#include "config.h"

#include <stdbool.h>

#include "base/mem.h"
#include "client/table.h"
#include "tests/cunit.h"

static const char *const names[] = { "id", "name", "note" };

static void cells(void)
{
	struct table *t = table_new(3, names);
	CU_ASSERT_EQUAL(table_rows(t), 0);
	table_add(t, "1", 1);
	table_add(t, "Айгүл xyz", strlen("Айгүл"));
	table_add(t, NULL, 0);
	table_add(t, "2", 1);
	CU_ASSERT_EQUAL(table_rows(t), 1); /* a row counts when it is whole */
	table_add(t, "", 0);
	table_add(t, "n", 1);
	CU_ASSERT_EQUAL(table_rows(t), 2);
	CU_ASSERT_EQUAL(table_cols(t), 3);
	CU_ASSERT_STRING_EQUAL(table_name(t, 1), "name");
	CU_ASSERT_STRING_EQUAL(table_name(t, 3), "");
	CU_ASSERT_EQUAL(table_col(t, "note"), 2);
	CU_ASSERT_EQUAL(table_col(t, "nothing"), -1);
	CU_ASSERT_STRING_EQUAL(table_cell(t, 0, 1), "Айгүл");
	CU_ASSERT_PTR_NULL(table_cell(t, 0, 2));
	CU_ASSERT_STRING_EQUAL(table_cell(t, 1, 1), "");
	CU_ASSERT_STRING_EQUAL(table_get(t, 0, "note"), "");
	CU_ASSERT_STRING_EQUAL(table_get(t, 1, "note"), "n");
	CU_ASSERT_STRING_EQUAL(table_get(t, 1, "nothing"), "");
	table_free(t);
}

static void outside(void)
{
	struct table *t = table_new(3, names);
	CU_ASSERT_PTR_NULL(table_cell(t, 0, 0));
	CU_ASSERT_PTR_NULL(table_cell(t, -1, 0));
	CU_ASSERT_PTR_NULL(table_cell(t, 0, -1));
	CU_ASSERT_PTR_NULL(table_cell(t, 0, 3));
	table_free(t);
	CU_ASSERT_EQUAL(table_rows(NULL), 0);
	CU_ASSERT_EQUAL(table_cols(NULL), 0);
	CU_ASSERT_EQUAL(table_col(NULL, "id"), -1);
	CU_ASSERT_PTR_NULL(table_cell(NULL, 0, 0));
	CU_ASSERT_STRING_EQUAL(table_get(NULL, 0, "id"), "");
	CU_ASSERT_PTR_NULL(table_ref(NULL));
	table_free(NULL);
	t = table_new(0, NULL);
	CU_ASSERT_EQUAL(table_rows(t), 0);
	table_free(t);
}

static void shared(void)
{
	struct table *t = table_new(3, names), *again = table_ref(t);
	for (int i = 0; i < 3; i++)
		table_add(t, "x", 1);
	table_free(t);
	CU_ASSERT_STRING_EQUAL(table_cell(again, 0, 0), "x");
	table_free(again);
}

/* What goes in comes out, whatever it is and however much of it. */
static void generated(void)
{
	enum { ROWS = 2000 };
	static char *kept[ROWS][3];
	struct table *t = table_new(3, names);
	int bad = 0;
	for (int r = 0; r < ROWS; r++) {
		for (int c = 0; c < 3; c++) {
			char cell[300];
			size_t n = test_below(10) ? test_below(20) : test_below(sizeof cell);
			for (size_t i = 0; i < n; i++)
				cell[i] = (char)(1 + test_below(255));
			bool null = test_below(5) == 0;
			kept[r][c] = null ? NULL : xstrndup(cell, n);
			table_add(t, null ? NULL : cell, n);
		}
	}
	CU_ASSERT_EQUAL(table_rows(t), ROWS);
	for (int r = 0; r < ROWS; r++) {
		for (int c = 0; c < 3; c++) {
			const char *cell = table_cell(t, r, c);
			bad += kept[r][c] == NULL ? cell != NULL : cell == NULL || strcmp(cell, kept[r][c]) != 0;
			free(kept[r][c]);
		}
	}
	CU_ASSERT_EQUAL(bad, 0);
	table_free(t);
}

TESTS("table", T(cells), T(outside), T(shared), T(generated))

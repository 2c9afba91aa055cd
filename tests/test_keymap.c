#include "config.h"

#include "tests/cunit.h"
#include "tui/heat.h"
#include "tui/keymap.h"
#include "tui/list.h"

static enum result nothing(struct screen *s, int arg)
{
	(void)s;
	(void)arg;
	return R_HANDLED;
}

static const struct binding TABLE[] = {
	LIST_KEYS(nothing),
	{ "Enter", "open", "open", nothing, 1, B_FOOTER, NULL },
	{ "g+h M-1", "home", "home", nothing, 2, 0, NULL },
	{ "/ F7", "filter", "filter", nothing, 3, B_FOOTER, NULL },
	{ "+", "plus", "plus", nothing, 4, 0, NULL },
	{ 0 },
};

static enum keymap_hit look(const char *first, const char *second, const struct binding **row)
{
	struct key seq[KEYMAP_DEPTH] = { 0 };

	key_parse(first, &seq[0]);
	if (second)
		key_parse(second, &seq[1]);
	return keymap_find(TABLE, seq, second ? 2 : 1, row);
}

static void finds_alternatives_and_sequences(void)
{
	const struct binding *row;

	CU_ASSERT_EQUAL(look("Enter", NULL, &row), KEYMAP_FOUND);
	CU_ASSERT_EQUAL(row->arg, 1);
	CU_ASSERT_EQUAL(look("F7", NULL, &row), KEYMAP_FOUND);
	CU_ASSERT_EQUAL(row->arg, 3);
	CU_ASSERT_EQUAL(look("M-1", NULL, &row), KEYMAP_FOUND);
	CU_ASSERT_EQUAL(look("+", NULL, &row), KEYMAP_FOUND);
	CU_ASSERT_EQUAL(row->arg, 4);
	CU_ASSERT_EQUAL(look("g", NULL, &row), KEYMAP_PREFIX);
	CU_ASSERT_EQUAL(look("g", "h", &row), KEYMAP_FOUND);
	CU_ASSERT_EQUAL(row->arg, 2);
	CU_ASSERT_EQUAL(look("g", "x", &row), KEYMAP_NONE);
	CU_ASSERT_EQUAL(look("x", NULL, &row), KEYMAP_NONE);
	CU_ASSERT_PTR_NULL(row);
	CU_ASSERT_EQUAL(look("G", NULL, &row), KEYMAP_FOUND);
	CU_ASSERT_EQUAL(row->arg, LIST_END);
}

static void understands_other_layouts(void)
{
	const struct binding *row;

	key_set_layout(KEYS_AUTO);
	CU_ASSERT_EQUAL(look("о", NULL, &row), KEYMAP_FOUND);
	CU_ASSERT_EQUAL(row->arg, LIST_DOWN);
	CU_ASSERT_EQUAL(look("п", "р", &row), KEYMAP_FOUND);
	CU_ASSERT_EQUAL(row->arg, 2);
	CU_ASSERT_EQUAL(look(".", NULL, &row), KEYMAP_FOUND);
	CU_ASSERT_EQUAL(row->arg, 3);
	CU_ASSERT_EQUAL(look("M-1", NULL, &row), KEYMAP_FOUND);
}

static void labels(void)
{
	char buf[40];

	keymap_label(&(struct binding){ .keys = "g+h M-1" }, buf);
	CU_ASSERT_STRING_EQUAL(buf, "g h");
	keymap_label(&(struct binding){ .keys = "PgDn C-f" }, buf);
	CU_ASSERT_STRING_EQUAL(buf, "PgDn");
	keymap_label(&(struct binding){ .keys = "No" }, buf);
	CU_ASSERT_STRING_EQUAL(buf, "");
}

static void faults_are_found(void)
{
	static const struct binding twice[] = {
		{ "a", "one", "one", nothing, 0, 0, NULL }, { "b a", "two", "two", nothing, 0, 0, NULL }, { 0 },
	};
	static const struct binding hidden[] = {
		{ "g", "one", "one", nothing, 0, 0, NULL }, { "g+h", "two", "two", nothing, 0, 0, NULL }, { 0 },
	};
	static const struct binding misspelt[] = {
		{ "Entr", "one", "one", nothing, 0, 0, NULL }, { 0 },
	};
	static const struct binding heat[] = { HEAT_KEYS(nothing), { 0 } };

	CU_ASSERT_PTR_NULL(keymap_fault(TABLE));
	CU_ASSERT_PTR_NULL(keymap_fault(heat));
	CU_ASSERT_PTR_NULL(keymap_fault(NULL));
	CU_ASSERT_STRING_EQUAL(keymap_fault(twice), "b a");
	CU_ASSERT_STRING_EQUAL(keymap_fault(hidden), "g+h");
	CU_ASSERT_STRING_EQUAL(keymap_fault(misspelt), "Entr");
}

TESTS("keymap", T(finds_alternatives_and_sequences), T(understands_other_layouts), T(labels), T(faults_are_found))

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/term.h"
#include "tui/tree.h"

/* The model: node "1.2" has `fan` children "1.2.0", "1.2.1" … down to `deep` levels; only opened branches are loaded. */
static int fan, deep, opens, closes, moves;
static char loaded[64][TREE_ID];
static int nloaded;
static bool slow, below;
static struct strbuf dump;

static int level(const char *id)
{
	int n = id[0] != '\0';

	for (; *id; id++)
		n += *id == '.';
	return n;
}

static bool is_loaded(const char *id)
{
	for (int i = 0; i < nloaded; i++)
		if (!strcmp(loaded[i], id))
			return true;
	return false;
}

static int count(void *ctx, const char *parent)
{
	(void)ctx;
	if (parent[0])
		CU_ASSERT(is_loaded(parent)); /* never asked for what was not opened */
	return slow && parent[0] ? -1 : fan;
}

static const char *id(void *ctx, const char *parent, int i)
{
	static char text[TREE_ID];

	(void)ctx;
	snprintf(text, sizeof(text), "%.40s%s%d", parent, parent[0] ? "." : "", i);
	return text;
}

static bool leaf(void *ctx, const char *parent, int i)
{
	(void)ctx;
	(void)i;
	return level(parent) + 1 >= deep;
}

static void cell(void *ctx, const char *parent, int i, int col, struct strbuf *out, enum token *style)
{
	(void)style;
	if (col)
		strbuf_printf(out, "%d", i);
	else
		strbuf_printf(out, "node %s", id(ctx, parent, i));
}

static void opened(void *ctx, const char *branch)
{
	(void)ctx;
	opens++;
	snprintf(loaded[nloaded++], TREE_ID, "%s", branch);
}

static void closed(void *ctx, const char *branch)
{
	(void)ctx;
	closes++;
	for (int i = 0; i < nloaded; i++)
		if (!strcmp(loaded[i], branch))
			memmove(loaded[i], loaded[--nloaded], TREE_ID);
}

static bool more_below(void *ctx, const char *parent)
{
	(void)ctx;
	return below && parent[0];
}

static void moved(void *ctx)
{
	(void)ctx;
	moves++;
}

static const struct list_column COLUMNS[] = { { "Name", -1, TEXT_LEFT, 0 }, { "N", 3, TEXT_RIGHT, 1 } };
static const struct tree_source SOURCE = {
	.count = count, .id = id, .leaf = leaf, .cell = cell, .opened = opened, .closed = closed, .more_below = more_below,
};

static struct tree made(int f, int d)
{
	struct tree t = { .list = { .columns = COLUMNS, .ncolumns = 2, .empty = "nothing" }, .moved = moved };

	i18n_init("en");
	fan = f;
	deep = d;
	opens = closes = moves = nloaded = 0;
	slow = below = false;
	return t;
}

static const char *shown(struct tree *t, int w, int h, bool ascii)
{
	struct err e = { 0 };

	CU_ASSERT_FATAL(term_open_headless(w, h, &e));
	theme_apply(COLOURS_MONO);
	tree_draw(t, draw_begin(ascii), true);
	draw_end();
	strbuf_clear(&dump);
	draw_dump(&dump, false);
	term_close();
	return strbuf_str(&dump);
}

static void opens_and_closes(void)
{
	struct tree t = made(2, 3);

	tree_init(&t, &SOURCE, NULL);
	tree_refresh(&t);
	CU_ASSERT_STRING_EQUAL(t.id, "0");
	CU_ASSERT_EQUAL(opens, 0);
	CU_ASSERT_EQUAL(tree_right(&t), R_REDRAW);
	CU_ASSERT_EQUAL(tree_right(&t), R_REDRAW); /* to the first child */
	CU_ASSERT_STRING_EQUAL(t.id, "0.0");
	tree_right(&t);
	tree_right(&t);
	CU_ASSERT_STRING_EQUAL(t.id, "0.0.0");
	CU_ASSERT_EQUAL(tree_right(&t), R_HANDLED);
	CU_ASSERT_STRING_EQUAL(shown(&t, 24, 8, true),
	    "  Name                 N\n"
	    "  - node 0             0\n"
	    "    - node 0.0         0\n"
	    ">       node 0.0.0     0\n"
	    "        node 0.0.1     1\n"
	    "    + node 0.1         1\n"
	    "  + node 1             1\n"
	    "\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(shown(&t, 24, 8, false), "▾ node 0.0"));
	CU_ASSERT_PTR_NOT_NULL(strstr(dump.s, "▸ node 0.1"));
	tree_left(&t);
	CU_ASSERT_STRING_EQUAL(t.id, "0.0");
	CU_ASSERT_EQUAL(tree_index(&t), 0);
	CU_ASSERT_STRING_EQUAL(tree_parent(&t), "0");
	tree_left(&t);
	CU_ASSERT(!tree_is_open(&t, "0.0"));
	CU_ASSERT_EQUAL(closes, 1);
	tree_free(&t);
	strbuf_free(&dump);
}

static void closing_takes_what_is_inside_along(void)
{
	struct tree t = made(3, 4);

	tree_init(&t, &SOURCE, NULL);
	tree_refresh(&t);
	for (int i = 0; i < 6; i++)
		tree_right(&t);
	CU_ASSERT_EQUAL(nloaded, 3);
	tree_goto(&t, "0");
	tree_toggle(&t);
	CU_ASSERT_EQUAL(nloaded, 0);
	CU_ASSERT_EQUAL(t.nrows, 3);
	tree_free(&t);
}

static void folding_ends_at_the_ancestor(void)
{
	struct tree t = made(3, 3);

	tree_init(&t, &SOURCE, NULL);
	tree_refresh(&t);
	CU_ASSERT_EQUAL(tree_fold(&t), R_HANDLED);
	tree_goto(&t, "1");
	tree_right(&t);
	tree_right(&t);
	tree_right(&t);
	tree_right(&t);
	CU_ASSERT_STRING_EQUAL(t.id, "1.0.0");
	tree_fold(&t);
	CU_ASSERT_STRING_EQUAL(t.id, "1");
	CU_ASSERT_EQUAL(t.nrows, 3);
	tree_free(&t);
}

static void the_cursor_stays_on_its_node(void)
{
	struct tree t = made(4, 2);
	int line;

	tree_init(&t, &SOURCE, NULL);
	tree_refresh(&t);
	tree_goto(&t, "3");
	shown(&t, 30, 6, true);
	line = t.list.cursor - t.list.top;
	slow = true;
	tree_goto(&t, "1");
	tree_right(&t); /* its rows are on their way */
	CU_ASSERT_PTR_NOT_NULL(strstr(shown(&t, 30, 9, true), "  ~"));
	tree_goto(&t, "3");
	slow = false;
	tree_refresh(&t); /* four rows came above */
	CU_ASSERT_STRING_EQUAL(t.id, "3");
	CU_ASSERT_EQUAL(t.nrows, 8);
	shown(&t, 30, 6, true);
	CU_ASSERT(t.list.cursor - t.list.top >= 0 && line >= 0);
	fan = 2; /* it is gone: somewhere near */
	tree_refresh(&t);
	CU_ASSERT(t.id[0] && strcmp(t.id, "3"));
	tree_free(&t);
	strbuf_free(&dump);
}

static void the_rest_of_a_long_branch_is_said(void)
{
	struct tree t = made(2, 2);

	below = true;
	tree_init(&t, &SOURCE, NULL);
	tree_refresh(&t);
	tree_right(&t);
	CU_ASSERT_EQUAL(t.nrows, 5);
	tree_move(&t, LIST_DOWN);
	tree_move(&t, LIST_DOWN);
	tree_move(&t, LIST_DOWN);
	CU_ASSERT_STRING_EQUAL(t.id, "+0");
	CU_ASSERT_EQUAL(tree_index(&t), -1);
	tree_free(&t);
}

static void many_open_branches(void)
{
	struct tree t = made(60, 2);

	tree_init(&t, &SOURCE, NULL);
	tree_refresh(&t);
	for (int i = 0; i < 60; i++) {
		char node[16];

		snprintf(node, sizeof(node), "%d", i);
		tree_goto(&t, node);
		CU_ASSERT_EQUAL(tree_right(&t), R_REDRAW);
		CU_ASSERT_STRING_EQUAL(t.id, node);
	}
	CU_ASSERT_EQUAL(t.nopen, TREE_OPEN_MOST);
	CU_ASSERT_EQUAL(nloaded, TREE_OPEN_MOST);
	CU_ASSERT_EQUAL(t.nrows, 60 + TREE_OPEN_MOST * 60);
	tree_fold(&t);
	CU_ASSERT_EQUAL(nloaded, 0);
	tree_free(&t);
}

static void any_keys_on_any_tree(void)
{
	srand(11);
	for (int round = 0; round < 40; round++) {
		struct tree t = made(rand() % 7, 1 + rand() % 5);

		tree_init(&t, &SOURCE, NULL);
		tree_refresh(&t);
		for (int i = 0; i < 200; i++) {
			switch (rand() % 6) {
			case 0: tree_right(&t); break;
			case 1: tree_left(&t); break;
			case 2: tree_toggle(&t); break;
			case 3: tree_move(&t, rand() % 6); break;
			case 4: slow = rand() % 5 == 0; tree_refresh(&t); break;
			case 5: if (rand() % 10 == 0) tree_fold(&t); break;
			}
			CU_ASSERT(t.nrows == 0 || (t.list.cursor >= 0 && t.list.cursor < t.nrows));
			CU_ASSERT(nloaded == t.nopen);
		}
		shown(&t, 10 + rand() % 70, 1 + rand() % 20, rand() % 2);
		tree_free(&t);
	}
	strbuf_free(&dump);
}

TESTS("tree", T(opens_and_closes), T(closing_takes_what_is_inside_along), T(folding_ends_at_the_ancestor),
    T(the_cursor_stays_on_its_node), T(the_rest_of_a_long_branch_is_said), T(many_open_branches), T(any_keys_on_any_tree))

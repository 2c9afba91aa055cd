#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "tui/tree.h"

enum { DEPTH_MOST = 8 };

enum row_kind { ROW_CHILD, ROW_BEFORE, ROW_AFTER }; /* there is more of this branch, above or below */

struct tree_row {
	char id[TREE_ID];
	int parent;         /* row of the branch that it hangs on; -1 = the root */
	int index;          /* which child */
	int depth;
	enum row_kind kind;
	bool leaf, open;
};

/* ---- from branches to rows ---- */

static int open_index(const struct tree *t, const char *id)
{
	for (int i = 0; i < t->nopen; i++)
		if (!strcmp(t->open[i], id))
			return i;
	return -1;
}

bool tree_is_open(const struct tree *t, const char *id)
{
	return open_index(t, id) >= 0;
}

static const char *row_id(const struct tree *t, int row)
{
	return row < 0 ? "" : t->rows[row].id;
}

static struct tree_row *add_row(struct tree *t, int parent, int index, enum row_kind kind)
{
	if (t->nrows == t->size) {
		t->size = t->size ? t->size * 2 : 64;
		t->rows = xreallocarray(t->rows, (size_t)t->size, sizeof(*t->rows));
	}
	struct tree_row *row = &t->rows[t->nrows++];
	*row = (struct tree_row){ .parent = parent, .index = index, .kind = kind, .leaf = true,
		.depth = parent < 0 ? 0 : t->rows[parent].depth + 1 };
	return row;
}

/* "There is more": named after its branch, so that the cursor may rest on it. */
static void add_rest(struct tree *t, int parent, int index, enum row_kind kind)
{
	struct tree_row *row = add_row(t, parent, index, kind);

	snprintf(row->id, sizeof(row->id), "%c%.*s", kind == ROW_AFTER ? '+' : '-', TREE_ID - 2, row_id(t, parent));
}

static bool has_more(const struct tree *t, bool (*fn)(void *ctx, const char *parent), const char *id)
{
	return fn && fn(t->ctx, id);
}

static void add_branch(struct tree *t, int parent, int depth)
{
	char id[TREE_ID];
	int n;

	snprintf(id, sizeof(id), "%s", row_id(t, parent));
	n = t->source->count(t->ctx, id);
	if (n > 0 && has_more(t, t->source->more_above, id))
		add_rest(t, parent, 0, ROW_BEFORE);
	for (int i = 0; i < n; i++) {
		int at = t->nrows;
		struct tree_row *row = add_row(t, parent, i, ROW_CHILD);

		snprintf(row->id, sizeof(row->id), "%s", t->source->id(t->ctx, id, i));
		row->leaf = depth >= DEPTH_MOST || t->source->leaf(t->ctx, id, i);
		row->open = !row->leaf && tree_is_open(t, row->id);
		if (row->open)
			add_branch(t, at, depth + 1);
	}
	if (n < 0 ? parent >= 0 : n > 0 && has_more(t, t->source->more_below, id))
		add_rest(t, parent, n > 0 ? n - 1 : 0, ROW_AFTER);
}

static int row_of(const struct tree *t, const char *id)
{
	for (int i = 0; id[0] && i < t->nrows; i++)
		if (!strcmp(t->rows[i].id, id))
			return i;
	return -1;
}

/* ---- the cursor ---- */

static const struct tree_row *here(const struct tree *t)
{
	return t->list.cursor < t->nrows ? &t->rows[t->list.cursor] : NULL;
}

static void remember(struct tree *t)
{
	const struct tree_row *row = here(t);
	const char *id = row ? row->id : "";

	if (row && t->source->want) {
		char parent[TREE_ID];

		snprintf(parent, sizeof(parent), "%s", row_id(t, row->parent));
		t->source->want(t->ctx, parent, row->index, t->list.page > 0 ? t->list.page : 1);
	}
	if (!strcmp(id, t->id))
		return;
	snprintf(t->id, sizeof(t->id), "%s", id);
	if (t->moved)
		t->moved(t->ctx);
}

void tree_refresh(struct tree *t)
{
	int at;

	t->nrows = 0;
	add_branch(t, -1, 0);
	at = row_of(t, t->id);
	if (at >= 0) {
		t->list.top += at - t->list.cursor;
		t->list.cursor = at;
	}
	list_settle(&t->list);
	if (t->nrows > 0 || t->source->count(t->ctx, "") == 0)
		remember(t);
}

bool tree_goto(struct tree *t, const char *id)
{
	int at = row_of(t, id);

	if (at < 0)
		return false;
	t->list.cursor = at;
	list_settle(&t->list);
	remember(t);
	return true;
}

/* ---- the list underneath ---- */

static int list_rows(void *ctx)
{
	return ((struct tree *)ctx)->nrows;
}

static const char *sign(const struct tree_row *row)
{
	static const char *const SIGNS[2][3] = { { "  ", "▸ ", "▾ " }, { "  ", "+ ", "- " } };

	return SIGNS[draw_ascii()][row->leaf ? 0 : row->open ? 2 : 1];
}

static void list_cell(void *ctx, int at, int col, struct strbuf *out, enum token *style)
{
	struct tree *t = ctx;
	const struct tree_row *row = &t->rows[at];

	if (col == 0) {
		for (int i = 0; i < row->depth; i++)
			strbuf_puts(out, "  ");
		strbuf_puts(out, sign(row));
	}
	if (row->kind == ROW_CHILD) {
		t->source->cell(t->ctx, row_id(t, row->parent), row->index, col, out, style);
	} else if (col == 0) {
		strbuf_puts(out, "…");
		*style = TOK_DIM;
	}
}

static bool list_marked(void *ctx, int row)
{
	struct tree *t = ctx;

	return t->source->marked(t->ctx, t->rows[row].id);
}

static const struct list_source PLAIN = { .rows = list_rows, .cell = list_cell };
static const struct list_source MARKING = { .rows = list_rows, .cell = list_cell, .marked = list_marked };

void tree_init(struct tree *t, const struct tree_source *source, void *ctx)
{
	t->source = source;
	t->ctx = ctx;
	t->list.source = source->marked ? &MARKING : &PLAIN;
	t->list.ctx = t;
}

void tree_free(struct tree *t)
{
	free(t->rows);
	t->rows = NULL;
	t->nrows = t->size = 0;
}

void tree_draw(struct tree *t, struct canvas c, bool focused)
{
	list_draw(&t->list, c, focused);
}

enum result tree_move(struct tree *t, int move)
{
	enum result done = list_move(&t->list, move);

	remember(t);
	return done;
}

/* ---- opening and closing ---- */

static void forget(struct tree *t, int at)
{
	char id[TREE_ID];

	memcpy(id, t->open[at], sizeof(id));
	memmove(&t->open[at], &t->open[at + 1], (size_t)(t->nopen - at - 1) * sizeof(t->open[0]));
	t->nopen--;
	t->source->closed(t->ctx, id);
}

static bool is_under(const struct tree *t, int row, int branch)
{
	for (; row >= 0; row = t->rows[row].parent)
		if (row == branch)
			return true;
	return false;
}

/* A closed branch takes what is open in it along: their rows would not be anybody's. */
static void close_row(struct tree *t, int branch)
{
	for (int i = t->nopen - 1; i >= 0; i--) {
		int row = row_of(t, t->open[i]);

		if (row >= 0 && is_under(t, row, branch))
			forget(t, i);
	}
}

/* Make room: the branch that was opened first, unless the cursor is in it. */
static void close_oldest(struct tree *t)
{
	for (int i = 0; i < t->nopen; i++) {
		int row = row_of(t, t->open[i]);

		if (row >= 0 && is_under(t, t->list.cursor, row))
			continue;
		if (row >= 0)
			close_row(t, row);
		else
			forget(t, i);
		return;
	}
}

static enum result open_here(struct tree *t)
{
	struct tree_row *row = &t->rows[t->list.cursor];

	if (t->nopen == TREE_OPEN_MOST)
		close_oldest(t);
	if (t->nopen == TREE_OPEN_MOST)
		return R_HANDLED;
	snprintf(t->open[t->nopen++], TREE_ID, "%s", row->id);
	t->source->opened(t->ctx, t->open[t->nopen - 1]);
	tree_refresh(t);
	return R_REDRAW;
}

enum result tree_toggle(struct tree *t)
{
	const struct tree_row *row = here(t);

	if (!row || row->leaf)
		return R_HANDLED;
	if (!row->open)
		return open_here(t);
	close_row(t, t->list.cursor);
	tree_refresh(t);
	return R_REDRAW;
}

enum result tree_right(struct tree *t)
{
	const struct tree_row *row = here(t);

	if (!row || row->leaf)
		return R_HANDLED;
	if (!row->open)
		return open_here(t);
	if (t->list.cursor + 1 < t->nrows && t->rows[t->list.cursor + 1].parent == t->list.cursor)
		return tree_move(t, LIST_DOWN);
	return R_HANDLED;
}

enum result tree_left(struct tree *t)
{
	const struct tree_row *row = here(t);

	if (!row)
		return R_HANDLED;
	if (row->open)
		return tree_toggle(t);
	if (row->parent < 0)
		return R_HANDLED;
	t->list.cursor = row->parent;
	list_settle(&t->list);
	remember(t);
	return R_REDRAW;
}

enum result tree_fold(struct tree *t)
{
	int top = t->list.cursor;

	if (!t->nopen)
		return R_HANDLED;
	while (top < t->nrows && top >= 0 && t->rows[top].parent >= 0)
		top = t->rows[top].parent;
	if (top < t->nrows)
		tree_goto(t, t->rows[top].id);
	while (t->nopen)
		forget(t, t->nopen - 1);
	tree_refresh(t);
	return R_REDRAW;
}

/* ---- what is under the cursor and on the screen ---- */

const char *tree_parent(const struct tree *t)
{
	const struct tree_row *row = here(t);

	return row ? row_id(t, row->parent) : "";
}

int tree_index(const struct tree *t)
{
	const struct tree_row *row = here(t);

	return row && row->kind == ROW_CHILD ? row->index : -1;
}

void tree_each_visible(const struct tree *t, void (*fn)(void *ctx, const char *parent, int i), void *ctx)
{
	for (int i = t->list.top; i < t->list.top + t->list.page && i < t->nrows; i++)
		if (t->rows[i].kind == ROW_CHILD)
			fn(ctx, row_id(t, t->rows[i].parent), t->rows[i].index);
}

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "client/value.h"
#include "screens/answer.h"
#include "screens/estate_notes.h"
#include "screens/format.h"

/* ---- branches ---- */

struct branch *branch_of(const struct estate *e, const char *id)
{
	for (int i = 0; i < e->nbranches; i++)
		if (!strcmp(e->branches[i]->id, id))
			return e->branches[i];
	return NULL;
}

bool branch_holds_buildings(const struct estate *e, const char *branch)
{
	return branch[0] == 'c' || (!branch[0] && session_company(screen_session(e->screen)) != 0);
}

static const char *resource_of(const struct estate *e, const char *branch)
{
	return branch_holds_buildings(e, branch) ? "building" : branch[0] ? "unit" : "company";
}

static void branch_filter(const char *branch, struct strbuf *out)
{
	if (branch[0] == 'b')
		strbuf_printf(out, "building=%s parent=", branch + 1);
	else if (branch[0] == 'n')
		strbuf_puts(out, "building= parent=");
	else if (branch[0] == 'u')
		strbuf_printf(out, "parent=%s", branch + 1);
}

void branch_query(const struct estate *e, struct query *q, const char *res, const char *filter, const char *branch)
{
	struct err err = { 0 };

	query_init(q, catalogue_resource(res));
	query_filter(q, filter, screen_today(e->screen), NULL, &err);
	if (!strcmp(res, "unit"))
		query_sort(q, "code", &err);
	if (branch[0] == 'c' || branch[0] == 'n')
		q->company = atoi(branch + 1);
	if (err.kind)
		app_error(screen_app(e->screen), &err);
}

static void on_branch(void *arg)
{
	struct branch *b = arg;
	struct estate *e = b->estate;
	const struct err *why = window_error(b->window);
	int row = 0, top = 0;

	window_settle(b->window, &row, &top);
	if (why)
		app_error(screen_app(e->screen), why);
	else if (!window_loading(b->window))
		screen_fresh(e->screen);
	tree_refresh(&e->tree);
	estate_look(e);
	app_redraw(screen_app(e->screen));
}

static void open_branch(void *ctx, const char *id)
{
	struct estate *e = ctx;
	struct branch *b = xcalloc(1, sizeof(*b));
	struct strbuf filter = { 0 };
	struct query q;

	snprintf(b->id, sizeof(b->id), "%s", id);
	b->estate = e;
	b->window = window_new(screen_session(e->screen), screen_owner(e->screen, SLOT_TREE), on_branch, b);
	e->branches[e->nbranches++] = b;
	branch_filter(id, &filter);
	branch_query(e, &q, resource_of(e, id), strbuf_str(&filter), id);
	window_query(b->window, &q);
	query_free(&q);
	strbuf_free(&filter);
}

static void close_branch(void *ctx, const char *id)
{
	struct estate *e = ctx;
	int at = 0;

	while (at < e->nbranches && strcmp(e->branches[at]->id, id))
		at++;
	if (at == e->nbranches)
		return;
	window_free(e->branches[at]->window);
	free(e->branches[at]);
	e->branches[at] = e->branches[--e->nbranches];
}

/* ---- the tree's source ---- */

static bool is_loose(const struct branch *b, int i)
{
	return i >= window_rows(b->window);
}

static int node_count(void *ctx, const char *parent)
{
	const struct branch *b = branch_of(ctx, parent);

	if (!b || (window_rows(b->window) == 0 && window_loading(b->window)))
		return -1;
	return window_rows(b->window) + (b->loose && window_at_end(b->window));
}

const char *estate_node(void *ctx, const char *parent, int i)
{
	static char id[TREE_ID]; /* until the next call */
	struct estate *e = ctx;
	const struct branch *b = branch_of(e, parent);
	const char *res = resource_of(e, parent);

	if (is_loose(b, i))
		snprintf(id, sizeof(id), "n%s", parent[0] ? parent + 1 : "0");
	else
		snprintf(id, sizeof(id), "%c%s", res[0], window_id(b->window, i));
	return id;
}

static bool node_leaf(void *ctx, const char *parent, int i)
{
	const struct note *n;
	const char *id = estate_node(ctx, parent, i);

	if (id[0] != 'u')
		return false;
	n = note_find(ctx, id);
	return !n || !n->parts;
}

static void rate_text(int64_t bp, struct strbuf *out)
{
	if (bp >= 0)
		format_bp(out, bp);
}

static void building_cell(struct estate *e, const char *id, int col, struct strbuf *out)
{
	const struct note *n = note_find(e, id);
	const struct table *t;
	int row, care = estate_attention(e, id + 1);

	if (col == 1 && n && n->known & NOTE_COUNT)
		strbuf_printf(out, "%d%s", n->units, n->more ? "+" : "");
	else if (col == 2 && n && n->known & NOTE_COUNT && n->units)
		strbuf_printf(out, n->more ? _("%d+ free") : P_("%d free", "%d free", n->free), n->free);
	else if (col == 3 && (t = estate_month(e, id + 1, &row)) != NULL)
		rate_text(format_number(table_get(t, row, "occupancy_bp")), out);
	else if (col == 4 && care)
		strbuf_printf(out, "!%d", care);
	else if (col == 5 && (t = estate_debt(e, id + 1, &row)) != NULL)
		format_whole(out, format_number(table_get(t, row, "arrears_minor")), table_get(t, row, "currency"));
}

static void unit_cell(struct estate *e, const struct branch *b, int i, int col, struct strbuf *out)
{
	const struct note *n = note_find(e, estate_node(e, b->id, i));
	const struct field *f = resource_field(catalogue_resource("unit"), "status");
	int care = estate_attention(e, window_id(b->window, i));

	if (col == 2)
		value_show(out, FT_CHOICE, f->choices, window_cell(b->window, i, "status"), NULL);
	else if (col == 3 && n && n->known & NOTE_RATE)
		rate_text(n->rate, out);
	else if (col == 4 && care)
		strbuf_printf(out, "!%d", care);
}

static void node_title(const struct estate *e, const struct branch *b, int i, struct strbuf *out)
{
	if (is_loose(b, i))
		strbuf_puts(out, _("without a building"));
	else
		strbuf_printf(out, "%s  %s", window_cell(b->window, i, "code"),
		    window_cell(b->window, i, !strcmp(resource_of(e, b->id), "unit") ? "title" : "name"));
}

static void node_cell(void *ctx, const char *parent, int i, int col, struct strbuf *out, enum token *style)
{
	struct estate *e = ctx;
	const struct branch *b = branch_of(e, parent);
	char id[TREE_ID];

	snprintf(id, sizeof(id), "%s", estate_node(e, parent, i));
	if (col == 4)
		*style = TOK_WARNING;
	if (col == 0)
		node_title(e, b, i, out);
	else if (id[0] == 'u')
		unit_cell(e, b, i, col, out);
	else if (id[0] != 'c')
		building_cell(e, id, col, out);
	if (id[0] == 'u' && !strcmp(window_cell(b->window, i, "status"), "archived"))
		*style = TOK_DIM;
}

static bool node_marked(void *ctx, const char *id)
{
	struct estate *e = ctx;

	return id[0] == 'u' && e->marked(e->screen, id + 1);
}

static void node_want(void *ctx, const char *parent, int i, int page)
{
	struct branch *b = branch_of(ctx, parent);

	if (b && i < window_rows(b->window))
		window_want(b->window, i, page);
}

static bool node_below(void *ctx, const char *parent)
{
	const struct branch *b = branch_of(ctx, parent);

	return b && !window_at_end(b->window);
}

static bool node_above(void *ctx, const char *parent)
{
	const struct branch *b = branch_of(ctx, parent);

	return b && !window_at_start(b->window);
}

static const struct tree_source SOURCE = {
	.count = node_count, .id = estate_node, .leaf = node_leaf, .cell = node_cell, .marked = node_marked,
	.opened = open_branch, .closed = close_branch, .want = node_want, .more_below = node_below, .more_above = node_above,
};

enum { DEBTS_WIDTH = 84, DEBTS_REST = 60000 }; /* columns of the screen; ms between two askings */

static const struct list_column COLUMNS[] = {
	{ N_("Building, unit"), -1, TEXT_LEFT, 0 },
	{ N_("Units"), 6, TEXT_RIGHT, 3 },
	{ N_("Now"), 11, TEXT_LEFT, 1 },
	{ N_("Month"), 8, TEXT_RIGHT, 2 },
	{ "!", 4, TEXT_LEFT, 0 },
	{ N_("Overdue"), 11, TEXT_RIGHT, 0 }, /* the last: left out where there is little room */
};

/* ---- the contract ---- */

static void on_moved(void *ctx)
{
	struct estate *e = ctx;

	e->moved(e->screen);
}

void estate_open(struct estate *e, struct screen *s, void (*moved)(struct screen *s),
    bool (*marked)(struct screen *s, const char *unit))
{
	e->screen = s;
	e->moved = moved;
	e->marked = marked;
	e->tree.list = (struct list){ .columns = COLUMNS, .ncolumns = ARRAY_LEN(COLUMNS), .empty = N_("no units") };
	e->tree.moved = on_moved;
	tree_init(&e->tree, &SOURCE, e);
}

void estate_start(struct estate *e)
{
	e->started = e->months_stale = e->worries_stale = e->debts_stale = true;
	open_branch(e, "");
}

void estate_close(struct estate *e)
{
	while (e->nbranches)
		close_branch(e, e->branches[0]->id);
	tree_free(&e->tree);
	table_free(e->months);
	table_free(e->worries);
	table_free(e->debts);
	free(e->notes);
	free(e->cares);
}

void estate_reload(struct estate *e)
{
	for (int i = 0; i < e->nbranches; i++) {
		window_reload(e->branches[i]->window);
		e->branches[i]->loose_known = false;
	}
	for (int i = 0; i < e->nnotes; i++)
		e->notes[i].fresh = 0;
	e->months_stale = e->worries_stale = true;
	e->debts_stale = screen_clock(e->screen) > e->debts_at + DEBTS_REST;
	estate_look(e);
}

bool estate_busy(const struct estate *e)
{
	const struct branch *b = branch_of(e, "");

	return !b || (window_rows(b->window) == 0 && window_loading(b->window));
}

void estate_draw(struct estate *e, struct canvas c, bool focused)
{
	e->tree.list.ncolumns = ARRAY_LEN(COLUMNS) - (c.w < DEBTS_WIDTH || !e->debts);
	if (estate_busy(e))
		answer_draw_loading(e->screen, c);
	else
		tree_draw(&e->tree, c, focused);
}

/* ---- under the cursor ---- */

enum estate_kind estate_kind(const struct estate *e)
{
	switch (e->tree.id[0]) {
	case 'c': return NODE_COMPANY;
	case 'b': return NODE_BUILDING;
	case 'n': return NODE_LOOSE;
	case 'u': return NODE_UNIT;
	default: return NODE_NONE;
	}
}

const char *estate_id(const struct estate *e)
{
	return e->tree.id[0] ? e->tree.id + 1 : "";
}

const char *estate_cell(const struct estate *e, const char *column)
{
	const struct branch *b = branch_of(e, tree_parent(&e->tree));
	int i = tree_index(&e->tree);

	return b && i >= 0 && !is_loose(b, i) ? window_cell(b->window, i, column) : "";
}

/* By its code, as a person would type it, where that is one word and one building; else by its id. */
static void put_building(const struct estate *e, const char *id, struct strbuf *out)
{
	static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *code = "";

	for (int i = 0; i < e->nbranches && session_company(screen_session(e->screen)); i++) {
		const struct window *w = e->branches[i]->window;
		int at = branch_holds_buildings(e, e->branches[i]->id) ? window_find(w, id) : -1;

		if (at >= 0)
			code = window_cell(w, at, "code");
	}
	strbuf_printf(out, "building=%s", code[0] && code[strspn(code, PLAIN)] == '\0' ? code : id);
}

void estate_filter(const struct estate *e, struct strbuf *out)
{
	switch (estate_kind(e)) {
	case NODE_BUILDING:
		put_building(e, estate_id(e), out);
		break;
	case NODE_LOOSE:
		strbuf_puts(out, "building=");
		break;
	case NODE_UNIT:
		if (tree_parent(&e->tree)[0] == 'b')
			put_building(e, tree_parent(&e->tree) + 1, out);
		break;
	default:
		break;
	}
}

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "client/statedir.h"
#include "screens/columns.h"
#include "tui/overlay.h"

/* ---- names, and what is remembered ---- */

/* Names of the shown fields; the caller decrefs. */
static json_t *names_json(const struct rows *r)
{
	json_t *names = json_array();

	for (int i = 0; i < r->list.ncolumns; i++)
		json_array_append_new(names, json_string(r->fields[i]->name));
	return names;
}

static bool has(const struct field *const *fields, int n, const struct field *f)
{
	for (int i = 0; i < n; i++)
		if (fields[i] == f)
			return true;
	return false;
}

/* Unknown and secret ones are left out; false: nothing is left, nothing changes. */
static bool take_names(struct rows *r, const json_t *names)
{
	const struct field *fields[ROWS_MAX_COLUMNS];
	size_t i;
	json_t *name;
	int n = 0;

	json_array_foreach(names, i, name) {
		const struct field *f = resource_field(r->query.res, json_is_string(name) ? json_string_value(name) : "");

		if (f && rows_may_show(f) && n < ROWS_MAX_COLUMNS && !has(fields, n, f))
			fields[n++] = f;
	}
	if (n > 0)
		rows_show(r, fields, n);
	return n > 0;
}

/* The generic list is a list of its own for each kind of record. */
static void place(const struct rows *r, char *buf, size_t size)
{
	snprintf(buf, size, "columns/%s-%s", screen_kind(r->screen)->name, r->query.res->name);
}

void columns_recall(struct rows *r)
{
	struct statedir *dir = screen_statedir(r->screen);
	char name[96];
	json_t *doc;

	place(r, name, sizeof(name));
	doc = dir ? statedir_get(dir, name) : NULL;
	if (doc)
		take_names(r, doc);
	json_decref(doc);
}

static void remember(const struct rows *r)
{
	struct statedir *dir = screen_statedir(r->screen);
	json_t *doc = names_json(r);
	struct err e = { 0 };
	char name[96];

	place(r, name, sizeof(name));
	if (dir && !statedir_put(dir, name, doc, &e))
		app_error(screen_app(r->screen), &e);
	json_decref(doc);
}

/* ---- the chooser ---- */

struct chooser {
	uint64_t owner;
	struct { const struct field *field; bool on; } item[ROWS_MAX_COLUMNS];
	int n;
	struct list list;
};

static int chooser_rows(void *ctx)
{
	return ((struct chooser *)ctx)->n;
}

static void chooser_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct chooser *c = ctx;

	if (!c->item[row].on)
		*style = TOK_DIM;
	if (col == 0)
		strbuf_puts(out, c->item[row].on ? "[x]" : "[ ]");
	else
		strbuf_puts(out, col == 1 ? _(c->item[row].field->label) : c->item[row].field->name);
}

static const struct list_source SOURCE = { .rows = chooser_rows, .cell = chooser_cell };
static const struct list_column COLUMNS[] = {
	{ "", 3, TEXT_LEFT, 0 }, { "", 22, TEXT_LEFT, 0 }, { "", -1, TEXT_LEFT, 0 },
};

static void add(struct chooser *c, const struct field *f, bool on)
{
	for (int i = 0; i < c->n; i++)
		if (c->item[i].field == f)
			return;
	if (c->n == ROWS_MAX_COLUMNS)
		return;
	c->item[c->n].field = f;
	c->item[c->n++].on = on;
}

static bool chooser_open(struct screen *s, const void *arg)
{
	const struct rows *r = arg;
	struct chooser *c = screen_state(s);

	c->owner = screen_id(r->screen);
	for (int i = 0; i < r->list.ncolumns; i++)
		add(c, r->fields[i], true);
	for (const struct field *f = r->query.res->fields; f->name; f++)
		if (rows_may_show(f))
			add(c, f, false);
	c->list = (struct list){ .columns = COLUMNS, .ncolumns = 3, .source = &SOURCE, .ctx = c };
	return true;
}

static void chooser_draw(struct screen *s, struct canvas body)
{
	struct chooser *c = screen_state(s);

	list_draw(&c->list, overlay_frame(body, c->n + 1, 46, _("Columns")), true);
}

static enum result toggle(struct screen *s, int arg)
{
	struct chooser *c = screen_state(s);

	(void)arg;
	c->item[c->list.cursor].on = !c->item[c->list.cursor].on;
	return list_move(&c->list, LIST_DOWN) | R_REDRAW;
}

static enum result shift(struct screen *s, int by)
{
	struct chooser *c = screen_state(s);
	int at = c->list.cursor, to = at + by;

	if (to < 0 || to >= c->n)
		return R_HANDLED;
	__typeof__(c->item[0]) one = c->item[at];
	c->item[at] = c->item[to];
	c->item[to] = one;
	return list_move(&c->list, by < 0 ? LIST_UP : LIST_DOWN) | R_REDRAW;
}

/* As the catalogue has it. */
static enum result usual(struct screen *s, int arg)
{
	struct chooser *c = screen_state(s);
	struct rows *r = screen_state(app_screen(screen_app(s), c->owner));

	(void)arg;
	c->n = 0;
	for (const struct field *f = r->query.res->fields; f->name; f++)
		if (f->flags & F_LIST)
			add(c, f, true);
	for (const struct field *f = r->query.res->fields; f->name; f++)
		if (rows_may_show(f))
			add(c, f, false);
	return R_REDRAW;
}

/* Asks again only for columns that the answer does not have. */
static void show(struct rows *r, const struct chooser *c)
{
	const struct field *fields[ROWS_MAX_COLUMNS];
	bool brief = r->query.brief;
	int n = 0;

	for (int i = 0; i < c->n; i++)
		if (c->item[i].on)
			fields[n++] = c->item[i].field;
	rows_show(r, fields, n);
	if (brief && !r->query.brief)
		rows_sort(r, r->query.sort, r->query.descending);
	remember(r);
}

static enum result take(struct screen *s, int arg)
{
	struct chooser *c = screen_state(s);
	struct screen *owner = app_screen(screen_app(s), c->owner);
	bool any = false;

	(void)arg;
	for (int i = 0; i < c->n; i++)
		any |= c->item[i].on;
	if (!any) {
		app_message(screen_app(s), TOK_WARNING, _("one column at least has to stay"));
		return R_REDRAW;
	}
	if (owner)
		show(screen_state(owner), c);
	return R_REDRAW | R_CLOSE;
}

static enum result move(struct screen *s, int arg)
{
	return list_move(&((struct chooser *)screen_state(s))->list, arg);
}

static const struct binding KEYS[] = {
	{ "Enter F2", "apply", N_("apply"), take, 0, B_FOOTER, NULL },
	{ "Space", "toggle", N_("show or hide"), toggle, 0, B_FOOTER, NULL },
	{ "< Left", "earlier", N_("earlier"), shift, -1, B_FOOTER, NULL },
	{ "> Right", "later", N_("later"), shift, 1, B_FOOTER, NULL },
	{ "Backspace", "usual", N_("as usual"), usual, 0, B_FOOTER, NULL },
	{ "Esc q F3 F12", "leave", N_("leave"), overlay_leave, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

static const struct screen_class columns_class = {
	.name = "columns", .title = N_("Columns"), .state_size = sizeof(struct chooser), .keys = KEYS, .overlay = true,
	.open = chooser_open, .draw = chooser_draw,
};

enum result columns_ask(struct rows *r)
{
	app_push(screen_app(r->screen), &columns_class, r);
	return R_REDRAW;
}

/* The table of a report: totals above, rows in the order that was asked for, cells by the catalogue's types. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/drill.h"
#include "screens/exporting.h"
#include "screens/format.h"
#include "screens/report_self.h"
#include "tui/overlay.h"

#define NAME_LEAST 16
#define NAME_ENOUGH 44 /* names take what is left over, up to here */
#define PANE_NARROW 40 /* below that a name takes what the numbers leave, and money is whole */
#define MONEY_BRIEF 13
#define WORD_MOST 14   /* a column grows up to here for its heading in this language */
#define MONEY_LEAST 12

/* ---- cells ---- */

static bool ends(const char *name, const char *tail)
{
	size_t n = strlen(name), m = strlen(tail);

	return n >= m && !strcmp(name + n - m, tail);
}

/* A name, not an amount: no blanks between its digits. */
static bool is_number(const char *name)
{
	return !strcmp(name, "no") || ends(name, "_no") || ends(name, "_id") || !strcmp(name, "version");
}

static void put_change(const char *cell, struct strbuf *out)
{
	if (!cell) {
		strbuf_puts(out, "—");
		return;
	}
	if (format_number(cell) > 0)
		strbuf_putc(out, '+');
	value_show(out, FT_BP, NULL, cell, NULL);
}

/* What the database calls by an English word of its own, not a name that somebody gave. */
static const char *own_word(const struct report_view *v, const struct answer *a, int row, const char *column,
    const char *cell)
{
	const struct field *by = resource_field(catalogue_resource("reservation"), "cancelled_by");
	bool cancelled = !strcmp(v->rep->name, "cancellations"), name = !strcmp(column, "name");
	const char *key = cancelled && name ? table_get(a->rows, row, "key") : cell;
	const struct choice *c = cancelled && (name || !strcmp(column, "initiator")) ? choice_find(by->choices, key) : NULL;
	int group = report_arg(v->rep, "group");
	char buf[16];

	if (c)
		return _(c->label);
	if (name && !cell[0])
		return group >= 0 && !strcmp(report_value(v, group, buf), "none") ? _("in all") : _("not stated");
	if (name && !strcmp(v->rep->name, "top") && !strcmp(cell, "others"))
		return _("others");
	if (!strcmp(column, "note") && !strcmp(cell, "not enough data"))
		return _("not enough data");
	return cell;
}

void report_rows_text(const struct report_view *v, const struct answer *a, int row, int column, struct strbuf *out)
{
	const struct column *col = &v->rep->columns[column];
	const char *cell = table_cell(a->rows, row, table_col(a->rows, col->name));
	const char *currency = table_get(a->rows, row, "currency");
	enum field_type type = col->type;

	if (type == FT_MONEY && !currency[0] && table_col(a->rows, "currency") >= 0)
		type = FT_INT; /* nights or stays stand in the column of values */
	if (type == FT_MONEY && v->brief && cell)
		format_whole(out, format_number(cell), currency);
	else if (type == FT_BP && ends(col->name, "change_bp"))
		put_change(cell, out);
	else if (type == FT_INT && cell && cell[0] && !is_number(col->name))
		format_int(out, format_number(cell));
	else if (type == FT_DATE && cell && !strcmp(col->name, "month"))
		strbuf_printf(out, "%.7s", cell);
	else if (type == FT_TEXT)
		strbuf_puts(out, own_word(v, a, row, col->name, cell ? cell : ""));
	else
		value_show(out, type, NULL, cell, currency[0] ? currency : NULL);
}

/* ---- order ---- */

static bool is_amount(enum field_type type)
{
	return type == FT_INT || type == FT_MONEY || type == FT_BP;
}

/* qsort has no argument to pass this in. */
static const struct report_view *sorting;

/* What is not known comes last, whichever way round; equal rows stay as they came. */
static int compare(const void *x, const void *y)
{
	const struct report_view *v = sorting;
	const struct column *col = &v->rep->columns[v->sort];
	int a = *(const int *)x, b = *(const int *)y, at = table_col(v->rows.rows, col->name), d;
	const char *p = table_cell(v->rows.rows, a, at), *q = table_cell(v->rows.rows, b, at);

	if (!p || !q)
		return p ? -1 : q ? 1 : a - b;
	if (is_amount(col->type))
		d = (format_number(p) > format_number(q)) - (format_number(p) < format_number(q));
	else
		d = strcoll(p, q);
	return d == 0 ? a - b : v->descending ? -d : d;
}

int report_rows_count(const struct report_view *v)
{
	int n = table_rows(v->rows.rows);

	return n > REPORT_MOST ? REPORT_MOST : n;
}

bool report_rows_more(const struct report_view *v)
{
	return table_rows(v->rows.rows) > REPORT_MOST;
}

static void put_in_order(struct report_view *v)
{
	int n = report_rows_count(v);

	v->order = xreallocarray(v->order, (size_t)n + 1, sizeof(*v->order));
	for (int i = 0; i < n; i++)
		v->order[i] = i;
	sorting = v;
	if (v->sort >= 0 && n > 1)
		qsort(v->order, (size_t)n, sizeof(*v->order), compare);
}

static const struct answer *at_line(const struct report_view *v, int line, int *row)
{
	if (line < v->totals) {
		*row = line;
		return &v->total;
	}
	*row = v->order[line - v->totals];
	return &v->rows;
}

const struct answer *report_rows_at(const struct report_view *v, int *row)
{
	if (!v->rows.rows || v->seen != v->rows.rows || v->list.cursor >= v->totals + report_rows_count(v))
		return NULL;
	return at_line(v, v->list.cursor, row);
}

static void row_name(const struct report_view *v, int line, struct strbuf *out)
{
	int row;
	const struct answer *a = at_line(v, line, &row);

	strbuf_clear(out);
	report_rows_text(v, a, row, v->shown[0], out);
}

static void find_kept(struct report_view *v)
{
	struct strbuf name = { 0 };

	for (int i = v->totals; i < v->totals + report_rows_count(v) && v->kept[0]; i++) {
		row_name(v, i, &name);
		if (!strcmp(strbuf_str(&name), v->kept)) {
			v->list.cursor = i;
			v->kept[0] = '\0';
		}
	}
	v->kept[0] = '\0';
	strbuf_free(&name);
}

void report_rows_settle(struct report_view *v)
{
	int totals = v->rows.rows ? table_rows(v->total.rows) : 0;

	if (!v->rep || !v->rows.rows) {
		v->seen = NULL;
		return;
	}
	if (v->seen == v->rows.rows && v->seen_total == v->total.rows && !v->kept[0])
		return;
	v->list.cursor += totals - v->totals;
	v->list.top = v->list.top > 0 ? v->list.top + totals - v->totals : 0;
	v->totals = totals;
	v->seen = v->rows.rows;
	v->seen_total = v->total.rows;
	put_in_order(v);
	if (v->kept[0])
		find_kept(v);
	if (v->list.cursor < totals)
		v->list.cursor = totals;
}

void report_rows_sort(struct report_view *v, int column, bool descending)
{
	v->sort = column;
	v->descending = descending;
	if (v->seen)
		put_in_order(v);
	v->list.cursor = v->totals;
	v->list.top = 0;
}

/* ---- columns ---- */

/* Money of one kind needs no column that says which: the line above does. */
static bool one_currency(const struct report_view *v)
{
	for (int i = 1; i < report_rows_count(v); i++)
		if (strcmp(table_get(v->rows.rows, i, "currency"), table_get(v->rows.rows, 0, "currency")))
			return false;
	return true;
}

static int width_of(const struct column *col)
{
	int width = col->width, word = draw_width(_(col->label));

	if (col->type == FT_TEXT && width >= 8 && width < NAME_LEAST)
		width = NAME_LEAST;
	if (col->type == FT_MONEY && width < MONEY_LEAST)
		width = MONEY_LEAST; /* a sum with its last digits cut off is a lie */
	return word > width ? (word < WORD_MOST ? word : WORD_MOST) : width;
}

/* What is left over goes to the names; what does not fit is counted: the keys bring it. */
static void spread(struct report_view *v, int room)
{
	v->beyond = 0;
	for (int i = 0; i < v->list.ncolumns; i++) {
		struct list_column *col = &v->columns[i];

		room -= col->width + 1;
		v->beyond += room < 0;
	}
	for (int i = 0; i < v->list.ncolumns && room > 0; i++) {
		struct list_column *col = &v->columns[i];
		int more = col->align == TEXT_RIGHT || col->width < NAME_LEAST ? 0 : NAME_ENOUGH - col->width;

		more = more < 0 ? 0 : more < room ? more : room;
		col->width += more;
		room -= more;
	}
}

static bool is_among(const char *names, const char *name)
{
	const char *at = strstr(names, name);
	size_t n = strlen(name);

	while (at && !((at == names || at[-1] == ' ') && (at[n] == ' ' || !at[n])))
		at = strstr(at + 1, name);
	return at != NULL;
}

static bool is_shown(const struct report_view *v, const struct column *col, bool one)
{
	return col->width > 0 && !(one && !strcmp(col->name, "currency")) && (!v->only || is_among(v->only, col->name));
}

static void choose_columns(struct report_view *v, int room)
{
	bool one = one_currency(v);
	int n = 0, passed = 0, all = 0;

	v->brief = v->only && room < PANE_NARROW;
	for (int i = 0; v->rep->columns[i].name; i++)
		all += is_shown(v, &v->rep->columns[i], one);
	if (v->scrolled > all - 2)
		v->scrolled = all > 2 ? all - 2 : 0;
	for (int i = 0; v->rep->columns[i].name && n < REPORT_COLUMNS; i++) {
		const struct column *col = &v->rep->columns[i];

		if (!is_shown(v, col, one) || (n > 0 && passed++ < v->scrolled))
			continue;
		v->shown[n] = i;
		v->columns[n] = (struct list_column){ .title = col->label, .drop = n,
			.width = v->brief && col->type == FT_MONEY ? MONEY_BRIEF : width_of(col),
			.align = is_amount(col->type) ? TEXT_RIGHT : TEXT_LEFT };
		n++;
	}
	v->list.ncolumns = n;
	spread(v, room - 2);
	if (v->brief && n > 0 && v->columns[0].align == TEXT_LEFT)
		v->columns[0].width = -1;
}

/* ---- the list's source ---- */

static int source_rows(void *ctx)
{
	struct report_view *v = ctx;

	return v->seen ? v->totals + report_rows_count(v) : 0;
}

static void source_cell(void *ctx, int line, int col, struct strbuf *out, enum token *style)
{
	struct report_view *v = ctx;
	int row;
	const struct answer *a = at_line(v, line, &row);

	if (a == &v->total)
		*style = TOK_TITLE;
	if (a == &v->rows && row == v->marked) {
		*style = TOK_ROW_MARKED;
		strbuf_puts(out, col == 0 ? "* " : "");
	}
	if (a == &v->total && col == 0)
		strbuf_puts(out, _("in all"));
	else
		report_rows_text(v, a, row, v->shown[col], out);
}

static bool source_more(void *ctx)
{
	return report_rows_more(ctx);
}

static const struct list_source SOURCE = { .rows = source_rows, .cell = source_cell, .more_below = source_more };

void report_rows_open(struct report_view *v)
{
	v->list = (struct list){ .columns = v->columns, .source = &SOURCE, .ctx = v, .empty = N_("nothing to count") };
	v->totals = 0;
	v->seen = v->seen_total = NULL;
}

void report_rows_close(struct report_view *v)
{
	free(v->order);
}

void report_rows_draw(struct report_view *v, struct canvas c, bool focused)
{
	choose_columns(v, c.w);
	report_rows_settle(v);
	v->list.shy = v->only != NULL;
	list_draw(&v->list, c, focused);
}

enum result report_rows_scroll(struct report_view *v, int step)
{
	if (step < 0 ? v->scrolled > 0 : v->beyond > 0)
		v->scrolled += step;
	return R_REDRAW;
}

bool report_rows_enter(struct report_view *v)
{
	struct strbuf title = { 0 };
	int row;
	const struct answer *a = report_rows_at(v, &row);
	bool opened;

	if (!a)
		return false;
	strbuf_printf(&title, "%s: ", _(v->rep->label));
	if (a == &v->total)
		strbuf_puts(&title, _("in all"));
	else
		report_rows_text(v, a, row, v->shown[0], &title);
	opened = drill_row(v->screen, v->rep, a->rows, row, strbuf_str(&title));
	strbuf_free(&title);
	return opened;
}

/* ---- out of it ---- */

static void put_clean(const struct report_view *v, const struct answer *a, int row, int column, struct strbuf *out)
{
	struct strbuf text = { 0 };

	report_rows_text(v, a, row, column, &text);
	text_clean(out, strbuf_str(&text), text.len, TEXT_ONE_LINE);
	strbuf_free(&text);
}

static void copy_chosen(struct screen *s, int choice, void *arg)
{
	struct report_view *v = screen_state(s);
	struct strbuf text = { 0 };
	int row;
	const struct answer *a = report_rows_at(v, &row);

	(void)arg;
	for (int i = 0; a && choice == 0 && i < v->list.ncolumns; i++) {
		strbuf_printf(&text, "%s%s: ", i ? ", " : "", _(v->columns[i].title));
		put_clean(v, a, row, v->shown[i], &text);
	}
	for (int line = -1; choice == 1 && line < source_rows(v); line++)
		for (int i = 0; i < v->list.ncolumns; i++) {
			if (line < 0)
				strbuf_puts(&text, _(v->columns[i].title));
			else
				put_clean(v, at_line(v, line, &row), row, v->shown[i], &text);
			strbuf_putc(&text, i + 1 < v->list.ncolumns ? '\t' : '\n');
		}
	if (choice >= 0)
		app_copy(screen_app(s), strbuf_str(&text));
	strbuf_free(&text);
}

enum result report_rows_copy(struct report_view *v)
{
	const struct menu_item items[] = {
		{ _("row"), _("as text"), NULL, 'r' }, { _("table"), _("tabs between the columns"), NULL, 't' },
	};

	if (!v->seen || source_rows(v) == 0)
		return R_HANDLED;
	menu_ask(v->screen, _("Copy"), items, ARRAY_LEN(items), 0, copy_chosen, NULL);
	return R_REDRAW;
}

/* The rows as they stand on the screen; totals are no rows. */
static struct table *in_order(const struct report_view *v)
{
	const struct table *from = v->rows.rows;
	int columns = table_cols(from), n = report_rows_count(v);
	const char **names = xcalloc((size_t)columns + 1, sizeof(*names));

	for (int i = 0; i < columns; i++)
		names[i] = table_name(from, i);
	struct table *t = table_new(columns, names);

	free(names);
	for (int line = 0; line < n; line++)
		for (int i = 0; i < columns; i++) {
			const char *cell = table_cell(from, v->order[line], i);

			table_add(t, cell, cell ? strlen(cell) : 0);
		}
	return t;
}

static bool has_rows(const struct report_view *v, struct err *e)
{
	if (!v->rep || !v->seen)
		err_set(e, ERR_USAGE, "E-FILE", NULL, NULL, _("there are no rows here to export"));
	return v->rep && v->seen;
}

bool report_rows_export(struct report_view *v, const char *path, struct err *e)
{
	return has_rows(v, e) && export_report_to(v->screen, v->rep, in_order(v), report_rows_more(v), path, e);
}

enum result report_rows_export_ask(struct report_view *v)
{
	struct err e;

	if (has_rows(v, &e))
		return export_report_ask(v->screen, v->rep, in_order(v), report_rows_more(v));
	app_error(screen_app(v->screen), &e);
	return R_REDRAW;
}

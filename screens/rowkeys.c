/* The keys of every list of records: filter as one types, sort, marks. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/bulk.h"
#include "screens/columns.h"
#include "screens/copy.h"
#include "screens/exporting.h"
#include "screens/format.h"
#include "screens/importing.h"
#include "screens/rows.h"
#include "tui/overlay.h"

static struct rows *rows_of(struct screen *s)
{
	return screen_state(s);
}

/* ---- sort ---- */

#define SORTS_MOST 32 /* two a column */

static int sorts(const struct resource *res, const struct field *out[SORTS_MOST])
{
	int n = 0;

	for (const struct field *f = res->fields; f->name && n < SORTS_MOST; f++)
		if (f->flags & F_SORT) {
			out[n++] = f;
			out[n++] = f;
		}
	return n;
}

static void sort_chosen(struct screen *s, int choice, void *arg)
{
	const struct field *fields[SORTS_MOST];
	struct rows *r = rows_of(s);

	(void)arg;
	if (choice >= 0 && choice < sorts(r->query.res, fields))
		rows_sort(r, fields[choice], choice % 2 == 1);
}

static enum result ask_sort(struct rows *r)
{
	const struct field *fields[SORTS_MOST];
	struct menu_item items[SORTS_MOST] = { 0 };
	int n = sorts(r->query.res, fields), first = 0;

	for (int i = 0; i < n; i++) {
		bool now = fields[i] == r->query.sort && r->query.descending == (i % 2 == 1);

		items[i] = (struct menu_item){ .label = _(fields[i]->label), .note = i % 2 ? _("downwards") : _("upwards") };
		first = now ? i : first;
	}
	menu_ask(r->screen, _("Sort"), items, n, first, sort_chosen, NULL);
	return R_REDRAW;
}

/* ---- marks ---- */

bool rows_in_range(const struct rows *r, int row)
{
	int from = r->range[0] ? window_find(r->window, r->range) : -1, to = r->list.cursor;

	return from >= 0 && (from < to ? row >= from && row <= to : row >= to && row <= from);
}

struct source { const struct rows *r; const struct table *rows; int row; };

static const char *cell_of(const struct source *from, const char *column)
{
	return from->rows ? table_get(from->rows, from->row, column) : window_cell(from->r->window, from->row, column);
}

/* Number, code or name; of what has none of its own the unit as well: "C001 cleaning". */
static void put_label(const struct source *from, struct strbuf *out)
{
	const struct resource *res = from->r->query.res;
	const struct field *label = resource_label(res);

	for (const struct field *f = res->fields; f->name; f++) {
		const char *cell = f->flags & F_NUMBER ? cell_of(from, f->name) : "";

		if (cell[0]) {
			strbuf_puts(out, cell);
			return;
		}
	}
	if (label && label->type != FT_REF && label->choices && cell_of(from, "unit_label")[0])
		strbuf_printf(out, "%s, ", cell_of(from, "unit_label"));
	if (label)
		value_show(out, label->type, label->choices, cell_of(from, label->name), NULL);
}

/* Where something is about to be done to it: who has a counted number is named as well, "63 Oripova Sevara". */
static void put_title(const struct source *from, struct strbuf *out)
{
	const struct field *label = resource_label(from->r->query.res), *no = resource_field(from->r->query.res, "no");

	put_label(from, out);
	if (label && no && no->type == FT_INT && no != label && label->type == FT_TEXT && cell_of(from, no->name)[0])
		strbuf_printf(out, " %s", cell_of(from, label->name));
}

const char *rows_label(struct rows *r, int row)
{
	struct strbuf text = { 0 };

	put_label(&(struct source){ r, NULL, row }, &text);
	snprintf(r->label, sizeof(r->label), "%s", strbuf_str(&text));
	strbuf_free(&text);
	return r->label;
}

static void put_mark(struct rows *r, const struct source *from)
{
	struct mark m = { 0 };
	struct strbuf label = { 0 };
	int money = 0;
	char column[64];

	snprintf(m.id, sizeof(m.id), "%s", cell_of(from, "id"));
	snprintf(m.currency, sizeof(m.currency), "%s", cell_of(from, "currency"));
	for (const struct field *f = r->query.res->fields; f->name; f++) {
		const char *cell = cell_of(from, field_column(f, column));

		if (f->type != FT_MONEY || money == MARK_SUMS)
			continue;
		m.sum[money] = format_number(cell);
		m.known |= cell[0] ? 1u << money : 0;
		money++;
	}
	put_title(from, &label);
	m.label = label.s;
	if (m.id[0])
		marks_put(&r->marks, &m);
	strbuf_free(&label);
}

void rows_mark(struct rows *r, int row, bool on)
{
	if (on)
		put_mark(r, &(struct source){ r, NULL, row });
	else
		marks_drop(&r->marks, window_id(r->window, row));
}

void rows_mark_answer(struct rows *r, const struct table *rows, int row)
{
	put_mark(r, &(struct source){ r, rows, row });
}

static enum result toggle(struct rows *r)
{
	const char *id = r->list.cursor < window_rows(r->window) ? window_id(r->window, r->list.cursor) : "";

	if (!id[0])
		return R_HANDLED;
	rows_mark(r, r->list.cursor, !marks_find(&r->marks, id));
	return rows_move(r, LIST_DOWN) | R_REDRAW;
}

/* The first row may have been put away on a very long way: half a range is never taken for the whole. */
static enum result end_range(struct rows *r)
{
	int from = window_find(r->window, r->range), to = r->list.cursor;

	r->range[0] = '\0';
	if (from < 0) {
		app_message(screen_app(r->screen), TOK_WARNING,
		    _("the range is longer than what is kept at hand; filter for it, then * marks all"));
		return R_REDRAW;
	}
	for (int i = from < to ? from : to; i <= (from < to ? to : from); i++)
		rows_mark(r, i, true);
	return R_REDRAW;
}

static enum result range(struct rows *r)
{
	if (r->range[0])
		return end_range(r);
	snprintf(r->range, sizeof(r->range), "%s", r->id);
	return R_REDRAW;
}

static enum result drop_range(struct rows *r)
{
	if (!r->range[0])
		return R_NONE;
	r->range[0] = '\0';
	return R_REDRAW;
}

static enum result unmark(struct rows *r)
{
	marks_clear(&r->marks);
	r->range[0] = '\0';
	return R_REDRAW;
}

/* ---- all that the filter shows, also what is not at hand ---- */

static void say_marked(struct rows *r)
{
	unsigned n = (unsigned)r->marks.n;

	app_message(screen_app(r->screen), TOK_TEXT, P_("%u row marked", "%u rows marked", n), n);
}

static void all_end(struct pages *p, const struct err *e)
{
	struct rows *r = p->arg;

	if (e)
		app_error(screen_app(r->screen), e);
	else
		say_marked(r);
}

static bool mark_page(struct pages *p, const struct table *rows)
{
	for (int i = 0; i < table_rows(rows); i++)
		rows_mark_answer(p->arg, rows, i);
	return true;
}

static bool invert_page(struct pages *p, const struct table *rows)
{
	struct rows *r = p->arg;

	for (int i = 0; i < table_rows(rows); i++)
		if (!marks_drop(&r->marks, table_get(rows, i, "id")))
			rows_mark_answer(r, rows, i);
	return true;
}

static bool unmark_page(struct pages *p, const struct table *rows)
{
	struct rows *r = p->arg;

	for (int i = 0; i < table_rows(rows); i++)
		marks_drop(&r->marks, table_get(rows, i, "id"));
	return true;
}

/* Every row at hand is marked, and as many as match: `*` again takes the marks away. */
static bool all_marked(const struct rows *r)
{
	int n = window_rows(r->window);

	for (int i = 0; i < n; i++)
		if (!marks_find(&r->marks, window_id(r->window, i)))
			return false;
	return n > 0 && window_count(r->window) <= r->marks.n;
}

static enum result over_all(struct rows *r, bool (*page)(struct pages *p, const struct table *rows))
{
	if (pages_busy(&r->all)) {
		app_message(screen_app(r->screen), TOK_WARNING, _("something is still going through the rows; C-c stops it"));
		return R_REDRAW;
	}
	r->all.page = page;
	r->all.end = all_end;
	r->all.arg = r;
	pages_start(&r->all, r->screen, &r->query);
	return R_REDRAW;
}

static enum result stop(struct rows *r)
{
	if (!pages_busy(&r->all))
		return R_NONE;
	app_message(screen_app(r->screen), TOK_WARNING, r->exporting ? _("stopped; no file was written") : _("stopped"));
	exporting_stop(r);
	pages_stop(&r->all);
	return R_REDRAW;
}

static void choose(const struct mark *m, const char **ids, const char **labels, int *n)
{
	ids[*n] = m->id;
	labels[(*n)++] = m->label;
}

void rows_chosen(struct rows *r, const char ***ids, const char ***labels, int *n)
{
	size_t room = (size_t)r->marks.n + 1;
	bool *here = xcalloc(room, sizeof(*here));
	const struct mark *m;

	*ids = xcalloc(room, sizeof(**ids));
	*labels = xcalloc(room, sizeof(**labels));
	*n = 0;
	for (int i = 0; i < window_rows(r->window); i++) { /* as they stand on the screen, then the others */
		if (!(m = marks_find(&r->marks, window_id(r->window, i))) || here[m - r->marks.all])
			continue;
		here[m - r->marks.all] = true;
		choose(m, *ids, *labels, n);
	}
	for (int i = 0; i < r->marks.n; i++)
		if (!here[i])
			choose(&r->marks.all[i], *ids, *labels, n);
	free(here);
	if (*n == 0 && r->list.cursor < window_rows(r->window)) {
		struct strbuf title = { 0 };

		put_title(&(struct source){ r, NULL, r->list.cursor }, &title);
		snprintf(r->label, sizeof(r->label), "%s", strbuf_str(&title));
		strbuf_free(&title);
		(*ids)[0] = window_id(r->window, r->list.cursor);
		(*labels)[(*n)++] = r->label;
	}
}

static enum result actions(struct rows *r)
{
	const char **ids, **labels;
	int n;

	if (r->range[0])
		end_range(r);
	rows_chosen(r, &ids, &labels, &n);
	if (n > 0)
		actions_menu(r->screen, r->query.res, ids, labels, n);
	free(ids);
	free(labels);
	return R_REDRAW;
}

enum result rows_key(struct screen *s, int key)
{
	struct rows *r = rows_of(s);

	switch ((enum rows_key)key) {
	case ROWS_FILTER:
		return live_filter_ask(&r->filter, r->screen);
	case ROWS_SORT:
		return ask_sort(r);
	case ROWS_SORT_BACK:
		rows_reverse(r);
		return R_REDRAW;
	case ROWS_MARK:
		return toggle(r);
	case ROWS_RANGE:
		return range(r);
	case ROWS_ALL:
		return over_all(r, all_marked(r) ? unmark_page : mark_page);
	case ROWS_INVERT:
		return over_all(r, invert_page);
	case ROWS_UNMARK:
		return unmark(r);
	case ROWS_DROP_RANGE:
		return drop_range(r);
	case ROWS_STOP:
		return stop(r);
	case ROWS_COLUMNS:
		return columns_ask(r);
	case ROWS_ACTIONS:
		return actions(r);
	case ROWS_COPY:
		return copy_ask(r);
	case ROWS_EXPORT:
		return export_ask(r);
	case ROWS_IMPORT:
		return import_ask(s, r->query.res);
	}
	return R_NONE;
}

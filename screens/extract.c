#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "client/value.h"
#include "screens/answer.h"
#include "screens/drill.h"
#include "screens/extract.h"

#define ARGS_MOST 16

static int source_rows(void *ctx)
{
	return table_rows(((struct extract *)ctx)->rows);
}

static void source_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct extract *x = ctx;
	const struct column *c = x->from[col];

	(void)style;
	value_show(out, c->type, NULL, table_get(x->rows, row, c->name), table_get(x->rows, row, "currency"));
}

static const struct list_source SOURCE = { .rows = source_rows, .cell = source_cell };

static bool is_number(enum field_type type)
{
	return type == FT_INT || type == FT_MONEY || type == FT_BP;
}

/* Columns without a width are for programs: ids, filters. The last text takes the rest; later ones give way first. */
static void build(struct extract *x)
{
	int n = 0, wide = -1;

	for (const struct column *c = x->rep->columns; c->name && n < EXTRACT_COLUMNS; c++) {
		int word = text_width(_(c->label));

		if (c->width == 0)
			continue;
		x->from[n] = c;
		x->columns[n] = (struct list_column){
			.title = c->label, .width = word > c->width && word <= 14 ? word : c->width,
			.align = is_number(c->type) ? TEXT_RIGHT : TEXT_LEFT, .drop = n < 3 ? 0 : n,
		};
		wide = c->type == FT_TEXT && (wide < 0 || c->width > x->from[wide]->width) ? n : wide;
		n++;
	}
	if (wide >= 0) {
		x->columns[wide].width = -1;
		x->columns[wide].drop = 0;
	}
	x->list.ncolumns = n;
}

void extract_open(struct extract *x, struct screen *s, unsigned slot, const struct report *rep)
{
	x->screen = s;
	x->slot = slot;
	x->rep = rep;
	x->list = (struct list){ .columns = x->columns, .source = &SOURCE, .ctx = x, .empty = N_("nothing to show") };
	build(x);
}

void extract_close(struct extract *x)
{
	if (x->screen)
		screen_cancel(x->screen, x->slot);
	table_free(x->rows);
	memset(x, 0, sizeof(*x));
}

static void on_rows(const struct reply *r, void *arg)
{
	struct extract *x = arg;

	err_clear(&x->err);
	if (r->err) {
		x->err = *r->err;
	} else {
		table_free(x->rows);
		x->rows = table_ref(r->rows);
		list_settle(&x->list);
		screen_fresh(x->screen);
	}
	app_redraw(screen_app(x->screen));
}

static bool is_given(const struct param *given, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(given[i].name, name))
			return true;
	return false;
}

void extract_ask(struct extract *x, const struct param *given, int n)
{
	struct param all[ARGS_MOST];
	int count = 0;

	if (answer_refused(x->screen, x->rep->permission, &x->err))
		return;
	for (; count < n && count < ARGS_MOST; count++)
		all[count] = given[count];
	for (const struct arg *a = x->rep->args; a && a->name && count < ARGS_MOST; a++)
		if (a->fallback && !is_given(given, n, a->name))
			all[count++] = (struct param){ a->name, a->fallback };
	screen_cancel(x->screen, x->slot);
	client_report(screen_session(x->screen), x->rep, all, count, screen_owner(x->screen, x->slot), on_rows, x);
}

bool extract_busy(const struct extract *x)
{
	return !x->rows && !x->err.kind;
}

void extract_draw(struct extract *x, struct canvas c, bool focused)
{
	const struct answer a = { .report = x->rep, .rows = x->rows, .err = x->err };

	if (!answer_draw_missing(x->screen, &a, c))
		list_draw(&x->list, c, focused);
}

enum result extract_enter(struct extract *x, const char *title)
{
	if (x->list.cursor >= table_rows(x->rows))
		return R_NONE;
	drill_row(x->screen, x->rep, x->rows, x->list.cursor, title);
	return R_REDRAW;
}

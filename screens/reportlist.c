/* All reports of the catalogue: what each counts, and what it takes to see it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "screens/screens.h"
#include "tui/list.h"

struct reports {
	struct screen *screen;
	struct list list;
};

static const struct list_column COLUMNS[] = {
	{ .title = N_("Report"), .width = 42 }, { .title = N_("Name"), .width = 16 },
	{ .title = N_("Needs"), .width = 16, .drop = 1 }, { .title = N_("Asked by"), .width = -1, .drop = 2 },
};

static const struct report *at(int row)
{
	return catalogue_reports()[row];
}

static int source_rows(void *ctx)
{
	int n = 0;

	(void)ctx;
	while (at(n))
		n++;
	return n;
}

static void source_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct reports *r = ctx;
	const struct report *rep = at(row);

	if (rep->permission && !screen_may(r->screen, rep->permission))
		*style = TOK_DIM;
	switch (col) {
	case 0:
		strbuf_puts(out, _(rep->label));
		break;
	case 1:
		strbuf_puts(out, rep->name);
		break;
	case 2:
		strbuf_puts(out, rep->permission ? rep->permission : "");
		break;
	default:
		for (const struct arg *a = rep->args; a && a->name; a++)
			strbuf_printf(out, "%s%s", a > rep->args ? ", " : "", _(a->label));
	}
}

static const struct list_source SOURCE = { .rows = source_rows, .cell = source_cell };

static enum result move(struct screen *s, int arg)
{
	struct reports *r = screen_state(s);

	return list_move(&r->list, arg);
}

static enum result enter(struct screen *s, int arg)
{
	struct reports *r = screen_state(s);
	const struct report *rep = at(r->list.cursor);

	(void)arg;
	if (rep->permission && !screen_may(s, rep->permission))
		app_message(screen_app(s), TOK_WARNING, _("%s: your role lacks the permission %s"), _(rep->label), rep->permission);
	else
		app_push(screen_app(s), &report_class, &(struct report_arg){ .rep = rep });
	return R_REDRAW;
}

static bool reports_open(struct screen *s, const void *arg)
{
	struct reports *r = screen_state(s);

	(void)arg;
	r->screen = s;
	r->list = (struct list){ .columns = COLUMNS, .ncolumns = 4, .source = &SOURCE, .ctx = r };
	return true;
}

static void reports_draw(struct screen *s, struct canvas c)
{
	struct reports *r = screen_state(s);

	list_draw(&r->list, c, true);
}

static void reports_place(struct screen *s, struct strbuf *out)
{
	(void)s;
	strbuf_puts(out, "reports");
}

static void reports_keep(struct screen *s, struct strbuf *out)
{
	struct reports *r = screen_state(s);

	strbuf_puts(out, at(r->list.cursor)->name);
}

static void reports_restore(struct screen *s, const char *kept)
{
	struct reports *r = screen_state(s);

	for (int i = 0; at(i); i++)
		if (!strcmp(at(i)->name, kept))
			r->list.cursor = i;
}

static bool reports_busy(const struct screen *s)
{
	return !screen_ready((struct screen *)s) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class reports_class = {
	.name = "reports", .title = N_("Reports"), .state_size = sizeof(struct reports), .keys = KEYS,
	.open = reports_open, .draw = reports_draw, .place = reports_place, .keep = reports_keep,
	.restore = reports_restore, .busy = reports_busy,
};

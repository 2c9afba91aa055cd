#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/duelist.h"

static void list_filter(const struct duelist *l, struct strbuf *out)
{
	char day[16];

	day_format(l->grid->day, day);
	if (l->grid->view == DUE_AGENDA)
		strbuf_puts(out, "status=pending,partial,overdue");
	else
		strbuf_printf(out, "due_on=%s %s", day, l->only_open ? "status=pending,partial,overdue" : "status!=voided");
	due_filter(l->grid, out);
}

/*
 * What a cashier reads. Of a day its date stands in the title; the currency is said where there are several; what is
 * named last goes first where there is no room.
 */
static void choose_columns(struct duelist *l)
{
	bool of_day = l->grid->view != DUE_AGENDA, several = due_several(l->grid);
	const char *const names[] = {
		"no", "party", "unit", of_day ? "amount" : "due_on", "open", several ? "currency" : NULL, "status", "kind",
		"agreement",
	};
	const struct field *fields[ARRAY_LEN(names)];
	int n = 0, shape = 1 + of_day + 2 * several;

	if (shape == l->shape)
		return;
	l->shape = shape;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i])
			fields[n++] = resource_field(l->rows.query.res, names[i]);
	rows_show(&l->rows, fields, n);
	l->rows.list.empty = of_day ? N_("nothing due on this day") : N_("nothing is open");
}

void duelist_follow(struct duelist *l)
{
	struct screen *s = l->rows.screen;
	struct strbuf filter = { 0 };
	struct err e;

	list_filter(l, &filter);
	if (strcmp(strbuf_str(&filter), l->listed) && due_ready(l->grid) && l->grid->days) {
		snprintf(l->listed, sizeof(l->listed), "%s", strbuf_str(&filter));
		choose_columns(l);
		if (!rows_filter(&l->rows, l->listed, &e))
			app_error(screen_app(s), &e);
		snprintf(l->rows.id, sizeof(l->rows.id), "%s", l->kept);
		l->kept[0] = '\0';
	}
	strbuf_free(&filter);
}

/* The day under the cursor is another one than the list's, or its rows are on their way. */
static bool is_behind(const struct duelist *l)
{
	struct strbuf filter = { 0 };
	bool other;

	list_filter(l, &filter);
	other = strcmp(strbuf_str(&filter), l->listed) != 0;
	strbuf_free(&filter);
	return other || (!l->rows.id[0] && window_loading(l->rows.window));
}

static void run_then(struct screen *s)
{
	struct duelist *l = screen_state(s);
	enum result (*then)(struct screen *s, int arg) = l->then;

	if (l->epoch != screen_epoch(s)) { /* the user took it back */
		l->then = NULL;
	} else if (then && is_behind(l) && !l->grid->err.kind) {
		screen_later(s, run_then);
	} else if (then) {
		l->then = NULL;
		then(s, l->then_arg);
		app_redraw(screen_app(s));
	}
}

enum result duelist_then(struct screen *s, enum result (*fn)(struct screen *s, int arg), int arg)
{
	struct duelist *l = screen_state(s);

	if (l->grid->day == DAY_NONE) /* nobody knows yet what day it is */
		return R_HANDLED;
	if (!is_behind(l) || l->grid->err.kind)
		return fn(s, arg);
	l->then = fn;
	l->then_arg = arg;
	l->epoch = screen_epoch(s);
	duelist_follow(l);
	screen_later(s, run_then);
	return R_REDRAW;
}

void duelist_open(struct duelist *l, struct screen *s, struct duegrid *grid)
{
	l->grid = grid;
	rows_open(&l->rows, s, catalogue_resource("charges"), NULL);
}

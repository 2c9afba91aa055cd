#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/answer.h"
#include "screens/drill.h"
#include "tui/overlay.h"

/* "{month+1}": the day a month later. */
static bool next_month(const struct table *t, int row, char *column, char buf[static 16])
{
	char *plus = strchr(column, '+');
	day_t day;

	if (!plus)
		return false;
	*plus = '\0';
	day = day_parse(table_get(t, row, column));
	day_format(day == DAY_NONE ? day : day_add_months(day, 1), buf);
	return true;
}

enum { ARGS_MOST = 12 };

bool drill_expand(const char *template, const struct table *t, int row, struct strbuf *out)
{
	bool all = true;

	for (const char *p = template; *p; p++) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		char column[64];

		if (!end) {
			strbuf_putc(out, *p);
			continue;
		}
		snprintf(column, sizeof(column), "%.*s", (int)(end - p - 1), p + 1);
		char month[16];
		const char *cell = next_month(t, row, column, month) ? month : table_get(t, row, column);
		all = all && cell[0];
		strbuf_puts(out, cell);
		p = end;
	}
	return all;
}

bool drill_filter(const struct report *rep, const struct table *t, int row, struct strbuf *out)
{
	return rep && rep->drill_filter && row < table_rows(t) && drill_expand(rep->drill_filter, t, row, out);
}

bool drill_resource(const struct report *rep, const struct table *t, int row, struct strbuf *out)
{
	return rep && rep->drill_resource && row < table_rows(t) && drill_expand(rep->drill_resource, t, row, out);
}

/* What no list can say (a past day) a report does: its arguments stand where a filter would, "as_of=2026-05-31 …". */
static bool open_report(struct screen *s, const struct report *rep, const char *words, const char *title)
{
	struct param given[ARGS_MOST];
	char *copy = xstrdup(words), *rest = copy, *word;
	struct screen *made;
	int n = 0;

	while (n < ARGS_MOST && (word = strtok_r(rest, " ", &rest)) != NULL) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value = '\0';
		given[n++] = (struct param){ word, value + 1 };
	}
	made = app_push(screen_app(s), &report_class, &(struct report_arg){ .rep = rep, .given = given, .n = n,
		.title = title });
	free(copy);
	return made != NULL;
}

bool drill_open(struct screen *s, const char *resource, const char *filter, const char *title)
{
	struct stays_arg arg = { .res = catalogue_resource(resource), .filter = filter, .title = title };
	const struct report *rep = arg.res ? NULL : catalogue_report(resource);

	if (rep)
		return open_report(s, rep, filter, title);
	return arg.res && app_push(screen_app(s), &stays_class, &arg) != NULL;
}

static bool open_one(struct screen *s, const struct drill *d, const struct table *t, int row, const char *title)
{
	struct strbuf resource = { 0 }, filter = { 0 };
	bool opened = d->filter && d->resource && drill_expand(d->filter, t, row, &filter) &&
	    drill_expand(d->resource, t, row, &resource) && drill_open(s, strbuf_str(&resource), strbuf_str(&filter), title);

	strbuf_free(&resource);
	strbuf_free(&filter);
	return opened;
}

/* Which of the lists behind a row: what the menu was asked about, until it is answered. One at a time: it is modal. */
static struct { const struct report *rep; struct table *rows; int row; char title[200]; } pending;

static void list_chosen(struct screen *s, int choice, void *arg)
{
	const struct drill first = { pending.rep->drill_resource, pending.rep->drill_filter };

	(void)arg;
	if (choice >= 0)
		open_one(s, choice == 0 ? &first : &pending.rep->also[choice - 1], pending.rows, pending.row, pending.title);
	table_free(pending.rows);
	pending.rows = NULL;
}

static bool ask_which(struct screen *s, const struct report *rep, const struct table *t, int row, const char *title)
{
	struct menu_item items[8] = { 0 };
	struct strbuf filter = { 0 };
	bool any = drill_filter(rep, t, row, &filter);
	int n = 0;

	strbuf_free(&filter);
	if (!any)
		return false;
	items[n++] = (struct menu_item){ .label = _(catalogue_resource(rep->drill_resource)->label), .key = '1' };
	for (const struct drill *d = rep->also; d->resource && n < 8; d++, n++)
		items[n] = (struct menu_item){ .label = _(catalogue_resource(d->resource)->label), .key = (char)('1' + n) };
	table_free(pending.rows);
	pending.rep = rep;
	pending.rows = table_ref((struct table *)t);
	pending.row = row;
	snprintf(pending.title, sizeof(pending.title), "%s", title);
	menu_ask(s, title, items, n, 0, list_chosen, NULL);
	return true;
}

bool drill_row(struct screen *s, const struct report *rep, const struct table *t, int row, const char *title)
{
	const struct drill d = { rep ? rep->drill_resource : NULL, rep ? rep->drill_filter : NULL };

	if (!rep || row >= table_rows(t))
		return false;
	return rep->also ? ask_which(s, rep, t, row, title) : open_one(s, &d, t, row, title);
}

enum result drill_history(struct screen *s, int arg)
{
	const char *id = "", *kind = screen_kind(s)->subject ? screen_kind(s)->subject(s, &id) : NULL;
	const struct resource *res = kind ? catalogue_resource(kind) : NULL;
	const struct report *history = catalogue_report("history");
	struct err e;

	(void)arg;
	if (!res) {
		app_message(screen_app(s), TOK_TEXT, _("no record is under the cursor"));
		return R_REDRAW;
	}
	if (answer_refused(s, res->read, &e)) {
		app_error(screen_app(s), &e);
		return R_REDRAW;
	}
	const struct param given[] = { { "resource", res->name }, { "record", id } };

	app_push(screen_app(s), &report_class, &(struct report_arg){ .rep = history, .given = given, .n = ARRAY_LEN(given) });
	return R_REDRAW;
}

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/answer.h"
#include "screens/drill.h"

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
		const char *cell = table_get(t, row, column);
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

bool drill_open(struct screen *s, const char *resource, const char *filter, const char *title)
{
	struct stays_arg arg = { .res = catalogue_resource(resource), .filter = filter, .title = title };

	return arg.res && app_push(screen_app(s), &stays_class, &arg) != NULL;
}

bool drill_row(struct screen *s, const struct report *rep, const struct table *t, int row, const char *title)
{
	struct strbuf resource = { 0 }, filter = { 0 };
	bool opened = drill_filter(rep, t, row, &filter) && drill_resource(rep, t, row, &resource) &&
	    drill_open(s, strbuf_str(&resource), strbuf_str(&filter), title);

	strbuf_free(&resource);
	strbuf_free(&filter);
	return opened;
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

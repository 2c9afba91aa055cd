#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/format.h"
#include "screens/ways.h"
#include "screens/write.h"
#include "tui/overlay.h"

enum { WAYS_MOST = 20 };

static bool is_kind(const struct table *t, int row, const char *kind)
{
	return !strcmp(table_get(t, row, "kind"), kind);
}

static void add_dates(struct strbuf *out, const struct table *t, int row)
{
	day_t from = day_parse(table_get(t, row, "check_in")), to = day_parse(table_get(t, row, "check_out"));

	format_day(out, from);
	strbuf_puts(out, draw_ascii() ? " - " : " – ");
	format_day(out, to);
}

static char *label_of(const struct table *t, int row)
{
	struct strbuf out = { 0 };

	if (is_kind(t, row, "dates")) {
		strbuf_printf(&out, "%s ", _("other dates:"));
		add_dates(&out, t, row);
	} else if (is_kind(t, row, "unit")) {
		strbuf_printf(&out, "%s %s", _("other unit:"), table_get(t, row, "unit_label"));
	} else {
		strbuf_printf(&out, _("move stay %s away"), table_get(t, row, "reservation_no"));
	}
	return strbuf_steal(&out);
}

static void put_amount(struct strbuf *out, int64_t minor, const char *currency)
{
	if (format_is_whole(minor, currency))
		format_whole(out, minor, currency);
	else
		format_money(out, minor, currency);
}

static char *note_of(const struct ways *w, const struct table *t, int row)
{
	struct strbuf out = { 0 };

	if (is_kind(t, row, "move")) {
		if (table_get(t, row, "note")[0])
			strbuf_printf(&out, "%s, ", table_get(t, row, "note"));
		add_dates(&out, t, row);
		strbuf_printf(&out, draw_ascii() ? " -> %s" : " → %s", table_get(t, row, "unit_label"));
	} else {
		int64_t total = format_number(table_get(t, row, "total_minor"));

		put_amount(&out, total, table_get(t, row, "currency"));
		strbuf_printf(&out, " %s", table_get(t, row, "currency"));
		if (w->compare) {
			strbuf_printf(&out, " (%s", total > w->total ? "+" : total == w->total ? "±" : "");
			put_amount(&out, total - w->total, table_get(t, row, "currency"));
			strbuf_putc(&out, ')');
		}
		if (is_kind(t, row, "unit") && table_get(t, row, "note")[0])
			strbuf_printf(&out, "  %s", table_get(t, row, "note"));
	}
	return strbuf_steal(&out);
}

/* ---- taken ---- */

static void on_moved(struct screen *s, const struct reply *r, void *arg)
{
	struct ways *w = arg;

	if (!r->err)
		w->taken(s, w->rows, -1);
}

static void move_away(struct screen *s, struct ways *w, int row)
{
	json_t *set = json_pack("{s:s}", "unit", table_get(w->rows, row, "unit"));
	char *what = xasprintf(_("%s: moved to %s"), table_get(w->rows, row, "reservation_no"),
	    table_get(w->rows, row, "unit_label"));
	const struct mutation m = {
		.res = catalogue_resource("reservation"), .kind = "patch", .record = table_get(w->rows, row, "reservation"),
		.version = atoi(table_get(w->rows, row, "version")), .set = set,
	};

	write_one(s, &m, what, on_moved, w);
	json_decref(set);
	free(what);
}

static void chosen(struct screen *s, int row, void *arg)
{
	struct ways *w = arg;

	if (row < 0)
		return;
	if (is_kind(w->rows, row, "move"))
		move_away(s, w, row);
	else
		w->taken(s, w->rows, row);
}

/* ---- asked ---- */

static void show(struct screen *s, struct ways *w)
{
	int n = table_rows(w->rows) < WAYS_MOST ? table_rows(w->rows) : WAYS_MOST;
	struct menu_item items[WAYS_MOST];
	char *texts[WAYS_MOST][2];

	if (n == 0) {
		app_message(screen_app(s), TOK_WARNING, _("nothing else is free around these dates"));
		return;
	}
	for (int i = 0; i < n; i++) {
		texts[i][0] = label_of(w->rows, i);
		texts[i][1] = note_of(w, w->rows, i);
		items[i] = (struct menu_item){
			.label = texts[i][0], .note = texts[i][1], .key = (char)(i < 9 ? '1' + i : 0),
			.refused = is_kind(w->rows, i, "move") && !screen_may(s, "reservation.edit") ?
			    _("your role may not move stays") : NULL,
		};
	}
	menu_ask(s, w->title, items, n, 0, chosen, w);
	for (int i = 0; i < n; i++) {
		free(texts[i][0]);
		free(texts[i][1]);
	}
}

static void on_ways(const struct reply *r, void *arg)
{
	struct ways *w = arg;

	table_free(w->rows);
	w->rows = table_ref(r->rows);
	if (r->err)
		app_error(screen_app(w->screen), r->err);
	else
		show(w->screen, w);
}

void ways_ask(struct screen *s, struct ways *w, const struct ways_question *q,
    void (*taken)(struct screen *s, const struct table *t, int row))
{
	const struct param args[] = { { "unit", q->unit }, { "from", q->from }, { "to", q->to }, { "reservation", q->stay } };

	w->screen = s;
	w->taken = taken;
	w->compare = q->compare;
	w->total = q->total;
	snprintf(w->title, sizeof(w->title), "%s", q->title ? q->title : _("The nights are taken. Ways out"));
	screen_cancel(s, SLOT_WAYS);
	client_report(screen_session(s), catalogue_report("alternatives"), args, q->stay ? 4 : 3,
	    screen_owner(s, SLOT_WAYS), on_ways, w);
}

void ways_close(struct ways *w)
{
	table_free(w->rows);
	w->rows = NULL;
}

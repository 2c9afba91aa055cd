#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "screens/chess_units.h"
#include "screens/format.h"

/* ---- what lies where ---- */

static const struct { const char *status; char glyph; enum token style; } STATES[] = {
	{ "hold", 'h', TOK_WARNING }, { "confirmed", 'C', TOK_TEXT }, { "checked_in", '#', TOK_GOOD },
	{ "completed", 'd', TOK_DIM }, { "blocked", 'r', TOK_DIM }, { "expired", 'e', TOK_DIM },
};

const char *chess_unit(const struct chess_units *u, int row)
{
	return row >= 0 && row < window_rows(u->window) ? window_id(u->window, row) : "";
}

static int source_rows(void *ctx)
{
	return window_rows(((struct chess_units *)ctx)->window);
}

static void source_title(void *ctx, int row, struct strbuf *out)
{
	struct chess_units *u = ctx;

	strbuf_printf(out, "%s %s", window_cell(u->window, row, "code"), window_cell(u->window, row, "title"));
}

/* As deep as its ancestors that are shown. */
static int source_depth(void *ctx, int row)
{
	struct chess_units *u = ctx;
	int depth = 0;

	while (depth < 4 && row >= 0 && window_cell(u->window, row, "parent")[0]) {
		row = window_find(u->window, window_cell(u->window, row, "parent"));
		depth += row >= 0;
	}
	return depth;
}

static bool source_marked(void *ctx, int row)
{
	struct chess_units *u = ctx;

	return u->marks.n > 0 && marks_find(&u->marks, chess_unit(u, row)) != NULL;
}

bool chess_unit_known(void *ctx, int row)
{
	struct chess_units *u = ctx;

	return spans_known(&u->spans, chess_unit(u, row));
}

static void read_state(struct chess_span *out, const char *status, day_t today)
{
	out->glyph = '?';
	out->style = TOK_TEXT;
	for (size_t i = 0; i < ARRAY_LEN(STATES); i++) {
		if (strcmp(STATES[i].status, status))
			continue;
		out->glyph = STATES[i].glyph;
		out->style = STATES[i].style;
	}
	if (out->glyph == '#' && out->to <= today) {
		out->glyph = '=';
		out->style = TOK_WARNING;
	}
}

static const char *reason_label(const char *reason)
{
	const struct field *f = resource_field(catalogue_resource("block"), "reason");
	const struct choice *c = choice_find(f->choices, reason);

	return c ? _(c->label) : reason;
}

static bool lies_on(const struct chess_units *u, const char *unit, const char *id, const char *check_in)
{
	const struct table *t = NULL;
	int at;

	for (int i = 0; (at = spans_row(&u->spans, unit, i, &t)) >= 0; i++)
		if (!strcmp(table_get(t, at, "id"), id) && !strcmp(table_get(t, at, "check_in"), check_in))
			return true;
	return false;
}

/* Does a use of a room leave one of its beds out? */
static bool lies_on_part(const struct chess_units *u, int row, const struct table *t, int at)
{
	const char *unit = chess_unit(u, row);

	for (int i = 0; i < window_rows(u->window); i++)
		if (!strcmp(window_cell(u->window, i, "parent"), unit) && spans_known(&u->spans, window_id(u->window, i)) &&
		    !lies_on(u, window_id(u->window, i), table_get(t, at, "id"), table_get(t, at, "check_in")))
			return true;
	return false;
}

static bool source_span(void *ctx, int row, int i, struct chess_span *out)
{
	static char label[120]; /* until the next call */
	struct chess_units *u = ctx;
	const struct table *t = NULL;
	int at = spans_row(&u->spans, chess_unit(u, row), i, &t);

	if (at < 0)
		return false;
	*out = (struct chess_span){ .from = day_parse(table_get(t, at, "check_in")),
		.to = day_parse(table_get(t, at, "check_out")), .label = label };
	read_state(out, table_get(t, at, "status"), u->today);
	out->part = row < u->nparts && u->parts[row] && lies_on_part(u, row, t, at);
	if (!strcmp(table_get(t, at, "kind"), "block"))
		snprintf(label, sizeof(label), "%s", reason_label(table_get(t, at, "label")));
	else
		snprintf(label, sizeof(label), "%s%s%s", table_get(t, at, "no"), table_get(t, at, "label")[0] ? " " : "",
		    table_get(t, at, "label"));
	return true;
}

static void source_weekday(day_t day, struct strbuf *out)
{
	format_weekday(out, day);
}

static void source_month(day_t day, struct strbuf *out)
{
	format_month(out, day);
}

static bool source_below(void *ctx)
{
	return !window_at_end(((struct chess_units *)ctx)->window);
}

static bool source_above(void *ctx)
{
	return !window_at_start(((struct chess_units *)ctx)->window);
}

void chess_units_came(struct chess_units *u)
{
	u->nparts = window_rows(u->window);
	u->parts = xreallocarray(u->parts, (size_t)u->nparts + 1, sizeof(*u->parts));
	memset(u->parts, 0, (size_t)u->nparts * sizeof(*u->parts));
	for (int row = 0; row < u->nparts; row++) {
		const char *parent = window_cell(u->window, row, "parent");
		int at = parent[0] ? window_find(u->window, parent) : -1;

		if (at >= 0)
			u->parts[at] = true;
	}
}

/* The i-th of the uses of a cell, as a row of *t; -1 past the last. */
int chess_use(const struct chess_units *u, int row, day_t day, int i, const struct table **t)
{
	int at;

	for (int k = 0; (at = spans_row(&u->spans, chess_unit(u, row), k, t)) >= 0; k++)
		if (day_parse(table_get(*t, at, "check_in")) <= day && day_parse(table_get(*t, at, "check_out")) > day && i-- == 0)
			return at;
	return -1;
}

const struct resource *chess_use_resource(const struct table *t, int at)
{
	const char *kind = table_get(t, at, "kind");

	return catalogue_resource(!strcmp(kind, "stay") ? "reservation" : kind);
}

void chess_use_text(const struct table *t, int at, struct strbuf *out)
{
	bool block = !strcmp(table_get(t, at, "kind"), "block");
	const struct field *f = resource_field(chess_use_resource(t, at), "status");
	const struct choice *c = f ? choice_find(f->choices, table_get(t, at, "status")) : NULL;

	if (!table_get(t, at, "id")[0])
		strbuf_puts(out, _("taken"));
	else if (block)
		strbuf_printf(out, "%s: %s", _("blocked"), reason_label(table_get(t, at, "label")));
	else
		strbuf_printf(out, "%s%s%s, %s", table_get(t, at, "no"), table_get(t, at, "label")[0] ? " " : "",
		    table_get(t, at, "label"),
		    c ? _(c->label) : table_get(t, at, "status"));
	strbuf_printf(out, ", %s", _("until"));
	strbuf_putc(out, ' ');
	format_day(out, day_parse(table_get(t, at, "check_out")));
}

const struct chess_source CHESS_UNITS = {
	.rows = source_rows, .row_title = source_title, .row_depth = source_depth, .marked = source_marked,
	.known = chess_unit_known, .span = source_span, .month = source_month, .weekday = source_weekday,
	.more_below = source_below, .more_above = source_above,
};

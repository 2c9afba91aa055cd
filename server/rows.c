#include "config.h"

#include "server/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/money.h"
#include "client/celltext.h"

static void add_all(struct out_columns *c, const struct resource *res, const struct report *rep, const struct table *t)
{
	for (int i = 0; i < table_cols(t); i++)
		out_columns_add(c, table_name(t, i), NULL, column_type(res, rep, table_name(t, i)));
}

/* People may call a field as the headings of their files do; a program would wait for a member of that name. */
static bool own_names(const struct resource *res, const char *fields, struct err *e)
{
	char *copy = xstrdup(fields), *rest = copy, *name;
	const struct field *f;

	while ((name = strsep(&rest, ", ")) != NULL) {
		if (resource_shown(res, name) != NULL || (f = resource_field(res, name)) == NULL)
			continue;
		err_set(e, ERR_USAGE, "E-USAGE", "fields", NULL, "%.60s is a word of import files", name);
		snprintf(e->remedy, sizeof e->remedy, "Here the field is %.60s", f->name);
		break;
	}
	free(copy);
	return name == NULL;
}

bool rows_columns(struct out_columns *c, const struct resource *res, const struct report *rep, const struct table *t,
    const char *fields, struct err *e)
{
	if (fields != NULL && res != NULL && !(own_names(res, fields, e) && out_columns_named(c, res, fields, true, e)))
		return false;
	if (c->n == 0)
		add_all(c, res, rep, t);
	for (size_t i = 0; i < c->n; i++)
		c->v[i].heading = c->v[i].name; /* the JSON key */
	return true;
}

/* Where each column is in the rows, and what stands before its cell: the key as JSON. Made once for all rows. */
struct layout {
	int currency, *at; /* -1 = absent */
	size_t *end;       /* of each key in `keys` */
	struct strbuf keys;
};

static struct layout layout(const struct out_columns *c, const struct table *t)
{
	struct layout l = { .currency = table_col(t, "currency") };

	l.at = xcalloc(c->n + 1, sizeof *l.at);
	l.end = xcalloc(c->n + 1, sizeof *l.end);
	for (size_t i = 0; i < c->n; i++) {
		l.at[i] = table_col(t, c->v[i].name);
		strbuf_puts(&l.keys, i > 0 ? "," : "");
		json_text(&l.keys, c->v[i].heading);
		strbuf_putc(&l.keys, ':');
		l.end[i] = l.keys.len;
	}
	return l;
}

static void layout_free(struct layout *l)
{
	strbuf_free(&l->keys);
	free(l->at);
	free(l->end);
}

/* Minor units as a JSON number of major ones, without a detour over floating point. */
static void put_major(struct strbuf *out, const char *cell, const char *currency)
{
	char text[40];

	money_format(strtoll(cell, NULL, 10), currency != NULL ? currency : "KZT", false, text);
	strbuf_puts(out, text);
}

static void put_row(struct strbuf *out, const struct out_columns *c, const struct table *t, int row,
    const struct layout *l)
{
	size_t key = 0;

	strbuf_putc(out, '{');
	for (size_t i = 0; i < c->n; key = l->end[i++]) {
		const char *cell = table_cell(t, row, l->at[i]);

		strbuf_add(out, strbuf_str(&l->keys) + key, l->end[i] - key);
		if (cell != NULL && c->v[i].type == FT_MONEY && !c->v[i].programs)
			put_major(out, cell, table_cell(t, row, l->currency));
		else
			json_cell(out, c->v[i].type, cell);
	}
	strbuf_putc(out, '}');
}

void rows_one(struct strbuf *out, const struct out_columns *c, const struct table *t, int row)
{
	struct layout l = layout(c, t);

	put_row(out, c, t, row, &l);
	layout_free(&l);
}

void rows_all(struct strbuf *out, const struct out_columns *c, const struct table *t)
{
	rows_some(out, c, t, table_rows(t));
}

void rows_some(struct strbuf *out, const struct out_columns *c, const struct table *t, int most)
{
	struct layout l = layout(c, t);

	strbuf_putc(out, '[');
	for (int row = 0; row < table_rows(t) && row < most; row++) {
		if (row > 0)
			strbuf_putc(out, ',');
		put_row(out, c, t, row, &l);
	}
	strbuf_putc(out, ']');
	layout_free(&l);
}

void rows_names(struct strbuf *out, const struct out_columns *c)
{
	strbuf_putc(out, '[');
	for (size_t i = 0; i < c->n; i++) {
		strbuf_puts(out, i > 0 ? "," : "");
		json_text(out, c->v[i].heading);
	}
	strbuf_putc(out, ']');
}

json_t *rows_object(const struct out_columns *c, const struct table *t)
{
	struct strbuf text = { 0 };

	rows_one(&text, c, t, 0);
	json_t *o = json_loadb(strbuf_str(&text), text.len, 0, NULL);
	strbuf_free(&text);
	return o;
}

/* FNV-1a: a tag tells versions apart, it keeps nobody out. */
static uint64_t hash(uint64_t h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
	return h;
}

void rows_etag(const struct table *t, char tag[static 64])
{
	const char *version = table_get(t, 0, "version");
	uint64_t h = 0xcbf29ce484222325u;

	tag[0] = '\0';
	if (*version == '\0')
		return;
	for (int c = 0; c < table_cols(t); c++) {
		const char *cell = table_cell(t, 0, c);
		h = cell != NULL ? hash(h, cell, strlen(cell) + 1) : hash(h, "\1", 2);
	}
	snprintf(tag, 64, "\"v%.20s.%016" PRIx64 "\"", version, h);
}

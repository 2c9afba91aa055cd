#include "config.h"

#include "server/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/money.h"
#include "client/celltext.h"

static enum field_type type_of(const struct resource *res, const struct report *rep, const char *name)
{
	char column[64];

	for (const struct field *f = res != NULL ? res->fields : NULL; f != NULL && f->name != NULL; f++)
		if (strcmp(field_column(f, column), name) == 0)
			return f->type;
	for (const struct column *k = rep != NULL ? rep->columns : NULL; k != NULL && k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k->type;
	return FT_TEXT;
}

static void add_all(struct out_columns *c, const struct resource *res, const struct report *rep, const struct table *t)
{
	for (int i = 0; i < table_cols(t); i++)
		out_columns_add(c, table_name(t, i), NULL, type_of(res, rep, table_name(t, i)));
}

const struct field *rows_field(const struct resource *res, const char *name)
{
	char column[64], label[72];

	for (const struct field *f = res->fields; f->name != NULL; f++) {
		if (f->flags & F_FILTER_ONLY)
			continue;
		snprintf(label, sizeof label, "%s_label", f->name);
		if (strcmp(f->name, name) == 0 || strcmp(field_column(f, column), name) == 0 ||
		    (f->type == FT_REF && strcmp(label, name) == 0))
			return f;
	}
	return NULL;
}

/* People may call a field as the headings of their files do; a program would wait for a member of that name. */
static bool own_names(const struct resource *res, const char *fields, struct err *e)
{
	char *copy = xstrdup(fields), *rest = copy, *name;
	const struct field *f;

	while ((name = strsep(&rest, ", ")) != NULL) {
		if (rows_field(res, name) != NULL || (f = resource_field(res, name)) == NULL)
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

/* Where each column is in the rows; -1 = absent. The caller frees. */
static int *places(const struct out_columns *c, const struct table *t)
{
	int *at = xcalloc(c->n + 1, sizeof *at);

	for (size_t i = 0; i < c->n; i++)
		at[i] = table_col(t, c->v[i].name);
	at[c->n] = table_col(t, "currency");
	return at;
}

/* Minor units as a JSON number of major ones, without a detour over floating point. */
static void put_major(struct strbuf *out, const char *cell, const char *currency)
{
	char text[40];

	money_format(strtoll(cell, NULL, 10), currency != NULL ? currency : "KZT", false, text);
	strbuf_puts(out, text);
}

static void put_row(struct strbuf *out, const struct out_columns *c, const struct table *t, int row, const int *at)
{
	strbuf_putc(out, '{');
	for (size_t i = 0; i < c->n; i++) {
		const char *cell = table_cell(t, row, at[i]);

		strbuf_puts(out, i > 0 ? "," : "");
		json_text(out, c->v[i].heading);
		strbuf_putc(out, ':');
		if (cell != NULL && c->v[i].type == FT_MONEY && !c->v[i].programs)
			put_major(out, cell, table_cell(t, row, at[c->n]));
		else
			json_cell(out, c->v[i].type, cell);
	}
	strbuf_putc(out, '}');
}

void rows_one(struct strbuf *out, const struct out_columns *c, const struct table *t, int row)
{
	int *at = places(c, t);

	put_row(out, c, t, row, at);
	free(at);
}

void rows_all(struct strbuf *out, const struct out_columns *c, const struct table *t)
{
	rows_some(out, c, t, table_rows(t));
}

void rows_some(struct strbuf *out, const struct out_columns *c, const struct table *t, int most)
{
	int *at = places(c, t);

	strbuf_putc(out, '[');
	for (int row = 0; row < table_rows(t) && row < most; row++) {
		strbuf_puts(out, row > 0 ? "," : "");
		put_row(out, c, t, row, at);
	}
	strbuf_putc(out, ']');
	free(at);
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

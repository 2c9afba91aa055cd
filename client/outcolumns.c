#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "client/outcolumns.h"

void out_columns_free(struct out_columns *c)
{
	free(c->v);
	*c = (struct out_columns){ 0 };
}

struct out_column *out_columns_add(struct out_columns *c, const char *name, const char *heading, enum field_type type)
{
	c->v = xreallocarray(c->v, c->n + 1, sizeof *c->v);
	struct out_column *col = &c->v[c->n++];
	*col = (struct out_column){ .heading = heading, .type = type, .people = true, .programs = true };
	snprintf(col->name, sizeof col->name, "%s", name);
	return col;
}

static bool has(const struct out_columns *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->v[i].name, name))
			return true;
	return false;
}

/* A field's column; a reference has two, the id for programs and the label for both. */
static void add_field(struct out_columns *c, const struct field *f, bool people, bool label)
{
	char column[64], name[72];

	struct out_column *col = out_columns_add(c, field_column(f, column), f->label, f->type);
	col->choices = f->choices;
	col->people = people && f->type != FT_REF;
	if (f->type != FT_REF)
		return;
	snprintf(name, sizeof name, "%.63s_label", column);
	col = out_columns_add(c, name, f->label, FT_TEXT);
	col->people = people;
	col->programs = label;
}

void out_columns_resource(struct out_columns *c, const struct resource *r, bool whole)
{
	c->title = r->label;
	for (const struct field *f = r->fields; f->name; f++)
		if (!(f->flags & (F_SECRET | F_FILTER_ONLY)))
			add_field(c, f, whole || (f->flags & F_LIST), true);
}

static void add_currency(struct out_columns *c, const struct resource *r, bool people)
{
	const struct field *currency = resource_field(r, "currency");
	bool money = false;

	for (size_t i = 0; i < c->n; i++)
		money = money || c->v[i].type == FT_MONEY;
	if (money && currency && !has(c, "currency"))
		add_field(c, currency, people, true);
}

void out_columns_fields(struct out_columns *c, const struct resource *r, const struct field *const *fields, int n)
{
	c->title = r->label;
	for (int i = 0; i < n; i++)
		if (!(fields[i]->flags & (F_SECRET | F_FILTER_ONLY)))
			add_field(c, fields[i], true, true);
	add_currency(c, r, false);
}

/* "unit", "price_minor", "unit_label": the name of a field, of its column, or of its label's column. */
static bool add_named(struct out_columns *c, const struct resource *r, const char *name, bool json)
{
	char plain[72];
	size_t n = strlen(name);
	const struct field *f = resource_field(r, name);

	for (const struct field *g = r->fields; !f && g->name; g++)
		if (field_is_column(g, name))
			f = g;
	if (f && !(f->flags & (F_SECRET | F_FILTER_ONLY))) {
		add_field(c, f, true, json);
		return true;
	}
	if (n <= 6 || n >= sizeof plain || strcmp(name + n - 6, "_label"))
		return false;
	snprintf(plain, sizeof plain, "%.*s", (int)(n - 6), name);
	f = resource_field(r, plain);
	if (!f || f->type != FT_REF)
		return false;
	out_columns_add(c, name, f->label, FT_TEXT);
	return true;
}

bool out_columns_named(struct out_columns *c, const struct resource *r, const char *names, bool json, struct err *e)
{
	char *copy = xstrdup(names), *rest = copy, *name;
	bool good = true;

	c->title = r->label;
	while (good && (name = strsep(&rest, ", "))) {
		good = !*name || add_named(c, r, name, json);
		if (!good)
			resource_unknown_field(r, name, ERR_USAGE, "E-USAGE", e);
	}
	if (good && json)
		add_currency(c, r, true);
	if (good && c->n == 0) {
		err_set(e, ERR_USAGE, "E-USAGE", "columns", NULL, _("no column is named"));
		good = false;
	}
	free(copy);
	return good;
}

void out_columns_report(struct out_columns *c, const struct report *r)
{
	c->title = r->label;
	for (const struct column *k = r->columns; k->name; k++) {
		struct out_column *col = out_columns_add(c, k->name, k->label, k->type);
		/* what a drill-down needs says nothing to a person, and amounts carry their currency */
		col->people = strcmp(k->name, "key") && strcmp(k->name, "filter") && k->type != FT_UUID &&
		    strcmp(k->name, "currency");
	}
}

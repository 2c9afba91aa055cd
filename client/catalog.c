#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "client/resource.h"
#include "client/value.h"

#include "client/catalog.inc"

const struct resource *const *catalogue_resources(void)
{
	return resources;
}

const struct report *const *catalogue_reports(void)
{
	return reports;
}

static bool listed(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

const struct resource *catalogue_resource(const char *name)
{
	for (const struct resource *const *r = resources; *r != NULL; r++)
		if (strcmp((*r)->name, name) == 0 || strcmp((*r)->singular, name) == 0 ||
		    listed((*r)->aliases, name))
			return *r;
	return NULL;
}

const struct report *catalogue_report(const char *name)
{
	for (const struct report *const *r = reports; *r != NULL; r++)
		if (strcmp((*r)->name, name) == 0)
			return *r;
	return NULL;
}

/* Names come before aliases: a field called as another one's alias wins. */
const struct field *resource_field(const struct resource *r, const char *name_or_alias)
{
	for (const struct field *f = r->fields; f->name != NULL; f++)
		if (strcmp(f->name, name_or_alias) == 0)
			return f;
	for (const struct field *f = r->fields; f->name != NULL; f++)
		if (listed(f->aliases, name_or_alias))
			return f;
	return NULL;
}

static const struct field *flagged(const struct resource *r, unsigned flag)
{
	for (const struct field *f = r->fields; f->name != NULL; f++)
		if (f->flags & flag)
			return f;
	return NULL;
}

const struct field *resource_key(const struct resource *r)
{
	return flagged(r, F_KEY);
}

const struct field *resource_label(const struct resource *r)
{
	return flagged(r, F_LABEL);
}

const struct action *resource_action(const struct resource *r, const char *name)
{
	for (const struct action *a = r->actions; a != NULL && a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

bool action_starts(const struct action *a, const char *state)
{
	for (const char *const *from = a->from; from && *from; from++)
		if (!strcmp(*from, state))
			return true;
	return false;
}

bool field_creatable(const struct field *f)
{
	return !(f->flags & (F_READONLY | F_IMPORT_ONLY | F_FILTER_ONLY));
}

bool field_editable(const struct field *f)
{
	return field_creatable(f) && !(f->flags & F_CREATE_ONLY);
}

bool field_importable(const struct field *f)
{
	return !(f->flags & (F_READONLY | F_FILTER_ONLY));
}

static const char *unit_of(const struct field *f)
{
	return f->type == FT_MONEY ? "_minor" : f->type == FT_BP ? "_bp" : "";
}

const char *field_column(const struct field *f, char buf[static 64])
{
	snprintf(buf, 64, "%s%s", f->name, unit_of(f));
	return buf;
}

bool field_is_column(const struct field *f, const char *column)
{
	size_t n = strlen(f->name);

	return strncmp(f->name, column, n) == 0 && strcmp(column + n, unit_of(f)) == 0;
}

const struct field *resource_shown(const struct resource *r, const char *name)
{
	for (const struct field *f = r->fields; f->name != NULL; f++) {
		size_t n = strlen(f->name);

		if (f->flags & F_FILTER_ONLY)
			continue;
		if (strcmp(f->name, name) == 0 || field_is_column(f, name) ||
		    (f->type == FT_REF && strncmp(f->name, name, n) == 0 && strcmp(name + n, "_label") == 0))
			return f;
	}
	return NULL;
}

enum field_type column_type(const struct resource *res, const struct report *rep, const char *column)
{
	for (const struct field *f = res != NULL ? res->fields : NULL; f != NULL && f->name != NULL; f++)
		if (field_is_column(f, column))
			return f->type;
	for (const struct column *c = rep != NULL ? rep->columns : NULL; c != NULL && c->name != NULL; c++)
		if (strcmp(c->name, column) == 0)
			return c->type;
	return FT_TEXT;
}

const struct choice *choice_find(const struct choice *choices, const char *text)
{
	const struct choice *found = NULL;
	char *wanted = text_fold(text);

	for (const struct choice *c = choices; c != NULL && c->value != NULL && found == NULL; c++) {
		char *value = text_fold(c->value), *label = text_fold(_(c->label));
		if (strcmp(value, wanted) == 0 || strcmp(label, wanted) == 0)
			found = c;
		free(value);
		free(label);
	}
	free(wanted);
	return found;
}

/* Is b within two typing mistakes of a, or does one begin with the other? Lengths are those of names. */
bool names_close(const char *a, const char *b)
{
	int row[64] = { 0 }, n = (int)strlen(b);
	if (n >= 64 || strlen(a) >= 64)
		return false;
	if (strlen(a) >= 2 && (strncmp(a, b, strlen(a)) == 0 || strstr(b, a) != NULL))
		return true;

	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; a[i - 1] != '\0'; i++) {
		int diagonal = row[0];
		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int best = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[n] <= (n <= 4 ? 1 : 2);
}

/* "a, b, c", ending with an ellipsis instead of half a name. */
static void list_fields(struct strbuf *out, const struct resource *r, const char *close,
    size_t room)
{
	for (const struct field *f = r->fields; f->name != NULL; f++) {
		if ((f->flags & F_SECRET) || (close != NULL && !names_close(close, f->name)))
			continue;
		if (out->len + strlen(f->name) + 6 > room) {
			strbuf_puts(out, " …");
			return;
		}
		strbuf_printf(out, "%s%s", out->len > 0 ? ", " : "", f->name);
	}
}

void resource_unknown_field(const struct resource *r, const char *name, int kind,
    const char *code, struct err *e)
{
	struct strbuf close = { 0 }, all = { 0 };

	list_fields(&close, r, name, 120);
	list_fields(&all, r, NULL, sizeof e->remedy - 40);
	char *remedy = xasprintf(_("Fields: %s"), strbuf_str(&all));
	if (close.len > 0)
		err_set(e, (enum err_kind)kind, code, name, remedy,
		    _("%s has no field \"%.60s\"; close: %s"), r->name, name,
		    strbuf_str(&close));
	else
		err_set(e, (enum err_kind)kind, code, name, remedy, _("%s has no field \"%.60s\""),
		    r->name, name);
	free(remedy);
	strbuf_free(&close);
	strbuf_free(&all);
}

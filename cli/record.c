#include "config.h"

#include "cli/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"

const struct resource *record_resource(const char *name, struct err *e)
{
	const struct resource *const *all = catalogue_resources();
	const struct resource *res = catalogue_resource(name);
	const char *names[128];
	size_t n = 0;

	if (res)
		return res;
	for (; all[n] && n < ARRAY_LEN(names) - 1; n++)
		names[n] = all[n]->name;
	names[n] = NULL;
	const char *near = closest(name, names);
	char *remedy = near ? xasprintf(_("Did you mean %s?"), near) : xstrdup(_("See domovoi describe"));
	err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("there is no resource %s"), name);
	free(remedy);
	return NULL;
}

const char *record_currency(const struct run *r)
{
	const char *currency = session_currency(r->session);

	return currency && *currency ? currency : NULL;
}

bool record_print(struct run *r, const struct resource *res, const struct table *rows)
{
	struct out_columns columns = { 0 };
	struct output *out = output_open(r->o);

	out_columns_resource(&columns, res, true);
	output_begin(out, &columns, true);
	output_rows(out, rows);
	bool good = output_close(out, &r->err);
	out_columns_free(&columns);
	return good;
}

static char *json_as_text(const json_t *v)
{
	if (json_is_string(v))
		return xstrdup(json_string_value(v));
	if (json_is_boolean(v))
		return xstrdup(json_is_true(v) ? "t" : "f");
	return json_is_null(v) ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
}

struct table *record_table(const json_t *row)
{
	size_t n = json_object_size(row), i = 0;
	const char **names = xcalloc(n + 1, sizeof *names);
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)row, key, value)
		names[i++] = key;
	struct table *t = table_new((int)n, names);
	json_object_foreach((json_t *)row, key, value) {
		char *text = json_as_text(value);
		table_add(t, text, text ? strlen(text) : 0);
		free(text);
	}
	free(names);
	return t;
}

bool record_print_json(struct run *r, const struct resource *res, const json_t *row)
{
	if (!json_is_object(row))
		return true;
	struct table *t = record_table(row);
	bool good = record_print(r, res, t);
	table_free(t);
	return good;
}

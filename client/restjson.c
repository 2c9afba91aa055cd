#include "config.h"

#include "client/restjson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/answer.h"

const char *restjson_instant(const char *iso, char buf[static 48])
{
	size_t n = strlen(iso);

	if (n < 20 || n > 40 || iso[10] != 'T')
		return iso;
	/* a zone of whole hours: celltext.c wrote the minutes that the database leaves out */
	bool whole = strcmp(iso + n - 3, ":00") == 0 && (iso[n - 6] == '+' || iso[n - 6] == '-');
	snprintf(buf, 48, "%.10s %.*s", iso, (int)(n - 11 - (whole ? 3 : 0)), iso + 11);
	return buf;
}

static void add_text(struct table *t, const char *s)
{
	table_add(t, s, strlen(s));
}

/* False: an object or an array is no cell; nor is a number with a fraction, money never is one. */
static bool add_cell(struct table *t, const json_t *value, enum field_type type)
{
	char buf[48];

	switch (json_typeof(value)) {
	case JSON_NULL:
		table_add(t, NULL, 0);
		return true;
	case JSON_STRING:
		add_text(t, type == FT_TIME ? restjson_instant(json_string_value(value), buf) : json_string_value(value));
		return true;
	case JSON_INTEGER:
		snprintf(buf, sizeof buf, "%lld", (long long)json_integer_value(value));
		add_text(t, buf);
		return true;
	case JSON_TRUE:
	case JSON_FALSE:
		add_text(t, json_is_true(value) ? "t" : "f");
		return true;
	default:
		return false;
	}
}

static bool add_row(struct table *t, const json_t *row, const enum field_type *type, int reason)
{
	for (int c = 0; c < table_cols(t); c++) {
		const json_t *value = json_object_get(row, table_name(t, c));

		if (value == NULL)
			return false;
		if (c == reason && json_is_string(value))
			answer_add_reason(t, json_string_value(value));
		else if (!add_cell(t, value, type[c]))
			return false;
	}
	return true;
}

static struct table *begin(const json_t *columns)
{
	size_t n = json_array_size(columns);
	const char **names = xcalloc(n + 1, sizeof *names);
	struct table *t = NULL;
	bool good = n > 0;

	for (size_t i = 0; i < n && good; i++) {
		names[i] = json_string_value(json_array_get(columns, i));
		good = names[i] != NULL;
	}
	if (good)
		t = table_new((int)n, names);
	free(names);
	return t;
}

struct table *restjson_table(const json_t *rows, const json_t *columns, const struct resource *res,
    const struct report *rep, unsigned most)
{
	struct table *t = json_is_array(rows) ? begin(columns) : NULL;
	enum field_type *type;
	bool good = true;
	const json_t *row;
	size_t i;

	if (t == NULL)
		return NULL;
	type = xcalloc((size_t)table_cols(t), sizeof *type);
	for (int c = 0; c < table_cols(t); c++)
		type[c] = column_type(res, rep, table_name(t, c));
	json_array_foreach(rows, i, row)
		if (good && (most == 0 || i < most))
			good = add_row(t, row, type, rep != NULL ? table_col(t, "reason") : -1);
	free(type);
	if (good)
		return t;
	table_free(t);
	return NULL;
}

/* Where a list is, as one line for the palette, and where on it, for coming back. */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/command.h"
#include "screens/rows.h"

#define MARKS_MOST 500 /* more are not carried over: the line is noted after every key */

void rows_place(const struct rows *r, struct strbuf *out)
{
	strbuf_printf(out, "%s%s%s", command_code(r->query.res), r->filter.text[0] ? " " : "", r->filter.text);
}

const char *rows_subject(const struct rows *r, const char **id)
{
	*id = r->id;
	return r->id[0] ? r->query.res->name : NULL;
}

static json_t *marks_json(const struct marks *m)
{
	json_t *all = json_array();

	for (int i = 0; i < m->n && m->n <= MARKS_MOST; i++)
		json_array_append_new(all, json_pack("[s, s]", m->all[i].id, m->all[i].label ? m->all[i].label : ""));
	return all;
}

void rows_keep(const struct rows *r, struct strbuf *out)
{
	json_t *o = json_object();
	char *text;

	if (r->query.sort)
		json_object_set_new(o, "sort", json_string(r->query.sort->name));
	if (r->query.descending)
		json_object_set_new(o, "descending", json_true());
	if (r->id[0])
		json_object_set_new(o, "id", json_string(r->id));
	if (r->marks.n > 0)
		json_object_set_new(o, "marks", marks_json(&r->marks));
	text = json_dumps(o, JSON_COMPACT);
	if (text)
		strbuf_puts(out, text);
	free(text);
	json_decref(o);
}

static void restore_marks(struct rows *r, const json_t *all)
{
	size_t i;
	json_t *one;

	json_array_foreach(all, i, one) {
		const char *id = json_string_value(json_array_get(one, 0));
		const char *label = json_string_value(json_array_get(one, 1));
		struct mark mark = { .label = (char *)label };

		if (!id || !uuid_valid(id) || !label)
			continue;
		snprintf(mark.id, sizeof(mark.id), "%s", id);
		marks_put(&r->marks, &mark);
	}
}

void rows_restore(struct rows *r, const char *kept)
{
	json_t *o = json_loads(kept, 0, NULL);
	const char *sort = json_string_value(json_object_get(o, "sort")), *id = json_string_value(json_object_get(o, "id"));
	const struct field *f = sort ? resource_field(r->query.res, sort) : NULL;
	bool descending = json_is_true(json_object_get(o, "descending"));

	if (f && f->flags & F_SORT && (f != r->query.sort || descending != r->query.descending))
		rows_sort(r, f, descending);
	if (id && uuid_valid(id))
		snprintf(r->id, sizeof(r->id), "%s", id); /* the cursor goes there if it is among the first rows */
	restore_marks(r, json_object_get(o, "marks"));
	json_decref(o);
}

#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/memory.h"

#define LINES_MOST 200
#define NAME_MOST 40

void memory_free(struct memory *m)
{
	json_decref(m->history);
	json_decref(m->views);
	json_decref(m->settings);
	free(m->names);
	*m = (struct memory){ 0 };
}

/* The document as it is on the disk now: another console may have added to it. Nothing there: as we know it. */
static json_t *fresh(json_t **kept, struct screen *s, const char *name)
{
	struct statedir *d = screen_statedir(s);
	json_t *doc = d ? statedir_get(d, name) : NULL;

	if (json_is_object(doc)) {
		json_decref(*kept);
		*kept = doc;
	} else {
		json_decref(doc);
	}
	if (!*kept)
		*kept = json_object();
	return *kept;
}

static bool put(struct screen *s, const char *name, const json_t *doc, struct err *e)
{
	struct statedir *d = screen_statedir(s);

	return !d || statedir_put(d, name, doc, e);
}

/* ---- lines ---- */

const char *memory_line(struct memory *m, struct screen *s, const char *kind, int i)
{
	json_t *doc = m->history ? m->history : fresh(&m->history, s, "history");

	return json_string_value(json_array_get(json_object_get(doc, kind), (size_t)i));
}

void memory_add_line(struct memory *m, struct screen *s, const char *kind, const char *line)
{
	json_t *all = fresh(&m->history, s, "history"), *lines = json_object_get(all, kind);
	json_t *text = json_string(line);

	if (!text)
		return;
	if (!json_is_array(lines)) {
		lines = json_array();
		json_object_set_new(all, kind, lines);
	}
	for (size_t i = json_array_size(lines); i-- > 0;)
		if (json_equal(json_array_get(lines, i), text))
			json_array_remove(lines, i);
	json_array_insert_new(lines, 0, text);
	while (json_array_size(lines) > LINES_MOST)
		json_array_remove(lines, json_array_size(lines) - 1);
	put(s, "history", all, NULL);
}

/* ---- views ---- */

const struct command_name *memory_views(struct memory *m, struct screen *s)
{
	json_t *doc = m->views ? m->views : fresh(&m->views, s, "views");
	const char *name;
	json_t *view;
	size_t n = 0;

	free(m->names);
	m->names = xcalloc(json_object_size(doc) + 1, sizeof(*m->names));
	json_object_foreach(doc, name, view) {
		const char *line = json_string_value(json_object_get(view, "line"));

		if (line)
			m->names[n++] = (struct command_name){ .name = name, .title = line };
	}
	return m->names;
}

static bool is_name(const char *name)
{
	return *name && strlen(name) <= NAME_MOST && !strpbrk(name, " \t\r\n\"@=,");
}

const char *memory_view_kept(struct memory *m, const char *name)
{
	const char *kept = json_string_value(json_object_get(json_object_get(m->views, name), "kept"));

	return kept ? kept : "";
}

/* Marks and the cursor belong to the moment, not to the view. */
static json_t *lasting(const char *kept)
{
	json_t *o = json_loads(kept, 0, NULL), *text;
	char *rest;

	if (!json_is_object(o)) {
		json_decref(o);
		return json_string(kept);
	}
	json_object_del(o, "marks");
	json_object_del(o, "id");
	rest = json_dumps(o, JSON_COMPACT);
	text = json_string(rest ? rest : "");
	free(rest);
	json_decref(o);
	return text;
}

bool memory_save_view(struct memory *m, struct screen *s, const char *name, const char *line, const char *kept,
    struct err *e)
{
	json_t *all = fresh(&m->views, s, "views"), *view = json_pack("{s:s, s:o}", "line", line, "kept", lasting(kept));

	if (!is_name(name) || !view) {
		json_decref(view);
		err_set(e, ERR_USAGE, "E-VIEW", NULL, _("One word of at most 40 letters"), _("%.60s is no name for a view"),
		    name);
		return false;
	}
	json_object_set_new(all, name, view);
	return put(s, "views", all, e);
}

bool memory_drop_view(struct memory *m, struct screen *s, const char *name, struct err *e)
{
	json_t *all = fresh(&m->views, s, "views");

	if (json_object_del(all, name) != 0) {
		err_set(e, ERR_NOT_FOUND, "E-VIEW", NULL, NULL, _("there is no saved view %.60s"), name);
		return false;
	}
	return put(s, "views", all, e);
}

/* ---- settings ---- */

bool memory_flag(struct memory *m, struct screen *s, const char *name, bool otherwise)
{
	json_t *flag = json_object_get(fresh(&m->settings, s, "settings"), name);

	return flag ? json_is_true(flag) : otherwise;
}

void memory_set_flag(struct memory *m, struct screen *s, const char *name, bool on)
{
	json_t *all = fresh(&m->settings, s, "settings");

	json_object_set_new(all, name, json_boolean(on));
	put(s, "settings", all, NULL);
}

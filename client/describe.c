#include "config.h"

#include "client/describe.h"

#include "base/mem.h"

const char *field_type_name(enum field_type type)
{
	static const char *const names[] = {
		[FT_TEXT] = "text", [FT_INT] = "int", [FT_MONEY] = "money", [FT_BP] = "bp",
		    [FT_DATE] = "date",
		[FT_TIME] = "time", [FT_BOOL] = "bool", [FT_CHOICE] = "choice", [FT_REF] = "ref",
		    [FT_UUID] = "uuid",
	};
	return names[type];
}

/* Takes the value over; NULL is left out. */
static void put(json_t *o, const char *key, json_t *value)
{
	if (value != NULL && json_object_set_new(o, key, value) != 0)
		die("out of memory (json)");
}

static void put_text(json_t *o, const char *key, const char *value)
{
	put(o, key, value == NULL ? NULL : json_string(value));
}

static void push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		die("out of memory (json)");
}

static json_t *names(const char *const *list)
{
	json_t *array = list == NULL ? NULL : json_array();
	for (; list != NULL && *list != NULL; list++)
		push(array, json_string(*list));
	return array;
}

static json_t *choices(const struct choice *c)
{
	json_t *array = c == NULL ? NULL : json_array();
	for (; c != NULL && c->value != NULL; c++) {
		json_t *o = json_object();
		put_text(o, "value", c->value);
		put_text(o, "label", c->label);
		push(array, o);
	}
	return array;
}

/* {"overdue": "is_open"}: what a filter by the value may ask for as well. */
static json_t *narrow(const struct choice *c)
{
	json_t *o = c == NULL ? NULL : json_object();
	for (; c != NULL && c->value != NULL; c++)
		put_text(o, c->value, c->label);
	return o;
}

static json_t *flags(unsigned set)
{
	static const struct { unsigned bit; const char *name; } known[] = {
		{ F_KEY, "key" }, { F_READONLY, "readonly" }, { F_REQUIRED, "required" }, { F_LIST,
		    "list" },
		{ F_SEARCH, "search" }, { F_SORT, "sort" }, { F_SECRET, "secret" }, { F_PERSONAL,
		    "personal" },
		{ F_LABEL, "label" }, { F_NUMBER, "number" }, { F_IMPORT_ONLY, "import_only" },
		{ F_CREATE_ONLY, "create_only" }, { F_FILTER_ONLY, "filter_only" },
		{ F_MANY, "many" },
	};
	json_t *array = json_array();
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (set & known[i].bit)
			push(array, json_string(known[i].name));
	return array;
}

static json_t *field(const struct field *f)
{
	json_t *o = json_object();
	char column[64];

	put_text(o, "name", f->name);
	put_text(o, "label", f->label);
	put_text(o, "type", field_type_name(f->type));
	put_text(o, "column", field_column(f, column));
	put(o, "flags", flags(f->flags));
	if (f->min != 0 || f->max != 0) {
		put(o, "min", json_integer(f->min));
		put(o, "max", f->max == INT64_MAX ? NULL : json_integer(f->max));
	}
	put(o, "width", f->width > 0 ? json_integer(f->width) : NULL);
	put(o, "choices", choices(f->choices));
	put(o, "narrow", narrow(f->narrow));
	put_text(o, "ref", f->ref);
	put_text(o, "help", f->help);
	put(o, "aliases", names(f->aliases));
	return o;
}

static json_t *arguments(const struct arg *a)
{
	json_t *array = json_array();
	for (; a != NULL && a->name != NULL; a++) {
		json_t *o = json_object();
		put_text(o, "name", a->name);
		put_text(o, "label", a->label);
		put_text(o, "type", field_type_name(a->type));
		put(o, "required", json_boolean(a->required));
		put(o, "choices", choices(a->choices));
		put_text(o, "ref", a->ref);
		put_text(o, "default", a->fallback);
		push(array, o);
	}
	return array;
}

static json_t *action(const struct action *a)
{
	json_t *o = json_object();
	put_text(o, "name", a->name);
	put_text(o, "label", a->label);
	put_text(o, "permission", a->permission);
	put(o, "from", names(a->from));
	put_text(o, "to", a->to);
	put(o, "destructive", json_boolean(a->flags & A_DESTRUCTIVE));
	put(o, "reason_required", json_boolean(a->flags & A_REASON));
	put(o, "arguments", arguments(a->args));
	put_text(o, "undo", a->undo);
	return o;
}

static json_t *permissions(const struct resource *r)
{
	json_t *o = json_object();
	put_text(o, "read", r->read);
	put_text(o, "create", r->create);
	put_text(o, "edit", r->edit);
	put_text(o, "import", r->import);
	return o;
}

json_t *describe_resource(const struct resource *r)
{
	json_t *o = json_object(), *fields = json_array(), *actions = json_array();

	for (const struct field *f = r->fields; f->name != NULL; f++)
		push(fields, field(f));
	for (const struct action *a = r->actions; a != NULL && a->name != NULL; a++)
		push(actions, action(a));
	put_text(o, "name", r->name);
	put_text(o, "singular", r->singular);
	put_text(o, "label", r->label);
	put(o, "aliases", names(r->aliases));
	put_text(o, "state", r->state);
	put_text(o, "sort", r->sort);
	put(o, "permissions", permissions(r));
	put(o, "fields", fields);
	put(o, "actions", actions);
	return o;
}

static json_t *lists_of(const struct drill *d)
{
	json_t *all = json_array();

	for (; d->resource != NULL; d++) {
		json_t *one = json_object();
		put_text(one, "resource", d->resource);
		put_text(one, "filter", d->filter);
		push(all, one);
	}
	return all;
}

json_t *describe_report(const struct report *r)
{
	json_t *o = json_object(), *columns = json_array();

	for (const struct column *c = r->columns; c->name != NULL; c++) {
		json_t *column = json_object();
		put_text(column, "name", c->name);
		put_text(column, "label", c->label);
		put_text(column, "type", field_type_name(c->type));
		put(column, "width", c->width > 0 ? json_integer(c->width) : NULL);
		push(columns, column);
	}
	put_text(o, "name", r->name);
	put_text(o, "label", r->label);
	put_text(o, "permission", r->permission);
	put(o, "parameters", arguments(r->args));
	put(o, "columns", columns);
	put_text(o, "drill_resource", r->drill_resource);
	put_text(o, "drill_filter", r->drill_filter);
	put(o, "drill_also", r->also != NULL ? lists_of(r->also) : NULL);
	return o;
}

json_t *describe_catalogue(void)
{
	json_t *o = json_object(), *res = json_array(), *rep = json_array();

	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++)
		push(res, describe_resource(*r));
	for (const struct report *const *r = catalogue_reports(); *r != NULL; r++)
		push(rep, describe_report(*r));
	put(o, "resources", res);
	put(o, "reports", rep);
	return o;
}

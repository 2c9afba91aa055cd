/* Guards over every entry of the catalogue: what a header could only ask for. */
#include "config.h"

#include <ctype.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/describe.h"
#include "client/query.h"
#include "client/value.h"
#include "tests/cunit.h"

#define EACH_RESOURCE(r) for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++)
#define EACH_REPORT(r) for (const struct report *const *r = catalogue_reports(); *r != NULL; r++)
#define EACH_FIELD(f, r) for (const struct field *f = (r)->fields; f->name != NULL; f++)

/* The check, and what it was about when it fails. */
#define HOLDS(what, res, name) \
	do { \
		bool holds_ = (what); \
		if (!holds_) \
			printf("\n  %s.%s: %s\n", (res), (name), #what); \
		CU_ASSERT(holds_); \
	} while (0)

static bool is_name(const char *s)
{
	if (!islower((unsigned char)*s) || strlen(s) > 40)
		return false;
	for (; *s != '\0'; s++)
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

static void names_are_unique(void)
{
	EACH_RESOURCE(a) {
		HOLDS(is_name((*a)->name) && is_name((*a)->singular), (*a)->name, "name");
		HOLDS(catalogue_resource((*a)->name) == *a, (*a)->name, "name");
		HOLDS(catalogue_resource((*a)->singular) == *a, (*a)->name, "singular");
		for (const char *const *alias = (*a)->aliases; alias != NULL && *alias != NULL; alias++)
			HOLDS(catalogue_resource(*alias) == *a, (*a)->name, *alias);
		EACH_FIELD(f, *a) {
			HOLDS(is_name(f->name), (*a)->name, f->name);
			HOLDS(resource_field(*a, f->name) == f, (*a)->name, f->name);
			for (const char *const *alias = f->aliases; alias != NULL && *alias != NULL; alias++)
				HOLDS(resource_field(*a, *alias) == f, (*a)->name, *alias);
		}
	}
	EACH_REPORT(r)
		HOLDS(catalogue_report((*r)->name) == *r && is_name((*r)->name), (*r)->name, "name");
	CU_ASSERT_PTR_NULL(catalogue_resource("nothing"));
	CU_ASSERT_PTR_NULL(catalogue_report("nothing"));
	CU_ASSERT_PTR_EQUAL(catalogue_resource("bookings"), catalogue_resource("reservation"));
	CU_ASSERT_PTR_EQUAL(catalogue_resource("properties"), catalogue_resource("units"));
}

/* What stands in a record's cell for the sake of a filter: by the type of its field. */
static const char *sample(const struct resource *res, const char *column)
{
	const struct field *f = resource_field(res, column);

	if (f == NULL || strcmp(f->name, column) != 0)
		return NULL;
	switch (f->type) {
	case FT_UUID:
	case FT_REF:
		return "01890000-0000-7000-8000-000000000001";
	case FT_DATE:
		return "2026-06-16";
	default:
		return "7";
	}
}

/* Every {column} is a field of the record; false: one is not. */
static bool fill(const struct resource *res, const char *template, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (const char *p = template; *p != '\0' && n + 64 < size; p++) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL, *cell;
		char column[64];

		if (end == NULL) {
			out[n++] = *p;
			out[n] = '\0';
			continue;
		}
		snprintf(column, sizeof(column), "%.*s", (int)(end - p - 1), p + 1);
		if ((cell = sample(res, column)) == NULL)
			return false;
		n += (size_t)snprintf(out + n, size - n, "%s", cell);
		p = end;
	}
	return true;
}

static bool takes(const struct report *rep, const char *arg)
{
	size_t n = strcspn(arg, "=");

	for (const struct arg *a = rep->args; arg[n] == '=' && a->name != NULL; a++)
		if (strlen(a->name) == n && strncmp(a->name, arg, n) == 0)
			return true;
	return false;
}

static void report_page_fits(const struct resource *res, const struct related *page)
{
	const struct report *rep = catalogue_report(page->report);
	char text[500];

	HOLDS(rep != NULL && page->filter == NULL && page->sort == NULL, res->name, page->label);
	for (const char *const *a = page->args; rep != NULL && a != NULL && *a != NULL; a++)
		HOLDS(takes(rep, *a) && fill(res, *a, text, sizeof(text)), res->name, page->label);
}

static void list_page_fits(const struct resource *res, const struct related *page)
{
	const struct resource *of = catalogue_resource(page->resource);
	char text[500];
	struct query q;
	struct err e = { 0 };

	HOLDS(of != NULL && of->read != NULL && page->report == NULL && page->args == NULL, res->name, page->label);
	HOLDS(page->filter != NULL && fill(res, page->filter, text, sizeof(text)), res->name, page->label);
	if (of == NULL)
		return;
	query_init(&q, of);
	HOLDS(query_filter(&q, text, day_parse("2026-06-16"), NULL, &e), res->name, page->label);
	HOLDS(page->sort == NULL || query_sort(&q, page->sort, &e), res->name, page->label);
	query_free(&q);
}

static void pages_of_a_record(void)
{
	EACH_RESOURCE(r) {
		const struct related *page = (*r)->related;

		for (; page != NULL && page->label != NULL; page++)
			if (page->report != NULL)
				report_page_fits(*r, page);
			else
				list_page_fits(*r, page);
		HOLDS(page == NULL || page - (*r)->related < 19, (*r)->name, "pages"); /* screens/folder.h */
	}
}

static void one_key_and_one_label(void)
{
	EACH_RESOURCE(r) {
		int keys = 0, labels = 0;
		EACH_FIELD(f, *r) {
			keys += (f->flags & F_KEY) != 0;
			labels += (f->flags & F_LABEL) != 0;
		}
		HOLDS(keys == 1 && labels == 1, (*r)->name, "key, label");
		HOLDS(strcmp(resource_key(*r)->name, "id") == 0, (*r)->name, "key");
		HOLDS(resource_label(*r) != NULL, (*r)->name, "label");
		HOLDS(resource_field(*r, "company") != NULL, (*r)->name, "company");
		HOLDS(resource_field(*r, "version") != NULL, (*r)->name, "version");
	}
}

static void fields_are_whole(void)
{
	EACH_RESOURCE(r) EACH_FIELD(f, *r) {
		char column[64];
		HOLDS(f->label != NULL && *f->label != '\0', (*r)->name, f->name);
		HOLDS((f->type == FT_REF) == (f->ref != NULL), (*r)->name, f->name);
		HOLDS(f->ref == NULL || catalogue_resource(f->ref) != NULL, (*r)->name, f->name);
		HOLDS(f->type != FT_CHOICE || (f->choices != NULL && f->choices->value != NULL), (*r)->name, f->name);
		HOLDS(f->choices == NULL || f->type == FT_CHOICE || f->type == FT_TEXT, (*r)->name, f->name);
		HOLDS(f->min <= f->max, (*r)->name, f->name);
		HOLDS(!(f->flags & F_SECRET) || !(f->flags & (F_LIST | F_SORT | F_SEARCH)), (*r)->name, f->name);
		HOLDS(!(f->flags & F_REQUIRED) || field_creatable(f), (*r)->name, f->name);
		HOLDS(!(f->flags & F_KEY) || (f->flags & F_READONLY), (*r)->name, f->name);
		HOLDS(strlen(field_column(f, column)) < 60, (*r)->name, f->name);
		for (const struct choice *c = f->choices; c != NULL && c->value != NULL; c++)
			HOLDS(c->label != NULL && choice_find(f->choices, c->value) == c, (*r)->name, c->value);
		HOLDS(f->type != FT_MONEY || resource_field(*r, "currency") != NULL, (*r)->name, f->name);
	}
}

static void lists_fit_eighty_columns(void)
{
	EACH_RESOURCE(r) {
		int width = -1;
		EACH_FIELD(f, *r) {
			if (!(f->flags & F_LIST))
				continue;
			HOLDS(f->width > 0, (*r)->name, f->name);
			width += f->width + 1;
		}
		HOLDS(width > 0 && width <= 80, (*r)->name, "list");
	}
}

static void sorts_and_states(void)
{
	EACH_RESOURCE(r) {
		struct query q;
		query_init(&q, *r);
		HOLDS(q.sort != NULL && (q.sort->flags & F_SORT), (*r)->name, "sort");
		const struct field *state = (*r)->state != NULL ? resource_field(*r, (*r)->state) : NULL;
		HOLDS(((*r)->state != NULL) == (state != NULL), (*r)->name, "state");
		HOLDS(state == NULL || state->type == FT_CHOICE, (*r)->name, "state");
		for (const struct action *a = (*r)->actions; a != NULL && a->name != NULL; a++) {
			HOLDS(is_name(a->name) && resource_action(*r, a->name) == a, (*r)->name, a->name);
			HOLDS(a->label != NULL && a->permission != NULL, (*r)->name, a->name);
			HOLDS(a->undo == NULL || resource_action(*r, a->undo) != NULL, (*r)->name, a->name);
			HOLDS(a->to == NULL || choice_find(state->choices, a->to) != NULL, (*r)->name, a->name);
			for (const char *const *s = a->from; s != NULL && *s != NULL; s++)
				HOLDS(choice_find(state->choices, *s) != NULL, (*r)->name, *s);
			bool reason = false;
			for (const struct arg *g = a->args; g != NULL && g->name != NULL; g++)
				reason = reason || (strcmp(g->name, "reason") == 0 && g->required);
			HOLDS(reason == ((a->flags & A_REASON) != 0), (*r)->name, a->name);
		}
		query_free(&q);
	}
}

static void reports_are_whole(void)
{
	EACH_REPORT(r) {
		int width = -1;
		bool money = false, currency = false;
		HOLDS((*r)->label != NULL && (*r)->drill_filter != NULL, (*r)->name, "label");
		for (const struct arg *a = (*r)->args; a->name != NULL; a++) {
			HOLDS(is_name(a->name) && a->label != NULL, (*r)->name, a->name);
			HOLDS(a->type != FT_CHOICE || a->choices != NULL, (*r)->name, a->name);
			struct field f = { .name = a->name, .type = a->type, .choices = a->choices };
			struct err e;
			char *v = a->fallback == NULL ? NULL : value_parse(&f, a->fallback, 20000, NULL, &e);
			HOLDS(a->fallback == NULL || v != NULL, (*r)->name, a->name);
			free(v);
		}
		for (const struct column *c = (*r)->columns; c->name != NULL; c++) {
			const char *end = strrchr(c->name, '_');
			HOLDS(is_name(c->name) && c->label != NULL, (*r)->name, c->name);
			HOLDS((c->type == FT_MONEY) == (end != NULL && strcmp(end, "_minor") == 0) ||
			    strcmp(c->name, "value") == 0, (*r)->name, c->name); /* of whatever the report was asked to measure */
			HOLDS((c->type == FT_BP) == (end != NULL && strcmp(end, "_bp") == 0), (*r)->name, c->name);
			money = money || c->type == FT_MONEY;
			currency = currency || strcmp(c->name, "currency") == 0;
			width += c->width > 0 ? c->width + 1 : 0;
		}
		HOLDS(!money || currency, (*r)->name, "currency");
		HOLDS(width <= 160, (*r)->name, "width");
		HOLDS((*r)->drill_resource != NULL && ((*r)->drill_resource[0] == '{' ||
		    catalogue_resource((*r)->drill_resource) != NULL), (*r)->name, "drill");
	}
}

/* The headings of files that people have are understood as they stand. */
static void import_headings(void)
{
	static const char *const stays[] = { "number", "unit", "check_in", "check_out", "nights", "status", "booked_on",
		"status_on", "price_per_night", "total", "currency", "adults", "children", "country", "channel", "guest" };
	static const char *const units[] = { "code", "title", "room_type", "kind" };
	const struct resource *r = catalogue_resource("reservations"), *u = catalogue_resource("units");

	for (size_t i = 0; i < ARRAY_LEN(stays); i++) {
		const struct field *f = resource_field(r, stays[i]);
		HOLDS(f != NULL && field_importable(f), "reservations", stays[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		const struct field *f = resource_field(u, units[i]);
		HOLDS(f != NULL && field_importable(f), "units", units[i]);
	}
	CU_ASSERT_STRING_EQUAL(resource_field(r, "number")->name, "external_id");
	CU_ASSERT_STRING_EQUAL(resource_field(r, "guest")->name, "party");
	CU_ASSERT_STRING_EQUAL(resource_field(u, "room_type")->name, "class");
	CU_ASSERT_FALSE(field_creatable(resource_field(r, "nights")));
	CU_ASSERT_FALSE(field_editable(resource_field(r, "external_id")));
}

static void unknown_fields_help(void)
{
	struct err e;
	const struct resource *r = catalogue_resource("reservations");

	resource_unknown_field(r, "chek_in", ERR_INVALID, "E-FILTER", &e);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "close: check_in"));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.remedy, "external_id"));
	resource_unknown_field(r, "price", ERR_INVALID, "E-FILTER", &e);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "price_per_night"));
	resource_unknown_field(r, "zzzzzzzz", ERR_USAGE, "E-FIELD", &e);
	CU_ASSERT_PTR_NULL(strstr(e.text, "close"));
	CU_ASSERT_EQUAL(e.kind, ERR_USAGE);
	CU_ASSERT_STRING_EQUAL(e.code, "E-FIELD");
	EACH_RESOURCE(x) {
		char long_name[300];
		memset(long_name, 'q', sizeof long_name - 1);
		long_name[sizeof long_name - 1] = '\0';
		resource_unknown_field(*x, long_name, ERR_INVALID, "E-FIELD", &e);
		resource_unknown_field(*x, "", ERR_INVALID, "E-FIELD", &e);
		CU_ASSERT(e.remedy[0] != '\0');
	}
}

static void described_as_json(void)
{
	json_t *all = describe_catalogue();
	size_t resources = json_array_size(json_object_get(all, "resources"));
	size_t reports = json_array_size(json_object_get(all, "reports")), n = 0;

	EACH_RESOURCE(r) {
		json_t *o = json_array_get(json_object_get(all, "resources"), n++);
		json_t *fields = json_object_get(o, "fields");
		size_t k = 0;
		HOLDS(strcmp(json_string_value(json_object_get(o, "name")), (*r)->name) == 0, (*r)->name, "describe");
		EACH_FIELD(f, *r) {
			json_t *d = json_array_get(fields, k++);
			HOLDS(strcmp(json_string_value(json_object_get(d, "name")), f->name) == 0, (*r)->name, f->name);
			HOLDS(strcmp(json_string_value(json_object_get(d, "type")), field_type_name(f->type)) == 0, (*r)->name, f->name);
		}
		HOLDS(k == json_array_size(fields), (*r)->name, "fields");
	}
	CU_ASSERT_EQUAL(n, resources);
	n = 0;
	EACH_REPORT(r)
		n++;
	CU_ASSERT_EQUAL(n, reports);
	char *text = json_dumps(all, JSON_COMPACT);
	CU_ASSERT_PTR_NOT_NULL(text);
	free(text);
	json_decref(all);
}

TESTS("catalog", T(names_are_unique), T(one_key_and_one_label), T(fields_are_whole), T(lists_fit_eighty_columns),
    T(sorts_and_states), T(reports_are_whole), T(pages_of_a_record), T(import_headings), T(unknown_fields_help), T(described_as_json))

/* The seeds' paths, with the seeds' names of fields: data in alias.c; served by what serves the catalogue's own. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "server/lists.h"
#include "server/records.h"
#include "server/reports.h"
#include "server/routes.h"

/* The word of the path that is the alias: behind the prefix, whichever of them it is. */
static const char *first_word(struct request *r, const char **prefix)
{
	static const char *const prefixes[] = { "/api/v1", "/api", "" };
	const char *path = request_path(r);
	size_t i = 0, n;

	while (strncmp(path, prefixes[i], strlen(prefixes[i])) != 0)
		i++;
	*prefix = prefixes[i];
	path += strlen(prefixes[i]) + 1;
	n = strcspn(path, "/");
	return request_keep(r, xstrndup(path, n), free);
}

static struct view *view_of(struct request *r)
{
	struct view *v = view_alloc(r, sizeof *v);
	const char *prefix, *name = first_word(r, &prefix);
	const struct alias *a = alias_find(name);

	*v = (struct view){ .name = name, .alias = a, .res = catalogue_resource(a->resource),
		.base = request_keep(r, xasprintf("%s/%s", prefix, name), free) };
	return v;
}

static void collection(struct request *r)
{
	(request_method(r) == POST ? records_create : lists_serve)(r, view_of(r));
}

static void record(struct request *r)
{
	records_serve(r, view_of(r));
}

static void transitions(struct request *r)
{
	records_transitions(r, view_of(r));
}

static void reveal(struct request *r)
{
	records_reveal(r, view_of(r));
}

static void below(struct request *r)
{
	const char *prefix, *name = first_word(r, &prefix), *what = strrchr(request_path(r), '/') + 1;
	const struct alias_below *b = alias_below(name, what);
	const char *key = request_part(r, "key");
	struct view *v;

	if (b->report != NULL) {
		reports_serve(r, catalogue_report(b->report), b, key);
		return;
	}
	v = view_alloc(r, sizeof *v);
	*v = (struct view){ .name = b->below, .alias = b->alias != NULL ? alias_find(b->alias) : NULL,
		.res = catalogue_resource(b->resource), .owner = key,
		.base = request_keep(r, xasprintf("/api/v1/%s", b->alias != NULL ? b->alias : b->resource), free) };
	v->field = resource_field(v->res, b->field);
	(request_method(r) == POST ? records_create : lists_serve)(r, v);
}

#define RECORDS(prefix, name) \
	{ GET | POST, prefix "/" name, ACCESS_PERSON, collection, NULL, NULL }, \
	{ GET | PUT | PATCH | DELETE, prefix "/" name "/{key}", ACCESS_PERSON, record, NULL, NULL }, \
	{ GET | POST, prefix "/" name "/{key}/transitions", ACCESS_PERSON, transitions, NULL, NULL }
#define BELOW(prefix, methods, name, word) { methods, prefix "/" name "/{key}/" word, ACCESS_PERSON, below, NULL, NULL }
#define ANALYTICS(prefix, word) { GET, prefix "/analytics/" word, ACCESS_PERSON, below, NULL, NULL }

#define PATHS(prefix) \
	RECORDS(prefix, "properties"), RECORDS(prefix, "tenants"), RECORDS(prefix, "contracts"), \
	RECORDS(prefix, "bookings"), \
	BELOW(prefix, GET, "properties", "analytics"), BELOW(prefix, GET, "properties", "calendar"), \
	BELOW(prefix, GET, "properties", "price-history"), BELOW(prefix, GET | POST, "properties", "blocks"), \
	BELOW(prefix, GET, "properties", "contracts"), BELOW(prefix, GET, "properties", "bookings"), \
	BELOW(prefix, GET, "tenants", "contracts"), BELOW(prefix, GET, "tenants", "payments"), \
	BELOW(prefix, GET, "contracts", "payments"), \
	{ POST, prefix "/properties/{key}/access-code-reveals", ACCESS_PERSON, reveal, NULL, NULL }, \
	ANALYTICS(prefix, "revenue"), ANALYTICS(prefix, "occupancy"), ANALYTICS(prefix, "predictions")

/* /api/v1/payments is the catalogue's own; the seeds' names are below the shorter prefixes. */
const struct route alias_routes[] = {
	PATHS("/api/v1"), PATHS("/api"), PATHS(""), RECORDS("/api", "payments"), RECORDS("", "payments"),
	{ 0 },
};

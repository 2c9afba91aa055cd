/* Paths of the catalogue, and of the seeds: who serves which. */
#include "config.h"

#include "server/lists.h"
#include "server/openapi.h"
#include "server/records.h"
#include "server/reports.h"
#include "server/routes.h"

static void collection(struct request *r)
{
	const struct view *v = view_catalogue(r);

	if (v != NULL)
		(request_method(r) == POST ? records_create : lists_serve)(r, v);
}

static void record(struct request *r)
{
	const struct view *v = view_catalogue(r);

	if (v != NULL)
		records_serve(r, v);
}

static void transitions(struct request *r)
{
	const struct view *v = view_catalogue(r);

	if (v != NULL)
		records_transitions(r, v);
}

static void import(struct request *r)
{
	const struct view *v = view_catalogue(r);

	if (v != NULL)
		records_import(r, v);
}

static void reveal(struct request *r)
{
	records_reveal(r, NULL);
}

const struct route record_routes[] = {
	{ GET, "/api/v1/openapi.json", ACCESS_PUBLIC, openapi_serve, "This document", "openapi" },
	{ POST, "/api/v1/previews", ACCESS_PERSON, records_previews, "What would happen; nothing does", "previews" },
	{ POST, "/api/v1/undo", ACCESS_PERSON, records_undo, "Take a change back", "undo" },
	{ POST, "/api/v1/units/{key}/access-code-reveals", ACCESS_PERSON, reveal, "Show an access code, once", "reveal" },
	{ POST | LARGE, "/api/v1/{resource}/import", ACCESS_PERSON, import, "Import up to 500 rows", "import" },
	{ GET | POST, "/api/v1/{resource}/{key}/transitions", ACCESS_PERSON, transitions, "What can be done to it; doing it",
	  "transitions" },
	{ GET | PUT | PATCH | DELETE, "/api/v1/{resource}/{key}", ACCESS_PERSON, record, "One record", "record" },
	{ GET | POST, "/api/v1/{resource}", ACCESS_PERSON, collection, "A list; a new record", "collection" },
	{ 0 },
};

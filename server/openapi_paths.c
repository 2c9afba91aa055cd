/* Paths: of the catalogue with their schemas, the seeds' as what they stand for, the other tables as they are. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "server/alias.h"
#include "server/openapi.h"
#include "server/records.h"
#include "server/routes.h"

#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

/* The operation, with a summary, its id and its parameters by their names in the components; NULL ends them. */
static json_t *operation(const char *id, const char *summary, const char *tag, const char *const *parameters)
{
	json_t *o = json_object(), *all = json_array(), *tags = json_array();

	openapi_text(o, "operationId", id);
	openapi_text(o, "summary", summary);
	openapi_push(tags, json_string(tag));
	openapi_put(o, "tags", tags);
	for (; *parameters != NULL; parameters++)
		openapi_push(all, openapi_ref("parameters", *parameters));
	openapi_put(o, "parameters", all);
	openapi_put(o, "responses", openapi_fmt("{'default': {'$ref': '#/components/responses/problem'}, '4XX': {'$ref':"
	    " '#/components/responses/problem'}}"));
	return o;
}

static void answers(json_t *o, const char *status, const char *what, const char *schema)
{
	json_t *one = schema == NULL ? openapi_fmt("{'description': '%s'}", what) : openapi_fmt("{'description': '%s',"
	    " 'content': {'application/json': {'schema': {'$ref': '#/components/schemas/%s'}}}}", what, schema);

	openapi_put(json_object_get(o, "responses"), status, one);
}

/* Besides JSON it comes as a file. */
static void answers_files(json_t *o)
{
	json_t *content = json_object_get(json_object_get(json_object_get(o, "responses"), "200"), "content");

	openapi_put(content, "text/csv", openapi_fmt("{'schema': {'type': 'string'}}"));
	openapi_put(content, XLSX, openapi_fmt("{'schema': {'type': 'string', 'contentEncoding': 'binary'}}"));
}

static void takes(json_t *o, const char *type, const char *schema)
{
	openapi_put(o, "requestBody", openapi_fmt("{'required': true, 'content': {'%s': {'schema': {'$ref':"
	    " '#/components/schemas/%s'}}}}", type, schema));
}

static const char *const identity[] = { "company", "role", "see_as", NULL };

static void add_identity(json_t *o)
{
	for (const char *const *p = identity; *p != NULL; p++)
		openapi_push(json_object_get(o, "parameters"), openapi_ref("parameters", *p));
}

/* ---- records --------------------------------------------------------------------------------------------------- */

struct naming { const struct resource *res; char id[96], schema[96]; };

static const char *id_of(struct naming *n, const char *verb)
{
	snprintf(n->id, sizeof n->id, "%s_%s", verb, n->res->name);
	return n->id;
}

static const char *schema_of(struct naming *n, const char *kind)
{
	snprintf(n->schema, sizeof n->schema, "%s%s%s", n->res->singular, *kind ? "_" : "", kind);
	return n->schema;
}

static void put_filters(json_t *parameters, const struct resource *res)
{
	for (const struct field *f = res->fields; f->name != NULL; f++) {
		char column[64];

		/* a field called as one of the parameters above (sort) is found by `filter` */
		if (f->flags & F_SECRET || strcmp(f->name, "sort") == 0)
			continue;
		openapi_push(parameters, openapi_fmt("{'name': '%s', 'in': 'query', 'schema': {'type': 'array', 'items':"
		    " {'type': 'string'}}, 'description':"
		    " 'OPERATOR.VALUE: eq ne lt lte gt gte prefix contains in nin is'}", field_column(f, column)));
	}
}

static json_t *list_operation(struct naming *n)
{
	static const char *const all[] = { "filter", "q", "sort", "fields", "limit", "cursor", "skip", "count_most", "prefer",
		NULL };
	json_t *o = operation(id_of(n, "list"), n->res->label, n->res->name, all), *parameters;

	parameters = json_object_get(o, "parameters");
	static const char *const also[] = { "after", "before", "brief", NULL };
	for (const char *const *p = also; *p != NULL; p++)
		if (resource_field(n->res, *p) == NULL) /* else it is a field there, and told by its operator */
			openapi_push(parameters, openapi_ref("parameters", *p));
	put_filters(parameters, n->res);
	add_identity(o);
	answers(o, "200", "A page, or all of it as a file", schema_of(n, "list"));
	answers_files(o);
	return o;
}

static json_t *create_operation(struct naming *n)
{
	static const char *const all[] = { "idempotency_key", NULL };
	json_t *o = operation(id_of(n, "create"), "A new record", n->res->name, all);

	add_identity(o);
	takes(o, "application/json", schema_of(n, "create"));
	answers(o, "201", "It was made; Location says where it is", "outcome");
	answers(o, "200", "It had been made by the same request before", "outcome");
	return o;
}

static json_t *change_operation(struct naming *n, const char *verb, const char *summary)
{
	static const char *const all[] = { "if_match", "idempotency_key_perhaps", NULL };
	json_t *o = operation(id_of(n, verb), summary, n->res->name, all);

	add_identity(o);
	answers(o, "200", "It was changed", "outcome");
	return o;
}

static void put_record(json_t *paths, struct naming *n)
{
	static const char *const all[] = { "if_none_match", "fields", NULL };
	static const char *const gone[] = { "if_match", "idempotency_key_perhaps", "reason", NULL };
	json_t *item = json_object(), *o = operation(id_of(n, "get"), "One record", n->res->name, all);
	char *path = xasprintf("/api/v1/%s/{key}", n->res->name);

	openapi_put(item, "parameters", openapi_fmt("[{'$ref': '#/components/parameters/key'}]"));
	add_identity(o);
	answers(o, "200", "The record; its ETag is for If-Match", schema_of(n, ""));
	openapi_put(json_object_get(o, "responses"), "304", openapi_ref("responses", "not_modified"));
	openapi_put(item, "get", o);
	if (n->res->edit != NULL) {
		o = change_operation(n, "patch", "Change some fields (RFC 7396)");
		takes(o, "application/json", schema_of(n, "patch"));
		openapi_put(json_object_get(json_object_get(o, "requestBody"), "content"), "application/merge-patch+json",
		    openapi_fmt("{'schema': {'$ref': '#/components/schemas/%s'}}", n->schema));
		openapi_put(item, "patch", o);
		o = change_operation(n, "replace", "All fields: those left out become null");
		openapi_put(o, "requestBody", openapi_fmt("{'required': true, 'content': {'application/json': {'schema': {'type':"
		    " 'object'}}}}"));
		openapi_put(item, "put", o);
	}
	if (records_delete_action(n->res) != NULL) {
		o = operation(id_of(n, "delete"), records_delete_action(n->res)->label, n->res->name, gone);
		add_identity(o);
		answers(o, "204", "Done", NULL);
		openapi_put(item, "delete", o);
	}
	openapi_put(paths, path, item);
	free(path);
}

static void put_transitions(json_t *paths, struct naming *n)
{
	static const char *const none[] = { NULL };
	static const char *const all[] = { "idempotency_key", "if_match_perhaps", NULL };
	char *path = xasprintf("/api/v1/%s/{key}/transitions", n->res->name);
	json_t *item = json_object(), *o = operation(id_of(n, "actions_of"), "What can be done to it", n->res->name, none);

	openapi_put(item, "parameters", openapi_fmt("[{'$ref': '#/components/parameters/key'}]"));
	add_identity(o);
	answers(o, "200", "The actions, and why not", "items");
	openapi_put(item, "get", o);
	o = operation(id_of(n, "act_on"), "Do it", n->res->name, all);
	add_identity(o);
	takes(o, "application/json", schema_of(n, "action"));
	answers(o, "200", "Done", "outcome");
	openapi_put(item, "post", o);
	openapi_put(paths, path, item);
	free(path);
}

static void put_post(json_t *paths, const char *path, const char *id, const char *tag, const char *summary,
    const char *body, const char *answer)
{
	static const char *const all[] = { "idempotency_key", NULL };
	json_t *item = json_object(), *o = operation(id, summary, tag, all);

	if (strstr(path, "{key}") != NULL)
		openapi_put(item, "parameters", openapi_fmt("[{'$ref': '#/components/parameters/key'}]"));
	add_identity(o);
	takes(o, "application/json", body);
	answers(o, "200", "Done", answer);
	openapi_put(item, "post", o);
	openapi_put(paths, path, item);
}

static void put_resource(json_t *paths, const struct resource *res)
{
	struct naming n = { .res = res };
	char *path = xasprintf("/api/v1/%s", res->name);
	json_t *item = json_object();

	openapi_put(item, "get", list_operation(&n));
	if (res->create != NULL)
		openapi_put(item, "post", create_operation(&n));
	openapi_put(paths, path, item);
	free(path);
	put_record(paths, &n);
	if (res->actions != NULL && res->actions->name != NULL)
		put_transitions(paths, &n);
	if (res->import == NULL)
		return;
	path = xasprintf("/api/v1/%s/import", res->name);
	put_post(paths, path, id_of(&n, "import"), res->name, "Import up to 500 rows", "import", "items");
	free(path);
}

/* ---- reports --------------------------------------------------------------------------------------------------- */

static void put_report(json_t *paths, const struct report *rep)
{
	static const char *const all[] = { "prefer", NULL }, *const most[] = { "prefer", "limit", NULL };
	bool own = false;
	char id[96], schema[96], *path = xasprintf("/api/v1/reports/%s", rep->name);

	for (const struct arg *a = rep->args; a != NULL && a->name != NULL; a++)
		own = own || strcmp(a->name, "limit") == 0;
	snprintf(id, sizeof id, "report_%s", rep->name);
	snprintf(schema, sizeof schema, "report_%s", rep->name);
	json_t *item = json_object(), *o = operation(id, rep->label, "reports", own ? all : most);
	for (const struct arg *a = rep->args; a != NULL && a->name != NULL; a++) {
		json_t *p = openapi_fmt("{'name': '%s', 'in': 'query', 'required': %s, 'schema': {'type': 'string'}}", a->name,
		    a->required ? "true" : "false");
		openapi_text(p, "description", a->label);
		openapi_push(json_object_get(o, "parameters"), p);
	}
	add_identity(o);
	answers(o, "200", "The rows", schema);
	answers_files(o);
	answers(o, "202", "It is made aside; Location says where to ask", "job");
	openapi_put(item, "get", o);
	openapi_put(paths, path, item);
	free(path);
}

static void put_jobs(json_t *paths)
{
	static const char *const none[] = { NULL };
	json_t *job = openapi_fmt("{'parameters': [{'$ref': '#/components/parameters/job'}]}"), *result = json_deep_copy(job);
	json_t *o = operation("list_reports", "The reports, with their arguments and columns", "reports", none);
	json_t *all = json_object();

	answers(o, "200", "The reports", "items");
	openapi_put(all, "get", o);
	openapi_put(paths, "/api/v1/reports", all);
	o = operation("get_job", "How far a report is", "reports", none);
	answers(o, "200", "The job", "job");
	openapi_put(job, "get", o);
	o = operation("cancel_job", "Cancel a report", "reports", none);
	answers(o, "204", "Cancelled", NULL);
	openapi_put(job, "delete", o);
	openapi_put(paths, "/api/v1/report-jobs/{job}", job);
	o = operation("get_job_result", "What a report came to", "reports", none);
	openapi_put(json_object_get(o, "responses"), "200", openapi_fmt("{'description': 'The rows', 'content':"
	    " {'application/json': {'schema': {'type': 'object'}}}}"));
	answers_files(o);
	openapi_put(result, "get", o);
	openapi_put(paths, "/api/v1/report-jobs/{job}/result", result);
}

/* ---- the tables of others -------------------------------------------------------------------------------------- */

static const struct { unsigned method; const char *name; } methods[] = {
	{ GET, "get" }, { POST, "post" }, { PUT, "put" }, { PATCH, "patch" }, { DELETE, "delete" },
};

/* "get_api_v1_auth_me": unique, as the path is. */
static char *slug(const char *method, const char *pattern)
{
	char *id = xasprintf("%s%s", method, pattern);

	for (char *p = id; *p != '\0'; p++)
		*p = isalnum((unsigned char)*p) ? *p : '_';
	return id;
}

static json_t *path_parts(const char *pattern)
{
	json_t *all = json_array();

	for (const char *p = strchr(pattern, '{'); p != NULL; p = strchr(p + 1, '{'))
		openapi_push(all, openapi_fmt("{'name': '%.*s', 'in': 'path', 'required': true, 'schema': {'type': 'string'}}",
		    (int)strcspn(p + 1, "}"), p + 1));
	return all;
}

/* What its table says of it, and no more: any parameters of a query, any body. */
static json_t *plain_operation(const struct route *r, const char *method, const char *summary, const char *tag)
{
	static const char *const none[] = { NULL };
	char *id = slug(method, r->pattern);
	json_t *o = operation(id, summary, tag, none);

	free(id);
	if (r->access == ACCESS_PUBLIC)
		openapi_put(o, "security", json_array());
	if (strcmp(method, "get") != 0 && strcmp(method, "delete") != 0)
		openapi_put(o, "requestBody", openapi_fmt("{'content': {'application/json': {'schema': {'type': 'object'}},"
		    " 'application/merge-patch+json': {'schema': {'type': 'object'}}}}"));
	answers(o, "2XX", "Done", NULL);
	answers(o, "3XX", "As it was", NULL);
	answers(o, "5XX", "The server cannot, at the moment", NULL);
	return o;
}

static void put_route(json_t *paths, const struct route *r, const char *summary, const char *tag)
{
	json_t *item = json_object_get(paths, r->pattern);

	if (item == NULL) {
		item = json_object();
		json_t *parts = path_parts(r->pattern);
		if (json_array_size(parts) > 0)
			openapi_put(item, "parameters", parts);
		else
			json_decref(parts);
		openapi_put(paths, r->pattern, item);
	}
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (r->methods & methods[i].method && json_object_get(item, methods[i].name) == NULL)
			openapi_put(item, methods[i].name, plain_operation(r, methods[i].name, summary, tag));
}

/* "/api/v1/auth/login" has the tag auth. */
static void tag_of(const char *pattern, char tag[static 40])
{
	const char *word = strncmp(pattern, "/api/v1/", 8) == 0 ? pattern + 8 : "server";

	snprintf(tag, 40, "%.*s", (int)strcspn(word, "/."), word);
}

static void put_alias(json_t *paths, const struct route *r)
{
	char word[40], *summary;

	tag_of(r->pattern, word);
	const struct alias *a = alias_find(word);
	summary = a != NULL ? xasprintf("As %s, with the names of the seeds", a->resource)
	    : xstrdup("A report, under the path of the seeds");
	if (strncmp(r->pattern, "/api/v1/", 8) == 0) /* the shorter prefixes stand for the same */
		put_route(paths, r, summary, "seeds");
	free(summary);
}

void openapi_paths(json_t *paths)
{
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++)
		put_resource(paths, *r);
	put_post(paths, "/api/v1/previews", "preview", "changes", "What would happen; nothing does", "previews", "items");
	put_post(paths, "/api/v1/undo", "undo", "changes", "Take a change back", "undo", "outcome");
	put_post(paths, "/api/v1/units/{key}/access-code-reveals", "reveal_code", "units", "Show an access code, once",
	    "reveal", "code");
	put_jobs(paths);
	openapi_live_paths(paths);
	for (const struct report *const *r = catalogue_reports(); *r != NULL; r++)
		put_report(paths, *r);
	for (const struct route *const *t = routes_all(); *t != NULL; t++) {
		for (const struct route *r = *t; r->pattern != NULL; r++) {
			char tag[40];

			tag_of(r->pattern, tag);
			if (*t == alias_routes)
				put_alias(paths, r);
			else if (*t != record_routes && *t != report_routes && r->summary != NULL)
				put_route(paths, r, r->summary, tag);
		}
	}
	json_t *item = json_object();
	openapi_put(paths, "/api/v1/openapi.json", item);
	static const struct route self = { GET, "/api/v1/openapi.json", ACCESS_PUBLIC, openapi_serve, NULL, NULL };
	put_route(paths, &self, "This document", "server");
}

#include "config.h"

#include "server/openapi.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "server/alias.h"
#include "server/problem.h"

void openapi_put(json_t *o, const char *name, json_t *value)
{
	if (value == NULL || json_object_set_new(o, name, value) != 0)
		die("openapi: %s cannot be made", name);
}

void openapi_text(json_t *o, const char *name, const char *value)
{
	openapi_put(o, name, json_string(value));
}

void openapi_push(json_t *array, json_t *value)
{
	if (value == NULL || json_array_append_new(array, value) != 0)
		die("openapi: an item cannot be made");
}

json_t *openapi_fmt(const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	json_error_t e;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	json_t *o = json_loads(text, 0, &e);
	if (o == NULL)
		die("openapi: %s in %s", e.text, text);
	return o;
}

json_t *openapi_ref(const char *kind, const char *name)
{
	return openapi_fmt("{'$ref': '#/components/%s/%s'}", kind, name);
}

static json_t *security(void)
{
	return openapi_fmt("{'bearer': {'type': 'http', 'scheme': 'bearer', 'description': 'The access token of a login"
	    " (/api/v1/auth/login), or an API key: dk_…'}}");
}

static json_t *responses(void)
{
	return openapi_fmt("{'problem': {'description': 'It was refused, or it failed: see its code', 'content':"
	    " {'application/problem+json': {'schema': {'$ref': '#/components/schemas/problem'}}}},"
	    " 'not_modified': {'description': 'It is still what the ETag stands for'}}");
}

static json_t *problems(void)
{
	json_t *all = json_array();
	size_t n;
	const struct problem *p = problem_all(&n);

	for (size_t i = 0; i < n; i++)
		openapi_push(all, json_pack("{s:s, s:i, s:s, s:b}", "code", p[i].code, "status", p[i].status, "title", p[i].title,
		    "retryable", p[i].retryable));
	return all;
}

/* What the seeds' paths stand for, and which of their names are others than ours. */
static json_t *aliases(void)
{
	json_t *all = json_array();

	for (const struct alias *a = alias_all(); a->name != NULL; a++) {
		json_t *names = json_object();
		for (const struct alias_field *f = a->fields; f->theirs != NULL; f++)
			openapi_text(names, f->theirs, f->ours);
		openapi_push(all, json_pack("{s:s, s:s, s:o}", "path", a->name, "is", a->resource, "names", names));
	}
	for (const struct alias_below *b = alias_below_all(); b->name != NULL; b++) {
		bool alone = strcmp(b->name, "analytics") == 0;
		char *path = xasprintf("%s/%s%s", b->name, alone ? "" : "{id}/", b->below);
		const char *about = b->report != NULL ? b->arg : b->field;
		char *is = xasprintf("%s%s%s%s", b->report != NULL ? "reports/" : "", b->report != NULL ? b->report : b->resource,
		    about != NULL ? " of this " : "", about != NULL ? about : "");
		openapi_push(all, json_pack("{s:s, s:s, s:{}}", "path", path, "is", is, "names"));
		free(path);
		free(is);
	}
	return all;
}

json_t *openapi_document(const char *url)
{
	json_t *doc = json_object(), *components = json_object(), *schemas = json_object(), *paths = json_object();

	openapi_text(doc, "openapi", "3.1.0");
	openapi_put(doc, "info", openapi_fmt("{'title': 'Domovoi', 'version': '%s', 'license': {'name': 'Proprietary',"
	    " 'identifier': 'LicenseRef-Proprietary'}, 'description': 'Property and short stays. Every kind of record, every"
	    " action and every report is one of a catalogue; labels of what is referred to are in the rows, under NAME_label."
	    " See docs/api.md.'}", PACKAGE_VERSION));
	openapi_put(doc, "servers", openapi_fmt("[{'url': '%s'}]", url));
	openapi_put(doc, "security", openapi_fmt("[{'bearer': []}]"));
	openapi_schemas(schemas);
	openapi_paths(paths);
	openapi_put(doc, "paths", paths);
	openapi_put(components, "schemas", schemas);
	openapi_put(components, "parameters", openapi_parameters());
	openapi_put(components, "responses", responses());
	openapi_put(components, "securitySchemes", security());
	openapi_put(doc, "components", components);
	openapi_put(doc, "x-problems", problems());
	openapi_put(doc, "x-aliases", aliases());
	return doc;
}

/* Made once: nothing in it changes while the program runs. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *text;

static void make(void)
{
	json_t *doc = openapi_document("/");

	text = json_dumps(doc, JSON_COMPACT);
	json_decref(doc);
}

void openapi_serve(struct request *r)
{
	struct strbuf body = { 0 };

	pthread_once(&once, make);
	strbuf_puts(&body, text);
	respond_text(r, 200, "application/json", &body);
}

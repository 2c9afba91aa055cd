/* Schemas and parameters. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "server/openapi.h"
#include "server/problem.h"

static const char *const json_types[] = {
	[FT_TEXT] = "string", [FT_INT] = "integer", [FT_MONEY] = "integer", [FT_BP] = "integer", [FT_DATE] = "string",
	[FT_TIME] = "string", [FT_BOOL] = "boolean", [FT_CHOICE] = "string", [FT_REF] = "string", [FT_UUID] = "string",
};

static const char *const formats[] = {
	[FT_INT] = "int64", [FT_MONEY] = "int64", [FT_BP] = "int64", [FT_DATE] = "date", [FT_TIME] = "date-time",
	[FT_REF] = "uuid", [FT_UUID] = "uuid",
};

static void put_type(json_t *o, const char *type, bool nullable)
{
	openapi_put(o, "type", nullable ? openapi_fmt("['%s', 'null']", type) : json_string(type));
}

static json_t *enumeration(const struct choice *choices, bool nullable)
{
	json_t *all = json_array();

	for (const struct choice *c = choices; c->value != NULL; c++)
		openapi_push(all, json_string(c->value));
	if (nullable)
		openapi_push(all, json_null());
	return all;
}

json_t *openapi_value(enum field_type type, const struct choice *choices, bool nullable)
{
	json_t *o = json_object();

	put_type(o, json_types[type], nullable);
	if (formats[type] != NULL)
		openapi_text(o, "format", formats[type]);
	if (type == FT_CHOICE && choices != NULL)
		openapi_put(o, "enum", enumeration(choices, nullable));
	return o;
}

static void describe(json_t *o, const char *label, const char *help, enum field_type type)
{
	const char *unit = type == FT_MONEY ? ", in minor units" : type == FT_BP ? ", in hundredths of a per cent" : "";
	char text[400];

	snprintf(text, sizeof text, "%s%s%s%s", label, unit, help != NULL ? ". " : "", help != NULL ? help : "");
	openapi_text(o, "description", text);
}

/* ---- what is answered ------------------------------------------------------------------------------------------- */

static json_t *read_schema(const struct resource *res)
{
	json_t *o = json_object(), *properties = json_object();
	char column[64], label[72];

	openapi_text(o, "type", "object");
	openapi_text(o, "description", res->label);
	for (const struct field *f = res->fields; f->name != NULL; f++) {
		if (f->flags & (F_SECRET | F_FILTER_ONLY))
			continue;
		json_t *p = openapi_value(f->type, f->choices, !(f->flags & F_KEY));
		describe(p, f->label, f->help, f->type);
		openapi_put(properties, field_column(f, column), p);
		if (f->type != FT_REF)
			continue;
		snprintf(label, sizeof label, "%s_label", f->name);
		openapi_put(properties, label, openapi_fmt("{'type': ['string', 'null']}"));
	}
	openapi_put(o, "properties", properties);
	return o;
}

static json_t *list_schema(const struct resource *res)
{
	return openapi_fmt("{'type': 'object', 'required': ['items', 'columns', 'next', 'prev'], 'properties': {"
	    "'items': {'type': 'array', 'items': {'$ref': '#/components/schemas/%s'}},"
	    "'columns': {'type': 'array', 'items': {'type': 'string'}},"
	    "'next': {'type': ['string', 'null']}, 'prev': {'type': ['string', 'null']},"
	    "'count': {'$ref': '#/components/schemas/count'}}}", res->singular);
}

/* ---- what is given: the engine checks values, so that its words are told --------------------------------------- */

static json_t *given_value(const struct field *f)
{
	json_t *o = json_object();

	if (f->type == FT_INT || f->type == FT_MONEY || f->type == FT_BP)
		openapi_put(o, "type", openapi_fmt("['integer', 'string', 'null']"));
	else
		put_type(o, f->type == FT_BOOL ? "boolean" : "string", true);
	if (f->type == FT_CHOICE && f->choices != NULL)
		openapi_put(o, "enum", enumeration(f->choices, true));
	describe(o, f->label, f->help, f->type);
	return o;
}

static void put_given(json_t *properties, const struct field *f)
{
	char column[64];

	openapi_put(properties, field_column(f, column), given_value(f));
	if (f->type != FT_MONEY)
		return;
	json_t *major = openapi_fmt("{'type': ['string', 'null'], 'description': 'The same in major units: 125000.50'}");
	openapi_put(properties, f->name, major);
}

static json_t *write_schema(const struct resource *res, bool creates)
{
	json_t *o = openapi_fmt("{'type': 'object', 'additionalProperties': false}");
	json_t *properties = json_object(), *required = json_array();
	char column[64];

	if (creates)
		openapi_put(properties, "id", openapi_fmt("{'type': 'string', 'format': 'uuid', 'description':"
		    " 'Made by the client, or by the server when it is left out'}"));
	for (const struct field *f = res->fields; f->name != NULL; f++) {
		if (!(creates ? field_creatable(f) : field_editable(f)))
			continue;
		put_given(properties, f);
		if (creates && f->flags & F_REQUIRED && f->type != FT_MONEY)
			openapi_push(required, json_string(field_column(f, column)));
	}
	openapi_put(o, "properties", properties);
	if (json_array_size(required) > 0)
		openapi_put(o, "required", required);
	else
		json_decref(required);
	return o;
}

static json_t *action_schema(const struct resource *res)
{
	json_t *names = json_array();

	for (const struct action *a = res->actions; a->name != NULL; a++)
		openapi_push(names, json_string(a->name));
	json_t *o = openapi_fmt("{'type': 'object', 'required': ['action'], 'additionalProperties': false, 'properties':"
	    " {'args': {'type': 'object'}}}");
	json_t *action = openapi_fmt("{'type': 'string'}");
	openapi_put(action, "enum", names);
	openapi_put(json_object_get(o, "properties"), "action", action);
	return o;
}

static json_t *report_schema(const struct report *rep)
{
	json_t *o = openapi_fmt("{'type': 'object', 'required': ['rows', 'columns', 'more'], 'properties': {"
	    "'columns': {'type': 'array', 'items': {'type': 'string'}}, 'more': {'type': 'boolean'}}}");
	json_t *row = openapi_fmt("{'type': 'object'}"), *properties = json_object(), *rows = openapi_fmt("{'type': 'array'}");

	for (const struct column *c = rep->columns; c->name != NULL; c++) {
		json_t *p = openapi_value(c->type, NULL, true);
		openapi_text(p, "description", c->label);
		openapi_put(properties, c->name, p);
	}
	openapi_put(row, "properties", properties);
	openapi_put(rows, "items", row);
	openapi_put(json_object_get(o, "properties"), "rows", rows);
	return o;
}

/* ---- what all of them share ------------------------------------------------------------------------------------ */

static json_t *problem_schema(void)
{
	json_t *o = openapi_fmt("{'type': 'object', 'required': ['type', 'title', 'status', 'code', 'trace_id', 'retryable'],"
	    "'properties': {'type': {'type': 'string'}, 'title': {'type': 'string'}, 'status': {'type': 'integer'},"
	    "'detail': {'type': 'string'}, 'dm': {'type': 'string', 'description': 'The code of the rules: DM004'},"
	    "'field': {'type': 'string'}, 'remedy': {'type': 'string'}, 'trace_id': {'type': 'string'},"
	    "'retryable': {'type': 'boolean'}, 'current': {'type': 'object', 'description': 'stale-version: the record as it"
	    " is now'}, 'errors': {'type': 'array', 'items': {'type': 'object', 'required': ['pointer', 'code'], 'properties':"
	    " {'pointer': {'type': 'string'}, 'code': {'type': 'string'}, 'detail': {'type': 'string'}}}}}}");
	json_t *code = openapi_fmt("{'type': 'string'}"), *codes = json_array();
	size_t n;
	const struct problem *all = problem_all(&n);

	for (size_t i = 0; i < n; i++)
		openapi_push(codes, json_string(all[i].code));
	openapi_put(code, "enum", codes);
	openapi_put(json_object_get(o, "properties"), "code", code);
	return o;
}

static void put_shared(json_t *schemas)
{
	openapi_put(schemas, "problem", problem_schema());
	openapi_put(schemas, "count", openapi_fmt("{'type': 'object', 'required': ['value', 'kind'], 'properties': {'value':"
	    " {'type': 'integer'}, 'kind': {'type': 'string', 'enum': ['exact', 'capped']}}}"));
	openapi_put(schemas, "outcome", openapi_fmt("{'type': 'object', 'required': ['status'], 'properties': {'status':"
	    " {'type': 'string', 'enum': ['applied']}, 'replayed': {'type': 'boolean'}, 'record': {'type': ['string',"
	    " 'null']}, 'version': {'type': ['integer', 'null']}, 'row': {'type': ['object', 'null'], 'description':"
	    " 'The record as it is now'}}}"));
	openapi_put(schemas, "items", openapi_fmt("{'type': 'object', 'required': ['items'], 'properties': {'items': {'type':"
	    " 'array', 'items': {'type': 'object'}}}}"));
	openapi_put(schemas, "job", openapi_fmt("{'type': 'object', 'required': ['id', 'status', 'progress'], 'properties':"
	    " {'id': {'type': 'string', 'format': 'uuid'}, 'status': {'type': 'string', 'enum': ['queued', 'running', 'done',"
	    " 'failed', 'cancelled']}, 'progress': {'type': 'integer', 'minimum': 0, 'maximum': 100}, 'href': {'type':"
	    " 'string'}, 'report': {'type': 'string'}, 'format': {'type': 'string', 'enum': ['json', 'csv', 'xlsx']},"
	    " 'created_at': {'type': 'string'}, 'finished_at': {'type': ['string', 'null']}, 'result': {'type': ['string',"
	    " 'null']}, 'failure': {'type': ['object', 'null']}}}"));
	openapi_put(schemas, "import", openapi_fmt("{'type': 'object', 'required': ['rows'], 'additionalProperties': false,"
	    " 'properties': {'dry_run': {'type': 'boolean'}, 'rows': {'type': 'array', 'maxItems': 500, 'items':"
	    " {'type': 'object', 'required': ['line', 'set'], 'additionalProperties': false, 'properties': {'line': {'type':"
	    " 'integer'}, 'set': {'type': 'object'}}}}}}"));
	openapi_put(schemas, "previews", openapi_fmt("{'type': 'object', 'required': ['mutations'], 'additionalProperties':"
	    " false, 'properties': {'mutations': {'type': 'array', 'minItems': 1, 'maxItems': 500, 'items': {'type': 'object',"
	    " 'required': ['kind']}}}}"));
	openapi_put(schemas, "undo", openapi_fmt("{'type': 'object', 'required': ['mutation'], 'additionalProperties': false,"
	    " 'properties': {'mutation': {'type': 'string', 'format': 'uuid'}}}"));
	openapi_put(schemas, "reveal", openapi_fmt("{'type': 'object', 'required': ['kind', 'reason'], 'additionalProperties':"
	    " false, 'properties': {'kind': {'type': 'string'}, 'reason': {'type': 'string'}, 'reservation': {'type':"
	    " 'string'}}}"));
	openapi_put(schemas, "code", openapi_fmt("{'type': 'object', 'required': ['unit', 'kind', 'code'], 'properties':"
	    " {'status': {'type': 'string'}, 'view': {'type': 'string', 'description': 'The line of the log'}, 'unit':"
	    " {'type': 'string'}, 'kind': {'type': 'string'}, 'code': {'type': 'string'}}}"));
}

void openapi_schemas(json_t *schemas)
{
	char name[96];

	put_shared(schemas);
	openapi_live_schemas(schemas);
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++) {
		openapi_put(schemas, (*r)->singular, read_schema(*r));
		snprintf(name, sizeof name, "%s_list", (*r)->singular);
		openapi_put(schemas, name, list_schema(*r));
		snprintf(name, sizeof name, "%s_create", (*r)->singular);
		if ((*r)->create != NULL)
			openapi_put(schemas, name, write_schema(*r, true));
		snprintf(name, sizeof name, "%s_patch", (*r)->singular);
		if ((*r)->edit != NULL)
			openapi_put(schemas, name, write_schema(*r, false));
		snprintf(name, sizeof name, "%s_action", (*r)->singular);
		if ((*r)->actions != NULL && (*r)->actions->name != NULL)
			openapi_put(schemas, name, action_schema(*r));
	}
	for (const struct report *const *r = catalogue_reports(); *r != NULL; r++) {
		snprintf(name, sizeof name, "report_%s", (*r)->name);
		openapi_put(schemas, name, report_schema(*r));
	}
}

json_t *openapi_parameters(void)
{
	static const struct { const char *id, *in, *name, *schema, *text; bool required; } all[] = {
		{ "key", "path", "key", "{'type': 'string'}", "Id, number or code of the record", true },
		{ "job", "path", "job", "{'type': 'string', 'format': 'uuid'}", "Id of the job", true },
		{ "idempotency_key", "header", "Idempotency-Key", "{'type': 'string', 'format': 'uuid'}",
		  "Made for this one change: asked again, it has one effect", true },
		{ "idempotency_key_perhaps", "header", "Idempotency-Key", "{'type': 'string', 'format': 'uuid'}",
		  "As of a POST, but it may be left out", false },
		{ "if_match", "header", "If-Match", "{'type': 'string'}", "The ETag that was read, or *", true },
		{ "if_match_perhaps", "header", "If-Match", "{'type': 'string'}", "The ETag that was read, or *", false },
		{ "if_none_match", "header", "If-None-Match", "{'type': 'string'}", "An ETag: 304 if it is still that", false },
		{ "prefer", "header", "Prefer", "{'type': 'string'}", "count=exact, respond-async", false },
		{ "company", "header", "Domovoi-Company", "{'type': 'string'}", "Of several memberships, that of a company", false },
		{ "role", "header", "Domovoi-Role", "{'type': 'string'}", "… and the role", false },
		{ "see_as", "header", "Domovoi-See-As", "{'type': 'string'}", "Look through the eyes of somebody, read only", false },
		{ "filter", "query", "filter", "{'type': 'string'}", "The filter language of the console", false },
		{ "q", "query", "q", "{'type': 'string'}", "Words, by their beginnings", false },
		{ "sort", "query", "sort", "{'type': 'string'}", "A field; - in front: downwards", false },
		{ "fields", "query", "fields", "{'type': 'string'}", "These fields alone: a,b", false },
		{ "limit", "query", "limit", "{'type': 'integer', 'minimum': 1}", "Rows; a page has 500 at most", false },
		{ "cursor", "query", "cursor", "{'type': 'string'}", "next or prev of an earlier answer", false },
		{ "after", "query", "after", "{'type': 'string'}", "A position, as a console makes it", false },
		{ "before", "query", "before", "{'type': 'string'}", "… the page in front of it", false },
		{ "skip", "query", "skip", "{'type': 'integer', 'minimum': 0, 'maximum': 10000}", "Rows to leave out", false },
		{ "brief", "query", "brief", "{'type': 'boolean'}", "The columns of lists alone", false },
		{ "count_most", "query", "count_most", "{'type': 'integer', 'minimum': 1}", "Count no further", false },
		{ "reason", "query", "reason", "{'type': 'string'}", "Why, where the action asks for it", false },
	};
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		openapi_put(o, all[i].id, openapi_fmt("{'name': '%s', 'in': '%s', 'required': %s, 'schema': %s, 'description':"
		    " '%s'}", all[i].name, all[i].in, all[i].required ? "true" : "false", all[i].schema, all[i].text));
	return o;
}

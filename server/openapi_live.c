/* The live routes: the day, its alerts, and what a stream says. Source: api.monitor() and api.alerts() of 0040. */
#include "config.h"

#include "server/openapi.h"

#define TEXT "{'type': 'string'}"
#define MAYBE "{'type': ['string', 'null']}"
#define COUNT "{'type': 'integer', 'format': 'int64'}"
#define MANY(schema) "{'type': 'array', 'items': {'$ref': '#/components/schemas/" schema "'}}"
#define IDENTITY "{'$ref': '#/components/parameters/company'}, {'$ref': '#/components/parameters/role'}, " \
	"{'$ref': '#/components/parameters/see_as'}"
#define REFUSED "{'$ref': '#/components/responses/problem'}"
#define PROBLEMS "'default': " REFUSED ", '4XX': " REFUSED
#define JSON(schema) "'content': {'application/json': {'schema': {'$ref': '#/components/schemas/" schema "'}}}"

static const struct { const char *name, *schema; } schemas_of[] = {
	{ "figure", "{'type': 'object', 'required': ['key', 'name', 'total', 'resource', 'filter'], 'properties': {'key': "
	    TEXT ", 'name': " TEXT ", 'done': {'type': ['integer', 'null'], 'format': 'int64'}, 'total': " COUNT
	    ", 'resource': " TEXT ", 'filter': " TEXT "}}" },
	{ "money_waiting", "{'type': 'object', 'required': ['key', 'name', 'count', 'resource', 'filter'], 'properties':"
	    " {'key': " TEXT ", 'name': " TEXT ", 'count': " COUNT ", 'amount_minor': {'type': ['integer',"
	    " 'null'], 'format': 'int64'}, 'currency': " MAYBE ", 'since': " MAYBE
	    ", 'resource': " TEXT ", 'filter': " TEXT "}}" },
	{ "alert", "{'type': 'object', 'required': ['id', 'name', 'severity', 'count', 'resource', 'filter', 'status'],"
	    " 'properties': {'id': " TEXT ", 'name': " TEXT ", 'severity': {'type': 'integer', 'minimum': 0, 'maximum': 2},"
	    " 'count': " COUNT ", 'resource': " TEXT ", 'filter': " TEXT ", 'status': {'type': 'string', 'enum': ['open',"
	    " 'acknowledged']}, 'seen_by': " MAYBE ", 'seen_at': " MAYBE ", 'until': " MAYBE ", 'note': " MAYBE
	    ", 'may_acknowledge': {'type': 'boolean'}}}" },
	{ "dashboard", "{'type': 'object', 'required': ['as_of', 'today', 'company', 'currency', 'figures', 'money',"
	    " 'alerts'], 'properties': {'as_of': " TEXT ", 'today': {'type': 'string', 'format': 'date'}, 'company': {'type':"
	    " ['integer', 'null']}, 'currency': " MAYBE ", 'figures': " MANY("figure") ", 'money': " MANY("money_waiting")
	    ", 'alerts': " MANY("alert") "}}" },
	{ "alert_list", "{'type': 'object', 'required': ['items'], 'properties': {'items': " MANY("alert")
	    ", 'next': {'type': 'null'}}}" },
	{ "acknowledgement", "{'type': 'object', 'additionalProperties': false, 'properties': {'minutes': {'type': ['integer',"
	    " 'null'], 'minimum': 1, 'maximum': 10080}, 'note': {'type': ['string', 'null'], 'maxLength': 500}}}" },
	{ "event_poke", "{'type': 'object', 'properties': {'resources': {'type': 'array', 'items': " TEXT
	    "}, 'reset': {'type': 'boolean'}}}" },
	{ "event_alert", "{'type': 'object', 'required': ['alerts', 'gone'], 'properties': {'alerts': " MANY("alert")
	    ", 'gone': {'type': 'array', 'items': " TEXT "}}}" },
	{ "event_metric", "{'type': 'object', 'required': ['as_of', 'metrics', 'money', 'gone'], 'properties': {'as_of': " TEXT
	    ", 'metrics': " MANY("figure") ", 'money': " MANY("money_waiting") ", 'gone': {'type': 'array', 'items': " TEXT
	    "}}}" },
	{ "event_over", "{'type': 'object', 'required': ['code'], 'properties': {'code': {'type': 'string', 'enum':"
	    " ['token-expired', 'session-revoked', 'forbidden']}}}" },
	{ "event", "{'description': 'Data of an event of the stream, by its name: poke, alert, metric, over; of a WebSocket"
	    " the same with a type', 'anyOf': [{'$ref': '#/components/schemas/event_poke'}, {'$ref':"
	    " '#/components/schemas/event_alert'}, {'$ref': '#/components/schemas/event_metric'}, {'$ref':"
	    " '#/components/schemas/event_over'}]}" },
	{ "poll", "{'type': 'object', 'required': ['cursor', 'changed', 'resources'], 'properties': {'cursor': " MAYBE
	    ", 'changed': {'type': 'boolean'}, 'reset': {'type': 'boolean'}, 'resources': {'type': 'array', 'items': " TEXT
	    "}}}" },
};

static const struct { const char *path, *item; } paths_of[] = {
	{ "/api/v1/events", "{'get': {'operationId': 'get_events', 'summary': 'Changes as they happen, as server-sent events',"
	    " 'tags': ['events'], 'parameters': [{'name': 'topics', 'in': 'query', 'schema': " TEXT ", 'description':"
	    " 'changes, alerts, metrics; with commas between them'}, {'name': 'cursor', 'in': 'query', 'schema': " TEXT
	    "}, {'name': 'poll', 'in': 'query', 'schema': {'type': 'string', 'enum': ['1']}}, {'name': 'Last-Event-ID', 'in':"
	    " 'header', 'schema': " TEXT "}, " IDENTITY "], 'responses': {'200': {'description': 'A stream without an end;"
	    " with poll=1 one answer', 'content': {'text/event-stream': {'schema': {'type': 'string', 'contentMediaType':"
	    " 'application/json', 'contentSchema': {'$ref': '#/components/schemas/event'}}}, 'application/json': {'schema':"
	    " {'$ref': '#/components/schemas/poll'}}}}, " PROBLEMS "}}}" },
	{ "/api/v1/monitoring/dashboard", "{'get': {'operationId': 'get_dashboard', 'summary': 'The figures of the day',"
	    " 'tags': ['monitoring'], 'parameters': [" IDENTITY "], 'responses': {'200': {'description': 'The day', "
	    JSON("dashboard") "}, " PROBLEMS "}}}" },
	{ "/api/v1/monitoring/alerts", "{'get': {'operationId': 'list_alerts', 'summary': 'What needs somebody now', 'tags':"
	    " ['monitoring'], 'parameters': [{'name': 'severity', 'in': 'query', 'schema': " TEXT ", 'description': '0 to 2;"
	    " gte.1, in.(1,2)'}, {'name': 'status', 'in': 'query', 'schema': " TEXT "}, " IDENTITY "], 'responses': {'200':"
	    " {'description': 'The alerts', " JSON("alert_list") "}, " PROBLEMS "}}}" },
	{ "/api/v1/monitoring/alerts/{id}/acknowledgements", "{'parameters': [{'name': 'id', 'in': 'path', 'required': true,"
	    " 'schema': " TEXT "}], 'post': {'operationId': 'acknowledge_alert', 'summary': 'Somebody looks after an alert',"
	    " 'tags': ['monitoring'], 'parameters': [{'$ref': '#/components/parameters/idempotency_key'}, " IDENTITY "],"
	    " 'requestBody': {'required': true, " JSON("acknowledgement") "}, 'responses': {'201': {'description':"
	    " 'The alert', " JSON("alert") "}, " PROBLEMS "}}}" },
};

void openapi_live_schemas(json_t *schemas)
{
	for (size_t i = 0; i < sizeof schemas_of / sizeof schemas_of[0]; i++)
		openapi_put(schemas, schemas_of[i].name, openapi_fmt("%s", schemas_of[i].schema));
}

void openapi_live_paths(json_t *paths)
{
	for (size_t i = 0; i < sizeof paths_of / sizeof paths_of[0]; i++)
		openapi_put(paths, paths_of[i].path, openapi_fmt("%s", paths_of[i].item));
}

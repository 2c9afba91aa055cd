#include "config.h"

#include "server/problem.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct problem problems[] = {
	{ "bad-request", 400, "The request is not well formed", false, 0 },
	{ "bad-json", 400, "The body is not the JSON that it should be", false, 0 },
	{ "unknown-field", 400, "There is no such field", false, 0 },
	{ "unknown-parameter", 400, "There is no such parameter", false, 0 },
	{ "unknown-filter", 400, "The filter cannot be understood", false, 0 },
	{ "bad-cursor", 400, "The cursor belongs to another list", false, 0 },
	{ "bad-parameter", 400, "A parameter has a value that it cannot have", false, 0 },
	{ "idempotency-key-required", 400, "Idempotency-Key is required", false, 0 },
	{ "token-missing", 401, "Nobody is signed in", false, 0 },
	{ "token-invalid", 401, "The token is not valid", false, 0 },
	{ "token-expired", 401, "The token has expired", false, 0 },
	{ "session-revoked", 401, "The session is over", false, 0 },
	{ "invalid-credentials", 401, "Login, password or code is wrong", false, 0 },
	{ "forbidden", 403, "This is not permitted", false, 0 },
	{ "step-up-required", 403, "Prove who you are first", false, 0 },
	{ "password-change-required", 403, "Choose a password first", false, 0 },
	{ "not-found", 404, "There is no such thing, or none that you may see", false, 0 },
	{ "method-not-allowed", 405, "This cannot be done here", false, 0 },
	{ "not-acceptable", 406, "It cannot be had in that form", false, 0 },
	{ "conflict", 409, "Something else was first", false, 0 },
	{ "in-flight", 409, "The same request is being answered", true, 1 },
	{ "slot-taken", 409, "It is taken at that time", false, 0 },
	{ "duplicate", 409, "There is such a record already", false, 0 },
	{ "illegal-transition", 409, "This is not possible in the present state", false, 0 },
	{ "cursor-expired", 410, "The cursor is too old", false, 0 },
	{ "gone", 410, "It is not kept any longer", false, 0 },
	{ "length-required", 411, "Content-Length is required", false, 0 },
	{ "stale-version", 412, "Somebody has changed the record since you read it", false, 0 },
	{ "too-large", 413, "The body is too large", false, 0 },
	{ "unsupported-media", 415, "The body is of a type that is not taken here", false, 0 },
	{ "validation", 422, "A value is refused", false, 0 },
	{ "mid-reused", 422, "The Idempotency-Key was used for another request", false, 0 },
	{ "fk-missing", 422, "What it refers to is not there, or depends on it", false, 0 },
	{ "client-too-old", 426, "The client is too old", false, 0 },
	{ "upgrade-required", 426, "This is for WebSockets", false, 0 },
	{ "if-match-required", 428, "If-Match is required", false, 0 },
	{ "rate-limited", 429, "Too many attempts", true, 60 },
	{ "header-too-large", 431, "The head of the request is too large", false, 0 },
	{ "internal", 500, "Something went wrong here", false, 0 },
	{ "not-implemented", 501, "No such method is known", false, 0 },
	{ "overloaded", 503, "Too many at once", true, 2 },
	{ "stopping", 503, "The server is stopping", true, 5 },
	{ "pool-exhausted", 503, "The database is busy", true, 1 },
	{ "db-unavailable", 503, "The database does not answer", true, 2 },
	{ "read-only", 503, "The database takes no changes at the moment", true, 5 },
	{ "lock-timeout", 503, "Somebody is changing the same record", true, 1 },
	{ "serialization", 503, "Somebody is changing the same record", true, 1 },
	{ "query-timeout", 504, "It took too long and was stopped", false, 0 },
};

/* struct err's code, or how it begins; the first that fits. */
static const struct {
	const char *code, *problem;
} mapped[] = {
	{ "DM001", "illegal-transition" },
	{ "DM003", "stale-version" },
	{ "DM004", "slot-taken" },
	{ "DM008", "mid-reused" },
	{ "DM009", "forbidden" },
	{ "DM015", "session-revoked" },
	{ "DM016", "step-up-required" },
	{ "DM017", "password-change-required" },
	{ "23P01", "slot-taken" },
	{ "23505", "duplicate" },
	{ "23503", "fk-missing" },
	{ "40001", "serialization" },
	{ "40P01", "serialization" },
	{ "55P03", "lock-timeout" },
	{ "57014", "query-timeout" },
	{ "25006", "read-only" },
	{ "E-READONLY", "read-only" },
	{ "E-POOL", "pool-exhausted" },
	{ "E-FILTER", "unknown-filter" },
	{ "E-SORT", "unknown-parameter" },
	{ "E-CURSOR", "bad-cursor" },
	{ "E-FIELD", "unknown-field" },
	{ "53", "db-unavailable" },
	{ "28", "db-unavailable" }, /* the server's own login: nothing that its callers could mend */
};

const struct problem *problem_find(const char *code)
{
	for (size_t i = 0; i < ARRAY_LEN(problems); i++)
		if (strcmp(problems[i].code, code) == 0)
			return &problems[i];
	return problem_find("internal");
}

static const char *of_kind(enum err_kind kind)
{
	switch (kind) {
	case ERR_NOT_FOUND:
		return "not-found";
	case ERR_DENIED:
		return "forbidden";
	case ERR_CONFLICT:
		return "conflict";
	case ERR_INVALID:
	case ERR_USAGE:
		return "validation";
	case ERR_UNREACHABLE:
		return "db-unavailable";
	case ERR_FAILED:
	case ERR_NONE:
		break;
	}
	return "internal";
}

const struct problem *problem_of(const struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(mapped); i++)
		if (strncmp(e->code, mapped[i].code, strlen(mapped[i].code)) == 0)
			return problem_find(mapped[i].problem);
	return problem_find(of_kind(e->kind));
}

const struct problem *problem_all(size_t *n)
{
	*n = ARRAY_LEN(problems);
	return problems;
}

static void put(json_t *o, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		json_object_set_new(o, name, json_string(value));
}

/* What broke inside of the server, and hosts and ports of the database, are for the log, under the trace. */
static void put_err(json_t *o, const struct problem *p, const struct err *e)
{
	bool ours = strcmp(p->code, "db-unavailable") == 0;
	char *text = xstrndup(e->text, ours ? strcspn(e->text, ":") : strlen(e->text));

	if (p->status != 500) {
		put(o, "detail", text);
		put(o, "dm", e->code);
		put(o, "field", e->field);
		put(o, "remedy", ours ? NULL : e->remedy);
	}
	free(text);
}

json_t *problem_json(const struct problem *p, const char *issuer, const char *trace, const char *detail,
    const char *pointer, const struct err *e)
{
	json_t *o = json_object();
	char *type = xasprintf("%s/problems/%s", issuer, p->code);

	put(o, "type", type);
	free(type);
	put(o, "title", p->title);
	json_object_set_new(o, "status", json_integer(p->status));
	put(o, "code", p->code);
	if (e != NULL)
		put_err(o, p, e);
	else
		put(o, "detail", detail);
	if (pointer != NULL) {
		json_t *one = json_object(), *all = json_array();

		put(one, "pointer", pointer);
		put(one, "code", p->code);
		put(one, "detail", e != NULL ? e->text : detail);
		json_array_append_new(all, one);
		json_object_set_new(o, "errors", all);
	}
	put(o, "trace_id", trace);
	json_object_set_new(o, "retryable", json_boolean(p->retryable));
	return o;
}

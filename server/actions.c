/* Transitions, imports, previews, undo, codes: what is asked by POST and is no field of a record. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/uuid.h"
#include "client/celltext.h"
#include "client/secret.h"
#include "server/records.h"
#include "server/rows.h"
#include "server/worker.h"

#define MOST 500 /* rows of an import, changes of a preview: as client.h says */

/* Members that are none of these are refused. The list ends with NULL. */
static bool members(struct request *r, const json_t *o, const char *const *known, const char *where)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)o, name, value) {
		const char *const *k = known;
		char pointer[120];

		while (*k != NULL && strcmp(*k, name) != 0)
			k++;
		if (*k != NULL)
			continue;
		snprintf(pointer, sizeof pointer, "%s/%.80s", where, name);
		respond_problem_at(r, "unknown-field", pointer, "there is no such member: \"%.60s\"", name);
		return false;
	}
	return true;
}

static bool wrong(struct request *r, const char *pointer, const char *what)
{
	respond_problem_at(r, "validation", pointer, "%s", what);
	return false;
}

/* Rows of what the client made itself: all of it text but the number `n`. */
static void answer_rows(struct request *r, const struct table *t)
{
	struct strbuf out = { 0 };
	struct out_columns c = { 0 };

	rows_columns(&c, NULL, NULL, t, NULL, NULL);
	for (size_t i = 0; i < c.n; i++)
		c.v[i].type = strcmp(c.v[i].name, "n") == 0 ? FT_INT : strcmp(c.v[i].name, "allowed") == 0 ? FT_BOOL : FT_TEXT;
	strbuf_puts(&out, "{\"items\":");
	rows_all(&out, &c, t);
	strbuf_putc(&out, '}');
	out_columns_free(&c);
	respond_text(r, 200, "application/json", &out);
}

static void on_rows(const struct reply *reply, void *arg)
{
	struct request *r = arg;

	if (reply->err != NULL)
		respond_err(r, reply->err);
	else
		answer_rows(r, reply->rows);
}

/* ---- transitions ----------------------------------------------------------------------------------------------- */

/* An argument by its name, with _minor or _bp by its type; sealed codes bring what they are sealed with. */
static bool is_argument(const struct action *a, const char *name)
{
	for (const struct arg *g = a->args; g != NULL && g->name != NULL; g++) {
		size_t n = strlen(g->name);
		if (strncmp(g->name, name, n) == 0 && (name[n] == '\0' || strcmp(name + n, "_minor") == 0 ||
		    strcmp(name + n, "_bp") == 0))
			return true;
	}
	if (a->flags & A_SEALED && (strcmp(name, "sealed") == 0 || strcmp(name, "key_version") == 0))
		return true;
	return strcmp(name, "reason") == 0;
}

static bool arguments(struct request *r, const struct action *a, const json_t *args)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)args, name, value) {
		char pointer[96];

		if (is_argument(a, name))
			continue;
		snprintf(pointer, sizeof pointer, "/args/%.80s", name);
		respond_problem_at(r, "unknown-field", pointer, "the action %s has no argument \"%.60s\"", a->name, name);
		return false;
	}
	return true;
}

static void transition(struct request *r, const struct view *v, const char *key)
{
	static const char *const known[] = { "action", "args", NULL };
	json_t *body, *args;
	char id[37];
	int version;

	if (!view_key(r, id) || !view_match(r, false, &version) || (body = request_json(r)) == NULL ||
	    !members(r, body, known, ""))
		return;
	const char *name = json_string_value(json_object_get(body, "action"));
	const struct action *a = name != NULL ? resource_action(v->res, name) : NULL;
	args = json_object_get(body, "args");
	if (a == NULL) {
		wrong(r, "/action", "there is no such action: GET the transitions of the record");
	} else if (args != NULL && !json_is_object(args)) {
		wrong(r, "/args", "the arguments are an object");
	} else if (version < 0) {
		view_stale(r, v, key);
	} else if (args == NULL || arguments(r, a, args)) {
		client_mutate(request_session(r), &(struct mutation){ .id = id, .res = v->res, .kind = "action", .record = key,
		    .version = version, .action = a->name, .args = args }, request_owner(r), records_on_outcome,
		    records_write(r, v, key));
	}
}

struct asked {
	struct request *r;
	const struct view *view;
};

static void on_actions(const struct reply *reply, void *arg)
{
	const struct asked *x = arg;

	if (reply->err == NULL || reply->err->kind != ERR_NOT_FOUND || view_scoped(x->r, x->view->res))
		on_rows(reply, x->r);
}

void records_transitions(struct request *r, const struct view *v)
{
	const char *key = request_part(r, "key");
	struct asked *x;

	if (request_method(r) == POST) {
		transition(r, v, key);
		return;
	}
	x = view_alloc(r, sizeof *x);
	*x = (struct asked){ r, v };
	client_actions(request_session(r), v->res, key, request_owner(r), on_actions, x);
}

/* ---- several at once ------------------------------------------------------------------------------------------- */

static void on_import(const struct reply *reply, void *arg)
{
	struct request *r = arg;

	if (reply->err != NULL)
		respond_err(r, reply->err);
	else
		respond_json(r, 200, json_pack("{s:O}", "items", reply->json));
}

static bool import_rows_good(struct request *r, const json_t *rows)
{
	static const char *const known[] = { "line", "set", NULL };
	size_t i;
	json_t *row;

	if (!json_is_array(rows) || json_array_size(rows) > MOST)
		return wrong(r, "/rows", "rows are at most 500 of {\"line\": n, \"set\": {…}}");
	json_array_foreach(rows, i, row) {
		char pointer[40];

		snprintf(pointer, sizeof pointer, "/rows/%zu", i);
		if (!json_is_object(row) || !json_is_integer(json_object_get(row, "line")) ||
		    !json_is_object(json_object_get(row, "set")))
			return wrong(r, pointer, "a row is {\"line\": n, \"set\": {…}}");
		if (!members(r, row, known, pointer))
			return false;
	}
	return true;
}

void records_import(struct request *r, const struct view *v)
{
	static const char *const known[] = { "rows", "dry_run", NULL };
	json_t *body, *rows, *dry;
	char id[37];

	if (!view_key(r, id) || (body = request_json(r)) == NULL || !members(r, body, known, ""))
		return;
	rows = json_object_get(body, "rows");
	dry = json_object_get(body, "dry_run");
	if (dry != NULL && !json_is_boolean(dry))
		wrong(r, "/dry_run", "dry_run is true or false");
	else if (import_rows_good(r, rows))
		client_import(request_session(r), v->res, rows, json_is_true(dry), id, request_owner(r), on_import, r);
}

/* One change of a preview, pointing into the body. */
static bool read_change(struct request *r, const json_t *o, size_t i, struct mutation *m)
{
	static const char *const known[] = { "id", "resource", "kind", "record", "base_version", "action", "set", "args",
		"undo", "at", NULL };
	char pointer[40];

	snprintf(pointer, sizeof pointer, "/mutations/%zu", i);
	if (!json_is_object(o))
		return wrong(r, pointer, "a change is an object");
	if (!members(r, o, known, pointer))
		return false;
	const char *name = json_string_value(json_object_get(o, "resource"));
	*m = (struct mutation){
		.id = json_string_value(json_object_get(o, "id")), .res = name != NULL ? catalogue_resource(name) : NULL,
		.kind = json_string_value(json_object_get(o, "kind")),
		.record = json_string_value(json_object_get(o, "record")),
		.version = (int)json_integer_value(json_object_get(o, "base_version")),
		.action = json_string_value(json_object_get(o, "action")), .set = json_object_get(o, "set"),
		.args = json_object_get(o, "args"), .undo = json_string_value(json_object_get(o, "undo")),
	};
	if (m->kind == NULL || (m->res == NULL && strcmp(m->kind, "undo") != 0))
		return wrong(r, pointer, "a change names its resource and its kind: create, patch, action or undo");
	return (m->id == NULL || uuid_valid(m->id)) || wrong(r, pointer, "the id of a change is a UUID");
}

void records_previews(struct request *r)
{
	static const char *const known[] = { "mutations", NULL };
	json_t *body, *all, *one;
	char id[37];
	size_t i;

	if (!view_key(r, id) || (body = request_json(r)) == NULL || !members(r, body, known, ""))
		return;
	all = json_object_get(body, "mutations");
	if (!json_is_array(all) || json_array_size(all) == 0 || json_array_size(all) > MOST) {
		wrong(r, "/mutations", "mutations are 1 to 500 changes");
		return;
	}
	struct mutation *ms = view_alloc(r, json_array_size(all) * sizeof *ms);
	json_array_foreach(all, i, one)
		if (!read_change(r, one, i, &ms[i]))
			return;
	client_preview(request_session(r), ms, json_array_size(all), request_owner(r), on_rows, r);
}

void records_undo(struct request *r)
{
	static const char *const known[] = { "mutation", NULL };
	static const struct view any = { .name = "undo" };
	json_t *body;
	char id[37];

	if (!view_key(r, id) || (body = request_json(r)) == NULL || !members(r, body, known, ""))
		return;
	const char *undo = json_string_value(json_object_get(body, "mutation"));
	if (undo == NULL || !uuid_valid(undo))
		wrong(r, "/mutation", "which change is taken back: the Idempotency-Key that it was made with");
	else
		client_mutate(request_session(r), &(struct mutation){ .id = id, .kind = "undo", .undo = undo },
		    request_owner(r), records_on_outcome, records_write(r, &any, NULL));
}

/* ---- codes: the line of the log first, then what it allows ----------------------------------------------------- */

static void put_code(struct request *r, const char *view, const struct code_place *at, const char *text)
{
	struct strbuf out = { 0 };

	strbuf_puts(&out, "{\"status\":\"applied\",\"view\":");
	json_text(&out, view);
	strbuf_puts(&out, ",\"unit\":");
	json_text(&out, at->unit);
	strbuf_puts(&out, ",\"kind\":");
	json_text(&out, at->kind);
	strbuf_puts(&out, ",\"code\":");
	json_text(&out, text);
	strbuf_putc(&out, '}');
	respond_text(r, 200, "application/json", &out);
}

struct revealing {
	struct request *r;
	char view[64]; /* the line of the log */
};

static void on_sealed(const struct reply *reply, void *arg)
{
	const struct revealing *x = arg;
	struct request *r = x->r;
	const json_t *o = reply->json;
	struct err e;

	if (reply->err != NULL) {
		respond_err(r, reply->err);
		return;
	}
	struct code_place at = { .company = (int)json_integer_value(json_object_get(o, "company")),
		.unit = json_string_value(json_object_get(o, "unit")), .kind = json_string_value(json_object_get(o, "kind")) };
	const char *sealed = json_string_value(json_object_get(o, "sealed"));
	struct code_keys *keys = code_keys_read(worker_config(request_worker(r))->codes_key, false, &e);
	char *text = keys != NULL && at.unit != NULL && at.kind != NULL && sealed != NULL ?
	    code_open(keys, (int)json_integer_value(json_object_get(o, "key_version")), &at, sealed, &e) : NULL;

	if (text != NULL)
		put_code(r, x->view, &at, text);
	else
		respond_problem(r, "internal", "the code cannot be opened");
	code_forget(text);
	code_keys_free(keys);
}

static void on_logged(const struct reply *reply, void *arg)
{
	struct revealing *x = arg;
	const char *view = reply->err == NULL ? json_string_value(json_object_get(reply->json, "view")) : NULL;

	snprintf(x->view, sizeof x->view, "%s", view != NULL ? view : "");
	if (reply->err != NULL)
		respond_err(x->r, reply->err);
	else
		client_code(request_session(x->r), x->view, request_owner(x->r), on_sealed, x);
}

void records_reveal(struct request *r, const struct view *v)
{
	static const char *const known[] = { "kind", "reason", "reservation", NULL };
	struct param args[3];
	char id[37];
	json_t *body;
	int n = 0;

	(void)v;
	if (!view_key(r, id) || (body = request_json(r)) == NULL || !members(r, body, known, ""))
		return;
	if (worker_config(request_worker(r))->codes_key == NULL) {
		respond_problem(r, "not-implemented", "this server holds no key of access codes");
		return;
	}
	for (const char *const *k = known; *k != NULL; k++) {
		const char *value = json_string_value(json_object_get(body, *k));
		if (value != NULL)
			args[n++] = (struct param){ *k, value };
	}
	struct revealing *x = view_alloc(r, sizeof *x);
	x->r = r;
	client_reveal(request_session(r), request_part(r, "key"), args, n, request_owner(r), on_logged, x);
}

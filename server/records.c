#include "config.h"

#include "server/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/uuid.h"
#include "server/rows.h"

/* ---- bodies: pure ------------------------------------------------------------------------------------------------ */

bool records_check_body(const struct resource *res, const json_t *set, struct flaw *f)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)set, name, value) {
		char pointer[90];
		struct err e;

		if (resource_shown(res, name) != NULL)
			continue;
		snprintf(pointer, sizeof pointer, "/%.80s", name);
		resource_unknown_field(res, name, ERR_INVALID, "E-FIELD", &e);
		return flaw_set(f, "unknown-field", pointer, &e);
	}
	return true;
}

json_t *records_replace(const struct resource *res, const json_t *body)
{
	json_t *out = json_object();

	for (const struct field *f = res->fields; f->name != NULL; f++) {
		char column[64];
		json_t *value = json_object_get(body, field_column(f, column));
		bool plain = value == NULL;

		if (!field_editable(f))
			continue;
		value = plain ? json_object_get(body, f->name) : value;
		json_object_set_new(out, plain && value != NULL ? f->name : column,
		    value != NULL ? json_incref(value) : json_null());
	}
	return out;
}

const struct action *records_delete_action(const struct resource *res)
{
	static const char *const names[] = { "delete", "archive", "void" };
	const struct action *a = NULL;

	for (size_t i = 0; i < ARRAY_LEN(names) && a == NULL; i++)
		a = resource_action(res, names[i]);
	return a;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct reading {
	struct request *r;
	const struct view *view;
	int status;          /* 200, 201 */
};

/* RFC 9110 §13.1.2: one of the tags, compared weakly, or *. */
static bool matches(const char *header, const char *tag)
{
	return header != NULL && *tag != '\0' && (strcmp(header, "*") == 0 || strstr(header, tag) != NULL);
}

static void on_record(const struct reply *reply, void *arg)
{
	struct reading *x = arg;
	struct strbuf out = { 0 };
	struct out_columns c = { 0 };
	struct err e;
	char tag[64];

	if (reply->err != NULL) {
		if (reply->err->kind != ERR_NOT_FOUND || view_scoped(x->r, x->view->res))
			respond_err(x->r, reply->err);
		return;
	}
	rows_etag(reply->rows, tag);
	if (*tag != '\0')
		respond_header(x->r, "ETag", tag);
	if (x->status == 200 && matches(request_header(x->r, "If-None-Match"), tag)) {
		respond_empty(x->r, 304);
		return;
	}
	if (rows_columns(&c, x->view->res, NULL, reply->rows, request_query(x->r, "fields"), &e)) {
		alias_columns(x->view->alias, &c);
		rows_one(&out, &c, reply->rows, 0);
		respond_text(x->r, x->status, "application/json", &out);
	} else {
		respond_problem_at(x->r, "unknown-field", "?fields", "%s. %s", e.text, e.remedy);
	}
	out_columns_free(&c);
}

static void read_record(struct request *r, const struct view *v, const char *key, int status)
{
	struct reading *x = view_alloc(r, sizeof *x);

	*x = (struct reading){ r, v, status };
	client_get(request_session(r), v->res, key, request_owner(r), on_record, x);
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

struct write *records_write(struct request *r, const struct view *v, const char *key)
{
	struct write *w = view_alloc(r, sizeof *w);

	*w = (struct write){ .r = r, .view = v, .key = key };
	return w;
}

/* What no list shows is in no answer either. */
static void drop_secrets(const struct resource *res, json_t *row)
{
	char column[64];

	for (const struct field *f = res->fields; row != NULL && f->name != NULL; f++)
		if (f->flags & F_SECRET)
			json_object_del(row, field_column(f, column));
}

void records_on_outcome(const struct reply *reply, void *arg)
{
	struct write *w = arg;
	int status = 200, version;

	if (reply->err != NULL) {
		view_refusal(w->r, w->view, w->key, reply->err);
		return;
	}
	json_t *o = json_deep_copy(reply->json);
	const char *record = json_string_value(json_object_get(o, "record"));
	version = (int)json_integer_value(json_object_get(o, "version"));
	if (w->key == NULL && record != NULL && w->view->base != NULL) {
		char *where = xasprintf("%s/%s", w->view->base, record);
		respond_header(w->r, "Location", where);
		free(where);
		status = json_is_true(json_object_get(o, "replayed")) ? 200 : 201;
	}
	if (version > 0)
		respond_etag(w->r, version);
	if (w->view->res != NULL)
		drop_secrets(w->view->res, json_object_get(o, "row"));
	if (w->empty) {
		respond_empty(w->r, 204);
	} else if (w->view->alias != NULL && record != NULL) {
		read_record(w->r, w->view, request_keep(w->r, xstrdup(record), free), status);
	} else {
		respond_json(w->r, status, o);
		return;
	}
	json_decref(o);
}

/* The body under the catalogue's names, checked; it belongs to the request. NULL: answered. */
static void decref(void *p)
{
	json_decref(p);
}

static json_t *body_of(struct request *r, const struct view *v)
{
	json_t *body = request_json(r);
	struct flaw f;
	struct err e;

	if (body == NULL)
		return NULL;
	if (v->alias == NULL) {
		body = request_keep(r, json_deep_copy(body), decref);
	} else if ((body = alias_body(v->alias, body, &e)) == NULL) {
		respond_err(r, &e);
		return NULL;
	} else {
		request_keep(r, body, decref);
	}
	if (records_check_body(v->res, body, &f))
		return body;
	view_flaw(r, &f);
	return NULL;
}

void records_create(struct request *r, const struct view *v)
{
	char id[37];
	json_t *set;

	if (!view_key(r, id) || (set = body_of(r, v)) == NULL)
		return;
	if (v->owner != NULL)
		json_object_set_new(set, v->field->name, json_string(v->owner));
	json_t *given = json_object_get(set, "id");
	if (given != NULL && (!json_is_string(given) || !uuid_valid(json_string_value(given)))) {
		respond_problem_at(r, "validation", "/id", "the id of a new record is a UUID");
		return;
	}
	const char *record = given != NULL ? request_keep(r, xstrdup(json_string_value(given)), free) : NULL;
	json_object_del(set, "id");
	client_mutate(request_session(r), &(struct mutation){ .id = id, .res = v->res, .kind = "create", .record = record,
	    .set = set }, request_owner(r), records_on_outcome, records_write(r, v, NULL));
}

static void change(struct request *r, const struct view *v, const char *key)
{
	char id[37];
	int version;
	json_t *set;

	if (!view_match(r, true, &version) || !view_key_or_new(r, id) || (set = body_of(r, v)) == NULL)
		return;
	if (version < 0) {
		view_stale(r, v, key);
		return;
	}
	if (request_method(r) == PUT)
		set = request_keep(r, records_replace(v->res, set), decref);
	client_mutate(request_session(r), &(struct mutation){ .id = id, .res = v->res, .kind = "patch", .record = key,
	    .version = version, .set = set }, request_owner(r), records_on_outcome, records_write(r, v, key));
}

static void delete_record(struct request *r, const struct view *v, const char *key)
{
	const struct action *a = records_delete_action(v->res);
	const char *reason = request_query(r, "reason");
	char id[37];
	int version;

	if (a == NULL) {
		respond_problem(r, "method-not-allowed", "%s are not deleted: see the transitions of this one", v->res->name);
		return;
	}
	if (!view_match(r, true, &version) || !view_key_or_new(r, id))
		return;
	if (version < 0) {
		view_stale(r, v, key);
		return;
	}
	struct write *w = records_write(r, v, key);
	json_t *args = reason != NULL ? request_keep(r, json_pack("{s:s}", "reason", reason), decref) : NULL;
	w->empty = true;
	client_mutate(request_session(r), &(struct mutation){ .id = id, .res = v->res, .kind = "action", .record = key,
	    .version = version, .action = a->name, .args = args }, request_owner(r), records_on_outcome, w);
}

void records_serve(struct request *r, const struct view *v)
{
	const char *key = request_part(r, "key");

	switch (request_method(r)) {
	case PATCH:
	case PUT:
		change(r, v, key);
		break;
	case DELETE:
		delete_record(r, v, key);
		break;
	default:
		read_record(r, v, key, 200);
	}
}

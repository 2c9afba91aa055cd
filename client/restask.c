#include "config.h"

#include "client/restask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/answer.h"
#include "client/resterr.h"
#include "client/restjson.h"
#include "client/sqlgen.h"

#define ROOT "/api/v1/"

/* ---- pieces ------------------------------------------------------------------------------------------------ */

void restask_escape(struct strbuf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		    strchr("-_.~", *s) != NULL;

		if (plain)
			strbuf_putc(out, *s);
		else
			strbuf_printf(out, "%%%02X", (unsigned char)*s);
	}
}

static void add_path(struct restask *a, const char *fixed, const char *word, const char *rest)
{
	strbuf_puts(&a->path, fixed);
	restask_escape(&a->path, word);
	strbuf_puts(&a->path, rest);
}

/* name=value behind ? or & */
static void add_query(struct restask *a, const char *name, const char *value)
{
	strbuf_putc(&a->path, strchr(strbuf_str(&a->path), '?') != NULL ? '&' : '?');
	restask_escape(&a->path, name);
	strbuf_putc(&a->path, '=');
	restask_escape(&a->path, value);
}

static void add_number(struct restask *a, const char *name, unsigned n)
{
	char text[16];

	snprintf(text, sizeof text, "%u", n);
	add_query(a, name, text);
}

/* Taken. A line end in it would be another header: it goes no further than here. */
static void add_header(struct restask *a, char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	a->header[a->nheaders++] = line;
}

static void add_identity(struct restask *a, const struct session *s)
{
	if (s->asked_company > 0)
		add_header(a, xasprintf("Domovoi-Company: %d", s->asked_company));
	if (s->asked_role != NULL)
		add_header(a, xasprintf("Domovoi-Role: %s", s->asked_role));
	if (s->see_as != NULL)
		add_header(a, xasprintf("Domovoi-See-As: %s", s->see_as));
}

static void set_body(struct restask *a, json_t *doc)
{
	a->body = json_dumps(doc, JSON_COMPACT);
	json_decref(doc);
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

/* Cannot stand in a path, whatever is done to it: servers and proxies take these apart or refuse them. */
static bool is_no_part(const char *key)
{
	return strcmp(key, "") == 0 || strcmp(key, ".") == 0 || strcmp(key, "..") == 0 || strpbrk(key, "/\\") != NULL;
}

/* What no server is asked: the same check that stands before the database. */
static bool is_askable(const struct ticket *t, struct err *e)
{
	int company = session_company(t->session);
	struct sql sql = { 0 };
	bool good = true;

	if (t->ask == ASK_LIST)
		good = sqlgen_list(&sql, &t->query, company, e);
	else if (t->ask == ASK_GET)
		good = sqlgen_get(&sql, t->res, t->key, company, e);
	else if (t->ask == ASK_REPORT)
		good = sqlgen_report(&sql, t->rep, t->args, t->nargs, company, e);
	sql_free(&sql);
	if (good && (t->ask == ASK_GET || t->ask == ASK_ACTIONS || t->ask == ASK_REVEAL) && is_no_part(t->key)) {
		answer_no_record(e, t->key);
		good = false;
	}
	return good;
}

static void add_filter(struct restask *a, const struct ticket *t)
{
	struct query q = t->query; /* shallow: only the currency is another one */
	char *text;

	if (q.nterms == 0)
		return;
	snprintf(q.currency, sizeof q.currency, "%s", session_currency(t->session));
	text = query_filter_text(&q);
	add_query(a, "filter", text);
	free(text);
}

static void ask_list(struct restask *a, const struct ticket *t)
{
	const struct query *q = &t->query;
	char *sort = xasprintf("%s%s", q->descending ? "-" : "", q->sort->name);

	a->method = "GET";
	add_path(a, ROOT, t->res->name, "");
	add_filter(a, t);
	add_query(a, "sort", sort);
	add_number(a, "limit", q->limit);
	if (q->after != NULL)
		add_query(a, q->backward ? "before" : "after", q->after);
	else if (q->backward)
		add_query(a, "before", "");
	if (q->brief)
		add_query(a, "brief", "true");
	if (q->company > 0) {
		char *company = xasprintf("eq.%d", q->company);
		add_query(a, "company", company);
		free(company);
	}
	if (q->count)
		add_header(a, xstrdup("Prefer: count=exact"));
	if (q->count && q->count_most > 0)
		add_number(a, "count_most", q->count_most);
	free(sort);
}

static bool has_arg(const struct report *rep, const char *name)
{
	for (const struct arg *arg = rep->args; arg != NULL && arg->name != NULL; arg++)
		if (strcmp(arg->name, name) == 0)
			return true;
	return false;
}

static void ask_report(struct restask *a, const struct ticket *t)
{
	a->method = "GET";
	if (t->key != NULL) { /* it takes long, and is made aside */
		strbuf_printf(&a->path, ROOT "report-jobs/%s", t->key);
		return;
	}
	add_path(a, ROOT "reports/", t->rep->name, "");
	for (int i = 0; i < t->nargs; i++)
		if (t->args[i].value != NULL)
			add_query(a, t->args[i].name, t->args[i].value);
	if (t->most > 0 && !has_arg(t->rep, "limit")) /* else there are few rows, and the answer is cut here */
		add_number(a, "limit", t->most);
}

static void ask_record(struct restask *a, const struct ticket *t, const char *rest)
{
	a->method = "GET";
	add_path(a, ROOT, t->res->name, "/");
	add_path(a, "", t->key, rest);
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

static const char *string_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static json_t *object_of(const json_t *o, const char *key)
{
	json_t *found = json_object_get(o, key);

	return found != NULL ? json_deep_copy(found) : json_object();
}

static void ask_change(struct restask *a, const struct ticket *t)
{
	const char *kind = string_of(t->json, "kind"), *record = string_of(t->json, "record");
	json_t *set = object_of(t->json, "set");

	add_path(a, ROOT, t->res->name, "");
	a->method = "POST";
	if (strcmp(kind, "create") == 0) {
		json_object_set_new(set, "id", json_string(record));
	} else if (strcmp(kind, "patch") == 0) {
		a->method = "PATCH";
		add_path(a, "/", record != NULL ? record : "", "");
	} else {
		json_decref(set);
		set = json_pack("{s:o, s:o}", "action", json_string(string_of(t->json, "action")), "args",
		    object_of(t->json, "args"));
		add_path(a, "/", record != NULL ? record : "", "/transitions");
	}
	set_body(a, set);
}

static void ask_mutate(struct restask *a, const struct ticket *t)
{
	const char *kind = string_of(t->json, "kind");
	int version = (int)json_integer_value(json_object_get(t->json, "base_version"));

	add_header(a, xasprintf("Idempotency-Key: %s", string_of(t->json, "id")));
	if (strcmp(kind, "undo") == 0) {
		a->method = "POST";
		add_path(a, ROOT "undo", "", "");
		set_body(a, json_pack("{s:o}", "mutation", json_string(string_of(t->json, "undo"))));
		return;
	}
	if (strcmp(kind, "create") != 0)
		add_header(a, version > 0 ? xasprintf("If-Match: \"v%d\"", version) : xstrdup("If-Match: *"));
	ask_change(a, t);
}

static void new_key(struct restask *a, const char *id)
{
	char made[UUID_LEN + 1];

	if (id == NULL)
		uuid_v7(made);
	add_header(a, xasprintf("Idempotency-Key: %s", id != NULL ? id : made));
}

static void ask_import(struct restask *a, const struct ticket *t)
{
	a->method = "POST";
	new_key(a, t->key);
	add_path(a, ROOT, t->res->name, "/import");
	set_body(a, json_pack("{s:O, s:b}", "rows", t->json, "dry_run", t->dry_run));
}

static void ask_preview(struct restask *a, const struct ticket *t)
{
	a->method = "POST";
	new_key(a, NULL);
	add_path(a, ROOT "previews", "", "");
	set_body(a, json_pack("{s:O}", "mutations", t->json));
}

static void ask_reveal(struct restask *a, const struct ticket *t)
{
	json_t *body = json_object();

	a->method = "POST";
	new_key(a, NULL);
	add_path(a, ROOT "units/", t->key, "/access-code-reveals");
	for (int i = 0; i < t->nargs; i++)
		if (t->args[i].value != NULL)
			json_object_set_new(body, t->args[i].name, json_string(t->args[i].value));
	set_body(a, body);
}

void restask_whoami(struct restask *a, const struct session *s)
{
	a->method = "GET";
	add_path(a, ROOT "auth/me", "", "");
	add_identity(a, s);
}

bool restask_ticket(struct restask *a, const struct ticket *t, struct err *e)
{
	err_clear(e);
	if (!is_askable(t, e))
		return false;
	switch (t->ask) {
	case ASK_LIST:
		ask_list(a, t);
		break;
	case ASK_GET:
		ask_record(a, t, "");
		break;
	case ASK_ACTIONS:
		ask_record(a, t, "/transitions");
		break;
	case ASK_REPORT:
		ask_report(a, t);
		break;
	case ASK_MUTATE:
		ask_mutate(a, t);
		break;
	case ASK_PREVIEW:
		ask_preview(a, t);
		break;
	case ASK_IMPORT:
		ask_import(a, t);
		break;
	case ASK_REVEAL:
		ask_reveal(a, t);
		break;
	case ASK_WHOAMI:
		restask_whoami(a, t->session);
		return true;
	case ASK_CODE: /* came with the answer of the reveal: rest.c keeps it */
	case ASK_CALL:
		err_set(e, ERR_FAILED, "E-API", NULL, NULL, "%s", _("this is asked of PostgreSQL only"));
		return false;
	}
	add_identity(a, t->session);
	return true;
}

void restask_free(struct restask *a)
{
	for (size_t i = 0; i < a->nheaders; i++)
		free(a->header[i]);
	strbuf_free(&a->path);
	if (a->body != NULL)
		explicit_bzero(a->body, strlen(a->body));
	free(a->body);
	*a = (struct restask){ 0 };
}

bool restask_again(const struct ticket *t)
{
	return t->ask != ASK_IMPORT || t->dry_run || t->key != NULL;
}

/* ---- answers ----------------------------------------------------------------------------------------------- */

static void unreadable(struct ticket *t)
{
	err_set(&t->err, ERR_FAILED, "E-API", NULL, _("Its keeper and you should use the same version"), "%s",
	    _("the server answers something that this program does not understand"));
}

static void answer_list(struct ticket *t, const json_t *doc)
{
	const json_t *on = json_object_get(doc, t->query.backward ? "prev" : "next");
	const json_t *counted = json_object_get(doc, "count"), *count = json_object_get(counted, "value");
	const char *kind = json_string_value(json_object_get(counted, "kind"));

	t->rows = restjson_table(json_object_get(doc, "items"), json_object_get(doc, "columns"), t->res, NULL, 0);
	t->more = json_is_string(on);
	if (json_is_integer(count))
		t->count = json_integer_value(count) + (kind != NULL && strcmp(kind, "capped") == 0); /* one more: "more than" */
	if (t->rows == NULL || (t->query.count && t->count < 0))
		unreadable(t);
}

static json_t *keys_of(const json_t *object)
{
	json_t *keys = json_array();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
		json_array_append_new(keys, json_string(key));
	return keys;
}

/* A record alone names no columns: its members are in their order. */
static struct table *table_of_one(const json_t *record, const struct resource *res)
{
	json_t *rows = json_pack("[O]", record), *columns = keys_of(record);
	struct table *t = restjson_table(rows, columns, res, NULL, 0);

	json_decref(rows);
	json_decref(columns);
	return t;
}

static void answer_report(struct ticket *t, const json_t *doc)
{
	t->rows = restjson_table(json_object_get(doc, "rows"), json_object_get(doc, "columns"), NULL, t->rep, t->most);
	if (t->rows == NULL)
		unreadable(t);
}

static void answer_allowed(struct ticket *t, const json_t *doc)
{
	const json_t *one;
	size_t i;

	t->rows = answer_actions();
	json_array_foreach(json_object_get(doc, "items"), i, one) {
		struct err why;
		bool allowed = json_is_true(json_object_get(one, "allowed"));

		if (!allowed)
			resterr_from_refusal(one, &why);
		answer_add_action(t->rows, t->res, string_of(one, "action"), allowed ? NULL : &why);
	}
	if (!json_is_array(json_object_get(doc, "items")))
		unreadable(t);
}

static void answer_expected(struct ticket *t, const json_t *doc)
{
	static const char *const names[PREVIEW_CELLS] = { "n", "record", "label", "outcome" };
	const json_t *one;
	size_t i;

	t->rows = answer_previews();
	json_array_foreach(json_object_get(doc, "items"), i, one) {
		const char *cell[PREVIEW_CELLS];
		bool refused = json_is_string(json_object_get(one, "code"));
		struct err why;
		char n[16];

		for (int c = 0; c < PREVIEW_CELLS; c++)
			cell[c] = string_of(one, names[c]);
		snprintf(n, sizeof n, "%lld", (long long)json_integer_value(json_object_get(one, "n")));
		cell[0] = n;
		if (refused)
			resterr_from_refusal(one, &why);
		answer_add_preview(t->rows, cell, refused ? &why : NULL);
	}
	if (!json_is_array(json_object_get(doc, "items")))
		unreadable(t);
}

/* The code comes at once; what it is asked for by in the second step is a word between us. */
static void answer_revealed(struct ticket *t, const json_t *doc)
{
	char view[UUID_LEN + 1];

	if (string_of(doc, "code") == NULL) {
		unreadable(t);
		return;
	}
	t->out = json_deep_copy(doc);
	uuid_v7(view);
	if (string_of(doc, "view") == NULL)
		json_object_set_new(t->out, "view", json_string(view));
}

struct table *restask_me(const json_t *doc)
{
	return restjson_table(json_object_get(doc, "rows"), json_object_get(doc, "columns"), NULL, NULL, 0);
}

void restask_answer(struct ticket *t, const json_t *doc)
{
	switch (t->ask) {
	case ASK_LIST:
		answer_list(t, doc);
		break;
	case ASK_GET:
		if ((t->rows = table_of_one(doc, t->res)) == NULL)
			unreadable(t);
		break;
	case ASK_ACTIONS:
		answer_allowed(t, doc);
		break;
	case ASK_REPORT:
		answer_report(t, doc);
		break;
	case ASK_MUTATE:
		t->out = json_deep_copy(doc);
		answer_applied(t->out, resterr_from_refusal, &t->err);
		break;
	case ASK_REVEAL:
		answer_revealed(t, doc);
		break;
	case ASK_IMPORT:
		t->out = json_deep_copy(json_object_get(doc, "items"));
		answer_lines(t->out, resterr_from_refusal);
		if (!json_is_array(t->out))
			unreadable(t);
		break;
	case ASK_PREVIEW:
		answer_expected(t, doc);
		break;
	case ASK_WHOAMI:
		if ((t->rows = restask_me(doc)) == NULL)
			unreadable(t);
		break;
	case ASK_CODE:
	case ASK_CALL:
		break;
	}
}

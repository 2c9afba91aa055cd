#include "config.h"

#include "server/view.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"
#include "base/uuid.h"
#include "server/rows.h"

void *view_alloc(struct request *r, size_t size)
{
	return request_keep(r, xcalloc(1, size), free);
}

static const struct resource *resource_exactly(const char *name)
{
	for (const struct resource *const *res = catalogue_resources(); *res != NULL; res++)
		if (strcmp((*res)->name, name) == 0)
			return *res;
	return NULL;
}

const struct view *view_catalogue(struct request *r)
{
	const char *name = request_part(r, "resource");
	const struct resource *res = resource_exactly(name);
	struct view *v = view_alloc(r, sizeof *v);

	if (res == NULL) {
		respond_problem(r, "not-found", "there are no records of the kind \"%.60s\": see /api/v1/openapi.json", name);
		return NULL;
	}
	*v = (struct view){ .res = res, .name = res->name, .base = request_keep(r, xasprintf("/api/v1/%s", res->name), free) };
	return v;
}

/* ---- headers --------------------------------------------------------------------------------------------------- */

static bool take_key(struct request *r, const char *given, char id[static 37])
{
	if (!uuid_valid(given)) {
		respond_problem(r, "idempotency-key-required", "Idempotency-Key is a UUID, made for this one change");
		return false;
	}
	for (int i = 0; i <= UUID_LEN; i++)
		id[i] = (char)tolower((unsigned char)given[i]);
	return view_claim(r, id);
}

bool view_key(struct request *r, char id[static 37])
{
	const char *given = request_header(r, "Idempotency-Key");

	if (given != NULL)
		return take_key(r, given, id);
	respond_problem(r, "idempotency-key-required", "the header Idempotency-Key: a UUID, made for this one change");
	return false;
}

bool view_key_or_new(struct request *r, char id[static 37])
{
	const char *given = request_header(r, "Idempotency-Key");

	if (given != NULL)
		return take_key(r, given, id);
	uuid_v7(id);
	return true;
}

bool view_match(struct request *r, bool required, int *version)
{
	const char *given = request_header(r, "If-Match");

	*version = 0;
	if (given != NULL)
		*version = params_version(given);
	else if (required)
		respond_problem(r, "if-match-required", "the header If-Match says which version is meant: the ETag, or *");
	return given != NULL || !required;
}

/* ---- the same key twice at once ---------------------------------------------------------------------------------- */

/*
 * The database answers a repeated mutation by itself, but the second waits there, with a connection, until the first is
 * done. What one process sees of it needs no connection.
 */
struct claim {
	LIST_ENTRY(claim) link;
	char id[37], user[37];
};

static pthread_mutex_t claims_lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, claim) claims = LIST_HEAD_INITIALIZER(claims);

static void unclaim(void *p)
{
	struct claim *c = p;

	pthread_mutex_lock(&claims_lock);
	LIST_REMOVE(c, link);
	pthread_mutex_unlock(&claims_lock);
	free(c);
}

bool view_claim(struct request *r, const char *id)
{
	struct claim *mine = xcalloc(1, sizeof *mine), *c;

	snprintf(mine->id, sizeof mine->id, "%s", id);
	snprintf(mine->user, sizeof mine->user, "%s", request_identity(r)->user);
	pthread_mutex_lock(&claims_lock);
	LIST_FOREACH(c, &claims, link)
		if (strcmp(c->id, mine->id) == 0 && strcmp(c->user, mine->user) == 0)
			break;
	if (c == NULL)
		LIST_INSERT_HEAD(&claims, mine, link);
	pthread_mutex_unlock(&claims_lock);
	if (c == NULL) {
		request_keep(r, mine, unclaim);
		return true;
	}
	free(mine);
	respond_problem(r, "in-flight", "a request with this Idempotency-Key is being answered: ask again in a second");
	return false;
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

void view_flaw(struct request *r, const struct flaw *f)
{
	if (f->err.remedy[0] != '\0')
		respond_problem_at(r, f->code, f->pointer, "%s. %s", f->err.text, f->err.remedy);
	else
		respond_problem_at(r, f->code, f->pointer, "%s", f->err.text);
}

struct stale {
	struct request *r;
	const struct view *view;
	struct err err;
};

/* 412 with what is there now, if it is still there. */
static void on_current(const struct reply *reply, void *arg)
{
	struct stale *s = arg;
	struct out_columns c = { 0 };

	if (reply->err != NULL) {
		respond_err(s->r, reply->err);
		return;
	}
	rows_columns(&c, s->view->res, NULL, reply->rows, NULL, NULL);
	alias_columns(s->view->alias, &c);
	respond_stale(s->r, &s->err, rows_object(&c, reply->rows));
	out_columns_free(&c);
}

static void answer_stale(struct request *r, const struct view *v, const char *key, const struct err *e)
{
	struct stale *s = view_alloc(r, sizeof *s);

	*s = (struct stale){ .r = r, .view = v, .err = *e };
	client_get(request_session(r), v->res, key, request_owner(r), on_current, s);
}

void view_stale(struct request *r, const struct view *v, const char *key)
{
	struct err e;

	err_set(&e, ERR_CONFLICT, "DM003", NULL, "Read it again", "somebody has changed the record since you read it");
	answer_stale(r, v, key, &e);
}

void view_refusal(struct request *r, const struct view *v, const char *key, const struct err *e)
{
	if (strcmp(e->code, "DM003") == 0 && key != NULL)
		answer_stale(r, v, key, e);
	else
		respond_err(r, e);
}

bool view_scoped(struct request *r, const struct resource *res)
{
	if (request_identity(r)->key[0] == '\0' || res->read == NULL || session_may(request_session(r), res->read))
		return true;
	respond_problem(r, "forbidden", "The key has no scope for %s: it needs %s", res->name, res->read);
	return false;
}

/* ---- who asks, and how ----------------------------------------------------------------------------------------- */

struct known {
	struct request *r;
	void (*fn)(struct request *r, void *arg);
	void *arg;
};

static void on_known(const struct reply *reply, void *arg)
{
	struct known *k = arg;

	if (reply->err != NULL)
		respond_err(k->r, reply->err);
	else
		k->fn(k->r, k->arg);
}

void view_known(struct request *r, void (*fn)(struct request *r, void *arg), void *arg)
{
	struct session *s = request_session(r);
	struct known *k;

	if (session_login(s)[0] != '\0') {
		fn(r, arg);
		return;
	}
	k = view_alloc(r, sizeof *k);
	*k = (struct known){ r, fn, arg };
	client_whoami(s, request_owner(r), on_known, k);
}

const struct pair *view_pairs(struct request *r, size_t *n)
{
	const char *name, *value;
	struct pair *p;

	*n = 0;
	while (request_query_each(r, *n, &name, &value))
		++*n;
	p = view_alloc(r, (*n + 1) * sizeof *p);
	for (size_t i = 0; i < *n; i++)
		request_query_each(r, i, &p[i].name, &p[i].value);
	return p;
}

#include "config.h"

#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/backend.h"
#include "client/session.h"
#include "client/value.h"

#define PREVIEW_MOST 500

struct client {
	uv_loop_t *loop;
	struct backend *backend;
	bool frozen;

	struct ticket_queue all;  /* every ticket that has not been answered */
	struct ticket_queue done; /* of these: answered by the backend, not yet told */
	struct session_list sessions;
	uint64_t seq;

	uv_idle_t tell;           /* runs once when there is something to tell */
	struct client_watch watch;
	bool state_changed, data_changed, health_changed;
	bool closing;
};

/* ---- telling --------------------------------------------------------------------------------- */

/* A code in plain does not stay in freed memory. The document is the ticket's own. */
static void wipe_code(json_t *out)
{
	const char *code = json_string_value(json_object_get(out, "code"));

	if (code != NULL)
		explicit_bzero((char *)(uintptr_t)code, strlen(code));
}

static void ticket_free(struct ticket *t)
{
	if (t->ask == ASK_CODE)
		wipe_code(t->out);
	if (t->query.res != NULL)
		query_free(&t->query);
	for (int i = 0; i < t->nargs; i++) {
		free((char *)t->args[i].name);
		free((char *)t->args[i].value);
	}
	free(t->args);
	free(t->key);
	json_decref(t->json);
	json_decref(t->out);
	table_free(t->rows);
	free(t);
}

static void tell_ticket(struct client *c, struct ticket *t)
{
	bool ok = t->err.kind == ERR_NONE;
	struct reply r = {
		.err = ok ? NULL : &t->err, .rows = ok ? t->rows : NULL, .more = t->more, .count =
		    t->count,
		.json = ok ? t->out : NULL,
	};

	TAILQ_REMOVE(&c->done, t, queue);
	TAILQ_REMOVE(&c->all, t, all);
	if (t->fn != NULL)
		t->fn(&r, t->arg);
	ticket_free(t);
}

/*
 * The one place that calls out. A callback may ask, cancel, close sessions and
 * even free the client: nothing here is touched afterwards but c, which stays
 * until its handles are closed.
 */
static void on_tell(uv_idle_t *h)
{
	struct client *c = h->data;
	bool state = c->state_changed, data = c->data_changed, health = c->health_changed;
	struct ticket *t;
	size_t n = 0; /* what callbacks add is for the next turn */

	uv_idle_stop(h);
	c->state_changed = c->data_changed = c->health_changed = false;
	TAILQ_FOREACH(t, &c->done, queue)
		n++;
	if (state && c->watch.state != NULL)
		c->watch.state(c->watch.arg);
	if (health && !c->closing && c->watch.health != NULL)
		c->watch.health(c->watch.arg);
	if (data && !c->closing && c->watch.changed != NULL)
		c->watch.changed(c->watch.arg);
	for (; n > 0 && !c->closing && (t = TAILQ_FIRST(&c->done)) != NULL; n--)
		tell_ticket(c, t);
	if (!c->closing && (!TAILQ_EMPTY(&c->done) || c->state_changed || c->data_changed ||
	    c->health_changed))
		uv_idle_start(h, on_tell);
}

static void tell(struct client *c)
{
	if (!c->closing)
		uv_idle_start(&c->tell, on_tell);
}

void client_done(struct client *c, struct ticket *t)
{
	t->done = true;
	t->place = NULL;
	TAILQ_INSERT_TAIL(&c->done, t, queue);
	tell(c);
}

void client_fail(struct client *c, struct ticket *t, const struct err *e)
{
	t->err = *e;
	client_done(c, t);
}

void client_state_changed(struct client *c)
{
	c->state_changed = true;
	tell(c);
}

void client_data_changed(struct client *c)
{
	c->data_changed = true;
	tell(c);
}

void client_health_changed(struct client *c)
{
	c->health_changed = true;
	tell(c);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct client *client_new(uv_loop_t *loop, const struct client_config *cfg, struct err *e)
{
	struct client *c = xcalloc(1, sizeof *c);

	c->loop = loop;
	c->frozen = cfg->now != NULL;
	TAILQ_INIT(&c->all);
	TAILQ_INIT(&c->done);
	LIST_INIT(&c->sessions);
	c->backend = (cfg->url != NULL ? &rest_backend : &pg_backend)->open(c, loop, cfg, e);
	if (c->backend == NULL) {
		free(c);
		return NULL;
	}
	uv_idle_init(loop, &c->tell);
	c->tell.data = c;
	return c;
}

/* Take a ticket away, wherever it is. */
static void drop(struct client *c, struct ticket *t)
{
	if (t->done)
		TAILQ_REMOVE(&c->done, t, queue);
	else
		c->backend->class->cancel(c->backend, t);
	TAILQ_REMOVE(&c->all, t, all);
	ticket_free(t);
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void client_free(struct client *c)
{
	struct ticket *t;
	struct session *s;

	if (c == NULL)
		return;
	c->closing = true;
	while ((t = TAILQ_FIRST(&c->all)) != NULL)
		drop(c, t);
	while ((s = LIST_FIRST(&c->sessions)) != NULL)
		session_close(s);
	c->backend->class->close(c->backend);
	uv_close((uv_handle_t *)&c->tell, on_closed);
}

enum client_state client_state(const struct client *c)
{
	return c->backend->class->state(c->backend);
}

const struct err *client_error(const struct client *c)
{
	return c->backend->class->error(c->backend);
}

int client_latency_ms(const struct client *c)
{
	return c->backend->class->latency_ms(c->backend);
}

void client_health(const struct client *c, struct client_health *h)
{
	const struct ticket *t;

	*h = (struct client_health){ .latency_ms = -1 };
	c->backend->class->health(c->backend, h);
	TAILQ_FOREACH(t, &c->all, all)
		h->writing += ticket_writes(t) && !t->done;
}

bool client_idle(const struct client *c)
{
	return TAILQ_EMPTY(&c->all) && !c->data_changed && !c->state_changed &&
	    c->backend->class->settled(c->backend);
}

const char *client_target(const struct client *c)
{
	return c->backend->class->target(c->backend);
}

bool client_live(const struct client *c)
{
	return c->backend->class->live(c->backend);
}

void client_set_watch(struct client *c, const struct client_watch *w)
{
	c->watch = w != NULL ? *w : (struct client_watch){ 0 };
	c->state_changed = c->data_changed = false;
}

struct session *session_open(struct client *c, const struct session_spec *spec)
{
	struct session *s = session_new(c, c->loop, spec, c->frozen);

	LIST_INSERT_HEAD(&c->sessions, s, link);
	c->backend->class->enter(c->backend, s);
	return s;
}

void session_close(struct session *s)
{
	struct client *c;
	struct ticket *t, *next;

	if (s == NULL)
		return;
	c = s->client;
	for (t = TAILQ_FIRST(&c->all); t != NULL; t = next) {
		next = TAILQ_NEXT(t, all);
		if (t->session == s)
			drop(c, t);
	}
	LIST_REMOVE(s, link);
	c->backend->class->leave(c->backend, s);
	session_free(s);
}

void client_cancel_owner(struct client *c, owner_t owner)
{
	struct ticket *t, *next;

	for (t = TAILQ_FIRST(&c->all); owner != 0 && t != NULL; t = next) {
		next = TAILQ_NEXT(t, all);
		if (t->owner == owner)
			drop(c, t);
	}
}

void client_cancel_asker(struct client *c, reply_fn fn, const void *arg)
{
	struct ticket *t, *next;

	for (t = TAILQ_FIRST(&c->all); t != NULL; t = next) {
		next = TAILQ_NEXT(t, all);
		if (t->fn == fn && t->arg == arg)
			drop(c, t);
	}
}

bool client_asking(const struct client *c, reply_fn fn, const void *arg)
{
	const struct ticket *t;

	TAILQ_FOREACH(t, &c->all, all)
		if (t->fn == fn && t->arg == arg)
			return true;
	return false;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static struct ticket *ticket_new(struct session *s, enum ask ask, int timeout_ms, owner_t owner,
    reply_fn fn,
    void *arg)
{
	struct ticket *t = xcalloc(1, sizeof *t);

	*t = (struct ticket){
		.session = s, .ask = ask, .timeout_ms = timeout_ms, .owner = owner, .fn = fn, .arg =
		    arg, .count = -1,
		.seq = ++s->client->seq, .since = uv_now(s->client->loop),
	};
	const struct client_watch *w = &s->client->watch;
	const char *trace = w->trace != NULL && owner != 0 ? w->trace(owner, w->arg) : NULL;
	if (trace != NULL)
		snprintf(t->trace, sizeof t->trace, "%s", trace);
	TAILQ_INSERT_TAIL(&s->client->all, t, all);
	return t;
}

static void submit(struct ticket *t)
{
	struct client *c = t->session->client;

	if (!t->done)
		c->backend->class->submit(c->backend, t);
}

void client_list(struct session *s, const struct query *q, owner_t owner, reply_fn fn, void *arg)
{
	struct ticket *t = ticket_new(s, ASK_LIST, CLASS_LIST, owner, fn, arg);

	t->res = q->res;
	query_copy(&t->query, q);
	submit(t);
}

void client_get(struct session *s, const struct resource *res, const char *key, owner_t owner,
    reply_fn fn, void *arg)
{
	struct ticket *t = ticket_new(s, ASK_GET, CLASS_LIST, owner, fn, arg);

	t->res = res;
	t->key = xstrdup(key);
	submit(t);
}

void client_actions(struct session *s, const struct resource *res, const char *key, owner_t owner,
    reply_fn fn,
    void *arg)
{
	struct ticket *t = ticket_new(s, ASK_ACTIONS, CLASS_LIST, owner, fn, arg);

	t->res = res;
	t->key = xstrdup(key);
	submit(t);
}

static void copy_args(struct ticket *t, const struct param *args, int nargs)
{
	t->nargs = nargs;
	t->args = xcalloc((size_t)nargs + 1, sizeof *t->args);
	for (int i = 0; i < nargs; i++)
		t->args[i] = (struct param){ .name = xstrdup(args[i].name), .value =
		    xstrdup(args[i].value) };
}

void client_report(struct session *s, const struct report *rep, const struct param *args, int nargs,
    owner_t owner,
    reply_fn fn, void *arg)
{
	client_report_most(s, rep, args, nargs, 0, owner, fn, arg);
}

void client_report_most(struct session *s, const struct report *rep, const struct param *args, int nargs, unsigned most,
    owner_t owner, reply_fn fn, void *arg)
{
	struct ticket *t = ticket_new(s, ASK_REPORT, CLASS_REPORT, owner, fn, arg);

	t->rep = rep;
	t->most = most;
	copy_args(t, args, nargs);
	submit(t);
}

void client_reveal(struct session *s, const char *unit, const struct param *args, int nargs, owner_t owner, reply_fn fn,
    void *arg)
{
	struct ticket *t = ticket_new(s, ASK_REVEAL, CLASS_WRITE, owner, fn, arg);

	t->key = xstrdup(unit);
	copy_args(t, args, nargs);
	submit(t);
}

void client_code(struct session *s, const char *view, owner_t owner, reply_fn fn, void *arg)
{
	struct ticket *t = ticket_new(s, ASK_CODE, CLASS_WRITE, owner, fn, arg);

	t->key = xstrdup(view);
	submit(t);
}

static void put_string(json_t *o, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(o, key, json_string(value));
}

/* When it was made is part of a UUIDv7, so that the same id always claims the same time; another id claims none. */
static bool claimed_time(const char *id, char *at, size_t size)
{
	unsigned long high = 0, low = 0;
	struct tm tm;

	if (sscanf(id, "%8lx-%4lx-7", &high, &low) != 2 || id[14] != '7')
		return false;
	time_t when = (time_t)(((uint64_t)high << 16 | low) / 1000);
	return gmtime_r(&when, &tm) != NULL && strftime(at, size, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0;
}

static json_t *mutation_json(const struct mutation *m)
{
	json_t *o = json_object();
	char id[UUID_LEN + 1], at[32];

	if (m->id == NULL)
		uuid_v7(id);
	else
		snprintf(id, sizeof id, "%s", m->id);
	put_string(o, "id", id);
	put_string(o, "resource", m->res != NULL ? m->res->singular : NULL);
	put_string(o, "kind", m->kind);
	put_string(o, "undo", m->undo);
	/*
	 * A new record gets the mutation's own id: the same mutation asked again is then the
	 * same request.
	 */
	put_string(o, "record", m->record == NULL && strcmp(m->kind, "create") == 0 ? id
	    : m->record);
	if (m->version > 0)
		json_object_set_new(o, "base_version", json_integer(m->version));
	put_string(o, "action", m->action);
	/*
	 * Deep copies: the caller may change his afterwards, and a re-sent mutation must be
	 * the same bytes.
	 */
	if (m->set != NULL)
		json_object_set_new(o, "set", json_deep_copy(m->set));
	if (m->args != NULL)
		json_object_set_new(o, "args", json_deep_copy(m->args));
	if (claimed_time(id, at, sizeof at))
		put_string(o, "at", at);
	return o;
}

static void refuse(struct ticket *t, const char *field, const char *text, const char *remedy)
{
	struct err e;

	err_set(&e, ERR_INVALID, "E-TEXT", field, remedy, "%s", text);
	client_fail(t->session->client, t, &e);
}

void client_mutate(struct session *s, const struct mutation *m, owner_t owner, reply_fn fn,
    void *arg)
{
	struct ticket *t = ticket_new(s, ASK_MUTATE, CLASS_WRITE, owner, fn, arg);
	struct err e;

	t->res = m->res;
	t->json = mutation_json(m);
	if (m->id != NULL && !uuid_valid(m->id))
		refuse(t, "id", _("the mutation's id is not a UUID"), NULL);
	else if (m->res != NULL && m->set != NULL && !values_within(m->res, m->set, &e))
		client_fail(s->client, t, &e);
	submit(t);
}

void client_preview(struct session *s, const struct mutation *ms, size_t n, owner_t owner,
    reply_fn fn, void *arg)
{
	struct ticket *t = ticket_new(s, ASK_PREVIEW, CLASS_REPORT, owner, fn, arg);

	t->json = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(t->json, mutation_json(&ms[i]));
	if (n == 0 || n > PREVIEW_MOST)
		refuse(t, NULL, _("a preview is of 1 to 500 changes"), _("Ask in several parts"));
	submit(t);
}

void client_import(struct session *s, const struct resource *res, const json_t *rows, bool dry_run,
    const char *id, owner_t owner, reply_fn fn, void *arg)
{
	struct ticket *t = ticket_new(s, ASK_IMPORT, CLASS_IMPORT, owner, fn, arg);

	t->res = res;
	t->json = json_deep_copy(rows);
	t->dry_run = dry_run;
	t->key = xstrdup(id);
	if (json_array_size(rows) > 500)
		refuse(t, NULL, _("at most 500 rows at once"), _("Send them in several parts"));
	submit(t);
}

void client_call(struct session *s, const char *sql, const char *const *params, int n, owner_t owner, reply_fn fn,
    void *arg)
{
	struct ticket *t = ticket_new(s, ASK_CALL, CLASS_WRITE, owner, fn, arg);

	t->key = xstrdup(sql);
	t->nargs = n;
	t->args = xcalloc((size_t)n + 1, sizeof *t->args);
	for (int i = 0; i < n; i++)
		t->args[i].value = xstrdup(params[i]);
	submit(t);
}

enum client_sign client_sign(const struct client *c)
{
	return c->backend->class->sign ? c->backend->class->sign(c->backend) : SIGN_NONE;
}

const char *client_sign_login(const struct client *c)
{
	return c->backend->class->sign_login ? c->backend->class->sign_login(c->backend) : "";
}

bool client_sign_by_code(const struct client *c)
{
	return c->backend->class->sign_by_code && c->backend->class->sign_by_code(c->backend);
}

void client_sign_in(struct client *c, const char *login, const char *secret, reply_fn fn, void *arg)
{
	if (c->backend->class->sign_in)
		c->backend->class->sign_in(c->backend, login, secret, fn, arg);
}

void client_sign_out(struct client *c, reply_fn fn, void *arg)
{
	if (c->backend->class->sign_out)
		c->backend->class->sign_out(c->backend, fn, arg);
}

const struct err *client_sign_forgets(const struct client *c)
{
	return c->backend->class->sign_forgets ? c->backend->class->sign_forgets(c->backend) : NULL;
}

int client_clock_skew_ms(const struct client *c)
{
	return c->backend->class->clock_skew_ms ? c->backend->class->clock_skew_ms(c->backend) : 0;
}

void client_whoami(struct session *s, owner_t owner, reply_fn fn, void *arg)
{
	submit(ticket_new(s, ASK_WHOAMI, CLASS_LIST, owner, fn, arg));
}

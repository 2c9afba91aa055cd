#include "config.h"

#include "server/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"
#include "server/request.h"
#include "server/workers.h"

#define SESSIONS_MAX 512
#define SESSION_MS 30000 /* then who it is is asked anew */
#define KEY_MS 30000     /* then an API key's proof is compared anew; each request asks whether it is live anyway */
#define BUCKETS 256

struct cached_session {
	TAILQ_ENTRY(cached_session) used;   /* the latest last */
	LIST_ENTRY(cached_session) same;
	char *name;
	struct session *session;
	uint64_t born;
	int users;
	bool dropped;                       /* not in the cache any more */
};

struct known_key {
	TAILQ_ENTRY(known_key) used;
	char key[37], proof[65], user[37];
	uint64_t born;
};

struct session_cache {
	struct worker *worker;
	TAILQ_HEAD(, cached_session) used;
	LIST_HEAD(, cached_session) bucket[BUCKETS];
	TAILQ_HEAD(, known_key) keys;
	int kept;
};

struct session_cache *sessions_new(struct worker *w)
{
	struct session_cache *c = xcalloc(1, sizeof *c);

	c->worker = w;
	TAILQ_INIT(&c->used);
	TAILQ_INIT(&c->keys);
	return c;
}

static void drop(struct session_cache *c, struct cached_session *s)
{
	if (!s->dropped) {
		TAILQ_REMOVE(&c->used, s, used);
		LIST_REMOVE(s, same);
		c->kept--;
	}
	s->dropped = true;
	if (s->users > 0)
		return;
	session_close(s->session);
	free(s->name);
	free(s);
}

void sessions_free(struct session_cache *c)
{
	struct known_key *k;

	while (!TAILQ_EMPTY(&c->used))
		drop(c, TAILQ_FIRST(&c->used));
	while ((k = TAILQ_FIRST(&c->keys)) != NULL) {
		TAILQ_REMOVE(&c->keys, k, used);
		free(k);
	}
	free(c);
}

int sessions_kept(const struct session_cache *c)
{
	return c->kept;
}

static unsigned hash(const char *s)
{
	unsigned h = 2166136261u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return (h ^ h >> 16) % BUCKETS;
}

static const char *or_null(const char *s)
{
	return *s != '\0' ? s : NULL;
}

static struct cached_session *open_session(struct session_cache *c, const struct identity *who, const char *name)
{
	struct cached_session *s = xcalloc(1, sizeof *s);
	struct session_spec spec = { .user = who->user, .login = or_null(who->login), .key = or_null(who->key),
		.company = who->company, .role = or_null(who->role), .see_as = or_null(who->see_as) };

	*s = (struct cached_session){ .name = xstrdup(name), .born = uv_now(worker_loop(c->worker)),
		.session = session_open(worker_client(c->worker), &spec) };
	TAILQ_INSERT_TAIL(&c->used, s, used);
	LIST_INSERT_HEAD(&c->bucket[hash(name)], s, same);
	if (++c->kept > SESSIONS_MAX)
		drop(c, TAILQ_FIRST(&c->used));
	return s;
}

static struct cached_session *session_of(struct session_cache *c, const struct identity *who)
{
	char *name = xasprintf("%s/%s/%s/%d/%s/%s", who->user, who->login, who->key, who->company, who->role, who->see_as);
	uint64_t now = uv_now(worker_loop(c->worker));
	struct cached_session *s;

	LIST_FOREACH(s, &c->bucket[hash(name)], same)
		if (strcmp(s->name, name) == 0)
			break;
	if (s != NULL && now - s->born > SESSION_MS) {
		drop(c, s);
		s = NULL;
	}
	if (s == NULL) {
		s = open_session(c, who, name);
	} else {
		TAILQ_REMOVE(&c->used, s, used);
		TAILQ_INSERT_TAIL(&c->used, s, used);
	}
	free(name);
	return s;
}

struct session *request_session(struct request *r)
{
	if (r->who.user[0] == '\0')
		return worker_nobody(r->worker);
	if (r->session == NULL) {
		r->session = session_of(r->worker->sessions, &r->who);
		r->session->users++;
	}
	return r->session->session;
}

void sessions_leave(struct request *r)
{
	struct cached_session *s = r->session;

	r->session = NULL;
	if (s != NULL && --s->users == 0 && s->dropped)
		drop(r->worker->sessions, s);
}

void sessions_refused(struct request *r, bool over)
{
	struct cached_session *s = r->session;

	if (s != NULL && !s->dropped && (over || *session_login(s->session) == '\0'))
		drop(r->worker->sessions, s); /* the request still has it */
}

/* ---- API keys -------------------------------------------------------------------------------- */

static struct known_key *key_find(struct session_cache *c, const struct request *r)
{
	uint64_t now = uv_now(worker_loop(c->worker));
	struct known_key *k;

	while ((k = TAILQ_FIRST(&c->keys)) != NULL && now - k->born > KEY_MS) {
		TAILQ_REMOVE(&c->keys, k, used);
		free(k);
	}
	TAILQ_FOREACH(k, &c->keys, used)
		if (strcmp(k->key, r->who.key) == 0 && strcmp(k->proof, r->proof) == 0)
			return k;
	return NULL;
}

static void on_key(const struct reply *reply, void *arg)
{
	struct request *r = arg;
	const char *user = reply->rows != NULL && table_rows(reply->rows) == 1 ? table_get(reply->rows, 0, "user_id") : "";
	struct known_key *k;

	if (reply->err != NULL) {
		respond_err(r, reply->err);
	} else if (*user == '\0') {
		respond_problem(r, "token-invalid", NULL);
	} else {
		k = xcalloc(1, sizeof *k);
		k->born = uv_now(worker_loop(r->worker));
		memcpy(k->key, r->who.key, sizeof k->key);
		memcpy(k->proof, r->proof, sizeof k->proof);
		snprintf(k->user, sizeof k->user, "%s", user);
		TAILQ_INSERT_TAIL(&r->worker->sessions->keys, k, used);
		memcpy(r->who.user, k->user, sizeof k->user);
		r->route->handle(r);
	}
}

void sessions_key(struct request *r)
{
	const struct known_key *k = key_find(r->worker->sessions, r);
	const char *address = strcmp(r->address, "unix") != 0 ? r->address : NULL;

	if (k != NULL) {
		memcpy(r->who.user, k->user, sizeof k->user);
		r->route->handle(r);
		return;
	}
	client_call(worker_nobody(r->worker), "select user_id from auth.key_user($1::uuid, decode($2, 'hex'), $3::inet)",
	    (const char *[]){ r->who.key, r->proof, address }, 3, r->owner, on_key, r);
}

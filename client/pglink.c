#include "config.h"

#include "client/pg.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/pgask.h"
#include "client/pgerr.h"

/* ---- the feed -------------------------------------------------------------------------------- */

static void look_at_feed(struct pg *b);

static void on_poll(uv_timer_t *t)
{
	look_at_feed(t->data);
}

static void learn_feed(struct pg *b, const PGresult *res)
{
	const char *tip = res != NULL && PQntuples(res) == 1 ? PQgetvalue(res, 0, 0) : NULL;
	bool live;

	if (tip == NULL)
		return;
	live = PQgetvalue(res, 0, 1)[0] == 't';
	if (b->tip != NULL && strcmp(b->tip, tip) != 0)
		client_data_changed(b->client);
	if (b->live != live)
		client_state_changed(b->client);
	b->live = live;
	free(b->tip);
	b->tip = xstrdup(tip);
	uv_timer_start(&b->poll, on_poll, live ? POLL_LIVE : POLL_DEAF, 0);
}

static void on_feed(void *arg, const struct pgresults *r)
{
	struct pglink *l = arg;

	l->feeding = false;
	if (!r->lost)
		pg_took(l->pg, r->ms);
	if (!r->lost && r->error == NULL)
		learn_feed(l->pg, r->result[0]);
	else
		uv_timer_start(&l->pg->poll, on_poll, POLL_DEAF, 0);
}

/*
 * Only a direct session asks: an API server reads the feed by itself, once for all its
 * subscribers.
 */
static void look_at_feed(struct pg *b)
{
	struct pglink *l = &b->link[0];

	if (l->ready && l->session != NULL && !l->alone && !l->feeding && pgconn_ready(l->conn)) {
		struct pgask a = { 0 };
		pgask_feed(&a);
		l->feeding = true;
		pgconn_send(l->conn, a.st, a.n, CLASS_LIST, on_feed, l);
		pgask_free(&a);
	} else if (l->session != NULL) {
		uv_timer_start(&b->poll, on_poll, POLL_DEAF, 0);
	}
}

void pglink_notified(void *arg)
{
	struct pglink *l = arg;

	client_data_changed(l->pg->client);
	if (!l->pg->live)
		look_at_feed(l->pg); /* somebody leads again */
}

/* ---- sessions -------------------------------------------------------------------------------- */

static void session_refused(struct pg *b, struct session *s, const struct err *e)
{
	s->state = SESSION_FAILED;
	s->err = *e;
	if (s == b->direct)
		b->err = *e;
	pg_fail_waiting(b, s, e);
}

static void session_learnt(struct pg *b, struct session *s, const PGresult *whoami)
{
	struct table *t = pgask_table(whoami);
	struct err e;

	if (!session_learn(s, t)) {
		pgerr_from_parts("DM009", NULL, NULL, NULL, NULL, &e);
		session_refused(b, s, &e);
	}
	table_free(t);
}

/* The set-up of a connection has been answered: its settings, and in direct mode who it is now. */
static void on_entered(void *arg, const struct pgresults *r)
{
	struct pglink *l = arg;
	struct pg *b = l->pg;
	struct session *s = l->entering;
	int n = l->settings_done ? 0 : 1 + (l->first ? 1 : 0); /* statements before the session's */
	struct err e;

	l->enter = NULL;
	l->entering = NULL;
	if (r->lost)
		return;
	if (r->error != NULL) {
		pgerr_from_result(r->error, &e);
		b->err = e;
		if (s != NULL)
			session_refused(b, s, &e);
		else
			l->refused = true;
		pg_tell_state(b);
		return;
	}
	l->settings_done = true;
	l->session = s;
	if (s != NULL)
		session_learnt(b, s, r->result[n + (s->see_as != NULL ? 2 : 1)]);
	l->ready = s == NULL || s->state == SESSION_KNOWN;
	if (l->ready)
		err_clear(&b->err);
	b->latency_ms = r->ms;
	pg_tell_state(b);
	pg_dispatch(b);
	/* behind what was already waiting: the first screen comes first */
	if (l->first && l->ready)
		look_at_feed(b);
}

/*
 * Set up what is missing. Without any session yet it waits for the first: what to set depends
 * on it.
 */
void pglink_enter(struct pglink *l, struct session *s)
{
	struct pgask a = { 0 };

	if (!l->settings_done)
		pgask_settings(&a, l->pg->now, l->first);
	if (s != NULL)
		pgask_enter(&a, s);
	l->ready = false;
	l->session = NULL;
	l->entering = s;
	l->enter = pgconn_send(l->conn, a.st, a.n, CLASS_WRITE, on_entered, l);
	pgask_free(&a);
}

struct asking { /* API mode: who a session is */
	struct session *session;
	struct pglink *link;
	struct pgunit *unit;
	int first; /* index of whoami's result */
};

static void on_whoami(void *arg, const struct pgresults *r)
{
	struct asking *ask = arg;
	struct session *s = ask->session;
	struct pg *b = ask->link->pg;
	int first = ask->first;
	struct err e;

	s->asking = NULL;
	free(ask);
	if (r->lost)
		return;
	if (r->error != NULL) {
		pgerr_from_result(r->error, &e);
		session_refused(b, s, &e);
	} else {
		session_learnt(b, s, r->result[first]);
	}
}

void pglink_ask(struct pglink *l, struct session *s)
{
	struct asking *ask = xcalloc(1, sizeof *ask);
	struct pgask a = { 0 };

	pgask_whoami(&a, s);
	*ask = (struct asking){ .session = s, .link = l, .first = a.first };
	s->asking = ask;
	ask->unit = pgconn_send(l->conn, a.st, a.n, CLASS_LIST, on_whoami, ask);
	pgask_free(&a);
}

/* A session is about to go: nothing in flight may find it. */
void pglink_forget(struct pg *b, struct session *s)
{
	struct asking *ask = s->asking;

	if (ask != NULL)
		pgconn_abandon(ask->link->conn, ask->unit);
	free(ask);
	for (int i = 0; i < b->nlinks; i++) {
		struct pglink *l = &b->link[i];

		if (l->session == s)
			l->session = NULL;
		if (l->entering != s)
			continue;
		pgconn_abandon(l->conn, l->enter);
		l->entering = NULL;
		l->enter = NULL;
		l->settings_done = false;
	}
}

void pglink_down(struct pglink *l)
{
	l->ready = l->settings_done = l->alone = l->feeding = l->refused = false;
	l->session = l->entering = NULL;
	l->enter = NULL;
	if (l->first) {
		uv_timer_stop(&l->pg->poll);
		l->pg->live = false;
	}
}

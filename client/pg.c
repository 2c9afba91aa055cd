/*
 * The PostgreSQL backend: a pool of self-healing connections, the sessions on
 * them and the queue in front of them.
 *
 * Reads of a console ride several at a time on a connection (one Sync each),
 * those of an API server one at a time; a write or an import rides alone, so
 * that neither waits behind what somebody abandoned nor is hit by a cancel
 * request. What a broken connection took with it is sent again: reads as they
 * are, writes under the same mutation id.
 */
#include "config.h"

#include "client/pg.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/answer.h"
#include "client/pgask.h"
#include "client/pgerr.h"

#define DEPTH 8            /* reads of a console in flight on one connection */
#define MAX_ATTEMPTS 5     /* of one ticket: what ends its backend is not tried for ever */
#define RETRY_MS 5000

static struct pg *pg_of(struct backend *b)
{
	return (struct pg *)(void *)b; /* base is the first member */
}

static const struct pg *pg_of_const(const struct backend *b)
{
	return (const struct pg *)(const void *)b;
}

/* ---- state ----------------------------------------------------------------------------------- */

static bool online(const struct pg *b)
{
	for (int i = 0; i < b->nlinks; i++)
		if (b->link[i].ready || (b->link[i].settings_done && b->link[i].enter != NULL))
			return true;
	return false;
}

static bool refused(const struct pg *b)
{
	for (int i = 0; i < b->nlinks; i++)
		if (b->link[i].refused || pgconn_state(b->link[i].conn) == PGCONN_REFUSED)
			return true;
	return b->direct != NULL && b->direct->state == SESSION_FAILED;
}

static enum client_state pg_state(const struct backend *base)
{
	const struct pg *b = pg_of_const(base);

	if (online(b))
		return CLIENT_ONLINE;
	if (refused(b))
		return CLIENT_FAILED;
	return b->was_online || b->err.kind != ERR_NONE ? CLIENT_RECONNECTING : CLIENT_CONNECTING;
}

void pg_tell_state(struct pg *b)
{
	enum client_state st = pg_state(&b->base);

	if (st == CLIENT_ONLINE && b->was_online && b->told != CLIENT_ONLINE)
		client_data_changed(b->client); /* who knows what happened meanwhile */
	if (st == CLIENT_ONLINE)
		b->was_online = true;
	if (st != b->told)
		client_state_changed(b->client);
	b->told = st;
}

static const struct err *pg_error(const struct backend *base)
{
	return &pg_of_const(base)->err;
}

static const char *pg_target(const struct backend *base)
{
	return pgdsn_target(pg_of_const(base)->dsn);
}

static int pg_latency_ms(const struct backend *base)
{
	return pg_of_const(base)->latency_ms;
}

void pg_took(struct pg *b, int ms)
{
	if (pace_took(&b->pace, ms))
		client_health_changed(b->client);
}

static void pg_health(const struct backend *base, struct client_health *h)
{
	const struct pg *b = pg_of_const(base);
	const struct ticket *t;

	h->latency_ms = b->pace.samples > 0 ? b->pace.average_ms : b->latency_ms;
	h->slow = b->pace.slow;
	h->readonly = pgconn_readonly(b->link[0].conn);
	h->attempt = pgconn_attempt(b->link[0].conn);
	for (int i = 0; i < b->nlinks; i++)
		h->busy += pgconn_inflight(b->link[i].conn) > 0;
	TAILQ_FOREACH(t, &b->waiting, queue)
		h->waiting++;
}

static bool pg_live(const struct backend *base)
{
	return pg_of_const(base)->live;
}

/* Nothing is being found out: each session is known, or refused, or has waited in vain. */
static bool pg_settled(const struct backend *base)
{
	const struct pg *b = pg_of_const(base);

	const struct session *s;

	if (pg_state(base) == CLIENT_FAILED)
		return true;
	if (!online(b))
		return uv_now(b->loop) >= b->down_since + b->retry_ms;
	LIST_FOREACH(s, &b->sessions, backend_link)
		if (s->state == SESSION_NEW)
			return false;
	return !(b->link[0].feeding && b->tip == NULL); /* else "live" is not known yet */
}

/* ---- answers --------------------------------------------------------------------------------- */

struct flight { /* a ticket on its way */
	struct pglink *link;
	struct ticket *ticket;
	struct pgunit *unit;
	int first; /* index of the ticket's own first result */
};

/* Back into the queue, at its old place. */
static void wait_again(struct pg *b, struct ticket *t)
{
	struct ticket *o;

	t->place = NULL;
	TAILQ_FOREACH(o, &b->waiting, queue)
		if (o->seq > t->seq)
			break;
	if (o != NULL)
		TAILQ_INSERT_BEFORE(o, t, queue);
	else
		TAILQ_INSERT_TAIL(&b->waiting, t, queue);
}

/* Names that the server does not know, or whose rows look different since a migration. */
static bool name_refused(const char *state)
{
	return strcmp(state, "26000") == 0 || strcmp(state, "0A000") == 0;
}

static bool once_more(const struct flight *f, const struct pgresults *r)
{
	struct ticket *t = f->ticket;
	const char *state = r->error != NULL ? PQresultErrorField(r->error, PG_DIAG_SQLSTATE) : NULL;

	if (t->attempts >= MAX_ATTEMPTS)
		return false;
	if (r->lost) /* an import has no id by which the database would know it again */
		return t->ask != ASK_IMPORT || t->dry_run;
	if (state == NULL)
		return false;
	if (name_refused(state) && !t->plain)
		return t->plain = true;
	if (strcmp(state, "57014") == 0)
		return pgconn_maybe_hit(f->link->conn);
	return strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0;
}

static void lost_for_good(struct ticket *t, const struct pgconn *conn)
{
	if (t->ask == ASK_IMPORT)
		answer_import_broke(&t->err);
	else if (pgconn_error(conn)->kind != ERR_NONE)
		t->err = *pgconn_error(conn);
	else
		pgerr_unreachable(&t->err, NULL);
}

static void on_answer(void *arg, const struct pgresults *r)
{
	struct flight *f = arg;
	struct pg *b = f->link->pg;
	struct ticket *t = f->ticket;

	f->link->alone = false;
	if (!r->lost)
		b->latency_ms = r->ms;
	if (!r->lost && t->timeout_ms == CLASS_LIST)
		pg_took(b, r->ms);
	if (once_more(f, r)) {
		wait_again(b, t);
	} else {
		if (r->lost)
			lost_for_good(t, f->link->conn);
		else if (r->error != NULL)
			pgerr_from_result(r->error, &t->err);
		else
			pgask_answer(t, f->first, r);
		client_done(b->client, t);
	}
	free(f);
}

void pg_fail_waiting(struct pg *b, const struct session *s, const struct err *e)
{
	struct ticket *t, *next;

	for (t = TAILQ_FIRST(&b->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, queue);
		if (s != NULL && t->session != s)
			continue;
		TAILQ_REMOVE(&b->waiting, t, queue);
		client_fail(b->client, t, e);
	}
}

/* ---- the queue ------------------------------------------------------------------------------- */

static bool rides_alone(const struct ticket *t)
{
	return t->ask == ASK_MUTATE || t->ask == ASK_IMPORT;
}

/* API mode: what one caller waits for, or cancels, is not to be another's delay. */
static int depth_of(const struct session *s)
{
	return s->user != NULL ? 1 : DEPTH;
}

static bool has_room(const struct pglink *l, int depth)
{
	return l->ready && !l->alone && pgconn_ready(l->conn) && pgconn_inflight(l->conn) < depth;
}

static bool being_entered(const struct pg *b, const struct session *s)
{
	for (int i = 0; i < b->nlinks; i++)
		if (b->link[i].entering == s)
			return true;
	return false;
}

/* Make a free connection this session's own, unless one is on the way. */
static void take_link(struct pg *b, struct session *s)
{
	if (being_entered(b, s))
		return;
	for (int i = 0; i < b->nlinks; i++) {
		if (has_room(&b->link[i], 1)) {
			pglink_enter(&b->link[i], s);
			return;
		}
	}
}

static struct pglink *link_for(struct pg *b, const struct ticket *t)
{
	for (int i = 0; i < b->nlinks; i++) {
		struct pglink *l = &b->link[i];

		if (t->session->user == NULL && l->session != t->session)
			continue;
		if (has_room(l, rides_alone(t) ? 1 : depth_of(t->session)))
			return l;
	}
	return NULL;
}

/* Said here, before the server says it of the whole transaction. */
static bool is_read_only(const struct pglink *l, const struct ticket *t, struct err *e)
{
	if (!l->ready || !pgconn_readonly(l->conn) || (!ticket_writes(t) && t->ask != ASK_PREVIEW))
		return false;
	err_set(e, ERR_FAILED, "E-READONLY", NULL,
	    _("Connect to the primary, or wait until this server takes changes"), "%s",
	    _("this server only answers, it takes no changes"));
	return true;
}

static void send_ticket(struct pglink *l, struct ticket *t)
{
	struct pgask a = { 0 };

	TAILQ_REMOVE(&l->pg->waiting, t, queue);
	if (is_read_only(l, t, &t->err)) {
		client_done(l->pg->client, t);
	} else if (pgask_ticket(&a, t, &t->err)) {
		struct flight *f = xcalloc(1, sizeof *f);
		*f = (struct flight){ .link = l, .ticket = t, .first = a.first };
		t->attempts++;
		t->place = f;
		l->alone = rides_alone(t);
		f->unit = pgconn_send(l->conn, a.st, a.n, t->timeout_ms, on_answer, f);
	} else {
		client_done(l->pg->client, t);
	}
	pgask_free(&a);
}

/* Connections that came up, sessions that nobody knows yet. */
static void settle(struct pg *b)
{
	struct session *s;

	for (int i = 0; i < b->nlinks && !LIST_EMPTY(&b->sessions); i++) {
		struct pglink *l = &b->link[i];
		bool hopeless = b->direct != NULL && b->direct->state == SESSION_FAILED;

		if (!l->ready && l->enter == NULL && pgconn_ready(l->conn) && !hopeless &&
		    !l->refused)
			pglink_enter(l, b->direct);
	}
	LIST_FOREACH(s, &b->sessions, backend_link) {
		if (s->state != SESSION_NEW || s->asking != NULL)
			continue;
		if (s->user == NULL) {
			take_link(b, s);
			continue;
		}
		for (int i = 0; i < b->nlinks && s->asking == NULL; i++)
			if (has_room(&b->link[i], depth_of(s)))
				pglink_ask(&b->link[i], s);
	}
}

static void arm_patience(struct pg *b);

/* In order of asking. A write that finds no free connection holds up what was asked after it. */
void pg_dispatch(struct pg *b)
{
	struct ticket *t, *next;

	settle(b);
	for (t = TAILQ_FIRST(&b->waiting); t != NULL; t = next) {
		struct pglink *l = link_for(b, t);

		next = TAILQ_NEXT(t, queue);
		if (t->session->state != SESSION_KNOWN)
			continue;
		if (l != NULL) {
			send_ticket(l, t);
			continue;
		}
		if (t->session->user == NULL)
			take_link(b, t->session);
		break;
	}
	arm_patience(b);
}

/* While there is a connection only those of API mode are impatient: a console's own question is on its way there. */
static uint64_t due(const struct pg *b, const struct ticket *t, bool up)
{
	if (up && t->session->user == NULL)
		return UINT64_MAX;
	return (up || t->since > b->down_since ? t->since : b->down_since) + b->retry_ms;
}

static void why_not(const struct pg *b, bool up, struct err *e)
{
	*e = b->err;
	if (up)
		err_set(e, ERR_UNREACHABLE, "E-POOL", NULL, _("Try again in a moment"), "%s", _("the database is busy"));
	else if (e->kind == ERR_NONE)
		pgerr_unreachable(e, NULL);
}

static void on_patience(uv_timer_t *timer)
{
	struct pg *b = timer->data;
	struct ticket *t, *next;
	bool up = online(b);
	struct err e;

	why_not(b, up, &e);
	for (t = TAILQ_FIRST(&b->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, queue);
		if (due(b, t, up) <= uv_now(b->loop)) {
			TAILQ_REMOVE(&b->waiting, t, queue);
			client_fail(b->client, t, &e);
		}
	}
	client_state_changed(b->client); /* settled now, if it was not */
	arm_patience(b);
}

/* Runs only while somebody waits who will not wait for ever, or while it is not known whether there is a connection. */
static void arm_patience(struct pg *b)
{
	const struct ticket *t;
	uint64_t now = uv_now(b->loop), at = b->down_since + b->retry_ms;
	bool up = online(b), wait = at > now && !LIST_EMPTY(&b->sessions);

	if (!wait || up)
		at = UINT64_MAX;
	TAILQ_FOREACH(t, &b->waiting, queue)
		if (due(b, t, up) < at)
			at = due(b, t, up);
	if (at == UINT64_MAX)
		uv_timer_stop(&b->patience);
	else
		uv_timer_start(&b->patience, on_patience, at > now ? at - now : 0, 0);
	for (int i = 0; i < b->nlinks; i++)
		pgconn_want(b->link[i].conn, !TAILQ_EMPTY(&b->waiting) || wait);
}

/* ---- events of a connection ------------------------------------------------------------------ */

static void on_up(void *arg)
{
	struct pglink *l = arg;

	settle(l->pg);
}

static void on_room(void *arg)
{
	struct pglink *l = arg;

	pg_dispatch(l->pg);
}

static void on_down(void *arg, const struct err *e)
{
	struct pglink *l = arg;
	struct pg *b = l->pg;

	pglink_down(l);
	b->err = *e;
	b->pace = (struct pace){ 0 };
	client_health_changed(b->client);
	if (b->told == CLIENT_ONLINE && !online(b))
		b->down_since = uv_now(b->loop);
	if (pg_state(&b->base) == CLIENT_FAILED)
		pg_fail_waiting(b, NULL, e);
	pg_tell_state(b);
	pg_dispatch(b);
}

static const struct pgconn_events events = {
	.up = on_up, .down = on_down, .notified = pglink_notified, .room = on_room,
};

/* ---- what the façade calls ------------------------------------------------------------------- */

static struct backend *pg_open(struct client *c, uv_loop_t *loop, const struct client_config *cfg,
    struct err *e)
{
	struct pgdsn *dsn = pgdsn_new(cfg->dsn, e);

	if (dsn == NULL)
		return NULL;

	struct pg *b = xcalloc(1, sizeof *b);
	*b = (struct pg){
		.base = { .class = &pg_backend }, .client = c, .loop = loop, .dsn = dsn, .now =
		    xstrdup(cfg->now),
		.pooler = cfg->pooler,
		.retry_ms = cfg->retry_ms > 0 ? (uint64_t)cfg->retry_ms : RETRY_MS, .open_handles =
		    2, .latency_ms = -1,
		.nlinks = cfg->connections > 0 ? cfg->connections : 1, .down_since = uv_now(loop),
	};
	TAILQ_INIT(&b->waiting);
	LIST_INIT(&b->sessions);
	uv_timer_init(loop, &b->patience);
	uv_timer_init(loop, &b->poll);
	b->patience.data = b->poll.data = b;
	b->link = xcalloc((size_t)b->nlinks, sizeof *b->link);
	for (int i = 0; i < b->nlinks; i++)
		b->link[i] = (struct pglink){ .pg = b, .first = i == 0, .conn = pgconn_new(loop,
		    dsn, &events, &b->link[i]) };
	return &b->base;
}

static void on_closed(uv_handle_t *h)
{
	struct pg *b = h->data;

	if (--b->open_handles == 0)
		free(b);
}

static void pg_close(struct backend *base)
{
	struct pg *b = pg_of(base);

	for (int i = 0; i < b->nlinks; i++)
		pgconn_free(b->link[i].conn);
	free(b->link);
	free(b->tip);
	free(b->now);
	pgdsn_free(b->dsn);
	uv_close((uv_handle_t *)&b->patience, on_closed);
	uv_close((uv_handle_t *)&b->poll, on_closed);
}

static void pg_submit(struct backend *base, struct ticket *t)
{
	struct pg *b = pg_of(base);

	if (t->session->state == SESSION_FAILED) {
		client_fail(b->client, t, &t->session->err);
	} else if (pg_state(base) == CLIENT_FAILED) {
		client_fail(b->client, t, &b->err);
	} else if (is_read_only(&b->link[0], t, &t->err)) {
		client_done(b->client, t); /* at once, whatever is on its way */
	} else {
		TAILQ_INSERT_TAIL(&b->waiting, t, queue);
		pg_dispatch(b);
	}
}

static void pg_cancel(struct backend *base, struct ticket *t)
{
	struct pg *b = pg_of(base);
	struct flight *f = t->place;

	if (f == NULL) {
		TAILQ_REMOVE(&b->waiting, t, queue);
		return;
	}
	f->link->alone = false; /* the connection says by itself when it is free again */
	pgconn_abandon(f->link->conn, f->unit);
	free(f);
	t->place = NULL;
}

static void pg_enter(struct backend *base, struct session *s)
{
	struct pg *b = pg_of(base);

	LIST_INSERT_HEAD(&b->sessions, s, backend_link);
	s->prepares = !b->pooler;
	if (s->user == NULL)
		b->direct = s;
	pg_dispatch(b);
}

static void pg_leave(struct backend *base, struct session *s)
{
	struct pg *b = pg_of(base);
	struct session *o;

	LIST_REMOVE(s, backend_link);
	pglink_forget(b, s);
	if (b->direct != s)
		return;
	b->direct = NULL;
	LIST_FOREACH(o, &b->sessions, backend_link)
		if (o->user == NULL && b->direct == NULL)
			b->direct = o;
}

const struct backend_class pg_backend = {
	.open = pg_open,
	.close = pg_close,
	.submit = pg_submit,
	.cancel = pg_cancel,
	.enter = pg_enter,
	.leave = pg_leave,
	.state = pg_state,
	.error = pg_error,
	.target = pg_target,
	.latency_ms = pg_latency_ms,
	.health = pg_health,
	.settled = pg_settled,
	.live = pg_live,
};

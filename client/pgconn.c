#include "config.h"

#include "client/pgconn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"
#include "client/pgcancel.h"
#include "client/pgerr.h"
#include "client/pgunit.h"

#define BACKOFF_MIN 50          /* ms: bound of the first pause; doubles, with full jitter … */
#define BACKOFF_MAX 5000        /* … up to this */
#define WANTED_MAX 400          /* … or this, while somebody waits */
#define CANCEL_GRACE 30         /* ms: most abandoned units end by themselves sooner */
#define CANCEL_PATIENCE 3000    /* ms: a longer cancel request: the connection is given up */
#define ANSWER_SLACK 2000       /* ms past statement_timeout: a server that says nothing is gone */

struct pgconn {
	uv_loop_t *loop;
	struct pgdsn *dsn;
	const struct pgconn_events *ev; /* NULL: being freed */
	void *arg;

	enum pgconn_state state;
	struct err err;
	PGconn *pg;
	uv_poll_t *poll;
	uv_timer_t retry, guard;
	int open_handles;
	struct pgresolve *resolve;
	unsigned attempt;  /* since it was last up */
	unsigned turn;     /* rotates the hosts */
	bool wanted;

	STAILQ_HEAD(, pgunit) flight;
	int inflight;      /* without the internal ones */
	int abandoned;
	uint64_t head_since;   /* when the first unit became the first */
	uint64_t abandoned_at; /* when the grace of the first abandoned one began */
	int timeout_set;   /* statement_timeout in the session; -1 unknown */
	struct pgprep prep;
	struct pgcancel *cancel;
	uint64_t cancel_at;
	bool hit;          /* for pgconn_maybe_hit() */
	bool broken;       /* a send failed: lose it from the loop */
};

static void try_connect(struct pgconn *c);
static void lose(struct pgconn *c);
static void arm_guard(struct pgconn *c);

/* ---- small things ---------------------------------------------------------------------------- */

enum pgconn_state pgconn_state(const struct pgconn *c)
{
	return c->state;
}

const struct err *pgconn_error(const struct pgconn *c)
{
	return &c->err;
}

int pgconn_inflight(const struct pgconn *c)
{
	return c->inflight;
}

static bool parameter_on(const struct pgconn *c, const char *name)
{
	const char *value = PQparameterStatus(c->pg, name);

	return value != NULL && strcmp(value, "on") == 0;
}

bool pgconn_readonly(const struct pgconn *c)
{
	return c->state == PGCONN_UP && (parameter_on(c, "in_hot_standby") ||
	    parameter_on(c, "default_transaction_read_only"));
}

unsigned pgconn_attempt(const struct pgconn *c)
{
	return c->attempt;
}

bool pgconn_ready(const struct pgconn *c)
{
	return c->state == PGCONN_UP && c->abandoned == 0 && c->cancel == NULL;
}

bool pgconn_maybe_hit(const struct pgconn *c)
{
	return c->hit;
}

static void ignore_notice(void *arg, const PGresult *res)
{
	(void)arg, (void)res;
}

/* ---- units ----------------------------------------------------------------------------------- */

static void pop(struct pgconn *c, struct pgunit *u)
{
	STAILQ_REMOVE_HEAD(&c->flight, link);
	if (!u->internal)
		c->inflight--;
	if (u->abandoned)
		c->abandoned--;
	c->head_since = uv_now(c->loop);
	c->abandoned_at = c->head_since;
}

/* Answer a unit that is off the queue, and free it. */
static void answer(struct pgconn *c, struct pgunit *u, bool lost)
{
	struct pgresults r = { .lost = lost, .error = u->error, .ms =
	    (int)(uv_now(c->loop) - u->sent_at) };

	for (int i = 0; i < u->n; i++)
		r.result[i] = u->result[i];
	c->hit = u->maybe_hit;
	if (!u->abandoned && u->fn != NULL)
		u->fn(u->arg, &r);
	c->hit = false;
	pgunit_free(u);
}

static void room(struct pgconn *c)
{
	if (c->ev != NULL && pgconn_ready(c))
		c->ev->room(c->arg);
}

static void complete(struct pgconn *c, struct pgunit *u)
{
	pop(c, u);
	if (u->internal && u->error != NULL)
		c->timeout_set = -1;
	pgunit_settle(u, &c->prep);
	answer(c, u, false);
}

/* ---- cancelling ------------------------------------------------------------------------------ */

static void cancel_done(void *arg)
{
	struct pgconn *c = arg;

	c->cancel = NULL;
	c->abandoned_at = uv_now(c->loop); /* if it came too early, once more after another grace */
	arm_guard(c);
	room(c);
}

static void start_cancel(struct pgconn *c)
{
	struct pgunit *u;

	c->cancel = pgcancel_start(c->loop, c->pg, cancel_done, c);
	c->cancel_at = uv_now(c->loop);
	if (c->cancel == NULL) {
		c->abandoned_at = c->cancel_at;
		return;
	}
	/*
	 * The first may end by itself before the signal comes, which then hits the one behind
	 * it.
	 */
	STAILQ_FOREACH(u, &c->flight, link)
		u->maybe_hit = true;
}

static void on_guard(uv_timer_t *t)
{
	struct pgconn *c = t->data;
	struct pgunit *u = STAILQ_FIRST(&c->flight);
	uint64_t now = uv_now(c->loop);

	if (c->state == PGCONN_CONNECTING) {
		pgerr_unreachable(&c->err, NULL);
		c->turn++;
		lose(c);
		return;
	}
	if (c->state != PGCONN_UP || u == NULL)
		return;
	if (c->broken) {
		pgerr_from_conn(c->pg, &c->err);
		lose(c);
		return;
	}
	if ((c->cancel != NULL && now >= c->cancel_at + CANCEL_PATIENCE) ||
	    (u->timeout_ms > 0 && now >= c->head_since + (uint64_t)u->timeout_ms + ANSWER_SLACK)) {
		pgerr_unreachable(&c->err, NULL);
		lose(c);
		return;
	}
	if (u->abandoned && c->cancel == NULL && now >= c->abandoned_at + CANCEL_GRACE)
		start_cancel(c);
	arm_guard(c);
}

/* One timer for all that may take too long; it stands still when nothing is in flight. */
static void arm_guard(struct pgconn *c)
{
	const struct pgunit *u = STAILQ_FIRST(&c->flight);
	uint64_t now = uv_now(c->loop), at = UINT64_MAX;

	if (u == NULL || c->state != PGCONN_UP) {
		uv_timer_stop(&c->guard);
		return;
	}
	if (u->timeout_ms > 0)
		at = c->head_since + (uint64_t)u->timeout_ms + ANSWER_SLACK;
	if (c->cancel != NULL && c->cancel_at + CANCEL_PATIENCE < at)
		at = c->cancel_at + CANCEL_PATIENCE;
	if (c->cancel == NULL && u->abandoned && c->abandoned_at + CANCEL_GRACE < at)
		at = c->abandoned_at + CANCEL_GRACE;
	if (c->broken)
		at = now;
	if (at == UINT64_MAX)
		uv_timer_stop(&c->guard);
	else
		uv_timer_start(&c->guard, on_guard, at > now ? at - now : 0, 0);
}

void pgconn_abandon(struct pgconn *c, struct pgunit *u)
{
	if (u->abandoned)
		return;
	u->abandoned = true;
	u->fn = NULL;
	c->abandoned++;
	c->abandoned_at = uv_now(c->loop);
	arm_guard(c);
}

/* ---- reading and writing --------------------------------------------------------------------- */

static void on_ready(uv_poll_t *h, int status, int events);

static void poll_close(struct pgconn *c)
{
	if (c->poll != NULL) {
		/* before libpq closes the socket, whose number may come back at once */
		uv_poll_stop(c->poll);
		uv_close((uv_handle_t *)c->poll, (uv_close_cb)free);
		c->poll = NULL;
	}
}

static bool poll_open(struct pgconn *c)
{
	uv_poll_t *h = xcalloc(1, sizeof *h);
	int fd = PQsocket(c->pg);

	if (fd < 0 || uv_poll_init(c->loop, h, fd) != 0) {
		free(h);
		return false;
	}
	h->data = c;
	c->poll = h;
	return true;
}

static void watch(struct pgconn *c, bool writable)
{
	uv_poll_start(c->poll, UV_READABLE | (writable ? UV_WRITABLE : 0), on_ready);
}

static bool flush(struct pgconn *c)
{
	int rc = PQflush(c->pg);

	if (rc >= 0)
		watch(c, rc > 0);
	return rc >= 0;
}

/* Take what has arrived. Ends when libpq would have to wait. */
static void drain(struct pgconn *c)
{
	struct pgunit *u;
	int nulls = 0;

	while (c->state == PGCONN_UP && (u = STAILQ_FIRST(&c->flight)) != NULL && nulls < 2 &&
	    !PQisBusy(c->pg)) {
		PGresult *res = PQgetResult(c->pg); /* does not wait: not busy */

		if (res == NULL) {
			nulls++;
			u->at++;
			continue;
		}
		nulls = 0;
		if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			PQclear(res);
			complete(c, u);
		} else {
			pgunit_keep(u, res);
		}
	}
}

static void notifications(struct pgconn *c)
{
	PGnotify *n;
	bool any = false;

	while ((n = PQnotifies(c->pg)) != NULL) {
		any = true;
		PQfreemem(n);
	}
	if (any && c->ev != NULL)
		c->ev->notified(c->arg);
}

static void serve(struct pgconn *c, int events, bool broken)
{
	bool ok = true;
	int before = c->inflight + c->abandoned;

	if (events & UV_WRITABLE)
		ok = flush(c);
	if (ok && ((events & UV_READABLE) || broken))
		ok = PQconsumeInput(c->pg) == 1;
	drain(c); /* also after a failure: answers may have come before it */
	if (c->state != PGCONN_UP || c->ev == NULL)
		return;
	if (!ok || PQstatus(c->pg) == CONNECTION_BAD) {
		const struct pgunit *u = STAILQ_FIRST(&c->flight);
		const char *why = u != NULL ? PQresultErrorField(u->error, PG_DIAG_SQLSTATE) : NULL;
		if (pgerr_lost(why)) /* the server's own word: 57P01 … */
			pgerr_from_result(u->error, &c->err);
		else
			pgerr_from_conn(c->pg, &c->err);
		lose(c);
		return;
	}
	notifications(c);
	if (c->state != PGCONN_UP)
		return;
	arm_guard(c);
	if (c->inflight + c->abandoned < before)
		room(c);
}

/* ---- sending --------------------------------------------------------------------------------- */

static struct pgunit *push(struct pgconn *c, int n, int timeout_ms, pgunit_fn fn, void *arg)
{
	struct pgunit *u = xcalloc(1, sizeof *u);

	*u = (struct pgunit){
		.n = n, .timeout_ms = timeout_ms, .fn = fn, .arg = arg, .sent_at = uv_now(c->loop),
	};
	if (STAILQ_EMPTY(&c->flight))
		c->head_since = u->sent_at;
	STAILQ_INSERT_TAIL(&c->flight, u, link);
	return u;
}

/*
 * In a unit of its own: the timer of a transaction that has begun is not changed any more, and
 * what fails does not take anything along.
 */
static bool send_internal(struct pgconn *c, const char *sql, int timeout_ms)
{
	struct pgunit *u = push(c, 1, timeout_ms, NULL, NULL);

	u->internal = true;
	return pgunit_put(u, c->pg, &c->prep, &(struct pgstmt){ .sql = sql });
}

static bool send_timeout(struct pgconn *c, int ms)
{
	char sql[64];

	snprintf(sql, sizeof sql, "set statement_timeout = %d", ms);
	c->timeout_set = ms;
	return send_internal(c, sql, ms);
}

static bool send_deallocate(struct pgconn *c)
{
	char sql[64], name[PGPREP_NAME];
	bool ok = true;

	for (unsigned no; ok && (no = pgprep_stale(&c->prep)) != 0;) {
		pgprep_name(no, name);
		snprintf(sql, sizeof sql, "deallocate %s", name);
		ok = send_internal(c, sql, c->timeout_set > 0 ? c->timeout_set : 0);
	}
	return ok;
}

struct pgunit *pgconn_send(struct pgconn *c, const struct pgstmt *st, int n, int timeout_ms,
    pgunit_fn fn, void *arg)
{
	bool ok = true;

	if (timeout_ms > 0 && timeout_ms != c->timeout_set)
		ok = send_timeout(c, timeout_ms);
	ok = ok && send_deallocate(c);

	struct pgunit *u = push(c, n, timeout_ms, fn, arg);
	c->inflight++;
	ok = ok && pgunit_put(u, c->pg, &c->prep, st) && flush(c);
	c->broken |= !ok; /* answered as lost, but never from inside this call */
	arm_guard(c);
	return u;
}

/* ---- connecting ------------------------------------------------------------------------------ */

static uint64_t jitter(const struct pgconn *c)
{
	uint32_t r = 0;
	unsigned doublings = c->attempt > 10 ? 10 : c->attempt;
	uint64_t bound = (uint64_t)BACKOFF_MIN << doublings;
	uint64_t max = c->wanted ? WANTED_MAX : BACKOFF_MAX;

	uv_random(NULL, NULL, &r, sizeof r, 0, NULL);
	return r % ((bound < max ? bound : max) + 1);
}

static void on_retry(uv_timer_t *t)
{
	try_connect(t->data);
}

static void back_off(struct pgconn *c)
{
	uint64_t ms = jitter(c);

	c->attempt++;
	c->state = PGCONN_WAITING;
	uv_timer_start(&c->retry, on_retry, ms < 5 ? 5 : ms, 0);
}

void pgconn_want(struct pgconn *c, bool wanted)
{
	bool hurry = wanted && !c->wanted && c->state == PGCONN_WAITING;

	c->wanted = wanted;
	if (hurry && uv_timer_get_due_in(&c->retry) > WANTED_MAX)
		uv_timer_start(&c->retry, on_retry, jitter(c), 0);
}

/*
 * The connection is of no use any more: c->err says why. Everything in flight is lost; try
 * again or give up.
 */
static void lose(struct pgconn *c)
{
	bool for_good = c->state == PGCONN_CONNECTING && !c->ev->stubborn &&
	    pgerr_for_good(&c->err);
	struct pgunit *u;

	poll_close(c);
	uv_timer_stop(&c->guard);
	pgcancel_forget(c->cancel);
	c->cancel = NULL;
	PQfinish(c->pg);
	c->pg = NULL;
	c->broken = false;
	pgprep_clear(&c->prep);
	if (for_good)
		c->state = PGCONN_REFUSED;
	else
		back_off(c);
	while ((u = STAILQ_FIRST(&c->flight)) != NULL) {
		pop(c, u);
		answer(c, u, true);
	}
	if (c->ev != NULL)
		c->ev->down(c->arg, &c->err);
}

static void came_up(struct pgconn *c)
{
	if (PQsetnonblocking(c->pg, 1) != 0 || PQenterPipelineMode(c->pg) != 1) {
		pgerr_from_conn(c->pg, &c->err);
		lose(c);
		return;
	}
	uv_timer_stop(&c->guard);
	watch(c, false);
	c->state = PGCONN_UP;
	c->attempt = 0;
	c->timeout_set = -1;
	err_clear(&c->err);
	c->ev->up(c->arg);
}

static void connect_step(struct pgconn *c)
{
	poll_close(c); /* libpq may go on with another socket */

	PostgresPollingStatusType st = PQconnectPoll(c->pg);
	if (st == PGRES_POLLING_FAILED || !poll_open(c)) {
		pgerr_from_conn(c->pg, &c->err);
		lose(c);
	} else if (st == PGRES_POLLING_OK) {
		came_up(c);
	} else {
		uv_poll_start(c->poll, st == PGRES_POLLING_READING ? UV_READABLE : UV_WRITABLE,
		    on_ready);
	}
}

static void on_ready(uv_poll_t *h, int status, int events)
{
	struct pgconn *c = h->data;

	if (c->state == PGCONN_CONNECTING)
		connect_step(c);
	else if (c->state == PGCONN_UP)
		serve(c, events, status < 0);
}

static void on_resolved(void *arg, const char *error)
{
	struct pgconn *c = arg;

	c->resolve = NULL;
	if (error != NULL) {
		pgerr_unreachable(&c->err, error);
		lose(c);
		return;
	}
	c->pg = pgdsn_start(c->dsn, c->turn);
	if (c->pg == NULL || PQstatus(c->pg) == CONNECTION_BAD || !poll_open(c)) {
		pgerr_from_conn(c->pg, &c->err);
		lose(c);
		return;
	}
	/* Of a refusal only the SQLSTATE: the sentence would be in the server's language. */
	PQsetErrorVerbosity(c->pg, PQERRORS_SQLSTATE);
	PQsetNoticeReceiver(c->pg, ignore_notice, NULL);
	uv_poll_start(c->poll, UV_WRITABLE, on_ready);
}

static void try_connect(struct pgconn *c)
{
	c->state = PGCONN_CONNECTING;
	uv_timer_start(&c->guard, on_guard, (uint64_t)pgdsn_timeout_ms(c->dsn), 0);
	c->resolve = pgdsn_resolve(c->dsn, c->loop, on_resolved, c);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct pgconn *pgconn_new(uv_loop_t *loop, struct pgdsn *dsn, const struct pgconn_events *events,
    void *arg)
{
	struct pgconn *c = xcalloc(1, sizeof *c);

	*c = (struct pgconn){
		.loop = loop, .dsn = dsn, .ev = events, .arg = arg, .timeout_set = -1, .open_handles = 2,
	};
	STAILQ_INIT(&c->flight);
	uv_timer_init(loop, &c->retry);
	uv_timer_init(loop, &c->guard);
	c->retry.data = c->guard.data = c;
	uv_timer_start(&c->retry, on_retry, 0, 0);
	return c;
}

static void on_closed(uv_handle_t *h)
{
	struct pgconn *c = h->data;

	if (--c->open_handles == 0)
		free(c);
}

void pgconn_free(struct pgconn *c)
{
	struct pgunit *u;

	c->ev = NULL;
	c->state = PGCONN_REFUSED;
	pgresolve_cancel(c->resolve);
	poll_close(c);
	pgcancel_forget(c->cancel);
	PQfinish(c->pg);
	pgprep_clear(&c->prep);
	while ((u = STAILQ_FIRST(&c->flight)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->flight, link);
		pgunit_free(u);
	}
	uv_close((uv_handle_t *)&c->retry, on_closed);
	uv_close((uv_handle_t *)&c->guard, on_closed);
}

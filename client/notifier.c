#include "config.h"

#include "client/notifier.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/pgconn.h"
#include "client/pgerr.h"

#define LOOK_MS 250      /* the leader's look at the feed */
#define FOLLOW_MS 2000   /* a follower's try for the lock */
#define TIMEOUT_MS 10000
#define TICK_MS 60000    /* the leader's sweep of what time does by itself: holds that have run out */

struct notifier {
	uv_loop_t *loop;
	struct pgdsn *dsn;
	struct pgconn *conn;
	uv_timer_t timer;
	bool leads;
	bool stopped;
	uint64_t ticked; /* uv_now() of the last sweep; 0: none yet */
	char *tip;
	struct err err;
};

static void next_look(struct notifier *n, uint64_t ms);

static void on_notify_sent(void *arg, const struct pgresults *r)
{
	(void)arg;
	(void)r; /* lost: whoever leads next notifies as its first act */
}

static void notify(struct notifier *n)
{
	pgconn_send(n->conn, &(struct pgstmt){ .sql = "notify domovoi_change" }, 1, TIMEOUT_MS,
	    on_notify_sent, n);
}

static void on_tip(void *arg, const struct pgresults *r)
{
	struct notifier *n = arg;

	if (r->lost)
		return;
	if (r->error != NULL) {
		pgerr_from_result(r->error, &n->err);
		next_look(n, FOLLOW_MS);
		return;
	}
	const char *tip = PQntuples(r->result[0]) > 0 ? PQgetvalue(r->result[0], 0, 0) : "";
	if (n->tip == NULL || strcmp(n->tip, tip) != 0) {
		notify(n);
		free(n->tip);
		n->tip = xstrdup(tip);
	}
	next_look(n, LOOK_MS);
}

static void on_lock(void *arg, const struct pgresults *r)
{
	struct notifier *n = arg;

	if (r->lost)
		return;
	n->leads = r->error == NULL && PQgetvalue(r->result[0], 0, 0)[0] == 't';
	if (r->error != NULL)
		pgerr_from_result(r->error, &n->err);
	/*
	 * A new leader has no tip yet and so notifies at once: consoles learn that they need
	 * not poll.
	 */
	next_look(n, n->leads ? 0 : FOLLOW_MS);
}

static void on_tick(void *arg, const struct pgresults *r)
{
	struct notifier *n = arg;

	/* Who may not sweep (an older database, a login without the right) still tells about changes. */
	if (!r->lost)
		next_look(n, 0);
}

static bool tick_due(const struct notifier *n)
{
	return n->leads && (n->ticked == 0 || uv_now(n->loop) - n->ticked >= TICK_MS);
}

static void on_timer(uv_timer_t *t)
{
	struct notifier *n = t->data;

	if (pgconn_state(n->conn) != PGCONN_UP)
		return;
	if (tick_due(n)) {
		n->ticked = uv_now(n->loop);
		pgconn_send(n->conn, &(struct pgstmt){ .sql = "select domovoi.tick()" }, 1,
		    TIMEOUT_MS, on_tick, n);
	} else if (n->leads)
		pgconn_send(n->conn, &(struct pgstmt){ .sql = "select tip from api.feed()" }, 1,
		    TIMEOUT_MS, on_tip, n);
	else
		pgconn_send(n->conn, &(struct pgstmt){ .sql =
		    "select pg_try_advisory_lock(7241, 1)" }, 1, TIMEOUT_MS,
		    on_lock, n);
}

static void next_look(struct notifier *n, uint64_t ms)
{
	if (!n->stopped)
		uv_timer_start(&n->timer, on_timer, ms, 0);
}

static void on_up(void *arg)
{
	struct notifier *n = arg;

	err_clear(&n->err);
	next_look(n, 0);
}

static void on_down(void *arg, const struct err *e)
{
	struct notifier *n = arg;

	n->leads = false;
	n->err = *e;
	free(n->tip);
	n->tip = NULL;
	uv_timer_stop(&n->timer);
}

static void ignore(void *arg)
{
	(void)arg;
}

static const struct pgconn_events events = {
	.up = on_up, .down = on_down, .notified = ignore, .room = ignore, .stubborn = true,
};

struct notifier *notifier_start(uv_loop_t *loop, const char *dsn)
{
	struct pgdsn *d = pgdsn_new(dsn, NULL);

	if (d == NULL)
		return NULL;

	struct notifier *n = xcalloc(1, sizeof *n);
	n->loop = loop;
	n->dsn = d;
	uv_timer_init(loop, &n->timer);
	n->timer.data = n;
	n->conn = pgconn_new(loop, d, &events, n);
	return n;
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void notifier_stop(struct notifier *n)
{
	if (n == NULL)
		return;
	n->stopped = true;
	pgconn_free(n->conn); /* closes the session, which gives the lock back */
	pgdsn_free(n->dsn);
	free(n->tip);
	uv_close((uv_handle_t *)&n->timer, on_closed);
}

bool notifier_leads(const struct notifier *n)
{
	return n->leads;
}

const struct err *notifier_error(const struct notifier *n)
{
	return &n->err;
}

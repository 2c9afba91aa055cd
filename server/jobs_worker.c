#include "config.h"

#include "server/jobs_worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/pgconn.h"
#include "client/pgerr.h"

#define LOOK_MS 1000     /* the leader's look at what is due */
#define FOLLOW_MS 2000   /* a follower's try for the lock; also after an error */
#define ONCE_MS 200      /* … of one that will not stay, since the last one may just be leaving */
#define ONCE_TRIES 15
#define SHORT_MS 10000
#define STEP_MS 120000
#define DUE_MOST 200     /* so many companies and kinds are looked at by one ops.jobs_due() */
#define STR_(x) #x
#define STR(x) STR_(x)

struct jobs_worker {
	struct jobs_config c;
	char *now, *name;
	uv_loop_t *loop;
	struct pgdsn *dsn;
	struct pgconn *conn;
	uv_timer_t timer;
	struct jobs_figures figures;
	uint64_t looked;   /* uv_now() of the last look at what is due */
	int tries;         /* for the lock */
	bool entered;      /* the session is set up */
	bool busy;         /* a question is under way */
	bool stopping, over;
	char company[12], id[40], kind[40], slot[64]; /* the job at hand */
};

static void on_timer(uv_timer_t *t);
static void begin(struct jobs_worker *w);
static void look(struct jobs_worker *w);

static void finish(struct jobs_worker *w, bool ok)
{
	if (w->over)
		return;
	w->over = true;
	w->figures.leads = false;
	uv_timer_stop(&w->timer);
	w->c.over(w->c.arg, ok);
}

static void later(struct jobs_worker *w, uint64_t ms)
{
	uv_timer_start(&w->timer, on_timer, ms, 0);
}

/* ---- questions and answers ---- */

static void ask(struct jobs_worker *w, const struct pgstmt *st, int n, int ms, pgunit_fn fn)
{
	w->busy = true;
	pgconn_send(w->conn, st, n, ms, fn, w);
}

/* The cell of the first row, "" if there is none. */
static const char *cell(const PGresult *t, int column)
{
	return t == NULL || PQntuples(t) == 0 ? "" : PQgetvalue(t, 0, column);
}

static void log_error(struct jobs_worker *w, const char *event, const struct err *e)
{
	w->c.log("error", event, json_pack("{s:s,s:s,s:s}", "code", e->code, "error", e->text, "worker", w->name));
}

static json_t *about_job(const struct jobs_worker *w)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "kind", w->kind, "slot", w->slot, "company", w->company, "job", w->id,
	    "worker", w->name);
}

/* False: nothing is to be made of this answer. After an error it begins anew with the lock, a while later. */
static bool answered(struct jobs_worker *w, const struct pgresults *r)
{
	struct err e;

	w->busy = false;
	if (r->lost || w->over)
		return false;
	if (r->error != NULL) {
		pgerr_from_result(r->error, &e);
		log_error(w, "worker", &e);
		w->figures.leads = false;
	}
	if (w->stopping || (r->error != NULL && w->c.once)) {
		finish(w, r->error == NULL);
		return false;
	}
	if (r->error != NULL)
		later(w, FOLLOW_MS);
	return r->error == NULL;
}

/* ---- steps ---- */

static void count(struct jobs_worker *w, const char *status, const PGresult *t)
{
	bool done = strcmp(status, "done") == 0, failed = strcmp(status, "failed") == 0;
	json_t *more;

	w->figures.steps++;
	w->figures.done += done;
	w->figures.failed += failed;
	w->figures.retried += strcmp(status, "queued") == 0;
	if (strcmp(status, "running") == 0)
		return;
	more = about_job(w);
	json_object_set_new(more, "status", json_string(status));
	json_object_set_new(more, "done", json_integer(atoll(cell(t, 1))));
	json_object_set_new(more, "errors", json_integer(atoll(cell(t, 2))));
	if (cell(t, 4)[0] != '\0')
		json_object_set_new(more, "error", json_string(cell(t, 4)));
	w->c.log(done ? "info" : "warn", "job", more);
}

static void on_broke(void *arg, const struct pgresults *r)
{
	struct jobs_worker *w = arg;

	if (!answered(w, r))
		return;
	w->figures.failed += strcmp(cell(r->result[0], 0), "failed") == 0;
	w->figures.retried += strcmp(cell(r->result[0], 0), "queued") == 0;
	begin(w);
}

/* The step broke off in its last moment (a constraint that is looked at on COMMIT, a time limit): note it from here. */
static void broke(struct jobs_worker *w, const struct err *e)
{
	const char *const param[] = { w->company, w->id, e->code, e->text };

	ask(w, &(struct pgstmt){ .sql = "select ops.job_broke($1, $2, $3, $4)", .n = 4, .param = param }, 1, SHORT_MS,
	    on_broke);
}

static void on_step(void *arg, const struct pgresults *r)
{
	struct jobs_worker *w = arg;
	struct err e;

	if (!r->lost && !w->over && !w->stopping && r->error != NULL) {
		pgerr_from_result(r->error, &e);
		log_error(w, "step", &e);
		broke(w, &e);
		return;
	}
	if (!r->lost && r->error == NULL)
		count(w, cell(r->result[0], 0), r->result[0]);
	if (!answered(w, r))
		return;
	if (uv_now(w->loop) - w->looked >= LOOK_MS)
		look(w); /* what is urgent does not wait for the end of a long job */
	else
		begin(w);
}

static void on_begun(void *arg, const struct pgresults *r)
{
	struct jobs_worker *w = arg;
	const char *const param[] = { w->company, w->id };

	if (!answered(w, r))
		return;
	const PGresult *t = r->result[0];
	if (cell(t, 1)[0] == '\0') {
		if (w->c.once)
			finish(w, true);
		else
			later(w, LOOK_MS);
		return;
	}
	snprintf(w->company, sizeof w->company, "%s", cell(t, 0));
	snprintf(w->id, sizeof w->id, "%s", cell(t, 1));
	snprintf(w->kind, sizeof w->kind, "%s", cell(t, 2));
	snprintf(w->slot, sizeof w->slot, "%s", cell(t, 3));
	w->figures.late_seconds = atoll(cell(t, 5));
	ask(w, &(struct pgstmt){ .sql = "select * from ops.job_step($1, $2)", .n = 2, .param = param }, 1, STEP_MS, on_step);
}

static void begin(struct jobs_worker *w)
{
	const char *const param[] = { w->name };

	ask(w, &(struct pgstmt){ .sql = "select * from ops.job_begin($1)", .n = 1, .param = param }, 1, SHORT_MS, on_begun);
}

static void on_looked(void *arg, const struct pgresults *r)
{
	struct jobs_worker *w = arg;

	if (!answered(w, r))
		return;
	if (atoi(cell(r->result[0], 0)) >= DUE_MOST)
		look(w);
	else
		begin(w);
}

static void look(struct jobs_worker *w)
{
	w->looked = uv_now(w->loop);
	ask(w, &(struct pgstmt){ .sql = "select ops.jobs_due(" STR(DUE_MOST) ")" }, 1, STEP_MS, on_looked);
}

/* ---- leading ---- */

static void on_lead(void *arg, const struct pgresults *r)
{
	struct jobs_worker *w = arg;

	if (!answered(w, r))
		return;
	w->figures.leads = true;
	w->c.log("info", "leads", json_pack("{s:s,s:i}", "worker", w->name, "taken_over", atoi(cell(r->result[0], 0))));
	look(w);
}

static void on_lock(void *arg, const struct pgresults *r)
{
	struct jobs_worker *w = arg;
	const char *const param[] = { w->name };

	if (!answered(w, r))
		return;
	if (!w->entered && w->c.entered != NULL)
		w->c.entered(w->c.arg, PQntuples(r->result[1]) > 0);
	const PGresult *t = w->entered ? r->result[0] : r->result[2];
	w->entered = true;
	if (cell(t, 0)[0] == 't') {
		ask(w, &(struct pgstmt){ .sql = "select ops.job_lead($1)", .n = 1, .param = param }, 1, SHORT_MS, on_lead);
	} else if (!w->c.once) {
		later(w, FOLLOW_MS);
	} else if (++w->tries < ONCE_TRIES) {
		later(w, ONCE_MS);
	} else {
		w->c.log("info", "another worker leads", json_pack("{s:s}", "worker", w->name));
		finish(w, true);
	}
}

/*
 * The session first, once a connection. The API's login inherits nothing: it becomes domovoi_api. A superuser may do
 * everything as it is.
 */
static void try_lock(struct jobs_worker *w)
{
	const char *const param[] = { w->now != NULL ? w->now : "", w->name };
	const struct pgstmt st[] = {
		{ .sql = "select set_config('domovoi.now', $1, false), set_config('application_name', $2, false),"
		         " set_config('idle_session_timeout', '30s', false)", .n = 2, .param = param },
		{ .sql = "select set_config('role', 'domovoi_api', false) where pg_has_role(session_user, 'domovoi_api',"
		         " 'member') and not pg_has_role(session_user, 'domovoi_owner', 'member')" },
		{ .sql = "select pg_try_advisory_lock(7241, 2)" },
	};

	if (w->entered)
		ask(w, st + 2, 1, SHORT_MS, on_lock);
	else
		ask(w, st, 3, SHORT_MS, on_lock);
}

static void on_timer(uv_timer_t *t)
{
	struct jobs_worker *w = t->data;

	if (w->over || w->busy || pgconn_state(w->conn) != PGCONN_UP)
		return;
	if (w->figures.leads)
		look(w);
	else
		try_lock(w);
}

/* ---- the connection ---- */

static void on_up(void *arg)
{
	later(arg, 0);
}

static void on_down(void *arg, const struct err *e)
{
	struct jobs_worker *w = arg;

	w->busy = w->entered = w->figures.leads = false;
	uv_timer_stop(&w->timer);
	if (w->over)
		return;
	log_error(w, "connection", e);
	if (w->stopping || w->c.once)
		finish(w, w->stopping);
}

static void ignore(void *arg)
{
	(void)arg;
}

static const struct pgconn_events events = {
	.up = on_up, .down = on_down, .notified = ignore, .room = ignore, .stubborn = true,
};

struct jobs_worker *jobs_new(uv_loop_t *loop, const struct jobs_config *c, struct err *e)
{
	struct pgdsn *d = pgdsn_new(c->dsn, e);

	if (d == NULL)
		return NULL;

	struct jobs_worker *w = xcalloc(1, sizeof *w);
	w->c = *c;
	w->now = c->now != NULL ? xstrdup(c->now) : NULL;
	w->name = xstrdup(c->name);
	w->loop = loop;
	w->dsn = d;
	uv_timer_init(loop, &w->timer);
	w->timer.data = w;
	w->conn = pgconn_new(loop, d, &events, w);
	return w;
}

void jobs_stop(struct jobs_worker *w)
{
	w->stopping = true;
	if (!w->busy)
		finish(w, true);
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void jobs_free(struct jobs_worker *w)
{
	if (w == NULL)
		return;
	w->over = true;
	pgconn_free(w->conn); /* closes the session, which gives the lock back */
	pgdsn_free(w->dsn);
	free(w->now);
	free(w->name);
	uv_close((uv_handle_t *)&w->timer, on_closed);
}

const struct jobs_figures *jobs_figures(const struct jobs_worker *w)
{
	return &w->figures;
}

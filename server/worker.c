#include "config.h"

#include "server/worker.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "server/job_run.h"
#include "server/live.h"
#include "server/log.h"
#include "server/sessions.h"
#include "server/shared.h"
#include "server/workers.h"

#define CUT_MS 1500 /* after the cut MHD gets so long to close what is there */

static struct worker **workers; /* set before the first thread starts, and not changed until the last one has ended */
static int nworkers;
static const struct setup *current; /* the main thread's */
static atomic_int running;
static uv_async_t *ended;

/* ---- what other threads want of a worker ----------------------------------------------------- */

struct task { /* one for all that are told */
	void (*fn)(struct worker *w, void *arg);
	void *arg;
	void (*free_arg)(void *arg);
	atomic_int left;
};

struct told {
	struct told *next;
	struct task *task; /* NULL: a connection */
	struct conn *conn;
	bool tls;
};

static void task_done(struct task *t)
{
	if (atomic_fetch_sub(&t->left, 1) != 1)
		return;
	if (t->free_arg != NULL)
		t->free_arg(t->arg);
	free(t);
}

static void refuse_conn(struct worker *w, struct conn *c)
{
	if (c->counted)
		shared_leave(&c->peer);
	if (c->refused)
		shared_turned_away();
	atomic_fetch_sub_explicit(&w->nconns, 1, memory_order_relaxed);
	close(c->fd);
	free(c);
}

static void told_free(struct worker *w, struct told *t)
{
	if (t->task != NULL)
		task_done(t->task);
	else if (t->conn != NULL)
		refuse_conn(w, t->conn);
	free(t);
}

static void tell(struct worker *w, struct told *t)
{
	pthread_mutex_lock(&w->lock);
	bool deaf = w->deaf;
	if (!deaf) {
		t->next = NULL;
		*w->inbox_end = t;
		w->inbox_end = &t->next;
		uv_async_send(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	if (deaf)
		told_free(w, t);
}

void workers_tell(void (*fn)(struct worker *w, void *arg), void *arg, void (*free_arg)(void *arg))
{
	struct task *task = xcalloc(1, sizeof *task);

	*task = (struct task){ .fn = fn, .arg = arg, .free_arg = free_arg };
	atomic_store(&task->left, nworkers + 1);
	for (int i = 0; i < nworkers; i++) {
		struct told *t = xcalloc(1, sizeof *t);

		t->task = task;
		tell(workers[i], t);
	}
	task_done(task);
}

static struct told *take_inbox(struct worker *w)
{
	struct told *all;

	pthread_mutex_lock(&w->lock);
	all = w->inbox;
	w->inbox = NULL;
	w->inbox_end = &w->inbox;
	pthread_mutex_unlock(&w->lock);
	return all;
}

static void on_wake(uv_async_t *a)
{
	struct worker *w = a->data;

	for (struct told *t = take_inbox(w), *next; t != NULL; t = next) {
		next = t->next;
		if (t->task != NULL) {
			t->task->fn(w, t->task->arg);
		} else if (!w->stopping) {
			door_add(t->tls ? w->tls : w->plain, t->conn);
			t->conn = NULL;
		}
		told_free(w, t);
	}
}

/* ---- worker.h -------------------------------------------------------------------------------- */

uv_loop_t *worker_loop(const struct worker *w)
{
	return (uv_loop_t *)(uintptr_t)&w->loop;
}

struct client *worker_client(const struct worker *w)
{
	return w->client;
}

const struct config *worker_config(const struct worker *w)
{
	return w->setup->config;
}

const struct auth_ring *worker_ring(const struct worker *w)
{
	return w->setup->ring;
}

struct live *worker_live(const struct worker *w)
{
	return w->live;
}

int worker_number(const struct worker *w)
{
	return w->number;
}

struct session *worker_nobody(const struct worker *w)
{
	return w->nobody;
}

bool worker_stopping(const struct worker *w)
{
	return w->stopping;
}

void worker_gauges(struct worker *w)
{
	struct client_health h = { 0 };

	client_health(w->client, &h);
	atomic_store_explicit(&w->metrics.pool_busy, h.busy, memory_order_relaxed);
	atomic_store_explicit(&w->metrics.pool_waiting, h.waiting, memory_order_relaxed);
	atomic_store_explicit(&w->metrics.db_ms, h.latency_ms, memory_order_relaxed);
	atomic_store_explicit(&w->metrics.sessions, sessions_kept(w->sessions), memory_order_relaxed);
}

/* ---- life ------------------------------------------------------------------------------------ */

static int pool_share(const struct config *c, int number)
{
	int all = c->connections > 0 ? c->connections : 4 * (int)uv_available_parallelism();
	int share = all / nworkers + (number < all % nworkers);

	return share > 0 ? share : 1;
}

static bool open_doors(struct worker *w, struct err *e)
{
	w->plain = door_open(w, false, e);
	if (w->plain != NULL && w->setup->cert != NULL)
		w->tls = door_open(w, true, e);
	return w->plain != NULL && (w->tls != NULL || w->setup->cert == NULL);
}

static const char *trace_of(owner_t owner, void *arg)
{
	const struct request *r = request_find(arg, owner);

	return r != NULL ? r->trace : NULL;
}

/* On the main thread, before its own starts. */
static struct worker *worker_new(int number, const struct setup *s, struct err *e)
{
	struct worker *w = xcalloc(1, sizeof *w);
	struct client_config cc = { .dsn = s->config->dsn, .lang = "en", .now = s->config->now,
		.connections = pool_share(s->config, number), .retry_ms = s->config->pool_wait_ms,
		.pooler = s->config->feed_dsn != NULL };

	w->number = number;
	w->setup = s;
	w->inbox_end = &w->inbox;
	pthread_mutex_init(&w->lock, NULL);
	uv_loop_init(&w->loop);
	uv_async_init(&w->loop, &w->wake, on_wake);
	w->wake.data = w;
	for (size_t i = 0; i < OWNER_BUCKETS; i++)
		LIST_INIT(&w->requests[i]);
	conns_begin(w);
	w->client = client_new(&w->loop, &cc, e);
	if (w->client == NULL || !open_doors(w, e))
		return NULL; /* the program ends */
	client_set_watch(w->client, &(struct client_watch){ .trace = trace_of, .arg = w });
	w->nobody = session_open(w->client, &(struct session_spec){ .user = "" });
	w->sessions = sessions_new(w);
	w->live = live_new(w);
	atomic_store(&w->metrics.pool_size, cc.connections);
	return w;
}

static void begin_stop(struct worker *w, void *arg)
{
	(void)arg;
	if (w->stopping)
		return;
	w->stopping = true;
	w->stop_at = uv_now(&w->loop) + PATIENCE_SECONDS * 1000;
	conns_stopping(w);
	worker_maybe_end(w);
}

/* From now on nothing is heard; what was said and not heard is let go. */
static void go_deaf(struct worker *w)
{
	struct told *t, *next;

	pthread_mutex_lock(&w->lock);
	w->deaf = true;
	pthread_mutex_unlock(&w->lock);
	for (t = take_inbox(w); t != NULL; t = next) {
		next = t->next;
		told_free(w, t);
	}
}

static void close_all(struct worker *w)
{
	go_deaf(w);
	while (w->retired != NULL)
		door_close(w->retired);
	if (w->tls != NULL)
		door_close(w->tls);
	door_close(w->plain);
	job_runs_stop(w);
	live_free(w->live);
	sessions_free(w->sessions);
	session_close(w->nobody);
	client_free(w->client);
	uv_close((uv_handle_t *)&w->sweep, NULL);
	uv_close((uv_handle_t *)&w->wake, NULL);
}

void worker_maybe_end(struct worker *w)
{
	if (w->stopped)
		return;
	conns_close_idle(w);
	if (!TAILQ_EMPTY(&w->conns)) {
		if (uv_now(&w->loop) < w->stop_at)
			return;
		conns_cut(w); /* then nothing is suspended, and the doors can be closed with connections in them */
		if (uv_now(&w->loop) < w->stop_at + CUT_MS)
			return;
	}
	w->stopped = true;
	close_all(w);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	uv_run(&w->loop, UV_RUN_DEFAULT);
	atomic_fetch_sub(&running, 1);
	uv_async_send(ended);
	return NULL;
}

/* ---- all of them: main thread ---------------------------------------------------------------- */

bool workers_start(const struct setup *s, uv_async_t *on_end, struct err *e)
{
	ended = on_end;
	nworkers = s->config->threads > 0 ? s->config->threads : (int)uv_available_parallelism();
	workers = xcalloc((size_t)nworkers, sizeof *workers);
	current = s;
	for (int i = 0; i < nworkers; i++) {
		workers[i] = worker_new(i, s, e);
		if (workers[i] == NULL)
			return false;
	}
	atomic_store(&running, nworkers);
	for (int i = 0; i < nworkers; i++)
		if (pthread_create(&workers[i]->thread, NULL, worker_main, workers[i]) != 0)
			die("no thread can be started");
	return true;
}

void workers_give(struct conn *c, bool tls)
{
	struct worker *w = workers[0];
	struct told *t = xcalloc(1, sizeof *t);

	for (int i = 1; i < nworkers; i++)
		if (atomic_load_explicit(&workers[i]->nconns, memory_order_relaxed) <
		    atomic_load_explicit(&w->nconns, memory_order_relaxed))
			w = workers[i];
	atomic_fetch_add_explicit(&w->nconns, 1, memory_order_relaxed);
	*t = (struct told){ .conn = c, .tls = tls };
	tell(w, t);
}

struct reload {
	struct setup *now, *before;
};

static void reload(struct worker *w, void *arg)
{
	const struct reload *r = arg;
	struct err e = { 0 };
	struct door *tls;

	w->setup = r->now;
	if (w->stopping || r->now->cert == NULL)
		return;
	tls = door_open(w, true, &e);
	if (tls == NULL) {
		logger_event("error", "reload", json_pack("{s:s}", "text", e.text));
		return;
	}
	door_retire(w, w->tls);
	w->tls = tls;
}

static void reload_free(void *arg)
{
	struct reload *r = arg;

	setup_free(r->before);
	free(r);
}

void workers_reload(struct setup *s)
{
	struct reload *r = xcalloc(1, sizeof *r);

	*r = (struct reload){ .now = s, .before = (struct setup *)(uintptr_t)current };
	current = s;
	workers_tell(reload, r, reload_free);
}

void workers_stop(void)
{
	workers_tell(begin_stop, NULL, NULL);
}

bool workers_stopped(void)
{
	return atomic_load(&running) == 0;
}

void workers_join(void)
{
	for (int i = 0; i < nworkers; i++) {
		pthread_join(workers[i]->thread, NULL);
		uv_loop_close(&workers[i]->loop);
		pthread_mutex_destroy(&workers[i]->lock);
		free(workers[i]);
	}
	free(workers);
	workers = NULL;
	nworkers = 0;
	setup_free((struct setup *)(uintptr_t)current);
	current = NULL;
}

int workers_count(void)
{
	return nworkers;
}

const struct worker *workers_at(int i)
{
	return workers[i];
}

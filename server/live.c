#include "config.h"

#include "server/live.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "base/mem.h"
#include "server/feed.h"
#include "server/problem.h"
#include "server/worker.h"

#define TICK_MS 500
#define AGAIN_MS 5000    /* the database did not answer */
#define PATIENCE_MS 5000 /* for the feed to be read at all */
#define MONITOR_MS 1000  /* between two answers to what the day looks like … */
#define MONITOR_SHARE 5  /* … and that many times as long as the last one took */
#define MONITOR_MOST 2   /* asked at once, a worker */
#define OWNERS ((owner_t)1 << 63) /* above those of requests */

struct follower {
	TAILQ_ENTRY(follower) link;
	struct watch *watch;
	const struct follower_events *ev;
	void *arg;
	char since[FEED_ID_SIZE]; /* as he gave it, or "" */
	struct feed_pos from, pos;
	bool monitor;
	unsigned wait;   /* for this look at who he is */
	uint64_t came;
	bool started, over, gone;
	int64_t expires; /* Unix seconds; 0 = never */
	char user[37];
};

struct watch {
	TAILQ_ENTRY(watch) link;
	struct live *live;
	char *name;
	owner_t owner;
	struct session *session;
	TAILQ_HEAD(, follower) followers;
	int monitors;    /* of them, that want the day */

	struct feed_view view;
	bool known, again;
	unsigned asked, answered; /* looks at who he is, and what he may see */
	uint64_t look_at;         /* loop time of the next one */

	json_t *monitor;
	bool dirty, monitoring;
	uint64_t monitor_at, monitor_begun;
};

struct live {
	struct worker *worker;
	uv_timer_t timer;
	TAILQ_HEAD(, watch) watches;
	owner_t last_owner;
	struct feed_pos pos;  /* up to here everybody of this worker was told */
	char incarnation[37];
	int monitoring;
	int busy;             /* followers are being told: who goes meanwhile is freed afterwards */
};

static void look(struct watch *w);
static void maybe_monitor(struct watch *w);
static void watch_free(struct watch *w);

/* ---- how many there are: one table for all workers ------------------------------------------- */

struct counted {
	LIST_ENTRY(counted) link;
	char user[37];
	int n;
};

static struct {
	pthread_mutex_t lock;
	LIST_HEAD(, counted) users;
	int all;
} counts = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct counted *count_of(const char *user)
{
	struct counted *c;

	LIST_FOREACH(c, &counts.users, link)
		if (strcmp(c->user, user) == 0)
			return c;
	c = xcalloc(1, sizeof *c);
	snprintf(c->user, sizeof c->user, "%s", user);
	LIST_INSERT_HEAD(&counts.users, c, link);
	return c;
}

static void count_leave(const char *user)
{
	struct counted *c;

	pthread_mutex_lock(&counts.lock);
	c = count_of(user);
	counts.all--;
	if (--c->n <= 0) {
		LIST_REMOVE(c, link);
		free(c);
	}
	pthread_mutex_unlock(&counts.lock);
}

static bool count_enter(const char *user, const struct config *cfg)
{
	struct counted *c;
	bool fine;

	pthread_mutex_lock(&counts.lock);
	c = count_of(user);
	c->n++;
	counts.all++;
	fine = c->n <= cfg->streams_per_person && counts.all <= cfg->max_streams;
	pthread_mutex_unlock(&counts.lock);
	if (!fine)
		count_leave(user);
	return fine;
}

/* ---- views ----------------------------------------------------------------------------------- */

const char *live_name(const char *resource)
{
	const struct resource *res = catalogue_resource(resource);

	return res != NULL ? res->name : strcmp(resource, "alert") == 0 ? "alerts" : NULL;
}

void live_read_view(const struct table *t, struct feed_view *v)
{
	*v = (struct feed_view){ .platform = strcmp(table_get(t, 0, "platform"), "t") == 0,
		.company = atoi(table_get(t, 0, "company")) };
	snprintf(v->user, sizeof v->user, "%s", table_get(t, 0, "user"));
	feed_keys_add(&v->keys, table_get(t, 0, "keys"));
	feed_keys_add(&v->resources, table_get(t, 0, "resources"));
}

void live_id(const struct live *l, char out[static FEED_ID_SIZE])
{
	if (l->incarnation[0] == '\0')
		out[0] = '\0';
	else
		feed_id(out, l->incarnation, l->pos);
}

static void id_of(struct follower *f, char id[static FEED_ID_SIZE])
{
	const struct live *l = f->watch->live;

	if (feed_pos_cmp(f->pos, l->pos) < 0)
		f->pos = l->pos;
	feed_id(id, l->incarnation, f->pos);
}

struct missed {
	struct follower *f;
	struct changes changes;
};

static void note_missed(const struct feed_entry *e, void *arg)
{
	struct missed *m = arg;

	m->f->pos = e->pos;
	if (feed_view_sees(&m->f->watch->view, e))
		changes_note(&m->changes, live_name(e->resource));
}

/* Who he is and where the feed stands is known: from now on he is told, and first what he missed. */
static void start(struct follower *f)
{
	struct watch *w = f->watch;
	struct missed m = { .f = f };
	bool same = true;
	char id[FEED_ID_SIZE];

	if (f->started || f->over || !w->known || w->answered < f->wait || w->live->incarnation[0] == '\0')
		return;
	f->started = true;
	if (f->since[0] != '\0')
		feed_id_parse(f->since, w->live->incarnation, &f->from, &same);
	f->pos = f->from;
	if (same && !feed_log_since(feed_kept(), f->from, note_missed, &m))
		m.changes.any = m.changes.reset = true;
	if (m.changes.reset || !same)
		f->pos = w->live->pos;
	id_of(f, id);
	f->ev->began(f->arg, id);
	if (!same && !f->gone)
		f->ev->reset(f->arg, id);
	if (m.changes.any && !f->gone)
		f->ev->changed(f->arg, &m.changes, id);
	if (f->monitor && w->monitor != NULL && !f->gone)
		f->ev->monitor(f->arg, w->monitor);
}

static void busy(struct live *l)
{
	l->busy++;
}

static void drop(struct follower *f)
{
	struct watch *w = f->watch;

	TAILQ_REMOVE(&w->followers, f, link);
	w->monitors -= f->monitor;
	free(f);
	if (TAILQ_EMPTY(&w->followers))
		watch_free(w);
}

static void free_now(struct live *l)
{
	struct watch *w, *next;
	struct follower *f, *other;

	if (--l->busy > 0)
		return;
	for (w = TAILQ_FIRST(&l->watches); w != NULL; w = next) {
		next = TAILQ_NEXT(w, link);
		for (f = TAILQ_FIRST(&w->followers); f != NULL; f = other) {
			other = TAILQ_NEXT(f, link);
			if (f->gone)
				drop(f); /* with the last of them w goes, and the loop ends */
		}
	}
}

static void tell(struct watch *w, const struct changes *c)
{
	struct follower *f;
	char id[FEED_ID_SIZE];

	TAILQ_FOREACH(f, &w->followers, link) {
		if (!f->started || f->over)
			continue;
		id_of(f, id);
		f->ev->changed(f->arg, c, id);
	}
}

static void end(struct follower *f, enum follow_end why, const struct err *e)
{
	if (f->over)
		return;
	f->over = true;
	f->ev->over(f->arg, why, e);
}

static void end_all(struct watch *w, const struct err *e)
{
	int status = problem_of(e)->status;
	struct follower *f;

	TAILQ_FOREACH(f, &w->followers, link) {
		if (status == 401 || status == 403)
			end(f, status == 401 ? FOLLOW_REVOKED : FOLLOW_FORBIDDEN, e);
		else if (!f->started)
			end(f, FOLLOW_FAILED, e);
	}
}

static void take_view(struct watch *w, const struct table *t)
{
	struct feed_view v;
	struct follower *f;
	bool other;

	live_read_view(t, &v);
	other = w->known && !feed_view_same(&v, &w->view);
	feed_view_clear(&w->view);
	w->view = v;
	w->known = w->dirty = true; /* time alone changes the day, too */
	if (other) /* what he gained or lost was never told by the old view */
		tell(w, &(struct changes){ .any = true, .reset = true });
	TAILQ_FOREACH(f, &w->followers, link)
		start(f);
	maybe_monitor(w);
}

static void on_view(const struct reply *r, void *arg)
{
	struct watch *w = arg;
	struct live *l = w->live;
	uint64_t now = uv_now(worker_loop(l->worker));

	w->answered = w->asked;
	w->look_at = now + (r->err != NULL ? AGAIN_MS : (uint64_t)worker_config(l->worker)->stream_recheck * 1000);
	busy(l);
	if (r->err != NULL)
		end_all(w, r->err);
	else
		take_view(w, r->rows);
	if (w->again)
		look(w);
	free_now(l);
}

static void look(struct watch *w)
{
	w->again = w->answered != w->asked;
	if (w->again)
		return;
	w->asked++;
	client_call(w->session, LIVE_VIEW_SQL, NULL, 0, w->owner, on_view, w);
}

/* ---- the day --------------------------------------------------------------------------------- */

static json_t *without_time(json_t *day)
{
	json_t *copy = json_copy(day);

	json_object_del(copy, "as_of");
	return copy;
}

static bool same_day(json_t *a, json_t *b)
{
	json_t *x = without_time(a), *y = without_time(b);
	bool same = json_equal(x, y) != 0;

	json_decref(x);
	json_decref(y);
	return same;
}

static void on_monitor(const struct reply *r, void *arg)
{
	struct watch *w = arg;
	uint64_t now = uv_now(worker_loop(w->live->worker)), took = now - w->monitor_begun;
	struct follower *f;
	json_t *day = r->err == NULL ? json_loads(table_get(r->rows, 0, "monitor"), 0, NULL) : NULL;

	w->monitoring = false;
	w->live->monitoring--;
	w->monitor_at = now + (took * MONITOR_SHARE > MONITOR_MS ? took * MONITOR_SHARE : MONITOR_MS);
	if (day == NULL) {
		w->dirty = true;
		w->monitor_at = now + AGAIN_MS;
	} else if (w->monitor != NULL && same_day(w->monitor, day)) {
		json_decref(day);
	} else {
		json_decref(w->monitor);
		w->monitor = day;
		busy(w->live);
		TAILQ_FOREACH(f, &w->followers, link)
			if (f->monitor && f->started && !f->over)
				f->ev->monitor(f->arg, day);
		free_now(w->live);
	}
}

static void maybe_monitor(struct watch *w)
{
	uint64_t now = uv_now(worker_loop(w->live->worker));

	if (w->monitors == 0 || !w->dirty || !w->known || w->monitoring || now < w->monitor_at ||
	    w->live->monitoring >= MONITOR_MOST)
		return;
	w->dirty = false;
	w->monitoring = true;
	w->monitor_begun = now;
	w->live->monitoring++;
	client_call(w->session, "select api.monitor() as monitor", NULL, 0, w->owner, on_monitor, w);
}

/* ---- what comes from the feed ---------------------------------------------------------------- */

void live_batch(struct worker *worker, void *batch)
{
	struct live *l = worker_live(worker);
	struct watch *w;
	size_t n;
	const struct feed_entry *e = feed_batch_entries(batch, &n);

	l->pos = e[n - 1].pos;
	busy(l);
	TAILQ_FOREACH(w, &l->watches, link) {
		struct changes c = { 0 };
		bool mine = false;

		if (!w->known)
			continue;
		for (size_t i = 0; i < n; i++) {
			mine |= strcmp(e[i].resource, "user") == 0 && strcmp(e[i].record, w->view.user) == 0;
			if (feed_view_sees(&w->view, &e[i]))
				changes_note(&c, live_name(e[i].resource));
		}
		if (c.any) {
			tell(w, &c);
			w->dirty = true;
			maybe_monitor(w);
		}
		if (mine)
			look(w);
	}
	free_now(l);
}

void live_reset(struct worker *worker, void *nothing)
{
	struct live *l = worker_live(worker);
	bool first = l->incarnation[0] == '\0';
	struct follower *f;
	struct watch *w;
	char id[FEED_ID_SIZE];

	(void)nothing;
	feed_log_tip(feed_kept(), l->incarnation, &l->pos);
	live_id(l, id);
	busy(l);
	TAILQ_FOREACH(w, &l->watches, link) {
		w->dirty = true;
		if (!first)
			look(w);
		TAILQ_FOREACH(f, &w->followers, link) {
			f->pos = l->pos;
			if (f->started && !f->over)
				f->ev->reset(f->arg, id);
			if (f->started)
				continue;
			f->from = l->pos;
			start(f);
		}
	}
	free_now(l);
}

static void tick(struct follower *f, uint64_t now, int64_t clock)
{
	static const struct err late = { .kind = ERR_UNREACHABLE, .code = "E-CONN",
		.text = "the change feed is not read yet" };
	char id[FEED_ID_SIZE];

	if (f->expires != 0 && clock >= f->expires)
		end(f, FOLLOW_EXPIRED, NULL);
	if (!f->started && !f->over && f->watch->known && now >= f->came + PATIENCE_MS)
		end(f, FOLLOW_FAILED, &late);
	if (!f->started || f->gone)
		return;
	id_of(f, id);
	f->ev->tick(f->arg, id);
}

static void on_tick(uv_timer_t *t)
{
	struct live *l = t->data;
	uint64_t now = uv_now(worker_loop(l->worker));
	int64_t clock = time(NULL);
	struct follower *f;
	struct watch *w;

	busy(l);
	TAILQ_FOREACH(w, &l->watches, link) {
		if (now >= w->look_at && w->answered == w->asked)
			look(w);
		maybe_monitor(w);
		TAILQ_FOREACH(f, &w->followers, link)
			if (!f->gone)
				tick(f, now, clock);
	}
	free_now(l);
}

/* ---- coming and going ------------------------------------------------------------------------ */

static const char *or_null(const char *s)
{
	return *s != '\0' ? s : NULL;
}

static struct watch *watch_of(struct live *l, const struct identity *who)
{
	char *name = xasprintf("%s/%s/%s/%d/%s/%s", who->user, who->login, who->key, who->company, who->role, who->see_as);
	struct session_spec spec = { .user = who->user, .login = or_null(who->login), .key = or_null(who->key),
		.company = who->company, .role = or_null(who->role), .see_as = or_null(who->see_as) };
	struct watch *w;

	TAILQ_FOREACH(w, &l->watches, link) {
		if (strcmp(w->name, name) == 0) {
			free(name);
			return w;
		}
	}
	w = xcalloc(1, sizeof *w);
	w->live = l;
	w->name = name;
	w->owner = OWNERS | ++l->last_owner;
	w->session = session_open(worker_client(l->worker), &spec);
	TAILQ_INIT(&w->followers);
	TAILQ_INSERT_TAIL(&l->watches, w, link);
	w->look_at = UINT64_MAX;
	return w;
}

static void watch_free(struct watch *w)
{
	struct live *l = w->live;

	TAILQ_REMOVE(&l->watches, w, link);
	client_cancel_owner(worker_client(l->worker), w->owner);
	l->monitoring -= w->monitoring;
	session_close(w->session);
	feed_view_clear(&w->view);
	json_decref(w->monitor);
	free(w->name);
	free(w);
	if (TAILQ_EMPTY(&l->watches))
		uv_timer_stop(&l->timer);
}

struct follower *follow(struct request *r, const char *since, bool monitor, const struct follower_events *ev,
    void *arg)
{
	struct worker *worker = request_worker(r);
	struct live *l = worker_live(worker);
	const struct identity *who = request_identity(r);
	struct feed_pos ignored;
	struct follower *f;
	bool same;

	if (since != NULL && !feed_id_parse(since, "", &ignored, &same)) {
		respond_problem(r, "bad-cursor", "The cursor is none that was given here");
		return NULL;
	}
	if (!count_enter(who->user, worker_config(worker))) {
		respond_problem(r, "rate-limited", "Too many event streams are open");
		return NULL;
	}
	f = xcalloc(1, sizeof *f);
	*f = (struct follower){ .ev = ev, .arg = arg, .monitor = monitor, .expires = who->expires, .from = l->pos,
		.came = uv_now(worker_loop(worker)), .watch = watch_of(l, who) };
	memcpy(f->user, who->user, sizeof f->user);
	snprintf(f->since, sizeof f->since, "%s", since != NULL ? since : "");
	TAILQ_INSERT_TAIL(&f->watch->followers, f, link);
	f->watch->monitors += monitor;
	f->watch->dirty |= monitor && f->watch->monitor == NULL;
	f->wait = f->watch->asked + 1; /* one that is asked already was asked for somebody else's token */
	look(f->watch);
	if (!uv_is_active((uv_handle_t *)&l->timer))
		uv_timer_start(&l->timer, on_tick, TICK_MS, TICK_MS);
	return f;
}

void unfollow(struct follower *f)
{
	if (f == NULL)
		return;
	count_leave(f->user);
	f->over = f->gone = true;
	if (f->watch->live->busy == 0)
		drop(f);
}

struct live *live_new(struct worker *w)
{
	struct live *l = xcalloc(1, sizeof *l);

	l->worker = w;
	TAILQ_INIT(&l->watches);
	uv_timer_init(worker_loop(w), &l->timer);
	l->timer.data = l;
	return l;
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void live_free(struct live *l)
{
	uv_close((uv_handle_t *)&l->timer, on_closed);
}

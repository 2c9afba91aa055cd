/*
 * Connections of a worker and what they may take their time for. MHD's own timeout is one of inactivity: a header a
 * second would hold a connection for ever. So each has a deadline for what it is at, and a sweep twice a second shuts
 * those that are over, and looks whether somebody who waits for an answer has hung up.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/mem.h"
#include "server/sessions.h"
#include "server/shared.h"
#include "server/workers.h"

#define SWEEP_MS 500
#define LINGER_MS 2000     /* a refused body that still comes is dropped for so long, lest a reset eat the answer … */
#define LINGER_MOST (64 << 20) /* … and so many bytes */
#define LINGER_LIMIT 64    /* at once, a worker */

struct conn *conn_new(int fd, const struct sockaddr_storage *peer)
{
	struct conn *c = xcalloc(1, sizeof *c);

	c->fd = fd;
	c->peer = *peer;
	return c;
}

void conn_enter(struct worker *w, struct conn *c)
{
	TAILQ_INSERT_TAIL(&w->conns, c, link);
	atomic_fetch_add_explicit(&w->metrics.connections, 1, memory_order_relaxed);
	if (c->refused)
		metrics_refused(&w->metrics, REFUSED_LIMIT);
	conn_state(w, c, CONN_HEAD);
}

/* New ones are at the end. */
struct conn *conn_of_fd(struct worker *w, int fd)
{
	struct conn *c;

	TAILQ_FOREACH_REVERSE(c, &w->conns, conn_list, link)
		if (c->fd == fd)
			return c;
	return NULL;
}

void conn_deadline(struct worker *w, struct conn *c, int seconds)
{
	c->due = uv_now(&w->loop) + (uint64_t)seconds * 1000;
}

void conn_state(struct worker *w, struct conn *c, enum conn_state s)
{
	const struct config *cfg = w->setup->config;

	c->state = s;
	switch (s) {
	case CONN_HEAD:
		conn_deadline(w, c, c->refused ? 2 : cfg->header_seconds);
		break;
	case CONN_IDLE: /* with the whole head of the next request: who dribbles it gains nothing over who says nothing */
		conn_deadline(w, c, cfg->idle_seconds);
		break;
	case CONN_BODY:
	case CONN_SENDING:
		conn_deadline(w, c, cfg->body_seconds);
		break;
	case CONN_BUSY:
	case CONN_STREAM:
		c->due = 0;
		break;
	}
}

/* ---- lingering ------------------------------------------------------------------------------- */

struct lingering {
	uv_poll_t poll;
	uv_timer_t timer;
	struct worker *worker;
	int fd, handles;
	size_t dropped;
};

static void on_linger_closed(uv_handle_t *h)
{
	struct lingering *l = h->data;

	if (--l->handles == 0)
		free(l);
}

static void linger_end(struct lingering *l)
{
	if (l->fd < 0)
		return;
	uv_close((uv_handle_t *)&l->poll, on_linger_closed);
	uv_close((uv_handle_t *)&l->timer, on_linger_closed);
	close(l->fd);
	l->fd = -1;
	l->worker->lingering--;
}

static void on_linger_timer(uv_timer_t *t)
{
	linger_end(t->data);
}

static void on_linger(uv_poll_t *p, int status, int events)
{
	struct lingering *l = p->data;
	char junk[65536];
	ssize_t n = status == 0 ? recv(l->fd, junk, sizeof junk, MSG_DONTWAIT) : 0;

	(void)events;
	if (n > 0)
		l->dropped += (size_t)n;
	if ((n <= 0 && errno != EAGAIN) || n == 0 || l->dropped > LINGER_MOST)
		linger_end(l);
}

static void linger(struct worker *w, int fd)
{
	int own = w->lingering < LINGER_LIMIT && !w->stopping ? dup(fd) : -1;
	struct lingering *l;

	if (own < 0)
		return;
	l = xcalloc(1, sizeof *l);
	*l = (struct lingering){ .worker = w, .fd = own, .handles = 2 };
	w->lingering++;
	shutdown(own, SHUT_WR);
	uv_poll_init(&w->loop, &l->poll, own);
	uv_timer_init(&w->loop, &l->timer);
	l->poll.data = l->timer.data = l;
	uv_poll_start(&l->poll, UV_READABLE, on_linger);
	uv_timer_start(&l->timer, on_linger_timer, LINGER_MS, 0);
}

void conn_gone(struct worker *w, struct conn *c)
{
	TAILQ_REMOVE(&w->conns, c, link);
	atomic_fetch_sub_explicit(&w->metrics.connections, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&w->nconns, 1, memory_order_relaxed);
	if (c->request != NULL)
		c->request->conn = NULL;
	if (c->linger)
		linger(w, c->fd);
	if (c->counted)
		shared_leave(&c->peer);
	if (c->refused)
		shared_turned_away();
	free(c);
}

/* ---- the end of a connection ----------------------------------------------------------------- */

void conn_over(struct conn *c)
{
	shutdown(c->fd, SHUT_RDWR); /* MHD is to see it, and close */
	if (!c->over)
		door_nudge(c);
	c->over = true;
}

/*
 * MHD (0.9.75) loses connections: a body from a callback that fails, or that ends for HTTP/1.0, marks its connection as
 * closed, but puts it on no list of what is to be freed, and its descriptor is in no epoll set. What has a timeout of
 * its own, however, is looked at in every turn.
 */
static void reap(struct conn *c)
{
	if (c->mhd == NULL)
		return;
	MHD_set_connection_option(c->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 1u);
	door_kick(c->door);
}

/* ---- the sweep ------------------------------------------------------------------------------- */

/* Also who has only closed his side: he who wants an answer keeps both open, as clients of HTTP do. */
static bool hung_up(const struct conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void sweep(uv_timer_t *t)
{
	struct worker *w = t->data;
	uint64_t now = uv_now(&w->loop);
	struct conn *c, *next;

	for (c = TAILQ_FIRST(&w->conns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->over) {
			reap(c);
		} else if (c->due != 0 && now >= c->due) {
			if (c->state != CONN_IDLE)
				metrics_refused(&w->metrics, REFUSED_DEADLINE);
			conn_over(c);
		} else if (c->state != CONN_BUSY && c->state != CONN_STREAM && hung_up(c)) {
			door_nudge(c);
		} else if (c->state == CONN_BUSY && c->request != NULL && c->request->suspended && hung_up(c)) {
			http_abandon(c->request);
		} else if (c->state == CONN_STREAM && c->request != NULL && c->request->stream != NULL &&
		    stream_waits(c->request->stream) && hung_up(c)) {
			stream_cut(c->request->stream);
		}
	}
	worker_gauges(w);
	if (w->stopping)
		worker_maybe_end(w);
}

void conns_begin(struct worker *w)
{
	TAILQ_INIT(&w->conns);
	uv_timer_init(&w->loop, &w->sweep);
	w->sweep.data = w;
	uv_timer_start(&w->sweep, sweep, SWEEP_MS, SWEEP_MS);
}

void conns_stopping(struct worker *w)
{
	struct conn *c, *next;

	for (c = TAILQ_FIRST(&w->conns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->request != NULL)
			stream_stopping(c->request);
	}
	conns_close_idle(w);
}

/* Who says nothing is let go now, the others when they have their answer. */
void conns_close_idle(struct worker *w)
{
	struct conn *c;

	TAILQ_FOREACH(c, &w->conns, link)
		if ((c->state == CONN_IDLE || c->state == CONN_HEAD) && c->request == NULL)
			conn_over(c);
}

void conns_cut(struct worker *w)
{
	struct conn *c;

	TAILQ_FOREACH(c, &w->conns, link) {
		if (c->request != NULL && c->request->suspended)
			http_abandon(c->request);
		if (c->request != NULL && c->request->stream != NULL)
			stream_cut(c->request->stream);
		if (c->request != NULL && c->request->upgrade != NULL)
			upgrade_close(c->request->upgrade);
		conn_over(c);
	}
}

void worker_random_hex(struct worker *w, char *to, size_t bytes)
{
	static const char hex[] = "0123456789abcdef";

	if (w->entropy_left < bytes) {
		if (getrandom(w->entropy, sizeof w->entropy, 0) != sizeof w->entropy)
			die("no random numbers: %s", strerror(errno));
		w->entropy_left = sizeof w->entropy;
	}
	for (size_t i = 0; i < bytes; i++) {
		unsigned char b = w->entropy[--w->entropy_left];

		*to++ = hex[b >> 4];
		*to++ = hex[b & 15];
	}
	*to = '\0';
}

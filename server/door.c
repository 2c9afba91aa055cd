/*
 * An MHD daemon in a libuv loop: no thread and no listening socket of its own. Its epoll descriptor is watched, its
 * timeout is a timer; connections are accepted elsewhere and handed in.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "server/log.h"
#include "server/workers.h"

#define LEAVING_MS 10
#define TURNS 64        /* then the loop looks at the others, too */
#define TURNS_GREETING 2
#define REST_MS 1
#define REST_GREETING_MS 5
#define LEAVING_SECONDS 5

struct door {
	struct worker *worker;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t timer;
	int handles;
	int conns;            /* in it */
	int greeting, leaving; /* of these */
	int turns;            /* in a row, because MHD wanted another at once */
	bool tls;
	bool retired, closing, running;
	struct door *next;    /* among the retired */
};

struct worker *door_worker(const struct door *d)
{
	return d->worker;
}

/* What MHD says of single connections is their callers' affair: counted by how requests end, not logged. */
static void on_mhd_says(void *arg, const char *fmt, va_list ap)
{
	(void)arg, (void)fmt, (void)ap;
}

static void maybe_close(struct door *d);

static void on_timer(uv_timer_t *t);

/*
 * MHD wants turns without end for a connection whose handshake waits for the caller's next word, and for one that it
 * cannot go on with; a timer of 0 ms that sets itself anew keeps the loop from everything else. What does come is told
 * by the descriptor.
 */
static uint64_t rested(struct door *d, uint64_t ms)
{
	bool greeting = d->greeting > 0;

	if (ms == 0 && ++d->turns <= (greeting ? TURNS_GREETING : TURNS))
		return 0;
	d->turns = 0;
	return ms > 0 ? ms : greeting ? REST_GREETING_MS : REST_MS;
}

static void run(struct door *d)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (d->closing || d->running)
		return;
	d->running = true;
	MHD_run(d->daemon);
	d->running = false;
	bool soon = MHD_get_timeout(d->daemon, &ms) == MHD_YES;
	if (d->leaving > 0 && (!soon || ms > LEAVING_MS))
		uv_timer_start(&d->timer, on_timer, LEAVING_MS, 0);
	else if (soon)
		uv_timer_start(&d->timer, on_timer, rested(d, ms), 0);
	else
		uv_timer_stop(&d->timer);
	maybe_close(d);
}

static void on_timer(uv_timer_t *t)
{
	run(t->data);
}

static void on_ready(uv_poll_t *p, int status, int events)
{
	(void)status, (void)events;
	run(p->data);
}

/*
 * Over TLS MHD (0.9.75) sends what is left, marks the connection as one to be let go, and wakes nobody: it is let go in
 * the turn after that.
 */
void door_leave(struct conn *c)
{
	if (!c->leaving)
		c->door->leaving++;
	c->leaving = true;
	conn_deadline(c->door->worker, c, LEAVING_SECONDS); /* for who does not take it */
	door_kick(c->door);
}

void door_greeted(struct conn *c)
{
	c->door->greeting -= c->greeting;
	c->greeting = false;
}

void door_kick(struct door *d)
{
	if (!d->running && !d->closing)
		uv_timer_start(&d->timer, on_timer, 0, 0);
}

static void on_connection(void *arg, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct door *d = arg;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
		struct conn *c = conn_of_fd(d->worker, info->connect_fd);

		*context = c;
		if (c != NULL)
			c->mhd = mhd;
		return;
	}
	if (*context != NULL) {
		door_greeted(*context);
		d->leaving -= ((struct conn *)*context)->leaving;
		conn_gone(d->worker, *context);
	}
	*context = NULL;
	d->conns--;
}

/*
 * MHD asks for edges, and takes a short read for the end of what there is: an end that came with the last bytes, or
 * while it was not listening, it never hears of. Listening anew tells it.
 */
void door_nudge(struct conn *c)
{
	if (c->mhd == NULL || c->upgraded || c->state == CONN_BUSY || c->state == CONN_STREAM)
		return;
	MHD_suspend_connection(c->mhd);
	MHD_resume_connection(c->mhd);
	door_kick(c->door);
}

static bool mhd_start(struct door *d, bool tls)
{
	const struct setup *s = d->worker->setup;
	unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE |
	    MHD_USE_ERROR_LOG;
	struct MHD_OptionItem keys[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, s->cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, s->key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
		{ MHD_OPTION_END, 0, NULL },
	};

	/*
	 * The pool holds the head and a piece of the body: twice the head, so that we answer 431 and not MHD. All of it is
	 * touched (MHD wipes it between requests), so a silent connection costs as much.
	 */
	d->daemon = MHD_start_daemon(tls ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, http_handle, d,
	    MHD_OPTION_EXTERNAL_LOGGER, on_mhd_says, NULL,
	    MHD_OPTION_URI_LOG_CALLBACK, http_begin, d,
	    MHD_OPTION_NOTIFY_COMPLETED, http_end, d,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, d,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, 2 * s->config->max_header + 8192,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->config->max_connections + 1024,
	    MHD_OPTION_CONNECTION_TIMEOUT, 0u,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_ARRAY, tls ? keys : &keys[ARRAY_LEN(keys) - 1],
	    MHD_OPTION_END);
	return d->daemon != NULL;
}

struct door *door_open(struct worker *w, bool tls, struct err *e)
{
	struct door *d = xcalloc(1, sizeof *d);
	const union MHD_DaemonInfo *info;

	d->worker = w;
	d->tls = tls;
	if (!mhd_start(d, tls)) {
		err_set(e, ERR_FAILED, "E-CONFIG", tls ? "tls_cert" : NULL,
		    tls ? "Check that tls_cert and tls_key are PEM and belong together" : NULL, "%s",
		    tls ? "TLS does not start" : "the HTTP library does not start");
		free(d);
		return NULL;
	}
	info = MHD_get_daemon_info(d->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	uv_poll_init(&w->loop, &d->poll, info->epoll_fd);
	uv_timer_init(&w->loop, &d->timer);
	d->poll.data = d->timer.data = d;
	d->handles = 2;
	uv_poll_start(&d->poll, UV_READABLE, on_ready);
	return d;
}

void door_add(struct door *d, struct conn *c)
{
	socklen_t size = c->peer.ss_family == AF_INET ? sizeof(struct sockaddr_in) :
	    c->peer.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(sa_family_t);

	c->door = d;
	c->greeting = d->tls;
	d->greeting += d->tls;
	conn_enter(d->worker, c);
	d->conns++;
	if (MHD_add_connection(d->daemon, c->fd, (const struct sockaddr *)&c->peer, size) == MHD_YES) {
		door_kick(d);
		return;
	}
	/* it has closed the socket; and if it had got as far as to tell us, also the record */
	if (conn_of_fd(d->worker, c->fd) == c && c->mhd == NULL) {
		door_greeted(c);
		conn_gone(d->worker, c);
		d->conns--;
	}
}

static void on_closed(uv_handle_t *h)
{
	struct door *d = h->data;

	if (--d->handles == 0)
		free(d);
}

void door_close(struct door *d)
{
	struct door **p = &d->worker->retired;

	if (d->closing)
		return;
	d->closing = true;
	uv_close((uv_handle_t *)&d->poll, on_closed); /* before its descriptor goes */
	uv_close((uv_handle_t *)&d->timer, on_closed);
	MHD_stop_daemon(d->daemon);
	while (*p != NULL && *p != d)
		p = &(*p)->next;
	if (*p == d)
		*p = d->next;
}

static void maybe_close(struct door *d)
{
	if (d->retired && d->conns == 0)
		door_close(d);
}

void door_retire(struct worker *w, struct door *d)
{
	if (d == NULL)
		return;
	d->retired = true;
	d->next = w->retired;
	w->retired = d;
	maybe_close(d);
}

#include "config.h"

#include "server/serve.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "server/feed.h"
#include "server/fit.h"
#include "server/hasher.h"
#include "server/listen.h"
#include "server/log.h"
#include "server/workers.h"

struct server {
	uv_loop_t loop;
	uv_timer_t limit; /* of a stop */
	uv_signal_t term, quit, hup;
	uv_async_t ended;
	struct feed *feed;
	struct config *(*again)(void *arg, struct err *e);
	void *arg;
	bool stopping;
};

/* systemd's protocol, without its library: a datagram to the socket that it names. */
static void notify(const char *what)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof a.sun_path || (*path != '/' && *path != '@'))
		return;
	memcpy(a.sun_path, path, n);
	if (*path == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	ssize_t done = sendto(fd, what, strlen(what), MSG_NOSIGNAL, (struct sockaddr *)&a,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	(void)done;
	close(fd);
}

static void on_limit(uv_timer_t *t)
{
	(void)t;
	logger_event("error", "ended", json_pack("{s:s}", "text", "a worker did not end in time"));
	_exit(1);
}

static void on_stop(uv_signal_t *sig, int number)
{
	struct server *s = sig->data;

	if (s->stopping) {
		logger_event("warn", "ended", json_pack("{s:i}", "signal", number));
		_exit(128 + number);
	}
	s->stopping = true;
	notify("STOPPING=1");
	logger_event("info", "stopping", NULL);
	listen_close();
	uv_timer_start(&s->limit, on_limit, STOP_SECONDS * 1000, 0);
	feed_stop(s->feed);
	workers_stop();
}

static void on_hup(uv_signal_t *sig, int number)
{
	struct server *s = sig->data;
	struct err e = { 0 };
	struct config *c;
	struct setup *setup;

	(void)number;
	if (s->stopping)
		return;
	c = s->again(s->arg, &e);
	setup = c != NULL ? setup_make(c, &e) : NULL;
	if (setup == NULL || !logger_open(setup->config->log, &e)) {
		setup_free(setup);
		logger_event("error", "reload", json_pack("{s:s, s:s}", "text", e.text, "remedy", e.remedy));
		return;
	}
	listen_setup(setup);
	workers_reload(setup);
	logger_event("info", "reloaded", NULL);
}

static void close_handle(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

static void on_ended(uv_async_t *a)
{
	struct server *s = a->data;

	if (s->stopping && workers_stopped())
		uv_walk(&s->loop, close_handle, NULL);
}

/* As many descriptors as the system grants: each caller is one. */
static void take_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return;
	l.rlim_cur = l.rlim_max;
	setrlimit(RLIMIT_NOFILE, &l);
}

static void watch(struct server *s, uv_signal_t *sig, int number, uv_signal_cb fn)
{
	uv_signal_init(&s->loop, sig);
	sig->data = s;
	uv_signal_start(sig, fn, number);
}

/* A database that is down may come up: the server waits for it. One that it cannot serve is a mistake, told at once. */
static bool worth_starting(const struct setup *setup, struct err *e)
{
	struct err db = { 0 };
	bool fit = fit_databases(setup->config, &db);

	if (!fit && db.kind != ERR_UNREACHABLE) {
		*e = db;
		return false;
	}
	if (!listen_bind(setup, e))
		return false;
	if (!logger_open(setup->config->log, e)) {
		listen_close();
		return false;
	}
	if (!fit)
		logger_event("warn", "waiting for the database", json_pack("{s:s, s:s}", "text", db.text, "setting", db.field));
	return true;
}

bool serve(struct config *c, struct config *(*again)(void *arg, struct err *e), void *arg, struct err *e)
{
	struct server s = { .again = again, .arg = arg };
	struct setup *setup = setup_make(c, e);

	if (setup == NULL || !worth_starting(setup, e)) {
		setup_free(setup);
		return false;
	}
	signal(SIGPIPE, SIG_IGN);
	take_descriptors();
	uv_loop_init(&s.loop);
	uv_async_init(&s.loop, &s.ended, on_ended);
	s.ended.data = &s;
	uv_timer_init(&s.loop, &s.limit);
	s.feed = feed_start(&s.loop, setup->config->feed_dsn != NULL ? setup->config->feed_dsn : setup->config->dsn, e);
	if (s.feed == NULL || !workers_start(setup, &s.ended, e))
		return false; /* of what was looked at before; the program ends, and what is open goes with it */
	listen_open(&s.loop);
	watch(&s, &s.term, SIGTERM, on_stop);
	watch(&s, &s.quit, SIGINT, on_stop);
	watch(&s, &s.hup, SIGHUP, on_hup);
	notify("READY=1");
	uv_run(&s.loop, UV_RUN_DEFAULT);
	workers_join();
	hasher_end();
	feed_forget();
	uv_loop_close(&s.loop);
	logger_event("info", "stopped", NULL);
	logger_close();
	return true;
}

#include "config.h"

#include "server/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "server/log.h"
#include "server/shared.h"

#define BACKLOG 1024
#define TURN 64 /* connections accepted before the loop looks at signals again */
#define PAUSE_MS 200 /* out of descriptors: until then nothing is accepted */
#define UNREAD_MOST (128 << 10) /* bytes that the kernel keeps for who does not read; else it would grow to megabytes */
#define LISTENERS_MAX 8

struct listener {
	uv_poll_t poll;
	uv_timer_t pause;
	int fd;
	bool tls, metrics;
	char *path; /* of a Unix socket */
};

static struct {
	uv_loop_t *loop;
	struct listener all[LISTENERS_MAX];
	int n;
	const struct setup *setup;
} here;

/* ---- opening --------------------------------------------------------------------------------- */

static bool refuse(struct err *e, const char *address, const char *why)
{
	err_set(e, ERR_FAILED, "E-CONFIG", "listen", "Choose another address, or stop who has it", "%s: %s", address, why);
	return false;
}

/* A socket file that nobody listens on any more is left from a server that was killed. */
static bool stale(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool dead = connect(fd, (const struct sockaddr *)a, sizeof *a) != 0 && errno == ECONNREFUSED;

	close(fd);
	return dead;
}

static bool open_unix(struct listener *l, const char *path, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof a.sun_path)
		return refuse(e, path, "the path is too long");
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (stale(&a))
		unlink(path);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t before = umask(0117); /* 0660: whoever is in the group */
	bool bound = bind(l->fd, (struct sockaddr *)&a, sizeof a) == 0;
	umask(before);
	if (!bound || listen(l->fd, BACKLOG) != 0) {
		refuse(e, path, strerror(errno));
		close(l->fd);
		return false;
	}
	l->path = xstrdup(path);
	return true;
}

static int bind_to(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool open_tcp(struct listener *l, const char *address, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *ai;
	const char *colon = strrchr(address, ':');
	bool brackets = *address == '[' && colon != NULL && colon > address && colon[-1] == ']';
	char *host;
	int bad;

	if (colon == NULL || colon == address)
		return refuse(e, address, "it is not HOST:PORT");
	host = brackets ? xstrndup(address + 1, (size_t)(colon - address) - 2)
	                : xstrndup(address, (size_t)(colon - address));
	bad = getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, colon + 1, &hints, &ai);
	free(host);
	if (bad != 0)
		return refuse(e, address, gai_strerror(bad));
	l->fd = bind_to(ai);
	freeaddrinfo(ai);
	return l->fd >= 0 || refuse(e, address, strerror(errno));
}

static void announce(const struct listener *l)
{
	struct sockaddr_storage a = { 0 };
	socklen_t size = sizeof a;
	char host[64] = "", port[16] = "";
	char *url;

	getsockname(l->fd, (struct sockaddr *)&a, &size);
	if (l->path == NULL)
		getnameinfo((struct sockaddr *)&a, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
	url = l->path != NULL ? xasprintf("http+unix://%s", l->path)
	    : xasprintf("%s://%s%s%s:%s", l->tls ? "https" : "http", strchr(host, ':') != NULL ? "[" : "", host,
	      strchr(host, ':') != NULL ? "]" : "", port);
	logger_event("info", l->metrics ? "metrics" : "listening", json_pack("{s:s}", "url", url));
	free(url);
}

/* ---- accepting ------------------------------------------------------------------------------- */

static void on_ready(uv_poll_t *p, int status, int events);

static void on_pause_over(uv_timer_t *t)
{
	struct listener *l = t->data;

	uv_poll_start(&l->poll, UV_READABLE, on_ready);
}

static void take(struct listener *l, int fd, const struct sockaddr_storage *peer)
{
	struct conn *c = conn_new(fd, peer);
	int on = 1, most = UNREAD_MOST;

	if (peer->ss_family != AF_UNIX) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &most, sizeof most);
	}
	c->metrics = l->metrics;
	c->counted = l->metrics ? false : shared_enter(here.setup->config, peer);
	c->refused = !l->metrics && !c->counted;
	if (c->refused && !shared_turn_away()) {
		close(fd);
		free(c);
		return;
	}
	workers_give(c, l->tls);
}

static void on_ready(uv_poll_t *p, int status, int events)
{
	struct listener *l = p->data;

	(void)status, (void)events;
	for (int i = 0; i < TURN; i++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t size = sizeof peer;
		int fd = accept4(l->fd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			take(l, fd, &peer);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			uv_poll_stop(&l->poll);
			uv_timer_start(&l->pause, on_pause_over, PAUSE_MS, 0);
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

static bool add(const char *address, const struct setup *s, bool metrics, struct err *e)
{
	struct listener *l = &here.all[here.n];

	if (here.n == LISTENERS_MAX)
		return refuse(e, address, "there are too many addresses");
	*l = (struct listener){ .fd = -1, .metrics = metrics };
	if (strncmp(address, "unix:", 5) == 0 ? !open_unix(l, address + 5, e) : !open_tcp(l, address, e))
		return false;
	l->tls = !metrics && s->cert != NULL && l->path == NULL;
	here.n++;
	return true;
}

bool listen_bind(const struct setup *s, struct err *e)
{
	bool fine = true;

	here.setup = s;
	for (char **p = s->config->listen; fine && *p != NULL; p++)
		fine = add(*p, s, false, e);
	fine = fine && (s->config->metrics_listen == NULL || add(s->config->metrics_listen, s, true, e));
	if (!fine)
		listen_close();
	return fine;
}

void listen_open(uv_loop_t *loop)
{
	here.loop = loop;
	for (int i = 0; i < here.n; i++) {
		struct listener *l = &here.all[i];

		uv_poll_init(loop, &l->poll, l->fd);
		uv_timer_init(loop, &l->pause);
		l->poll.data = l->pause.data = l;
		uv_poll_start(&l->poll, UV_READABLE, on_ready);
		announce(l);
	}
}

void listen_setup(const struct setup *s)
{
	here.setup = s;
}

void listen_close(void)
{
	for (int i = 0; i < here.n; i++) {
		struct listener *l = &here.all[i];

		if (here.loop != NULL) {
			uv_close((uv_handle_t *)&l->poll, NULL);
			uv_close((uv_handle_t *)&l->pause, NULL);
		}
		close(l->fd);
		if (l->path != NULL)
			unlink(l->path);
		free(l->path);
	}
	here.n = 0;
}

#include "config.h"

#include "client/resthttp.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/resterr.h"

#define CONNECTIONS_MOST 6
#define SOCKET_SCHEME "http+unix://"

struct resthttp_call {
	LIST_ENTRY(resthttp_call) link;
	struct resthttp *http;
	CURL *easy;
	struct curl_slist *headers;
	char *body, *answer;
	size_t used, size, most;
	bool secret, too_much, stopped;
	bool (*piece)(const char *bytes, size_t n, void *arg);
	void (*done)(const struct resthttp_answer *a, void *arg);
	void *arg;
	char why[CURL_ERROR_SIZE];
};

struct resthttp {
	uv_loop_t *loop;
	uv_timer_t timer;
	CURLM *multi;
	LIST_HEAD(resthttp_calls, resthttp_call) calls;
	char *url, *base, *socket, *target, *ca;
	int open;  /* handles of the loop */
	bool closing;
};

struct socket {
	uv_poll_t poll;
	struct resthttp *http;
	curl_socket_t fd;
};

/* ---- the loop ---------------------------------------------------------------------------------------------- */

static void free_now(struct resthttp *h)
{
	free(h->url);
	free(h->base);
	free(h->socket);
	free(h->target);
	free(h->ca);
	free(h);
}

static void on_closed(struct resthttp *h)
{
	if (--h->open == 0)
		free_now(h);
}

static void on_timer_closed(uv_handle_t *handle)
{
	on_closed(handle->data);
}

static void on_socket_closed(uv_handle_t *handle)
{
	struct socket *s = handle->data;

	on_closed(s->http);
	free(s);
}

static void look(struct resthttp *h);

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct socket *s = poll->data;
	struct resthttp *h = s->http;
	int running, what = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);

	curl_multi_socket_action(h->multi, s->fd, status < 0 ? CURL_CSELECT_ERR : what, &running);
	look(h);
}

static void on_timer(uv_timer_t *timer)
{
	struct resthttp *h = timer->data;
	int running;

	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	look(h);
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
	struct resthttp *h = arg;

	(void)multi;
	if (h->closing)
		return 0;
	if (ms < 0)
		uv_timer_stop(&h->timer);
	else
		uv_timer_start(&h->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

static struct socket *new_socket(struct resthttp *h, curl_socket_t fd)
{
	struct socket *s = xcalloc(1, sizeof *s);

	*s = (struct socket){ .http = h, .fd = fd };
	if (uv_poll_init_socket(h->loop, &s->poll, fd) != 0) {
		free(s);
		return NULL;
	}
	s->poll.data = s;
	h->open++;
	curl_multi_assign(h->multi, fd, s);
	return s;
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct resthttp *h = arg;
	struct socket *s = known;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL) {
			curl_multi_assign(h->multi, fd, NULL);
			uv_poll_stop(&s->poll);
			uv_close((uv_handle_t *)&s->poll, on_socket_closed);
		}
		return 0;
	}
	if (s == NULL)
		s = new_socket(h, fd);
	if (s == NULL)
		return -1;
	uv_poll_start(&s->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0), on_ready);
	return 0;
}

/* ---- calls ------------------------------------------------------------------------------------------------- */

static void wipe(char *s, size_t n, bool secret)
{
	if (secret && s != NULL)
		explicit_bzero(s, n);
	free(s);
}

static void call_free(struct resthttp_call *c)
{
	LIST_REMOVE(c, link);
	curl_multi_remove_handle(c->http->multi, c->easy);
	curl_easy_cleanup(c->easy);
	for (struct curl_slist *l = c->headers; l != NULL; l = l->next)
		explicit_bzero(l->data, strlen(l->data)); /* one of them is the bearer's token */
	curl_slist_free_all(c->headers);
	wipe(c->body, c->body != NULL ? strlen(c->body) : 0, c->secret);
	wipe(c->answer, c->size, c->secret);
	free(c);
}

void resthttp_cancel(struct resthttp_call *c)
{
	if (c != NULL)
		call_free(c);
}

/* Room for n more bytes and the end; what is outgrown is wiped, not left to the heap. */
static void make_room(struct resthttp_call *c, size_t n)
{
	size_t size = c->size > 0 ? c->size : 4096;
	char *more;

	if (c->used + n < c->size)
		return;
	while (size <= c->used + n)
		size *= 2;
	more = xmalloc(size);
	if (c->used > 0)
		memcpy(more, c->answer, c->used);
	wipe(c->answer, c->size, c->secret);
	c->answer = more;
	c->size = size;
}

static size_t on_bytes(char *bytes, size_t one, size_t n, void *arg)
{
	struct resthttp_call *c = arg;
	long status = 0;

	n *= one;
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (c->piece != NULL && status == 200) {
		c->stopped = !c->piece(bytes, n, c->arg);
		return c->stopped ? 0 : n;
	}
	if (n > c->most - c->used) {
		c->too_much = true;
		return 0;
	}
	make_room(c, n);
	memcpy(c->answer + c->used, bytes, n);
	c->used += n;
	c->answer[c->used] = '\0';
	return n;
}

static const char *header(CURL *easy, const char *name)
{
	struct curl_header *h;

	return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

static int took_ms(CURL *easy)
{
	curl_off_t whole = 0, ready = 0;

	curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &whole);
	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
	return (int)((whole - ready) / 1000);
}

static void finish(struct resthttp_call *c, CURLcode code)
{
	struct resthttp_answer a = { .body = c->used > 0 ? c->answer : "", .length = c->used, .type = "",
		.ms = took_ms(c->easy), .retry_after = header(c->easy, "Retry-After"),
		.server_time = header(c->easy, "Domovoi-Server-Time") };
	struct err e;
	const char *type = header(c->easy, "Content-Type");
	long status = 0;

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	a.status = (int)status;
	a.type = type != NULL ? type : "";
	if (code != CURLE_OK) {
		if (c->too_much)
			resterr_too_much(&e);
		else
			resterr_from_curl((int)code, c->http->target, c->why, &e);
		a.err = &e;
	}
	if (c->done != NULL)
		c->done(&a, c->arg);
	call_free(c);
}

/* What has ended. A call's done() may send and cancel others; curl is not inside of anything here. */
static void look(struct resthttp *h)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct resthttp_call *c = NULL;
		CURLcode code = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
		finish(c, code);
	}
}

static void set_safety(const struct resthttp *h, CURL *easy)
{
	bool tls = strncmp(h->base, "https:", 6) == 0;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)RESTHTTP_CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	if (h->ca != NULL) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, h->ca);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (h->socket != NULL)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, h->socket);
	if (!tls)
		curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* what is in the clear stays on this machine */
}

static void set_time(CURL *easy, const struct resthttp_ask *ask)
{
	long silence = ask->silence_ms > 0 ? ask->silence_ms / 1000 + 1 : 20;

	if (ask->timeout_ms > 0)
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)ask->timeout_ms);
	if (ask->silence_ms == 0 && (ask->timeout_ms == 0 || ask->timeout_ms > 20000))
		return; /* the server may think for as long as it has */
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, silence);
}

static void add_header(struct resthttp_call *c, const char *line)
{
	struct curl_slist *more = curl_slist_append(c->headers, line);

	if (more == NULL)
		die("out of memory (headers)");
	c->headers = more;
}

static void set_request(struct resthttp_call *c, const struct resthttp_ask *ask)
{
	char *url = xasprintf("%s%s", c->http->base, ask->path);

	for (size_t i = 0; i < ask->nheaders; i++)
		add_header(c, ask->headers[i]);
	add_header(c, "Expect:");
	if (ask->body != NULL) {
		c->body = xstrdup(ask->body);
		add_header(c, "Content-Type: application/json");
		curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->body);
		curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(c->body));
	}
	curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, ask->method);
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->easy, CURLOPT_URL, url);
	curl_easy_setopt(c->easy, CURLOPT_PATH_AS_IS, 1L); /* a record called ".." is asked for as such */
	curl_easy_setopt(c->easy, CURLOPT_USERAGENT, "domovoi/" PACKAGE_VERSION);
	curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->why);
	curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
	curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
	free(url);
}

struct resthttp_call *resthttp_send(struct resthttp *h, const struct resthttp_ask *ask)
{
	struct resthttp_call *c = xcalloc(1, sizeof *c);

	*c = (struct resthttp_call){ .http = h, .easy = curl_easy_init(), .most = ask->most > 0 ? ask->most : RESTHTTP_MOST,
		.secret = ask->secret, .piece = ask->piece, .done = ask->done, .arg = ask->arg };
	if (c->easy == NULL)
		die("out of memory (HTTP)");
	LIST_INSERT_HEAD(&h->calls, c, link);
	set_safety(h, c->easy);
	set_time(c->easy, ask);
	set_request(c, ask);
	curl_multi_add_handle(h->multi, c->easy);
	return c;
}

/* ---- the address ------------------------------------------------------------------------------------------- */

static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool refuse(struct err *e, const char *url, const char *remedy)
{
	err_set(e, ERR_USAGE, "E-URL", NULL, remedy, _("%.100s is not the address of an API server"), url);
	return false;
}

static bool is_loopback(const char *host)
{
	struct in_addr v4;

	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	    (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

static bool take_socket(struct resthttp *h, const char *url, struct err *e)
{
	const char *path = url + strlen(SOCKET_SCHEME), *name = strrchr(path, '/');

	if (*path != '/' || name[1] == '\0')
		return refuse(e, url, _("Write it as http+unix:///path/of/socket"));
	h->socket = xstrdup(path);
	h->base = xstrdup("http://localhost");
	h->target = xstrdup(name + 1);
	return true;
}

static bool take_parts(struct resthttp *h, const char *url, CURLU *u, struct err *e)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL, *path = NULL, *query = NULL;
	bool good = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_OK &&
	    curl_url_get(u, CURLUPART_QUERY, &query, 0) != CURLUE_OK &&
	    strcmp(path, "/") == 0;

	curl_url_get(u, CURLUPART_PORT, &port, 0);
	if (!good)
		refuse(e, url, _("Write it as https://host or https://host:port"));
	else if (strcmp(scheme, "https") != 0 && (strcmp(scheme, "http") != 0 || !is_loopback(host)))
		good = refuse(e, url, _("Only https is safe on a network: write https://"));
	if (good) {
		h->target = xasprintf("%s%s%s", host, port != NULL ? ":" : "", port != NULL ? port : "");
		h->base = xasprintf("%s://%s", scheme, h->target);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(user);
	curl_free(path);
	curl_free(query);
	return good;
}

static bool take_url(struct resthttp *h, const char *url, struct err *e)
{
	CURLU *u;
	bool good;

	if (strncmp(url, SOCKET_SCHEME, strlen(SOCKET_SCHEME)) == 0)
		return take_socket(h, url, e);
	u = curl_url();
	good = u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK ? take_parts(h, url, u, e)
	    : refuse(e, url, _("Write it as https://host or https://host:port"));
	curl_url_cleanup(u);
	return good;
}

struct resthttp *resthttp_new(uv_loop_t *loop, const char *url, const char *ca, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct resthttp *h = xcalloc(1, sizeof *h);

	*h = (struct resthttp){ .loop = loop, .url = xstrdup(url), .ca = xstrdup(ca), .open = 1 };
	if (h->url[0] != '\0' && h->url[strlen(url) - 1] == '/')
		h->url[strlen(url) - 1] = '\0';
	pthread_once(&once, init_curl);
	if (!take_url(h, h->url, e)) {
		free_now(h);
		return NULL;
	}
	LIST_INIT(&h->calls);
	uv_timer_init(loop, &h->timer);
	h->timer.data = h;
	h->multi = curl_multi_init();
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS_MOST);
	return h;
}

void resthttp_free(struct resthttp *h)
{
	if (h == NULL)
		return;
	while (!LIST_EMPTY(&h->calls))
		call_free(LIST_FIRST(&h->calls));
	h->closing = true;
	curl_multi_cleanup(h->multi); /* takes its sockets off the loop by set_socket() */
	uv_close((uv_handle_t *)&h->timer, on_timer_closed);
}

const char *resthttp_target(const struct resthttp *h)
{
	return h->target;
}

const char *resthttp_url(const struct resthttp *h)
{
	return h->url;
}

#include "config.h"

#include "server/ws_live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/mem.h"
#include "server/live.h"
#include "server/monitoring.h"
#include "server/stream.h"
#include "server/worker.h"
#include "server/ws.h"

#define SEND_BUFFER 32768 /* of the kernel: what a slow reader may leave lying there */
#define GOODBYE_MS 5000   /* for the peer's answer to our close */
#define QUIET 3           /* heartbeats without a word from the peer, who answers each by himself */

struct socket {
	struct request *request;
	struct follower *follower;
	struct upgrade *upgrade; /* NULL: not open, or over */
	uv_poll_t *poll;
	int fd;
	struct ws *ws;
	const char *protocol;
	struct changes pending;
	json_t *told, *day;
	bool reset, hello;
	bool full;               /* the queue was: until it is empty, what comes is merged */
	bool over;               /* before it was open */
	enum follow_end why;
	char id[FEED_ID_SIZE];
	uint64_t pinged, heard, moved, closing;
	size_t backlog;
};

static const struct config *config_of(const struct socket *s)
{
	return worker_config(request_worker(s->request));
}

static uint64_t now_of(const struct socket *s)
{
	return uv_now(worker_loop(request_worker(s->request)));
}

static void on_poll(uv_poll_t *p, int status, int events);

/* ---- bytes ----------------------------------------------------------------------------------- */

/* What the kernel takes now. */
static void send_out(struct socket *s)
{
	const void *data;
	size_t n;

	while (s->upgrade != NULL && (data = ws_out(s->ws, &n)) != NULL) {
		ssize_t done = send(s->fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
			upgrade_close(s->upgrade);
			return;
		}
		if (done <= 0)
			break;
		ws_sent(s->ws, (size_t)done);
		s->moved = now_of(s);
	}
	if (s->upgrade == NULL)
		return;
	if (ws_over(s->ws)) {
		upgrade_close(s->upgrade);
		return;
	}
	uv_poll_start(s->poll, ws_out(s->ws, &n) != NULL ? UV_READABLE | UV_WRITABLE : UV_READABLE, on_poll);
}

/* false: the queue is full, or it is closing. */
static bool say(struct socket *s, const char *type, json_t *o)
{
	char *text;
	bool fine;

	json_object_set_new(o, "type", json_string(type));
	text = json_dumps(o, JSON_COMPACT);
	fine = ws_text(s->ws, text);
	s->full |= !fine;
	free(text);
	json_decref(o);
	return fine;
}

static void say_day(struct socket *s)
{
	json_t *alerts = monitoring_alerts(s->told, s->day), *metrics = monitoring_metrics(s->told, s->day);
	bool fine = metrics == NULL || say(s, "metric", metrics);

	if (alerts != NULL && fine)
		fine = say(s, "alert", alerts);
	else
		json_decref(alerts);
	if (!fine)
		return; /* both again, later */
	json_decref(s->told);
	s->told = json_incref(s->day);
}

static void say_hello(struct socket *s)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	s->hello = say(s, "hello", json_pack("{s:s, s:s, s:I, s:i}",
	    "protocol", s->protocol != NULL ? s->protocol : "domovoi.v1", "cursor", s->id,
	    "time", (json_int_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000, "heartbeat", config_of(s)->stream_heartbeat));
}

static void flush(struct socket *s)
{
	if (s->upgrade == NULL || ws_closing(s->ws))
		return;
	if (s->full && ws_queued(s->ws) == 0)
		s->full = false;
	if (!s->hello)
		say_hello(s);
	if (!s->full && s->reset && say(s, "reset", json_pack("{s:s}", "cursor", s->id))) {
		s->reset = false;
		changes_clear(&s->pending);
	}
	if (!s->full && s->pending.any) {
		json_t *o = changes_json(&s->pending);

		json_object_set_new(o, "cursor", json_string(s->id));
		if (say(s, "poke", o))
			changes_clear(&s->pending);
	}
	if (!s->full && s->day != s->told)
		say_day(s);
	send_out(s);
}

static void goodbye(struct socket *s, uint16_t code, const char *why)
{
	if (s->upgrade == NULL)
		return;
	if (s->closing == 0)
		s->closing = now_of(s);
	ws_close(s->ws, code, why);
	send_out(s);
}

/* ---- what the client says -------------------------------------------------------------------- */

/* {"type": "refresh"}: everything once more. Other words are for later versions and mean nothing to this one. */
static void on_text(void *arg, const char *text, size_t n)
{
	struct socket *s = arg;
	json_t *o = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	const char *type = json_string_value(json_object_get(o, "type"));

	if (!json_is_object(o)) {
		ws_close(s->ws, WS_UNSUPPORTED, "JSON objects only");
	} else if (type != NULL && strcmp(type, "refresh") == 0) {
		json_decref(s->told);
		s->told = NULL;
		s->hello = false;
	}
	json_decref(o);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	struct socket *s = p->data;
	char buf[16384];
	ssize_t n;

	if (status < 0) {
		upgrade_close(s->upgrade);
		return;
	}
	if ((events & UV_READABLE) != 0) {
		n = recv(s->fd, buf, sizeof buf, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
			upgrade_close(s->upgrade);
			return;
		}
		if (n > 0) {
			s->heard = now_of(s);
			ws_take(s->ws, buf, (size_t)n);
		}
	}
	send_out(s);
	flush(s);
}

/* ---- the connection -------------------------------------------------------------------------- */

static void free_poll(uv_handle_t *h)
{
	free(h);
}

static void on_closed(void *arg)
{
	struct socket *s = arg;

	s->upgrade = NULL;
	if (s->poll != NULL)
		uv_close((uv_handle_t *)s->poll, free_poll);
	s->poll = NULL;
	unfollow(s->follower);
	s->follower = NULL;
}

static void on_open(void *arg, struct upgrade *u, int fd, const char *extra, size_t n)
{
	struct socket *s = arg;
	int size = SEND_BUFFER;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	s->upgrade = u;
	s->fd = fd;
	s->poll = xcalloc(1, sizeof *s->poll);
	uv_poll_init(worker_loop(request_worker(s->request)), s->poll, fd);
	s->poll->data = s;
	s->heard = s->moved = s->pinged = now_of(s);
	uv_poll_start(s->poll, UV_READABLE, on_poll);
	say_hello(s);
	if (n > 0)
		ws_take(s->ws, extra, n);
	flush(s);
}

static void on_stopping(void *arg)
{
	goodbye(arg, WS_GOING_AWAY, "the server stops");
}

static const struct upgrade_events upgrade_events = { .open = on_open, .stopping = on_stopping, .closed = on_closed };

/* ---- what is told ---------------------------------------------------------------------------- */

static void on_began(void *arg, const char *id)
{
	struct socket *s = arg;

	memcpy(s->id, id, strlen(id) + 1);
	if (s->protocol != NULL)
		respond_header(s->request, "Sec-WebSocket-Protocol", s->protocol);
	s->ws = ws_new(on_text, s);
	respond_upgrade(s->request, "websocket", &upgrade_events, s);
}

static void on_changed(void *arg, const struct changes *c, const char *id)
{
	struct socket *s = arg;

	memcpy(s->id, id, strlen(id) + 1);
	changes_merge(&s->pending, c);
	flush(s);
}

static void on_reset(void *arg, const char *id)
{
	struct socket *s = arg;

	memcpy(s->id, id, strlen(id) + 1);
	s->reset = true;
	flush(s);
}

static void on_monitor(void *arg, json_t *now)
{
	struct socket *s = arg;

	json_decref(s->day);
	s->day = json_incref(now);
	flush(s);
}

static void say_over(struct socket *s)
{
	static const struct { uint16_t code; const char *why; } codes[] = {
		[FOLLOW_EXPIRED] = { WS_TOKEN_EXPIRED, "the token has expired" },
		[FOLLOW_REVOKED] = { WS_TOKEN_EXPIRED, "the session is over" },
		[FOLLOW_FORBIDDEN] = { WS_FORBIDDEN, "this is not permitted any more" },
		[FOLLOW_FAILED] = { WS_INTERNAL, "the database does not answer" },
	};

	goodbye(s, codes[s->why].code, codes[s->why].why);
}

static bool is_stuck(struct socket *s)
{
	size_t n;

	if (ws_out(s->ws, &n) == NULL)
		s->moved = now_of(s);
	return now_of(s) - s->moved > (uint64_t)config_of(s)->stream_slow * 1000;
}

static void ping(struct socket *s)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	s->pinged = now_of(s);
	ws_ping(s->ws);
	say(s, "ping", json_pack("{s:I, s:s}", "time", (json_int_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000, "cursor", s->id));
}

static void on_tick(void *arg, const char *id)
{
	struct socket *s = arg;
	uint64_t beat = (uint64_t)config_of(s)->stream_heartbeat * 1000, now = now_of(s);

	if (s->upgrade == NULL)
		return;
	if (s->over)
		say_over(s);
	else if (s->closing == 0 && now - s->heard > QUIET * beat)
		goodbye(s, WS_SLOW, "no answer to pings");
	if (s->upgrade != NULL && s->closing == 0 && is_stuck(s)) {
		goodbye(s, WS_SLOW, "nothing is read");
		if (s->upgrade != NULL) /* it would not be read, either */
			upgrade_close(s->upgrade);
	}
	if (s->upgrade != NULL && s->closing != 0 && now - s->closing > GOODBYE_MS)
		upgrade_close(s->upgrade);
	if (s->upgrade == NULL || s->closing != 0)
		return;
	if (!s->pending.any && !s->reset)
		memcpy(s->id, id, strlen(id) + 1);
	if (now - s->pinged >= beat && !s->full)
		ping(s);
	flush(s);
}

static void on_over(void *arg, enum follow_end why, const struct err *e)
{
	struct socket *s = arg;

	s->why = why;
	if (s->ws != NULL) {
		s->over = true;
		say_over(s);
	} else if (e != NULL) {
		respond_err(s->request, e);
	} else {
		respond_problem(s->request, "token-expired", NULL);
	}
}

static const struct follower_events follower_events = {
	.began = on_began, .changed = on_changed, .reset = on_reset, .monitor = on_monitor, .tick = on_tick, .over = on_over,
};

static void free_socket(void *arg)
{
	struct socket *s = arg;

	unfollow(s->follower);
	ws_free(s->ws);
	json_decref(s->told);
	json_decref(s->day);
	free(s);
}

/* ---- the handshake --------------------------------------------------------------------------- */

static bool refuse(struct request *r, enum ws_handshake what)
{
	switch (what) {
	case WS_FINE:
		return false;
	case WS_NO_UPGRADE:
		respond_header(r, "Upgrade", "websocket");
		respond_problem(r, "upgrade-required", "This is a WebSocket: ask for an upgrade to it");
		break;
	case WS_BAD_VERSION:
		respond_header(r, "Sec-WebSocket-Version", "13");
		respond_problem(r, "upgrade-required", "Only version 13 of the protocol is spoken here");
		break;
	case WS_BAD_KEY:
		respond_problem(r, "bad-request", "Sec-WebSocket-Key must be 16 bytes in base64");
		break;
	case WS_BAD_PROTOCOL:
		respond_problem(r, "bad-request", "Only domovoi.v1 and pm.v1 are spoken here");
		break;
	case WS_BAD_ORIGIN:
		respond_problem(r, "forbidden", "Pages of this origin may not connect");
		break;
	}
	return true;
}

void ws_live_handle(struct request *r)
{
	const struct ws_head head = { .upgrade = request_header(r, "Upgrade"), .connection = request_header(r, "Connection"),
		.version = request_header(r, "Sec-WebSocket-Version"), .key = request_header(r, "Sec-WebSocket-Key"),
		.protocols = request_header(r, "Sec-WebSocket-Protocol"), .origin = request_header(r, "Origin") };
	const char *protocol, *name, *value;
	char accept[29];
	struct socket *s;

	if (refuse(r, ws_check(&head, worker_config(request_worker(r))->origins, &protocol)))
		return;
	if (request_query_each(r, 0, &name, &value)) { /* above all no tokens: addresses are logged everywhere */
		respond_problem_at(r, "unknown-parameter", name, "There are no parameters here");
		return;
	}
	s = xcalloc(1, sizeof *s);
	s->request = r;
	s->protocol = protocol;
	s->follower = follow(r, NULL, true, &follower_events, s);
	if (s->follower == NULL) {
		free(s);
		return;
	}
	request_keep(r, s, free_socket);
	ws_accept(head.key, accept);
	respond_header(r, "Sec-WebSocket-Accept", accept);
}

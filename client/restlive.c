#include "config.h"

#include "client/restlive.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/restask.h"
#include "client/resterr.h"
#include "client/sseread.h"

#define PATH "/api/v1/events?topics=changes"
#define SILENCE_MS 45000  /* the server's heart beats every 15 s */
#define FIRST_MS 1000     /* between attempts, doubled … */
#define MOST_MS 30000     /* … up to this */
#define POLL_MS 5000
#define POLL_TIME_MS 7000
#define HEADERS_MOST 8

struct restlive {
	uv_loop_t *loop;
	struct resthttp *http;
	const struct restlive_events *events;
	void *arg;
	struct sseread sse;
	struct resthttp_call *call;
	unsigned serial;
	uv_timer_t again;
	int wait_ms;
	bool running, live, known;
	bool polling;             /* there is no stream */
	bool opened;              /* this stream has said something */
	char *cursor;             /* of the feed, where the last look ended; NULL = there was none */
};

static void set_live(struct restlive *l, bool live)
{
	bool other = l->live != live || !l->known;

	l->live = live;
	l->known = true;
	if (other)
		l->events->state(l->arg);
}

static void ask(struct restlive *l);

static void on_again(uv_timer_t *timer)
{
	ask(timer->data);
}

static void later(struct restlive *l, int ms)
{
	if (l->running)
		uv_timer_start(&l->again, on_again, (uint64_t)ms, 0);
}

static void back_off(struct restlive *l)
{
	int least = l->sse.retry_ms > 0 ? l->sse.retry_ms : FIRST_MS;

	l->wait_ms = l->wait_ms < least ? least : l->wait_ms * 2;
	if (l->wait_ms > MOST_MS)
		l->wait_ms = MOST_MS;
	later(l, l->wait_ms);
}

/* ---- the stream -------------------------------------------------------------------------------------------- */

static void on_event(const struct sse_event *e, void *arg)
{
	struct restlive *l = arg;

	/* "over" says why the stream ends; what is done about it is learnt by asking again */
	if (strcmp(e->name, "poke") == 0 || strcmp(e->name, "reset") == 0)
		l->events->changed(l->arg);
}

static bool on_piece(const char *bytes, size_t n, void *arg)
{
	struct restlive *l = arg;

	l->wait_ms = 0;
	if (!l->opened) {
		l->opened = true;
		set_live(l, true);
	}
	return sseread_feed(&l->sse, bytes, n);
}

/* Nobody there offers a stream, or offers it to us: 404, 403, 501. */
static bool has_none(int status)
{
	return status == 404 || status == 405 || status == 406 || status == 403 || status == 501;
}

static void on_stream_end(const struct resthttp_answer *r, void *arg)
{
	struct restlive *l = arg;
	bool was = l->opened;

	l->call = NULL;
	l->opened = false;
	if (r->status == 401) {
		l->events->refused(l->serial, l->arg);
		later(l, 0);
		return;
	}
	set_live(l, false);
	if (r->err == NULL && has_none(r->status)) {
		l->polling = true;
		later(l, 0);
		return;
	}
	if (r->err != NULL && !was)
		l->events->lost(r->err, l->arg);
	/* closed in good order (a server that goes, a token that ran out): at once, the first time */
	if (r->err == NULL && was && l->wait_ms == 0) {
		l->wait_ms = 1;
		later(l, 1);
	} else {
		back_off(l);
	}
}

/* ---- looking ----------------------------------------------------------------------------------------------- */

static void on_look(const struct resthttp_answer *r, void *arg)
{
	struct restlive *l = arg;
	struct err e;
	json_t *doc = r->err == NULL && r->status == 200 ? resterr_json(r->type, r->body, r->length, &e) : NULL;
	const char *cursor = json_string_value(json_object_get(doc, "cursor"));

	l->call = NULL;
	if (r->status == 401)
		l->events->refused(l->serial, l->arg);
	if (l->cursor != NULL && json_is_true(json_object_get(doc, "changed")))
		l->events->changed(l->arg);
	if (cursor != NULL) {
		free(l->cursor);
		l->cursor = xstrdup(cursor);
	}
	json_decref(doc);
	set_live(l, false);
	if (r->err != NULL)
		l->events->lost(r->err, l->arg);
	later(l, POLL_MS);
}

/* Since the last look; the first one only says where that begins. */
static char *look_path(const struct restlive *l)
{
	struct strbuf path = { 0 };

	strbuf_puts(&path, PATH "&poll=1");
	if (l->cursor != NULL) {
		strbuf_puts(&path, "&cursor=");
		restask_escape(&path, l->cursor);
	}
	return strbuf_steal(&path);
}

static void ask(struct restlive *l)
{
	const char *headers[HEADERS_MOST];
	char *last = NULL, *path = NULL;
	size_t n = l->call == NULL && l->running ? l->events->headers(headers, HEADERS_MOST - 2, &l->serial, l->arg) : 0;

	if (n == 0) {
		if (l->running && l->call == NULL)
			l->running = false; /* started again when there is a token */
		return;
	}
	struct resthttp_ask a = { .method = "GET", .path = PATH, .headers = headers, .arg = l };
	if (l->polling) {
		a.path = path = look_path(l);
		a.timeout_ms = POLL_TIME_MS;
		a.done = on_look;
	} else {
		headers[n++] = "Accept: text/event-stream";
		if (l->sse.id.len > 0)
			headers[n++] = last = xasprintf("Last-Event-ID: %s", strbuf_str(&l->sse.id));
		sseread_restart(&l->sse);
		a.silence_ms = SILENCE_MS;
		a.piece = on_piece;
		a.done = on_stream_end;
		a.most = 65536;
	}
	a.nheaders = n;
	l->call = resthttp_send(l->http, &a);
	free(last);
	free(path);
}

/* ---- life -------------------------------------------------------------------------------------------------- */

struct restlive *restlive_new(uv_loop_t *loop, struct resthttp *http, const struct restlive_events *events, void *arg)
{
	struct restlive *l = xcalloc(1, sizeof *l);

	*l = (struct restlive){ .loop = loop, .http = http, .events = events, .arg = arg,
		.sse = { .event = on_event, .arg = l } };
	uv_timer_init(loop, &l->again);
	l->again.data = l;
	return l;
}

void restlive_start(struct restlive *l)
{
	if (l->running)
		return;
	l->running = true;
	later(l, 0);
}

void restlive_stop(struct restlive *l)
{
	l->running = l->opened = false;
	resthttp_cancel(l->call);
	l->call = NULL;
	uv_timer_stop(&l->again);
	if (l->live)
		set_live(l, false);
}

void restlive_wake(struct restlive *l)
{
	l->wait_ms = 0;
	if (l->call == NULL)
		later(l, 0);
}

static void on_closed(uv_handle_t *h)
{
	struct restlive *l = h->data;

	sseread_free(&l->sse);
	free(l->cursor);
	free(l);
}

void restlive_free(struct restlive *l)
{
	resthttp_cancel(l->call);
	uv_close((uv_handle_t *)&l->again, on_closed);
}

bool restlive_live(const struct restlive *l)
{
	return l->live;
}

bool restlive_settled(const struct restlive *l)
{
	return l->known || !l->running;
}

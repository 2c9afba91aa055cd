/*
 * GET /api/v1/events: server-sent events. What cannot go out yet is kept as one poke, not as a queue; who takes nothing
 * at all for a while is let go. And the routes of everything that is live.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "server/feed.h"
#include "server/live.h"
#include "server/monitoring.h"
#include "server/routes.h"
#include "server/stream.h"
#include "server/worker.h"
#include "server/ws_live.h"

#define HIGH_WATER 8192 /* bytes that wait: what comes now is merged */

struct sub {
	struct request *request;
	struct stream *stream; /* NULL: not begun yet, or over */
	struct follower *follower;
	unsigned topics;
	struct changes pending;
	json_t *told, *day;    /* what he knows of the day, what is to be known */
	bool reset;
	char id[FEED_ID_SIZE];
	uint64_t spoke;        /* loop time of the last word */
	uint64_t moved;        /* … when the backlog was last seen to shrink */
	size_t backlog;
};

static const struct config *config_of(const struct sub *s)
{
	return worker_config(request_worker(s->request));
}

static uint64_t now_of(const struct sub *s)
{
	return uv_now(worker_loop(request_worker(s->request)));
}

/* ---- what is written ------------------------------------------------------------------------- */

static void write_text(struct sub *s, struct strbuf *b)
{
	stream_write(s->stream, strbuf_str(b), b->len);
	s->spoke = now_of(s);
	strbuf_free(b);
}

static void write_event(struct sub *s, const char *event, const char *id, json_t *data)
{
	struct strbuf b = { 0 };
	char *text = json_dumps(data, JSON_COMPACT);

	sse_event(&b, event, id, text);
	write_text(s, &b);
	free(text);
	json_decref(data);
}

static void flush_day(struct sub *s)
{
	json_t *alerts = (s->topics & TOPIC_ALERTS) != 0 ? monitoring_alerts(s->told, s->day) : NULL;
	json_t *metrics = (s->topics & TOPIC_METRICS) != 0 ? monitoring_metrics(s->told, s->day) : NULL;

	if (alerts != NULL)
		write_event(s, "alert", NULL, alerts);
	if (metrics != NULL)
		write_event(s, "metric", NULL, metrics);
	json_decref(s->told);
	s->told = json_incref(s->day);
}

/* Everything that there is to say, if it can be said. */
static void flush(struct sub *s)
{
	if (s->stream == NULL || stream_backlog(s->stream) > HIGH_WATER)
		return;
	if (s->reset) {
		write_event(s, "reset", s->id, json_object());
		s->reset = false;
		changes_clear(&s->pending);
	}
	if (s->pending.any && (s->topics & TOPIC_CHANGES) != 0)
		write_event(s, "poke", s->id, changes_json(&s->pending));
	changes_clear(&s->pending);
	if (s->day != s->told)
		flush_day(s);
}

/* ---- what is told ---------------------------------------------------------------------------- */

static void on_closed(void *arg)
{
	struct sub *s = arg;

	s->stream = NULL;
	unfollow(s->follower);
	s->follower = NULL;
}

static const struct stream_events stream_events = { .closed = on_closed };

/* The id alone is no event, but who comes back will say it. */
static void write_place(struct sub *s, const char *word)
{
	struct strbuf b = { 0 };

	strbuf_printf(&b, ": %s\nid: %s\n\n", word, s->id);
	write_text(s, &b);
}

static void on_began(void *arg, const char *id)
{
	struct sub *s = arg;

	memcpy(s->id, id, strlen(id) + 1);
	respond_header(s->request, "X-Accel-Buffering", "no"); /* for proxies that would collect it */
	s->stream = respond_stream(s->request, "text/event-stream", &stream_events, s);
	s->moved = now_of(s);
	if (s->follower == NULL) { /* HEAD: it is closed already */
		s->stream = NULL;
		return;
	}
	write_place(s, "from here on");
}

static void on_changed(void *arg, const struct changes *c, const char *id)
{
	struct sub *s = arg;

	memcpy(s->id, id, strlen(id) + 1);
	changes_merge(&s->pending, c);
	flush(s);
}

static void on_reset(void *arg, const char *id)
{
	struct sub *s = arg;

	memcpy(s->id, id, strlen(id) + 1);
	s->reset = true;
	flush(s);
}

static void on_monitor(void *arg, json_t *now)
{
	struct sub *s = arg;

	json_decref(s->day);
	s->day = json_incref(now);
	flush(s);
}

static bool is_stuck(struct sub *s)
{
	size_t backlog = stream_backlog(s->stream);

	if (backlog == 0 || backlog < s->backlog)
		s->moved = now_of(s);
	s->backlog = backlog;
	return now_of(s) - s->moved > (uint64_t)config_of(s)->stream_slow * 1000;
}

static void on_tick(void *arg, const char *id)
{
	struct sub *s = arg;

	if (s->stream == NULL)
		return;
	if (is_stuck(s)) {
		stream_cut(s->stream);
		return;
	}
	flush(s);
	if (!s->pending.any && !s->reset)
		memcpy(s->id, id, strlen(id) + 1);
	if (now_of(s) - s->spoke >= (uint64_t)config_of(s)->stream_heartbeat * 1000 && s->backlog == 0)
		write_place(s, "still here");
}

static void on_over(void *arg, enum follow_end why, const struct err *e)
{
	static const char *const codes[] = { [FOLLOW_EXPIRED] = "token-expired", [FOLLOW_REVOKED] = "session-revoked",
		[FOLLOW_FORBIDDEN] = "forbidden", [FOLLOW_FAILED] = "db-unavailable" };
	struct sub *s = arg;

	if (s->stream != NULL) {
		write_event(s, "over", NULL, json_pack("{s:s}", "code", codes[why]));
		stream_end(s->stream);
	} else if (e != NULL) {
		respond_err(s->request, e);
	} else {
		respond_problem(s->request, codes[why], NULL);
	}
}

static const struct follower_events follower_events = {
	.began = on_began, .changed = on_changed, .reset = on_reset, .monitor = on_monitor, .tick = on_tick, .over = on_over,
};

static void free_sub(void *arg)
{
	struct sub *s = arg;

	unfollow(s->follower);
	json_decref(s->told);
	json_decref(s->day);
	free(s);
}

/* ---- once, for who cannot wait --------------------------------------------------------------- */

struct polled {
	struct feed_view view;
	struct changes changes;
	struct feed_pos pos;
};

static void note(const struct feed_entry *e, void *arg)
{
	struct polled *p = arg;

	p->pos = e->pos;
	if (feed_view_sees(&p->view, e))
		changes_note(&p->changes, live_name(e->resource));
}

static const char *cursor_of(const struct request *r)
{
	const char *said = request_header(r, "Last-Event-ID");

	return said != NULL && *said != '\0' ? said : request_query(r, "cursor");
}

static void on_view(const struct reply *reply, void *arg)
{
	struct request *r = arg;
	const char *since = cursor_of(r);
	struct polled p = { 0 };
	char incarnation[37], id[FEED_ID_SIZE];
	struct feed_pos from;
	bool same = true;
	json_t *o;

	if (reply->err != NULL) {
		respond_err(r, reply->err);
		return;
	}
	if (!feed_log_tip(feed_kept(), incarnation, &p.pos)) {
		respond_problem(r, "db-unavailable", "The change feed is not read yet");
		return;
	}
	from = p.pos;
	if (since != NULL && !feed_id_parse(since, incarnation, &from, &same)) {
		respond_problem(r, "bad-cursor", "The cursor is none that was given here");
		return;
	}
	live_read_view(reply->rows, &p.view);
	if (!same || !feed_log_since(feed_kept(), from, note, &p))
		p.changes.any = p.changes.reset = true;
	feed_view_clear(&p.view);
	feed_id(id, incarnation, feed_pos_cmp(from, p.pos) > 0 && same ? from : p.pos);
	o = changes_json(&p.changes);
	json_object_set_new(o, "cursor", json_string(id));
	json_object_set_new(o, "changed", json_boolean(p.changes.any));
	respond_json(r, 200, o);
}

/* ---- the route ------------------------------------------------------------------------------- */

static bool check_parameters(struct request *r)
{
	static const char *const known[] = { "topics", "cursor", "poll" };
	const char *name, *value;

	for (size_t i = 0; request_query_each(r, i, &name, &value); i++) {
		bool fine = false;

		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			fine |= strcmp(name, known[k]) == 0;
		if (!fine) {
			respond_problem_at(r, "unknown-parameter", name, "There are topics, cursor and poll: no %s", name);
			return false;
		}
	}
	return true;
}

static void handle_events(struct request *r)
{
	const char *poll = request_query(r, "poll");
	unsigned topics = topics_parse(request_query(r, "topics"));
	struct follower *f;
	struct sub *s;

	if (!check_parameters(r))
		return;
	if (topics == 0) {
		respond_problem_at(r, "bad-parameter", "topics", "Topics are changes, alerts and metrics");
		return;
	}
	if (poll != NULL && strcmp(poll, "0") != 0) {
		client_call(request_session(r), LIVE_VIEW_SQL, NULL, 0, request_owner(r), on_view, r);
		return;
	}
	s = xcalloc(1, sizeof *s);
	s->request = r;
	s->topics = topics;
	f = follow(r, cursor_of(r), (topics & (TOPIC_ALERTS | TOPIC_METRICS)) != 0, &follower_events, s);
	if (f == NULL) {
		free(s);
		return;
	}
	s->follower = f;
	request_keep(r, s, free_sub);
}

const struct route live_routes[] = {
	{ GET, "/api/v1/events", ACCESS_PERSON, handle_events, "Changes as they happen, as server-sent events", NULL },
	{ GET, "/api/v1/monitoring/dashboard", ACCESS_PERSON, monitoring_dashboard, "The figures of the day", NULL },
	{ GET, "/api/v1/monitoring/alerts", ACCESS_PERSON, monitoring_list, "What needs somebody now", NULL },
	{ POST, "/api/v1/monitoring/alerts/{id}/acknowledgements", ACCESS_PERSON, monitoring_acknowledge,
	    "Somebody looks after an alert", NULL },
	{ GET, "/ws/monitoring", ACCESS_PERSON, ws_live_handle, "The day as it changes, over a WebSocket", NULL },
	{ 0, NULL, ACCESS_PUBLIC, NULL, NULL, NULL },
};

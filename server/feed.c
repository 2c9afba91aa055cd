#include "config.h"

#include "server/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/pgask.h"
#include "client/pgconn.h"
#include "client/pgerr.h"
#include "server/live.h"
#include "server/log.h"
#include "server/worker.h"

#define BATCH "500"
#define BATCH_MOST 500
#define LOOK_MS 1000      /* nobody notifies: look by ourselves */
#define REST_MS 15000     /* somebody does: look all the same, a word may have been lost */
#define AGAIN_MS 2000     /* it was refused */
#define TIMEOUT_MS 10000

struct feed {
	uv_loop_t *loop;
	struct pgdsn *dsn;
	struct pgconn *conn;
	uv_timer_t timer;
	bool asking, more;   /* more: somebody said so meanwhile */
	bool stopped;
	bool said;           /* that it is refused: once, not every two seconds */
	char incarnation[37];
	struct feed_pos at;
	char cursor[42];
};

static struct feed_log *kept; /* set before the first worker starts */

struct feed_log *feed_kept(void)
{
	return kept;
}

void feed_forget(void)
{
	feed_log_free(kept);
	kept = NULL;
}

static void ask(struct feed *f);

static void on_timer(uv_timer_t *t)
{
	ask(t->data);
}

static void later(struct feed *f, uint64_t ms)
{
	if (!f->stopped)
		uv_timer_start(&f->timer, on_timer, ms, 0);
}

static void refused(struct feed *f, const char *text)
{
	if (!f->said)
		logger_event("error", "feed", json_pack("{s:s}", "text", text));
	f->said = true;
	later(f, AGAIN_MS);
}

/* ---- what it says ---------------------------------------------------------------------------- */

static void begin_anew(struct feed *f, const char *incarnation, const char *tip)
{
	bool first = f->incarnation[0] == '\0';

	snprintf(f->incarnation, sizeof f->incarnation, "%s", incarnation);
	f->at = (struct feed_pos){ 0 };
	if (!feed_pos_parse(tip, &f->at))
		tip = "0.0";
	snprintf(f->cursor, sizeof f->cursor, "%s", tip);
	feed_log_reset(kept, f->incarnation, f->at);
	logger_event(first ? "info" : "warn", first ? "feed begins" : "feed begins anew",
	    json_pack("{s:s}", "cursor", f->cursor));
	workers_tell(live_reset, NULL, NULL);
}

static struct feed_batch *read_batch(const struct table *t)
{
	size_t n = 0;
	struct feed_entry *e = xcalloc((size_t)table_rows(t) + 1, sizeof *e);

	for (int i = 0; i < table_rows(t); i++) {
		if (!feed_pos_parse(table_get(t, i, "cursor"), &e[n].pos))
			continue;
		e[n].company = atoi(table_get(t, i, "company"));
		e[n].resource = xstrdup(table_get(t, i, "resource"));
		snprintf(e[n].record, sizeof e[n].record, "%s", table_get(t, i, "record"));
		feed_keys_add(&e[n].keys, table_get(t, i, "keys_old"));
		feed_keys_add(&e[n].keys, table_get(t, i, "keys_new"));
		n++;
	}
	return feed_batch_new(e, n);
}

static void free_batch(void *batch)
{
	feed_batch_free(batch);
}

static void hand_on(struct feed *f, const struct table *t)
{
	struct feed_batch *b = read_batch(t);
	size_t n;
	const struct feed_entry *e = feed_batch_entries(b, &n);

	if (n == 0) {
		feed_batch_free(b);
		return;
	}
	f->at = e[n - 1].pos;
	snprintf(f->cursor, sizeof f->cursor, "%s", table_get(t, table_rows(t) - 1, "cursor"));
	feed_log_add(kept, b);
	workers_tell(live_batch, b, free_batch);
}

enum { HORIZON, CHANGES };

/* The database's state first: what was read is worth something only if it is still the same one. */
static void on_answer(void *arg, const struct pgresults *r)
{
	struct feed *f = arg;
	struct table *h, *t;
	struct feed_pos tip;
	struct err e = { 0 };
	bool live;
	int n = 0;

	f->asking = false;
	if (r->lost)
		return;
	if (r->error != NULL) {
		pgerr_from_result(r->error, &e);
		refused(f, e.text);
		return;
	}
	f->said = false;
	h = pgask_table(r->result[HORIZON]);
	t = pgask_table(r->result[CHANGES]);
	live = strcmp(table_get(h, 0, "live"), "t") == 0;
	if (!feed_pos_parse(table_get(h, 0, "tip"), &tip))
		tip = f->at; /* nothing is kept any more */
	if (strcmp(table_get(h, 0, "incarnation"), f->incarnation) != 0 || feed_pos_cmp(tip, f->at) < 0) {
		begin_anew(f, table_get(h, 0, "incarnation"), table_get(h, 0, "tip"));
	} else {
		n = table_rows(t);
		hand_on(f, t);
	}
	table_free(h);
	table_free(t);
	if (n == BATCH_MOST || f->more)
		ask(f);
	else
		later(f, live ? REST_MS : LOOK_MS);
}

static void ask(struct feed *f)
{
	const char *since = f->cursor;

	f->more = f->asking;
	if (f->asking || f->stopped || pgconn_state(f->conn) != PGCONN_UP)
		return;
	if (f->incarnation[0] == '\0')
		since = "9223372036854775807.0"; /* of the past nothing is wanted, but where it ends */
	f->asking = true;
	pgconn_send(f->conn, (const struct pgstmt[]){
		[HORIZON] = { .sql = "select tip, live, incarnation from ops.horizon()" },
		[CHANGES] = { .sql = "select * from ops.feed($1, " BATCH ")", .n = 1, .param = (const char *[]){ since } },
	    }, 2, TIMEOUT_MS, on_answer, f);
}

/* ---- the connection -------------------------------------------------------------------------- */

static void on_listening(void *arg, const struct pgresults *r)
{
	struct feed *f = arg;
	struct err e = { 0 };

	if (r->lost)
		return;
	if (r->error != NULL) {
		pgerr_from_result(r->error, &e);
		refused(f, e.text);
	}
	ask(f); /* what was told while nobody listened */
}

static void on_up(void *arg)
{
	struct feed *f = arg;

	f->asking = f->more = false;
	pgconn_send(f->conn, &(struct pgstmt){ .sql = "listen domovoi_change" }, 1, TIMEOUT_MS, on_listening, f);
}

static void on_down(void *arg, const struct err *e)
{
	struct feed *f = arg;

	if (!f->said)
		logger_event("warn", "feed", json_pack("{s:s}", "text", e->text));
	f->said = true;
	f->asking = false;
	uv_timer_stop(&f->timer);
}

static void on_notified(void *arg)
{
	ask(arg);
}

static void ignore(void *arg)
{
	(void)arg;
}

static const struct pgconn_events events = {
	.up = on_up, .down = on_down, .notified = on_notified, .room = ignore, .stubborn = true,
};

struct feed *feed_start(uv_loop_t *loop, const char *dsn, struct err *e)
{
	struct pgdsn *d = pgdsn_new(dsn, e);
	struct feed *f;

	if (d == NULL)
		return NULL;
	f = xcalloc(1, sizeof *f);
	kept = feed_log_new(FEED_KEEP);
	f->loop = loop;
	f->dsn = d;
	uv_timer_init(loop, &f->timer);
	f->timer.data = f;
	f->conn = pgconn_new(loop, d, &events, f);
	return f;
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void feed_stop(struct feed *f)
{
	if (f == NULL || f->stopped)
		return;
	f->stopped = true;
	pgconn_free(f->conn);
	pgdsn_free(f->dsn);
	uv_close((uv_handle_t *)&f->timer, on_closed);
}

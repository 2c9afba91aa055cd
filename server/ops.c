/* What operators and probes ask. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "server/fit.h"
#include "server/request.h"
#include "server/routes.h"
#include "server/workers.h"

static void healthz(struct request *r)
{
	respond_json(r, 200, json_pack("{s:s}", "status", "ok"));
}

/* ---- is it fit to answer --------------------------------------------------------------------- */

#define LAG_MOST_MS 10000 /* how far the change feed may be behind before a balancer should ask another server */

/* Why not, into e; what a login that is refused would be told is for the log and --check. */
static bool is_fit(const struct reply *reply, struct err *e)
{
	if (!fit_judge(reply, e)) {
		if (e->kind == ERR_UNREACHABLE)
			err_set(e, ERR_UNREACHABLE, "E-CONN", NULL, NULL, "the database does not answer");
		return false;
	}
	if (strtoll(table_get(reply->rows, 0, "lag_ms"), NULL, 10) < LAG_MOST_MS)
		return true;
	err_set(e, ERR_FAILED, "E-LAG", NULL, NULL, "the change feed is held up");
	return false;
}

static void on_ready(const struct reply *reply, void *arg)
{
	struct request *r = arg;
	struct err e = { 0 };

	if (is_fit(reply, &e)) {
		respond_json(r, 200, json_pack("{s:s}", "status", "ready"));
		return;
	}
	respond_header(r, "Retry-After", "2");
	respond_json(r, 503, json_pack("{s:s, s:[s]}", "status", "unavailable", "reasons", e.text));
}

static void readyz(struct request *r)
{
	client_call(worker_nobody(r->worker), fit_question, NULL, 0, r->owner, on_ready, r);
}

/* ---- figures --------------------------------------------------------------------------------- */

static void gauge(struct strbuf *b, const char *name, const char *help, const char *value)
{
	strbuf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n%s %s\n", name, help, name, name, value);
}

static void on_horizon(const struct reply *reply, void *arg)
{
	struct request *r = arg;
	struct strbuf b = { 0 };
	bool up = reply->err == NULL && table_rows(reply->rows) == 1;

	metrics_text(&b);
	gauge(&b, "domovoi_db_up", "The database answers", up ? "1" : "0");
	if (up) {
		gauge(&b, "domovoi_feed_lag_milliseconds", "How long the oldest open write holds the change feed",
		    table_get(reply->rows, 0, "lag_ms"));
		gauge(&b, "domovoi_feed_live", "A notifier leads", table_get(reply->rows, 0, "live")[0] == 't' ? "1" : "0");
	}
	respond_text(r, 200, "text/plain; version=0.0.4; charset=utf-8", &b);
}

static void metrics(struct request *r)
{
	if (r->conn->metrics)
		client_call(worker_nobody(r->worker), fit_question, NULL, 0, r->owner, on_horizon, r);
	else
		respond_problem(r, "not-found", NULL);
}

static void meta(struct request *r)
{
	respond_json(r, 200, json_pack("{s:s, s:s, s:i, s:[s]}", "name", "domovoid", "version", PACKAGE_VERSION, "api", 1,
	    "authentication", "bearer"));
}

const struct route ops_routes[] = {
	{ GET, "/healthz", ACCESS_PUBLIC, healthz, "The process is alive", NULL },
	{ GET, "/readyz", ACCESS_PUBLIC, readyz, "It can answer: the database is there and up to date", NULL },
	{ GET, "/metrics", ACCESS_PUBLIC, metrics, NULL, NULL },
	{ GET, "/api/v1/meta", ACCESS_PUBLIC, meta, "What this server is", NULL },
	{ 0 },
};

/* What operators and probes ask. */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "server/routes.h"
#include "server/workers.h"
#include "server/request.h"

static void healthz(struct request *r)
{
	respond_json(r, 200, json_pack("{s:s}", "status", "ok"));
}

static void not_ready(struct request *r, const char *reason)
{
	respond_header(r, "Retry-After", "2");
	respond_json(r, 503, json_pack("{s:s, s:[s]}", "status", "unavailable", "reasons", reason));
}

static void on_ready(const struct reply *reply, void *arg)
{
	struct request *r = arg;

	if (reply->err != NULL)
		not_ready(r, reply->err->kind == ERR_UNREACHABLE ? "the database does not answer" : "the database refuses");
	else
		respond_json(r, 200, json_pack("{s:s}", "status", "ready"));
}

static void readyz(struct request *r)
{
	client_call(worker_nobody(request_worker(r)), "select 1", NULL, 0, request_owner(r), on_ready, r);
}

static void metrics(struct request *r)
{
	struct strbuf b = { 0 };

	if (!r->conn->metrics) {
		respond_problem(r, "not-found", NULL);
		return;
	}
	metrics_text(&b);
	respond_text(r, 200, "text/plain; version=0.0.4; charset=utf-8", &b);
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

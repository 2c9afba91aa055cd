#include "config.h"

#include "server/reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/describe.h"
#include "server/jobs.h"
#include "server/lists.h"
#include "server/routes.h"
#include "server/rows.h"
#include "server/spool.h"
#include "server/worker.h"

#define WAIT_MS 5000   /* longer, and it is made aside; research/api.md §2.3. Prefer: wait=N says how long instead */
#define INLINE_ROWS 2000 /* more are written in another thread */

struct reporting {
	struct request *r;
	const struct report *rep;
	const struct alias_below *below;
	const char *record;
	struct report_args args;
	enum export_format format;
	struct client *client;
	owner_t owner;          /* of the question alone: it may be dropped while the request goes on */
	uv_timer_t *late;
	struct spool *spool;
};

/* ---- waiting --------------------------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *h)
{
	free(h);
}

static void stop_waiting(struct reporting *x)
{
	if (x->late != NULL)
		uv_close((uv_handle_t *)x->late, on_closed);
	x->late = NULL;
}

static void reporting_free(void *p)
{
	struct reporting *x = p;

	stop_waiting(x);
	client_cancel_owner(x->client, x->owner);
	report_args_free(&x->args);
	spool_free(x->spool);
	free(x);
}

/* It takes long: the question is dropped and asked again by a job, whose answer does not need the caller. */
static void on_late(uv_timer_t *t)
{
	struct reporting *x = t->data;

	stop_waiting(x);
	client_cancel_owner(x->client, x->owner);
	jobs_start(x->r, x->rep, &x->args, x->format);
}

/* ---- the answer ------------------------------------------------------------------------------------------------ */

static void on_ended(struct spool *s, const struct err *failed, void *arg)
{
	struct reporting *x = arg;
	char name[80];
	int fd = failed == NULL ? spool_take(s) : -1;

	if (fd < 0) {
		respond_problem(x->r, "internal", "the file could not be written");
		return;
	}
	snprintf(name, sizeof name, "%s.%s", x->rep->name, export_name(x->format));
	respond_file(x->r, 200, lists_type(x->format), x->format == EXPORT_JSON ? NULL : name, fd);
}

static void on_written(struct spool *s, const struct err *failed, void *arg)
{
	(void)failed;
	spool_end(s, on_ended, arg);
}

static void answer_inline(struct reporting *x, const struct table *t, bool more)
{
	struct strbuf out = { 0 };
	struct out_columns c = { 0 };

	rows_columns(&c, NULL, x->rep, t, NULL, NULL);
	strbuf_puts(&out, "{\"rows\":");
	rows_some(&out, &c, t, x->args.most > 0 ? (int)x->args.most : table_rows(t));
	strbuf_puts(&out, ",\"columns\":");
	rows_names(&out, &c);
	strbuf_printf(&out, ",\"more\":%s}", more ? "true" : "false");
	out_columns_free(&c);
	respond_text(x->r, 200, "application/json", &out);
}

static void answer_file(struct reporting *x, struct table *t, bool more)
{
	struct err e;

	x->spool = reports_spool(worker_loop(request_worker(x->r)), x->rep, x->format, t, more, &e);
	if (x->spool == NULL)
		respond_err(x->r, &e);
	else
		spool_add(x->spool, t, on_written, x);
}

static void on_report(const struct reply *reply, void *arg)
{
	struct reporting *x = arg;

	stop_waiting(x);
	if (reply->err != NULL) {
		respond_err(x->r, reply->err);
		return;
	}
	int n = table_rows(reply->rows), most = (int)x->args.most;
	bool more = most > 0 && n > most;
	if (x->format == EXPORT_JSON && (n <= INLINE_ROWS || more))
		answer_inline(x, reply->rows, more);
	else
		answer_file(x, reply->rows, more);
}

struct spool *reports_spool(uv_loop_t *loop, const struct report *rep, enum export_format format, const struct table *t,
    bool more, struct err *e)
{
	struct out_columns c = { 0 };
	struct strbuf tail = { 0 };

	if (format == EXPORT_JSON) {
		rows_columns(&c, NULL, rep, t, NULL, NULL);
		strbuf_puts(&tail, ",\"columns\":");
		rows_names(&tail, &c);
		strbuf_printf(&tail, ",\"more\":%s}", more ? "true" : "false");
	} else {
		out_columns_report(&c, rep);
	}
	struct spool *s = spool_new(loop, format, &c, rep->label, format == EXPORT_JSON ? "{\"rows\":" : NULL,
	    format == EXPORT_JSON ? strbuf_str(&tail) : NULL, e);
	strbuf_free(&tail);
	return s;
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

/* A seed's path says what it is about; a period that nobody gave is the year behind or the months ahead. */
static void preset(struct reporting *x, day_t today)
{
	const struct alias_below *b = x->below;
	char iso[16];

	if (b->arg != NULL)
		report_args_preset(&x->args, b->arg, x->record);
	if (b->months_back == 0 && b->months_ahead == 0)
		return;
	day_format(day_add_months(today, -b->months_back), iso);
	if (request_query(x->r, "from") == NULL)
		report_args_preset(&x->args, "from", iso);
	day_format(day_add_months(today, b->months_ahead) + (b->months_ahead == 0), iso);
	if (request_query(x->r, "to") == NULL)
		report_args_preset(&x->args, "to", iso);
}

static void ask(struct reporting *x)
{
	if (params_prefers(request_header(x->r, "Prefer"), "respond-async")) {
		respond_header(x->r, "Preference-Applied", "respond-async");
		jobs_start(x->r, x->rep, &x->args, x->format);
		return;
	}
	x->late = xcalloc(1, sizeof *x->late);
	uv_timer_init(worker_loop(request_worker(x->r)), x->late);
	x->late->data = x;
	unsigned wait = params_wait(request_header(x->r, "Prefer"));
	uv_timer_start(x->late, on_late, wait > 0 ? wait * 1000 : WAIT_MS, 0);
	client_report_most(request_session(x->r), x->rep, x->args.v, x->args.n,
	    x->format == EXPORT_JSON && x->args.most > 0 ? (unsigned)x->args.most + 1 : (unsigned)x->args.most, x->owner,
	    on_report, x);
}

static void begin(struct request *r, void *arg)
{
	struct reporting *x = arg;
	struct session *s = request_session(r);
	const char *currency = session_currency(s);
	struct flaw f;
	size_t n;
	const struct pair *p = view_pairs(r, &n);

	if (x->below != NULL)
		preset(x, session_today(s));
	if (!report_args_read(&x->args, x->rep, p, n, session_today(s), *currency ? currency : NULL, &f))
		view_flaw(r, &f);
	else
		ask(x);
}

void reports_serve(struct request *r, const struct report *rep, const struct alias_below *below, const char *record)
{
	struct reporting *x = request_keep(r, xcalloc(1, sizeof *x), reporting_free);

	*x = (struct reporting){ .r = r, .rep = rep, .below = below, .record = record,
		.client = worker_client(request_worker(r)), .owner = request_owner(r) | REPORT_OWNER,
		.format = lists_accept(request_header(r, "Accept")) };
	if (x->format == EXPORT_FORMATS)
		respond_problem(r, "not-acceptable", "a report is had as application/json, text/csv or as a workbook (xlsx)");
	else
		view_known(r, begin, x);
}

/* ---- paths ----------------------------------------------------------------------------------------------------- */

static void report(struct request *r)
{
	const char *name = request_part(r, "report");
	const struct report *rep = catalogue_report(name);

	if (rep == NULL)
		respond_problem(r, "not-found", "there is no report \"%.60s\": see /api/v1/reports", name);
	else
		reports_serve(r, rep, NULL, NULL);
}

static void index_of_reports(struct request *r)
{
	json_t *all = json_array();

	for (const struct report *const *rep = catalogue_reports(); *rep != NULL; rep++)
		json_array_append_new(all, describe_report(*rep));
	respond_json(r, 200, json_pack("{s:o}", "items", all));
}

const struct route report_routes[] = {
	{ GET, "/api/v1/reports", ACCESS_PERSON, index_of_reports, "The reports, their arguments and columns", "reports" },
	{ GET, "/api/v1/reports/{report}", ACCESS_PERSON, report, "A report", "report" },
	{ GET, "/api/v1/report-jobs/{job}", ACCESS_PERSON, jobs_show, "How far a report is", "job" },
	{ DELETE, "/api/v1/report-jobs/{job}", ACCESS_PERSON, jobs_cancel, "Cancel a report", "job_cancel" },
	{ GET, "/api/v1/report-jobs/{job}/result", ACCESS_PERSON, jobs_result, "What a report came to", "job_result" },
	{ 0 },
};

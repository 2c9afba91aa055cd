/* Asking about jobs. Making them is in job_run.c. */
#include "config.h"

#include "server/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/uuid.h"
#include "server/job_run.h"
#include "server/lists.h"
#include "server/worker.h"

static const char *or_null(const char *s)
{
	return *s != '\0' ? s : NULL;
}

/* ---- a new one ------------------------------------------------------------------------------------------------- */

struct starting {
	struct request *r;
	char id[37];
};

static void on_new(const struct reply *reply, void *arg)
{
	struct starting *x = arg;
	char where[96];

	if (reply->err != NULL) {
		respond_err(x->r, reply->err);
		return;
	}
	if (table_cell(reply->rows, 0, 0)[0] != 't') {
		respond_problem(x->r, "rate-limited", "four reports of yours are being made: wait for one, or cancel it");
		return;
	}
	snprintf(where, sizeof where, "/api/v1/report-jobs/%s", x->id);
	respond_header(x->r, "Location", where);
	struct worker *w = request_worker(x->r);
	respond_json(x->r, 202, json_pack("{s:s, s:s, s:i, s:s}", "id", x->id, "status", "queued", "progress", 0,
	    "href", where));
	job_take(w, x->id);
}

static char *args_text(const struct report_args *a)
{
	json_t *o = json_object();

	for (int i = 0; i < a->n; i++)
		json_object_set_new(o, a->v[i].name, json_string(a->v[i].value));
	char *text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

void jobs_start(struct request *r, const struct report *rep, const struct report_args *args, enum export_format format)
{
	const struct identity *who = request_identity(r);
	struct starting *x = view_alloc(r, sizeof *x);
	char company[16], most[24];
	char *text = args_text(args);

	x->r = r;
	uuid_v7(x->id);
	snprintf(company, sizeof company, "%d", who->company);
	snprintf(most, sizeof most, "%lu", args->most);
	const char *p[] = { x->id, who->user, or_null(who->login), or_null(who->key), who->company > 0 ? company : NULL,
		or_null(who->role), or_null(who->see_as), rep->name, text, export_name(format), most };
	client_call(worker_nobody(request_worker(r)),
	    "select ops.report_job_new($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", p, (int)ARRAY_LEN(p),
	    request_owner(r), on_new, x);
	free(text);
}

/* ---- one that there is ----------------------------------------------------------------------------------------- */

/* Ask a function about the job of the path, as the one who asks. */
static void ask(struct request *r, const char *sql, reply_fn fn)
{
	const struct identity *who = request_identity(r);
	const char *p[] = { request_part(r, "job"), who->user, or_null(who->login), or_null(who->key) };

	if (uuid_valid(p[0]))
		client_call(worker_nobody(request_worker(r)), sql, p, (int)ARRAY_LEN(p), request_owner(r), fn, r);
	else
		respond_problem(r, "not-found", "there is no such job of yours");
}

static bool is_there(struct request *r, const struct reply *reply)
{
	if (reply->err != NULL)
		respond_err(r, reply->err);
	else if (table_rows(reply->rows) == 0)
		respond_problem(r, "not-found", "there is no such job of yours");
	return reply->err == NULL && table_rows(reply->rows) > 0;
}

static json_t *text_or_null(const struct table *t, const char *name)
{
	const char *cell = table_cell(t, 0, table_col(t, name));

	return cell != NULL ? json_string(cell) : json_null();
}

static void on_job(const struct reply *reply, void *arg)
{
	struct request *r = arg;
	const struct table *t = reply->rows;

	if (!is_there(r, reply))
		return;
	const char *id = request_part(r, "job"), *status = table_get(t, 0, "status");
	json_t *o = json_object(), *why = json_null();
	char where[96];

	static const char *const copied[] = { "report", "format", "status", "created_at", "finished_at" };
	json_object_set_new(o, "id", json_string(id));
	for (size_t i = 0; i < ARRAY_LEN(copied); i++)
		json_object_set_new(o, copied[i], text_or_null(t, copied[i]));
	json_object_set_new(o, "progress", json_integer(atoi(table_get(t, 0, "progress"))));
	snprintf(where, sizeof where, "/api/v1/report-jobs/%s/result", id);
	json_object_set_new(o, "result", strcmp(status, "done") == 0 ? json_string(where) : json_null());
	if (strcmp(status, "failed") == 0)
		why = json_pack("{s:o, s:o, s:o, s:o}", "dm", text_or_null(t, "code"), "field", text_or_null(t, "field"),
		    "detail", text_or_null(t, "detail"), "remedy", text_or_null(t, "remedy"));
	json_object_set_new(o, "failure", why);
	if (strcmp(status, "queued") == 0 || strcmp(status, "running") == 0)
		respond_header(r, "Retry-After", "1");
	if (table_get(t, 0, "stale")[0] == 't')
		job_take(request_worker(r), id);
	respond_json(r, 200, o);
}

void jobs_show(struct request *r)
{
	ask(r, "select * from ops.report_job($1, $2, $3, $4)", on_job);
}

static void on_cancelled(const struct reply *reply, void *arg)
{
	struct request *r = arg;

	if (!is_there(r, reply))
		return;
	if (table_cell(reply->rows, 0, 0)[0] != 't') {
		respond_problem(r, "not-found", "there is no such job of yours");
		return;
	}
	job_drop(request_worker(r), request_part(r, "job"));
	respond_empty(r, 204);
}

void jobs_cancel(struct request *r)
{
	ask(r, "select ops.report_job_cancel($1, $2, $3, $4)", on_cancelled);
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

static void on_result(const struct reply *reply, void *arg)
{
	struct request *r = arg;
	struct strbuf body = { 0 };

	if (reply->err == NULL && table_rows(reply->rows) == 0) {
		respond_problem(r, "not-found", "there is no result of such a job of yours: see the job");
		return;
	}
	if (!is_there(r, reply))
		return;
	enum export_format format = export_named(table_get(reply->rows, 0, "format"));
	const char *hex = table_get(reply->rows, 0, "result"); /* \x0123… */
	for (hex += 2; hex[0] != '\0' && hex[1] != '\0'; hex += 2)
		strbuf_putc(&body, (char)(digit(hex[0]) << 4 | digit(hex[1])));
	if (format != EXPORT_JSON) {
		char *name = xasprintf("attachment; filename=\"%s.%s\"", table_get(reply->rows, 0, "report"), export_name(format));
		respond_header(r, "Content-Disposition", name);
		free(name);
	}
	respond_text(r, 200, lists_type(format), &body);
}

void jobs_result(struct request *r)
{
	ask(r, "select * from ops.report_job_result($1, $2, $3, $4)", on_result);
}

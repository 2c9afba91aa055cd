#include "config.h"

#include "server/job_run.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/uuid.h"
#include "server/jobs.h"
#include "server/spool.h"
#include "server/worker.h"

#define BEAT_MS 5000
#define RESULT_MOST (16 << 20) /* bytes, as 0038_report_jobs.sql says */
/* Owners of jobs, beside those of requests (reports.h). */
#define JOB_OWNER ((owner_t)1 << 61)

struct job {
	LIST_ENTRY(job) link;
	struct worker *worker;
	char id[37], progress[8];
	owner_t owner;
	const struct report *rep;
	struct report_args args;
	enum export_format format;
	struct session *session;
	struct spool *spool;
	uv_timer_t *beat;
	/* the file as text for the database, made in another thread */
	uv_work_t work;
	int fd;
	struct strbuf hex;
	bool busy, dead;
};

/* All workers' jobs; each is touched by its own worker alone. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, job) jobs = LIST_HEAD_INITIALIZER(jobs);
static owner_t last_owner;
static char server_id[37];

static void on_closed(uv_handle_t *h)
{
	free(h);
}

static void job_free(struct job *j)
{
	j->dead = true;
	if (j->beat != NULL)
		uv_close((uv_handle_t *)j->beat, on_closed);
	j->beat = NULL;
	client_cancel_owner(worker_client(j->worker), j->owner);
	session_close(j->session);
	j->session = NULL;
	spool_free(j->spool);
	j->spool = NULL;
	if (j->busy)
		return; /* on_encoded() comes back */
	pthread_mutex_lock(&lock);
	LIST_REMOVE(j, link);
	pthread_mutex_unlock(&lock);
	if (j->fd >= 0)
		close(j->fd);
	strbuf_free(&j->hex);
	report_args_free(&j->args);
	free(j);
}

static struct job *job_find(struct worker *w, const char *id)
{
	struct job *j;

	pthread_mutex_lock(&lock);
	LIST_FOREACH(j, &jobs, link)
		if (j->worker == w && !j->dead && (id == NULL || strcmp(j->id, id) == 0))
			break;
	pthread_mutex_unlock(&lock);
	return j;
}

void job_drop(struct worker *w, const char *id)
{
	struct job *j = job_find(w, id);

	if (j != NULL)
		job_free(j);
}

void job_runs_stop(struct worker *w)
{
	struct job *j;

	while ((j = job_find(w, NULL)) != NULL)
		job_free(j);
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

static void on_told(const struct reply *reply, void *arg)
{
	(void)reply; /* not told: another server takes it when nothing more is heard of this one */
	job_free(arg);
}

static void tell(struct job *j, const char *result, const char *failure)
{
	const char *p[] = { j->id, server_id, result, failure };

	client_call(worker_nobody(j->worker), "select ops.report_job_end($1, $2, $3, $4)", p, 4, j->owner, on_told, j);
}

static void fail(struct job *j, const struct err *e)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "code", e->code, "field", e->field, "text", e->text,
	    "remedy", e->remedy);
	char *text = json_dumps(o, JSON_COMPACT);

	tell(j, NULL, text);
	free(text);
	json_decref(o);
}

/* The file as a literal of bytea. In a thread of the pool. */
static void encode(uv_work_t *w)
{
	struct job *j = w->data;
	unsigned char buf[1 << 14];
	ssize_t n;

	strbuf_puts(&j->hex, "\\x");
	while ((n = read(j->fd, buf, sizeof buf)) > 0 && j->hex.len < 2u * RESULT_MOST + 2)
		for (ssize_t i = 0; i < n; i++) {
			strbuf_putc(&j->hex, "0123456789abcdef"[buf[i] >> 4]);
			strbuf_putc(&j->hex, "0123456789abcdef"[buf[i] & 15]);
		}
}

static void on_encoded(uv_work_t *w, int status)
{
	struct job *j = w->data;
	struct err e;

	(void)status;
	j->busy = false;
	if (j->dead) {
		job_free(j);
	} else if (j->hex.len > 2u * RESULT_MOST + 2) {
		err_set(&e, ERR_INVALID, "E-SIZE", NULL, "Ask for a shorter period or fewer groups",
		    "the result is larger than 16 MiB");
		fail(j, &e);
	} else {
		tell(j, strbuf_str(&j->hex), NULL);
	}
}

static void on_spooled(struct spool *s, const struct err *failed, void *arg)
{
	struct job *j = arg;

	if (failed != NULL) {
		fail(j, failed);
		return;
	}
	snprintf(j->progress, sizeof j->progress, "90");
	j->fd = spool_take(s);
	j->busy = true;
	j->work.data = j;
	uv_queue_work(worker_loop(j->worker), &j->work, encode, on_encoded);
}

static void on_written(struct spool *s, const struct err *failed, void *arg)
{
	(void)failed;
	spool_end(s, on_spooled, arg);
}

/* ---- the report ------------------------------------------------------------------------------------------------ */

static void on_report(const struct reply *reply, void *arg)
{
	struct job *j = arg;
	struct err e;

	if (reply->err != NULL) {
		fail(j, reply->err);
		return;
	}
	snprintf(j->progress, sizeof j->progress, "70");
	j->spool = reports_spool(worker_loop(j->worker), j->rep, j->format, reply->rows, false, &e);
	if (j->spool == NULL)
		fail(j, &e);
	else
		spool_add(j->spool, reply->rows, on_written, j);
}

/* Not this server's any more, or cancelled: it is of no use to go on. */
static void on_beat(const struct reply *reply, void *arg)
{
	struct job *j = arg;
	const char *status = reply->err == NULL ? table_cell(reply->rows, 0, 0) : "running";

	if (status == NULL || strcmp(status, "running") != 0)
		job_free(j);
}

static void beat(uv_timer_t *t)
{
	struct job *j = t->data;
	const char *p[] = { j->id, server_id, j->progress };

	client_call(worker_nobody(j->worker), "select ops.report_job_beat($1, $2, $3)", p, 3, j->owner, on_beat, j);
}

static void start_beat(struct job *j)
{
	j->beat = xcalloc(1, sizeof *j->beat);
	uv_timer_init(worker_loop(j->worker), j->beat);
	j->beat->data = j;
	uv_timer_start(j->beat, beat, BEAT_MS, BEAT_MS);
	uv_unref((uv_handle_t *)j->beat);
}

static void read_args(struct job *j, const char *text)
{
	json_t *o = json_loads(text, 0, NULL), *value;

	for (const struct arg *a = j->rep->args; a != NULL && a->name != NULL; a++)
		if ((value = json_object_get(o, a->name)) != NULL && json_is_string(value))
			report_args_preset(&j->args, a->name, json_string_value(value));
	json_decref(o);
}

static void on_taken(const struct reply *reply, void *arg)
{
	struct job *j = arg;
	const struct table *t = reply->rows;

	if (reply->err != NULL || table_rows(t) == 0 || (j->rep = catalogue_report(table_get(t, 0, "report"))) == NULL) {
		job_free(j); /* another server has it, or it is over */
		return;
	}
	read_args(j, table_get(t, 0, "args"));
	j->format = export_named(table_get(t, 0, "format"));
	struct session_spec spec = { .user = table_get(t, 0, "user"), .login = table_cell(t, 0, table_col(t, "login")),
		.key = table_cell(t, 0, table_col(t, "key")), .company = atoi(table_get(t, 0, "company")),
		.role = table_cell(t, 0, table_col(t, "role")), .see_as = table_cell(t, 0, table_col(t, "see_as")) };
	j->session = session_open(worker_client(j->worker), &spec);
	start_beat(j);
	client_report_most(j->session, j->rep, j->args.v, j->args.n, (unsigned)atoi(table_get(t, 0, "most")), j->owner,
	    on_report, j);
}

void job_take(struct worker *w, const char *id)
{
	struct job *j = xcalloc(1, sizeof *j);

	*j = (struct job){ .worker = w, .fd = -1, .progress = "10" };
	snprintf(j->id, sizeof j->id, "%s", id);
	pthread_mutex_lock(&lock);
	if (server_id[0] == '\0')
		uuid_v7(server_id);
	j->owner = JOB_OWNER | ++last_owner;
	LIST_INSERT_HEAD(&jobs, j, link);
	pthread_mutex_unlock(&lock);
	const char *p[] = { id, server_id };
	client_call(worker_nobody(w), "select * from ops.report_job_take($1, $2)", p, 2, j->owner, on_taken, j);
}

/* `domovoid worker`: the worker (jobs_worker.h) and the notifier (client/notifier.h) in a process of their own. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "client/notifier.h"
#include "server/commands.h"
#include "server/jobs_worker.h"
#include "server/log.h"

#define FIGURES_MS 60000

struct running {
	const char *dsn; /* past a pooler: a leader holds a lock in its session */
	bool once;
	uv_loop_t loop;
	uv_signal_t term, intr;
	uv_timer_t figures;
	struct jobs_worker *jobs;
	struct notifier *notifier;
	bool ok;
};

static void on_signal(uv_signal_t *s, int sig)
{
	struct running *r = s->data;

	(void)sig;
	jobs_stop(r->jobs);
}

static void on_figures(uv_timer_t *t)
{
	struct running *r = t->data;
	const struct jobs_figures *f = jobs_figures(r->jobs);

	logger_event("info", "figures", json_pack("{s:b,s:I,s:I,s:I,s:I,s:I}", "leads", (int)f->leads,
	    "done", (json_int_t)f->done, "failed", (json_int_t)f->failed, "retried", (json_int_t)f->retried,
	    "steps", (json_int_t)f->steps, "late_seconds", (json_int_t)f->late_seconds));
}

/* The notifier's session must be able to look at the feed: the API's login can as domovoi_api. */
static void on_entered(void *arg, bool as_api)
{
	struct running *r = arg;

	if (r->once || r->notifier != NULL)
		return;
	if (as_api)
		setenv("PGOPTIONS", "-c role=domovoi_api", 0);
	r->notifier = notifier_start(&r->loop, r->dsn);
}

static void on_over(void *arg, bool ok)
{
	struct running *r = arg;

	r->ok = ok;
	on_figures(&r->figures);
	logger_event("info", "worker stops", NULL);
	jobs_free(r->jobs);
	notifier_stop(r->notifier);
	uv_close((uv_handle_t *)&r->term, NULL);
	uv_close((uv_handle_t *)&r->intr, NULL);
	uv_close((uv_handle_t *)&r->figures, NULL);
}

static void catch(struct running *r, uv_signal_t *s, int sig)
{
	uv_signal_init(&r->loop, s);
	s->data = r;
	uv_signal_start(s, on_signal, sig);
}

static bool run(struct running *r, const struct config *c, struct err *e)
{
	char host[64] = "", name[96];

	gethostname(host, sizeof host - 1);
	snprintf(name, sizeof name, "%s/%ld", host, (long)getpid());
	r->jobs = jobs_new(&r->loop, &(struct jobs_config){ .dsn = r->dsn, .now = c->now, .name = name, .once = r->once,
	    .log = logger_event, .entered = on_entered, .over = on_over, .arg = r }, e);
	if (r->jobs == NULL)
		return false;
	logger_event("info", "worker starts", json_pack("{s:s,s:b}", "worker", name, "once", (int)r->once));
	catch(r, &r->term, SIGTERM);
	catch(r, &r->intr, SIGINT);
	uv_timer_init(&r->loop, &r->figures);
	r->figures.data = r;
	uv_timer_start(&r->figures, on_figures, FIGURES_MS, FIGURES_MS);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	if (!r->ok)
		err_set(e, ERR_UNREACHABLE, "E-WORKER", NULL, "See the lines above", "the work was not done");
	return r->ok;
}

/*
 * Until SIGTERM or SIGINT, which let the step that is under way come to its end; with --once until nothing is due any
 * more, for cron and for tests.
 */
int command_worker(const struct server_options *o)
{
	struct running r = { .once = o->once };
	struct err e = { 0 };
	struct config *c = command_config((void *)(uintptr_t)o, &e);
	bool ok = c != NULL;

	if (ok && c->dsn == NULL && c->feed_dsn == NULL)
		ok = err_set(&e, ERR_USAGE, "E-CONFIG", "dsn", "Give the database, as the login of the API",
		    "no database is named") == ERR_NONE;
	ok = ok && logger_open(c->log, &e);
	if (ok) {
		r.dsn = c->feed_dsn != NULL ? c->feed_dsn : c->dsn;
		uv_loop_init(&r.loop);
		ok = run(&r, c, &e);
		uv_run(&r.loop, UV_RUN_DEFAULT);
		uv_loop_close(&r.loop);
		logger_close();
	}
	config_free(c);
	return ok ? 0 : command_fails(&e);
}

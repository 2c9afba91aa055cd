#include "config.h"

#include "server/run_worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "client/notifier.h"
#include "server/jobs_worker.h"

struct running {
	const struct run_worker *o;
	uv_loop_t loop;
	uv_signal_t term, intr;
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

/* The notifier's session must be able to look at the feed: the API's login can as domovoi_api. */
static void on_entered(void *arg, bool as_api)
{
	struct running *r = arg;

	if (r->o->once || r->notifier != NULL)
		return;
	if (as_api)
		setenv("PGOPTIONS", "-c role=domovoi_api", 0);
	r->notifier = notifier_start(&r->loop, r->o->dsn);
}

static void on_over(void *arg, bool ok)
{
	struct running *r = arg;

	r->ok = ok;
	r->o->log("info", "worker stops", NULL);
	jobs_free(r->jobs);
	notifier_stop(r->notifier);
	uv_close((uv_handle_t *)&r->term, NULL);
	uv_close((uv_handle_t *)&r->intr, NULL);
}

static void catch(struct running *r, uv_signal_t *s, int sig)
{
	uv_signal_init(&r->loop, s);
	s->data = r;
	uv_signal_start(s, on_signal, sig);
}

int run_worker(const struct run_worker *o)
{
	struct running r = { .o = o };
	struct err e;
	char host[64] = "", name[96];

	gethostname(host, sizeof host - 1);
	snprintf(name, sizeof name, "%s/%ld", host, (long)getpid());
	if (uv_loop_init(&r.loop) < 0)
		return 1;
	r.jobs = jobs_new(&r.loop, &(struct jobs_config){ .dsn = o->dsn, .now = o->now, .name = name, .once = o->once,
	    .log = o->log, .entered = on_entered, .over = on_over, .arg = &r }, &e);
	if (r.jobs == NULL) {
		o->log("error", "worker", json_pack("{s:s,s:s}", "code", e.code, "error", e.text));
	} else {
		o->log("info", "worker starts", json_pack("{s:s,s:b}", "worker", name, "once", (int)o->once));
		catch(&r, &r.term, SIGTERM);
		catch(&r, &r.intr, SIGINT);
		uv_run(&r.loop, UV_RUN_DEFAULT);
	}
	uv_loop_close(&r.loop);
	return r.ok ? 0 : 1;
}

#include "config.h"

#include "cli/run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "cli/say.h"
#include "cli/signin.h"

/* A signal handler has no other way to reach the loop. */
static volatile sig_atomic_t interrupted;
static uv_async_t wake;
static bool catching;

/* The first one ends the command in good order, a second one at once. */
static void on_signal(int number)
{
	(void)number;
	if (interrupted)
		_exit(EXIT_INTERRUPTED);
	interrupted = 1;
	uv_async_send(&wake);
}

static void on_wake(uv_async_t *handle)
{
	uv_stop(handle->loop);
}

/* Without SA_RESTART: a read from a terminal or a pipe ends too. */
void run_catch_signals(uv_loop_t *loop)
{
	struct sigaction sa = { .sa_handler = on_signal };

	uv_async_init(loop, &wake, on_wake);
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	catching = true;
}

void run_release_signals(void)
{
	if (!catching)
		return;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	uv_close((uv_handle_t *)&wake, NULL);
	catching = false;
}

bool run_interrupted(void)
{
	return interrupted != 0;
}

struct answer *run_ask(struct answer *a)
{
	*a = (struct answer){ 0 };
	return a;
}

void run_forget(struct answer *a)
{
	table_free(a->rows);
	json_decref(a->json);
	*a = (struct answer){ 0 };
}

void run_answer(const struct reply *reply, void *arg)
{
	struct answer *a = arg;

	a->done = true;
	if (reply->err)
		a->err = *reply->err;
	a->rows = reply->rows ? table_ref(reply->rows) : NULL;
	a->json = reply->json ? json_deep_copy(reply->json) : NULL;
	a->more = reply->more;
	a->count = reply->count;
}

bool run_until(struct run *r, const bool *flag)
{
	while (!*flag && !interrupted) {
		if (client_sign(r->client) == SIGN_NONE)
			uv_run(&r->loop, UV_RUN_ONCE);
		else if (!signin_ask(r, r->o->piped)) /* if it was: what is waited for may have come meanwhile */
			break;
	}
	if (!*flag)
		client_cancel_owner(r->client, RUN_OWNER);
	return *flag;
}

bool run_turn(struct run *r)
{
	if (!interrupted)
		uv_run(&r->loop, UV_RUN_NOWAIT);
	if (interrupted)
		client_cancel_owner(r->client, RUN_OWNER);
	return !interrupted;
}

bool run_wait(struct run *r, struct answer *a)
{
	if (!run_until(r, &a->done))
		return false;
	if (a->err.kind != ERR_NONE)
		r->err = a->err;
	return a->err.kind == ERR_NONE;
}

bool run_usage(struct run *r, const char *field, const char *remedy, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_set(&r->err, ERR_USAGE, "E-USAGE", field, remedy, "%s", text);
	return false;
}

/* --as-of is a date as people type it, seen from the company's today. */
static bool find_today(struct run *r)
{
	r->today = session_today(r->session);
	if (!r->o->as_of)
		return true;
	r->today = day_parse_human(r->o->as_of, r->today);
	return r->today != DAY_NONE ||
	    run_usage(r, "as-of", _("Write it as 2026-06-16"), _("%s is not a date"), r->o->as_of);
}

bool run_begin(struct run *r, const struct options *o)
{
	*r = (struct run){ .o = o };
	if (!target_open(&r->target, o, &r->err))
		return false;
	uv_loop_init(&r->loop);
	r->open = true;
	run_catch_signals(&r->loop);
	struct client_config cfg = {
		.dsn = r->target.dsn, .url = r->target.url, .tokens = r->target.login, .ca = r->target.ca, .lang = i18n_lang(),
		.connections = 1, .now = o->now,
	};
	r->client = client_new(&r->loop, &cfg, &r->err);
	if (!r->client)
		return false;
	struct session_spec spec = {
		.company = r->target.company,
		.role = r->target.is_demo ? NULL : r->target.role, /* the demo has a login for each role */
		.see_as = o->see_as,
	};
	r->session = session_open(r->client, &spec);
	return true;
}

bool run_open(struct run *r, const struct options *o)
{
	struct answer who;

	if (!run_begin(r, o))
		return false;
	client_whoami(r->session, RUN_OWNER, run_answer, run_ask(&who));
	bool good = run_wait(r, &who);
	run_forget(&who);
	return good && find_today(r);
}

int run_close(struct run *r)
{
	if (r->open) {
		if (r->session)
			session_close(r->session);
		if (r->client)
			client_free(r->client);
		run_release_signals();
		uv_run(&r->loop, UV_RUN_DEFAULT);
		uv_loop_close(&r->loop);
	}
	target_close(&r->target);
	say_progress("%s", "");
	if (interrupted)
		return EXIT_INTERRUPTED;
	return r->err.kind == ERR_NONE ? 0 : say_err(&r->err);
}

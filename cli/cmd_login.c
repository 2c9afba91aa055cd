/* login, logout: a person at an API server. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/profiles.h"
#include "cli/run.h"
#include "cli/say.h"
#include "cli/signin.h"
#include "client/tokens.h"

static bool needs_server(struct run *r)
{
	if (r->target.url)
		return true;
	err_set(&r->err, ERR_USAGE, "E-USAGE", NULL, _("Name it: --url https://host, or a profile with url = …"), "%s",
	    _("over PostgreSQL nobody signs in here: the connection is the login"));
	return false;
}

/* Where later commands find it, and for how long; said, never guessed. */
static bool remember(struct run *r)
{
	const char *url = r->target.url, *login = client_sign_login(r->client);
	struct tokens *t = tokens_open(url, login);
	const struct err *trouble = tokens_trouble(t);
	struct profile p;
	bool good = true;

	if (trouble)
		say("%s. %s", trouble->text, trouble->remedy);
	tokens_close(t);
	if (!r->o->url)
		return true;
	if (r->o->profile) {
		good = profile_keep(r->o->profile, url, login, r->target.ca, &r->err);
	} else if ((good = profile_read(NULL, &p, &r->err))) {
		bool empty = !p.dsn && !p.url;

		profile_free(&p);
		good = !empty || profile_keep("default", url, login, r->target.ca, &r->err);
	}
	return good;
}

int cmd_login(const struct options *o)
{
	struct options mine = *o;
	struct run r;

	mine.login = o->nargs > 0 ? o->args[0] : NULL;
	mine.piped = true;
	if (run_open(&r, &mine) && needs_server(&r) && remember(&r))
		say(_("signed in at %s as %s, %s"), client_target(r.client), session_name(r.session), session_role(r.session));
	return run_close(&r);
}

struct farewell {
	struct answer answer;
	uv_loop_t *loop;
};

/* It may come from a timer: the loop is not to wait for anything after it. */
static void on_out(const struct reply *reply, void *arg)
{
	struct farewell *f = arg;

	run_answer(reply, &f->answer);
	uv_stop(f->loop);
}

/* The server ends the login of who proves to be in it; one that cannot be heard of is forgotten here all the same. */
int cmd_logout(const struct options *o)
{
	struct run r;
	struct answer who;
	struct farewell out = { .loop = &r.loop };

	if (run_begin(&r, o) && needs_server(&r)) {
		client_whoami(r.session, RUN_OWNER, run_answer, run_ask(&who));
		while (!who.done && client_sign(r.client) == SIGN_NONE && !run_interrupted())
			uv_run(&r.loop, UV_RUN_ONCE);
		client_cancel_owner(r.client, RUN_OWNER);
		client_sign_out(r.client, on_out, &out);
		while (!out.answer.done && !run_interrupted())
			uv_run(&r.loop, UV_RUN_ONCE);
		r.err = who.err.kind != ERR_NONE ? who.err : out.answer.err;
		if (r.err.kind == ERR_NONE)
			say(_("signed out at %s"), client_target(r.client));
		run_forget(&who);
		run_forget(&out.answer);
	}
	return run_close(&r);
}

/* demo: a private database with invented data, and the console on it. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/screen.h"
#include "db/api.h"
#include "db/cluster.h"

static int stop(const struct options *o)
{
	struct err e = { 0 };
	bool was = false;

	if (!demo_stop(o->dir, &was, &e))
		return say_err(&e);
	say("%s", was ? _("the demo is stopped") : _("the demo was not running"));
	return 0;
}

static bool print_line(const struct options *o, const char *text, struct err *e)
{
	struct output *out = output_open(o);

	char *line = xasprintf("%s\n", text);
	output_text(out, line);
	free(line);
	return output_close(out, e);
}

static bool sensible(const struct options *o, struct err *e)
{
	if ((o->dsn || o->profile) && err_set(e, ERR_USAGE, "E-USAGE", NULL, _("Leave it out"),
	    _("the demo has a database of its own: --dsn and --profile have no place here")))
		return false;
	if (o->stop && (o->reset || o->print_dsn || o->size || o->api) &&
	    err_set(e, ERR_USAGE, "E-USAGE", NULL, NULL, _("--stop goes with --dir alone")))
		return false;
	if (o->port >= 0 && (!o->api || o->port > 65535) &&
	    err_set(e, ERR_USAGE, "E-USAGE", NULL, NULL, _("--port goes with --api, and is a number up to 65535")))
		return false;
	return true;
}

/* The address alone on standard output: for scripts. */
static int open_api(const struct options *o, const struct demo *d)
{
	struct err e = { 0 };
	struct demo_api a;

	if (!demo_api_open(d, o->port >= 0 ? o->port : 8080, &a, &e))
		return say_err(&e);
	say(_("the demo's API is up; everybody's password is in %s; stop it with domovoi demo --stop%s%s"), a.password,
	    o->dir ? " --dir " : "", o->dir ? o->dir : "");
	bool fine = print_line(o, a.url, &e);
	demo_api_free(&a);
	return fine ? 0 : say_err(&e);
}

/* What is open stays open: the demo lives as long as somebody uses it. */
static int use(const struct options *o, struct demo *d)
{
	struct err e = { 0 };
	struct target t = { .dsn = d->dsn, .admin_dsn = d->admin_dsn, .is_demo = true, .company = o->company,
		.theme = (char *)o->theme, .role = (char *)o->role };

	if (o->print_dsn)
		return print_line(o, d->dsn, &e) ? 0 : say_err(&e);
	if (o->api)
		return open_api(o, d);
	if (o->no_ui) {
		say(_("the demo (%s) is up; stop it with domovoi demo --stop%s%s"), d->size, o->dir ? " --dir " : "",
		    o->dir ? o->dir : "");
		return 0;
	}
	return screen_open(&t, o, &e);
}

int cmd_demo(const struct options *o)
{
	struct demo_options options = target_demo_options(o);
	struct demo d;
	struct err e = { 0 };

	if (!sensible(o, &e))
		return say_err(&e);
	if (o->stop)
		return stop(o);
	if (!demo_open(&options, &d, &e))
		return say_err(&e);
	say_progress("%s", "");
	int status = use(o, &d);
	demo_close(&d);
	return status;
}

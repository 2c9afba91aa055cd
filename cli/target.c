#include "config.h"

#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "cli/profiles.h"
#include "cli/say.h"
#include "client/pgdsn.h"

/* ---- the target ------------------------------------------------------------------------------------------- */

/* The first look at a string that somebody typed: can it be read, does it hold a password. */
static bool dsn_allowed(const char *dsn, struct err *e)
{
	struct pgdsn *d = pgdsn_new(dsn, e);

	pgdsn_free(d);
	if (!d)
		e->kind = ERR_USAGE;
	return d != NULL;
}

static void progress(void *arg, const char *step)
{
	(void)arg;
	say_progress("%s…", step);
}

struct demo_options target_demo_options(const struct options *o)
{
	return (struct demo_options){
		.dir = o->dir,
		.size = o->size,
		.role = o->role,
		.company = o->company,
		.now = o->now,
		.reset = o->reset,
		.stay = o->no_ui || o->api,
		.progress = progress,
	};
}

static bool demo_target(struct target *t, const struct options *o, struct err *e)
{
	struct demo_options d = target_demo_options(o);

	d.size = NULL; /* on the command line it means the screen's */
	if (!demo_exists(o->dir)) {
		err_set(e, ERR_UNREACHABLE, "E-WHERE", NULL,
		    _("Start one with domovoi demo, or say where the data are with --dsn or a profile"),
		    _("no database is configured and there is no demo"));
		return false;
	}
	if (!demo_open(&d, &t->demo, e))
		return false;
	say_progress("%s", "");
	t->is_demo = true;
	t->dsn = xstrdup(t->demo.dsn);
	t->admin_dsn = xstrdup(t->demo.admin_dsn);
	t->codes_key = xasprintf("%s/codes.key", t->demo.dir);
	return true;
}

static void prefer(char **to, const char *option)
{
	if (!option)
		return;
	free(*to);
	*to = xstrdup(option);
}

/* The profile's, moved over. */
static bool take_profile(struct target *t, const char *name, struct err *e)
{
	struct profile p;

	if (!profile_read(name, &p, e))
		return false;
	t->dsn = p.dsn;
	t->url = p.url;
	t->login = p.login;
	t->ca = p.ca;
	t->lang = p.lang;
	t->theme = p.theme;
	t->role = p.role;
	t->codes_key = p.codes_key;
	t->company = p.company;
	return true;
}

/* What the command line names; else the profile; else the demo. */
static bool find_place(struct target *t, const struct options *o, struct err *e)
{
	if (o->dsn && o->url) {
		err_set(e, ERR_USAGE, "E-USAGE", NULL, _("Leave one of them out"), _("--dsn and --url are two places"));
		return false;
	}
	if (o->dsn || o->url) {
		prefer(&t->dsn, o->dsn);
		prefer(&t->url, o->url);
		prefer(&t->ca, o->ca);
	} else if (!o->dir && !take_profile(t, o->profile, e)) {
		return false;
	}
	if (t->dsn)
		return dsn_allowed(t->dsn, e);
	return t->url || demo_target(t, o, e);
}

bool target_open(struct target *t, const struct options *o, struct err *e)
{
	*t = (struct target){ .demo.users_fd = -1 };
	if (!find_place(t, o, e)) {
		target_close(t);
		return false;
	}
	prefer(&t->login, o->login);
	if (t->url && !t->login)
		t->login = xstrdup("");
	if (!t->admin_dsn && t->dsn)
		t->admin_dsn = xstrdup(t->dsn);
	prefer(&t->lang, o->lang);
	prefer(&t->theme, o->theme);
	prefer(&t->role, o->role);
	t->company = o->company ? o->company : t->company;
	if (t->lang && !o->lang)
		i18n_init(t->lang);
	return true;
}

void target_close(struct target *t)
{
	if (t->is_demo)
		demo_close(&t->demo);
	free(t->dsn);
	free(t->url);
	free(t->login);
	free(t->ca);
	free(t->admin_dsn);
	free(t->lang);
	free(t->theme);
	free(t->role);
	free(t->codes_key);
	*t = (struct target){ .demo.users_fd = -1 };
}

/* It can only print: nothing can be drawn on it. */
static bool dumb_terminal(void)
{
	const char *type = getenv("TERM");

	return type && !strcmp(type, "dumb") && isatty(STDIN_FILENO);
}

struct console_options target_console(const struct target *t, const struct options *o)
{
	const char *no_color = getenv("NO_COLOR");

	return (struct console_options){
		.dsn = t->dsn,
		.url = t->url,
		.login = t->login,
		.ca = t->ca,
		.lang = i18n_lang(),
		.theme = t->theme,
		.now = o->now,
		.as_of = o->as_of,
		.role = t->is_demo ? NULL : t->role, /* the demo has a login for each role */
		.see_as = o->see_as,
		.company = t->company,
		.colours = o->no_color || (no_color && *no_color) ? 0 : -1,
		.codes_key = t->codes_key,
		.codes_make = t->is_demo,
		.ascii = o->ascii,
		.plain = o->plain || dumb_terminal(),
		.attrs = o->attrs,
	};
}

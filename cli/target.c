#include "config.h"

#include "cli/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "cli/say.h"
#include "client/pgdsn.h"

#define LINE_MAX_BYTES 4096

/* ---- profiles ------------------------------------------------------------------------------------------- */

static char *profiles_path(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && *xdg == '/')
		return xasprintf("%s/domovoi/profiles", xdg);
	return home && *home ? xasprintf("%s/.config/domovoi/profiles", home) : NULL;
}

static char *trim(char *s)
{
	s += strspn(s, " \t");
	size_t n = strlen(s);
	while (n && strchr(" \t\r\n", s[n - 1]))
		s[--n] = '\0';
	return s;
}

static bool profile_error(struct err *e, const char *path, unsigned line, const char *remedy, const char *what)
{
	err_set(e, ERR_USAGE, "E-PROF", NULL, remedy, "%s:%u: %s", path, line, what);
	return false;
}

static bool profile_key(struct target *t, const char *key, const char *value)
{
	struct { const char *name; char **to; } texts[] = {
		{ "dsn", &t->dsn }, { "lang", &t->lang }, { "theme", &t->theme }, { "as", &t->role },
		{ "codes_key", &t->codes_key },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (strcmp(key, texts[i].name))
			continue;
		free(*texts[i].to);
		*texts[i].to = xstrdup(value);
		return true;
	}
	if (strcmp(key, "company"))
		return false;
	t->company = atoi(value);
	return t->company > 0;
}

/* The lines of one section. *found says whether it is there. */
static bool read_section(struct target *t, FILE *f, const char *path, const char *name, bool *found, struct err *e)
{
	char buf[LINE_MAX_BYTES];
	bool inside = false;

	*found = false;
	for (unsigned line = 1; fgets(buf, sizeof buf, f); line++) {
		char *s = trim(buf), *end = strchr(s, ']'), *eq = strchr(s, '=');
		if (!*s || *s == '#' || *s == ';')
			continue;
		if (*s == '[' && end) {
			*end = '\0';
			inside = !strcmp(trim(s + 1), name);
			*found = *found || inside;
			continue;
		}
		if (!eq)
			return profile_error(e, path, line, NULL, _("neither [section] nor key = value"));
		if (!inside)
			continue;
		*eq = '\0';
		if (!profile_key(t, trim(s), trim(eq + 1)))
			return profile_error(e, path, line, _("Known keys: dsn, lang, theme, as, company, codes_key"),
			    _("unknown key or bad value"));
	}
	return true;
}

/* true also when there is no such file or section and none was asked for: then t->dsn stays NULL. */
static bool profile_read(struct target *t, const char *name, bool wanted, struct err *e)
{
	char *path = profiles_path();
	FILE *f = path ? fopen(path, "re") : NULL;
	struct stat st;
	bool good = true, found = false;

	if (f && fstat(fileno(f), &st) == 0 && (st.st_mode & 022)) {
		good = profile_error(e, path, 1, _("chmod 600 the file"), _("others may write the profiles file"));
	} else if (f) {
		good = read_section(t, f, path, name, &found, e);
	}
	if (good && wanted && (!found || !t->dsn)) {
		char *remedy = xasprintf(_("Write a section [%s] with dsn = … into %s"), name, path ? path : "profiles");
		err_set(e, ERR_USAGE, "E-PROF", NULL, remedy, _("there is no profile %s"), name);
		free(remedy);
		good = false;
	}
	if (f)
		fclose(f);
	free(path);
	return good;
}

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
		.stay = o->no_ui,
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

bool target_open(struct target *t, const struct options *o, struct err *e)
{
	bool good = true;

	*t = (struct target){ .demo.users_fd = -1 };
	if (o->dsn)
		prefer(&t->dsn, o->dsn);
	else if (!o->dir)
		good = profile_read(t, o->profile ? o->profile : "default", o->profile != NULL, e);
	if (good && t->dsn)
		good = dsn_allowed(t->dsn, e);
	else if (good)
		good = demo_target(t, o, e);
	if (!good) {
		target_close(t);
		return false;
	}
	if (!t->admin_dsn)
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

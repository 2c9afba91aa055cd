/* The console from the command line: on the terminal, or a screen of it as text. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/screen.h"

static bool screen_size(const char *text, int *w, int *h, struct err *e)
{
	char rest;

	*w = 80;
	*h = 24;
	if (!text || (sscanf(text, "%dx%d%c", w, h, &rest) == 2 && *w >= 20 && *w <= 1000 && *h >= 5 && *h <= 1000))
		return true;
	err_set(e, ERR_USAGE, "E-USAGE", "size", _("Write columns x lines: 80x24"), _("%s is no size of a screen"), text);
	return false;
}

/* With words behind its name ("report rent_roll") the console looks itself. */
static bool screen_known(const char *name, struct err *e)
{
	struct strbuf all = { 0 };

	if (strchr(name, ' '))
		return true;

	for (const char *const *s = console_screens(); *s; s++) {
		if (!strcmp(name, *s)) {
			strbuf_free(&all);
			return true;
		}
		strbuf_printf(&all, "%s%s", all.len ? ", " : "", *s);
	}
	const char *near = closest(name, console_screens());
	char *remedy = near ? xasprintf(_("Did you mean %s?"), near) : xasprintf(_("There are: %s"), strbuf_str(&all));
	err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("there is no screen %s"), name);
	free(remedy);
	strbuf_free(&all);
	return false;
}

/* The file's text without its last newline; NULL and `e`. */
static char *read_script(const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	struct strbuf b = { 0 };
	char buf[4096];
	size_t n;

	if (!f) {
		err_set(e, ERR_USAGE, "E-FILE", "script", NULL, "%s: %s", path, strerror(errno));
		return NULL;
	}
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		strbuf_add(&b, buf, n);
	fclose(f);
	char *text = strbuf_steal(&b);
	n = strlen(text);
	if (n && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return text;
}

static bool screen_print(const struct target *t, const struct options *o, const char *name, int w, int h,
    const char *keys, struct err *e)
{
	struct console_options co = target_console(t, o);
	struct strbuf text = { 0 };
	struct output *out;
	bool good = console_show(&co, name, w, h, keys, &text, e) == ERR_NONE;

	out = good ? output_open(o) : NULL;
	if (out) {
		output_text(out, strbuf_str(&text));
		good = output_close(out, e);
	} else {
		good = false;
	}
	strbuf_free(&text);
	return good;
}

int screen_open(const struct target *t, const struct options *o, struct err *e)
{
	struct console_options co = target_console(t, o);

	if (co.plain && !o->out)
		return console_run(&co);
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !o->out)
		return console_run(&co);
	return screen_print(t, o, "home", 80, 24, NULL, e) ? 0 : say_err(e);
}

int cmd_show(const struct options *o)
{
	struct target t;
	struct err e = { 0 };
	char *script = NULL;
	int w, h;
	bool good = screen_size(o->size, &w, &h, &e) && screen_known(o->args[0], &e) &&
	    (!o->script || (script = read_script(o->script, &e)));

	if (good && (good = target_open(&t, o, &e))) {
		good = screen_print(&t, o, o->args[0], w, h, script ? script : o->keys, &e);
		target_close(&t);
	}
	free(script);
	return good ? 0 : say_err(&e);
}

int cmd_console(const struct options *o)
{
	struct target t;
	struct err e = { 0 };

	if (!target_open(&t, o, &e))
		return say_err(&e);
	int status = screen_open(&t, o, &e);
	target_close(&t);
	return status;
}

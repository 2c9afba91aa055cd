/* Running the palette's commands: screens, lists, records, views, verbs. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/booking.h"
#include "screens/edit.h"
#include "screens/find.h"
#include "screens/palette_self.h"
#include "screens/verbs.h"

#define DEEP 24 /* from here on what is typed replaces what is open, instead of standing on it */

static bool may_read(struct screen *s, const struct resource *res, struct err *e)
{
	if (!screen_ready(s) || screen_may(s, res->read))
		return true;
	err_set(e, ERR_DENIED, "DM403", NULL, NULL, _("%s: your role lacks the permission %s"), _(res->label), res->read);
	return false;
}

static int depth(const struct app *a)
{
	int n = 0;

	while (app_at(a, n))
		n++;
	return n;
}

/* ---- where to -------------------------------------------------------------------------------- */

static void show(struct app *a, const struct screen_class *cls, const void *arg, bool deeper)
{
	if (deeper && depth(a) < DEEP)
		app_push(a, cls, arg);
	else
		app_go(a, cls, arg);
}

/* exact: as the line says, also where it says nothing; else a screen that is open already stays as it was left. */
static bool go_screen(struct app *a, const struct command *c, bool deeper, bool exact, struct err *e)
{
	const struct screen_class *cls = app_class(a, c->name->name);

	if (cls == &report_class && !*c->text) /* which one? */
		cls = &reports_class;
	if (deeper)
		app_push(a, cls, NULL);
	else
		app_go(a, cls, NULL);
	if (!cls->take || (!*c->text && !exact) || screen_kind(app_place(a)) != cls)
		return true;
	return cls->take(app_place(a), c->text, e);
}

static bool go_list(struct screen *s, const struct command *c, bool deeper, struct err *e)
{
	char *title;

	if (!may_read(s, c->res, e))
		return false;
	title = *c->text ? xasprintf("%s: %s", _(c->res->label), c->text) : xstrdup(_(c->res->label));
	show(screen_app(s), &stays_class, &(struct stays_arg){ .res = c->res, .filter = c->text, .title = title }, deeper);
	free(title);
	return true;
}

bool palette_help(struct screen *s, const char *words, struct err *e)
{
	const struct screen_class *cls = app_class(screen_app(s), "help");
	struct screen *help = cls ? app_push(screen_app(s), cls, s) : NULL;

	return !help || !*words || !cls->take || cls->take(help, words, e);
}

/* A new stay has a form of its own; what it does not ask at first is left out. */
static bool go_new(struct screen *s, const struct command *c, struct err *e)
{
	const char *unit = NULL;
	day_t in = DAY_NONE, out = DAY_NONE;
	int known = 0;

	if (!screen_may(s, c->res->create)) {
		err_set(e, ERR_DENIED, "DM403", NULL, NULL, _("%s: your role lacks the permission %s"), _(c->res->label),
		    c->res->create);
		return false;
	}
	for (int i = 0; i < c->nparams; i++) {
		const struct param *p = &c->params[i];

		known++;
		if (!strcmp(p->name, "unit"))
			unit = p->value;
		else if (!strcmp(p->name, "check_in"))
			in = day_parse(p->value);
		else if (!strcmp(p->name, "check_out"))
			out = day_parse(p->value);
		else
			known--;
	}
	if (!strcmp(c->res->singular, "reservation") && known == c->nparams)
		booking_new(s, unit, in, out);
	else
		edit_open(s, c->res, NULL, c->params, c->nparams);
	return true;
}

static bool do_verb(struct screen *s, const struct command *c, struct err *e)
{
	struct palette *p = screen_palette(s);
	int i = (int)(c->name - p->env.verbs), n;

	if (i < p->nown)
		return verbs(&n)[i].fn(s, c->text, e);
	app_run_binding(s, p->bindings[i - p->nown]);
	return true;
}

static bool palette_do(struct screen *s, const struct command *c, struct err *e)
{
	switch (c->kind) {
	case COMMAND_NONE: return true;
	case COMMAND_SCREEN: return go_screen(screen_app(s), c, false, false, e);
	case COMMAND_LIST: return go_list(s, c, false, e);
	case COMMAND_OPEN:
	case COMMAND_ACTION:
	case COMMAND_STEP:
	case COMMAND_EDIT:
		find_and_do(s, c);
		return true;
	case COMMAND_NEW: return go_new(s, c, e);
	case COMMAND_VIEW:
		return palette_go(screen_app(s), c->name->title, memory_view_kept(&screen_palette(s)->memory, c->name->name),
		    false, e);
	case COMMAND_VERB: return do_verb(s, c, e);
	case COMMAND_HELP: return palette_help(s, c->text, e);
	}
	return true;
}

bool palette_run(struct screen *s, const char *line, struct err *e)
{
	struct command c;
	bool ok = command_parse(&c, palette_env(screen_palette(s), s), line, e) && palette_do(s, &c, e);

	command_free(&c);
	return ok;
}

/* ---- places ---------------------------------------------------------------------------------- */

/* Only what is a place: a saved line cannot change anything. */
static bool go_place(struct screen *s, const struct command *c, bool deeper, struct err *e)
{
	switch (c->kind) {
	case COMMAND_SCREEN: return go_screen(screen_app(s), c, deeper, true, e);
	case COMMAND_LIST: return go_list(s, c, deeper, e);
	case COMMAND_OPEN:
		if (!c->res)
			break;
		if (!may_read(s, c->res, e))
			return false;
		show(screen_app(s), &record_class, &(struct record_arg){ .res = c->res, .id = c->id, .title = c->id }, deeper);
		return true;
	default: break;
	}
	err_set(e, ERR_USAGE, "E-VIEW", NULL, NULL, _("this line leads to no place"));
	return false;
}

bool palette_go(struct app *a, const char *line, const char *kept, bool deeper, struct err *e)
{
	struct screen *s = app_place(a);
	struct command c;
	char *copy = xstrdup(line), *where = xstrdup(kept);
	bool ok = command_parse(&c, palette_env(screen_palette(s), s), copy, e) && go_place(s, &c, deeper, e);

	s = app_place(a);
	if (ok && *where && s && screen_kind(s)->restore)
		screen_kind(s)->restore(s, where);
	command_free(&c);
	free(copy);
	free(where);
	return ok;
}

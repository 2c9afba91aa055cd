#include "config.h"

#include "screens/verbs.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/console.h"
#include "screens/exporting.h"
#include "screens/memory.h"
#include "screens/palette.h"
#include "screens/seeing.h"
#include "screens/signin.h"
#include "screens/report_self.h"

static const char *const ON_OFF[] = { "on", "off", NULL };
static const char *const LANGUAGES[] = { "en", "ru", "kk", NULL };
static const char *const KEY_DEEDS[] = { "reload", NULL };
static const char *const VIEW_DEEDS[] = { "save", "drop", "default", NULL };

static bool one_of(const char *const *values, const char *word, struct err *e)
{
	struct strbuf all = { 0 };
	char *remedy;

	for (const char *const *v = values; *v; v++) {
		if (!strcmp(*v, word)) {
			strbuf_free(&all);
			return true;
		}
		strbuf_printf(&all, "%s%s", all.len > 0 ? ", " : "", *v);
	}
	remedy = xasprintf(_("There are: %s"), strbuf_str(&all));
	err_set(e, ERR_USAGE, "E-COMMAND", NULL, remedy, _("%.60s is none of them"), *word ? word : "?");
	free(remedy);
	strbuf_free(&all);
	return false;
}

static bool do_quit(struct screen *s, const char *words, struct err *e)
{
	(void)words;
	(void)e;
	app_quit(screen_app(s));
	return true;
}

static bool do_language(struct screen *s, const char *words, struct err *e)
{
	
	if (!one_of(LANGUAGES, words, e))
		return false;
	i18n_init(words);
	app_event(screen_app(s), EV_LANGUAGE);
	return true;
}

static bool do_theme(struct screen *s, const char *words, struct err *e)
{
	return app_theme(screen_app(s), words, e);
}

static bool do_restore(struct screen *s, const char *words, struct err *e)
{
	if (!one_of(ON_OFF, words, e))
		return false;
	memory_set_flag(palette_memory(screen_palette(s)), s, "restore", !strcmp(words, "on"));
	app_message(screen_app(s), TOK_TEXT, !strcmp(words, "on") ? _("the next start comes back to where you were") :
	    _("the next start begins at home"));
	return true;
}

/* The view must lead to a screen; the screen begins with it from now on. */
static bool begin_with(struct screen *s, const char *name, struct err *e)
{
	struct memory *m = palette_memory(screen_palette(s));
	const struct command_name *v = memory_views(m, s);
	const struct screen_class *cls;
	char *first;

	while (v->name && strcmp(v->name, name))
		v++;
	first = v->name ? xstrndup(v->title, strcspn(v->title, " ")) : NULL;
	cls = first ? app_class(screen_app(s), first) : NULL;
	free(first);
	if (!cls) {
		err_set(e, ERR_USAGE, "E-VIEW", NULL, NULL, _("%.60s is no saved view of a screen"), name);
		return false;
	}
	memory_set_default(m, s, cls->name, name);
	app_message(screen_app(s), TOK_TEXT, _("%s begins with @%s from now on"), _(cls->title), name);
	return true;
}

/* "save NAME", "drop NAME", "default NAME" */
static bool do_view(struct screen *s, const char *words, struct err *e)
{
	struct memory *m = palette_memory(screen_palette(s));
	size_t n = strcspn(words, " ");
	char *deed = xstrndup(words, n);
	const char *name = words + n + strspn(words + n, " @");
	bool ok = one_of(VIEW_DEEDS, deed, e);

	if (ok && !strcmp(deed, "save"))
		ok = palette_save_as(s, name, e);
	else if (ok && !strcmp(deed, "default"))
		ok = begin_with(s, name, e);
	else if (ok && (ok = memory_drop_view(m, s, name, e)))
		app_message(screen_app(s), TOK_TEXT, _("the view %s is dropped"), name);
	free(deed);
	return ok;
}

static bool do_mouse(struct screen *s, const char *words, struct err *e)
{
	if (!one_of(ON_OFF, words, e))
		return false;
	app_mouse(screen_app(s), !strcmp(words, "on"));
	return true;
}

static bool do_keys(struct screen *s, const char *words, struct err *e)
{
	if (!one_of(KEY_DEEDS, words, e))
		return false;
	app_message(screen_app(s), TOK_TEXT, _("the key file is read again"));
	app_reload_keys(screen_app(s)); /* says what it cannot use */
	return true;
}

/* Lists have their rows first in their state, and this key. */
static bool do_export(struct screen *s, const char *words, struct err *e)
{
	if (screen_kind(s) == &report_class)
		return report_rows_export(screen_state(s), words, e);
	for (const struct binding *b = screen_kind(s)->keys; b && b->keys; b++)
		if (!strcmp(b->name, "export"))
			return export_to(screen_state(s), words, e);
	err_set(e, ERR_USAGE, "E-COMMAND", NULL, _("Go to a list first: bk, un, tn"), _("there are no rows here to export"));
	return false;
}

/* "cal 1606": the payment calendar on that day; nothing: as it was left. */
static bool do_calendar(struct screen *s, const char *words, struct err *e)
{
	struct app *a = screen_app(s);

	app_go(a, &payments_class, NULL);
	return !*words || payments_class.take(app_place(a), words, e);
}

static const struct verb VERBS[] = {
	{ "quit", N_("leave the console"), false, NULL, do_quit },
	{ "help", N_("help"), true, NULL, palette_help },
	{ "language", N_("language"), true, LANGUAGES, do_language },
	{ "theme", N_("colours"), true, NULL, do_theme },
	{ "view", N_("saved views: save, drop or default NAME"), true, VIEW_DEEDS, do_view },
	{ "mouse", N_("clicks: on or off"), true, ON_OFF, do_mouse },
	{ "keys", N_("read the key file again: reload"), true, KEY_DEEDS, do_keys },
	{ "cal", N_("payment calendar: a day, a month, week or agenda"), true, NULL, do_calendar },
	{ "export", N_("what the list shows into FILE.xlsx, .csv, .tsv, .json, .jsonl or .md"), true, NULL, do_export },
	{ "login", N_("say who you are, when a server asks for it"), false, NULL, signin_verb },
	{ "logout", N_("end this login on the server"), false, NULL, signout_verb },
	{ "see-as", N_("read only, with the eyes of LOGIN; off to stop"), true, NULL, seeing_verb },
	{ "restore", N_("whether the next start comes back here"), true, ON_OFF, do_restore },
};

const struct verb *verbs(int *n)
{
	*n = ARRAY_LEN(VERBS);
	return VERBS;
}

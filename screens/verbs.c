#include "config.h"

#include "screens/verbs.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/console.h"
#include "screens/memory.h"
#include "screens/palette.h"

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
	static const char *const LANGUAGES[] = { "en", "ru", "kk", NULL };

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
	static const char *const SWITCH[] = { "on", "off", NULL };

	if (!one_of(SWITCH, words, e))
		return false;
	memory_set_flag(palette_memory(screen_palette(s)), s, "restore", !strcmp(words, "on"));
	app_message(screen_app(s), TOK_TEXT, !strcmp(words, "on") ? _("the next start comes back to where you were") :
	    _("the next start begins at home"));
	return true;
}

/* "save NAME", "drop NAME" */
static bool do_view(struct screen *s, const char *words, struct err *e)
{
	static const char *const DEEDS[] = { "save", "drop", NULL };
	struct memory *m = palette_memory(screen_palette(s));
	size_t n = strcspn(words, " ");
	char *deed = xstrndup(words, n);
	const char *name = words + n + strspn(words + n, " ");
	bool ok = one_of(DEEDS, deed, e);

	if (ok && !strcmp(deed, "save"))
		ok = palette_save_as(s, name, e);
	else if (ok && (ok = memory_drop_view(m, s, name, e)))
		app_message(screen_app(s), TOK_TEXT, _("the view %s is dropped"), name);
	free(deed);
	return ok;
}

static const char *const ON_OFF[] = { "on", "off", NULL };
static const char *const LANGUAGES[] = { "en", "ru", "kk", NULL };
static const char *const VIEW_DEEDS[] = { "save", "drop", NULL };

static const struct verb VERBS[] = {
	{ "quit", N_("leave the console"), false, NULL, do_quit },
	{ "help", N_("help"), true, NULL, palette_help },
	{ "language", N_("language"), true, LANGUAGES, do_language },
	{ "theme", N_("colours"), true, NULL, do_theme },
	{ "view", N_("saved views: save NAME, drop NAME"), true, VIEW_DEEDS, do_view },
	{ "restore", N_("whether the next start comes back here"), true, ON_OFF, do_restore },
};

const struct verb *verbs(int *n)
{
	*n = ARRAY_LEN(VERBS);
	return VERBS;
}

#include "config.h"

#include "base/i18n.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#ifndef LOCALEDIR
#define LOCALEDIR "/usr/local/share/locale"
#endif

static const char *current = "en";

/* "ru_RU.UTF-8" -> "ru"; NULL for a language without a catalogue. */
static const char *language_of(const char *name)
{
	static const struct { const char *prefix, *lang; } known[] = {
		{ "en", "en" }, { "ru", "ru" }, { "kk", "kk" }, { "kz", "kk" },
		{ "C", "en" }, { "POSIX", "en" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		size_t n = strlen(known[i].prefix);
		if (strncmp(name, known[i].prefix, n) == 0 && strchr("_.@:-", name[n]) != NULL)
			return known[i].lang;
	}
	return NULL;
}

static const char *language_from_environment(void)
{
	/* LANGUAGE is a wish list; the first of it that we have wins, as in gettext itself. */
	const char *wish = getenv("LANGUAGE");
	while (wish != NULL && *wish != '\0') {
		const char *lang = language_of(wish);
		if (lang != NULL)
			return lang;
		wish = strchr(wish, ':');
		wish = wish == NULL ? NULL : wish + 1;
	}

	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *v = getenv(names[i]);
		if (v != NULL && *v != '\0') {
			const char *lang = language_of(v);
			return lang != NULL ? lang : "en";
		}
	}
	return "en";
}

static void set_characters(void)
{
	if (setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		setlocale(LC_CTYPE, "en_US.UTF-8");
}

/*
 * gettext looks at LANGUAGE only when the locale of LC_MESSAGES is not "C", and
 * from glibc 2.39 on not when it is "C.UTF-8" either: so any real locale that
 * happens to be installed is tried first; which one does not matter.
 */
static void set_messages(void)
{
	static const char *const names[] = {
		"", "ru_RU.UTF-8", "en_US.UTF-8", "kk_KZ.UTF-8", "C.UTF-8",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *got = setlocale(LC_MESSAGES, names[i]);
		bool plain = got == NULL || strcmp(got, "POSIX") == 0 || got[0] == 'C';
		if (!plain || (got != NULL && i == ARRAY_LEN(names) - 1))
			return;
	}
}

bool i18n_init(const char *lang)
{
	bool known = true;

	if (lang == NULL || *lang == '\0') {
		current = language_from_environment();
	} else {
		const char *l = language_of(lang);
		known = l != NULL;
		current = known ? l : "en";
	}
	setenv("LANGUAGE", current, 1);
	set_characters();
	set_messages();

	const char *dir = getenv("DOMOVOI_LOCALEDIR");
	bindtextdomain(I18N_DOMAIN, dir != NULL && *dir != '\0' ? dir : LOCALEDIR);
	bind_textdomain_codeset(I18N_DOMAIN, "UTF-8");
	textdomain(I18N_DOMAIN);
	return known;
}

const char *i18n_lang(void)
{
	return current;
}

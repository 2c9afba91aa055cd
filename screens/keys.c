/* What the console is made of, by name: its keys for the manual page and `domovoi keys`, its screens, its themes. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/console.h"
#include "screens/importing.h"
#include "screens/screens.h"
#include "tui/keytable.h"
#include "tui/theme.h"

char *console_keyfile(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && *xdg == '/')
		return xasprintf("%s/domovoi/keys", xdg);
	return home && *home ? xasprintf("%s/.config/domovoi/keys", home) : NULL;
}

static void tell(const struct screen_class *cls, const struct binding *rows, const struct binding *shipped,
    void (*each)(void *ctx, const struct console_key *k), void *ctx)
{
	for (int i = 0; rows[i].keys; i++)
		each(ctx, &(struct console_key){
			.screen = cls ? cls->name : NULL, .title = cls ? cls->title : N_("Everywhere"),
			.action = rows[i].name, .note = rows[i].note, .permission = rows[i].permission,
			.keys = rows[i].keys, .changed = strcmp(rows[i].keys, shipped[i].keys) != 0,
		});
}

void console_keys(bool own, void (*each)(void *ctx, const struct console_key *k),
    void (*fault)(void *ctx, const struct err *e), void *ctx)
{
	const struct screen_class *const *classes = console_classes();
	struct keytable shipped, t;
	char *path = console_keyfile();
	struct keyfile f;

	keytable_init(&shipped, classes, console_everywhere(), true);
	keytable_init(&t, classes, console_everywhere(), true);
	if (own) {
		keyfile_read(&f, path, fault, ctx);
		keytable_apply(&t, &f, fault, ctx);
		keyfile_free(&f);
	}
	for (int i = 0; i < t.nscreens; i++)
		tell(classes[i], t.own[i], shipped.own[i], each, ctx);
	tell(NULL, t.globals, shipped.globals, each, ctx);
	keytable_free(&t);
	keytable_free(&shipped);
	free(path);
}

bool screen_of_something(const struct screen_class *cls)
{
	return cls == &stays_class || cls == &record_class || cls == &alert_class || cls == &report_class ||
	    cls == &import_class;
}

const char *const *console_screens(void)
{
	static const char *names[96];
	size_t n = 0;

	for (const struct screen_class *const *cls = console_classes(); *cls; cls++)
		if (!screen_of_something(*cls))
			names[n++] = (*cls)->name;
	for (const struct resource *const *r = catalogue_resources(); *r && n + 1 < ARRAY_LEN(names); r++)
		names[n++] = (*r)->name;
	names[n] = NULL;
	return names;
}

const char *const *console_themes(void)
{
	static const char *names[16];
	const char *text;

	for (int i = 0; i < 15 && theme_builtin(i, &names[i], &text); i++)
		;
	return names;
}

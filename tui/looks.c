/* Another theme at once: the menu of all there are. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/app.h"
#include "tui/overlay.h"

static const struct { const char *name, *note; } NOTES[] = {
	{ "default", N_("the terminal's own colours") }, { "dark", N_("for dark terminals") },
	{ "light", N_("for light terminals") }, { "contrast", N_("high contrast") }, { "mono", N_("no colours") },
	{ "colourblind", N_("no red against green") },
};

bool app_theme(struct app *a, const char *name, struct err *e)
{
	if (!theme_load(name, e))
		return false;
	theme_apply(a->cfg.colours);
	draw_repaint();
	app_redraw(a);
	return true;
}

static const char *note_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(NOTES); i++)
		if (strcmp(NOTES[i].name, name) == 0)
			return _(NOTES[i].note);
	return NULL;
}

static void free_names(char **names)
{
	for (char **n = names; n && *n; n++)
		free(*n);
	free(names);
}

static void chosen(struct screen *s, int choice, void *arg)
{
	char **names = theme_names();
	int n = 0;
	struct err e;

	(void)arg;
	while (names[n] && n < choice)
		n++;
	if (choice < 0 || !names[n])
		; /* as it was */
	else if (app_theme(s->app, names[n], &e))
		app_message(s->app, TOK_DIM, _("theme %s"), names[n]);
	else
		app_error(s->app, &e);
	free_names(names);
}

void app_theme_menu(struct screen *s)
{
	char **names = theme_names();
	struct menu_item *items;
	int n = 0, first = 0;

	while (names[n])
		n++;
	items = xcalloc((size_t)n, sizeof(*items));
	for (int i = 0; i < n; i++) {
		items[i] = (struct menu_item){ .label = names[i], .note = note_of(names[i]) };
		if (strcmp(names[i], theme_name()) == 0)
			first = i;
	}
	menu_ask(s, _("Theme"), items, n, first, chosen, NULL);
	free(items);
	free_names(names);
}

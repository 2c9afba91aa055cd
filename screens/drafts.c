#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "screens/booking.h"
#include "screens/draft.h"
#include "screens/drafts.h"
#include "screens/edit.h"
#include "tui/overlay.h"

enum { DRAFTS_MOST = 40 };

void drafts_announce(struct screen *s)
{
	char at[24];
	int n = draft_count(s, at);

	if (n > 0)
		app_message(screen_app(s), TOK_TEXT, P_("%d draft of %s was found: M-d opens it",
		    "%d drafts were found, the last one of %s: M-d opens them", n), n, at);
}

/* "draft/unit-018f…" -> the resource, and the id or "" for a new one. NULL: a resource that is gone. */
static const struct resource *parse(const char *name, char id[static UUID_LEN + 1])
{
	const char *start = strchr(name, '/'), *end = start ? strchr(start + 1, '-') : NULL;
	char singular[40];

	if (!end)
		return NULL;
	snprintf(singular, sizeof(singular), "%.*s", (int)(end - start - 1), start + 1);
	snprintf(id, UUID_LEN + 1, "%s", strcmp(end + 1, "new") ? end + 1 : "");
	return catalogue_resource(singular);
}

static void open_one(struct screen *s, const char *name)
{
	char id[UUID_LEN + 1];
	const struct resource *res = parse(name, id);

	if (!res)
		return;
	if (!id[0] && !strcmp(res->singular, "reservation"))
		booking_new(s, NULL, DAY_NONE, DAY_NONE);
	else
		edit_open(s, res, id, NULL, 0);
}

static void chosen(struct screen *s, int choice, void *arg)
{
	json_t *names = statedir_list(screen_statedir(s), "draft/");
	const char *name = choice >= 0 ? json_string_value(json_array_get(names, (size_t)choice)) : NULL;

	(void)arg;
	if (name)
		open_one(s, name);
	json_decref(names);
}

static char *label_of(struct screen *s, const char *name, char **note)
{
	char id[UUID_LEN + 1], at[24];
	const struct resource *res = parse(name, id);
	json_t *doc = statedir_get(screen_statedir(s), name);
	const char *title = json_string_value(json_object_get(doc, "title"));
	char *label = xasprintf("%s: %s", res ? _(res->label) : name, title && title[0] ? title : _("new"));

	draft_time(s, doc, at);
	*note = xasprintf(_("%s, %d fields"), at, (int)json_object_size(json_object_get(doc, "fields")));
	json_decref(doc);
	return label;
}

enum result drafts_menu(struct screen *s, int arg)
{
	struct statedir *d = screen_statedir(s);
	json_t *names = d ? statedir_list(d, "draft/") : NULL;
	struct menu_item items[DRAFTS_MOST] = { 0 };
	char *labels[DRAFTS_MOST], *notes[DRAFTS_MOST];
	int n = (int)json_array_size(names);

	(void)arg;
	if (screen_kind(s)->overlay || n == 0) {
		app_message(screen_app(s), TOK_DIM, n ? _("answer this first, or leave it with Esc") : _("there is no draft"));
		json_decref(names);
		return R_REDRAW;
	}
	n = n < DRAFTS_MOST ? n : DRAFTS_MOST;
	for (int i = 0; i < n; i++) {
		labels[i] = label_of(s, json_string_value(json_array_get(names, (size_t)i)), &notes[i]);
		items[i] = (struct menu_item){ .label = labels[i], .note = notes[i], .key = (char)(i < 9 ? '1' + i : 0) };
	}
	menu_ask(s, _("Drafts"), items, n, 0, chosen, NULL);
	json_decref(names);
	for (int i = 0; i < n; i++) {
		free(labels[i]);
		free(notes[i]);
	}
	return R_REDRAW;
}

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/draft.h"
#include "tui/overlay.h"

enum { REST_MS = 800 }; /* a key is on disk within a second, however fast others follow */

void draft_open(struct draft *d, const struct resource *res, const char *id)
{
	*d = (struct draft){ .armed = false };
	snprintf(d->name, sizeof(d->name), "draft/%s-%s", res->singular, id && id[0] ? id : "new");
}

json_t *draft_find(struct screen *s, const struct draft *d)
{
	struct statedir *dir = screen_statedir(s);
	json_t *doc = dir ? statedir_get(dir, d->name) : NULL;

	if (doc && json_object_size(json_object_get(doc, "fields")) > 0)
		return doc;
	json_decref(doc);
	return NULL;
}

void draft_time(struct screen *s, const json_t *doc, char buf[static 24])
{
	const char *at = json_string_value(json_object_get(doc, "at"));
	char now[24];

	screen_now(s, now);
	if (!at || strlen(at) != strlen("2026-06-16 14:05"))
		at = "";
	snprintf(buf, 24, "%s", at[0] && !strncmp(at, now, strlen("2026-06-16 ")) ? at + strlen("2026-06-16 ") : at);
}

bool draft_ask(struct screen *s, const struct draft *d, void (*done)(struct screen *s, int choice, void *arg))
{
	json_t *doc = draft_find(s, d);
	int n = (int)json_object_size(json_object_get(doc, "fields"));
	char at[24], *title, *note;

	if (!doc)
		return false;
	draft_time(s, doc, at);
	title = xasprintf(_("A draft of %s was found"), at);
	note = xasprintf(P_("%d field typed", "%d fields typed", n), n);
	menu_ask(s, title, (const struct menu_item[]){
		{ .label = _("go on with it"), .note = note, .key = 'c' },
		{ .label = _("drop it"), .note = _("begin anew"), .key = 'd' },
	}, 2, 0, done, NULL);
	free(title);
	free(note);
	json_decref(doc);
	return true;
}

void draft_discard_ask(struct screen *s, int changes, void (*done)(struct screen *s, bool agreed, void *arg))
{
	char *text = xasprintf(P_("%d changed field is thrown away.", "%d changed fields are thrown away.", changes), changes);

	confirm_ask(s, _("Discard what was typed?"), text, 0, done, NULL);
	free(text);
}

int draft_version(const json_t *doc)
{
	return (int)json_integer_value(json_object_get(doc, "version"));
}

void draft_touch(struct screen *s, struct draft *d, void (*write)(struct screen *s))
{
	if (d->armed && screen_clock(s) - d->since > REST_MS) {
		write(s); /* somebody else took the timer over */
		return;
	}
	if (d->armed)
		return;
	d->armed = true;
	d->since = screen_clock(s);
	screen_after(s, REST_MS, write);
}

static json_t *field_json(const struct sheet *sh, int i)
{
	return json_pack("{s:s,s:s,s:s?,s:s?}", "text", form_value(&sh->form, i), "base", sh->form.fields[i].base,
	    "id", sh->fields[i].id, "base_id", sh->fields[i].base_id);
}

void draft_write(struct screen *s, struct draft *d, const struct sheet *sh, const char *title, int version)
{
	struct statedir *dir = screen_statedir(s);
	json_t *fields = json_object(), *doc;
	char now[24];
	struct err e = { 0 };

	d->armed = false;
	for (int i = 0; i < sh->form.n; i++)
		if (form_dirty(&sh->form, i) && !(sh->fields[i].field->flags & F_SECRET))
			json_object_set_new(fields, sh->fields[i].field->name, field_json(sh, i));
	if (!dir || json_object_size(fields) == 0) {
		json_decref(fields);
		draft_drop(s, d);
		return;
	}
	screen_now(s, now);
	doc = json_pack("{s:s,s:i,s:s,s:o}", "title", title, "version", version, "at", now, "fields", fields);
	if (statedir_put(dir, d->name, doc, &e))
		snprintf(d->at, sizeof(d->at), "%.5s", now + strlen("2026-06-16 "));
	else if (!d->failed)
		app_error(screen_app(s), &e); /* once: the form itself is as good as ever */
	d->failed = e.kind != ERR_NONE;
	json_decref(doc);
}

const char *draft_shown(struct screen *s, struct draft *d)
{
	if (!d->at[0] || app_rested(screen_app(s)) >= APP_REST_MS)
		memcpy(d->shown, d->at, sizeof(d->shown));
	return d->shown;
}

void draft_drop(struct screen *s, struct draft *d)
{
	struct statedir *dir = screen_statedir(s);

	d->armed = false;
	d->at[0] = '\0';
	if (dir)
		statedir_drop(dir, d->name);
}

static const char *text_of(const json_t *field, const char *key)
{
	const char *s = json_string_value(json_object_get(field, key));

	return s ? s : "";
}

int draft_restore(struct sheet *sh, const json_t *doc)
{
	const json_t *fields = json_object_get(doc, "fields");
	int n = 0;

	for (int i = 0; i < sh->form.n; i++) {
		const json_t *one = json_object_get(fields, sh->fields[i].field->name);

		if (!one || sh->form.fields[i].readonly || !strcmp(text_of(one, "text"), form_value(&sh->form, i)))
			continue;
		sheet_set(sh, i, text_of(one, "text"), text_of(one, "id"));
		form_rebase(&sh->form, i, text_of(one, "base"));
		n++;
	}
	return n;
}

int draft_count(struct screen *s, char at[static 24])
{
	struct statedir *dir = screen_statedir(s);
	json_t *names = dir ? statedir_list(dir, "draft/") : NULL, *newest;
	int n = (int)json_array_size(names);

	at[0] = '\0';
	if (n > 0) {
		newest = statedir_get(dir, json_string_value(json_array_get(names, 0)));
		draft_time(s, newest, at);
		json_decref(newest);
	}
	json_decref(names);
	return n;
}

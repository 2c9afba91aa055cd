/* Coming back: where the user is goes to the state directory, and the next start of the console goes there. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/palette_self.h"

#define SAVE_MS 1500   /* after a change; no sooner, however much changes */
#define STACK_MOST 16

/* ---- leaving traces --------------------------------------------------------------------------- */

static json_t *stack_of(struct app *a)
{
	json_t *stack = json_array();
	struct screen *s;

	for (int i = 1; (s = app_at(a, i)) && json_array_size(stack) < STACK_MOST; i++) {
		struct strbuf line = { 0 }, kept = { 0 };

		if (!screen_kind(s)->overlay)
			palette_line(s, &line);
		if (line.len > 0 && screen_kind(s)->keep)
			screen_kind(s)->keep(s, &kept);
		if (line.len > 0)
			json_array_append_new(stack, json_pack("{s:s, s:s}", "line", line.s, "kept", strbuf_str(&kept)));
		strbuf_free(&line);
		strbuf_free(&kept);
	}
	return stack;
}

void session_save(struct palette *p)
{
	struct screen *root = app_at(p->app, 0);
	struct statedir *d = root && p->restored ? screen_statedir(root) : NULL;
	json_t *doc;

	p->changed = false;
	if (!d)
		return;
	doc = json_pack("{s:I, s:o}", "at", (json_int_t)time(NULL), "stack", stack_of(p->app));
	statedir_put(d, "session", doc, NULL);
	json_decref(doc);
}

static void on_save(uv_timer_t *t)
{
	session_save(t->data);
}

void session_changed(struct palette *p)
{
	if (!p->save || p->changed)
		return;
	p->changed = true;
	uv_timer_start(p->save, on_save, SAVE_MS, 0);
}

/* ---- coming back ------------------------------------------------------------------------------ */

static void say_back(struct palette *p, time_t at)
{
	char clock[32];

	strftime(clock, sizeof(clock), time(NULL) - at < 20 * 3600 ? "%H:%M" : "%d.%m %H:%M", localtime(&at));
	app_message(p->app, TOK_TEXT, _("back where you were at %s; g h goes home"), clock);
}

/* A start that this would bring down does not come back a second time. */
static json_t *take_session(struct statedir *d)
{
	json_t *doc = statedir_get(d, "session"), *tried;

	if (!json_is_object(doc) || json_array_size(json_object_get(doc, "stack")) == 0 || json_object_get(doc, "tried")) {
		json_decref(doc);
		return NULL;
	}
	tried = json_copy(doc);
	json_object_set_new(tried, "tried", json_true());
	statedir_put(d, "session", tried, NULL);
	json_decref(tried);
	return doc;
}

static void come_back(struct palette *p, const json_t *doc)
{
	struct err e = { 0 };
	size_t i;
	json_t *one;
	bool any = false;

	json_array_foreach(json_object_get(doc, "stack"), i, one) {
		const char *line = json_string_value(json_object_get(one, "line"));
		const char *kept = json_string_value(json_object_get(one, "kept"));

		if (!line || !palette_go(p->app, line, kept ? kept : "", i > 0, &e))
			break; /* what stood on it means nothing without it */
		any = true;
	}
	if (any)
		say_back(p, (time_t)json_integer_value(json_object_get(doc, "at")));
}

void palette_state(struct palette *p)
{
	struct screen *root = app_at(p->app, 0);
	struct statedir *d = p->restored || !root || !screen_ready(root) ? NULL : screen_statedir(root);
	json_t *doc;

	if (!d)
		return;
	p->restored = true;
	if (!p->save || app_at(p->app, 1) || !memory_flag(&p->memory, root, "restore", true))
		return;
	doc = take_session(d);
	if (doc)
		come_back(p, doc);
	json_decref(doc);
}

void palette_leave(struct palette *p)
{
	if (p->save)
		session_save(p);
}

/* ---- life ------------------------------------------------------------------------------------- */

struct palette *palette_new(uv_loop_t *loop, struct app *a, bool restores)
{
	struct palette *p = xcalloc(1, sizeof(*p));

	p->app = a;
	places_init(&p->places);
	if (restores) {
		p->save = xcalloc(1, sizeof(*p->save));
		uv_timer_init(loop, p->save);
		uv_unref((uv_handle_t *)p->save);
		p->save->data = p;
	}
	return p;
}

static void on_closed(uv_handle_t *h)
{
	free(h);
}

void palette_free(struct palette *p)
{
	if (!p)
		return;
	if (p->save)
		uv_close((uv_handle_t *)p->save, on_closed);
	memory_free(&p->memory);
	places_free(&p->places);
	deed_free(&p->deed);
	free(p->screens);
	free(p->verbs);
	free(p->bindings);
	free(p);
}

/* The line itself: prompt, its words and completion, saved views, history of places. Running it is go.c's. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/console.h"
#include "screens/palette_self.h"
#include "screens/verbs.h"

struct memory *palette_memory(struct palette *p)
{
	return &p->memory;
}

struct deed *palette_deed(struct palette *p)
{
	return &p->deed;
}

/* ---- what there is --------------------------------------------------------------------------- */

static const char *const *report_names(void)
{
	static const char *names[64];
	size_t n = 0;

	for (const struct report *const *r = catalogue_reports(); *r && n + 1 < ARRAY_LEN(names); r++)
		names[n++] = (*r)->name;
	return names;
}

static void collect_screens(struct palette *p)
{
	const struct screen_class *const *all = console_classes();
	int n = 0;

	while (all[n])
		n++;
	p->screens = xreallocarray(p->screens, (size_t)n + 1, sizeof(*p->screens));
	n = 0;
	for (; *all; all++)
		if ((*all)->digit || (*all)->go || *all == &reports_class || *all == &report_class)
			p->screens[n++] = (struct command_name){ .name = (*all)->name, .title = _((*all)->title),
				.words = (*all)->take != NULL, .values = *all == &report_class ? report_names() : NULL,
				.res = (*all)->filters ? catalogue_resource((*all)->filters) : NULL };
	p->screens[n] = (struct command_name){ 0 };
}

static void collect_verb(void *ctx, const struct binding *b, bool global)
{
	struct palette *p = ctx;
	int n = p->nown + p->nbindings;

	(void)global;
	for (int i = 0; i < n; i++)
		if (!strcmp(p->verbs[i].name, b->name))
			return;
	for (const struct command_name *s = p->screens; s->name; s++)
		if (!strcmp(s->name, b->name))
			return;
	p->verbs = xreallocarray(p->verbs, (size_t)n + 2, sizeof(*p->verbs));
	p->bindings = xreallocarray(p->bindings, (size_t)p->nbindings + 1, sizeof(*p->bindings));
	p->verbs[n] = (struct command_name){ .name = b->name, .title = _(b->note) };
	p->bindings[p->nbindings++] = b;
}

static void collect_verbs(struct palette *p, struct screen *s)
{
	const struct verb *own = verbs(&p->nown);

	p->verbs = xreallocarray(p->verbs, (size_t)p->nown + 1, sizeof(*p->verbs));
	for (int i = 0; i < p->nown; i++)
		p->verbs[i] = (struct command_name){ .name = own[i].name, .title = _(own[i].note), .words = own[i].words,
			.values = !strcmp(own[i].name, "theme") ? console_themes() : own[i].values };
	p->nbindings = 0;
	app_each_binding(p->app, s, collect_verb, p);
	p->verbs[p->nown + p->nbindings] = (struct command_name){ 0 };
}

const struct command_env *palette_env(struct palette *p, struct screen *s)
{
	collect_screens(p);
	collect_verbs(p, s);
	p->env = (struct command_env){
		.screens = p->screens, .verbs = p->verbs, .views = memory_views(&p->memory, s),
		.today = screen_today(s), .currency = session_currency(screen_session(s)),
	};
	return &p->env;
}

/* ---- the prompt ------------------------------------------------------------------------------ */

static bool line_words(struct screen *s, const char *text, struct strbuf *out)
{
	const struct command_env *env = palette_env(screen_palette(s), s);
	struct command c;
	struct err e = { 0 };
	bool ok = command_parse(&c, env, text, &e);

	if (ok)
		command_words(&c, env, out);
	else
		strbuf_printf(out, "%s%s%s", e.text, e.remedy[0] ? ". " : "", e.remedy);
	command_free(&c);
	return ok;
}

static void line_complete(struct screen *s, const char *text, size_t cursor, struct candidates *out)
{
	command_complete(palette_env(screen_palette(s), s), text, cursor, out);
}

static const char *line_history(struct screen *s, int i)
{
	return memory_line(&screen_palette(s)->memory, s, "command", i);
}

static void line_done(struct screen *s, const char *text)
{
	struct err e = { 0 };

	if (!text || !text[strspn(text, " ")])
		return;
	memory_add_line(&screen_palette(s)->memory, s, "command", text);
	if (!palette_run(s, text, &e))
		app_error(screen_app(s), &e);
}

enum result palette_ask(struct screen *s, int arg)
{
	static const struct prompt_help HELP = { line_words, line_complete, line_history };

	(void)arg;
	if (screen_kind(s)->overlay)
		return R_NONE;
	app_prompt_helped(screen_app(s), s, ":", "", &HELP, NULL, line_done);
	return R_REDRAW;
}

/* ---- filters --------------------------------------------------------------------------------- */

static bool filter_words(struct screen *s, const char *text, struct strbuf *out)
{
	const struct resource *res = screen_palette(s)->filtered;
	struct query q;
	struct err e = { 0 };
	bool ok;

	query_init(&q, res);
	ok = query_filter(&q, text, screen_today(s), session_currency(screen_session(s)), &e);
	strbuf_printf(out, "%s: ", _(res->label));
	if (!ok) {
		strbuf_clear(out);
		strbuf_printf(out, "%s%s%s", e.text, e.remedy[0] ? ". " : "", e.remedy);
	} else if (q.nterms == 0) {
		strbuf_puts(out, _("all; Tab shows the fields"));
	} else {
		command_filter_words(&q, out);
	}
	query_free(&q);
	return ok;
}

static void filter_complete(struct screen *s, const char *text, size_t cursor, struct candidates *out)
{
	command_complete_filter(screen_palette(s)->filtered, text, cursor, out);
}

static char *filter_kind(const struct resource *res)
{
	return xasprintf("filter/%s", res->name);
}

static const char *filter_history(struct screen *s, int i)
{
	struct palette *p = screen_palette(s);
	char *kind = filter_kind(p->filtered);
	const char *line = memory_line(&p->memory, s, kind, i);

	free(kind);
	return line;
}

void palette_filter(struct screen *s, const struct resource *res, const char *initial,
    void (*changed)(struct screen *s, const char *text), void (*done)(struct screen *s, const char *text))
{
	static const struct prompt_help HELP = { filter_words, filter_complete, filter_history };

	screen_palette(s)->filtered = res;
	app_prompt_helped(screen_app(s), s, "/", initial, &HELP, changed, done);
}

void palette_filtered(struct screen *s, const struct resource *res, const char *text)
{
	char *kind = filter_kind(res);

	if (text && text[strspn(text, " ")])
		memory_add_line(&screen_palette(s)->memory, s, kind, text);
	free(kind);
}

/* ---- saved views ----------------------------------------------------------------------------- */

void palette_line(struct screen *s, struct strbuf *out)
{
	const struct screen_class *cls = screen_kind(s);

	if (cls->place)
		cls->place(s, out);
	else if (cls->digit || cls->go)
		strbuf_puts(out, cls->name);
}

bool palette_save_as(struct screen *s, const char *name, struct err *e)
{
	struct strbuf line = { 0 }, kept = { 0 };
	struct screen *where = app_place(screen_app(s));
	bool ok = true;

	if (where)
		palette_line(where, &line);
	if (where && screen_kind(where)->keep)
		screen_kind(where)->keep(where, &kept);
	if (line.len == 0) {
		err_set(e, ERR_USAGE, "E-VIEW", NULL, NULL, _("this screen is no place that could be come back to"));
		ok = false;
	}
	ok = ok && memory_save_view(&screen_palette(s)->memory, s, *name == '@' ? name + 1 : name, line.s,
	    strbuf_str(&kept), e);
	if (ok)
		app_message(screen_app(s), TOK_TEXT, _("saved: @%s brings you back to %s"), *name == '@' ? name + 1 : name, line.s);
	strbuf_free(&line);
	strbuf_free(&kept);
	return ok;
}

static void save_done(struct screen *s, const char *text)
{
	struct err e = { 0 };

	if (text && *text && !palette_save_as(s, text, &e))
		app_error(screen_app(s), &e);
}

static bool save_words(struct screen *s, const char *text, struct strbuf *out)
{
	struct strbuf line = { 0 };

	palette_line(s, &line);
	strbuf_printf(out, line.len > 0 ? _("save as @%s: %s") : "%.0s%s", *text ? text : "…",
	    line.len > 0 ? line.s : _("this screen is no place that could be come back to"));
	strbuf_free(&line);
	return true;
}

enum result palette_save(struct screen *s, int arg)
{
	static const struct prompt_help HELP = { .words = save_words };

	(void)arg;
	if (screen_kind(s)->overlay)
		return R_NONE;
	app_prompt_helped(screen_app(s), s, _("name of the view:"), "", &HELP, NULL, save_done);
	return R_REDRAW;
}

/* ---- places ---------------------------------------------------------------------------------- */

enum result palette_history(struct screen *s, int step)
{
	struct palette *p = screen_palette(s);
	const struct place *to;
	struct err e = { 0 };

	if (screen_kind(s)->overlay)
		return R_NONE;
	to = places_step(&p->places, step);
	if (!to) {
		app_message(p->app, TOK_DIM, step > 0 ? _("there is nothing ahead") : _("there is nothing before"));
		return R_REDRAW;
	}
	if (!palette_go(p->app, to->line, to->kept, false, &e)) {
		places_stay(&p->places);
		app_error(p->app, &e);
	}
	return R_REDRAW;
}

/* A screen that was just opened, and not by a line, begins with its own view if it has one. */
static void begin(struct palette *p, struct screen *s, const char *line)
{
	const char *name = screen_kind(s)->name, *view;
	struct err e = { 0 };

	if (screen_id(s) <= p->newest)
		return;
	p->newest = screen_id(s);
	if (p->places.moving || strcmp(line, name) || !screen_ready(s) || !(view = memory_default(&p->memory, s, name)))
		return;
	for (const struct command_name *v = memory_views(&p->memory, s); v->name; v++) {
		if (strcmp(v->name, view))
			continue;
		if (!palette_go(p->app, v->title, memory_view_kept(&p->memory, view), false, &e))
			app_error(p->app, &e);
		break; /* going there asked for the views anew */
	}
}

void palette_painted(struct palette *p)
{
	struct screen *s = app_place(p->app);
	struct strbuf line = { 0 }, kept = { 0 };

	if (s)
		palette_line(s, &line);
	if (line.len > 0) {
		if (screen_kind(s)->keep)
			screen_kind(s)->keep(s, &kept);
		if (places_note(&p->places, screen_id(s), line.s, strbuf_str(&kept)))
			session_changed(p);
		begin(p, s, line.s);
	}
	strbuf_free(&line);
	strbuf_free(&kept);
}

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "client/query.h"
#include "screens/livefilter.h"

static bool apply(struct live_filter *f, struct screen *s, const char *text)
{
	err_clear(&f->wrong);
	if (!strcmp(text, f->text))
		return true;
	if (!f->use(s, text, &f->wrong))
		return false;
	snprintf(f->text, sizeof(f->text), "%s", text);
	return true;
}

bool live_filter_set(struct live_filter *f, struct screen *s, const char *text)
{
	bool done = apply(f, s, text);

	if (!done) {
		app_error(screen_app(s), &f->wrong);
		err_clear(&f->wrong);
	}
	app_redraw(screen_app(s));
	return done;
}

void live_filter_ask(struct live_filter *f, struct screen *s, void (*changed)(struct screen *s, const char *text),
    void (*done)(struct screen *s, const char *text))
{
	f->typing = true;
	snprintf(f->before, sizeof(f->before), "%s", f->text);
	app_prompt(screen_app(s), s, "/", f->text, changed, done);
}

void live_filter_typed(struct live_filter *f, const char *text)
{
	snprintf(f->typed, sizeof(f->typed), "%s", text);
}

void live_filter_rest(struct live_filter *f, struct screen *s)
{
	if (f->typing && !query_unfinished(f->res, f->typed))
		apply(f, s, f->typed);
	app_redraw(screen_app(s));
}

void live_filter_done(struct live_filter *f, struct screen *s, const char *text)
{
	f->typing = false;
	live_filter_set(f, s, text ? text : f->before);
}

int live_filter_lines(const struct live_filter *f)
{
	return f->typing || f->text[0];
}

void live_filter_draw(const struct live_filter *f, struct canvas c)
{
	if (f->wrong.kind)
		draw_printf(c, c.h - 1, 1, TOK_ERROR, "%s. %s", f->wrong.text, f->wrong.remedy);
	else if (f->text[0] && !f->typing)
		draw_printf(c, c.h - 1, 1, TOK_DIM, _("filter: %s"), f->text);
}

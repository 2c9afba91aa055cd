#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "client/query.h"
#include "screens/livefilter.h"
#include "screens/palette.h"

bool live_filter_fits(const char *text, struct err *e)
{
	if (strlen(text) < FILTER_MOST)
		return true;
	err_set(e, ERR_INVALID, "E-FILTER", NULL, NULL, _("the filter is too long"));
	return false;
}

static bool apply(struct live_filter *f, struct screen *s, const char *text)
{
	err_clear(&f->wrong);
	if (!strcmp(text, f->text))
		return true;
	if (!live_filter_fits(text, &f->wrong) || !f->use(s, text, &f->wrong))
		return false;
	snprintf(f->text, sizeof(f->text), "%s", text);
	return true;
}

/* The prompt's callbacks know only their screen: whose filter is being typed. */
static struct { struct live_filter *filter; uint64_t screen; } asked;

static struct live_filter *asked_of(const struct screen *s)
{
	return asked.filter && asked.screen == screen_id(s) ? asked.filter : NULL;
}

static void rest(struct screen *s)
{
	struct live_filter *f = asked_of(s);

	if (f && f->typing && !query_unfinished(f->res, f->typed))
		apply(f, s, f->typed);
	app_redraw(screen_app(s));
}

static void changed(struct screen *s, const char *text)
{
	struct live_filter *f = asked_of(s);

	if (!f)
		return;
	snprintf(f->typed, sizeof(f->typed), "%s", text);
	screen_later(s, rest);
}

/* A mistake is said on the status line; what stood there before stays. */
static void done(struct screen *s, const char *text)
{
	struct live_filter *f = asked_of(s);

	if (!f)
		return;
	f->typing = false;
	if (!apply(f, s, text ? text : f->before)) {
		app_error(screen_app(s), &f->wrong);
		err_clear(&f->wrong);
	}
	palette_filtered(s, f->res, f->text);
	app_redraw(screen_app(s));
	if (f->ended)
		f->ended(s, text);
}

enum result live_filter_begin(struct live_filter *f, struct screen *s, const char *text)
{
	f->typing = true;
	asked.filter = f;
	asked.screen = screen_id(s);
	snprintf(f->before, sizeof(f->before), "%s", f->text);
	palette_filter(s, f->res, text, changed, done);
	if (strcmp(text, f->text))
		changed(s, text);
	return R_REDRAW;
}

enum result live_filter_ask(struct live_filter *f, struct screen *s)
{
	return live_filter_begin(f, s, f->text);
}

int live_filter_lines(const struct live_filter *f)
{
	return f->typing || strcmp(f->text, f->given);
}

void live_filter_draw(const struct live_filter *f, struct canvas c)
{
	if (f->wrong.kind)
		draw_printf(c, c.h - 1, 1, TOK_ERROR, "%s. %s", f->wrong.text, f->wrong.remedy);
	else if (live_filter_lines(f) && !f->typing)
		draw_printf(c, c.h - 1, 1, TOK_DIM, _("filter: %s"), f->text);
}

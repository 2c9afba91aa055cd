#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "tui/app.h"

static void clock_text(const struct app *a, char buf[static 8])
{
	time_t now = time(NULL);

	if (a->cfg.clock)
		a->cfg.clock(a->cfg.ctx, buf);
	else
		strftime(buf, 8, "%H:%M", localtime(&now));
}

/* The screen that was worked on, not the question over it. */
static const char *place(const struct app *a)
{
	int i = a->depth - 1;

	while (i > 0 && a->stack[i]->cls->overlay)
		i--;
	return i >= 0 ? _(a->stack[i]->cls->title) : "";
}

static bool same(const struct alert *old, enum token style, const struct err *e)
{
	return old && old->style == style && !strcmp(old->err.code, e->code) && !strcmp(old->err.text, e->text) &&
	    !strcmp(old->err.field, e->field);
}

void alerts_keep(struct app *a, enum token style, const struct err *e)
{
	struct alerts *all = &a->alerts;
	struct alert *to;

	if (all->count > 0 && same(alerts_get(a, 0), style, e)) {
		to = &all->ring[(all->count - 1) % ALERTS_MOST];
		to->times++;
	} else {
		to = &all->ring[all->count++ % ALERTS_MOST];
		*to = (struct alert){ .n = all->count, .style = style, .times = 1, .err = *e };
	}
	clock_text(a, to->clock);
	snprintf(to->screen, sizeof(to->screen), "%s", place(a));
	app_redraw(a);
}

int alerts_count(const struct app *a)
{
	return a->alerts.count < ALERTS_MOST ? (int)a->alerts.count : ALERTS_MOST;
}

const struct alert *alerts_get(const struct app *a, int i)
{
	return i >= 0 && i < alerts_count(a) ? &a->alerts.ring[(a->alerts.count - 1 - (uint64_t)i) % ALERTS_MOST] : NULL;
}

const struct alert *alerts_find(const struct app *a, uint64_t n)
{
	return n > 0 && n <= a->alerts.count ? alerts_get(a, (int)(a->alerts.count - n < ALERTS_MOST ?
	    a->alerts.count - n : ALERTS_MOST)) : NULL;
}

int alerts_unread(const struct app *a)
{
	uint64_t n = a->alerts.count - a->alerts.read;

	return n < ALERTS_MOST ? (int)n : ALERTS_MOST;
}

void alerts_read(struct app *a)
{
	a->alerts.read = a->alerts.count;
	app_redraw(a);
}

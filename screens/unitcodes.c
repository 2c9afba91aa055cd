#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "screens/unitcodes.h"

/* Where the unit is, or would be. There is always a free place: at most half are taken. */
static struct unit_code *place(struct codes *c, const char *unit)
{
	uint32_t h = 2166136261u;

	for (const char *s = unit; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	while (c->known[h % CODES_PLACES].unit[0] && strcmp(c->known[h % CODES_PLACES].unit, unit))
		h++;
	return &c->known[h % CODES_PLACES];
}

void codes_open(struct codes *c, struct screen *s)
{
	c->screen = s;
	c->known = xcalloc(CODES_PLACES, sizeof(*c->known));
}

void codes_close(struct codes *c)
{
	free(c->known);
}

static bool is_asked(const struct codes *c, const char *unit)
{
	for (int i = 0; i < c->nasked; i++)
		if (!strcmp(c->asked[i], unit))
			return true;
	return false;
}

const char *codes_get(struct codes *c, const char *unit)
{
	struct unit_code *p = place(c, unit);

	if (p->unit[0] && !strcmp(p->unit, unit))
		return p->code;
	if (*unit && !c->waiting && c->nasked < CODES_ASK && !is_asked(c, unit))
		snprintf(c->asked[c->nasked++], UUID_LEN + 1, "%s", unit);
	return NULL;
}

static void keep(struct codes *c, const char *unit, const char *code)
{
	struct unit_code *p = place(c, unit);

	if (!p->unit[0] && c->nknown == CODES_MOST) {
		memset(c->known, 0, CODES_PLACES * sizeof(*c->known));
		c->nknown = 0;
		p = place(c, unit);
	}
	c->nknown += !p->unit[0];
	snprintf(p->unit, sizeof(p->unit), "%s", unit);
	snprintf(p->code, sizeof(p->code), "%s", code);
}

/* What has no answer has no code for this session: it is not asked for again and again. */
static void on_units(const struct reply *r, void *arg)
{
	struct codes *c = arg;

	for (int i = 0; i < c->nasked; i++)
		keep(c, c->asked[i], "");
	for (int i = 0; !r->err && i < table_rows(r->rows); i++)
		keep(c, table_get(r->rows, i, "id"), table_get(r->rows, i, "code"));
	c->nasked = 0;
	c->waiting = false;
	app_redraw(screen_app(c->screen));
}

void codes_ask(struct codes *c)
{
	struct strbuf filter = { 0 };
	struct query q;
	struct err e;

	if (c->waiting && c->epoch != screen_epoch(c->screen)) { /* taken back with C-c: no answer comes */
		screen_cancel(c->screen, SLOT_CODES);
		c->waiting = false;
	}
	if (c->waiting || c->nasked == 0)
		return;
	c->epoch = screen_epoch(c->screen);
	for (int i = 0; i < c->nasked; i++)
		strbuf_printf(&filter, "%s%s", i ? "," : "id=", c->asked[i]);
	query_init(&q, catalogue_resource("units"));
	q.brief = true;
	q.limit = CODES_ASK;
	c->waiting = query_filter(&q, strbuf_str(&filter), screen_today(c->screen), NULL, &e);
	if (c->waiting)
		client_list(screen_session(c->screen), &q, screen_owner(c->screen, SLOT_CODES), on_units, c);
	else
		c->nasked = 0;
	query_free(&q);
	strbuf_free(&filter);
}

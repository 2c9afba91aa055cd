#include "config.h"

#include <stdio.h>

#include "screens/standout.h"

static void on_matches(const struct reply *r, void *arg)
{
	struct standout *o = arg;
	char none[] = "";

	marks_clear(&o->all);
	for (int i = 0; !r->err && i < table_rows(r->rows); i++) {
		struct mark m = { .label = none };

		snprintf(m.id, sizeof(m.id), "%s", table_get(r->rows, i, "id"));
		marks_put(&o->all, &m);
	}
	o->more = !r->err && r->more;
	err_clear(&o->err);
	if (r->err)
		o->err = *r->err;
	app_redraw(screen_app(o->screen));
}

void standout_ask(struct standout *o, struct screen *s, const char *filter, day_t from, day_t to, bool anew)
{
	char period[64], first[16], last[16];
	struct query q;

	o->screen = s;
	if (!filter[0])
		marks_clear(&o->all);
	if (!filter[0] || (!anew && o->from == from && o->to == to))
		return;
	o->from = from;
	o->to = to;
	day_format(from, first);
	day_format(to, last);
	snprintf(period, sizeof(period), "check_in<%s check_out>%s", last, first);
	query_init(&q, catalogue_resource("reservation"));
	q.brief = true;
	q.limit = STANDOUT_MOST;
	screen_cancel(s, SLOT_CELL);
	if (query_filter(&q, filter, screen_today(s), session_currency(screen_session(s)), &o->err) &&
	    query_filter(&q, period, screen_today(s), NULL, &o->err))
		client_list(screen_session(s), &q, screen_owner(s, SLOT_CELL), on_matches, o);
	query_free(&q);
}

bool standout_has(const struct standout *o, const char *filter, const char *id)
{
	return !filter[0] || marks_find(&o->all, id) != NULL;
}

void standout_close(struct standout *o)
{
	marks_clear(&o->all);
}

#include "config.h"

#include <stdlib.h>

#include "screens/pages.h"

static void on_page(const struct reply *r, void *arg);

static void ask(struct pages *p)
{
	client_list(screen_session(p->screen), &p->query, screen_owner(p->screen, SLOT_PAGES), on_page, p);
}

static void finish(struct pages *p, const struct err *e)
{
	query_free(&p->query);
	p->query = (struct query){ 0 };
	p->end(p, e);
}

static char *cursor_after(const struct query *q, const struct table *rows)
{
	char column[64];
	int last = table_rows(rows) - 1;

	return query_cursor(q, table_get(rows, last, field_column(q->sort, column)), table_get(rows, last, "id"));
}

static void on_page(const struct reply *r, void *arg)
{
	struct pages *p = arg;

	if (r->err) {
		finish(p, r->err);
		return;
	}
	p->done += table_rows(r->rows);
	app_redraw(screen_app(p->screen));
	if (!p->page(p, r->rows)) {
		pages_stop(p);
		return;
	}
	if (!r->more || table_rows(r->rows) == 0) {
		finish(p, NULL);
		return;
	}
	free(p->query.after);
	p->query.after = cursor_after(&p->query, r->rows);
	ask(p);
}

void pages_start(struct pages *p, struct screen *s, const struct query *q)
{
	pages_stop(p);
	p->screen = s;
	p->epoch = screen_epoch(s);
	p->done = 0;
	query_copy(&p->query, q);
	free(p->query.after);
	p->query.after = NULL;
	p->query.backward = p->query.count = false;
	p->query.limit = QUERY_MAX_LIMIT;
	ask(p);
}

bool pages_busy(const struct pages *p)
{
	return p->query.res != NULL && p->epoch == screen_epoch(p->screen);
}

void pages_stop(struct pages *p)
{
	if (p->query.res == NULL)
		return;
	screen_cancel(p->screen, SLOT_PAGES);
	query_free(&p->query);
	p->query = (struct query){ 0 };
}

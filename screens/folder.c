#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "screens/drill.h"
#include "screens/folder.h"
#include "screens/format.h"

void folder_open(struct folder *f, struct screen *s, const struct resource *res)
{
	f->screen = s;
	f->res = res;
	f->n = 1;
	while (f->n < FOLDER_MOST && folder_page(f, f->n))
		f->n++;
	for (int i = 0; i < f->n; i++) {
		f->count[i] = -1;
		f->ask[i] = (struct folder_ask){ f, i };
	}
}

const struct related *folder_page(const struct folder *f, int page)
{
	const struct related *all = f->res->related;

	for (int i = 1; all && all->label; i++, all++)
		if (i == page)
			return all;
	return NULL;
}

const char *folder_lacks(const struct folder *f, int page)
{
	const struct related *p = folder_page(f, page);
	const char *needs = NULL;

	if (p)
		needs = p->resource ? catalogue_resource(p->resource)->read : catalogue_report(p->report)->permission;
	return needs && screen_ready(f->screen) && !screen_may(f->screen, needs) ? needs : NULL;
}

bool folder_filter(const struct folder *f, int page, const struct table *row, struct strbuf *out)
{
	const struct related *p = folder_page(f, page);

	return p && p->filter && drill_expand(p->filter, row, 0, out);
}

/* ---- how much is there ---- */

static void on_count(const struct reply *r, void *arg)
{
	const struct folder_ask *a = arg;

	if (!r->err)
		a->of->count[a->page] = r->count;
	app_redraw(screen_app(a->of->screen));
}

void folder_count(struct folder *f, const struct table *row)
{
	struct strbuf filter = { 0 };
	struct query q;
	struct err e;

	screen_cancel(f->screen, SLOT_ROWS);
	for (int i = 1; i < f->n; i++) {
		const struct related *p = folder_page(f, i);

		if (!p->resource || folder_lacks(f, i))
			continue;
		strbuf_clear(&filter);
		query_init(&q, catalogue_resource(p->resource));
		q.limit = 1;
		q.brief = q.count = true;
		if (folder_filter(f, i, row, &filter) &&
		    query_filter(&q, strbuf_str(&filter), screen_today(f->screen), NULL, &e))
			client_list(screen_session(f->screen), &q, screen_owner(f->screen, SLOT_ROWS), on_count, &f->ask[i]);
		query_free(&q);
	}
	strbuf_free(&filter);
}

char *folder_number(const struct folder *f, int page)
{
	struct strbuf text = { 0 };

	if (f->count[page] < 0)
		return NULL;
	if (f->count[page] > 10000)
		strbuf_puts(&text, "10 000+");
	else
		format_int(&text, f->count[page]);
	return text.s;
}

/* ---- the row of names ---- */

/* "Stays (12)"; what may not be read has a dash for its number, the current page brackets around all of it. */
static void put_name(const struct folder *f, int page, struct strbuf *out)
{
	bool here = page == f->page;
	char *number = folder_number(f, page);

	strbuf_printf(out, "%s%s", here ? "[" : " ", page ? _(folder_page(f, page)->label) : _("Details"));
	if (folder_lacks(f, page))
		strbuf_puts(out, " (-)");
	else if (number)
		strbuf_printf(out, " (%s)", number);
	strbuf_putc(out, here ? ']' : ' ');
	free(number);
}

static int width_of(const struct folder *f, int page)
{
	struct strbuf name = { 0 };
	int width;

	put_name(f, page, &name);
	width = draw_width(strbuf_str(&name));
	strbuf_free(&name);
	return width;
}

/* The first name that is drawn, so that the current one has room, and the next with it. */
static int first_name(const struct folder *f, int room)
{
	int first = 0, to = f->page + 1 < f->n ? f->page + 1 : f->page, width = 0;

	for (int i = 0; i <= to; i++)
		width += width_of(f, i);
	for (; first < f->page && width > room; first++)
		width -= width_of(f, first);
	return first;
}

static enum token style_of(const struct folder *f, int page)
{
	return page == f->page ? TOK_TITLE : f->count[page] == 0 || folder_lacks(f, page) ? TOK_DIM : TOK_TEXT;
}

void folder_draw(struct folder *f, struct canvas c)
{
	struct strbuf name = { 0 };
	int room = c.w - 4, i = first_name(f, room), x = 2;

	memset(f->tab, 0, sizeof(f->tab));
	if (i > 0)
		draw_text(c, 0, 0, 2, TOK_DIM, "<");
	for (; i < f->n && x + width_of(f, i) <= room + 2; i++) {
		strbuf_clear(&name);
		put_name(f, i, &name);
		f->tab[i].x = x;
		f->tab[i].w = draw_text(c, 0, x, -1, style_of(f, i), strbuf_str(&name));
		x += f->tab[i].w;
	}
	if (i < f->n)
		draw_text(c, 0, c.w - 2, 2, TOK_DIM, ">");
	strbuf_free(&name);
}

int folder_at(const struct folder *f, int x)
{
	for (int i = 0; i < f->n; i++)
		if (f->tab[i].w && x >= f->tab[i].x && x < f->tab[i].x + f->tab[i].w)
			return i;
	return -1;
}

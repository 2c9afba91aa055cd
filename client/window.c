#include "config.h"

#include "client/window.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"
#include "client/backend.h"
#include "client/session.h"

#define MAX_PAGES 6 /* of query.limit rows each */

/*
 * A row keeps its place and, for asking what follows it, the values it was placed by (base); what is shown of it
 * may be newer.
 */
struct row {
	int base;               /* in its page's table */
	struct table *now;      /* a newer answer that has it; NULL = the page's */
	int at;                 /* its row there */
	bool gone;              /* the newest answer does not have it any more */
};

struct page {
	TAILQ_ENTRY(page) link;
	struct table *rows;
	struct row *row;        /* those that are not at hand in another page already */
	int n;                  /* may be 0 */
	int from;               /* the page begins at this row of the table */
};

enum job { JOB_NONE, JOB_FIRST, JOB_NEXT, JOB_PREVIOUS, JOB_REFRESH, JOB_RELOAD, JOB_LAST };

struct window {
	struct session *session;
	owner_t owner;
	void (*changed)(void *arg);
	void *arg;

	struct query query;     /* .res NULL before the first window_query() */
	TAILQ_HEAD(pages, page) pages;
	int npages, nrows;
	bool at_start, at_end;
	int64_t count;
	struct err err;

	enum job job;           /* what is being asked */
	enum job next_job;      /* JOB_REFRESH, JOB_RELOAD: wished for while something else was being asked */
	int reload_from;        /* JOB_REFRESH, JOB_RELOAD: first row that is asked for again */
	int arrived;            /* rows that belong here and are not at hand */
	int row, page;          /* where the cursor is */
	int shift;              /* not told yet */
};

static void answered(const struct reply *r, void *arg);

/* ---- rows ------------------------------------------------------------------------------------ */

static const struct page *page_of(const struct window *w, int *row)
{
	const struct page *p;

	if (*row < 0)
		return NULL;
	TAILQ_FOREACH(p, &w->pages, link) {
		if (*row < p->n)
			return p;
		*row -= p->n;
	}
	return NULL;
}

static void drop_page(struct window *w, struct page *p)
{
	TAILQ_REMOVE(&w->pages, p, link);
	w->npages--;
	w->nrows -= p->n;
	for (int i = 0; i < p->n; i++)
		table_free(p->row[i].now);
	table_free(p->rows);
	free(p->row);
	free(p);
}

static void clear(struct window *w)
{
	struct page *p;

	while ((p = TAILQ_FIRST(&w->pages)) != NULL)
		drop_page(w, p);
	w->shift = 0;
	w->arrived = 0;
}

/* Rows of the table from `from` on; one that has moved and is at hand elsewhere keeps its place there. */
static void add_page(struct window *w, struct table *rows, int from, bool front)
{
	struct page *p;

	if (table_rows(rows) <= from)
		return;
	p = xcalloc(1, sizeof *p);
	p->rows = table_ref(rows);
	p->from = from;
	p->row = xcalloc((size_t)table_rows(rows), sizeof *p->row);
	for (int i = from; i < table_rows(rows); i++)
		if (window_find(w, table_get(rows, i, "id")) < 0)
			p->row[p->n++].base = i;
	if (front)
		TAILQ_INSERT_HEAD(&w->pages, p, link);
	else
		TAILQ_INSERT_TAIL(&w->pages, p, link);
	w->npages++;
	w->nrows += p->n;
	if (front)
		w->shift += p->n;
}

/* Where the cursor is now, whether or not the list has been told of the shift. */
static int here(const struct window *w)
{
	return w->row + w->shift;
}

/* Forget what is farthest from the cursor, but nothing that is or may soon be on the screen. */
static void prune(struct window *w, bool front_is_new)
{
	while (w->npages > MAX_PAGES) {
		struct page *first = TAILQ_FIRST(&w->pages), *last = TAILQ_LAST(&w->pages, pages);

		if (!front_is_new && here(w) - 2 * w->page >= first->n) {
			w->shift -= first->n;
			w->at_start = false;
			drop_page(w, first);
		} else if (front_is_new && here(w) + 2 * w->page < w->nrows - last->n) {
			w->at_end = false;
			drop_page(w, last);
		} else {
			break;
		}
	}
}

int window_rows(const struct window *w)
{
	return w->nrows;
}

const char *window_cell(const struct window *w, int row, const char *column)
{
	const struct page *p = page_of(w, &row);

	if (p == NULL)
		return "";
	return p->row[row].now != NULL ? table_get(p->row[row].now, p->row[row].at, column)
	    : table_get(p->rows, p->row[row].base, column);
}

const char *window_id(const struct window *w, int row)
{
	return window_cell(w, row, "id");
}

bool window_gone(const struct window *w, int row)
{
	const struct page *p = page_of(w, &row);

	return p != NULL && p->row[row].gone;
}

int window_arrived(const struct window *w)
{
	return w->arrived;
}

int window_find(const struct window *w, const char *id)
{
	const struct page *p;
	int at = 0;

	TAILQ_FOREACH(p, &w->pages, link)
		for (int i = 0; i < p->n; i++, at++)
			if (strcmp(table_get(p->rows, p->row[i].base, "id"), id) == 0)
				return at;
	return -1;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static char *cursor_in(const struct window *w, const struct table *rows, int row)
{
	char column[64];

	field_column(w->query.sort, column);
	return query_cursor(&w->query, table_get(rows, row, column), table_get(rows, row, "id"));
}

static char *cursor_of(const struct window *w, int row)
{
	const struct page *p = page_of(w, &row);

	return p != NULL ? cursor_in(w, p->rows, p->row[row].base) : NULL;
}

/* Of the very first and last row that were answered, shown or not. */
static char *first_cursor(const struct window *w)
{
	const struct page *p = TAILQ_FIRST(&w->pages);

	return cursor_in(w, p->rows, p->from);
}

static char *last_cursor(const struct window *w)
{
	const struct table *rows = TAILQ_LAST(&w->pages, pages)->rows;

	return cursor_in(w, rows, table_rows(rows) - 1);
}

/* after: the cursor's text, taken over; NULL asks from the start, or backward from the end. */
static void ask(struct window *w, enum job job, char *after, bool backward, unsigned limit)
{
	struct query q;

	query_copy(&q, &w->query);
	free(q.after);
	q.after = after;
	q.backward = backward;
	q.limit = limit < 1 ? 1 : limit > QUERY_MAX_LIMIT ? QUERY_MAX_LIMIT : limit;
	q.count = w->query.count && (job == JOB_FIRST || job == JOB_RELOAD || job == JOB_REFRESH);
	w->job = job;
	err_clear(&w->err);
	client_list(w->session, &q, w->owner, answered, w);
	query_free(&q);
}

static void stop_asking(struct window *w)
{
	if (w->job != JOB_NONE)
		client_cancel_asker(w->session->client, answered, w);
	w->job = JOB_NONE;
	w->next_job = JOB_NONE;
}

/* Its owner may have taken the question back: then no answer comes, and it may ask anew. */
static void notice_cancel(struct window *w)
{
	if (w->job != JOB_NONE && !client_asking(w->session->client, answered, w))
		w->job = w->next_job = JOB_NONE;
}

/*
 * From a page above the cursor's, so that what is on the screen is refreshed as one; from the start while one answer
 * reaches so far, so that it stays known how many are above.
 */
static void ask_reload(struct window *w)
{
	int above = w->page > 0 ? w->page : 1;
	bool near = w->at_start && here(w) + 2 * above <= (int)w->query.limit;
	int from = here(w) > above && !near ? here(w) - above : 0;

	if (w->nrows == 0) {
		ask(w, JOB_FIRST, NULL, false, w->query.limit);
		return;
	}
	if (from >= w->nrows)
		from = w->nrows - 1;
	if (from == 0 && !w->at_start && w->nrows > 1)
		from = 1;
	w->reload_from = from;
	unsigned need = (unsigned)(here(w) > from ? here(w) - from : 0) + 2 * (unsigned)above;
	ask(w, JOB_RELOAD, from > 0 ? cursor_of(w, from - 1) : NULL, false, need > w->query.limit
	    ? need : w->query.limit);
}

/* All that is at hand, as far as one answer goes, in case any of it has changed. */
static void ask_refresh(struct window *w)
{
	int from = w->at_start ? 0 : 1;
	unsigned need = (unsigned)(w->nrows + w->arrived) + w->query.limit;

	if (w->nrows == 0) {
		ask(w, JOB_FIRST, NULL, false, w->query.limit);
		return;
	}
	if (need > QUERY_MAX_LIMIT && here(w) > QUERY_MAX_LIMIT / 2)
		from = here(w) - QUERY_MAX_LIMIT / 2;
	if (from >= w->nrows)
		from = w->nrows - 1;
	w->reload_from = from;
	ask(w, JOB_REFRESH, from > 0 ? cursor_of(w, from - 1) : w->at_start ? NULL : first_cursor(w), false, need);
}

/* Ask for what the cursor comes near to. */
static void ask_more(struct window *w)
{
	int margin = w->page > 0 ? w->page : 1;

	notice_cancel(w);
	if (w->job != JOB_NONE || w->err.kind != ERR_NONE || w->query.res == NULL)
		return;
	if (w->next_job != JOB_NONE) {
		bool reload = w->next_job == JOB_RELOAD;

		w->next_job = JOB_NONE;
		(reload ? ask_reload : ask_refresh)(w);
	} else if (!w->at_end && w->npages > 0 && here(w) + 2 * margin >= w->nrows) {
		ask(w, JOB_NEXT, last_cursor(w), false, w->query.limit);
	} else if (!w->at_start && w->npages > 0 && here(w) - margin < 0) {
		ask(w, JOB_PREVIOUS, first_cursor(w), true, w->query.limit);
	}
}

/* ---- answers --------------------------------------------------------------------------------- */

/* All rows are new; the cursor, which was at here(), goes to row `to`. */
static void replace(struct window *w, struct table *rows, int to)
{
	int was = w->row;

	clear(w);
	add_page(w, rows, 0, false);
	if (to >= w->nrows)
		to = w->nrows - 1;
	w->shift = (to < 0 ? 0 : to) - was;
}

static void reloaded(struct window *w, const struct reply *r)
{
	int at = here(w) - w->reload_from;
	char *id = xstrdup(window_id(w, here(w)));
	bool from_start = w->reload_from == 0;

	if (table_rows(r->rows) == 0 && !from_start) { /* all of it is gone: show what is left */
		free(id);
		ask(w, JOB_LAST, NULL, true, w->query.limit);
		return;
	}
	replace(w, r->rows, at);
	int found = *id != '\0' ? window_find(w, id) : -1;
	if (found >= 0)
		w->shift = found - w->row;
	w->at_start = from_start;
	w->at_end = !r->more;
	free(id);
}

/* Where the answer has this record; looks first where it should be. -1 = not at all. */
static int answer_row(const struct table *rows, int id_column, const char *id, int hint)
{
	int n = table_rows(rows);

	for (int i = 0; i < n; i++) {
		const char *cell = table_cell(rows, (hint + i) % n, id_column);

		if (cell != NULL && strcmp(cell, id) == 0)
			return (hint + i) % n;
	}
	return -1;
}

static void renew(struct row *row, struct table *rows, int at)
{
	table_free(row->now);
	row->now = table_ref(rows);
	row->at = at;
	row->gone = false;
}

/*
 * Nothing moves: rows take their new values where they are, those that are no longer in the answer stay and are
 * marked, those that would come between or above are counted. What follows the last row may come after it.
 */
static void refreshed(struct window *w, const struct reply *r)
{
	int n = table_rows(r->rows), column = table_col(r->rows, "id"), last = -1, known = 0, row = 0, covered = w->nrows;
	struct page *p;

	for (int pass = 0; pass < 2; pass++) { /* the first finds out how far the answer reaches */
		int hint = 0;

		row = 0;
		TAILQ_FOREACH(p, &w->pages, link)
			for (int i = 0; i < p->n; i++, row++) {
				int at = row < w->reload_from ? -1 : answer_row(r->rows, column,
				    table_get(p->rows, p->row[i].base, "id"), hint);

				hint = at >= 0 ? at + 1 : hint;
				if (pass == 0 && at >= 0) {
					known++;
					last = at > last ? at : last;
					covered = r->more ? row + 1 : w->nrows;
				} else if (pass == 1 && at >= 0) {
					renew(&p->row[i], r->rows, at);
				} else if (pass == 1 && row >= w->reload_from && row < covered) {
					p->row[i].gone = true;
				}
			}
	}
	w->arrived = last >= 0 ? last + 1 - known : n;
	if (w->at_end && last >= 0) {
		add_page(w, r->rows, last + 1, false);
		w->at_end = !r->more;
	}
}

static void took(struct window *w, enum job job, const struct reply *r)
{
	if (r->count >= 0)
		w->count = r->count;
	switch (job) {
	case JOB_FIRST:
		replace(w, r->rows, 0);
		w->at_start = true;
		w->at_end = !r->more;
		break;
	case JOB_LAST:
		replace(w, r->rows, table_rows(r->rows) - 1);
		w->at_start = !r->more;
		w->at_end = true;
		break;
	case JOB_NEXT:
		add_page(w, r->rows, 0, false);
		w->at_end = !r->more;
		prune(w, false);
		break;
	case JOB_PREVIOUS:
		add_page(w, r->rows, 0, true);
		w->at_start = !r->more;
		prune(w, true);
		break;
	case JOB_REFRESH:
		refreshed(w, r);
		break;
	case JOB_RELOAD:
		reloaded(w, r);
		break;
	case JOB_NONE:
		break;
	}
}

static void answered(const struct reply *r, void *arg)
{
	struct window *w = arg;
	enum job job = w->job;

	w->job = JOB_NONE;
	if (r->err != NULL)
		w->err = *r->err;
	else
		took(w, job, r);
	ask_more(w);
	w->changed(w->arg); /* last: it may free the window */
}

/* ---- what screens call ----------------------------------------------------------------------- */

struct window *window_new(struct session *s, owner_t owner, void (*changed)(void *arg), void *arg)
{
	struct window *w = xcalloc(1, sizeof *w);

	*w = (struct window){
		.session = s, .changed = changed, .arg = arg, .count = -1, .owner = owner,
	};
	TAILQ_INIT(&w->pages);
	return w;
}

void window_free(struct window *w)
{
	if (w == NULL)
		return;
	stop_asking(w);
	clear(w);
	if (w->query.res != NULL)
		query_free(&w->query);
	free(w);
}

void window_query(struct window *w, const struct query *q)
{
	struct query copy;

	query_copy(&copy, q); /* first: q may be our own */
	stop_asking(w);
	if (w->query.res != q->res)
		clear(w);
	if (w->query.res != NULL)
		query_free(&w->query);
	w->query = copy;
	w->count = -1;
	/* The old rows stay until the new ones come: no flicker while somebody types a filter. */
	ask(w, JOB_FIRST, NULL, false, w->query.limit);
}

void window_reload(struct window *w)
{
	if (w->query.res == NULL)
		return;
	notice_cancel(w);
	if (w->job == JOB_REFRESH)
		stop_asking(w); /* this one asks for more */
	if (w->job == JOB_NONE)
		ask_reload(w);
	else
		w->next_job = JOB_RELOAD;
}

void window_refresh(struct window *w)
{
	if (w->query.res == NULL)
		return;
	notice_cancel(w);
	if (w->job == JOB_NONE)
		ask_refresh(w);
	else if (w->next_job == JOB_NONE)
		w->next_job = JOB_REFRESH;
}

bool window_at_start(const struct window *w)
{
	return w->at_start;
}

bool window_at_end(const struct window *w)
{
	return w->at_end;
}

bool window_loading(const struct window *w)
{
	return w->job != JOB_NONE;
}

const struct err *window_error(const struct window *w)
{
	return w->err.kind != ERR_NONE ? &w->err : NULL;
}

int64_t window_count(const struct window *w)
{
	return w->count;
}

void window_want(struct window *w, int row, int page)
{
	w->row = row; /* the caller has not been told of the shift yet */
	w->page = page;
	ask_more(w);
}

void window_settle(struct window *w, int *row, int *top)
{
	*row += w->shift;
	*top += w->shift;
	w->row += w->shift;
	w->shift = 0;
	if (*row >= w->nrows)
		*row = w->nrows > 0 ? w->nrows - 1 : 0;
	if (*row < 0)
		*row = 0;
	if (*top < 0)
		*top = 0;
}

void window_seek_end(struct window *w)
{
	if (w->query.res == NULL)
		return;
	stop_asking(w);
	ask(w, JOB_LAST, NULL, true, w->query.limit);
}

void window_seek_start(struct window *w)
{
	if (w->query.res == NULL)
		return;
	stop_asking(w);
	ask(w, JOB_FIRST, NULL, false, w->query.limit);
}

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/uuid.h"
#include "screens/answer.h"
#include "screens/spans.h"

enum { AROUND = 10, DAYS_AROUND = 14, ASK_MOST = 100, LINES_MOST = 400 };

struct span_line {
	char id[UUID_LEN + 1];
	bool fresh, pending;  /* pending: in the request that is on its way */
	day_t from, to;       /* the days that it knows; from == to: none yet */
	struct table *table;  /* NULL: nothing lies there */
	int at, n;            /* its rows in the answer */
};

static struct span_line *line_of(const struct spans *p, const char *id)
{
	for (int i = 0; i < p->nlines; i++)
		if (!strcmp(p->lines[i].id, id))
			return &p->lines[i];
	return NULL;
}

static bool is_near(const struct spans *p, const char *id)
{
	int rows = window_rows(p->rows);

	for (int row = p->top - AROUND < 0 ? 0 : p->top - AROUND; row < p->top + p->page + AROUND && row < rows; row++)
		if (!strcmp(window_id(p->rows, row), id))
			return true;
	return false;
}

/* Far away rows are forgotten: they are asked for again when they come back. */
static void make_room(struct spans *p)
{
	int kept = 0;

	for (int i = 0; i < p->nlines; i++) {
		if (p->lines[i].pending || is_near(p, p->lines[i].id))
			p->lines[kept++] = p->lines[i];
		else
			table_free(p->lines[i].table);
	}
	p->nlines = kept;
}

static struct span_line *line_make(struct spans *p, const char *id)
{
	struct span_line *line = line_of(p, id);

	if (line)
		return line;
	if (p->nlines >= LINES_MOST)
		make_room(p);
	if (p->nlines == p->size) {
		p->size = p->size ? p->size * 2 : 64;
		p->lines = xreallocarray(p->lines, (size_t)p->size, sizeof(*p->lines));
	}
	line = &p->lines[p->nlines++];
	*line = (struct span_line){ 0 };
	snprintf(line->id, sizeof(line->id), "%s", id);
	return line;
}

/* ---- asking ---- */

static bool covers(const struct span_line *line, const struct spans *p)
{
	return line->fresh && line->from <= p->from && line->to >= p->to;
}

static int wanted(struct spans *p, int from, int to, struct strbuf *ids, int n)
{
	int rows = window_rows(p->rows);

	for (int row = from < 0 ? 0 : from; row < to && row < rows && n < ASK_MOST; row++) {
		struct span_line *line = line_make(p, window_id(p->rows, row));

		if (line->pending || covers(line, p))
			continue;
		line->pending = true;
		strbuf_printf(ids, "%s%s", n++ ? "," : "", line->id);
	}
	return n;
}

static void on_spans(const struct reply *r, void *arg);

static void ask(struct spans *p)
{
	const struct report *rep = catalogue_report("spans");
	struct strbuf ids = { 0 };
	char from[16], to[16];

	if ((p->waiting && p->epoch == screen_epoch(p->screen)) || p->from >= p->to || p->page <= 0 ||
	    answer_refused(p->screen, rep->permission, &p->err))
		return;
	for (int i = 0; i < p->nlines; i++)
		p->lines[i].pending = false;
	p->waiting = false;
	if (wanted(p, p->top, p->top + p->page, &ids, 0)) { /* a visible one is missing: then its neighbours too */
		wanted(p, p->top - AROUND, p->top + p->page + AROUND, &ids, 1);
		p->asked_from = p->from - DAYS_AROUND;
		p->asked_to = p->to + DAYS_AROUND;
		day_format(p->asked_from, from);
		day_format(p->asked_to, to);
		const struct param args[] = { { "from", from }, { "to", to }, { "units", strbuf_str(&ids) } };

		p->waiting = true;
		p->epoch = screen_epoch(p->screen);
		client_report(screen_session(p->screen), rep, args, 3, screen_owner(p->screen, SLOT_CELL), on_spans, p);
	}
	strbuf_free(&ids);
}

/* What was asked for: its days are known now, and what lay there before does not. */
static void settle(struct spans *p, bool answered)
{
	for (int i = 0; i < p->nlines; i++) {
		struct span_line *line = &p->lines[i];

		if (!line->pending)
			continue;
		line->pending = false;
		if (!answered)
			continue;
		table_free(line->table);
		line->table = NULL;
		line->n = 0;
		line->fresh = !p->again;
		line->from = p->asked_from;
		line->to = p->asked_to;
	}
}

static void on_spans(const struct reply *r, void *arg)
{
	struct spans *p = arg;

	p->waiting = false;
	err_clear(&p->err);
	if (r->err)
		p->err = *r->err;
	settle(p, !r->err);
	p->again = false;
	for (int i = 0; i < table_rows(r->rows); i++) {
		struct span_line *line = line_of(p, table_get(r->rows, i, "unit"));

		if (!line)
			continue;
		if (!line->table) {
			line->table = table_ref(r->rows);
			line->at = i;
		}
		line->n++;
	}
	screen_fresh(p->screen);
	p->came(p->screen);
	if (!r->err)
		ask(p);
}

/* ---- the contract ---- */

void spans_open(struct spans *p, struct screen *s, const struct window *rows, void (*came)(struct screen *s))
{
	*p = (struct spans){ .screen = s, .rows = rows, .came = came };
}

void spans_close(struct spans *p)
{
	screen_cancel(p->screen, SLOT_CELL);
	for (int i = 0; i < p->nlines; i++)
		table_free(p->lines[i].table);
	free(p->lines);
	p->lines = NULL;
	p->nlines = p->size = 0;
}

void spans_show(struct spans *p, int top, int page, day_t from, day_t to)
{
	p->top = top;
	p->page = page;
	p->from = from;
	p->to = to;
	ask(p);
}

void spans_refresh(struct spans *p)
{
	p->again = p->waiting;
	for (int i = 0; i < p->nlines; i++)
		p->lines[i].fresh = false;
	ask(p);
}

bool spans_known(const struct spans *p, const char *unit)
{
	const struct span_line *line = line_of(p, unit);

	return line && line->from <= p->from && line->to >= p->to;
}

int spans_row(const struct spans *p, const char *unit, int i, const struct table **t)
{
	const struct span_line *line = line_of(p, unit);

	if (!line || i >= line->n)
		return -1;
	*t = line->table;
	return line->at + i;
}

#include "config.h"

#include "server/lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/export.h"
#include "server/auth.h"
#include "server/cursor.h"
#include "server/rows.h"
#include "server/spool.h"
#include "server/worker.h"

#define ALIAS_LIMIT 100 /* the seeds' default page */

struct listing {
	struct request *r;
	const struct view *view;
	struct list_params l;
	bool positioned;            /* the page is not the first */
	char **made;                /* texts of alias_params() */
	size_t nmade;
	/* an export */
	enum export_format format;
	struct spool *spool;
	unsigned long left;         /* rows still wanted; with !limited all */
	bool more;
};

static void listing_free(void *p)
{
	struct listing *x = p;

	list_params_free(&x->l);
	for (size_t i = 0; i < x->nmade; i++)
		free(x->made[i]);
	free(x->made);
	spool_free(x->spool);
	free(x);
}

/* ---- what is asked ---------------------------------------------------------------------------------------------- */

static struct cursor_place place(const struct listing *x)
{
	const struct identity *who = request_identity(x->r);

	return (struct cursor_place){ .user = who->user, .company = who->company, .q = &x->l.q };
}

static void cursor_key(const struct listing *x, unsigned char key[static CURSOR_KEY])
{
	auth_ring_derive(worker_ring(request_worker(x->r)), "cursor", key);
}

static bool open_cursor(struct listing *x, struct flaw *f)
{
	unsigned char key[CURSOR_KEY];
	struct cursor_place at = place(x);

	if (x->l.cursor == NULL)
		return true;
	cursor_key(x, key);
	x->l.q.after = cursor_open(key, &at, x->l.cursor, &x->l.q.backward);
	return x->l.q.after != NULL || flaw_say(f, "bad-cursor", "?cursor",
	    "the cursor was given for another list, sort or filter, or to somebody else: start from the first page");
}

/* The records of one record alone, whatever the filter says besides. */
static bool narrow(struct listing *x, struct flaw *f)
{
	const struct view *v = x->view;
	struct err e;

	if (v->owner == NULL)
		return true;
	char *term = xasprintf("%s=\"%s\"", v->field->name, v->owner);
	bool good = strpbrk(v->owner, "\"\\") == NULL && query_filter(&x->l.q, term, 0, NULL, &e);
	free(term);
	return good || flaw_say(f, "not-found", "", "there is no such record");
}

static bool read_params(struct listing *x, struct flaw *f)
{
	struct session *s = request_session(x->r);
	const char *currency = session_currency(s);
	struct asker asker = { .today = session_today(s), .currency = *currency ? currency : NULL,
		.plain = x->view->alias != NULL };
	size_t n;
	const struct pair *p = view_pairs(x->r, &n);

	if (x->view->alias != NULL)
		p = request_keep(x->r, alias_params(x->view->alias, p, n, &x->made, &x->nmade), free);
	if (!params_list(&x->l, x->view->res, p, n, &asker, f) || !narrow(x, f) || !open_cursor(x, f))
		return false;
	if (x->view->alias != NULL && !x->l.limited)
		x->l.q.limit = ALIAS_LIMIT;
	x->l.q.count = params_prefers(request_header(x->r, "Prefer"), "count=exact");
	if (x->view->alias == NULL)
		x->l.q.fields = xstrdup(x->l.fields);
	x->positioned = x->l.q.after != NULL || x->l.q.skip > 0;
	return true;
}

static bool columns(const struct listing *x, struct out_columns *c, const struct table *t, struct flaw *f)
{
	struct err e;

	if (!rows_columns(c, x->view->res, NULL, t, x->l.fields, &e))
		return flaw_set(f, "unknown-field", "?fields", &e);
	return true;
}

/* ---- a page of JSON --------------------------------------------------------------------------------------------- */

static char *position_of(const struct listing *x, const struct table *t, int row)
{
	const struct query *q = &x->l.q;
	char column[64];

	return query_cursor(q, table_get(t, row, field_column(q->sort, column)),
	    table_get(t, row, resource_key(q->res)->name));
}

static void put_cursor(const struct listing *x, struct strbuf *out, const char *name, const struct table *t, bool there,
    bool backward)
{
	unsigned char key[CURSOR_KEY];
	struct cursor_place at = place(x);
	int n = table_rows(t);

	if (!there || n == 0) {
		strbuf_printf(out, ",\"%s\":null", name);
		return;
	}
	cursor_key(x, key);
	char *position = position_of(x, t, backward ? 0 : n - 1), *sealed = cursor_seal(key, &at, backward, position);
	strbuf_printf(out, ",\"%s\":\"%s\"", name, sealed);
	free(position);
	free(sealed);
}

static void put_count(const struct listing *x, struct strbuf *out, int64_t count)
{
	int64_t most = x->l.q.count_most > 0 ? x->l.q.count_most : 10000;

	if (count < 0)
		return;
	strbuf_printf(out, ",\"count\":{\"value\":%lld,\"kind\":\"%s\"}", (long long)(count > most ? most : count),
	    count > most ? "capped" : "exact");
	respond_header(x->r, "Preference-Applied", "count=exact");
}

static void on_page(const struct reply *reply, void *arg)
{
	struct listing *x = arg;
	struct strbuf out = { 0 };
	struct out_columns c = { 0 };
	struct flaw f;
	bool back = x->l.q.backward;

	if (reply->err != NULL) {
		respond_err(x->r, reply->err);
		return;
	}
	if (table_rows(reply->rows) == 0 && !view_scoped(x->r, x->view->res))
		return;
	if (!columns(x, &c, reply->rows, &f)) {
		out_columns_free(&c);
		view_flaw(x->r, &f);
		return;
	}
	alias_columns(x->view->alias, &c);
	strbuf_puts(&out, "{\"items\":");
	rows_all(&out, &c, reply->rows);
	strbuf_puts(&out, ",\"columns\":");
	rows_names(&out, &c);
	put_cursor(x, &out, "next", reply->rows, back ? x->positioned : reply->more, false);
	put_cursor(x, &out, "prev", reply->rows, back ? reply->more : x->positioned, true);
	put_count(x, &out, reply->count);
	strbuf_putc(&out, '}');
	out_columns_free(&c);
	respond_text(x->r, 200, "application/json", &out);
}

/* ---- all of it as a file --------------------------------------------------------------------------------------- */

enum export_format lists_accept(const char *header)
{
	static const struct { const char *type; enum export_format format; } known[] = {
		{ "application/json", EXPORT_JSON }, { "text/csv", EXPORT_CSV },
		{ "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", EXPORT_XLSX },
		{ "application/*", EXPORT_JSON }, { "*/*", EXPORT_JSON }, { "text/*", EXPORT_CSV },
	};

	for (const char *p = header; p != NULL && *p != '\0';) {
		p += strspn(p, " \t,");
		size_t n = strcspn(p, " \t,;");
		for (size_t i = 0; n > 0 && i < ARRAY_LEN(known); i++)
			if (strlen(known[i].type) == n && strncasecmp(known[i].type, p, n) == 0)
				return known[i].format;
		p += strcspn(p, ",");
	}
	return header == NULL || *header == '\0' ? EXPORT_JSON : EXPORT_FORMATS;
}

const char *lists_type(enum export_format f)
{
	return f == EXPORT_CSV ? "text/csv; charset=utf-8" : f == EXPORT_XLSX ?
	    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "application/json";
}

static void ask_rows(struct listing *x);

static void on_ended(struct spool *s, const struct err *failed, void *arg)
{
	struct listing *x = arg;
	char name[80];
	int fd = failed == NULL ? spool_take(s) : -1;

	if (failed != NULL || fd < 0) {
		respond_problem(x->r, "internal", "the file could not be written");
		return;
	}
	snprintf(name, sizeof name, "%s.%s", x->view->name, export_name(x->format));
	respond_file(x->r, 200, lists_type(x->format), name, fd);
}

static void on_written(struct spool *s, const struct err *failed, void *arg)
{
	struct listing *x = arg;

	if (failed != NULL || !x->more || (x->l.limited && x->left == 0))
		spool_end(s, on_ended, x);
	else
		ask_rows(x);
}

static bool start_spool(struct listing *x, const struct table *t)
{
	struct out_columns c = { 0 };
	struct flaw f;
	struct err e;

	if (x->l.fields == NULL) {
		out_columns_resource(&c, x->view->res, true);
	} else if (!columns(x, &c, t, &f)) {
		out_columns_free(&c);
		view_flaw(x->r, &f);
		return false;
	}
	x->spool = spool_new(worker_loop(request_worker(x->r)), x->format, &c, x->view->res->label, NULL,
	    NULL, &e);
	if (x->spool == NULL)
		respond_err(x->r, &e);
	return x->spool != NULL;
}

static void on_rows(const struct reply *reply, void *arg)
{
	struct listing *x = arg;
	int n = table_rows(reply->rows);

	if (reply->err != NULL) {
		respond_err(x->r, reply->err);
		return;
	}
	if (x->spool == NULL && ((n == 0 && !view_scoped(x->r, x->view->res)) || !start_spool(x, reply->rows)))
		return;
	x->more = reply->more && n > 0;
	x->left -= x->l.limited ? (unsigned long)n : 0;
	x->l.q.skip = 0;
	if (n > 0) {
		free(x->l.q.after);
		x->l.q.after = position_of(x, reply->rows, n - 1);
	}
	spool_add(x->spool, reply->rows, on_written, x);
}

static void ask_rows(struct listing *x)
{
	x->l.q.limit = x->l.limited && x->left < QUERY_MAX_LIMIT ? (unsigned)x->left : QUERY_MAX_LIMIT;
	client_list(request_session(x->r), &x->l.q, request_owner(x->r), on_rows, x);
}

/* ---- serving --------------------------------------------------------------------------------------------------- */

static void begin(struct request *r, void *arg)
{
	struct listing *x = arg;
	struct flaw f;

	if (!read_params(x, &f)) {
		view_flaw(r, &f);
		return;
	}
	if (x->format == EXPORT_JSON) {
		client_list(request_session(r), &x->l.q, request_owner(r), on_page, x);
		return;
	}
	if (x->l.q.backward) {
		respond_problem_at(r, "unknown-parameter", "?before", "a file is written from the first row on");
		return;
	}
	x->l.q.count = false;
	x->left = x->l.rows;
	ask_rows(x);
}

void lists_serve(struct request *r, const struct view *v)
{
	struct listing *x = request_keep(r, xcalloc(1, sizeof *x), listing_free);

	x->r = r;
	x->view = v;
	x->format = lists_accept(request_header(r, "Accept"));
	if (x->format == EXPORT_FORMATS)
		respond_problem(r, "not-acceptable", "a list is had as application/json, text/csv or as a workbook (xlsx)");
	else
		view_known(r, begin, x);
}

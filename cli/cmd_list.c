/* list, get: reading records. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/commands.h"
#include "cli/record.h"
#include "cli/say.h"
#include "client/query.h"

#define TERMINAL_LIMIT 50 /* rows of a list that nobody limited, on a terminal */

struct listing {
	struct run run;
	struct query q;
	struct output *out;
	struct out_columns columns;
	int64_t left;        /* rows still wanted; -1 = all */
	char *cursor;        /* of the last row */
	bool more;
};

/* Words of the shell joined again: a filter may be one word or many. */
static char *joined(char **words, int n)
{
	struct strbuf b = { 0 };

	for (int i = 0; i < n; i++)
		strbuf_printf(&b, "%s%s", i ? " " : "", words[i]);
	return strbuf_steal(&b);
}

static bool after_cursor(struct query *q, const char *cursor, struct err *e)
{
	char *value = NULL, *id = NULL;
	bool good = query_cursor_parse(q, cursor, &value, &id);

	free(value);
	free(id);
	if (good)
		q->after = xstrdup(cursor);
	else
		err_set(e, ERR_USAGE, "E-USAGE", "after", _("Take the cursor that the earlier list ended with"),
		    _("this is no cursor of such a list"));
	return good;
}

static bool build_query(struct run *r, struct query *q)
{
	const struct options *o = r->o;
	char *filter = joined(o->args + 1, o->nargs - 1);
	bool good = query_filter(q, filter, r->today, record_currency(r), &r->err);

	free(filter);
	if (good && o->sort)
		good = query_sort(q, o->sort, &r->err);
	if (good && o->after)
		good = after_cursor(q, o->after, &r->err);
	if (!strcmp(session_scope(r->session), "platform"))
		q->company = r->target.company;
	return good;
}

/* Ask for one page; its rows go out and the query moves behind them. */
static bool page(struct listing *l)
{
	struct answer a;
	char column[64];

	l->q.limit = l->left >= 0 && l->left < QUERY_MAX_LIMIT ? (unsigned)l->left : QUERY_MAX_LIMIT;
	client_list(l->run.session, &l->q, RUN_OWNER, run_answer, run_ask(&a));
	bool good = run_wait(&l->run, &a);
	if (good) {
		int n = table_rows(a.rows);
		if (l->out)
			output_rows(l->out, a.rows);
		l->left -= l->left > 0 ? n : 0;
		l->more = a.more && n > 0;
		if (n > 0) {
			free(l->cursor);
			l->cursor = query_cursor(&l->q, table_get(a.rows, n - 1, field_column(l->q.sort, column)),
			    table_get(a.rows, n - 1, resource_key(l->q.res)->name));
			free(l->q.after);
			l->q.after = xstrdup(l->cursor);
		}
	}
	run_forget(&a);
	return good;
}

static bool list_columns(struct listing *l)
{
	const struct options *o = l->run.o;
	bool json = output_is_json(l->out);

	if (o->columns)
		return out_columns_named(&l->columns, l->q.res, o->columns, json, &l->run.err);
	out_columns_resource(&l->columns, l->q.res, false);
	return true;
}

static void tell_cursor(const struct listing *l)
{
	if (l->more && l->left == 0)
		say(_("there are more rows; go on with --after %s, or --limit 0 for all"), l->cursor);
}

static bool list_rows(struct listing *l)
{
	const struct options *o = l->run.o;
	bool good = true;

	l->out = output_open(o);
	if (!list_columns(l)) {
		output_abort(l->out);
		return false;
	}
	l->left = o->limit > 0 ? o->limit : -1;
	if (o->limit < 0 && output_for_people(l->out))
		l->left = TERMINAL_LIMIT;
	output_begin(l->out, &l->columns, false);
	do
		good = page(l);
	while (good && l->more && l->left != 0 && !output_failed(l->out));
	if (!good) {
		output_abort(l->out);
		return false;
	}
	bool gone = output_failed(l->out);
	good = output_close(l->out, &l->run.err);
	if (good && !gone)
		tell_cursor(l);
	return good;
}

/* The database counts up to a bound; past it the rows are counted as they stream by, which is exact too. */
static bool list_count(struct listing *l)
{
	struct answer a;
	char text[32];
	int64_t count;

	l->q.count = true;
	l->q.limit = 1;
	client_list(l->run.session, &l->q, RUN_OWNER, run_answer, run_ask(&a));
	bool good = run_wait(&l->run, &a);
	count = good ? a.count : 0;
	run_forget(&a);
	l->q.count = false;
	if (count > 10000 || count < 0) {
		count = 0;
		l->left = INT64_MAX;
		do {
			int64_t before = l->left;
			good = page(l);
			count += before - l->left;
		} while (good && l->more);
	}
	if (!good)
		return false;
	l->out = output_open(l->run.o);
	snprintf(text, sizeof text, output_is_json(l->out) ? "[{\"count\": %" PRId64 "}]\n" : "%" PRId64 "\n", count);
	output_text(l->out, text);
	return output_close(l->out, &l->run.err);
}

int cmd_list(const struct options *o)
{
	struct listing l = { .run.o = o };
	const struct resource *res = record_resource(o->args[0], &l.run.err);

	if (!res)
		return say_err(&l.run.err);
	if (run_open(&l.run, o)) {
		query_init(&l.q, res);
		if (build_query(&l.run, &l.q)) {
			if (o->count)
				list_count(&l);
			else
				list_rows(&l);
		}
		query_free(&l.q);
	}
	out_columns_free(&l.columns);
	free(l.cursor);
	return run_close(&l.run);
}

int cmd_get(const struct options *o)
{
	struct run r = { .o = o };
	struct answer a;
	const struct resource *res = record_resource(o->args[0], &r.err);

	if (!res)
		return say_err(&r.err);
	if (run_open(&r, o)) {
		client_get(r.session, res, o->args[1], RUN_OWNER, run_answer, run_ask(&a));
		if (run_wait(&r, &a))
			record_print(&r, res, a.rows);
		run_forget(&a);
	}
	return run_close(&r);
}

/* Every list, filter, sort, page, record, action and report, asked of both. */
#include "config.h"

#include "tests/conformance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/table.h"

#define PAGES 3

/* Made by each database for itself, or by signing in, which only one of them sees. */
static const char *const volatile_names[] = { "sessions", "audit", "audit_verify", NULL };

bool is_volatile(const char *name)
{
	for (const char *const *p = volatile_names; *p != NULL; p++)
		if (strcmp(*p, name) == 0)
			return true;
	return false;
}

/* ---- lists ------------------------------------------------------------------------------------------------- */

static void ask_list(struct side *s, const void *arg)
{
	client_list(s->session, arg, 1, answered, s);
}

static void list(struct pair *p, struct query *q, const char *what)
{
	same(p, ask_list, q, "list %s %s", q->res->name, what);
}

/* "0/4" in CONFORMANCE_SHARE: every fourth of such questions, from the first on; whoever has the other shares asks the rest.
 * Unset, all. What a login may see is in every list and record; what a field or a word does, does not depend on it. */
static bool in_share(size_t nth)
{
	static unsigned share, of;
	const char *said = getenv("CONFORMANCE_SHARE");

	if (of == 0 && (said == NULL || sscanf(said, "%u/%u", &share, &of) != 2 || of == 0)) {
		share = 0;
		of = 1;
	}
	return nth % of == share;
}

static void sorts(struct pair *p, const struct resource *res)
{
	for (const struct field *f = res->fields; f->name != NULL; f++) {
		if (!(f->flags & F_SORT) || !in_share((size_t)(f - res->fields)))
			continue;
		for (int way = 0; way < 2; way++) {
			struct query q;
			char name[80];
			struct err e;

			query_init(&q, res);
			snprintf(name, sizeof name, "%s%s", way ? "-" : "", f->name);
			check(query_sort(&q, name, &e), "sort %s", name);
			q.limit = 10;
			q.brief = way;
			list(p, &q, name);
			query_free(&q);
		}
	}
}

static char *cursor_of(const struct query *q, const struct table *t, int row)
{
	char column[64];

	return query_cursor(q, table_get(t, row, field_column(q->sort, column)), table_get(t, row, "id"));
}

/* On from the start and back again, and from the very end. */
static void pages(struct pair *p, const struct resource *res)
{
	struct query q;

	query_init(&q, res);
	q.limit = 3;
	q.count = true;
	q.count_most = 20;
	list(p, &q, "counted");
	q.count = false;
	for (int way = 0; way < 2; way++)
		for (int i = 0; i < PAGES && table_rows(p->a.rows) > 0; i++) {
			char *cursor = cursor_of(&q, p->a.rows, way ? 0 : table_rows(p->a.rows) - 1);
			free(q.after);
			q.after = cursor;
			q.backward = way;
			list(p, &q, way ? "page before" : "page after");
		}
	free(q.after);
	q.after = NULL;
	q.backward = true;
	list(p, &q, "last page");
	free(q.after);
	q.after = xstrdup("bm9uc2Vuc2U");
	list(p, &q, "foreign cursor");
	query_free(&q);
}

static void filter(struct pair *p, const struct resource *res, const char *text, day_t today)
{
	const char *currency = session_currency(p->a.session);
	struct query q;
	struct err e;

	query_init(&q, res);
	q.limit = 20;
	q.count = true;
	if (query_filter(&q, text, today, currency, &e))
		list(p, &q, text);
	query_free(&q);
}

static void filter_value(struct pair *p, const struct resource *res, const struct field *f, const char *cell, day_t today)
{
	const char *ops[] = { "%s=\"%s\"", "-%s=\"%s\"", f->type == FT_TEXT ? "%s~\"%.5s\"" : "%s>=\"%s\"",
		f->type == FT_TEXT ? "%s!=\"%s\"" : "%s<\"%s\"" };

	for (size_t i = 0; i < ARRAY_LEN(ops) && strpbrk(cell, "\"\\") == NULL; i++) {
		struct strbuf text = { 0 };
		strbuf_printf(&text, ops[i], f->name, cell);
		filter(p, res, strbuf_str(&text), today);
		strbuf_free(&text);
	}
}

/* A filter of each field, by values that are there. */
static void filters(struct pair *p, const struct resource *res, struct table *first, day_t today)
{
	for (const struct field *f = res->fields; f->name != NULL; f++) {
		char column[64], *empty = xasprintf("%s=", f->name);
		const char *cell = table_get(first, 0, field_column(f, column));

		if (!(f->flags & F_SECRET) && in_share((size_t)(f - res->fields))) {
			filter(p, res, empty, today);
			if (*cell != '\0' && f->type != FT_MONEY && f->type != FT_BP)
				filter_value(p, res, f, cell, today);
			else if (*cell != '\0')
				filter_value(p, res, f, "10.5", today);
		}
		free(empty);
	}
}

static void words(struct pair *p, const struct resource *res, struct table *first, day_t today)
{
	static const char *const typed[] = { "а", "ал", "e0", "77", "\"айгуль\"", "-cancelled", "нет-такого-слова", "\"a b\"", "%", "_" };
	const struct field *label = resource_label(res);
	char column[64];

	for (size_t i = 0; i < ARRAY_LEN(typed); i++)
		if (in_share(i))
			filter(p, res, typed[i], today);
	if (label != NULL && *table_get(first, 0, field_column(label, column)) != '\0') {
		char *word = xasprintf("\"%s\"", table_get(first, 0, column));
		filter(p, res, word, today);
		free(word);
	}
}

/* ---- records ----------------------------------------------------------------------------------------------- */

struct record { const struct resource *res; const char *key; };

static void ask_get(struct side *s, const void *arg)
{
	const struct record *r = arg;

	client_get(s->session, r->res, r->key, 1, answered, s);
}

static void ask_actions(struct side *s, const void *arg)
{
	const struct record *r = arg;

	client_actions(s->session, r->res, r->key, 1, answered, s);
}

static void record(struct pair *p, const struct resource *res, const char *key)
{
	struct record r = { res, key };

	same(p, ask_get, &r, "get %s %s", res->name, key);
	same(p, ask_actions, &r, "actions %s %s", res->name, key);
}

static void records(struct pair *p, const struct resource *res, struct table *first)
{
	static const char *const none[] = { "00000000-0000-7000-8000-000000000000", "999999999", "нет такого", "..", "a/b?c#d%2F", "'" };

	for (int i = 0; i < table_rows(first) && i < 3; i++)
		record(p, res, table_get(first, i, "id"));
	for (const struct field *f = res->fields; f->name != NULL; f++)
		if (f->flags & F_NUMBER && *table_get(first, 0, f->name) != '\0')
			record(p, res, table_get(first, 0, f->name));
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		if (in_share(i))
			record(p, res, none[i]);
}

static void resource(struct pair *p, const struct resource *res, day_t today)
{
	struct query q;

	query_init(&q, res);
	list(p, &q, "default");
	struct table *first = p->a.rows != NULL ? table_ref(p->a.rows) : NULL;
	query_free(&q);
	sorts(p, res);
	pages(p, res);
	filters(p, res, first, today);
	words(p, res, first, today);
	records(p, res, first);
	table_free(first);
}

/* ---- reports ----------------------------------------------------------------------------------------------- */

struct asked { const struct report *rep; struct param args[24]; int n; unsigned most; };

static void ask_report(struct side *s, const void *arg)
{
	const struct asked *a = arg;

	client_report_most(s->session, a->rep, a->args, a->n, a->most, 1, answered, s);
}

/* What a report may be asked for: periods, a record of what it is about, else its own first choice. */
static const char *sample(const struct arg *a, const struct table *of)
{
	if (strcmp(a->name, "from") == 0)
		return "2026-05-01";
	if (strcmp(a->name, "to") == 0)
		return "2026-07-01";
	if (a->type == FT_DATE)
		return "2026-06-16";
	if (a->choices != NULL)
		return a->choices[0].value;
	if (a->ref != NULL && of != NULL)
		return table_get(of, 0, "id");
	if (a->type == FT_BOOL)
		return "true";
	return a->type == FT_INT ? "3" : a->type == FT_MONEY ? "100000" : a->type == FT_TIME ? "2026-06-16 12:00:00+05" : NULL;
}

static void ask_first(struct side *s, const void *arg)
{
	struct query q;

	query_init(&q, arg);
	q.limit = 1;
	client_list(s->session, &q, 1, answered, s);
	query_free(&q);
}

static void report(struct pair *p, const struct report *rep, bool all)
{
	struct asked a = { .rep = rep };
	char *own[24] = { 0 };

	for (const struct arg *arg = rep->args; arg != NULL && arg->name != NULL && a.n < 24; arg++) {
		const struct resource *of = arg->ref != NULL ? catalogue_resource(arg->ref) : NULL;
		const char *value;

		if (!arg->required && !all)
			continue;
		if (of != NULL)
			same(p, ask_first, of, "first of %s", of->name);
		value = sample(arg, of != NULL ? p->a.rows : NULL);
		own[a.n] = xstrdup(value != NULL ? value : "x");
		a.args[a.n] = (struct param){ arg->name, own[a.n] };
		a.n++;
	}
	same(p, ask_report, &a, "report %s%s", rep->name, all ? " with everything" : "");
	a.most = 2;
	same(p, ask_report, &a, "report %s, its first rows", rep->name);
	a.most = 0;
	a.args[a.n++] = (struct param){ "no_such_parameter", "1" };
	same(p, ask_report, &a, "report %s, a parameter too many", rep->name);
	for (int i = 0; i < 24; i++)
		free(own[i]);
}

void reads_of_everything(struct pair *p, day_t today)
{
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++)
		if (!is_volatile((*r)->name))
			resource(p, *r, today);
	for (const struct report *const *r = catalogue_reports(); *r != NULL; r++) {
		if (is_volatile((*r)->name))
			continue;
		report(p, *r, false);
		report(p, *r, true);
	}
}

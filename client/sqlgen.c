/* Statements: list, count, get, report. Conditions are in sqlgen_where.c. */
#include "config.h"

#include "client/sqlgen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/sqlgen_where.h"

void sql_free(struct sql *s)
{
	strbuf_free(&s->text);
	for (int i = 0; i < s->n; i++)
		free((char *)s->param[i]);
	s->n = 0;
}

static bool lists_money(const struct resource *res)
{
	for (const struct field *f = res->fields; f->name != NULL; f++)
		if (f->type == FT_MONEY && f->flags & F_LIST)
			return true;
	return false;
}

static bool is_brief(const struct resource *res, const struct field *f)
{
	if (f->flags & (F_KEY | F_LIST | F_LABEL | F_SORT))
		return true;
	return strcmp(f->name, "company") == 0 || strcmp(f->name, "version") == 0
	    || (strcmp(f->name, "currency") == 0 && lists_money(res));
}

static bool is_named(const struct query *q, const struct field *f)
{
	size_t n;
	bool named = false;

	for (const char *p = q->fields; *p != '\0' && !named; p += n + strspn(p + n, ", ")) {
		char name[80];
		n = strcspn(p, ", ");
		snprintf(name, sizeof name, "%.*s", (int)n, p);
		named = resource_shown(q->res, name) == f;
	}
	return named;
}

static bool is_wanted(const struct query *q, const struct field *f)
{
	if (f->flags & (F_SECRET | F_FILTER_ONLY))
		return false;
	if (q->fields != NULL)
		return f == q->sort || f->flags & F_KEY || strcmp(f->name, "currency") == 0 || is_named(q, f);
	return !q->brief || is_brief(q->res, f);
}

static void put_columns(struct sql *s, const struct query *q)
{
	const char *comma = "";
	for (const struct field *f = q->res->fields; f->name != NULL; f++) {
		char column[64];
		if (!is_wanted(q, f))
			continue;
		strbuf_printf(&s->text, "%s\"%s\"", comma, field_column(f, column));
		if (f->type == FT_REF)
			strbuf_printf(&s->text, ", \"%s_label\"", f->name);
		comma = ", ";
	}
}

/* "sort" desc, "id" desc; by the key alone when that is what is sorted by. */
static void put_order(struct sql *s, const struct query *q, bool descending)
{
	char sort[64], key[64];
	const struct field *id = resource_key(q->res);
	const char *way = descending ? " desc" : "";

	strbuf_printf(&s->text, " order by \"%s\"%s", field_column(q->sort, sort), way);
	if (q->sort != id)
		strbuf_printf(&s->text, ", \"%s\"%s", field_column(id, key), way);
}

static bool put_cursor(struct sql *s, const struct query *q, bool *first, struct err *e)
{
	char sort[64], key[64], *value, *id;
	const char *op = q->descending != q->backward ? "<" : ">";
	const struct field *id_field = resource_key(q->res);

	if (q->after == NULL)
		return true;
	if (!query_cursor_parse(q, q->after, &value, &id)) {
		err_set(e, ERR_INVALID, "E-CURSOR", NULL, _("Start from the first page"),
		    _("the cursor does not belong to this list and sort"));
		return false;
	}
	sqlgen_and(s, first);
	field_column(q->sort, sort);
	field_column(id_field, key);
	/* A row comparison, never spelled with OR: that would read the whole list (DESIGN §3). */
	if (q->sort == id_field) {
		strbuf_printf(&s->text, "\"%s\" %s ", key, op);
		sqlgen_param(s, id);
	} else {
		strbuf_printf(&s->text, "(\"%s\", \"%s\") %s (", sort, key, op);
		sqlgen_param(s, value);
		strbuf_puts(&s->text, ", ");
		sqlgen_param(s, id);
		strbuf_putc(&s->text, ')');
	}
	free(value);
	free(id);
	return true;
}

/* A number of the program's own, and in the text: a prepared plan must know that few rows are wanted. */
static void put_limit(struct sql *s, unsigned limit)
{
	strbuf_printf(&s->text, " limit %u", limit);
}

bool sqlgen_list(struct sql *s, const struct query *q, int company, struct err *e)
{
	bool first = true;

	if (q->backward)
		strbuf_puts(&s->text, "select * from (");
	strbuf_puts(&s->text, "select ");
	put_columns(s, q);
	strbuf_printf(&s->text, " from api.\"%s\" as r", q->res->name);
	if (!sqlgen_where(s, q, company, &first, e) || !put_cursor(s, q, &first, e))
		return false;
	put_order(s, q, q->descending != q->backward);
	put_limit(s, q->limit + 1);
	if (q->skip > 0)
		strbuf_printf(&s->text, " offset %u", q->skip < QUERY_MAX_SKIP ? q->skip : QUERY_MAX_SKIP);
	if (q->backward) {
		strbuf_puts(&s->text, ") as page");
		put_order(s, q, q->descending);
	}
	return true;
}

bool sqlgen_count(struct sql *s, const struct query *q, int company, struct err *e)
{
	bool first = true;

	strbuf_printf(&s->text, "select count(*) from (select 1 from api.\"%s\" as r", q->res->name);
	if (!sqlgen_where(s, q, company, &first, e))
		return false;
	put_limit(s, (q->count_most ? q->count_most : 10000) + 1);
	strbuf_puts(&s->text, ") as matching");
	return true;
}

bool sqlgen_get(struct sql *s, const struct resource *res, const char *key, int company,
    struct err *e)
{
	bool first = true;

	strbuf_puts(&s->text, "select ");
	put_columns(s, &(struct query){ .res = res });
	strbuf_printf(&s->text, " from api.\"%s\" as r", res->name);
	sqlgen_company(s, company, &first);
	sqlgen_and(s, &first);
	if (!sqlgen_is_record(s, res, key)) {
		err_set(e, ERR_NOT_FOUND, "DM006", NULL, NULL, _("there is no %s \"%.60s\""),
		    res->singular, key);
		return false;
	}
	put_limit(s, 2);
	return true;
}

static const struct arg *find_arg(const struct report *rep, const char *name)
{
	for (const struct arg *a = rep->args; a != NULL && a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static void put_arg(struct sql *s, const char *name, const char *value, bool *first)
{
	strbuf_printf(&s->text, "%s\"%s\" => ", *first ? "" : ", ", name);
	sqlgen_param(s, value);
	*first = false;
}

static bool refuse_arg(const struct report *rep, const char *name, struct err *e)
{
	struct strbuf names = { 0 };
	for (const struct arg *a = rep->args; a != NULL && a->name != NULL; a++)
		strbuf_printf(&names, "%s%s", names.len > 0 ? ", " : "", a->name);
	char *remedy = xasprintf(_("Parameters: %s"), strbuf_str(&names));
	err_set(e, ERR_INVALID, "E-ARG", name, remedy, _("the report %s has no parameter \"%.60s\""),
	    rep->name, name);
	free(remedy);
	strbuf_free(&names);
	return false;
}

bool sqlgen_report(struct sql *s, const struct report *rep, const struct param *args, int nargs,
    int company,
    struct err *e)
{
	bool first = true, company_given = false;
	char text[16];

	strbuf_printf(&s->text, "select * from report.\"%s\"(", rep->name);
	for (int i = 0; i < nargs; i++) {
		const struct arg *a = find_arg(rep, args[i].name);
		if (a == NULL)
			return refuse_arg(rep, args[i].name, e);
		if (args[i].value == NULL)
			continue;
		company_given = company_given || strcmp(a->name, "company") == 0;
		put_arg(s, a->name, args[i].value, &first);
	}
	if (company > 0 && !company_given && find_arg(rep, "company") != NULL) {
		snprintf(text, sizeof text, "%d", company);
		put_arg(s, "company", text, &first);
	}
	strbuf_putc(&s->text, ')');
	return true;
}

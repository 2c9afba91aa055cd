#include "config.h"

#include "client/pgask.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "client/answer.h"
#include "client/pgerr.h"
#include "client/sqlgen.h"

/* ---- statements ------------------------------------------------------------------------------ */

static void *own(struct pgask *a, void *p)
{
	a->own[a->nown++] = p;
	return p;
}

/* n parameters follow, as const char *; they must live until the unit is sent. */
static void add(struct pgask *a, const char *sql, int n, ...)
{
	const char **param = own(a, xcalloc((size_t)n + 1, sizeof *param));
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < n; i++)
		param[i] = va_arg(ap, const char *);
	va_end(ap);
	a->st[a->n++] = (struct pgstmt){ .sql = sql, .n = n, .param = param };
}

static const char *number(struct pgask *a, int n)
{
	return own(a, xasprintf("%d", n));
}

void pgask_settings(struct pgask *a, const char *now, bool listen)
{
	if (now != NULL)
		add(a, "select set_config('datestyle', 'ISO, YMD', false),"
		    " set_config('domovoi.now', $1, false)", 1, now);
	else
		add(a, "select set_config('datestyle', 'ISO, YMD', false)", 0);
	if (listen)
		add(a, "listen domovoi_change", 0);
}

void pgask_feed(struct pgask *a)
{
	add(a, "select tip, live from api.feed()", 0);
	a->st[a->n - 1].prepare = true;
}

static const char *company_of(struct pgask *a, const struct session *s)
{
	return s->asked_company > 0 ? number(a, s->asked_company) : NULL;
}

/*
 * Instants are read and written by the clock on the company's wall, whatever the server's own: a time that is typed
 * without a zone is of this one, a day alone is its day, and every answer names its offset. The tables of zones are
 * the database's, the same by which it works out today. `here`: until the transaction ends; begin_request has set it
 * already, for everybody but who looks with the eyes of somebody else.
 */
static void add_zone(struct pgask *a, bool here)
{
	add(a, here ? "select set_config('TimeZone', w.tz, true) from api.whoami() w limit 1"
	            : "select set_config('TimeZone', w.tz, false) from api.whoami() w limit 1", 0);
}

/* The role's name is chosen here from the five that exist; what the function says only selects it. */
#define SCOPE_ROLE "select set_config('role', case e.scope when 'platform' then 'domovoi_platform'" \
	" when 'company' then 'domovoi_company' when 'assigned' then 'domovoi_assigned'" \
	" when 'own' then 'domovoi_own' when 'landlord' then 'domovoi_landlord' end, "

/* With the rights of somebody else, who is named by a session that may do so. */
static void add_see_as(struct pgask *a, const struct session *s, bool here)
{
	if (s->see_as != NULL)
		add(a, here ? SCOPE_ROLE "true) from api.see_as($1) e" : SCOPE_ROLE "false) from api.see_as($1) e", 1,
		    s->see_as);
}

void pgask_enter(struct pgask *a, const struct session *s)
{
	add(a, SCOPE_ROLE "false) from api.enter(company => $1, role => $2) e", 2, company_of(a, s),
	    s->asked_role);
	add_see_as(a, s, false);
	add(a, "select * from api.whoami()", 0);
	add_zone(a, false);
}

/*
 * The identity holds for this unit's transaction only; the function takes on the scope's role
 * as well.
 */
static void add_identity(struct pgask *a, const struct session *s, const char *trace)
{
	if (s->user != NULL && *s->user != '\0') {
		add(a, "select act.begin_request($1, $2, $3, $4, $5, $6)", 6, s->user, company_of(a, s), s->asked_role,
		    s->login_session, s->key, trace);
		if (s->see_as != NULL) {
			add_see_as(a, s, true);
			add_zone(a, true);
		}
	}
	a->first = a->n;
}

void pgask_whoami(struct pgask *a, const struct session *s)
{
	add_identity(a, s, NULL);
	add(a, "select * from api.whoami()", 0);
}

static void add_generated(struct pgask *a, const struct sql *sql)
{
	a->st[a->n++] = (struct pgstmt){ .sql = strbuf_str(&sql->text), .n = sql->n, .param =
	    sql->param };
}

static struct sql *new_sql(struct pgask *a)
{
	struct sql *sql = xcalloc(1, sizeof *sql);

	a->sql[a->nsql++] = sql;
	return sql;
}

static bool add_list(struct pgask *a, const struct ticket *t, int company, struct err *e)
{
	struct sql *page = new_sql(a);

	if (!sqlgen_list(page, &t->query, company, e))
		return false;
	add_generated(a, page);
	if (t->query.count) {
		struct sql *count = new_sql(a);
		if (!sqlgen_count(count, &t->query, company, e))
			return false;
		add_generated(a, count);
	}
	return true;
}

static const char *arg_of(const struct ticket *t, const char *name)
{
	for (int i = 0; i < t->nargs; i++)
		if (strcmp(t->args[i].name, name) == 0)
			return t->args[i].value;
	return NULL;
}

static void add_call(struct pgask *a, const struct ticket *t)
{
	const char **param = own(a, xcalloc((size_t)t->nargs + 1, sizeof *param));

	for (int i = 0; i < t->nargs; i++)
		param[i] = t->args[i].value;
	a->st[a->n++] = (struct pgstmt){ .sql = t->key, .n = t->nargs, .param = param };
}

static bool add_asked(struct pgask *a, const struct ticket *t, int company, struct err *e)
{
	struct sql *sql;

	switch (t->ask) {
	case ASK_LIST:
		return add_list(a, t, company, e);
	case ASK_GET:
		sql = new_sql(a);
		if (!sqlgen_get(sql, t->res, t->key, company, e))
			return false;
		add_generated(a, sql);
		return true;
	case ASK_REPORT:
		sql = new_sql(a);
		if (!sqlgen_report(sql, t->rep, t->args, t->nargs, company, e))
			return false;
		if (t->most > 0)
			strbuf_printf(&sql->text, " limit %u", t->most);
		add_generated(a, sql);
		return true;
	case ASK_ACTIONS:
		add(a, "select action, allowed, code, reason, detail, remedy from api.actions($1, $2)", 2,
		    t->res->name, t->key);
		return true;
	case ASK_MUTATE:
		add(a, "select act.apply_mutation($1)", 1, own(a, json_dumps(t->json,
		    JSON_COMPACT)));
		return true;
	case ASK_PREVIEW:
		add(a, "select n, record, label, outcome, code, field, reason, detail, remedy"
		    " from act.preview($1)", 1, own(a, json_dumps(t->json, JSON_COMPACT)));
		return true;
	case ASK_IMPORT:
		add(a, "select act.import_rows($1, $2, $3, $4)", 4, t->res->singular, own(a,
		    json_dumps(t->json, JSON_COMPACT)),
		    t->dry_run ? "true" : "false", t->key);
		return true;
	case ASK_WHOAMI:
		add(a, "select * from api.whoami()", 0);
		return true;
	case ASK_CALL:
		add_call(a, t);
		return true;
	case ASK_REVEAL:
		add(a, "select act.unit_reveal_code(id => $1, kind => $2, reason => $3, reservation => $4)", 4, t->key,
		    arg_of(t, "kind"), arg_of(t, "reason"), arg_of(t, "reservation"));
		return true;
	case ASK_CODE:
		add(a, "select act.code_of($1)", 1, t->key);
		return true;
	}
	return false;
}

/*
 * What the same session asks again and again is planned once. A list's filter is not: its values decide the plan (a
 * rare status wants another index than a common one). In API mode a connection is one scope's after another, and the
 * plan is the policies' of one: so a statement is prepared once for each.
 */
static bool is_repeated(const struct ticket *t)
{
	return t->session->prepares && !t->plain && t->ask != ASK_IMPORT &&
	    (t->ask != ASK_LIST || t->query.nterms == 0);
}

/*
 * The labels of a list are joins that each find one row or none: there is nothing to win by the order in which they are
 * joined, but the planner tries them all. A list of payments, with eleven, is planned in 5 ms instead of 40.
 */
static void plan_quickly(struct pgask *a)
{
	add(a, "select set_config('join_collapse_limit', '4', true)", 0);
	a->first = a->n;
}

bool pgask_ticket(struct pgask *a, const struct ticket *t, struct err *e)
{
	err_clear(e);
	add_identity(a, t->session, t->trace[0] != '\0' ? t->trace : NULL);
	if (t->ask == ASK_LIST && !is_repeated(t))
		plan_quickly(a);
	if (!add_asked(a, t, session_company(t->session), e))
		return false;
	if (!is_repeated(t))
		return true;
	for (int i = 0; i < a->n; i++) {
		a->st[i].prepare = i >= a->first || a->first == 1;
		if (a->first > 0 && i >= a->first)
			a->st[i].sql = own(a, xasprintf("%s /*%s*/", a->st[i].sql, session_scope(t->session)));
	}
	return true;
}

void pgask_free(struct pgask *a)
{
	for (int i = 0; i < a->nown; i++)
		free(a->own[i]);
	for (int i = 0; i < a->nsql; i++) {
		sql_free(a->sql[i]);
		free(a->sql[i]);
	}
	*a = (struct pgask){ .first = a->first };
}

/* ---- answers --------------------------------------------------------------------------------- */

static struct table *begin_table(const PGresult *res)
{
	int ncols = PQnfields(res);
	const char **names = xcalloc((size_t)ncols + 1, sizeof *names);

	for (int c = 0; c < ncols; c++)
		names[c] = PQfname(res, c);
	struct table *t = table_new(ncols, names);
	free(names);
	return t;
}

static struct table *take_rows(const PGresult *res, int from, int to)
{
	struct table *t = begin_table(res);
	int ncols = PQnfields(res);

	for (int r = from; r < to; r++)
		for (int c = 0; c < ncols; c++)
			table_add(t, PQgetisnull(res, r, c) ? NULL : PQgetvalue(res, r, c),
			    (size_t)PQgetlength(res, r, c));
	return t;
}

struct table *pgask_table(const PGresult *res)
{
	return take_rows(res, 0, PQntuples(res));
}

/* One row was asked too many, to know whether there is more. */
static void answer_list(struct ticket *t, const struct pgresults *r, int first)
{
	const PGresult *res = r->result[first];
	int n = PQntuples(res), limit = (int)t->query.limit;

	t->more = n > limit;
	t->rows = t->query.backward ? take_rows(res, n > limit ? n - limit : 0, n)
	                            : take_rows(res, 0, n > limit ? limit : n);
	if (t->query.count)
		t->count = strtoll(PQgetvalue(r->result[first + 1], 0, 0), NULL, 10);
}

static void answer_get(struct ticket *t, const PGresult *res)
{
	if (PQntuples(res) == 1)
		t->rows = pgask_table(res);
	else if (PQntuples(res) == 0)
		answer_no_record(&t->err, t->key);
	else
		answer_several(&t->err, t->key);
}

static void add_actions(struct ticket *t, const PGresult *res)
{
	t->rows = answer_actions();
	for (int i = 0; i < PQntuples(res); i++) {
		bool allowed = PQgetvalue(res, i, 1)[0] == 't';
		struct err why = { 0 };

		if (!allowed)
			pgerr_from_parts(PQgetvalue(res, i, 2), NULL, PQgetvalue(res, i, 3),
			    PQgetvalue(res, i, 4), PQgetvalue(res, i, 5), &why);
		answer_add_action(t->rows, t->res, PQgetvalue(res, i, 0), allowed ? NULL : &why);
	}
}

static struct table *report_table(const PGresult *res)
{
	struct table *t = begin_table(res);
	int ncols = PQnfields(res), reason = PQfnumber(res, "reason");

	for (int r = 0; r < PQntuples(res); r++)
		for (int c = 0; c < ncols; c++)
			if (c == reason && !PQgetisnull(res, r, c))
				answer_add_reason(t, PQgetvalue(res, r, c));
			else
				table_add(t, PQgetisnull(res, r, c) ? NULL : PQgetvalue(res, r, c),
				    (size_t)PQgetlength(res, r, c));
	return t;
}

/* The reasons in the user's language, as a refusal of the real thing would be told. */
static void add_previews(struct ticket *t, const PGresult *res)
{
	enum { CODE = PREVIEW_CELLS, FIELD, REASON, DETAIL, REMEDY };

	t->rows = answer_previews();
	for (int i = 0; i < PQntuples(res); i++) {
		bool refused = !PQgetisnull(res, i, CODE);
		const char *cell[PREVIEW_CELLS];
		struct err why = { 0 };

		if (refused)
			pgerr_from_parts(PQgetvalue(res, i, CODE), PQgetvalue(res, i, FIELD),
			    PQgetvalue(res, i, REASON), PQgetvalue(res, i, DETAIL),
			    PQgetvalue(res, i, REMEDY), &why);
		for (int c = 0; c < PREVIEW_CELLS; c++)
			cell[c] = PQgetisnull(res, i, c) ? NULL : PQgetvalue(res, i, c);
		answer_add_preview(t->rows, cell, refused ? &why : NULL);
	}
}

static bool answer_json(struct ticket *t, const PGresult *res)
{
	t->out = PQntuples(res) == 1 ? json_loadb(PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0,
	    0), 0, NULL) : NULL;
	if (t->out == NULL)
		err_set(&t->err, ERR_FAILED, "E-JSON", NULL, NULL, "%s",
		    _("the database's answer cannot be read"));
	return t->out != NULL;
}

static void answer_mutation(struct ticket *t, const PGresult *res)
{
	if (answer_json(t, res))
		answer_applied(t->out, pgerr_from_json, &t->err);
}

static void answer_import(struct ticket *t, const PGresult *res)
{
	if (answer_json(t, res))
		answer_lines(t->out, pgerr_from_json);
}

void pgask_answer(struct ticket *t, int first, const struct pgresults *r)
{
	const PGresult *res = r->result[first];

	switch (t->ask) {
	case ASK_LIST:
		answer_list(t, r, first);
		break;
	case ASK_GET:
		answer_get(t, res);
		break;
	case ASK_ACTIONS:
		add_actions(t, res);
		break;
	case ASK_MUTATE:
	case ASK_REVEAL:
	case ASK_CODE:
		answer_mutation(t, res);
		break;
	case ASK_PREVIEW:
		add_previews(t, res);
		break;
	case ASK_IMPORT:
		answer_import(t, res);
		break;
	case ASK_REPORT:
		t->rows = report_table(res);
		break;
	case ASK_WHOAMI:
	case ASK_CALL:
		t->rows = pgask_table(res);
		break;
	}
}

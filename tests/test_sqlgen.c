#include "config.h"

#include <ctype.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "client/sqlgen.h"
#include "tests/cunit.h"

#define TODAY day_from_ymd(2026, 3, 4)
#define ID "018f6e5c-0000-7000-8000-0123456789ab"

static char *params(const struct sql *s)
{
	struct strbuf b = { 0 };
	for (int i = 0; i < s->n; i++)
		strbuf_printf(&b, "%s%s", i > 0 ? "|" : "", s->param[i]);
	return strbuf_steal(&b);
}

static bool is_same(const char *what, const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		printf("\n  %s\n  got  %s\n  want %s\n", what, got, want);
	return strcmp(got, want) == 0;
}

/* From "where" to the end of the conditions, and the parameters. */
static bool where(const char *resource, const char *filter, const char *want, const char *want_params)
{
	struct query q;
	struct sql s = { 0 };
	struct err e = { 0 };

	query_init(&q, catalogue_resource(resource));
	if (!query_filter(&q, filter, TODAY, "EUR", &e) || !sqlgen_list(&s, &q, 7, &e)) {
		printf("\n  %s: %s\n", filter, e.text);
		return false;
	}
	char *from = strstr(s.text.s, " where "), *end = strstr(from, " order by "), *p = params(&s);
	*end = '\0';
	bool same = is_same(filter, from, want), same_params = is_same(filter, p, want_params);
	free(p);
	sql_free(&s);
	query_free(&q);
	return same && same_params;
}

static void a_brief_page(void)
{
	struct query q;
	struct sql s = { 0 };
	struct err e;

	query_init(&q, catalogue_resource("units"));
	q.brief = true;
	CU_ASSERT_TRUE(sqlgen_list(&s, &q, 7, &e));
	CU_ASSERT(is_same("brief", s.text.s, "select \"id\", \"company\", \"code\", \"title\", \"kind\", \"class\", \"status\","
	    " \"version\" from api.\"units\" as r where \"company\" = $1 order by \"title\", \"id\" limit 51"));
	sql_free(&s);
	query_free(&q);
}

static void named_columns(void)
{
	static const struct { const char *fields, *columns; } cases[] = {
		{ "rooms", "\"id\", \"title\", \"rooms\", \"currency\"" },
		{ "building_label, price_minor", "\"id\", \"title\", \"building\", \"building_label\", \"price_minor\", \"currency\"" },
		{ "agent,nothing,_label,room", "\"id\", \"title\", \"agent\", \"agent_label\", \"currency\"" },
		{ "title_label", "\"id\", \"title\", \"currency\"" },
		{ "", "\"id\", \"title\", \"currency\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct query q, copy;
		struct sql s = { 0 };
		struct err e;

		query_init(&q, catalogue_resource("units"));
		q.fields = xstrdup(cases[i].fields);
		query_copy(&copy, &q);
		query_free(&q);
		CU_ASSERT_TRUE(sqlgen_list(&s, &copy, 7, &e));
		*strstr(s.text.s, " from ") = '\0';
		CU_ASSERT(is_same(cases[i].fields, s.text.s + strlen("select "), cases[i].columns));
		sql_free(&s);
		query_free(&copy);
	}
}

static void a_page(void)
{
	struct query q;
	struct sql s = { 0 };
	struct err e;

	query_init(&q, catalogue_resource("blocks"));
	CU_ASSERT_TRUE(sqlgen_list(&s, &q, 7, &e));
	CU_ASSERT(is_same("plain", s.text.s,
	    "select \"id\", \"company\", \"unit\", \"unit_label\", \"check_in\", \"check_out\", \"reason\", \"comment\", \"version\""
	    " from api.\"blocks\" as r where \"company\" = $1 order by \"check_in\", \"id\" limit 51"));
	char *p = params(&s);
	CU_ASSERT_STRING_EQUAL(p, "7");
	free(p);
	sql_free(&s);

	q.limit = 3;
	q.after = query_cursor(&q, "2026-03-04", ID);
	CU_ASSERT_TRUE(sqlgen_list(&s, &q, 0, &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text.s, "from api.\"blocks\" as r where (\"check_in\", \"id\") > ($1, $2)"
	    " order by \"check_in\", \"id\" limit 4"));
	p = params(&s);
	CU_ASSERT_STRING_EQUAL(p, "2026-03-04|" ID);
	free(p);
	sql_free(&s);

	q.descending = true;
	CU_ASSERT_TRUE(sqlgen_list(&s, &q, 7, &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text.s, " and (\"check_in\", \"id\") < ($2, $3) order by \"check_in\" desc, \"id\" desc limit 4"));
	sql_free(&s);

	q.backward = true;
	CU_ASSERT_TRUE(sqlgen_list(&s, &q, 7, &e));
	CU_ASSERT_EQUAL(strncmp(s.text.s, "select * from (select ", 22), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text.s, "(\"check_in\", \"id\") > ($2, $3) order by \"check_in\", \"id\" limit 4)"
	    " as page order by \"check_in\" desc, \"id\" desc"));
	sql_free(&s);

	q.company = 3; /* a platform session names one */
	CU_ASSERT_TRUE(sqlgen_list(&s, &q, 0, &e));
	CU_ASSERT_STRING_EQUAL(s.param[0], "3");
	sql_free(&s);
	query_free(&q);
}

static void sorted_by_the_key(void)
{
	struct query q;
	struct sql s = { 0 };
	struct err e;

	query_init(&q, catalogue_resource("offerings"));
	q.after = query_cursor(&q, ID, ID);
	CU_ASSERT_TRUE(sqlgen_list(&s, &q, 7, &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text.s, " where \"company\" = $1 and \"id\" > $2 order by \"id\" limit 51"));
	sql_free(&s);
	query_free(&q);
}

static void a_strange_cursor(void)
{
	struct query q;
	struct sql s = { 0 };
	struct err e;

	query_init(&q, catalogue_resource("units"));
	q.after = xstrdup("nonsense");
	CU_ASSERT_FALSE(sqlgen_list(&s, &q, 7, &e));
	CU_ASSERT_STRING_EQUAL(e.code, "E-CURSOR");
	CU_ASSERT_EQUAL(e.kind, ERR_INVALID);
	sql_free(&s);
	query_free(&q);
}

static void terms(void)
{
	CU_ASSERT(where("reservations", "status=hold,confirmed", " where \"company\" = $1 and (\"status\" = $2 or \"status\" = $3)",
	    "7|hold|confirmed"));
	CU_ASSERT(where("reservations", "-status=hold", " where \"company\" = $1 and (\"status\" = $2) is not true", "7|hold"));
	CU_ASSERT(where("reservations", "channel!=Direct", " where \"company\" = $1 and (\"channel\" = $2) is not true", "7|Direct"));
	CU_ASSERT(where("reservations", "-channel!=Direct", " where \"company\" = $1 and (\"channel\" = $2)", "7|Direct"));
	CU_ASSERT(where("reservations", "total>=1000", " where \"company\" = $1 and (\"total_minor\" >= $2)", "7|100000"));
	CU_ASSERT(where("reservations", "check_in=2026-02", " where \"company\" = $1 and ((\"check_in\" >= $2 and \"check_in\" <= $3))",
	    "7|2026-02-01|2026-02-28"));
	CU_ASSERT(where("reservations", "agent=", " where \"company\" = $1 and (\"agent\" is null)", "7"));
	CU_ASSERT(where("reservations", "-country=", " where \"company\" = $1 and ((\"country\" is null or \"country\" = '')) is not true", "7"));
	CU_ASSERT(where("units", "title~100%_\\x", " where \"company\" = $1 and (\"title\" ilike $2)", "7|%100\\%\\_\\\\x%"));
	CU_ASSERT(where("reservations", "guest~айг", " where \"company\" = $1 and (\"party_label\" ilike $2)", "7|%айг%"));
}

static void instants(void)
{
	CU_ASSERT(where("reservations", "updated_at=tod",
	    " where \"company\" = $1 and ((\"updated_at\" >= $2 and \"updated_at\" < $3))", "7|2026-03-04|2026-03-05"));
	CU_ASSERT(where("reservations", "updated_at>tod", " where \"company\" = $1 and (\"updated_at\" >= $2)", "7|2026-03-05"));
	CU_ASSERT(where("reservations", "updated_at<=2026-02", " where \"company\" = $1 and (\"updated_at\" < $2)", "7|2026-03-01"));
	CU_ASSERT(where("reservations", "updated_at=2026-02",
	    " where \"company\" = $1 and ((\"updated_at\" >= $2 and \"updated_at\" < $3))", "7|2026-02-01|2026-03-01"));
	CU_ASSERT(where("reservations", "updated_at>2026-03-04T10:00Z", " where \"company\" = $1 and (\"updated_at\" > $2)",
	    "7|2026-03-04T10:00:00+00:00"));
}

static void references(void)
{
	CU_ASSERT(where("reservations", "unit=" ID, " where \"company\" = $1 and (\"unit\" = $2)", "7|" ID));
	CU_ASSERT(where("reservations", "unit=C001",
	    " where \"company\" = $1 and (\"unit\" in (select \"id\" from api.\"units\" where \"company\" = $1 and "
	    "(\"code\" = $2 or \"title\" = $3 or \"external_id\" = $4)))", "7|C001|C001|C001"));
	CU_ASSERT(where("reservations", "party=42",
	    " where \"company\" = $1 and (\"party\" in (select \"id\" from api.\"parties\" where \"company\" = $1 and "
	    "(\"no\" = $2 or \"name\" = $3 or \"external_id\" = $4)))", "7|42|42|42"));
	CU_ASSERT(where("reservations", "party=Anna",
	    " where \"company\" = $1 and (\"party\" in (select \"id\" from api.\"parties\" where \"company\" = $1 and "
	    "(\"name\" = $2 or \"external_id\" = $3)))", "7|Anna|Anna"));
}

static void words(void)
{
	CU_ASSERT(where("units", "Dost",
	    " where \"company\" = $1 and ((((exists (select from api.\"unit_tokens\" as k where k.\"company\" = $1 and k.\"id\" = r.\"id\" and "
	    "(k.\"token\" >= $2 and k.\"token\" < $2 || chr(1114111) or k.\"token\" >= $3 and k.\"token\" < $3 || chr(1114111)))))))", "7|dost|дост"));
	CU_ASSERT(where("parties", "\"Anna, (Petrova)\"",
	    " where \"company\" = $1 and ((("
	    "(exists (select from api.\"party_tokens\" as k where k.\"company\" = $1 and k.\"id\" = r.\"id\" and "
	    "(k.\"token\" >= $2 and k.\"token\" < $2 || chr(1114111) or k.\"token\" >= $3 and k.\"token\" < $3 || chr(1114111)))) and "
	    "(exists (select from api.\"party_tokens\" as k where k.\"company\" = $1 and k.\"id\" = r.\"id\" and "
	    "(k.\"token\" >= $4 and k.\"token\" < $4 || chr(1114111) or k.\"token\" >= $5 and k.\"token\" < $5 || chr(1114111)))))))",
	    "7|anna|анна|petrova|петрова"));
	CU_ASSERT(where("reservations", "R-00002",
	    " where \"company\" = $1 and (((("
	    "exists (select from api.\"unit_tokens\" as k where k.\"company\" = $1 and "
	    "k.\"id\" = r.\"unit\" and k.\"token\" >= $2 and k.\"token\" < $2 || chr(1114111)) or "
	    "exists (select from api.\"party_tokens\" as k where k.\"company\" = $1 and "
	    "k.\"id\" = r.\"party\" and k.\"token\" >= $2 and k.\"token\" < $2 || chr(1114111))))"
	    " or \"external_id\" in ($3::text, upper($3::text))))", "7|r-00002|r-00002"));
	CU_ASSERT(where("buildings", "-dost",
	    " where \"company\" = $1 and ((((\"name\" ilike $2 or \"address\" ilike $3)) or \"code\" in ($4::text, upper($4::text)))) is not true",
	    "7|%dost%|%dost%|dost"));
	CU_ASSERT(where("units", "\"...\"", " where \"company\" = $1 and (((false)))", "7"));
}

static void counted(void)
{
	struct query q;
	struct sql s = { 0 };
	struct err e;

	query_init(&q, catalogue_resource("units"));
	CU_ASSERT_TRUE(query_filter(&q, "kind=bed", TODAY, NULL, &e));
	q.after = xstrdup("whatever the page");
	CU_ASSERT_TRUE(sqlgen_count(&s, &q, 7, &e));
	CU_ASSERT(is_same("count", s.text.s, "select count(*) from (select 1 from api.\"units\" as r where \"company\" = $1 and "
	    "(\"kind\" = $2) limit 10001) as matching"));
	CU_ASSERT_EQUAL(s.n, 2);
	sql_free(&s);
	query_free(&q);
}

static bool gets(const char *resource, const char *key, int company, const char *want)
{
	struct sql s = { 0 };
	struct err e = { 0 };
	bool ok = sqlgen_get(&s, catalogue_resource(resource), key, company, &e);
	const char *from = ok ? strstr(s.text.s, " where ") : e.code;
	bool same = is_same(key, from, want);
	sql_free(&s);
	return same;
}

static void one_record(void)
{
	CU_ASSERT(gets("units", "C001", 7, " where \"company\" = $1 and (\"code\" = $2 or \"external_id\" = $3) limit 2"));
	CU_ASSERT(gets("units", ID, 0, " where (\"id\" = $1) limit 2"));
	CU_ASSERT(gets("reservations", "12", 7, " where \"company\" = $1 and (\"no\" = $2 or \"external_id\" = $3) limit 2"));
	CU_ASSERT(gets("reservations", "R-1", 7, " where \"company\" = $1 and (\"external_id\" = $2) limit 2"));
	CU_ASSERT(gets("companies", "2", 0, " where (\"id\" = $1 or \"code\" = $2) limit 2"));
	CU_ASSERT(gets("blocks", "B-1", 7, "DM006"));
	CU_ASSERT(gets("offerings", "9999999999999999999999", 7, "DM006"));
}

static void a_report(void)
{
	const struct report *rep = catalogue_report("occupancy");
	const struct param args[] = { { "from", "2026-03-01" }, { "to", "2026-04-01" }, { "unit", NULL }, { "group", "unit" } };
	const struct param other[] = { { "company", "2" } }, strange[] = { { "from\") --", "x" } };
	struct sql s = { 0 };
	struct err e;

	CU_ASSERT_TRUE(sqlgen_report(&s, rep, args, 4, 7, &e));
	CU_ASSERT(is_same("report", s.text.s,
	    "select * from report.\"occupancy\"(\"from\" => $1, \"to\" => $2, \"group\" => $3, \"company\" => $4)"));
	char *p = params(&s);
	CU_ASSERT_STRING_EQUAL(p, "2026-03-01|2026-04-01|unit|7");
	free(p);
	sql_free(&s);
	CU_ASSERT_TRUE(sqlgen_report(&s, rep, other, 1, 7, &e));
	CU_ASSERT(is_same("report", s.text.s, "select * from report.\"occupancy\"(\"company\" => $1)"));
	CU_ASSERT_STRING_EQUAL(s.param[0], "2");
	sql_free(&s);
	CU_ASSERT_FALSE(sqlgen_report(&s, rep, strange, 1, 7, &e));
	CU_ASSERT_STRING_EQUAL(e.code, "E-ARG");
	sql_free(&s);
}

/* ---- whatever is typed: never part of the text, every parameter used, as many as there are ------------- */

static int check_text(const struct sql *s)
{
	bool used[SQL_MAX_PARAMS + 1] = { false };
	int depth = 0;
	for (const char *p = s->text.s; *p != '\0'; p++) {
		/* the only quotes are '' (of "is null or = ''") and those around identifiers */
		if (*p == '\'' && *++p != '\'')
			return printf("\n  a literal: %s\n", s->text.s);
		if (*p == ';' || *p == '\\' || *p == '%' || (unsigned char)*p >= 0x80 || iscntrl((unsigned char)*p))
			return printf("\n  a strange character: %s\n", s->text.s);
		depth += (*p == '(') - (*p == ')');
		if (depth < 0)
			return printf("\n  parentheses: %s\n", s->text.s);
		if (*p == '$') {
			long n = strtol(p + 1, NULL, 10);
			if (n < 1 || n > s->n)
				return printf("\n  no such parameter: %s\n", s->text.s);
			used[n] = true;
		}
	}
	for (int i = 1; i <= s->n; i++)
		if (!used[i])
			return printf("\n  $%d is not used: %s\n", i, s->text.s);
	return depth;
}

static void random_filter(struct strbuf *b, const struct resource *res)
{
	static const char *const pieces[] = { "'", "';drop table x;--", "\"a b\"", "\\", "$1", "%", "x", "ж", "5", "a,b", "2026-03",
		"\"x'y\"", "free", "tod..+3d", "w5", ID, "1.5", "\"\"", "\"one two three\"", "+7701", "\"R-00002\"" };
	static const char *const ops[] = { "=", "!=", "<", ">=", "~" };
	size_t n = 0;
	while (res->fields[n].name != NULL)
		n++;
	for (int k = (int)test_below(3); k >= 0; k--) {
		if (test_below(4) == 0)
			strbuf_putc(b, '-');
		if (test_below(3) > 0)
			strbuf_printf(b, "%s%s", res->fields[test_below((uint32_t)n)].name, ops[test_below(5)]);
		strbuf_printf(b, "%s ", pieces[test_below((uint32_t)ARRAY_LEN(pieces))]);
	}
}

/* What no index knows is asked for together with what one does. */
static void derived_states_are_narrowed(void)
{
	struct query q;
	struct sql s = { 0 };
	struct err e;

	query_init(&q, catalogue_resource("charges"));
	CU_ASSERT_TRUE(query_filter(&q, "status=overdue,paid", TODAY, NULL, &e));
	CU_ASSERT_TRUE(sqlgen_count(&s, &q, 7, &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text.s, "((\"status\" = $2 and \"is_open\") or \"status\" = $3)"));
	sql_free(&s);
	query_free(&q);
}

static void nothing_typed_gets_into_the_text(void)
{
	int bad = 0, taken = 0;
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++) {
		for (int i = 0; i < test_count(3000); i++) {
			struct strbuf filter = { 0 };
			struct query q;
			struct sql s = { 0 };
			struct err e;
			random_filter(&filter, *r);
			query_init(&q, *r);
			q.backward = test_below(2);
			if (test_below(2))
				q.after = query_cursor(&q, q.sort->type == FT_DATE ? "2026-01-01" : q.sort->type == FT_UUID ? ID
				    : q.sort->type == FT_TIME ? "2026-01-01T09:00:00+05" : "5",
				    resource_key(*r)->type == FT_INT ? "5" : ID);
			if (query_filter(&q, filter.s, TODAY, NULL, &e)) {
				bool ok = test_below(4) ? sqlgen_list(&s, &q, (int)test_below(3), &e) : sqlgen_count(&s, &q, 1, &e);
				bad += !ok || check_text(&s) != 0;
				taken++;
			}
			sql_free(&s);
			query_free(&q);
			strbuf_free(&filter);
		}
	}
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT(taken > 1000);
}

static void too_much_is_refused(void)
{
	struct strbuf b = { 0 };
	struct query q;
	struct sql s = { 0 };
	struct err e;

	strbuf_putc(&b, '"');
	for (int i = 0; i < 1000; i++)
		strbuf_printf(&b, "w%d ", i);
	strbuf_putc(&b, '"');
	query_init(&q, catalogue_resource("parties"));
	CU_ASSERT_TRUE(query_filter(&q, b.s, TODAY, NULL, &e));
	CU_ASSERT_FALSE(sqlgen_list(&s, &q, 7, &e));
	CU_ASSERT_STRING_EQUAL(e.code, "E-FILTER");
	sql_free(&s);
	query_free(&q);
	strbuf_clear(&b);
	strbuf_puts(&b, "unit=x0");
	for (int i = 1; i < QUERY_MAX_VALUES; i++)
		strbuf_printf(&b, ",x%d", i);
	query_init(&q, catalogue_resource("reservations"));
	CU_ASSERT_TRUE(query_filter(&q, b.s, TODAY, NULL, &e));
	CU_ASSERT_TRUE(sqlgen_list(&s, &q, 7, &e)); /* as many values as a query may have always fit */
	CU_ASSERT_EQUAL(check_text(&s), 0);
	sql_free(&s);
	query_free(&q);
	strbuf_free(&b);
}

TESTS("sqlgen", T(a_page), T(a_brief_page), T(named_columns), T(sorted_by_the_key), T(a_strange_cursor), T(terms), T(instants), T(references),
    T(words), T(counted), T(one_record), T(a_report), T(derived_states_are_narrowed), T(nothing_typed_gets_into_the_text),
    T(too_much_is_refused))

/* The query of a list, cursors, the seeds' names, and rows as the API writes them. */
#include "config.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "client/sqlgen.h"
#include "server/alias.h"
#include "server/cursor.h"
#include "server/params.h"
#include "server/records.h"
#include "server/reports.h"
#include "server/rows.h"
#include "tests/cunit.h"

static const struct asker today = { .currency = "KZT" };
static struct flaw flaw;

static const struct resource *res(const char *name)
{
	return catalogue_resource(name);
}

/* The filter that one parameter makes, as it would be typed; NULL = refused. */
static char *filter_of(const char *resource, const char *name, const char *value)
{
	struct list_params l;
	struct asker a = today;

	a.today = day_from_ymd(2026, 6, 16);
	if (!params_list(&l, res(resource), &(struct pair){ name, value }, 1, &a, &flaw))
		return NULL;
	char *text = query_filter_text(&l.q);
	list_params_free(&l);
	return text;
}

static void makes(const char *name, const char *value, const char *want)
{
	char *got = filter_of("reservations", name, value);

	CU_ASSERT_PTR_NOT_NULL(got);
	if (got != NULL && strcmp(got, want) != 0)
		printf("%s=%s: %s, not %s\n", name, value, got, want);
	CU_ASSERT(got != NULL && strcmp(got, want) == 0);
	free(got);
}

static void operators(void)
{
	makes("status", "eq.confirmed", "status=confirmed");
	makes("status", "ne.confirmed", "status!=confirmed");
	makes("status", "in.(confirmed,hold)", "status=confirmed,hold");
	makes("status", "nin.(confirmed,\"hold\")", "-status=confirmed,hold");
	makes("check_in", "gte.2026-03-01", "check_in>=2026-03-01");
	makes("check_in", "lt.today", "check_in<2026-06-16");
	makes("nights", "gt.3", "nights>3");
	makes("nights", "lte.3", "nights<=3");
	makes("comment", "contains.a, \"b\" \\c", "comment~\"a, \\\"b\\\" \\\\c\"");
	makes("comment", "prefix.50%", "comment^=50%");
	makes("comment", "in.(a,\"b,c\",\"d\\\"e\")", "comment=a,\"b,c\",\"d\\\"e\"");
	makes("agent", "is.null", "agent=");
	makes("price_per_night_minor", "eq.12500", "price_per_night=125.00");
	makes("price_per_night", "eq.125", "price_per_night=125.00");
	makes("filter", "status=hold -nights>3", "status=hold -nights>3");
	makes("q", "status=hold -x", "\"status=hold\" \"-x\"");
	makes("comment", "eq.in.(a)", "comment=in.(a)");
}

static void refused(const char *resource, const char *name, const char *value, const char *code)
{
	char *got = filter_of(resource, name, value), pointer[100];

	snprintf(pointer, sizeof pointer, "?%s", name);
	CU_ASSERT_PTR_NULL(got);
	if (got == NULL) {
		CU_ASSERT_STRING_EQUAL(flaw.code, code);
		CU_ASSERT_STRING_EQUAL(flaw.pointer, pointer);
		CU_ASSERT(flaw.err.text[0] != '\0');
	}
	free(got);
}

static void refusals(void)
{
	refused("units", "stat", "eq.x", "unknown-filter");
	CU_ASSERT_PTR_NOT_NULL(strstr(flaw.err.text, "status"));
	refused("units", "status", "confirmed", "unknown-filter");
	refused("units", "status", "like.x", "unknown-filter");
	refused("units", "status", "eq.flying", "unknown-filter");
	refused("units", "status", "in.free", "unknown-filter");
	refused("units", "status", "in.(free", "unknown-filter");
	refused("units", "status", "in.(free)x", "unknown-filter");
	refused("units", "status", "is.true", "unknown-filter");
	refused("units", "floor", "prefix.1", "unknown-filter");
	refused("units", "title", "eq.\xc3", "unknown-filter");
	refused("units", "sort", "floor", "bad-parameter");
	refused("units", "sort", "title,code", "bad-parameter");
	refused("units", "limit", "0", "bad-parameter");
	refused("units", "limit", "-1", "bad-parameter");
	refused("units", "limit", "1x", "bad-parameter");
	refused("units", "limit", "", "bad-parameter");
	refused("units", "skip", "10001", "bad-parameter");
	refused("units", "brief", "yes", "bad-parameter");
	refused("units", "after", "nonsense", "bad-cursor");
	refused("units", "filter", "stat=x", "unknown-filter");
}

static void twenty_terms(void)
{
	struct pair p[21];
	struct list_params l;

	for (int i = 0; i < 21; i++)
		p[i] = (struct pair){ "floor", "gt.1" };
	CU_ASSERT(params_list(&l, res("units"), p, 20, &today, &flaw));
	list_params_free(&l);
	CU_ASSERT_FALSE(params_list(&l, res("units"), p, 21, &today, &flaw));
}

static void pages(void)
{
	struct pair p[] = { { "limit", "9999" }, { "skip", "30" }, { "sort", "-title" }, { "fields", "id,title" },
		{ "brief", "true" }, { "count_most", "7" } };
	struct list_params l;
	struct sql s = { 0 };

	CU_ASSERT_FATAL(params_list(&l, res("units"), p, ARRAY_LEN(p), &today, &flaw));
	CU_ASSERT_EQUAL(l.q.limit, 500);
	CU_ASSERT_EQUAL(l.rows, 9999);
	CU_ASSERT_EQUAL(l.q.skip, 30);
	CU_ASSERT(l.q.descending && l.q.brief);
	CU_ASSERT_STRING_EQUAL(l.q.sort->name, "title");
	CU_ASSERT_STRING_EQUAL(l.fields, "id,title");
	CU_ASSERT_EQUAL(l.q.count_most, 7);
	CU_ASSERT(sqlgen_list(&s, &l.q, 3, NULL));
	CU_ASSERT_PTR_NOT_NULL(strstr(strbuf_str(&s.text), " limit 501 offset 30"));
	sql_free(&s);
	list_params_free(&l);
	p[0] = (struct pair){ "after", "x" };
	CU_ASSERT_FALSE(params_list(&l, res("units"), p, 2, &today, &flaw));
	p[0] = p[1];
	CU_ASSERT_FALSE(params_list(&l, res("units"), p, 2, &today, &flaw));
}

/* The trail has fields `before` and `after`: their operator tells them from positions. */
static void fields_named_like_parameters(void)
{
	const struct resource *audit = res("audit");

	if (resource_field(audit, "after") == NULL)
		return;
	char *got = filter_of("audit", "after", "contains.x");
	CU_ASSERT_PTR_NOT_NULL(got);
	free(got);
}

static void prefixes_in_sql(void)
{
	struct list_params l;
	struct sql s = { 0 };

	CU_ASSERT_FATAL(params_list(&l, res("units"), &(struct pair){ "code", "prefix.A_1%" }, 1, &today, &flaw));
	CU_ASSERT(sqlgen_list(&s, &l.q, 0, NULL));
	CU_ASSERT_PTR_NOT_NULL(strstr(strbuf_str(&s.text), "\"code\" ilike $1"));
	CU_ASSERT_STRING_EQUAL(s.param[0], "A\\_1\\%%");
	sql_free(&s);
	list_params_free(&l);
}

/* ---- cursors -------------------------------------------------------------------------------------------------- */

static const unsigned char key[CURSOR_KEY] = "0123456789abcdef0123456789abcde";

static void seals(void)
{
	struct query q, other;
	bool back = true;

	query_init(&q, res("units"));
	CU_ASSERT(query_filter(&q, "status=free", 0, "KZT", NULL));
	struct cursor_place at = { "u1", 3, &q };
	char *position = query_cursor(&q, "A-101", "00000000-0000-7000-8000-000000000001");
	char *sealed = cursor_seal(key, &at, false, position), *opened = cursor_open(key, &at, sealed, &back);
	CU_ASSERT_FATAL(opened != NULL);
	CU_ASSERT_STRING_EQUAL(opened, position);
	CU_ASSERT_FALSE(back);
	free(opened);
	struct cursor_place strangers[] = { { "u2", 3, &q }, { "u1", 4, &q }, { "u", 13, &q } };
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++)
		CU_ASSERT_PTR_NULL(cursor_open(key, &strangers[i], sealed, &back));
	query_copy(&other, &q);
	other.descending = true;
	CU_ASSERT_PTR_NULL(cursor_open(key, &(struct cursor_place){ "u1", 3, &other }, sealed, &back));
	query_clear(&other);
	other.descending = q.descending;
	CU_ASSERT_PTR_NULL(cursor_open(key, &(struct cursor_place){ "u1", 3, &other }, sealed, &back));
	for (char *p = sealed; *p != '\0'; p++) { /* no byte of it can be another one */
		char was = *p;
		*p = was == 'n' ? 'p' : was == '0' ? '1' : '0';
		CU_ASSERT_PTR_NULL(cursor_open(key, &at, sealed, &back));
		*p = was;
	}
	CU_ASSERT_PTR_NULL(cursor_open(key, &at, "", &back));
	CU_ASSERT_PTR_NULL(cursor_open(key, &at, "n", &back));
	query_free(&q);
	query_free(&other);
	free(position);
	free(sealed);
}

/* ---- headers ---------------------------------------------------------------------------------------------------- */

static void headers(void)
{
	CU_ASSERT(params_prefers("respond-async, count=exact", "count=exact"));
	CU_ASSERT(params_prefers("count=exact; wait=5", "count=exact"));
	CU_ASSERT_FALSE(params_prefers("count=exactly", "count=exact"));
	CU_ASSERT_FALSE(params_prefers(NULL, "count=exact"));
	CU_ASSERT_EQUAL(params_version("*"), 0);
	CU_ASSERT_EQUAL(params_version("\"v7\""), 7);
	CU_ASSERT_EQUAL(params_version("\"v12.abcdef\""), 12);
	CU_ASSERT_EQUAL(params_version("W/\"v7\""), -1);
	CU_ASSERT_EQUAL(params_version("\"v0\""), -1);
	CU_ASSERT_EQUAL(params_version("v7"), -1);
	CU_ASSERT_EQUAL(params_version("\"v7\", \"v8\""), -1);
	CU_ASSERT_EQUAL(params_version(""), -1);
	CU_ASSERT_EQUAL(params_version("\"v99999999999999\""), -1);
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static struct table *one_unit(void)
{
	static const char *const names[] = { "id", "floor", "price_minor", "currency", "published_at", "title", "version" };
	static const char *const cells[] = { "u1", "-2", "1250050", "KZT", "2026-06-16 09:00:00+05", "A \"b\"\n\xc2\x9b",
		"3" };
	struct table *t = table_new(ARRAY_LEN(names), names);

	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		table_add(t, cells[i], strlen(cells[i]));
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		table_add(t, i == 0 ? "u2" : NULL, i == 0 ? 2 : 0);
	return t;
}

static void typed_rows(void)
{
	struct table *t = one_unit();
	struct out_columns c = { 0 };
	struct strbuf b = { 0 };
	char tag[64], again[64];

	CU_ASSERT(rows_columns(&c, res("units"), NULL, t, NULL, NULL));
	rows_all(&b, &c, t);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&b), "[{\"id\":\"u1\",\"floor\":-2,\"price_minor\":1250050,\"currency\":\"KZT\","
	    "\"published_at\":\"2026-06-16T09:00:00+05:00\",\"title\":\"A \\\"b\\\"\\n\\u009b\",\"version\":3},"
	    "{\"id\":\"u2\",\"floor\":null,\"price_minor\":null,\"currency\":null,\"published_at\":null,\"title\":null,"
	    "\"version\":null}]");
	strbuf_clear(&b);
	out_columns_free(&c);
	struct err e;
	CU_ASSERT(rows_columns(&c, res("units"), NULL, t, "title,price", &e));
	rows_one(&b, &c, t, 0);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&b), "{\"title\":\"A \\\"b\\\"\\n\\u009b\","
	    "\"price_minor\":1250050,\"currency\":\"KZT\"}");
	out_columns_free(&c);
	CU_ASSERT_FALSE(rows_columns(&c, res("units"), NULL, t, "titel", &e));
	out_columns_free(&c);
	rows_etag(t, tag);
	CU_ASSERT_EQUAL(params_version(tag), 3);
	table_free(t);
	t = one_unit();
	rows_etag(t, again);
	CU_ASSERT_STRING_EQUAL(tag, again);
	table_free(t);
	strbuf_free(&b);
}

/* ---- the seeds' names ------------------------------------------------------------------------------------------ */

static void every_alias_names_what_there_is(void)
{
	for (const struct alias *a = alias_all(); a->name != NULL; a++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(res(a->resource));
		for (const struct alias_field *f = a->fields; f->theirs != NULL; f++) {
			const struct field *ours = resource_field(res(a->resource), f->ours);
			if (ours == NULL || strcmp(ours->name, f->ours) != 0)
				printf("%s.%s: no %s\n", a->name, f->theirs, f->ours);
			CU_ASSERT(ours != NULL && strcmp(ours->name, f->ours) == 0);
		}
	}
	for (const struct alias_below *b = alias_below_all(); b->name != NULL; b++) {
		CU_ASSERT((b->resource != NULL) != (b->report != NULL));
		CU_ASSERT(b->resource == NULL || resource_field(res(b->resource), b->field) != NULL);
		CU_ASSERT(b->report == NULL || catalogue_report(b->report) != NULL);
		CU_ASSERT(b->alias == NULL || alias_find(b->alias) != NULL);
	}
}

static void names_there_and_back(void)
{
	const struct alias *a = alias_find("contracts");
	struct pair p[] = { { "property_id", "eq.A-101" }, { "sort", "-start_date" }, { "fields", "id,monthly_rent" } };
	char **made = NULL;
	size_t n = 0;
	struct pair *ours = alias_params(a, p, ARRAY_LEN(p), &made, &n);

	CU_ASSERT_STRING_EQUAL(ours[0].name, "unit");
	CU_ASSERT_STRING_EQUAL(ours[1].value, "-starts_on");
	CU_ASSERT_STRING_EQUAL(ours[2].value, "id,rent");
	CU_ASSERT_STRING_EQUAL(alias_theirs(a, "rent_minor"), "monthly_rent");
	CU_ASSERT_STRING_EQUAL(alias_theirs(a, "status"), "status");
	for (size_t i = 0; i < n; i++)
		free(made[i]);
	free(made);
	free(ours);
}

static void bodies_there(void)
{
	struct err e = { 0 };
	json_t *body = json_loads("{\"monthly_rent\": 125000.5, \"security_deposit\": 7, "
	    "\"tenant_id\": \"12\", \"terms\": null}",
	    0, NULL);
	json_t *out = alias_body(alias_find("contracts"), body, &e);
	char *text = json_dumps(out, JSON_COMPACT | JSON_SORT_KEYS);

	CU_ASSERT_STRING_EQUAL(text, "{\"deposit\":\"7\",\"party\":\"12\",\"rent\":\"125000.50\",\"terms\":null}");
	free(text);
	json_decref(out);
	json_decref(body);
	body = json_loads("{\"tenant_id\": \"12\", \"party\": \"13\"}", 0, NULL);
	CU_ASSERT_PTR_NULL(alias_body(alias_find("contracts"), body, &e));
	CU_ASSERT_STRING_EQUAL(e.field, "party");
	json_decref(body);
}

static void rows_in_major_units(void)
{
	struct table *t = one_unit();
	struct out_columns c = { 0 };
	struct strbuf b = { 0 };
	struct err e;

	CU_ASSERT(rows_columns(&c, res("units"), NULL, t, "price,rooms", &e));
	alias_columns(alias_find("properties"), &c);
	rows_one(&b, &c, t, 0);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&b), "{\"price_per_night\":12500.50,\"rooms_count\":null,\"currency\":\"KZT\"}");
	out_columns_free(&c);
	strbuf_free(&b);
	table_free(t);
}

/* ---- bodies, arguments ----------------------------------------------------------------------------------------- */

static void bodies(void)
{
	json_t *body = json_loads("{\"title\": \"x\", \"price_minor\": 5, \"building_label\": \"y\"}", 0, NULL);

	CU_ASSERT(records_check_body(res("units"), body, &flaw));
	json_t *all = records_replace(res("units"), body);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(all, "title")), "x");
	CU_ASSERT(json_is_null(json_object_get(all, "address")));
	CU_ASSERT_PTR_NULL(json_object_get(all, "id"));
	CU_ASSERT_PTR_NULL(json_object_get(all, "building_label"));
	CU_ASSERT_PTR_NULL(json_object_get(all, "price_minor")); /* set once, when the record is made */
	json_decref(all);
	json_object_set_new(body, "titel", json_null());
	CU_ASSERT_FALSE(records_check_body(res("units"), body, &flaw));
	CU_ASSERT_STRING_EQUAL(flaw.pointer, "/titel");
	CU_ASSERT_STRING_EQUAL(flaw.code, "unknown-field");
	json_decref(body);
	CU_ASSERT_STRING_EQUAL(records_delete_action(res("units"))->name, "archive");
	CU_ASSERT_STRING_EQUAL(records_delete_action(res("blocks"))->name, "delete");
	CU_ASSERT_PTR_NULL(records_delete_action(res("reservations")));
}

static bool report(const char *name, const struct pair *p, size_t n, struct report_args *a)
{
	memset(a, 0, sizeof *a);
	return report_args_read(a, catalogue_report(name), p, n, day_from_ymd(2026, 6, 16), "KZT", &flaw);
}

static void arguments(void)
{
	struct pair good[] = { { "from", "2026-01-01" }, { "to", "today" }, { "limit", "5" }, { "group", "" } };
	struct report_args a;

	CU_ASSERT(report("revenue", good, 4, &a));
	CU_ASSERT_EQUAL(a.n, 2);
	CU_ASSERT_EQUAL(a.most, 5);
	CU_ASSERT_STRING_EQUAL(a.v[1].value, "2026-06-16");
	report_args_free(&a);
	CU_ASSERT_FALSE(report("revenue", good, 1, &a)); /* `to` is missing */
	CU_ASSERT_STRING_EQUAL(flaw.pointer, "?to");
	report_args_free(&a);
	good[2] = (struct pair){ "grup", "unit" };
	CU_ASSERT_FALSE(report("revenue", good, 3, &a));
	CU_ASSERT_STRING_EQUAL(flaw.code, "unknown-parameter");
	report_args_free(&a);
	good[2] = (struct pair){ "group", "moon" };
	CU_ASSERT_FALSE(report("revenue", good, 3, &a));
	report_args_free(&a);
	CU_ASSERT(report("leases", &(struct pair){ "limit", "7" }, 1, &a)); /* the report has such an argument, too */
	CU_ASSERT_EQUAL(a.n, 1);
	report_args_free(&a);
}

TESTS("params", T(operators), T(refusals), T(twenty_terms), T(pages), T(fields_named_like_parameters),
    T(prefixes_in_sql), T(seals), T(headers), T(typed_rows), T(every_alias_names_what_there_is), T(names_there_and_back), T(bodies_there),
    T(rows_in_major_units), T(bodies), T(arguments))

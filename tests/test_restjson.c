/*
 * Tables through the API's JSON and back, cell for cell; refusals told in English and translated, equal to those that
 * PostgreSQL's client makes; answers that are not the API's.
 */
#include "config.h"

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "client/answer.h"
#include "client/celltext.h"
#include "client/pgerr.h"
#include "client/resterr.h"
#include "client/restjson.h"
#include "tests/cunit.h"

/* ---- rows -------------------------------------------------------------------------------------------------- */

static const char *text_cell(void)
{
	static const char *const texts[] = { "", "Айгүл Сәрсенқызы", "a\"b\\c", "two\nlines\tand a tab", ("\xe2\x80\xae" "abc"), "007",
		"12", "null", "true", "t", "2026-06-16T09:00:00+05:00", "\xf0\x9f\x8f\xa0", "\x01\x7f", "=1+1", "{a,b}" };

	return texts[test_below(ARRAY_LEN(texts))];
}

/* As the database writes one. */
static const char *instant_cell(char buf[48])
{
	static const char *const zones[] = { "+05", "-03", "+00", "+05:30", "-02:30" };
	int n = snprintf(buf, 48, "20%02u-%02u-%02u %02u:%02u:%02u", test_below(60), 1 + test_below(12), 1 + test_below(28),
	    test_below(24), test_below(60), test_below(60));

	if (test_below(2))
		n += snprintf(buf + n, 48 - (size_t)n, ".%06u", 1 + test_below(999999));
	snprintf(buf + n, 48 - (size_t)n, "%s", zones[test_below(ARRAY_LEN(zones))]);
	return buf;
}

static const char *cell_of(enum field_type type, char buf[48])
{
	if (test_below(5) == 0)
		return NULL;
	switch (type) {
	case FT_INT:
	case FT_MONEY:
	case FT_BP:
		snprintf(buf, 48, "%lld", (long long)test_rand() * (test_below(2) ? 1 : -1000003));
		return buf;
	case FT_BOOL:
		return test_below(2) ? "t" : "f";
	case FT_DATE:
		snprintf(buf, 48, "2026-%02u-%02u", 1 + test_below(12), 1 + test_below(28));
		return buf;
	case FT_TIME:
		return instant_cell(buf);
	default:
		return text_cell();
	}
}

static void add(struct table *t, const char *cell)
{
	table_add(t, cell, cell != NULL ? strlen(cell) : 0);
}

static bool same(const struct table *a, const struct table *b)
{
	bool good = a != NULL && b != NULL && table_rows(a) == table_rows(b) && table_cols(a) == table_cols(b);

	for (int c = 0; good && c < table_cols(a); c++)
		good = strcmp(table_name(a, c), table_name(b, c)) == 0;
	for (int r = 0; good && r < table_rows(a); r++)
		for (int c = 0; good && c < table_cols(a); c++) {
			const char *x = table_cell(a, r, c), *y = table_cell(b, r, c);
			good = (x == NULL) == (y == NULL) && (x == NULL || strcmp(x, y) == 0);
			if (!good)
				fprintf(stderr, "  %s: %s is not %s\n", table_name(a, c), x ? x : "null", y ? y : "null");
		}
	return good;
}

/* The document as the server writes it: every cell by its type (client/celltext.h). */
static struct table *through_json(const struct table *t, const struct resource *res, const struct report *rep)
{
	struct strbuf rows = { 0 }, names = { 0 };

	for (int c = 0; c < table_cols(t); c++) {
		strbuf_puts(&names, c > 0 ? "," : "[");
		json_text(&names, table_name(t, c));
	}
	strbuf_puts(&names, "]");
	strbuf_puts(&rows, "[");
	for (int r = 0; r < table_rows(t); r++) {
		for (int c = 0; c < table_cols(t); c++) {
			strbuf_puts(&rows, c > 0 ? "," : r > 0 ? ",{" : "{");
			json_text(&rows, table_name(t, c));
			strbuf_putc(&rows, ':');
			json_cell(&rows, column_type(res, rep, table_name(t, c)), table_cell(t, r, c));
		}
		strbuf_puts(&rows, "}");
	}
	strbuf_puts(&rows, "]");
	json_t *a = json_loads(strbuf_str(&rows), 0, NULL), *b = json_loads(strbuf_str(&names), 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	struct table *back = restjson_table(a, b, res, rep, 0);
	json_decref(a);
	json_decref(b);
	strbuf_free(&rows);
	strbuf_free(&names);
	return back;
}

static void fill(struct table *t, const struct resource *res, const struct report *rep)
{
	for (int r = 0; r < 8; r++)
		for (int c = 0; c < table_cols(t); c++) {
			char buf[48];
			const char *name = table_name(t, c);

			/* reasons are sentences: translated, not copied */
			add(t, rep != NULL && strcmp(name, "reason") == 0 ? NULL : cell_of(column_type(res, rep, name), buf));
		}
}

static void records_come_back(void)
{
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++) {
		const char *names[300];
		char *own[300];
		int n = 0;

		for (const struct field *f = (*r)->fields; f->name != NULL; f++) {
			char column[64];
			own[n] = xstrdup(field_column(f, column));
			n++;
			if (f->type == FT_REF)
				own[n++] = xasprintf("%s_label", f->name);
		}
		for (int i = 0; i < n; i++)
			names[i] = own[i];
		struct table *t = table_new(n, names);
		fill(t, *r, NULL);
		struct table *back = through_json(t, *r, NULL);
		CU_ASSERT_TRUE(same(t, back));
		table_free(t);
		table_free(back);
		for (int i = 0; i < n; i++)
			free(own[i]);
	}
}

static void reports_come_back(void)
{
	for (const struct report *const *r = catalogue_reports(); *r != NULL; r++) {
		const char *names[100];
		int n = 0;

		for (const struct column *c = (*r)->columns; c->name != NULL; c++)
			names[n++] = c->name;
		struct table *t = table_new(n, names);
		fill(t, NULL, *r);
		struct table *back = through_json(t, NULL, *r);
		CU_ASSERT_TRUE(same(t, back));
		table_free(t);
		table_free(back);
	}
}

static void what_is_no_table(void)
{
	static const char *const cases[][2] = { { "[{\"a\":1}]", "[\"a\",\"b\"]" }, { "[{\"a\":[1]}]", "[\"a\"]" },
		{ "[{\"a\":{}}]", "[\"a\"]" }, { "[{\"a\":1.5}]", "[\"a\"]" }, { "[1]", "[\"a\"]" }, { "{}", "[\"a\"]" },
		{ "[]", "[]" }, { "[]", "[1]" }, { "[]", "{}" }, { "[null]", "[\"a\"]" } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *rows = json_loads(cases[i][0], 0, NULL), *columns = json_loads(cases[i][1], 0, NULL);
		CU_ASSERT_PTR_NULL(restjson_table(rows, columns, NULL, NULL, 0));
		json_decref(rows);
		json_decref(columns);
	}
	CU_ASSERT_PTR_NULL(restjson_table(NULL, NULL, NULL, NULL, 0));
}

static void a_reason_is_translated(void)
{
	json_t *rows = json_loads("[{\"reason\":\"the unit is taken on these dates: E04-4\"}]", 0, NULL);
	json_t *columns = json_loads("[\"reason\"]", 0, NULL);
	struct err e;

	i18n_init("ru");
	struct table *t = restjson_table(rows, columns, NULL, catalogue_reports()[0], 0);
	pgerr_from_parts("DM004", NULL, "The unit is taken on these dates.", "E04-4", NULL, &e);
	CU_ASSERT_STRING_EQUAL(table_get(t, 0, "reason"), e.text);
	CU_ASSERT_PTR_NULL(strstr(e.text, "taken"));
	table_free(t);
	json_decref(rows);
	json_decref(columns);
	i18n_init("en");
}

/* ---- refusals ---------------------------------------------------------------------------------------------- */

static const struct sentence { const char *code, *text, *remedy; } sentences[] = {
#define ERROR(code, kind, text, remedy) { code, text, remedy },
#define HINT(text)
#include "client/errors.def"
#undef ERROR
#undef HINT
	{ "23505", "duplicate key value violates unique constraint", "" },
	{ "23514", "new row violates check constraint \"positive\"", "" },
	{ "22P02", "invalid input syntax for type uuid: \"x\"", "" },
	{ "57014", "canceling statement due to statement timeout", "" },
	{ "42501", "permission denied for table party", "" },
	{ "40001", "could not serialize access", "" },
};

static bool equal(const struct err *a, const struct err *b)
{
	bool good = a->kind == b->kind && strcmp(a->code, b->code) == 0 && strcmp(a->field, b->field) == 0 &&
	    strcmp(a->text, b->text) == 0 && strcmp(a->remedy, b->remedy) == 0;

	if (!good)
		fprintf(stderr, "  %s %s (%s) / %s %s (%s)\n", a->code, a->text, a->remedy, b->code, b->text, b->remedy);
	return good;
}

static void say(const struct sentence *s, const char *data, bool hint, struct err *e)
{
	char *message = xasprintf("%s.", s->text), *remedy = xasprintf("%s.", s->remedy);

	pgerr_from_parts(s->code, "unit", message, data, hint && *s->remedy != '\0' ? remedy : NULL, e);
	free(message);
	free(remedy);
}

/* What the server says in English of any refusal becomes, in any language, what PostgreSQL's client says of it. */
static void refusals_are_equal(void)
{
	static const char *const langs[] = { "en", "ru", "kk" }, *const data[] = { NULL, "E04-4", "Ерлан: 2026-07-01 - 2026-07-03" };

	for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
		for (size_t l = 0; l < ARRAY_LEN(langs); l++)
			for (size_t d = 0; d < ARRAY_LEN(data); d++) {
				struct err english, want, got;
				char code[RESTERR_CODE];

				i18n_init("en");
				say(&sentences[i], data[d], l % 2, &english);
				json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "code", "conflict", "dm", english.code, "detail", english.text,
				    "field", english.field, "remedy", english.remedy);
				char *text = json_dumps(o, 0);
				i18n_init(langs[l]);
				say(&sentences[i], data[d], l % 2, &want);
				resterr_from_answer(409, "application/problem+json", text, strlen(text), code, &got);
				CU_ASSERT_TRUE(equal(&got, &want));
				free(text);
				json_decref(o);
			}
	i18n_init("en");
}

static void lines_are_equal(void)
{
	json_t *theirs = json_loads("[{\"line\":1,\"status\":\"rejected\",\"code\":\"DM004\",\"field\":\"unit\","
	    "\"message\":\"The unit is taken on these dates.\",\"detail\":\"E04-4\",\"remedy\":\"Choose other dates.\"},"
	    "{\"line\":2,\"status\":\"created\"}]", 0, NULL), *want = json_deep_copy(theirs);

	i18n_init("en");
	answer_lines(theirs, pgerr_from_json);
	i18n_init("kk");
	answer_lines(theirs, resterr_from_refusal);
	answer_lines(want, pgerr_from_json);
	CU_ASSERT_TRUE(json_equal(theirs, want));
	json_decref(theirs);
	json_decref(want);
	i18n_init("en");
}

static void what_is_no_problem_of_ours(void)
{
	static const struct { int status; const char *type, *body; enum err_kind kind; } cases[] = {
		{ 302, "text/html", "<html>sign in to the hotel's network</html>", ERR_UNREACHABLE },
		{ 404, "text/html", "<h1>Not found</h1>", ERR_UNREACHABLE },
		{ 403, "", "", ERR_UNREACHABLE },
		{ 404, "application/json", "{\"message\":\"no route\"}", ERR_UNREACHABLE },
		{ 502, "text/html", "<h1>Bad gateway</h1>", ERR_UNREACHABLE },
		{ 500, "text/plain", "oops", ERR_FAILED },
		{ 500, "application/problem+json", "{\"code\":\"inter", ERR_FAILED },
		{ 500, "application/problem+json", "[]", ERR_UNREACHABLE },
		{ 422, "application/problem+json", "{\"code\":\"validation\",\"detail\":\"a string is expected\"}", ERR_INVALID },
		{ 429, "application/problem+json; charset=utf-8", "{\"code\":\"rate-limited\",\"title\":\"Too many\"}", ERR_DENIED },
		{ 400, "application/problem+json", "{\"code\":\"bad-json\",\"code\":\"x\"}", ERR_UNREACHABLE },
		{ 503, "application/problem+json", "{\"code\":\"overloaded\",\"detail\":5,\"dm\":[]}", ERR_UNREACHABLE },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char code[RESTERR_CODE];
		struct err e;

		resterr_from_answer(cases[i].status, cases[i].type, cases[i].body, strlen(cases[i].body), code, &e);
		CU_ASSERT_EQUAL(e.kind, cases[i].kind);
		CU_ASSERT_TRUE(e.text[0] != '\0' && e.code[0] != '\0');
	}
}

static void documents(void)
{
	static const struct { const char *type, *body; bool good; } cases[] = {
		{ "application/json", "{}", true }, { "application/json; charset=utf-8", "{}", true },
		{ "Application/JSON", "{}", true }, { "application/jsonp", "{}", false }, { "text/html", "{}", false },
		{ "", "{}", false }, { "application/json", "{\"a\":1", false }, { "application/json", "", false },
		{ "application/json", "{\"a\":1,\"a\":2}", false }, { "application/json", "{}x", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		json_t *doc = resterr_json(cases[i].type, cases[i].body, strlen(cases[i].body), &e);

		CU_ASSERT_EQUAL(doc != NULL, cases[i].good);
		CU_ASSERT_EQUAL(e.kind == ERR_NONE, cases[i].good);
		json_decref(doc);
	}
}

TESTS("test_restjson", T(records_come_back), T(reports_come_back), T(what_is_no_table), T(a_reason_is_translated),
    T(refusals_are_equal), T(lines_are_equal), T(what_is_no_problem_of_ours), T(documents))

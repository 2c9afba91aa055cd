#include "config.h"

#include <inttypes.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/uuid.h"
#include "client/value.h"
#include "tests/cunit.h"

#define TODAY day_from_ymd(2026, 3, 4) /* a Wednesday */

static bool parses(enum field_type type, const char *text, const char *currency, const char *want)
{
	struct field f = { .name = "x", .type = type };
	struct err e = { 0 };
	char *got = value_parse(&f, text, TODAY, currency, &e);
	bool same = got != NULL && strcmp(got, want) == 0;
	if (!same)
		printf("\n  \"%s\": %s instead of %s (%s)\n", text, got ? got : "NULL", want, e.text);
	free(got);
	return same;
}

static bool refuses(enum field_type type, const char *text)
{
	struct field f = { .name = "x", .type = type };
	struct err e = { 0 };
	char *got = value_parse(&f, text, TODAY, "EUR", &e);
	bool refused = got == NULL && e.kind == ERR_INVALID && strcmp(e.code, "E-VALUE") == 0 &&
	    strcmp(e.field, "x") == 0 && e.text[0] != '\0';
	if (!refused)
		printf("\n  \"%s\" was taken as %s\n", text, got ? got : "NULL");
	free(got);
	return refused;
}

static void scalars(void)
{
	CU_ASSERT(parses(FT_TEXT, "  Достык 45 ", NULL, "Достык 45"));
	CU_ASSERT(parses(FT_INT, " -12 ", NULL, "-12"));
	CU_ASSERT(parses(FT_INT, "+7", NULL, "7"));
	CU_ASSERT(parses(FT_INT, "007", NULL, "7"));
	CU_ASSERT(parses(FT_MONEY, "75.00", "EUR", "7500"));
	CU_ASSERT(parses(FT_MONEY, "1 200", "JPY", "1200"));
	CU_ASSERT(parses(FT_MONEY, "75", NULL, "7500"));
	CU_ASSERT(parses(FT_BP, "49,3 %", NULL, "4930"));
	CU_ASSERT(parses(FT_BP, "100", NULL, "10000"));
	CU_ASSERT(parses(FT_DATE, "tom", NULL, "2026-03-05"));
	CU_ASSERT(parses(FT_DATE, "16.06", NULL, "2026-06-16"));
	CU_ASSERT(parses(FT_DATE, "1606", NULL, "2026-06-16"));
	CU_ASSERT(parses(FT_DATE, "+7d", NULL, "2026-03-11"));
	CU_ASSERT(parses(FT_DATE, "w24", NULL, "2026-06-08"));
	CU_ASSERT(parses(FT_DATE, "W1", NULL, "2025-12-29"));
	CU_ASSERT(parses(FT_DATE, "w53", NULL, "2026-12-28"));
	CU_ASSERT(parses(FT_BOOL, "да", NULL, "true"));
	CU_ASSERT(parses(FT_BOOL, "F", NULL, "false"));
	CU_ASSERT(parses(FT_UUID, "018F6E5C-0000-7000-8000-0123456789AB", NULL, "018f6e5c-0000-7000-8000-0123456789ab"));
	CU_ASSERT(parses(FT_REF, "018F6E5C-0000-7000-8000-0123456789AB", NULL, "018f6e5c-0000-7000-8000-0123456789ab"));
	CU_ASSERT(parses(FT_REF, " C001 ", NULL, "C001"));
}

static void instants(void)
{
	CU_ASSERT(parses(FT_TIME, "2026-03-31 14:00", NULL, "2026-03-31T14:00:00"));
	CU_ASSERT(parses(FT_TIME, "tom 12:30", NULL, "2026-03-05T12:30:00"));
	CU_ASSERT(parses(FT_TIME, "2026-03-31T14:00:05Z", NULL, "2026-03-31T14:00:05+00:00"));
	CU_ASSERT(parses(FT_TIME, "2026-03-31 14:00:05.123456+05", NULL, "2026-03-31T14:00:05.123456+05:00"));
	CU_ASSERT(parses(FT_TIME, "2026-03-31T14:00-0330", NULL, "2026-03-31T14:00:00-03:30"));
	CU_ASSERT(parses(FT_TIME, "31.03.2026", NULL, "2026-03-31T00:00:00"));
	static const char *const bad[] = { "14:00", "2026-03-31 25:00", "2026-03-31 14:60", "2026-03-31 14", "2026-03-31 14:00:61",
		"2026-03-31 14:00+", "2026-03-31 14:00+5", "2026-03-31 14:00 UTC", "2026-02-30 10:00", "2026-03-31T14:00:00.",
		"2026-03-31T14:00:00.1234567", "2026-03-31T14:00+05:", "2026-03-31T14:00+05:3", "2026-03-31T14:00+05:300" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT(refuses(FT_TIME, bad[i]));
}

static void refusals(void)
{
	static const char *const numbers[] = { "a", "1.5", "1 000", "--1", "99999999999999999999", "0x1", "", "  ", "5;" };
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		CU_ASSERT(refuses(FT_INT, numbers[i]));
	CU_ASSERT(refuses(FT_MONEY, "5.001"));
	CU_ASSERT(refuses(FT_BP, "1.234"));
	CU_ASSERT(refuses(FT_DATE, "2026-02-30"));
	CU_ASSERT(refuses(FT_DATE, "w54"));
	CU_ASSERT(refuses(FT_DATE, "w0"));
	CU_ASSERT(refuses(FT_DATE, "w99999999999"));
	CU_ASSERT(refuses(FT_DATE, "w24x"));
	CU_ASSERT(refuses(FT_DATE, "w"));
	CU_ASSERT(refuses(FT_BOOL, "maybe"));
	CU_ASSERT(refuses(FT_UUID, "C001"));
	CU_ASSERT(refuses(FT_TEXT, "a\033[2Jb"));
	CU_ASSERT(refuses(FT_TEXT, "a\xFF"));
	CU_ASSERT(refuses(FT_TEXT, "\xC2\x9B"));
	CU_ASSERT(refuses(FT_REF, "x\x01"));
	CU_ASSERT(refuses(FT_CHOICE, "anything"));
}

static void bounds(void)
{
	struct field age = { .name = "n", .type = FT_INT, .min = 1, .max = 366 };
	struct field price = { .name = "p", .type = FT_MONEY, .min = 0, .max = INT64_MAX };
	struct field code = { .name = "c", .type = FT_TEXT, .min = 2, .max = 4 };
	struct err e;
	char *s;

	CU_ASSERT_PTR_NULL(value_parse(&age, "0", TODAY, NULL, &e));
	CU_ASSERT_STRING_EQUAL(e.text, "at least 1");
	CU_ASSERT_PTR_NULL(value_parse(&age, "367", TODAY, NULL, &e));
	CU_ASSERT_STRING_EQUAL(e.text, "at most 366");
	CU_ASSERT_PTR_NULL(value_parse(&price, "-0.01", TODAY, "EUR", &e));
	CU_ASSERT_STRING_EQUAL(e.text, "at least 0.00");
	CU_ASSERT_PTR_NULL(value_parse(&code, "ж", TODAY, NULL, &e));
	CU_ASSERT_PTR_NULL(value_parse(&code, "жжжжж", TODAY, NULL, &e));
	CU_ASSERT_STRING_EQUAL(e.text, "at most 4 characters, 5 given");
	CU_ASSERT_PTR_NOT_NULL(s = value_parse(&code, "жжжж", TODAY, NULL, &e));
	free(s);
}

static void choices(void)
{
	static const struct choice stay[] = { { "checked_in", "checked in" }, { "no_show", "no-show" }, { 0 } };
	struct field closed = { .name = "s", .type = FT_CHOICE, .choices = stay };
	struct field open = { .name = "s", .type = FT_TEXT, .choices = stay };
	struct err e;
	const char *const same[] = { "checked_in", "CHECKED_IN", "Checked in" };

	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		char *a = value_parse(&closed, same[i], TODAY, NULL, &e), *b = value_parse(&open, same[i], TODAY, NULL, &e);
		CU_ASSERT_STRING_EQUAL(a, "checked_in");
		CU_ASSERT_STRING_EQUAL(b, "checked_in");
		free(a);
		free(b);
	}
	CU_ASSERT_PTR_NULL(value_parse(&closed, "gone", TODAY, NULL, &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.remedy, "checked_in, no_show"));
	char *own = value_parse(&open, "gone", TODAY, NULL, &e);
	CU_ASSERT_STRING_EQUAL(own, "gone");
	free(own);
}

static bool shows(enum field_type type, const struct choice *c, const char *cell, const char *currency, const char *want)
{
	struct strbuf out = { 0 };
	value_show(&out, type, c, cell, currency);
	bool same = strcmp(strbuf_str(&out), want) == 0;
	if (!same)
		printf("\n  \"%s\" instead of \"%s\"\n", strbuf_str(&out), want);
	strbuf_free(&out);
	return same;
}

static void shown(void)
{
	static const struct choice c[] = { { "no_show", "no-show" }, { 0 } };

	CU_ASSERT(shows(FT_MONEY, NULL, "123450", "EUR", "1 234.50"));
	CU_ASSERT(shows(FT_MONEY, NULL, "123450", "JPY", "123 450"));
	CU_ASSERT(shows(FT_MONEY, NULL, "-5", NULL, "-0.05"));
	CU_ASSERT(shows(FT_BP, NULL, "4933", NULL, "49.3 %"));
	CU_ASSERT(shows(FT_BP, NULL, "4935", NULL, "49.4 %"));
	CU_ASSERT(shows(FT_BP, NULL, "9999", NULL, "100.0 %"));
	CU_ASSERT(shows(FT_BP, NULL, "-4935", NULL, "-49.4 %"));
	CU_ASSERT(shows(FT_BP, NULL, "-4", NULL, "0.0 %"));
	CU_ASSERT(shows(FT_TIME, NULL, "2026-03-01 14:00:59.5+05", NULL, "2026-03-01 14:00"));
	CU_ASSERT(shows(FT_TIME, NULL, "infinity", NULL, "infinity"));
	CU_ASSERT(shows(FT_TIME, NULL, "2026-03-01", NULL, "2026-03-01"));
	CU_ASSERT(shows(FT_BOOL, NULL, "t", NULL, "yes"));
	CU_ASSERT(shows(FT_BOOL, NULL, "false", NULL, "no"));
	CU_ASSERT(shows(FT_CHOICE, c, "no_show", NULL, "no-show"));
	CU_ASSERT(shows(FT_CHOICE, c, "other", NULL, "other"));
	CU_ASSERT(shows(FT_TEXT, c, "no_show,no_show", NULL, "no-show, no-show"));
	CU_ASSERT(shows(FT_TEXT, c, "no_show,other", NULL, "no_show,other"));
	CU_ASSERT(shows(FT_TEXT, c, "no_show,", NULL, "no_show,"));
	CU_ASSERT(shows(FT_TEXT, NULL, "Номер", NULL, "Номер"));
	CU_ASSERT(shows(FT_INT, NULL, "42", NULL, "42"));
	CU_ASSERT(shows(FT_DATE, NULL, NULL, NULL, ""));
	CU_ASSERT(shows(FT_MONEY, NULL, "", NULL, ""));
}

/* ---- records ----------------------------------------------------------------------------------- */

static bool set(struct values *v, const char *name, const char *text, bool import)
{
	struct err e = { 0 };
	bool ok = import ? values_set_import(v, name, text, TODAY, &e) : values_set(v, name, text, TODAY, &e);
	if (!ok)
		printf("\n  %s=%s: %s\n", name, text, e.text);
	return ok;
}

static bool json_is(const struct values *v, const char *want)
{
	json_t *o = values_json(v);
	char *got = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
	bool same = strcmp(got, want) == 0;
	if (!same)
		printf("\n  %s\n  instead of\n  %s\n", got, want);
	free(got);
	json_decref(o);
	return same;
}

static void a_new_stay(void)
{
	struct values v;
	struct err e;

	values_init(&v, catalogue_resource("reservations"));
	CU_ASSERT_FALSE(values_check_new(&v, &e));
	CU_ASSERT_EQUAL(e.kind, ERR_INVALID);
	CU_ASSERT(set(&v, "unit", "C001", false));
	CU_ASSERT(set(&v, "arrival", "tom", false));
	CU_ASSERT(set(&v, "departure", "+3d", false));
	CU_ASSERT(set(&v, "adults", "2", false));
	CU_ASSERT(set(&v, "comment", "", false));
	CU_ASSERT_TRUE(values_check_new(&v, &e));
	CU_ASSERT(json_is(&v, "{\"adults\":2,\"check_in\":\"2026-03-05\",\"check_out\":\"2026-03-07\",\"comment\":null,"
	    "\"unit\":\"C001\"}"));
	CU_ASSERT(set(&v, "check_out", "2026-03-05", false));
	CU_ASSERT_FALSE(values_check_new(&v, &e));
	CU_ASSERT_STRING_EQUAL(e.field, "check_out");
	CU_ASSERT(set(&v, "check_out", "2028-03-05", false));
	CU_ASSERT_FALSE(values_check_new(&v, &e));
	CU_ASSERT(set(&v, "check_in", "", false));
	CU_ASSERT_FALSE(values_check_new(&v, &e));
	CU_ASSERT_STRING_EQUAL(e.field, "check_in");
	values_free(&v);
}

static void what_may_be_set(void)
{
	static const char *const derived[] = { "id", "company", "no", "version", "nights", "total", "status", "booked_on",
		"total_minor", "building" };
	struct values v;
	struct err e;

	values_init(&v, catalogue_resource("reservations"));
	for (size_t i = 0; i < ARRAY_LEN(derived); i++) {
		CU_ASSERT_FALSE(values_set(&v, derived[i], "1", TODAY, &e));
		CU_ASSERT_STRING_EQUAL(e.code, "E-FIELD");
	}
	CU_ASSERT_FALSE(values_set_import(&v, "version", "1", TODAY, &e));
	CU_ASSERT_FALSE(values_set(&v, "chekin", "1", TODAY, &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "check_in"));
	CU_ASSERT_EQUAL(v.n, 0);
	CU_ASSERT(set(&v, "external_id", "R-1", false));
	CU_ASSERT_FALSE(values_check_edit(&v, &e));
	CU_ASSERT_STRING_EQUAL(e.field, "external_id");
	values_free(&v);
	values_init(&v, catalogue_resource("reservations"));
	CU_ASSERT(set(&v, "unit", "", false));
	CU_ASSERT_FALSE(values_check_edit(&v, &e));
	CU_ASSERT_STRING_EQUAL(e.field, "unit");
	CU_ASSERT(set(&v, "unit", "A001", false));
	CU_ASSERT_TRUE(values_check_edit(&v, &e));
	values_free(&v);
}

/* An amount waits for its currency; in whatever order they come, the result is the same. */
static void amounts_and_currencies(void)
{
	struct values v;
	struct err e;

	values_init(&v, catalogue_resource("reservations"));
	CU_ASSERT(set(&v, "price_per_night", "1 075,50", false));
	CU_ASSERT(json_is(&v, "{\"price_per_night\":\"1075.50\"}"));
	CU_ASSERT_FALSE(values_set(&v, "currency", "JPY", TODAY, &e)); /* no half yen */
	CU_ASSERT_STRING_EQUAL(e.field, "price_per_night");
	CU_ASSERT(json_is(&v, "{\"price_per_night\":\"1075.50\"}"));
	CU_ASSERT(set(&v, "currency", "EUR", false));
	CU_ASSERT(json_is(&v, "{\"currency\":\"EUR\",\"price_per_night_minor\":107550}"));
	CU_ASSERT(set(&v, "currency", "KWD", false));
	CU_ASSERT(json_is(&v, "{\"currency\":\"KWD\",\"price_per_night_minor\":1075500}"));
	CU_ASSERT(set(&v, "price", "2", false));
	CU_ASSERT(json_is(&v, "{\"currency\":\"KWD\",\"price_per_night_minor\":2000}"));
	CU_ASSERT(set(&v, "price_per_night_minor", "7500", false));
	CU_ASSERT(json_is(&v, "{\"currency\":\"KWD\",\"price_per_night_minor\":7500}"));
	CU_ASSERT_FALSE(values_set(&v, "currency", "XXX", TODAY, &e));
	CU_ASSERT_STRING_EQUAL(e.field, "currency");
	CU_ASSERT_FALSE(values_set(&v, "price", "-1", TODAY, &e));
	CU_ASSERT_FALSE(values_set(&v, "price", "1.0001", TODAY, &e));
	values_free(&v);
	values_init(&v, catalogue_resource("reservations"));
	CU_ASSERT_FALSE(values_set(&v, "price", "-1", TODAY, &e));
	CU_ASSERT_FALSE(values_set(&v, "price", "abc", TODAY, &e));
	CU_ASSERT_FALSE(values_set(&v, "price", "1.00001", TODAY, &e));
	CU_ASSERT_EQUAL(v.n, 0);
	values_free(&v);
}

static bool import_stay(const char *nights, const char *price, const char *total, const char *currency, struct err *e)
{
	struct values v;

	values_init(&v, catalogue_resource("reservations"));
	bool ok = set(&v, "number", "R-00002", true) && set(&v, "unit", "C001", true) && set(&v, "check_in", "2015-07-01", true) &&
	    set(&v, "check_out", "2015-07-03", true) && set(&v, "nights", nights, true) && set(&v, "status", "completed", true) &&
	    set(&v, "booked_on", "2015-06-24", true) && set(&v, "price_per_night", price, true) && set(&v, "total", total, true) &&
	    set(&v, "currency", currency, true) && set(&v, "guest", "Гость 298d8a", true) && values_check_new(&v, e);
	if (ok)
		CU_ASSERT(json_is(&v, "{\"booked_on\":\"2015-06-24\",\"check_in\":\"2015-07-01\",\"check_out\":\"2015-07-03\","
		    "\"currency\":\"EUR\",\"external_id\":\"R-00002\",\"nights\":2,\"party\":\"Гость 298d8a\","
		    "\"price_per_night_minor\":7500,\"status\":\"completed\",\"total_minor\":15000,\"unit\":\"C001\"}"));
	values_free(&v);
	return ok;
}

static void imported_sums_are_checked(void)
{
	struct err e;

	CU_ASSERT_TRUE(import_stay("2", "75.00", "150.00", "EUR", &e));
	CU_ASSERT_FALSE(import_stay("3", "75.00", "150.00", "EUR", &e));
	CU_ASSERT_STRING_EQUAL(e.field, "nights");
	CU_ASSERT_FALSE(import_stay("2", "75.00", "150.01", "EUR", &e));
	CU_ASSERT_STRING_EQUAL(e.field, "total");
	CU_ASSERT_FALSE(import_stay("2", "75.00", "150.01", "", &e)); /* also while the currency is unknown */
	CU_ASSERT_STRING_EQUAL(e.field, "total");
	CU_ASSERT_FALSE(import_stay("2", "75000000000000000", "150.01", "EUR", &e)); /* no overflow */
}

/* ---- every field of every resource: generated value -> canonical -> JSON -> canonical ------------- */

static char *random_text(const struct field *f)
{
	static const char *const letters[] = { "a", "Z", "ж", "Ә", "7", "-", "\"", "'", "中", "😀", "%", "_", "\\", ",", "=", "." };
	struct strbuf s = { 0 };
	int64_t max = f->max > 0 && f->max < 12 ? f->max : 12, n = f->min + (int64_t)test_below((uint32_t)(max - f->min + 1));
	for (int64_t i = 0; i < (n < 1 ? 1 : n); i++)
		strbuf_puts(&s, letters[test_below((uint32_t)ARRAY_LEN(letters))]);
	return strbuf_steal(&s);
}

static int64_t random_within(const struct field *f)
{
	int64_t v = (int64_t)((uint64_t)test_rand() << 32 | test_rand()) >> test_below(63);
	if (f->min == 0 && f->max == 0)
		return v;
	if (f->max == INT64_MAX)
		return v == INT64_MIN ? f->min : v < 0 ? (-v < f->min ? f->min : -v) : v < f->min ? f->min : v;
	return f->min + (int64_t)((uint64_t)test_rand() % (uint64_t)(f->max - f->min + 1));
}

/* A canonical value of the field, as the database could have it. */
static char *random_value(const struct field *f)
{
	char buf[UUID_LEN + 1];
	size_t n = 0;
	switch (f->type) {
	case FT_INT:
	case FT_MONEY:
	case FT_BP: return xasprintf("%" PRId64, random_within(f));
	case FT_DATE: day_format((day_t)test_below(60000) - 20000, buf); return xstrdup(buf);
	case FT_TIME:
		day_format((day_t)test_below(30000), buf);
		return xasprintf("%sT%02u:%02u:%02u+%02u:00", buf, test_below(24), test_below(60), test_below(60), test_below(12));
	case FT_BOOL: return xstrdup(test_below(2) ? "true" : "false");
	case FT_UUID: uuid_v7(buf); return xstrdup(buf);
	case FT_CHOICE:
		while (f->choices[n].value != NULL)
			n++;
		return xstrdup(f->choices[test_below((uint32_t)n)].value);
	case FT_REF:
	case FT_TEXT: break;
	}
	return strcmp(f->name, "currency") == 0 ? xstrdup(test_below(2) ? "KZT" : "JPY") : random_text(f);
}

/* JSON back to canonical text. */
static char *from_json(const json_t *j)
{
	if (json_is_integer(j))
		return xasprintf("%" JSON_INTEGER_FORMAT, json_integer_value(j));
	if (json_is_boolean(j))
		return xstrdup(json_is_true(j) ? "true" : "false");
	return xstrdup(json_string_value(j));
}

static int round_trip(const struct resource *res)
{
	struct values v;
	struct err e = { 0 };
	int bad = 0;

	values_init(&v, res);
	for (const struct field *f = res->fields; f->name != NULL; f++) {
		char column[64];
		if (!field_importable(f) || test_below(4) == 0)
			continue;
		char *text = random_value(f);
		bool ok = values_set_import(&v, field_column(f, column), text, TODAY, &e);
		const char *kept = values_get(&v, f->name);
		if (!ok || kept == NULL || strcmp(kept, text) != 0)
			bad += printf("\n  %s.%s=%s: %s %s\n", res->name, f->name, text, kept ? kept : "NULL", e.text) > 0;
		free(text);
	}
	json_t *o = values_json(&v);
	for (size_t i = 0; i < v.n; i++) {
		char column[64];
		char *back = from_json(json_object_get(o, field_column(v.v[i].field, column)));
		bad += back == NULL || strcmp(back, v.v[i].text) != 0;
		free(back);
	}
	bad += json_object_size(o) != v.n;
	json_decref(o);
	values_free(&v);
	return bad;
}

static void every_resource_round_trips(void)
{
	int bad = 0;
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++)
		for (int i = 0; i < test_count(300); i++)
			bad += round_trip(*r);
	CU_ASSERT_EQUAL(bad, 0);
}

/* What is shown of a canonical amount, date, choice … and typed again is the same value. */
static void shown_values_parse(void)
{
	int bad = 0;
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++) {
		for (const struct field *f = (*r)->fields; f->name != NULL; f++) {
			if (f->type == FT_TIME || f->type == FT_BP || f->type == FT_TEXT || f->type == FT_REF)
				continue; /* shown shorter than they are, or as they are */
			for (int i = 0; i < test_count(100); i++) {
				char *text = random_value(f);
				struct strbuf s = { 0 };
				value_show(&s, f->type, f->choices, text, "EUR");
				char *back = value_parse(f, strbuf_str(&s), TODAY, "EUR", NULL);
				bad += back == NULL || strcmp(back, text) != 0;
				free(back);
				free(text);
				strbuf_free(&s);
			}
		}
	}
	CU_ASSERT_EQUAL(bad, 0);
}

/* Anything at all, in every type: a value or an error, never both, and a value parses to itself. */
static void fuzz(void)
{
	static const char chars[] = "0123456789.,:-+TZ wdmy%\"\\\xD0\xB6\xFF\x1B" "abcXYZ";
	int bad = 0;
	for (int i = 0; i < test_count(40000); i++) {
		char s[40];
		size_t n = test_below(sizeof s);
		for (size_t k = 0; k < n; k++)
			s[k] = test_below(8) ? chars[test_below(sizeof chars - 1)] : (char)(1 + test_below(255));
		s[n < sizeof s ? n : sizeof s - 1] = '\0';
		struct field f = { .name = "x", .type = (enum field_type)test_below(FT_UUID + 1) };
		struct err e = { 0 };
		char *once = value_parse(&f, s, TODAY, "EUR", &e);
		bad += (once == NULL) != (e.kind == ERR_INVALID);
		if (once != NULL && f.type != FT_MONEY && f.type != FT_BP) {
			char *twice = value_parse(&f, once, TODAY, "EUR", &e);
			bad += twice == NULL || strcmp(once, twice) != 0;
			free(twice);
		}
		free(once);
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void json_within_bounds(void)
{
	static const struct { const char *resource, *set, *field; } cases[] = {
		{ "units", "{\"floor\": 200, \"title\": \"A\", \"nobody_knows\": 7}", NULL },
		{ "units", "{\"floor\": 201}", "floor" },
		{ "units", "{\"floor\": -11}", "floor" },
		{ "units", "{\"floor\": null}", NULL },
		{ "units", "{\"floor\": \"no number: the database says so\"}", NULL },
		{ "reservations", "{\"price_per_night_minor\": -1}", "price_per_night" },
		{ "reservations", "{\"price_per_night_minor\": 0, \"adults\": 1000}", NULL },
		{ "reservations", "{\"adults\": 1001}", "adults" },
		{ "reservations", "{\"currency\": \"KZ\"}", "currency" },
		{ "reservations", "{\"unit\": {\"a\": 1}}", "unit" },
		{ "reservations", "{\"comment\": [\"a\"]}", "comment" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *set = json_loads(cases[i].set, 0, NULL);
		struct err e = { 0 };

		CU_ASSERT_EQUAL(values_within(catalogue_resource(cases[i].resource), set, &e), cases[i].field == NULL);
		CU_ASSERT_STRING_EQUAL(e.field, cases[i].field ? cases[i].field : "");
		json_decref(set);
	}
}

TESTS("value", T(json_within_bounds), T(scalars), T(instants), T(refusals), T(bounds), T(choices), T(shown), T(a_new_stay), T(what_may_be_set),
    T(amounts_and_currencies), T(imported_sums_are_checked), T(every_resource_round_trips), T(shown_values_parse), T(fuzz))

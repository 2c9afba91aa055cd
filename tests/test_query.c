#include "config.h"

#include <ctype.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "client/query.h"
#include "client/value.h"
#include "tests/cunit.h"

#define TODAY day_from_ymd(2026, 3, 4) /* a Wednesday */

/* Terms as "name op value|value", one a line, '-' in front when negated: what the parser understood. */
static char *dump(const struct query *q)
{
	static const char *const ops[] = { "=", "!=", "<", ">", "<=", ">=", "~", "^=", "word" };
	struct strbuf s = { 0 };
	for (size_t i = 0; i < q->nterms; i++) {
		const struct query_term *t = &q->terms[i];
		strbuf_printf(&s, "%s%s%s ", i > 0 ? "; " : "", t->negated ? "-" : "", t->field ? t->field->name : "");
		strbuf_printf(&s, "%s", ops[t->op]);
		for (size_t k = 0; k < t->count; k++)
			strbuf_printf(&s, "%c%s", k > 0 ? '|' : ' ', t->values[k]);
	}
	return strbuf_steal(&s);
}

static bool reads(const char *resource, const char *text, const char *want)
{
	struct query q;
	struct err e = { 0 };
	query_init(&q, catalogue_resource(resource));
	bool ok = query_filter(&q, text, TODAY, "EUR", &e);
	char *got = dump(&q);
	bool same = ok && strcmp(got, want) == 0;
	if (!same)
		printf("\n  %s\n  -> %s\n  instead of %s (%s)\n", text, got, want, e.text);
	free(got);
	query_free(&q);
	return same;
}

static bool refuses(const char *resource, const char *text, const char *field, const char *part)
{
	struct query q;
	struct err e = { 0 };
	query_init(&q, catalogue_resource(resource));
	CU_ASSERT_TRUE(query_filter(&q, "status=active", TODAY, NULL, &e) || query_filter(&q, "first", TODAY, NULL, &e));
	bool ok = query_filter(&q, text, TODAY, "EUR", &e);
	char line[700];
	err_line(&e, line, sizeof line);
	bool refused = !ok && e.kind == ERR_INVALID && strcmp(e.code, "E-FILTER") == 0 && strcmp(e.field, field) == 0 &&
	    strstr(line, part) != NULL && q.nterms == 1;
	if (!refused)
		printf("\n  %s: %d %s\n", text, ok, line);
	query_free(&q);
	return refused;
}

static void words(void)
{
	CU_ASSERT(reads("parties", "Иванов", " word иванов"));
	CU_ASSERT(reads("parties", "Ёлкин Пётр", " word елкин;  word петр"));
	CU_ASSERT(reads("parties", "\"Достык 45\"", " word достык 45"));
	CU_ASSERT(reads("parties", "-Иванов,Петров", "- word иванов|петров"));
	CU_ASSERT(reads("parties", "+7(701)123-45-67", " word 77011234567"));
	CU_ASSERT(reads("parties", "\"+7 701 123\"", " word 7701123"));
	CU_ASSERT(reads("parties", "  ", ""));
	CU_ASSERT(reads("parties", "\"\"", ""));
	CU_ASSERT(reads("parties", "-", ""));
	CU_ASSERT(reads("parties", "a,,b", " word a|b"));
	CU_ASSERT(reads("parties", "\"open quote", " word open quote"));
	CU_ASSERT(reads("parties", "\"a\\\"b\\\\c\"", " word a\"b\\c"));
}

static void fields(void)
{
	CU_ASSERT(reads("reservations", "status=confirmed,checked_in check_in>=2026-03-01",
	    "status = confirmed|checked_in; check_in >= 2026-03-01"));
	CU_ASSERT(reads("reservations", "-channel=Direct", "-channel = Direct"));
	CU_ASSERT(reads("reservations", "channel!=\"Online TA\"", "channel != Online TA"));
	CU_ASSERT(reads("reservations", "channel=\"a,b\",c", "channel = a,b|c"));
	CU_ASSERT(reads("reservations", "guest~айг", "party ~ айг"));
	CU_ASSERT(reads("reservations", "party~\"a b\"", "party ~ a b"));
	CU_ASSERT(reads("reservations", "unit=C001,A002", "unit = C001|A002"));
	CU_ASSERT(reads("reservations", "status=\"checked in\"", "status = checked_in"));
	CU_ASSERT(reads("reservations", "status=No-Show", "status = no_show"));
	CU_ASSERT(reads("reservations", "agent=", "agent = "));
	CU_ASSERT(reads("reservations", "agent=\"\"", "agent = "));
	CU_ASSERT(reads("reservations", "-agent=", "-agent = "));
	CU_ASSERT(reads("reservations", "nights=3..5 nights>2", "nights = 3..5; nights > 2"));
	CU_ASSERT(reads("reservations", "nights=999", "nights = 999")); /* a bound of input is none of a question */
	CU_ASSERT(reads("reservations", "country=a=b", "country = a=b"));
	CU_ASSERT(reads("units", "title~x=y", "title ~ x=y"));
	CU_ASSERT(reads("units", "title>=М", "title >= М"));
}

static void amounts(void)
{
	CU_ASSERT(reads("reservations", "total>=1000", "total >= 100000"));
	CU_ASSERT(reads("reservations", "amount>=1000,50", "total >= 100000|5000"));
	CU_ASSERT(reads("reservations", "amount>=\"1 000,50\"", "total >= 100050"));
	CU_ASSERT(reads("reservations", "total_minor>=1000", "total >= 1000"));
	CU_ASSERT(reads("reservations", "total=10..20.5", "total = 1000..2050"));
	CU_ASSERT(reads("reservations", "total_minor=10..20", "total = 10..20"));
	CU_ASSERT(reads("reservations", "total=-5", "total = -500"));
}

static void dates(void)
{
	CU_ASSERT(reads("reservations", "check_in=tod", "check_in = 2026-03-04"));
	CU_ASSERT(reads("reservations", "check_in<16.06", "check_in < 2026-06-16"));
	CU_ASSERT(reads("reservations", "check_in=2026-02", "check_in = 2026-02-01..2026-02-28"));
	CU_ASSERT(reads("reservations", "check_in=02.2028", "check_in = 2028-02-01..2028-02-29"));
	CU_ASSERT(reads("reservations", "check_in<2026-02", "check_in < 2026-02-01"));
	CU_ASSERT(reads("reservations", "check_in>=2026-02", "check_in >= 2026-02-01"));
	CU_ASSERT(reads("reservations", "check_in>2026-02", "check_in > 2026-02-28"));
	CU_ASSERT(reads("reservations", "check_in<=2026-12", "check_in <= 2026-12-31"));
	CU_ASSERT(reads("reservations", "check_in=w1", "check_in = 2025-12-29..2026-01-04"));
	CU_ASSERT(reads("reservations", "check_in=w24", "check_in = 2026-06-08..2026-06-14"));
	CU_ASSERT(reads("reservations", "check_in=tod..+3d", "check_in = 2026-03-04..2026-03-07"));
	CU_ASSERT(reads("reservations", "check_in=tod..tod", "check_in = 2026-03-04"));
	CU_ASSERT(reads("reservations", "-check_in=2026-02,2026-04", "-check_in = 2026-02-01..2026-02-28|2026-04-01..2026-04-30"));
	CU_ASSERT(reads("reservations", "updated_at>=tod", "updated_at >= 2026-03-04"));
	CU_ASSERT(reads("reservations", "updated_at>=2026-03-04T10:00", "updated_at >= 2026-03-04T10:00:00"));
	CU_ASSERT(reads("reservations", "updated_at=\"tod 10:00\"", "updated_at = 2026-03-04T10:00:00"));
	CU_ASSERT(reads("reservations", "updated_at=2026-03", "updated_at = 2026-03-01..2026-03-31"));
}

static void states(void)
{
	CU_ASSERT(reads("reservations", "-cancelled", "-status = cancelled"));
	CU_ASSERT(reads("units", "free Dostyk", "status = free;  word dostyk"));
	CU_ASSERT(reads("units", "\"free\"", " word free"));
	CU_ASSERT(reads("buildings", "free", " word free"));
	CU_ASSERT(reads("units", "free,other", " word free|other"));
}

static void refusals(void)
{
	CU_ASSERT(refuses("reservations", "stat=confirmed", "stat", "status"));
	CU_ASSERT(refuses("reservations", "stat=confirmed", "stat", "check_in, check_out"));
	CU_ASSERT(refuses("reservations", "status=overdue", "status", "hold, confirmed"));
	CU_ASSERT(refuses("reservations", "check_in=32.13", "check_in", "not a date"));
	CU_ASSERT(refuses("reservations", "check_in=tod..", "check_in", "missing"));
	CU_ASSERT(refuses("reservations", "check_in=2026-13", "check_in", "not a date"));
	CU_ASSERT(refuses("reservations", "check_in=w54", "check_in", "not a date"));
	CU_ASSERT(refuses("reservations", "nights=abc", "nights", "whole number"));
	CU_ASSERT(refuses("reservations", "total>=1.001", "total", "decimal"));
	CU_ASSERT(refuses("reservations", "nights~3", "nights", "~"));
	CU_ASSERT(refuses("reservations", "status>hold", "status", "no order"));
	CU_ASSERT(refuses("reservations", "unit<5", "unit", "no order"));
	CU_ASSERT(refuses("reservations", "=5", "", "without a field"));
	CU_ASSERT(refuses("reservations", "ok >5", "", "without a field"));
	CU_ASSERT(refuses("reservations", "ok @late", "", "view"));
	CU_ASSERT(refuses("reservations", "id=5", "id", "not an id"));
	CU_ASSERT(refuses("reservations", "nights<", "nights", "missing"));
	CU_ASSERT(refuses("reservations", "party~", "party", "missing"));
	CU_ASSERT(refuses("parties", "\xFF", "", "UTF-8"));
	CU_ASSERT(refuses("parties", "a b c d e f g h i j k l m n o p q r s t", "", "too many"));
}

static void limits(void)
{
	struct strbuf s = { 0 };
	struct query q;
	struct err e;

	query_init(&q, catalogue_resource("parties"));
	strbuf_puts(&s, "no=0");
	for (int i = 1; i < QUERY_MAX_VALUES; i++)
		strbuf_printf(&s, ",%d", i);
	CU_ASSERT_TRUE(query_filter(&q, s.s, TODAY, NULL, &e));
	CU_ASSERT_FALSE(query_filter(&q, "one", TODAY, NULL, &e));
	CU_ASSERT_EQUAL(q.nterms, 1);
	query_clear(&q);
	CU_ASSERT_EQUAL(q.nterms, 0);
	strbuf_free(&s);
	query_free(&q);
}

static void sorting(void)
{
	struct query q;
	struct err e;

	query_init(&q, catalogue_resource("reservations"));
	CU_ASSERT_STRING_EQUAL(q.sort->name, "check_in");
	CU_ASSERT_FALSE(q.descending);
	CU_ASSERT_EQUAL(q.limit, 50);
	q.after = xstrdup("x");
	CU_ASSERT_TRUE(query_sort(&q, "-arrival", &e));
	CU_ASSERT_STRING_EQUAL(q.sort->name, "check_in");
	CU_ASSERT_TRUE(q.descending);
	CU_ASSERT_PTR_NULL(q.after);
	CU_ASSERT_FALSE(query_sort(&q, "check_in,no", &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "one field"));
	CU_ASSERT_FALSE(query_sort(&q, "-total", &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "no index"));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.remedy, "no, check_in, booked_on"));
	CU_ASSERT_FALSE(query_sort(&q, "nothing", &e));
	CU_ASSERT_FALSE(query_sort(&q, "", &e));
	CU_ASSERT_FALSE(query_sort(&q, "-", &e));
	CU_ASSERT_STRING_EQUAL(e.code, "E-SORT");
	CU_ASSERT_TRUE(q.descending);
	query_free(&q);
}

/* ---- generated: text -> terms -> text -> terms ---------------------------------------------------- */

static void random_piece(struct strbuf *s, const struct resource *res)
{
	static const char *const pieces[] = { "a", "Ж", " ", ",", "\"", "\\", "=", "!=", "<", ">=", "~", "-", "..", "5", "2026-03",
		"tod", "w3", "free", "active", "hold", "checked in", "C001", "1000.50", "+7 701", "%", "_", "@x", "да", "'", ";", "\t",
		"018f6e5c-0000-7000-8000-0123456789ab", "\xFF", "console", "Phone", "\x01", "\r", "\n", "\xC2\x9B" };
	size_t n = 0;
	while (res->fields[n].name != NULL)
		n++;
	if (test_below(4) == 0)
		strbuf_puts(s, res->fields[test_below((uint32_t)n)].name);
	else
		strbuf_puts(s, pieces[test_below((uint32_t)ARRAY_LEN(pieces))]);
}

/* name op value, mostly sensible */
static void random_term(struct strbuf *s, const struct resource *res)
{
	static const char *const ops[] = { "=", "=", "!=", "<", ">", "<=", ">=", "~" };
	size_t n = 0;
	while (res->fields[n].name != NULL)
		n++;
	const struct field *f = &res->fields[test_below((uint32_t)n)];
	if (test_below(4) == 0)
		strbuf_putc(s, '-');
	strbuf_printf(s, "%s%s", f->name, ops[test_below((uint32_t)ARRAY_LEN(ops))]);
	for (int i = (int)test_below(3); i >= 0; i--) {
		switch (f->type) {
		case FT_INT:
		case FT_MONEY: strbuf_printf(s, test_below(2) ? "%u" : "%u..9999999", test_below(1000000)); break;
		case FT_DATE:
		case FT_TIME: strbuf_printf(s, test_below(2) ? "2026-%02u" : "2026-%02u-11", 1 + test_below(12)); break;
		case FT_CHOICE: strbuf_puts(s, f->choices[0].value); break;
		default: strbuf_printf(s, test_below(2) ? "\"x, %u\"" : "x%u", test_below(100));
		}
		if (i > 0)
			strbuf_putc(s, ',');
	}
	strbuf_putc(s, ' ');
}

static int fixpoint(const char *text, const struct resource *res, const char *currency)
{
	struct query a, b;
	struct err e = { 0 };
	int bad = 0;

	query_init(&a, res);
	query_init(&b, res);
	if (query_filter(&a, text, TODAY, currency, &e)) {
		char *shown = query_filter_text(&a);
		bool again = query_filter(&b, shown, TODAY + 99, currency, &e); /* normalised: another day changes nothing */
		char *x = dump(&a), *y = dump(&b), *shown_again = query_filter_text(&b);
		if (!again || strcmp(x, y) != 0 || strcmp(shown, shown_again) != 0)
			bad = printf("\n  %s\n  shown %s\n  %s\n  %s (%s)\n", text, shown, x, y, e.text);
		free(shown);
		free(shown_again);
		free(x);
		free(y);
	} else if (e.kind != ERR_INVALID || strcmp(e.code, "E-FILTER") != 0 || a.nterms != 0) {
		bad = printf("\n  %s: refused without a reason\n", text);
	}
	query_free(&a);
	query_free(&b);
	return bad > 0;
}

static void parse_show_parse(void)
{
	static const char *const currencies[] = { "EUR", "JPY", "KWD", NULL };
	int bad = 0;
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++) {
		for (int i = 0; i < test_count(2000); i++) {
			struct strbuf s = { 0 };
			if (i % 2)
				for (int k = (int)test_below(12); k >= 0; k--)
					random_piece(&s, *r);
			else
				for (int k = (int)test_below(4); k >= 0; k--)
					random_term(&s, *r);
			bad += fixpoint(strbuf_str(&s), *r, currencies[test_below(4)]);
			strbuf_free(&s);
		}
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void copies(void)
{
	struct query a, b;
	struct err e;

	query_init(&a, catalogue_resource("reservations"));
	CU_ASSERT_TRUE(query_filter(&a, "status=hold,confirmed total>5 word", TODAY, "EUR", &e));
	a.after = xstrdup("cursor");
	query_copy(&b, &a);
	query_free(&a);
	char *s = query_filter_text(&b);
	CU_ASSERT_STRING_EQUAL(s, "status=hold,confirmed total>5.00 word");
	CU_ASSERT_STRING_EQUAL(b.after, "cursor");
	free(s);
	query_free(&b);
}

/* ---- cursors -------------------------------------------------------------------------------------- */

static void cursors_round_trip(void)
{
	static const char id[] = "018f6e5c-0000-7000-8000-0123456789ab";
	struct query q;
	int bad = 0;

	query_init(&q, catalogue_resource("units"));
	for (int i = 0; i < test_count(20000); i++) {
		char value[60], *v = NULL, *k = NULL;
		size_t n = test_below(sizeof value - 1);
		for (size_t j = 0; j < n; j++)
			value[j] = (char)(1 + test_below(255));
		value[n] = '\0';
		char *c = query_cursor(&q, value, id);
		bool ok = query_cursor_parse(&q, c, &v, &k);
		bad += !ok || strcmp(v, value) != 0 || strcmp(k, id) != 0;
		for (const char *p = c; *p != '\0'; p++)
			bad += !(isalnum((unsigned char)*p) || *p == '-' || *p == '_');
		free(c);
		free(v);
		free(k);
	}
	CU_ASSERT_EQUAL(bad, 0);
	query_free(&q);
}

static void foreign_cursors_are_refused(void)
{
	struct query q, other;
	struct err e;
	char *v = NULL, *k = NULL;

	query_init(&q, catalogue_resource("reservations"));
	char *c = query_cursor(&q, "2026-03-04", "018f6e5c-0000-7000-8000-0123456789ab");
	CU_ASSERT_TRUE(query_cursor_parse(&q, c, &v, &k));
	CU_ASSERT_STRING_EQUAL(v, "2026-03-04");
	free(v);
	free(k);
	CU_ASSERT_TRUE(query_sort(&q, "no", &e));
	CU_ASSERT_FALSE(query_cursor_parse(&q, c, &v, &k));
	query_init(&other, catalogue_resource("blocks"));
	CU_ASSERT_FALSE(query_cursor_parse(&other, c, &v, &k));
	free(c);
	c = query_cursor(&q, "not a number", "018f6e5c-0000-7000-8000-0123456789ab");
	CU_ASSERT_FALSE(query_cursor_parse(&q, c, &v, &k));
	free(c);
	c = query_cursor(&q, "5", "no uuid");
	CU_ASSERT_FALSE(query_cursor_parse(&q, c, &v, &k));
	free(c);
	static const char *const bad[] = { "", "x", "....", "AAAA", "'; drop table", "ж" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_FALSE(query_cursor_parse(&q, bad[i], &v, &k));
	for (int i = 0; i < test_count(20000); i++) {
		char junk[60];
		size_t n = test_below(sizeof junk - 1);
		for (size_t j = 0; j < n; j++)
			junk[j] = (char)(33 + test_below(90));
		junk[n] = '\0';
		CU_ASSERT_FALSE(query_cursor_parse(&q, junk, &v, &k));
	}
	query_free(&q);
	query_free(&other);
}

static void a_field_being_typed(void)
{
	const struct resource *units = catalogue_resource("units");

	CU_ASSERT_TRUE(query_unfinished(units, "s"));
	CU_ASSERT_TRUE(query_unfinished(units, "free -stat"));
	CU_ASSERT_TRUE(query_unfinished(units, "room_ty")); /* an alias of class */
	CU_ASSERT_TRUE(query_unfinished(units, "status=")); /* "not set" once Enter says so */
	CU_ASSERT_TRUE(query_unfinished(units, "floor>"));
	CU_ASSERT_FALSE(query_unfinished(units, "status=free"));
	CU_ASSERT_FALSE(query_unfinished(units, "status=free "));
	CU_ASSERT_FALSE(query_unfinished(units, "stx"));
	CU_ASSERT_FALSE(query_unfinished(units, ""));
}

TESTS("query", T(a_field_being_typed), T(words), T(fields), T(amounts), T(dates), T(states), T(refusals), T(limits), T(sorting),
    T(parse_show_parse), T(copies), T(cursors_round_trip), T(foreign_cursors_are_refused))

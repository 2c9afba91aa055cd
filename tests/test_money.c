#include "config.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/money.h"
#include "tests/cunit.h"

static const char *const some[] = { "KZT", "JPY", "KWD", "EUR", "RUB", "UZS", "VND", "TND" };

static void digits(void)
{
	CU_ASSERT_EQUAL(money_digits("KZT"), 2);
	CU_ASSERT_EQUAL(money_digits("JPY"), 0);
	CU_ASSERT_EQUAL(money_digits("KWD"), 3);
	static const char *const unknown[] = { "", "KZ", "KZTT", "kzt", "XXX", "ZT ", "T A", "   " };
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		CU_ASSERT_EQUAL(money_digits(unknown[i]), -1);
	CU_ASSERT_EQUAL(money_digits(NULL), -1);
}

static bool reads(const char *s, const char *currency, int64_t want)
{
	int64_t got = 12345;
	const char *why = NULL;
	bool ok = money_parse(s, currency, &got, &why);
	if (!ok || got != want)
		printf("\n  %s %s: %" PRId64 " (%s)\n", s, currency, got, why ? why : "");
	return ok && got == want;
}

static bool refuses(const char *s, const char *currency, const char *reason)
{
	int64_t got = 12345;
	const char *why = NULL;
	bool ok = money_parse(s, currency, &got, &why);
	if (ok || why == NULL || strstr(why, reason) == NULL)
		printf("\n  %s %s: taken as %" PRId64 " (%s)\n", s, currency, got, why ? why : "");
	return !ok && got == 12345 && strstr(why, reason) != NULL;
}

static void parses(void)
{
	CU_ASSERT(reads("75", "EUR", 7500));
	CU_ASSERT(reads("75.00", "EUR", 7500));
	CU_ASSERT(reads("75,5", "EUR", 7550));
	CU_ASSERT(reads("1 234,50", "KZT", 123450));
	CU_ASSERT(reads("1 234 567", "JPY", 1234567));
	CU_ASSERT(reads("1\xC2\xA0" "234.5", "KZT", 123450));
	CU_ASSERT(reads("12'345.00", "EUR", 1234500));
	CU_ASSERT(reads("-3.5", "EUR", -350));
	CU_ASSERT(reads("\xE2\x88\x92" "3", "EUR", -300));
	CU_ASSERT(reads(" 3 ", "EUR", 300));
	CU_ASSERT(reads("0.001", "KWD", 1));
	CU_ASSERT(reads("0", "JPY", 0));
	CU_ASSERT(reads("92233720368547758.07", "EUR", INT64_MAX));
	CU_ASSERT(reads("-92233720368547758.08", "EUR", INT64_MIN));
}

static void refuses_nonsense(void)
{
	static const char *const bad[] = { "", " ", "-", ".", ".5", "5.", "1,234.5", "1 23", "1  234", "1 2345", "12 34 567",
		"a", "5a", "5 EUR", "--5", "+5", "1e3", "0x10", "1 234 56", "1234 567", "5-" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT(refuses(bad[i], "EUR", i == 6 ? "" : "not an amount"));
	CU_ASSERT(refuses("5.001", "EUR", "decimal"));
	CU_ASSERT(refuses("5.000", "EUR", "decimal"));
	CU_ASSERT(refuses("5.0", "JPY", "decimal"));
	CU_ASSERT(refuses("92233720368547758.08", "EUR", "too large"));
	CU_ASSERT(refuses("-92233720368547758.09", "EUR", "too large"));
	CU_ASSERT(refuses("99999999999999999999999999", "EUR", "too large"));
	CU_ASSERT(refuses("5", "XXX", "unknown"));
}

static int64_t random_amount(void)
{
	int64_t v = (int64_t)((uint64_t)test_rand() << 32 | test_rand());
	return v >> test_below(64);
}

static void round_trips(void)
{
	int bad = 0;
	for (int i = 0; i < test_count(100000); i++) {
		const char *currency = some[test_below((uint32_t)ARRAY_LEN(some))];
		int64_t minor = i == 0 ? INT64_MIN : i == 1 ? INT64_MAX : random_amount(), back;
		char buf[40];
		const char *why;
		money_format(minor, currency, test_below(2), buf);
		bad += !money_parse(buf, currency, &back, &why) || back != minor;
	}
	CU_ASSERT_EQUAL(bad, 0);
}

/* Every currency: one unit is as many minor ones as it has digits for, and one digit more is refused. */
static void every_currency(void)
{
	int known = 0;
	for (int i = 0; i < 26 * 26 * 26; i++) {
		char code[4] = { (char)('A' + i / 676), (char)('A' + i / 26 % 26), (char)('A' + i % 26), '\0' };
		int places = money_digits(code);
		int64_t one = 1, got;
		char buf[40], longer[16];
		const char *why;
		if (places < 0)
			continue;
		known++;
		for (int k = 0; k < places; k++)
			one *= 10;
		CU_ASSERT(money_parse("1", code, &got, &why) && got == one);
		money_format(one, code, false, buf);
		CU_ASSERT(money_parse(buf, code, &got, &why) && got == one);
		snprintf(longer, sizeof longer, "1.%0*d", places + 1, 0);
		CU_ASSERT_FALSE(money_parse(longer, code, &got, &why));
	}
	CU_ASSERT(known > 150 && known < 180);
}

static bool prints(int64_t minor, const char *currency, bool grouped, const char *want)
{
	char buf[40];
	money_format(minor, currency, grouped, buf);
	if (strcmp(buf, want) != 0)
		printf("\n  \"%s\" instead of \"%s\"\n", buf, want);
	return strcmp(buf, want) == 0;
}

static void formats(void)
{
	CU_ASSERT(prints(123450, "KZT", true, "1 234.50"));
	CU_ASSERT(prints(123450, "KZT", false, "1234.50"));
	CU_ASSERT(prints(5, "KZT", true, "0.05"));
	CU_ASSERT(prints(-5, "KZT", true, "-0.05"));
	CU_ASSERT(prints(0, "JPY", true, "0"));
	CU_ASSERT(prints(1234567, "JPY", true, "1 234 567"));
	CU_ASSERT(prints(-100000, "JPY", true, "-100 000"));
	CU_ASSERT(prints(INT64_MIN, "KWD", true, "-9 223 372 036 854 775.808"));
	CU_ASSERT(prints(INT64_MAX, "JPY", true, "9 223 372 036 854 775 807"));
	CU_ASSERT(prints(100, "???", true, "1.00"));
}

static void fuzz(void)
{
	static const char chars[] = "0123456789., -'+\xC2\xA0\xE2\x80\xAF";
	for (int i = 0; i < test_count(50000); i++) {
		char s[32], buf[40];
		size_t n = test_below(12);
		int64_t v, back;
		const char *why;
		for (size_t k = 0; k < n; k++)
			s[k] = chars[test_below(sizeof chars - 1)];
		s[n] = '\0';
		if (money_parse(s, "EUR", &v, &why)) {
			money_format(v, "EUR", false, buf);
			CU_ASSERT(money_parse(buf, "EUR", &back, &why) && back == v);
		}
	}
}

TESTS("money", T(digits), T(parses), T(refuses_nonsense), T(round_trips), T(every_currency), T(formats), T(fuzz))

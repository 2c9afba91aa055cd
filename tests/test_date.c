#include "config.h"

#include <time.h>

#include "base/date.h"
#include "base/mem.h"
#include "tests/cunit.h"

/* Four hundred years hold every shape that a year has; the C library is the oracle. */
static void agrees_with_timegm(void)
{
	int bad = 0;
	day_t expected = DAY_NONE;
	for (int y = 1800; y <= 2210; y++) {
		for (int m = 1; m <= 12; m++) {
			for (int d = 1; d <= day_month_length(y, m); d++) {
				struct tm tm = { .tm_year = y - 1900, .tm_mon = m - 1, .tm_mday = d };
				day_t day = day_from_ymd(y, m, d);
				struct ymd back = day_to_ymd(day);
				char iso[16];
				bad += (int64_t)day * 86400 != (int64_t)timegm(&tm);
				bad += (day_weekday(day) + 1) % 7 != tm.tm_wday;
				bad += back.y != y || back.m != m || back.d != d;
				bad += expected != DAY_NONE && day != expected;
				day_format(day, iso);
				bad += day_parse(iso) != day;
				expected = day + 1;
			}
		}
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void refuses_what_is_no_day(void)
{
	static const char *const bad[] = {
		"", "2026", "2026-02-30", "2026-13-01", "2026-00-10", "2026-1-01", "2026-01-1", "2025-02-29", "1900-02-29",
		"29.02.2025", "2026/01/01", "2026-01-01 ", " 2026-01-01", "2026-01-01x", "0000-01-01", "-001-01-01", "20260101",
		"32.01.2026", "aa.bb.cccc", "٢٠٢٦-01-01",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(day_parse(bad[i]), DAY_NONE);
	CU_ASSERT_EQUAL(day_parse("1970-01-01"), 0);
	CU_ASSERT_EQUAL(day_parse("31.12.1969"), -1);
	CU_ASSERT_EQUAL(day_parse("2000-02-29"), day_from_ymd(2000, 2, 29));
	CU_ASSERT_EQUAL(day_from_ymd(10000, 1, 1), DAY_NONE);
	CU_ASSERT_EQUAL(day_from_ymd(2026, 1, 0), DAY_NONE);
	char buf[16];
	day_format(DAY_NONE, buf);
	CU_ASSERT_STRING_EQUAL(buf, "");
	day_format(day_from_ymd(9999, 12, 31), buf);
	CU_ASSERT_STRING_EQUAL(buf, "9999-12-31");
	day_format(day_from_ymd(1, 1, 1), buf);
	CU_ASSERT_STRING_EQUAL(buf, "0001-01-01");
}

static void months(void)
{
	day_t jan31 = day_from_ymd(2026, 1, 31);
	CU_ASSERT_EQUAL(day_add_months(jan31, 1), day_from_ymd(2026, 2, 28));
	CU_ASSERT_EQUAL(day_add_months(jan31, 25), day_from_ymd(2028, 2, 29));
	CU_ASSERT_EQUAL(day_add_months(jan31, -11), day_from_ymd(2025, 2, 28));
	CU_ASSERT_EQUAL(day_add_months(jan31, -1), day_from_ymd(2025, 12, 31));
	CU_ASSERT_EQUAL(day_add_months(jan31, 12 * 9000), DAY_NONE);
	CU_ASSERT_EQUAL(day_add_months(jan31, -12 * 9000), DAY_NONE);
	CU_ASSERT_EQUAL(day_month_start(jan31), day_from_ymd(2026, 1, 1));
	CU_ASSERT_EQUAL(day_month_length(2026, 0), 0);
	CU_ASSERT_EQUAL(day_month_length(2026, 13), 0);
}

static void human_forms(void)
{
	day_t today = day_from_ymd(2026, 3, 4); /* a Wednesday */
	static const struct { const char *text; int y, m, d; } good[] = {
		{ "tod", 2026, 3, 4 }, { "TODAY", 2026, 3, 4 }, { "tom", 2026, 3, 5 }, { "yest", 2026, 3, 3 },
		{ "завтра", 2026, 3, 5 }, { "Сегодня", 2026, 3, 4 }, { "ертең", 2026, 3, 5 }, { "кеше", 2026, 3, 3 },
		{ "1606", 2026, 6, 16 }, { "16.06", 2026, 6, 16 }, { "16.06.2027", 2027, 6, 16 }, { "2027-06-16", 2027, 6, 16 },
		{ "+3d", 2026, 3, 7 }, { "+3", 2026, 3, 7 }, { "-2w", 2026, 2, 18 }, { "+1m", 2026, 4, 4 }, { "+1y", 2027, 3, 4 },
		{ "wed", 2026, 3, 11 }, { "thu", 2026, 3, 5 }, { "tue", 2026, 3, 10 }, { "вс", 2026, 3, 8 }, { "Пн", 2026, 3, 9 },
	};
	static const char *const bad[] = {
		"", "3202", "0013", "31.02", "+", "-", "+d", "+3x", "+3dd", "++3d", "+999999999999d", "+9999999d", "monday!", "d", "x",
		"+99999d99", "- 3d", "+100000y",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		day_t got = day_parse_human(good[i].text, today);
		CU_ASSERT_EQUAL(got, day_from_ymd(good[i].y, good[i].m, good[i].d));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(day_parse_human(bad[i], today), DAY_NONE);
	for (int i = 0; i < 7; i++) /* "mon" is always ahead, at most a week */
		CU_ASSERT(day_parse_human("mon", today + i) > today + i && day_parse_human("mon", today + i) <= today + i + 7);
}

static void zones(void)
{
	CU_ASSERT_EQUAL(day_of_instant(0, "UTC"), 0);
	CU_ASSERT_EQUAL(day_of_instant(-1, "UTC"), -1);
	CU_ASSERT_EQUAL(day_of_instant(19 * 3600, "UTC"), 0);
	CU_ASSERT_EQUAL(day_of_instant(19 * 3600, "XYZ-05:00"), 1); /* 5 h east of Greenwich */
	CU_ASSERT_EQUAL(day_of_instant(2 * 3600, "XYZ+05:00"), -1);
	setenv("TZ", "XYZ-11", 1);
	CU_ASSERT_EQUAL(day_of_instant(19 * 3600, "UTC"), 0);
	CU_ASSERT_STRING_EQUAL(getenv("TZ"), "XYZ-11");
	unsetenv("TZ");
	CU_ASSERT_EQUAL(day_of_instant(19 * 3600, "UTC"), 0);
	CU_ASSERT_PTR_NULL(getenv("TZ"));
}

TESTS("date", T(agrees_with_timegm), T(refuses_what_is_no_day), T(months), T(human_forms), T(zones))

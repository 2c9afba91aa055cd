/* The pure parts of the booking board: instants, time left, who is where. */
#include "config.h"

#include "client/table.h"
#include "screens/clock.h"
#include "screens/timeline.h"
#include "tests/cunit.h"

static void instants(void)
{
	CU_ASSERT_EQUAL(instant_parse("1970-01-01T00:00:00Z"), 0);
	CU_ASSERT_EQUAL(instant_parse("1970-01-01 05:00:00+05"), 0);
	CU_ASSERT_EQUAL(instant_parse("1970-01-01 05:30:01.25+05:30"), 1);
	CU_ASSERT_EQUAL(instant_parse("1969-12-31 23:00-0100"), 0);
	CU_ASSERT_EQUAL(instant_parse("2026-06-16T09:00:00+05:00"), 1781582400);
	CU_ASSERT_EQUAL(instant_parse(""), INSTANT_NONE);
	CU_ASSERT_EQUAL(instant_parse("2026-06-16"), INSTANT_NONE);
	CU_ASSERT_EQUAL(instant_parse("2026-13-16 09:00:00+05"), INSTANT_NONE);
	CU_ASSERT_EQUAL(instant_parse("2026-06-16 09:00:00 am"), INSTANT_NONE);
}

static const char *put(int64_t seconds, day_t today)
{
	static struct strbuf b;

	strbuf_clear(&b);
	clock_put(&b, seconds, "Asia/Almaty", today);
	return strbuf_str(&b);
}

static void clocks(void)
{
	int64_t at = instant_parse("2026-06-16T23:59:00+05:00");
	int minute;

	CU_ASSERT_EQUAL(clock_day(at, "Asia/Almaty", &minute), day_from_ymd(2026, 6, 16));
	CU_ASSERT_EQUAL(minute, 23 * 60 + 59);
	CU_ASSERT_EQUAL(clock_day(at + 60, "Asia/Almaty", &minute), day_from_ymd(2026, 6, 17));
	CU_ASSERT_EQUAL(minute, 0);
	CU_ASSERT_EQUAL(clock_day(-1, "UTC", &minute), day_from_ymd(1969, 12, 31));
	CU_ASSERT_EQUAL(minute, 23 * 60 + 59);
	CU_ASSERT_STRING_EQUAL(put(at, day_from_ymd(2026, 6, 16)), "23:59");
	CU_ASSERT_STRING_EQUAL(put(at + 60, day_from_ymd(2026, 6, 16)), "17 Jun 00:00");
}

/* Whatever the zone and the moment, the day agrees with the one that base/date.h works out anew each time. */
static void zones_agree(void)
{
	static const char *const ZONES[] = { "Asia/Almaty", "Europe/Berlin", "UTC", "America/St_Johns", "Asia/Kathmandu" };

	for (int i = 0; i < test_count(2000); i++) {
		const char *tz = ZONES[test_below(5)];
		int64_t at = (int64_t)test_rand() % 4000000000 - 500000000;
		int minute;

		CU_ASSERT_EQUAL(clock_day(at, tz, &minute), day_of_instant(at, tz));
		CU_ASSERT(minute >= 0 && minute < 24 * 60);
	}
}

static void time_left(void)
{
	static const struct { int64_t seconds; const char *text; } CASES[] = {
		{ -5, "0:00" }, { 59, "0:00" }, { 60, "0:01" }, { 10500, "2:55" }, { 79200, "22:00" }, { 172799, "47:59" },
		{ 172800, "2 d" },
	};
	struct strbuf b = { 0 };

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		strbuf_clear(&b);
		clock_left(&b, CASES[i].seconds);
		CU_ASSERT_STRING_EQUAL(strbuf_str(&b), CASES[i].text);
	}
	strbuf_free(&b);
}

static void add(struct table *t, const char *unit, const char *kind, const char *status, const char *in, const char *out)
{
	const char *const cells[] = { unit, kind, status, in, out };

	for (int i = 0; i < 5; i++)
		table_add(t, cells[i], strlen(cells[i]));
}

static char mark(const struct table *t, const char *unit, int day)
{
	return timeline_mark(t, unit, day_from_ymd(2026, 6, day));
}

static void who_is_where(void)
{
	static const char *const NAMES[] = { "unit", "kind", "status", "check_in", "check_out" };
	struct table *t = table_new(5, NAMES);

	add(t, "a", "stay", "checked_in", "2026-06-10", "2026-06-16");
	add(t, "a", "stay", "hold", "2026-06-18", "2026-06-20");
	add(t, "a", "stay", "confirmed", "2026-06-20", "2026-06-21");
	add(t, "b", "block", "", "2026-06-16", "2026-06-18");
	add(t, "c", "stay", "checked_in", "2026-06-10", "2026-06-16");
	add(t, "c", "stay", "confirmed", "2026-06-16", "2026-06-17");
	CU_ASSERT_EQUAL(mark(t, "a", 9), '.');
	CU_ASSERT_EQUAL(mark(t, "a", 10), '#');
	CU_ASSERT_EQUAL(mark(t, "a", 15), '#');
	CU_ASSERT_EQUAL(mark(t, "a", 16), '=');
	CU_ASSERT_EQUAL(mark(t, "a", 17), '.');
	CU_ASSERT_EQUAL(mark(t, "a", 19), 'h');
	CU_ASSERT_EQUAL(mark(t, "a", 20), 'C');
	CU_ASSERT_EQUAL(mark(t, "a", 21), '.');
	CU_ASSERT_EQUAL(mark(t, "b", 17), 'r');
	CU_ASSERT_EQUAL(mark(t, "b", 18), '.');
	CU_ASSERT_EQUAL(mark(t, "c", 16), 'C'); /* who sleeps there, not who leaves */
	CU_ASSERT_EQUAL(mark(NULL, "a", 16), '.');
	table_free(t);
}

TESTS("stays", T(instants), T(clocks), T(zones_agree), T(time_left), T(who_is_where))

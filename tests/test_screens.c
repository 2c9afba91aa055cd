/* What of the screens is pure: key tables, how numbers read, the way from a report's row to its list. */
#include "config.h"

#include "screens/drill.h"
#include "screens/format.h"
#include "screens/timeline.h"
#include "tests/cunit.h"
#include "tui/keymap.h"

static const struct screen_class *const ALL[] = {
	&home_class, &portfolio_class, &analytics_class, &stays_class, &record_class, &help_class,
	&bookings_class, &timeline_class,
};

static void key_tables_are_sound(void)
{
	for (size_t i = 0; i < sizeof(ALL) / sizeof(ALL[0]); i++) {
		const char *fault = keymap_fault(ALL[i]->keys);

		if (fault)
			fprintf(stderr, "%s: %s\n", ALL[i]->name, fault);
		CU_ASSERT_PTR_NULL(fault);
	}
}

static void every_key_has_a_note(void)
{
	for (size_t i = 0; i < sizeof(ALL) / sizeof(ALL[0]); i++)
		for (const struct binding *b = ALL[i]->keys; b->keys; b++)
			CU_ASSERT(b->note && b->note[0]);
}

static void check(struct strbuf *got, const char *want)
{
	if (strcmp(strbuf_str(got), want))
		fprintf(stderr, "got \"%s\", want \"%s\"\n", strbuf_str(got), want);
	CU_ASSERT_STRING_EQUAL(strbuf_str(got), want);
	strbuf_clear(got);
}

static void numbers_are_grouped(void)
{
	struct strbuf b = { 0 };

	format_int(&b, 0);
	check(&b, "0");
	format_int(&b, 999);
	check(&b, "999");
	format_int(&b, 1000);
	check(&b, "1 000");
	format_int(&b, -123456);
	check(&b, "-123 456");
	format_int(&b, INT64_MIN);
	check(&b, "-9 223 372 036 854 775 808");
	strbuf_free(&b);
}

static void money_in_brief(void)
{
	struct strbuf b = { 0 };

	format_brief(&b, 0, "KZT");
	check(&b, "0");
	format_brief(&b, 99999, "KZT");
	check(&b, "999");
	format_brief(&b, 4194999999, "KZT");
	check(&b, "41.9 M");
	format_brief(&b, -150000, "KZT");
	check(&b, "-1.5 k");
	format_brief(&b, 1234, "JPY");
	check(&b, "1.2 k");
	CU_ASSERT(format_is_whole(1200, "EUR"));
	CU_ASSERT(!format_is_whole(1201, "EUR"));
	format_whole(&b, 120000, "EUR");
	check(&b, "1 200");
	strbuf_free(&b);
}

static void changes(void)
{
	struct strbuf b = { 0 };

	format_change(&b, 110, 100, true);
	check(&b, "+10.0 %");
	format_change(&b, 90, 120, true);
	check(&b, "-25.0 %");
	format_change(&b, 5, 0, true); /* base 0: never 100 % */
	check(&b, "-");
	format_change(&b, INT64_MAX, 1, true);
	CU_ASSERT(b.len > 0);
	strbuf_clear(&b);
	format_points(&b, 6650, 6010, 10, true);
	check(&b, "+6.4 pt");
	format_points(&b, 6650, 0, 0, true);
	check(&b, "-");
	CU_ASSERT_STRING_EQUAL(format_verdict(2, 1, 1), "higher");
	CU_ASSERT_STRING_EQUAL(format_verdict(1, 2, 1), "lower");
	CU_ASSERT_STRING_EQUAL(format_verdict(1, 1, 1), "same");
	CU_ASSERT_STRING_EQUAL(format_verdict(1, 0, 0), "");
	strbuf_free(&b);
}

static void days(void)
{
	struct strbuf b = { 0 };
	day_t day = day_from_ymd(2026, 6, 16);

	format_day(&b, day);
	check(&b, "Tue 16 Jun");
	format_date(&b, day);
	check(&b, "Tue 16 Jun 2026");
	format_month(&b, day);
	check(&b, "June 2026");
	for (int m = 1; m <= 12; m++) {
		format_month_short(&b, m);
		CU_ASSERT_EQUAL(b.len, 3);
		strbuf_clear(&b);
	}
	strbuf_free(&b);
}

static void a_row_opens_what_it_counted(void)
{
	static const char *const NAMES[] = { "filter", "cell", "cell_end" };
	static const char *const CELLS[] = {
		"unit=A1", "2026-06-16", "2026-06-17", NULL, "2026-06-16", "2026-06-17",
	};
	const struct report rep = { .drill_filter = "{filter} check_in<{cell_end} check_out>{cell}" };
	struct table *t = table_new(3, NAMES);
	struct strbuf b = { 0 };

	for (int i = 0; i < 6; i++)
		table_add(t, CELLS[i], CELLS[i] ? strlen(CELLS[i]) : 0);
	CU_ASSERT(drill_filter(&rep, t, 0, &b));
	check(&b, "unit=A1 check_in<2026-06-17 check_out>2026-06-16");
	CU_ASSERT(!drill_filter(&rep, t, 1, &b)); /* "others" is no list */
	strbuf_clear(&b);
	CU_ASSERT(!drill_filter(&rep, t, 2, &b));
	CU_ASSERT(!drill_filter(NULL, t, 0, &b));
	table_free(t);
	strbuf_free(&b);
}

TESTS("screens", T(key_tables_are_sound), T(every_key_has_a_note), T(numbers_are_grouped), T(money_in_brief),
    T(changes), T(days), T(a_row_opens_what_it_counted))

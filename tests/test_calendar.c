#include "config.h"

#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/calendar.h"
#include "tui/term.h"

/* Each day of the month stands exactly once, in order, under its weekday. */
static void every_month_of_two_centuries(void)
{
	for (int y = 1900; y <= 2100; y++) {
		for (int m = 1; m <= 12; m++) {
			day_t month = day_from_ymd(y, m, 1), expected = month;
			int length = m == 2 ? 28 + ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0) :
			    m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;

			for (int i = 0; i < 42; i++) {
				day_t day = calendar_day(month, i / 7, i % 7);

				if (day == DAY_NONE)
					continue;
				CU_ASSERT_EQUAL_FATAL(day, expected);
				CU_ASSERT_EQUAL_FATAL(day_weekday(day), i % 7);
				expected++;
			}
			CU_ASSERT_EQUAL_FATAL(expected - month, length);
		}
	}
	CU_ASSERT_EQUAL(day_weekday(day_from_ymd(2026, 6, 16)), 1);
}

static void moves_there_and_back(void)
{
	for (int i = 0; i < test_count(2000); i++) {
		day_t day = day_from_ymd(1900, 1, 1) + (day_t)test_below(73000);
		struct calendar k = { .day = day, .today = day_from_ymd(2026, 6, 16) };

		calendar_move(&k, CALENDAR_DOWN);
		CU_ASSERT_EQUAL(k.day, day + 7);
		calendar_move(&k, CALENDAR_UP);
		calendar_move(&k, CALENDAR_LEFT);
		calendar_move(&k, CALENDAR_RIGHT);
		CU_ASSERT_EQUAL(k.day, day);
		calendar_move(&k, CALENDAR_PGDN);
		CU_ASSERT_EQUAL(day_month_start(k.day), day_add_months(day_month_start(day), 1));
		calendar_move(&k, CALENDAR_END);
		CU_ASSERT_EQUAL(day_to_ymd(k.day + 1).d, 1);
		calendar_move(&k, CALENDAR_TODAY);
		CU_ASSERT_EQUAL(k.day, k.today);
	}
}

static void ends_of_the_world(void)
{
	struct calendar k = { .day = day_from_ymd(9999, 12, 31), .today = 0 };

	CU_ASSERT_EQUAL(calendar_move(&k, CALENDAR_RIGHT), R_HANDLED);
	CU_ASSERT_EQUAL(calendar_move(&k, CALENDAR_PGDN), R_HANDLED);
	CU_ASSERT_EQUAL(k.day, day_from_ymd(9999, 12, 31));
}

static void taken(void *ctx, day_t day, struct strbuf *out, enum token *style)
{
	(void)ctx;
	if (day_to_ymd(day).d == 17) {
		strbuf_putc(out, 'x');
		*style = TOK_DIM;
	}
}

static void months_side_by_side(void)
{
	static const struct calendar_source SOURCE = { .cell = taken };
	struct calendar k = { .day = day_from_ymd(2026, 6, 17), .today = day_from_ymd(2026, 6, 16), .source = &SOURCE };
	struct strbuf dump = { 0 };
	struct err e = { 0 };

	i18n_init("en");
	CU_ASSERT_FATAL(term_open_headless(80, 10, &e));
	theme_apply(COLOURS_MONO);
	calendar_draw(&k, draw_begin(true), true);
	draw_end();
	draw_dump(&dump, false);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&dump),
	    " June 2026                             July 2026\n"
	    " Mo   Tu   We   Th   Fr   Sa   Su      Mo   Tu   We   Th   Fr   Sa   Su\n"
	    "  1    2    3    4    5    6    7                 1    2    3    4    5\n"
	    "  8    9   10   11   12   13   14       6    7    8    9   10   11   12\n"
	    " 15  =16  [17x] 18   19   20   21      13   14   15   16   17x  18   19\n"
	    " 22   23   24   25   26   27   28      20   21   22   23   24   25   26\n"
	    " 29   30                               27   28   29   30   31\n\n\n\n");
	CU_ASSERT_EQUAL(k.months, 2);
	k.day = day_from_ymd(2026, 7, 1); /* still on the screen: nothing moves */
	calendar_draw(&k, draw_begin(true), true);
	CU_ASSERT_EQUAL(k.first, day_from_ymd(2026, 6, 1));
	k.day = day_from_ymd(2026, 8, 1);
	calendar_draw(&k, draw_begin(true), true);
	CU_ASSERT_EQUAL(k.first, day_from_ymd(2026, 7, 1));
	term_close();
	strbuf_free(&dump);
}

TESTS("test_calendar", T(every_month_of_two_centuries), T(moves_there_and_back), T(ends_of_the_world),
    T(months_side_by_side))

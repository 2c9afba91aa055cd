#include "config.h"

#include "base/date.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"

#define MIN_YEAR 1
#define MAX_YEAR 9999

static bool is_leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

int day_month_length(int y, int m)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (m < 1 || m > 12)
		return 0;
	return m == 2 && is_leap(y) ? 29 : length[m - 1];
}

/* Eras of 400 years that begin on 1 March, so that the leap day is the last of its year. */
day_t day_from_ymd(int y, int m, int d)
{
	if (y < MIN_YEAR || y > MAX_YEAR || d < 1 || d > day_month_length(y, m))
		return DAY_NONE;
	y -= m <= 2;
	int era = y / 400, yoe = y - era * 400;
	int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

struct ymd day_to_ymd(day_t day)
{
	int z = day + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	struct ymd r = { .d = doy - (153 * mp + 2) / 5 + 1, .m = mp < 10 ? mp + 3 : mp - 9 };
	r.y = yoe + era * 400 + (r.m <= 2);
	return r;
}

int day_weekday(day_t day)
{
	int w = (day + 3) % 7; /* 1970-01-01 was a Thursday */
	return w < 0 ? w + 7 : w;
}

day_t day_add_months(day_t day, int months)
{
	struct ymd a = day_to_ymd(day);
	long index = (long)a.y * 12 + (a.m - 1) + months;
	if (index < MIN_YEAR * 12L || index > MAX_YEAR * 12L + 11)
		return DAY_NONE;
	int y = (int)(index / 12), m = (int)(index % 12) + 1;
	int length = day_month_length(y, m);
	return day_from_ymd(y, m, a.d < length ? a.d : length);
}

day_t day_month_start(day_t day)
{
	struct ymd a = day_to_ymd(day);
	return day_from_ymd(a.y, a.m, 1);
}

/* Exactly `n` digits at s, or -1. */
static int digits(const char *s, int n)
{
	int v = 0;
	for (int i = 0; i < n; i++) {
		if (!isdigit((unsigned char)s[i]))
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

day_t day_parse(const char *s)
{
	size_t n = strlen(s);
	if (n != 10)
		return DAY_NONE;
	if (s[4] == '-' && s[7] == '-')
		return day_from_ymd(digits(s, 4), digits(s + 5, 2), digits(s + 8, 2));
	if (s[2] == '.' && s[5] == '.')
		return day_from_ymd(digits(s + 6, 4), digits(s + 3, 2), digits(s, 2));
	return DAY_NONE;
}

/* +3d -2w +1m +1y; a bare number is days. */
static day_t parse_offset(const char *s, day_t today)
{
	char *end;
	long n = strtol(s, &end, 10);
	if (end == s || !isdigit((unsigned char)s[1]) || n < -100000 || n > 100000)
		return DAY_NONE;
	if (*end != '\0' && end[1] != '\0')
		return DAY_NONE;
	day_t day;
	switch (*end) {
	case '\0':
	case 'd': day = today + (int)n; break;
	case 'w': day = today + 7 * (int)n; break;
	case 'm': return day_add_months(today, (int)n);
	case 'y': return n < -9999 || n > 9999 ? DAY_NONE : day_add_months(today, 12 * (int)n);
	default: return DAY_NONE;
	}
	struct ymd a = day_to_ymd(day);
	return a.y < MIN_YEAR || a.y > MAX_YEAR ? DAY_NONE : day;
}

/* Words of the three languages; a weekday is 100 + its number. */
static const struct { const char *word; int offset; } words[] = {
	{ "tod", 0 }, { "today", 0 }, { "tom", 1 }, { "tomorrow", 1 }, { "yest", -1 }, { "yesterday",
	    -1 },
	{ "сег", 0 }, { "сегодня", 0 }, { "зав", 1 }, { "завтра", 1 }, { "вчера", -1 },
	{ "бүгін", 0 }, { "ертең", 1 }, { "кеше", -1 },
	{ "mon", 100 }, { "tue", 101 }, { "wed", 102 }, { "thu", 103 }, { "fri", 104 }, { "sat",
	    105 }, { "sun", 106 },
	{ "пн", 100 }, { "вт", 101 }, { "ср", 102 }, { "чт", 103 }, { "пт", 104 }, { "сб", 105 },
	    { "вс", 106 },
	{ "дс", 100 }, { "сс", 101 }, { "бс", 103 }, { "жм", 104 }, { "жс", 106 },
};

static day_t parse_word(const char *s, day_t today)
{
	char *folded = text_fold(s);
	day_t day = DAY_NONE;
	for (size_t i = 0; i < ARRAY_LEN(words) && day == DAY_NONE; i++) {
		if (strcmp(folded, words[i].word) != 0)
			continue;
		int offset = words[i].offset;
		if (offset >= 100) {
			offset = (offset - 100 - day_weekday(today) + 7) % 7;
			offset = offset == 0 ? 7 : offset;
		}
		day = today + offset;
	}
	free(folded);
	return day;
}

day_t day_parse_human(const char *s, day_t today)
{
	day_t day = day_parse(s);
	if (day != DAY_NONE)
		return day;

	size_t n = strlen(s);
	int year = day_to_ymd(today).y;
	if (n == 4 && digits(s, 4) >= 0)
		return day_from_ymd(year, digits(s + 2, 2), digits(s, 2));
	if (n == 5 && s[2] == '.')
		return day_from_ymd(year, digits(s + 3, 2), digits(s, 2));
	if (*s == '+' || *s == '-')
		return parse_offset(s, today);
	return parse_word(s, today);
}

void day_format(day_t day, char buf[static 16])
{
	struct ymd a = { 0 };
	if (day != DAY_NONE)
		a = day_to_ymd(day);
	if (a.y < 0 || a.y > MAX_YEAR || day == DAY_NONE)
		buf[0] = '\0';
	else
		snprintf(buf, 16, "%04d-%02d-%02d", a.y % 10000, a.m % 100, a.d % 100);
}

/*
 * The C library knows zones only through TZ, so it is set for the moment. The
 * program has one thread that does this, and never relies on TZ otherwise.
 */
static bool local_time(int64_t seconds, const char *tz, struct tm *tm)
{
	const char *old = getenv("TZ");
	char *keep = xstrdup(old);
	time_t t = (time_t)seconds;

	setenv("TZ", tz, 1);
	tzset();
	bool ok = localtime_r(&t, tm) != NULL;
	if (keep != NULL)
		setenv("TZ", keep, 1);
	else
		unsetenv("TZ");
	tzset();
	free(keep);
	return ok;
}

day_t day_of_instant(int64_t seconds, const char *tz)
{
	struct tm tm;

	return local_time(seconds, tz, &tm) ? day_from_ymd(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) : DAY_NONE;
}

int64_t offset_of_instant(int64_t seconds, const char *tz)
{
	struct tm tm;

	return local_time(seconds, tz, &tm) ? (int64_t)tm.tm_gmtoff : 0;
}

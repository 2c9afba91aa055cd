#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "screens/clock.h"
#include "screens/format.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, SLICE = 900 /* zones change at quarters of an hour */, SLICES = 64 };

/* "+05", "+05:30", "+0530", "Z": seconds east of Greenwich. */
static bool parse_offset(const char *s, int64_t *east)
{
	int h = 0, m = 0, n = 0;

	*east = 0;
	if (!strcmp(s, "Z") || !*s)
		return true;
	if (*s != '+' && *s != '-')
		return false;
	if (sscanf(s + 1, "%2d:%2d%n", &h, &m, &n) < 2 && sscanf(s + 1, "%2d%2d%n", &h, &m, &n) < 2 &&
	    sscanf(s + 1, "%2d%n", &h, &n) < 1)
		return false;
	*east = (*s == '-' ? -1 : 1) * ((int64_t)h * HOUR + (int64_t)m * MINUTE);
	return true;
}

int64_t instant_parse(const char *s)
{
	char day[11];
	int h, m, sec = 0, n = 0;
	int64_t east;

	if (strlen(s) < 16 || (s[10] != ' ' && s[10] != 'T'))
		return INSTANT_NONE;
	snprintf(day, sizeof(day), "%.10s", s);
	if (day_parse(day) == DAY_NONE || sscanf(s + 11, "%2d:%2d%n:%2d%n", &h, &m, &n, &sec, &n) < 2)
		return INSTANT_NONE;
	s += 11 + n;
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	if (!parse_offset(s, &east))
		return INSTANT_NONE;
	return (int64_t)day_parse(day) * DAY + (int64_t)h * HOUR + (int64_t)m * MINUTE + sec - east;
}

/* The zone's offset is asked for once a quarter of an hour of time, not once a card. */
day_t clock_day(int64_t seconds, const char *tz, int *minute)
{
	static struct { int64_t slice, offset; char tz[40]; } known[SLICES];
	int64_t slice = seconds / SLICE - (seconds % SLICE < 0), local;
	int at = (int)((slice % SLICES + SLICES) % SLICES);
	int64_t day;

	if (known[at].slice != slice || strcmp(known[at].tz, tz) || !known[at].tz[0]) {
		known[at].slice = slice;
		known[at].offset = offset_of_instant(slice * SLICE, tz);
		snprintf(known[at].tz, sizeof(known[at].tz), "%s", tz);
	}
	local = seconds + known[at].offset;
	day = local / DAY - (local % DAY < 0);
	*minute = (int)((local - day * DAY) / MINUTE);
	return (day_t)day;
}

void clock_put(struct strbuf *out, int64_t seconds, const char *tz, day_t today)
{
	int minute;
	day_t day = clock_day(seconds, tz, &minute);

	if (day != today) {
		strbuf_printf(out, "%d ", day_to_ymd(day).d);
		format_month_short(out, day_to_ymd(day).m);
		strbuf_putc(out, ' ');
	}
	strbuf_printf(out, "%02d:%02d", minute / 60, minute % 60);
}

void clock_left(struct strbuf *out, int64_t seconds)
{
	int64_t minutes = seconds > 0 ? seconds / MINUTE : 0;

	if (minutes >= 48 * 60)
		strbuf_printf(out, _("%lld d"), (long long)(minutes / (24 * 60)));
	else
		strbuf_printf(out, "%lld:%02lld", (long long)(minutes / 60), (long long)(minutes % 60));
}

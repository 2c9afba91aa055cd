#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "client/value.h"
#include "screens/format.h"

#define TENTHS_MOST 9999999 /* a change of more than that many per mille says nothing */

/* Word n (from 0) of a translated list: one msgid a list keeps "May" the month apart from "May" the abbreviation. */
static void word(struct strbuf *out, const char *list, int n)
{
	while (n-- > 0)
		list += strcspn(list, " ") + (strchr(list, ' ') != NULL);
	strbuf_add(out, list, strcspn(list, " "));
}

int64_t format_number(const char *cell)
{
	return cell ? strtoll(cell, NULL, 10) : 0;
}

void format_int(struct strbuf *out, int64_t n)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)n);

	for (int i = 0; i < len; i++) {
		strbuf_putc(out, digits[i]);
		int left = len - 1 - i;
		if (left > 0 && left % 3 == 0 && digits[i] != '-')
			strbuf_putc(out, ' ');
	}
}

void format_bp(struct strbuf *out, int64_t bp)
{
	char cell[32];

	snprintf(cell, sizeof(cell), "%lld", (long long)bp);
	value_show(out, FT_BP, NULL, cell, NULL);
}

void format_money(struct strbuf *out, int64_t minor, const char *currency)
{
	char cell[32];

	snprintf(cell, sizeof(cell), "%lld", (long long)minor);
	value_show(out, FT_MONEY, NULL, cell, currency);
}

static int64_t minor_per_major(const char *currency)
{
	int64_t n = 1;

	for (int digits = money_digits(currency); digits > 0; digits--)
		n *= 10;
	return n;
}

bool format_is_whole(int64_t minor, const char *currency)
{
	return minor % minor_per_major(currency) == 0;
}

void format_whole(struct strbuf *out, int64_t minor, const char *currency)
{
	format_int(out, minor / minor_per_major(currency));
}

void format_brief(struct strbuf *out, int64_t minor, const char *currency)
{
	/* TRANSLATORS: thousands, millions, billions of money after a number */
	static const struct { int64_t unit; const char *suffix; } STEPS[] = {
		{ 1000000000, N_("bn") }, { 1000000, N_("M") }, { 1000, N_("k") },
	};
	int64_t n = minor / minor_per_major(currency);

	for (size_t i = 0; i < ARRAY_LEN(STEPS); i++) {
		if (llabs(n) < STEPS[i].unit)
			continue;
		int64_t tenths = (n * 10 + (n < 0 ? -1 : 1) * STEPS[i].unit / 2) / STEPS[i].unit;
		strbuf_printf(out, "%lld.%lld %s", (long long)(tenths / 10), llabs(tenths % 10), _(STEPS[i].suffix));
		return;
	}
	format_int(out, n);
}

void format_month_short(struct strbuf *out, int month)
{
	/* TRANSLATORS: as in a date, "Tue 16 Jun"; twelve words */
	word(out, _("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"), month - 1);
}

void format_weekday(struct strbuf *out, day_t day)
{
	/* TRANSLATORS: seven words, Monday first */
	word(out, _("Mon Tue Wed Thu Fri Sat Sun"), day_weekday(day));
}

void format_day(struct strbuf *out, day_t day)
{
	struct ymd d = day_to_ymd(day);

	format_weekday(out, day);
	strbuf_printf(out, " %d ", d.d);
	format_month_short(out, d.m);
}

void format_date(struct strbuf *out, day_t day)
{
	format_day(out, day);
	strbuf_printf(out, " %d", day_to_ymd(day).y);
}

void format_month(struct strbuf *out, day_t day)
{
	struct ymd d = day_to_ymd(day);

	/* TRANSLATORS: standing alone, "June 2026"; twelve words */
	word(out, _("January February March April May June July August September October November December"),
	    d.m - 1);
	strbuf_printf(out, " %d", d.y);
}

static void tenths_signed(struct strbuf *out, int64_t tenths)
{
	strbuf_printf(out, "%s%lld.%lld", tenths < 0 ? "-" : "+", llabs(tenths) / 10, llabs(tenths) % 10);
}

static void nothing(struct strbuf *out, bool ascii)
{
	strbuf_puts(out, ascii ? "-" : "\u2014");
}

void format_change(struct strbuf *out, int64_t now, int64_t before, bool ascii)
{
	if (before == 0) {
		nothing(out, ascii);
		return;
	}
	__int128 scaled = ((__int128)now - before) * 1000;
	int64_t half = llabs(before) / 2;
	__int128 tenths = (scaled + (scaled < 0 ? -half : half)) / llabs(before);
	tenths_signed(out, (int64_t)(tenths > TENTHS_MOST ? TENTHS_MOST : tenths));
	strbuf_puts(out, " %");
}

void format_points(struct strbuf *out, int64_t now_bp, int64_t before_bp, int64_t base, bool ascii)
{
	int64_t diff = now_bp - before_bp;

	if (base == 0) {
		nothing(out, ascii);
		return;
	}
	tenths_signed(out, (diff + (diff < 0 ? -5 : 5)) / 10);
	/* TRANSLATORS: percentage points */
	strbuf_printf(out, " %s", _("pt"));
}

const char *format_verdict(int64_t now, int64_t before, int64_t base)
{
	if (base == 0)
		return "";
	return now > before ? _("higher") : now < before ? _("lower") : _("same");
}

#include "config.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "client/value.h"
#include "screens/format.h"

static const char *const MONTHS[] = {
	N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"),
	N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
};
static const char *const MONTHS_SHORT[] = {
	N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"), N_("Jul"), N_("Aug"),
	N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
};
static const char *const WEEKDAYS[] = {
	N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"),
};

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

static int64_t major_units(int64_t minor, const char *currency)
{
	int digits = money_digits(currency);

	for (; digits > 0; digits--)
		minor /= 10;
	return minor;
}

void format_brief(struct strbuf *out, int64_t minor, const char *currency)
{
	/* TRANSLATORS: thousands, millions, billions of money after a number */
	static const struct { int64_t unit; const char *suffix; } STEPS[] = {
		{ 1000000000, N_("bn") }, { 1000000, N_("M") }, { 1000, N_("k") },
	};
	int64_t n = major_units(minor, currency);

	for (size_t i = 0; i < ARRAY_LEN(STEPS); i++) {
		if (llabs(n) < STEPS[i].unit)
			continue;
		int64_t tenths = (n * 10 + (n < 0 ? -1 : 1) * STEPS[i].unit / 2) / STEPS[i].unit;
		strbuf_printf(out, "%lld.%lld %s", (long long)(tenths / 10), llabs(tenths % 10), _(STEPS[i].suffix));
		return;
	}
	format_int(out, n);
}

const char *format_month_short(int month)
{
	return _(MONTHS_SHORT[(month + 11) % 12]);
}

void format_day(struct strbuf *out, day_t day)
{
	struct ymd d = day_to_ymd(day);

	strbuf_printf(out, "%s %d %s", _(WEEKDAYS[day_weekday(day)]), d.d, format_month_short(d.m));
}

void format_date(struct strbuf *out, day_t day)
{
	format_day(out, day);
	strbuf_printf(out, " %d", day_to_ymd(day).y);
}

void format_month(struct strbuf *out, day_t day)
{
	struct ymd d = day_to_ymd(day);

	strbuf_printf(out, "%s %d", _(MONTHS[d.m - 1]), d.y);
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
	tenths_signed(out, (int64_t)((scaled + (scaled < 0 ? -half : half)) / llabs(before)));
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
	return now > before ? _("up") : now < before ? _("down") : _("same");
}

#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/format.h"
#include "screens/period.h"
#include "tui/overlay.h"

static const struct { const char *word, *label; } KINDS[] = {
	[PERIOD_MONTH] = { "month", N_("this month") },
	[PERIOD_LAST_MONTH] = { "last_month", N_("last month") },
	[PERIOD_QUARTER] = { "quarter", N_("this quarter") },
	[PERIOD_LAST_QUARTER] = { "last_quarter", N_("last quarter") },
	[PERIOD_YEAR] = { "year", N_("this year") },
	[PERIOD_LAST_YEAR] = { "last_year", N_("last year") },
	[PERIOD_12_MONTHS] = { "12_months", N_("12 months") },
	[PERIOD_OTHER] = { "", N_("other days…") },
};

struct period period_days(day_t from, day_t to)
{
	return (struct period){ PERIOD_OTHER, from, to };
}

static struct period months(enum period_kind kind, day_t from, int n)
{
	return (struct period){ kind, from, day_add_months(from, n) };
}

struct period period_of(enum period_kind kind, day_t today)
{
	day_t month = day_month_start(today), quarter = day_add_months(month, -((day_to_ymd(today).m - 1) % 3));
	day_t year = day_from_ymd(day_to_ymd(today).y, 1, 1);

	switch (kind) {
	case PERIOD_LAST_MONTH:
		return months(kind, day_add_months(month, -1), 1);
	case PERIOD_QUARTER:
		return months(kind, quarter, 3);
	case PERIOD_LAST_QUARTER:
		return months(kind, day_add_months(quarter, -3), 3);
	case PERIOD_YEAR:
		return months(kind, year, 12);
	case PERIOD_LAST_YEAR:
		return months(kind, day_add_months(year, -12), 12);
	case PERIOD_12_MONTHS:
		return months(kind, day_add_months(month, -11), 12);
	case PERIOD_MONTH:
	case PERIOD_OTHER:
		break;
	}
	return months(PERIOD_MONTH, month, 1);
}

/* ---- typed ---- */

/* "2026-q2", "q2", "2q": a quarter; y is this year's where none is said. */
static bool quarter_of(const char *text, int y, struct period *p)
{
	int q = 0, end = 0;

	if ((sscanf(text, "%4d-%*1[qQ]%1d%n", &y, &q, &end) == 2 || sscanf(text, "%*1[qQ]%1d%n", &q, &end) == 1 ||
	    sscanf(text, "%1d%*1[qQ]%n", &q, &end) == 1) && end > 0 && !text[end] && q >= 1 && q <= 4 && y >= 1970 &&
	    y <= 2200) {
		*p = months(PERIOD_OTHER, day_from_ymd(y, 3 * q - 2, 1), 3);
		return true;
	}
	return false;
}

/* "2026", "2026-06", "06.2026". */
static bool year_or_month(const char *text, struct period *p)
{
	int y = 0, m = 0, end = 0;
	bool month = (sscanf(text, "%4d-%2d%n", &y, &m, &end) == 2 && !text[end]) ||
	    (sscanf(text, "%2d.%4d%n", &m, &y, &end) == 2 && !text[end]);
	bool year = !month && sscanf(text, "%4d%n", &y, &end) == 1 && end == 4 && !text[end];

	if ((!month && !year) || y < 1970 || y > 2200 || (month && (m < 1 || m > 12)))
		return false;
	*p = months(PERIOD_OTHER, day_from_ymd(y, month ? m : 1, 1), month ? 1 : 12);
	return true;
}

static bool range_of(const char *text, day_t today, struct period *p)
{
	const char *dots = strstr(text, "..");
	char first[40];
	day_t from, to;

	if (!dots || dots - text >= (long)sizeof(first))
		return false;
	snprintf(first, sizeof(first), "%.*s", (int)(dots - text), text);
	from = day_parse_human(first, today);
	to = day_parse_human(dots + 2, today);
	if (from == DAY_NONE || to == DAY_NONE || to < from)
		return false;
	*p = period_days(from, to + 1);
	return true;
}

bool period_parse(const char *text, day_t today, struct period *p, struct err *e)
{
	day_t day = day_parse_human(text, today);

	for (int i = 0; i < PERIOD_OTHER; i++)
		if (!strcmp(text, KINDS[i].word)) {
			*p = period_of((enum period_kind)i, today);
			return true;
		}
	if (day != DAY_NONE)
		*p = months(PERIOD_OTHER, day_month_start(day), 1);
	if (day != DAY_NONE || quarter_of(text, day_to_ymd(today).y, p) || year_or_month(text, p) ||
	    range_of(text, today, p))
		return true;
	err_set(e, ERR_INVALID, "E-DATE", NULL, _("Type 2026-06, 2026-q2, 2026, 0106..1506 or last_month"),
	    _("%.60s is no period"), text);
	return false;
}

void period_put(const struct period *p, struct strbuf *out)
{
	char from[16], to[16];

	day_format(p->from, from);
	day_format(p->to - 1, to);
	if (p->kind != PERIOD_OTHER)
		strbuf_puts(out, KINDS[p->kind].word);
	else
		strbuf_printf(out, "%s..%s", from, to);
}

/* ---- moved and said ---- */

/* How many whole months it is; 0 = it is not. */
static int whole_months(const struct period *p)
{
	struct ymd a = day_to_ymd(p->from), b = day_to_ymd(p->to);

	return a.d == 1 && b.d == 1 ? (b.y - a.y) * 12 + b.m - a.m : 0;
}

struct period period_step(const struct period *p, int step)
{
	int n = whole_months(p);
	day_t days = (p->to - p->from) * step;

	if (n > 0)
		return months(PERIOD_OTHER, day_add_months(p->from, n * step), n);
	return period_days(p->from + days, p->to + days);
}

void period_words(const struct period *p, struct strbuf *out)
{
	/* TRANSLATORS: four quarters of a year, separated by a bar */
	static const char *const QUARTERS = N_("1st quarter|2nd quarter|3rd quarter|4th quarter");
	struct ymd d = day_to_ymd(p->from);
	int n = whole_months(p);
	const char *word = _(QUARTERS);

	if (n == 1) {
		format_month(out, p->from);
	} else if (n == 12 && d.m == 1) {
		strbuf_printf(out, "%d", d.y);
	} else if (n == 3 && d.m % 3 == 1) {
		for (int i = d.m / 3; i > 0 && strchr(word, '|'); i--)
			word = strchr(word, '|') + 1;
		strbuf_printf(out, "%.*s %d", (int)strcspn(word, "|"), word, d.y);
	} else if (n > 0) {
		format_month(out, p->from);
		strbuf_puts(out, " – ");
		format_month(out, p->to - 1);
	} else {
		format_date(out, p->from);
		strbuf_puts(out, " – ");
		format_date(out, p->to - 1);
	}
}

void period_menu(struct screen *s, const struct period *now, void (*done)(struct screen *s, int kind, void *arg))
{
	struct menu_item items[PERIOD_OTHER + 1] = { 0 };
	struct strbuf notes[PERIOD_OTHER + 1] = { 0 };
	int first = 0;

	for (int i = 0; i <= PERIOD_OTHER; i++) {
		struct period p = i < PERIOD_OTHER ? period_of((enum period_kind)i, screen_today(s)) : *now;

		period_words(&p, &notes[i]);
		items[i] = (struct menu_item){ .label = _(KINDS[i].label), .note = strbuf_str(&notes[i]), .key = (char)('1' + i) };
		if (i == (int)now->kind)
			first = i;
	}
	menu_ask(s, _("Period"), items, PERIOD_OTHER + 1, first, done, NULL);
	for (int i = 0; i <= PERIOD_OTHER; i++)
		strbuf_free(&notes[i]);
}

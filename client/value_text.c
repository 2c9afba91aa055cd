/* One value: from what a person types to what the database takes (value_parse), and back (value_show). */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/uuid.h"
#include "client/value.h"

#define DEFAULT_CURRENCY "KZT"

static char *refuse(const struct field *f, struct err *e, const char *remedy, const char *why)
{
	err_set(e, ERR_INVALID, "E-VALUE", f->name, remedy, "%s", why);
	return NULL;
}

/* Valid UTF-8 without control bytes other than newline and tab; counts code points. */
static bool is_plain_text(const char *s, int64_t *length)
{
	int64_t n = 0;
	for (const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s; *p != 0; n++) {
		utf8proc_int32_t cp;
		utf8proc_ssize_t len = utf8proc_iterate(p, -1, &cp);
		if (len <= 0 || (cp < 0x20 && cp != '\n' && cp != '\t') || (cp >= 0x7F && cp < 0xA0))
			return false;
		p += len;
	}
	*length = n;
	return true;
}

static char *parse_text(const struct field *f, const char *text, struct err *e)
{
	int64_t length;
	const struct choice *known = choice_find(f->choices, text);

	if (known != NULL)
		return xstrdup(known->value);
	if (!is_plain_text(text, &length))
		return refuse(f, e, _("Type it again without control characters"),
		    _("the text is not valid UTF-8 text"));
	if (f->max > 0 && length > f->max) {
		err_set(e, ERR_INVALID, "E-VALUE", f->name, NULL, _("at most %lld characters, %lld given"),
		    (long long)f->max, (long long)length);
		return NULL;
	}
	if (length < f->min) {
		err_set(e, ERR_INVALID, "E-VALUE", f->name, NULL, _("at least %lld characters"),
		    (long long)f->min);
		return NULL;
	}
	return xstrdup(text);
}

static bool within_bounds(const struct field *f, int64_t v, const char *currency, struct err *e)
{
	if ((f->min == 0 && f->max == 0) || (v >= f->min && v <= f->max))
		return true;
	int64_t bound = v < f->min ? f->min : f->max;
	char shown[40];
	if (f->type == FT_MONEY)
		money_format(bound, currency, true, shown);
	else
		snprintf(shown, sizeof shown, "%" PRId64, bound);
	if (v < f->min)
		err_set(e, ERR_INVALID, "E-VALUE", f->name, NULL, _("at least %s"), shown);
	else
		err_set(e, ERR_INVALID, "E-VALUE", f->name, NULL, _("at most %s"), shown);
	return false;
}

static char *parse_int(const struct field *f, const char *text, struct err *e)
{
	char *end;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	bool digit = isdigit((unsigned char)text[0]) || ((*text == '-' || *text == '+') &&
	    isdigit((unsigned char)text[1]));
	if (!digit || *end != '\0' || errno != 0)
		return refuse(f, e, _("Digits only"), _("not a whole number"));
	return within_bounds(f, v, "", e) ? xasprintf("%lld", v) : NULL;
}

static char *parse_money(const struct field *f, const char *text, const char *currency,
    struct err *e)
{
	const char *why = NULL;
	int64_t minor;

	if (!money_parse(text, currency, &minor, &why))
		return refuse(f, e, _("For example 1234.50"), _(why));
	return within_bounds(f, minor, currency, e) ? xasprintf("%" PRId64, minor) : NULL;
}

/* "49.3", "49,3 %" */
static char *parse_rate(const struct field *f, const char *text, struct err *e)
{
	size_t n = strlen(text);
	while (n > 0 && (text[n - 1] == '%' || text[n - 1] == ' '))
		n--;
	char *number = xstrndup(text, n);
	const char *why;
	int64_t bp;
	bool ok = money_parse_places(number, 2, &bp, &why);
	free(number);
	if (!ok)
		return refuse(f, e, _("For example 12.5 or 12.5 %"),
		    _("not a percentage with at most two decimals"));
	return within_bounds(f, bp, "", e) ? xasprintf("%" PRId64, bp) : NULL;
}

/* "w24": the Monday of that ISO week of this year. */
static day_t parse_week(const char *text, day_t today)
{
	char *end;
	long week = (*text == 'w' || *text == 'W') && isdigit((unsigned char)text[1]) ? strtol(text + 1, &end, 10) : 0;
	day_t first = day_from_ymd(day_to_ymd(today).y, 1, 4), last = day_from_ymd(day_to_ymd(today).y, 12, 28);

	first -= day_weekday(first); /* 4 January is in week 1, 28 December in the last one */
	return week < 1 || *end != '\0' || first + 7 * (day_t)(week > 99 ? 99 : week - 1) > last ? DAY_NONE :
	    first + 7 * (day_t)(week - 1);
}

static char *parse_date(const struct field *f, const char *text, day_t today, struct err *e)
{
	char iso[16];
	day_t day = day_parse_human(text, today);
	if (day == DAY_NONE)
		day = parse_week(text, today);
	if (day == DAY_NONE)
		return refuse(f, e, _("For example 2026-03-31, 31.03, tod, tom, +3d, mon, w24"),
		    _("not a date"));
	day_format(day, iso);
	return xstrdup(iso);
}

/* Two digits at s, at most `max`; -1 if they are not. */
static int two_digits(const char *s, int max)
{
	if (!isdigit((unsigned char)s[0]) || !isdigit((unsigned char)s[1]))
		return -1;
	int v = (s[0] - '0') * 10 + (s[1] - '0');
	return v <= max ? v : -1;
}

/* "", "Z", "+05", "+0530", "+05:30" -> appended as +05:30; false if it is none of them. */
static bool add_zone(struct strbuf *out, const char *s)
{
	if (*s == '\0')
		return true;
	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0) {
		strbuf_puts(out, "+00:00");
		return true;
	}
	int hours = *s == '+' || *s == '-' ? two_digits(s + 1, 15) : -1;
	if (hours < 0)
		return false;
	const char *rest = s + 3 + (s[3] == ':');
	int minutes = *rest == '\0' && s[3] != ':' ? 0 : two_digits(rest, 59);
	if (minutes < 0 || (*rest != '\0' && rest[2] != '\0'))
		return false;
	strbuf_printf(out, "%c%02d:%02d", *s, hours, minutes);
	return true;
}

/* HH:MM[:SS[.ffffff]][zone] */
static bool add_clock(struct strbuf *out, const char *s)
{
	int hours = two_digits(s, 23), minutes = hours >= 0 && s[2] == ':' ? two_digits(s + 3,
	    59) : -1, seconds = 0;
	if (minutes < 0)
		return false;
	s += 5;
	if (*s == ':') {
		seconds = two_digits(s + 1, 59);
		if (seconds < 0)
			return false;
		s += 3;
	}
	strbuf_printf(out, "T%02d:%02d:%02d", hours, minutes, seconds);
	if (*s == '.') {
		size_t n = strspn(s + 1, "0123456789");
		if (n == 0 || n > 6)
			return false;
		strbuf_add(out, s, n + 1);
		s += n + 1;
	}
	return add_zone(out, s);
}

/* Where "HH:MM" begins, after a T or a space; NULL if the text is a day alone. */
static const char *find_clock(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if ((*p == 'T' || *p == ' ') && two_digits(p + 1, 99) >= 0 && p[3] == ':')
			return p;
	return NULL;
}

static char *parse_time(const struct field *f, const char *text, day_t today, struct err *e)
{
	const char *clock = find_clock(text);
	char *date = xstrndup(text, clock != NULL ? (size_t)(clock - text) : strlen(text));
	day_t day = day_parse_human(date, today);
	struct strbuf out = { 0 };
	char iso[16];

	free(date);
	day_format(day, iso);
	strbuf_puts(&out, iso);
	if (day == DAY_NONE || !add_clock(&out, clock != NULL ? clock + 1 : "00:00")) {
		strbuf_free(&out);
		return refuse(f, e, _("For example 2026-03-31 14:00, tom 12:00"), _("not a day and time"));
	}
	return strbuf_steal(&out);
}

static char *parse_bool(const struct field *f, const char *text, struct err *e)
{
	static const char *const yes[] = { "true", "yes", "y", "t", "1", "on", "да", "иә" };
	static const char *const no[] = { "false", "no", "n", "f", "0", "off", "нет", "жоқ" };
	char *word = text_fold(text), *found = NULL;

	for (size_t i = 0; i < ARRAY_LEN(yes) && found == NULL; i++) {
		if (strcmp(word, yes[i]) == 0)
			found = xstrdup("true");
		else if (strcmp(word, no[i]) == 0)
			found = xstrdup("false");
	}
	free(word);
	return found != NULL ? found : refuse(f, e, _("Type yes or no"), _("neither yes nor no"));
}

static char *parse_choice(const struct field *f, const char *text, struct err *e)
{
	const struct choice *c = choice_find(f->choices, text);
	if (c != NULL)
		return xstrdup(c->value);

	struct strbuf all = { 0 };
	for (c = f->choices; c != NULL && c->value != NULL; c++)
		strbuf_printf(&all, "%s%s", all.len > 0 ? ", " : "", c->value);
	char *remedy = xasprintf(_("One of: %s"), strbuf_str(&all));
	err_set(e, ERR_INVALID, "E-VALUE", f->name, remedy, _("\"%.60s\" is not one of the values"),
	    text);
	free(remedy);
	strbuf_free(&all);
	return NULL;
}

static char *parse_uuid(const struct field *f, const char *text, struct err *e)
{
	if (!uuid_valid(text))
		return refuse(f, e, NULL, _("not an id"));
	return text_fold(text);
}

static char *parse_ref(const struct field *f, const char *text, struct err *e)
{
	int64_t length;
	if (uuid_valid(text))
		return text_fold(text);
	if (!is_plain_text(text, &length) || length > 300)
		return refuse(f, e, _("Give the id, the code or the number"), _("not a reference"));
	return xstrdup(text);
}

static char *parse_trimmed(const struct field *f, const char *text, day_t today,
    const char *currency, struct err *e)
{
	switch (f->type) {
	case FT_TEXT: return parse_text(f, text, e);
	case FT_INT: return parse_int(f, text, e);
	case FT_MONEY: return parse_money(f, text, currency, e);
	case FT_BP: return parse_rate(f, text, e);
	case FT_DATE: return parse_date(f, text, today, e);
	case FT_TIME: return parse_time(f, text, today, e);
	case FT_BOOL: return parse_bool(f, text, e);
	case FT_CHOICE: return parse_choice(f, text, e);
	case FT_REF: return parse_ref(f, text, e);
	case FT_UUID: return parse_uuid(f, text, e);
	}
	return NULL;
}

char *value_parse(const struct field *f, const char *text, day_t today, const char *currency,
    struct err *e)
{
	static const char blank[] = " \t\r\n";

	text += strspn(text, blank);
	size_t n = strlen(text);
	while (n > 0 && strchr(blank, text[n - 1]) != NULL)
		n--;
	if (n == 0)
		return refuse(f, e, NULL, _("a value is missing"));
	char *trimmed = xstrndup(text, n);
	char *value = parse_trimmed(f, trimmed, today, currency != NULL ? currency : DEFAULT_CURRENCY,
	    e);
	free(trimmed);
	return value;
}

/* One decimal, rounded half away from zero: 4933 -> 49.3 %. */
static void show_rate(struct strbuf *out, const char *cell)
{
	long long bp = strtoll(cell, NULL, 10);
	unsigned long long tenths = ((bp < 0 ?
	    0 - (unsigned long long)bp : (unsigned long long)bp) + 5) / 10;
	strbuf_printf(out, "%s%llu.%llu %%", bp < 0 && tenths > 0 ? "-" : "", tenths / 10, tenths % 10);
}

static void show_time(struct strbuf *out, const char *cell)
{
	if (strlen(cell) < 16 || two_digits(cell + 11, 23) < 0) {
		strbuf_puts(out, cell);
		return;
	}
	strbuf_add(out, cell, 10);
	strbuf_putc(out, ' ');
	strbuf_add(out, cell + 11, 5);
}

static const char *choice_label(const struct choice *choices, const char *cell, size_t n)
{
	for (const struct choice *c = choices; c != NULL && c->value != NULL; c++)
		if (strncmp(c->value, cell, n) == 0 && c->value[n] == '\0')
			return _(c->label);
	return NULL;
}

/* "guest tenant" of a person who is both: each of them by its label, if all of them are known. */
static bool show_choices(struct strbuf *out, const struct choice *choices, const char *cell)
{
	struct strbuf all = { 0 };
	const char *label = "";

	while (*cell != '\0' && label != NULL) {
		size_t n = strcspn(cell, ", ");

		label = choice_label(choices, cell, n);
		strbuf_printf(&all, "%s%s", all.len > 0 ? ", " : "", label != NULL ? label : "");
		cell += n;
		n = strspn(cell, ", ");
		if (n > 0 && cell[n] == '\0')
			label = NULL; /* a list does not end so */
		cell += n;
	}
	if (label != NULL)
		strbuf_puts(out, strbuf_str(&all));
	strbuf_free(&all);
	return label != NULL;
}

static void show_choice(struct strbuf *out, const struct choice *choices, const char *cell)
{
	const char *label = choice_label(choices, cell, strlen(cell));

	if (label != NULL)
		strbuf_puts(out, label);
	else if (choices == NULL || strpbrk(cell, ", ") == NULL || !show_choices(out, choices, cell))
		strbuf_puts(out, cell);
}

void value_show(struct strbuf *out, enum field_type type, const struct choice *choices,
    const char *cell,
    const char *currency)
{
	char buf[40];

	if (cell == NULL || *cell == '\0')
		return;
	switch (type) {
	case FT_MONEY:
		money_format(strtoll(cell, NULL, 10), currency != NULL ? currency : DEFAULT_CURRENCY,
		    true, buf);
		strbuf_puts(out, buf);
		break;
	case FT_BP: show_rate(out, cell); break;
	case FT_TIME: show_time(out, cell); break;
	case FT_BOOL: strbuf_puts(out, *cell == 't' || *cell == '1' ? _("yes") : _("no")); break;
	case FT_TEXT:
	case FT_CHOICE: show_choice(out, choices, cell); break;
	case FT_INT:
	case FT_DATE:
	case FT_REF:
	case FT_UUID: strbuf_puts(out, cell); break;
	}
}

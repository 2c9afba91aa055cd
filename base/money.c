#include "config.h"

#include "base/money.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"

/* ISO 4217, minor digits by group. Funds, metals and test codes are no money that anyone charges. */
static const char *const by_digits[] = {
	[0] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF ",
	[2] = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
	      "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
	      "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD "
	      "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
	      "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
	      "TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWL ",
	[3] = "BHD IQD JOD KWD LYD OMR TND ",
};

int money_digits(const char *currency)
{
	if (currency == NULL || strlen(currency) != 3)
		return -1;
	for (size_t d = 0; d < ARRAY_LEN(by_digits); d++) {
		const char *list = by_digits[d];
		for (; list != NULL && *list != '\0'; list += 4)
			if (memcmp(list, currency, 3) == 0)
				return (int)d;
	}
	return -1;
}

/* Bytes of a thousands separator at s: space, no-break and narrow no-break space, apostrophe; 0 = none. */
static size_t group_separator(const char *s)
{
	if (*s == ' ' || *s == '\'')
		return 1;
	if (strncmp(s, "\xC2\xA0", 2) == 0)
		return 2;
	return strncmp(s, "\xE2\x80\xAF", 3) == 0 ? 3 : 0;
}

/* Value and scale while reading: `v` counts units of 10^-scale, negative so that INT64_MIN is reachable. */
struct reading { int64_t v; int ndigits; const char *why; };

static bool add_digit(struct reading *r, int digit)
{
	if (__builtin_mul_overflow(r->v, 10, &r->v) || __builtin_sub_overflow(r->v, digit, &r->v)) {
		r->why = N_("the amount is too large");
		return false;
	}
	r->ndigits++;
	return true;
}

/* Whole part: digits, or groups of three with a separator between. */
static const char *read_whole(struct reading *r, const char *s)
{
	int group = 0, groups = 0;
	for (;;) {
		size_t sep = group_separator(s);
		if (isdigit((unsigned char)*s)) {
			if (!add_digit(r, *s++ - '0'))
				return NULL;
			group++;
		} else if (sep > 0 && group > 0 && isdigit((unsigned char)s[sep])) {
			if (groups > 0 ? group != 3 : group > 3)
				break;
			groups++;
			group = 0;
			s += sep;
		} else {
			break;
		}
	}
	if (groups > 0 && group != 3) {
		r->why = N_("not an amount of money");
		return NULL;
	}
	return s;
}

static const char *read_fraction(struct reading *r, const char *s, int places)
{
	int n = 0;
	if (*s == '.' || *s == ',') {
		s++;
		if (!isdigit((unsigned char)*s)) {
			r->why = N_("not an amount of money");
			return NULL;
		}
		for (; isdigit((unsigned char)*s); s++, n++) {
			if (n >= places) {
				r->why = N_("more decimal places than the currency has");
				return NULL;
			}
			if (!add_digit(r, *s - '0'))
				return NULL;
		}
	}
	for (; n < places; n++)
		if (!add_digit(r, 0))
			return NULL;
	return s;
}

/* An ASCII hyphen or U+2212; true if there was one, and *s is past it. */
static bool read_minus(const char **s)
{
	size_t n = **s == '-' ? 1 : strncmp(*s, "\xE2\x88\x92", 3) == 0 ? 3 : 0;
	*s += n;
	return n > 0;
}

bool money_parse_places(const char *s, int places, int64_t *minor, const char **why)
{
	struct reading r = { .why = N_("not an amount of money") };

	while (*s == ' ')
		s++;
	bool negative = read_minus(&s);
	const char *p = isdigit((unsigned char)*s) ? read_whole(&r, s) : NULL;
	if (p != NULL)
		p = read_fraction(&r, p, places);
	while (p != NULL && *p == ' ')
		p++;
	if (p == NULL || *p != '\0') {
		*why = r.why;
		return false;
	}
	if (!negative && r.v == INT64_MIN) {
		*why = N_("the amount is too large");
		return false;
	}
	*minor = negative ? r.v : -r.v;
	return true;
}

bool money_parse(const char *s, const char *currency, int64_t *minor, const char **why)
{
	int places = money_digits(currency);
	if (places < 0) {
		*why = N_("unknown currency");
		return false;
	}
	return money_parse_places(s, places, minor, why);
}

void money_format(int64_t minor, const char *currency, bool grouped, char buf[static 40])
{
	char raw[24];
	int places = money_digits(currency);
	uint64_t v = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;

	places = places < 0 ? 2 : places;
	/* At least one digit before the point: 5 tiyn are 0.05. */
	int n = snprintf(raw, sizeof raw, "%0*" PRIu64, places + 1, v);
	int whole = n - places;
	char *to = buf;
	if (minor < 0)
		*to++ = '-';
	for (int i = 0; i < n; i++) {
		if (i == whole)
			*to++ = '.';
		else if (grouped && i > 0 && i < whole && (whole - i) % 3 == 0)
			*to++ = ' ';
		*to++ = raw[i];
	}
	*to = '\0';
}

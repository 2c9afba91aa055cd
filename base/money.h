/*
 * Money: an int64 of minor units and an ISO 4217 code. Floating point never
 * touches it. The number of minor digits is the currency's own (KZT 2, JPY 0,
 * KWD 3); an unknown code is refused, not guessed.
 */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

int money_digits(const char *currency); /* -1 if the code is unknown */

/*
 * "75", "75.00", "1 234,50", "-3.5" in major units -> minor units. Refuses more
 * digits than the currency has (DESIGN §3 "money in") and anything that
 * overflows int64; *why is then a static English sentence (a msgid).
 */
bool money_parse(const char *s, const char *currency, int64_t *minor, const char **why);
/* The same with the number of decimal places given: 0..18. */
bool money_parse_places(const char *s, int places, int64_t *minor, const char **why);

/* "1 234.50" (grouped) or "1234.50"; buf holds at least 40 bytes. No currency code. */
void money_format(int64_t minor, const char *currency, bool grouped, char buf[static 40]);

#endif

/*
 * Values of one record as typed text, checked against the catalogue: what the
 * user typed becomes what the database takes (ISO dates, minor units), or one
 * error with field and remedy. Pure.
 */
#ifndef CLIENT_VALUE_H
#define CLIENT_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "client/resource.h"

struct err;

struct values {
	const struct resource *res;
	/*
	 * text: canonical, owned; NULL = SQL NULL. An amount typed in major units needs the record's currency to
	 * become minor: until that is among the values it stays as typed ("75.00", major = true) and the database,
	 * which knows the currency, converts it.
	 */
	struct value { const struct field *field; char *text, *typed; bool major; } *v;
	size_t n;
};

void values_init(struct values *v, const struct resource *res);
void values_free(struct values *v);
const char *values_get(const struct values *v, const char *field); /* NULL if absent or null */

/* Set by field name or alias (also NAME_minor, NAME_bp). Refuses read-only fields and bad values. "" is NULL. */
bool values_set(struct values *v, const char *name, const char *text, day_t today, struct err *e);
/* Set by import: also F_IMPORT_ONLY fields; what is purely derived stays refused. */
bool values_set_import(struct values *v, const char *name, const char *text, day_t today,
    struct err *e);

/* An amount comparable with the others of the same record; false if absent or null. */
bool values_money(const struct values *v, const char *field, int64_t *amount);

/* Required fields, bounds across fields, the resource's own check. */
bool values_check_new(const struct values *v, struct err *e);
/* No create-only fields, the resource's own check over what is given. */
bool values_check_edit(const struct values *v, struct err *e);

/*
 * What a record is to be given, by whoever did not build it with values_set(): one value a field, numbers and lengths
 * within the catalogue's bounds. What else is wrong with it (types, unknown fields, references) the database says.
 */
bool values_within(const struct resource *res, const json_t *set, struct err *e);

/* {"price_per_night_minor": 7500, "unit": "C001", …}; "price_per_night": "75.00" while major. Caller decrefs. */
json_t *values_json(const struct values *v);

/*
 * One value typed by a person -> canonical text for `f`: caller frees, NULL and
 * `e` on refusal. `currency` decides minor digits of FT_MONEY (NULL = KZT).
 */
char *value_parse(const struct field *f, const char *text, day_t today, const char *currency,
    struct err *e);

/*
 * A cell of a table as a person reads it: money grouped, with as many decimals
 * as `currency` (the row's) has, its code not added; 49.3 %; a translated
 * choice, or several with commas; an instant to the minute as the cell has it, which is by the clocks of
 * the session's company. Not cleaned. NULL and "" append nothing.
 */
struct strbuf;
void value_show(struct strbuf *out, enum field_type type, const struct choice *choices,
    const char *cell,
    const char *currency);

#endif

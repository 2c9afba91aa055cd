/*
 * Values of one record as typed text, checked against the catalogue: what the
 * user typed becomes what the database takes (ISO dates, minor units), or one
 * error with field and remedy. Pure.
 */
#ifndef CLIENT_VALUE_H
#define CLIENT_VALUE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/date.h"
#include "client/resource.h"

struct err;

struct values {
	const struct resource *res;
	struct value { const struct field *field; char *text; /* canonical, owned; NULL = SQL NULL */ } *v;
	size_t n;
};

void values_init(struct values *v, const struct resource *res);
void values_free(struct values *v);
const char *values_get(const struct values *v, const char *field); /* NULL if absent or null */

/* Set by field name or alias (also NAME_minor, NAME_bp). Refuses read-only fields and bad values. "" is NULL. */
bool values_set(struct values *v, const char *name, const char *text, day_t today, struct err *e);
/* Set without the read-only and create-only rules: import. */
bool values_set_import(struct values *v, const char *name, const char *text, day_t today, struct err *e);

/* Required fields, bounds across fields, the resource's own check. */
bool values_check_new(const struct values *v, struct err *e);

json_t *values_json(const struct values *v); /* {"price_per_night_minor": 7500, "unit": "C001", ...}; caller decrefs */

/*
 * One value typed by a person -> canonical text for `f`: caller frees, NULL and
 * `e` on refusal. `currency` decides minor digits of FT_MONEY (NULL = KZT).
 */
char *value_parse(const struct field *f, const char *text, day_t today, const char *currency, struct err *e);

/*
 * A cell of a table as a person reads it (grouped money with the row's
 * currency, 49.3 %, translated choice). Not cleaned. Appended to out.
 */
struct strbuf;
void value_show(struct strbuf *out, enum field_type type, const struct choice *choices, const char *cell,
    const char *currency);

#endif

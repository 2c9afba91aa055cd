#include "config.h"

#include "client/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "base/strbuf.h"

/* Decimals of the currency that has most: what an amount may have before its currency is known. */
#define MOST_PLACES 4

void values_init(struct values *v, const struct resource *res)
{
	*v = (struct values){ .res = res };
}

void values_free(struct values *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->v[i].text);
		free(v->v[i].typed);
	}
	free(v->v);
	values_init(v, v->res);
}

static struct value *find(const struct values *v, const char *field)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i].field->name, field) == 0)
			return &v->v[i];
	return NULL;
}

const char *values_get(const struct values *v, const char *field)
{
	const struct value *x = find(v, field);
	return x != NULL ? x->text : NULL;
}

/* The record's currency if it is among the values and known; else NULL. */
static const char *record_currency(const struct values *v)
{
	const char *c = values_get(v, "currency");
	return money_digits(c) >= 0 ? c : NULL;
}

/* Takes ownership of text and typed. */
static void store(struct values *v, const struct field *f, char *text, char *typed, bool major)
{
	struct value *x = find(v, f->name);
	if (x == NULL) {
		v->v = xreallocarray(v->v, v->n + 1, sizeof *v->v);
		x = &v->v[v->n++];
		*x = (struct value){ .field = f };
	}
	free(x->text);
	free(x->typed);
	x->text = text;
	x->typed = typed;
	x->major = major;
}

/* "1 234,50" -> "1234.50": digits, one point, a sign. */
static char *plain_decimal(const char *text)
{
	struct strbuf out = { 0 };
	if (*text == '-' || strncmp(text, "\xE2\x88\x92", 3) == 0)
		strbuf_putc(&out, '-');
	for (; *text != '\0'; text++) {
		if (*text >= '0' && *text <= '9')
			strbuf_putc(&out, *text);
		else if (*text == '.' || *text == ',')
			strbuf_putc(&out, '.');
	}
	return strbuf_steal(&out);
}

static bool store_money(struct values *v, const struct field *f, const char *text,
    const char *currency, struct err *e)
{
	if (currency != NULL) {
		char *minor = value_parse(f, text, 0, currency, e);
		if (minor == NULL)
			return false;
		store(v, f, minor, plain_decimal(text), false);
		return true;
	}
	const char *why;
	int64_t amount;
	if (!money_parse_places(text, MOST_PLACES, &amount, &why)) {
		err_set(e, ERR_INVALID, "E-VALUE", f->name, _("For example 1234.50"), "%s", _(why));
		return false;
	}
	if (amount < 0 && f->min >= 0 && f->max > 0) {
		err_set(e, ERR_INVALID, "E-VALUE", f->name, NULL, _("at least %s"), "0");
		return false;
	}
	store(v, f, plain_decimal(text), plain_decimal(text), true);
	return true;
}

/* A currency came in: the amounts typed before it become minor units of it, or it is refused with them. */
static bool settle_currency(struct values *v, const char *currency, struct err *e)
{
	if (money_digits(currency) < 0) {
		err_set(e, ERR_INVALID, "E-VALUE", "currency", _("Give an ISO 4217 code, for example KZT"),
		    _("unknown currency"));
		return false;
	}
	for (size_t i = 0; i < v->n; i++) { /* all or none: first look, then store */
		char *minor = v->v[i].typed == NULL ? NULL : value_parse(v->v[i].field, v->v[i].typed, 0,
		    currency, e);
		if (v->v[i].typed != NULL && minor == NULL)
			return false;
		free(minor);
	}
	for (size_t i = 0; i < v->n; i++) {
		struct value *x = &v->v[i];
		if (x->typed == NULL)
			continue;
		free(x->text);
		x->text = value_parse(x->field, x->typed, 0, currency, NULL);
		x->major = false;
	}
	return true;
}

/* By name or alias; or NAME_minor, NAME_bp: then *exact, the value is the integer itself. */
static const struct field *find_field(const struct resource *res, const char *name, bool *exact)
{
	const struct field *f = resource_field(res, name);
	*exact = false;
	for (const struct field *x = res->fields; f == NULL && x->name != NULL; x++) {
		char column[64];
		if (strcmp(field_column(x, column), name) == 0) {
			*exact = true;
			f = x;
		}
	}
	return f;
}

static bool set_value(struct values *v, const struct field *f, bool exact, const char *text,
    day_t today, struct err *e)
{
	if (text == NULL || text[strspn(text, " \t\r\n")] == '\0') {
		store(v, f, NULL, NULL, false);
		return true;
	}
	if (f->type == FT_MONEY && !exact)
		return store_money(v, f, text, record_currency(v), e);

	struct field as_number = *f;
	as_number.type = exact ? FT_INT : f->type;
	char *value = value_parse(&as_number, text, today, NULL, e);
	if (value == NULL)
		return false;
	if (strcmp(f->name, "currency") == 0 && !settle_currency(v, value, e)) {
		free(value);
		return false;
	}
	store(v, f, value, NULL, false);
	return true;
}

static bool set_checked(struct values *v, const char *name, const char *text, day_t today,
    bool import, struct err *e)
{
	bool exact;
	const struct field *f = find_field(v->res, name, &exact);

	if (f == NULL) {
		resource_unknown_field(v->res, name, ERR_INVALID, "E-FIELD", e);
		return false;
	}
	if (import ? !field_importable(f) : !field_creatable(f)) {
		err_set(e, ERR_INVALID, "E-FIELD", f->name, NULL,
		    _("%s is not set by hand, it follows from other things"),
		    f->name);
		return false;
	}
	return set_value(v, f, exact, text, today, e);
}

bool values_set(struct values *v, const char *name, const char *text, day_t today, struct err *e)
{
	return set_checked(v, name, text, today, false, e);
}

bool values_set_import(struct values *v, const char *name, const char *text, day_t today,
    struct err *e)
{
	return set_checked(v, name, text, today, true, e);
}

bool values_money(const struct values *v, const char *field, int64_t *amount)
{
	const struct value *x = find(v, field);
	const char *why;

	if (x == NULL || x->text == NULL || x->field->type != FT_MONEY)
		return false;
	if (x->major)
		return money_parse_places(x->text, MOST_PLACES, amount, &why);
	if (record_currency(v) == NULL)
		return false; /* minor units beside major ones of an unknown currency: nothing to compare */
	*amount = strtoll(x->text, NULL, 10);
	return true;
}

/* An integer under the exact name, or a text. */
static bool is_within(const struct resource *res, const char *name, const json_t *given, struct err *e)
{
	bool exact;
	const struct field *f = find_field(res, name, &exact);
	bool number = f != NULL && json_is_integer(given) && (f->type == FT_INT || exact);
	bool text = f != NULL && json_is_string(given) && f->type == FT_TEXT && *json_string_value(given) != '\0';

	if (f != NULL && (json_is_object(given) || json_is_array(given)) && !(f->flags & F_MANY)) {
		err_set(e, ERR_INVALID, "E-VALUE", f->name, NULL, "%s", _("it is one value, no list"));
		return false;
	}
	if (!number && !text)
		return true;
	struct field plain = *f;
	plain.type = number ? FT_INT : FT_TEXT;
	char *shown = number ? xasprintf("%lld", (long long)json_integer_value(given)) : xstrdup(json_string_value(given));
	char *taken = value_parse(&plain, shown, 0, NULL, e);
	free(shown);
	free(taken);
	return taken != NULL;
}

bool values_within(const struct resource *res, const json_t *set, struct err *e)
{
	const char *name;
	json_t *given;

	json_object_foreach((json_t *)set, name, given)
		if (!is_within(res, name, given, e))
			return false;
	return true;
}

static bool missing(const struct field *f, struct err *e)
{
	char *remedy = xasprintf(_("Give %s=VALUE"), f->name);
	err_set(e, ERR_INVALID, "E-VALUE", f->name, remedy, _("%s is required"), f->name);
	free(remedy);
	return false;
}

bool values_check_new(const struct values *v, struct err *e)
{
	for (const struct field *f = v->res->fields; f->name != NULL; f++)
		if ((f->flags & F_REQUIRED) && values_get(v, f->name) == NULL)
			return missing(f, e);
	return v->res->check == NULL || v->res->check(v, e);
}

bool values_check_edit(const struct values *v, struct err *e)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct field *f = v->v[i].field;
		if (!field_editable(f)) {
			err_set(e, ERR_INVALID, "E-FIELD", f->name, NULL,
			    _("%s is given once, when the record is made"), f->name);
			return false;
		}
		if ((f->flags & F_REQUIRED) && v->v[i].text == NULL)
			return missing(f, e);
	}
	return v->res->check == NULL || v->res->check(v, e);
}

static json_t *value_json(const struct value *x)
{
	if (x->text == NULL)
		return json_null();
	switch (x->field->type) {
	case FT_INT:
	case FT_BP: return json_integer(strtoll(x->text, NULL, 10));
	case FT_MONEY: return x->major ? json_string(x->text) : json_integer(strtoll(x->text, NULL, 10));
	case FT_BOOL: return json_boolean(strcmp(x->text, "true") == 0);
	case FT_TEXT:
	case FT_DATE:
	case FT_TIME:
	case FT_CHOICE:
	case FT_REF:
	case FT_UUID: break;
	}
	return json_string(x->text);
}

json_t *values_json(const struct values *v)
{
	json_t *o = json_object();
	for (size_t i = 0; i < v->n; i++) {
		char column[64];
		const struct value *x = &v->v[i];
		const char *key = x->major ? x->field->name : field_column(x->field, column);
		if (json_object_set_new(o, key, value_json(x)) != 0)
			die("out of memory (json)");
	}
	return o;
}

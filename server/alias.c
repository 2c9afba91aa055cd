#include "config.h"

#include "server/alias.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"

/* ---- the tables: seeds/rental-management.md, seeds/coworking.md ------------------------------------------------ */

static const struct alias_field of_properties[] = {
	{ "property_type", "kind" }, { "owner_id", "owner" }, { "total_area", "area" }, { "rooms_count", "rooms" },
	{ "total_floors", "floors_total" }, { "price_per_night", "price" }, { 0 },
};
static const struct alias_field of_tenants[] = {
	{ "full_name", "name" }, { "notes", "note" }, { 0 },
};
static const struct alias_field of_contracts[] = {
	{ "property_id", "unit" }, { "tenant_id", "party" }, { "start_date", "starts_on" }, { "end_date", "ends_on" },
	{ "monthly_rent", "rent" }, { "security_deposit", "deposit" }, { "payment_due_day", "due_day" }, { 0 },
};
static const struct alias_field of_payments[] = {
	{ "contract_id", "agreement" }, { "booking_id", "reservation" }, { "tenant_id", "party" }, { "property_id", "unit" },
	{ "amount", "amount" }, { "payment_date", "booked_on" }, { "payment_method", "method" },
	{ "transaction_id", "provider_ref" }, { "notes", "comment" }, { 0 },
};
static const struct alias_field of_bookings[] = {
	{ "property_id", "unit" }, { "guest_id", "party" },
	{ "price_per_night", "price_per_night" }, { "total_price", "total" }, { "notes", "comment" }, { 0 },
};

static const struct alias aliases[] = {
	{ "properties", "units", of_properties }, { "tenants", "parties", of_tenants },
	{ "contracts", "agreements", of_contracts }, { "bookings", "reservations", of_bookings },
	{ "payments", "payments", of_payments }, { 0 },
};

static const struct alias_below belows[] = {
	{ .name = "properties", .below = "analytics", .report = "occupancy", .arg = "unit", .months_back = 12 },
	{ .name = "properties", .below = "calendar", .report = "spans", .arg = "units", .months_ahead = 3 },
	{ .name = "properties", .below = "price-history", .resource = "price_changes", .field = "unit" },
	{ .name = "properties", .below = "blocks", .resource = "blocks", .field = "unit" },
	{ .name = "properties", .below = "contracts", .resource = "agreements", .alias = "contracts", .field = "unit" },
	{ .name = "properties", .below = "bookings", .resource = "reservations", .alias = "bookings", .field = "unit" },
	{ .name = "tenants", .below = "contracts", .resource = "agreements", .alias = "contracts", .field = "party" },
	{ .name = "tenants", .below = "payments", .resource = "payments", .alias = "payments", .field = "party" },
	{ .name = "contracts", .below = "payments", .resource = "payments", .alias = "payments", .field = "agreement" },
	{ .name = "analytics", .below = "revenue", .report = "revenue", .months_back = 12 },
	{ .name = "analytics", .below = "occupancy", .report = "occupancy", .months_back = 12 },
	{ .name = "analytics", .below = "predictions", .report = "forecast" },
	{ 0 },
};

const struct alias *alias_all(void)
{
	return aliases;
}

const struct alias_below *alias_below_all(void)
{
	return belows;
}

const struct alias *alias_find(const char *name)
{
	for (const struct alias *a = aliases; a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

const struct alias_below *alias_below(const char *name, const char *below)
{
	for (const struct alias_below *b = belows; b->name != NULL; b++)
		if (strcmp(b->name, name) == 0 && strcmp(b->below, below) == 0)
			return b;
	return NULL;
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

const char *alias_ours(const struct alias *a, const char *theirs)
{
	for (const struct alias_field *f = a != NULL ? a->fields : NULL; f != NULL && f->theirs != NULL; f++)
		if (strcmp(f->theirs, theirs) == 0)
			return f->ours;
	return theirs;
}

const char *alias_theirs(const struct alias *a, const char *column)
{
	const struct resource *res = a != NULL ? catalogue_resource(a->resource) : NULL;

	for (const struct alias_field *f = a != NULL ? a->fields : NULL; f != NULL && f->theirs != NULL; f++) {
		const struct field *field = resource_field(res, f->ours);
		if (field != NULL && field_is_column(field, column))
			return f->theirs;
	}
	return column;
}

/* "-payment_date": each name of a list, with its sign. */
static char *translate_names(const struct alias *a, const char *names)
{
	struct strbuf out = { 0 };
	char *copy = xstrdup(names), *rest = copy, *name;

	while ((name = strsep(&rest, ",")) != NULL)
		strbuf_printf(&out, "%s%s%s", out.len > 0 ? "," : "", *name == '-' ? "-" : "",
		    alias_ours(a, name + (*name == '-')));
	free(copy);
	return strbuf_steal(&out);
}

struct pair *alias_params(const struct alias *a, const struct pair *p, size_t n, char ***made, size_t *nmade)
{
	struct pair *out = xcalloc(n + 1, sizeof *out);

	for (size_t i = 0; i < n; i++) {
		out[i] = (struct pair){ alias_ours(a, p[i].name), p[i].value };
		if (strcmp(p[i].name, "sort") != 0 && strcmp(p[i].name, "fields") != 0)
			continue;
		*made = xreallocarray(*made, *nmade + 1, sizeof **made);
		(*made)[(*nmade)++] = translate_names(a, p[i].value);
		out[i].value = (*made)[*nmade - 1];
	}
	return out;
}

static bool is_theirs(const struct alias *a, const char *name)
{
	for (const struct alias_field *f = a->fields; f->theirs != NULL; f++)
		if (strcmp(f->theirs, name) == 0)
			return true;
	return false;
}

/* An amount in major units, as text for the engine, which knows the currency: "125000.50". */
static json_t *major(const json_t *value)
{
	char text[64];
	size_t n;

	if (json_is_integer(value))
		snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(text, sizeof text, "%.4f", json_real_value(value));
	else
		return json_incref((json_t *)value);
	for (n = strlen(text); json_is_real(value) && text[n - 1] == '0' && text[n - 3] != '.'; n--)
		text[n - 1] = '\0';
	return json_string(text);
}

json_t *alias_body(const struct alias *a, const json_t *body, struct err *e)
{
	const struct resource *res = catalogue_resource(a->resource);
	json_t *out = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)body, name, value) {
		const char *ours = alias_ours(a, name);
		const struct field *f = resource_field(res, ours);
		bool amount = f != NULL && f->type == FT_MONEY && is_theirs(a, name);

		if (json_object_get(out, ours) != NULL) {
			err_set(e, ERR_INVALID, "E-FIELD", name, NULL, "%s and %s are the same field", name, ours);
			json_decref(out);
			return NULL;
		}
		json_object_set_new(out, ours, amount ? major(value) : json_incref(value));
	}
	return out;
}

void alias_columns(const struct alias *a, struct out_columns *c)
{
	for (size_t i = 0; a != NULL && i < c->n; i++) {
		c->v[i].heading = alias_theirs(a, c->v[i].name);
		c->v[i].programs = c->v[i].type != FT_MONEY || !is_theirs(a, c->v[i].heading);
	}
}

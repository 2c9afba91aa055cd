/* whoami: who the database takes us for, and what it lets us do. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/commands.h"
#include "client/celltext.h"
#include "cli/output.h"
#include "cli/run.h"

static const struct { const char *name, *heading; enum field_type type; } facts[] = {
	{ "user", N_("Id"), FT_UUID },
	{ "user_name", N_("Name"), FT_TEXT },
	{ "role", N_("Role"), FT_TEXT },
	{ "scope", N_("Scope"), FT_TEXT },
	{ "company", N_("Company"), FT_INT },
	{ "company_name", N_("Company's name"), FT_TEXT },
	{ "currency", N_("Currency"), FT_TEXT },
	{ "tz", N_("Time zone"), FT_TEXT },
	{ "today", N_("Today"), FT_DATE },
};

/* The database calls some of them by a longer name. */
static const char *fact(const struct table *t, const char *name)
{
	int col = table_col(t, name);

	if (col < 0 && !strcmp(name, "user"))
		col = table_col(t, "user_id");
	return table_rows(t) > 0 ? table_cell(t, 0, col) : NULL;
}

/* One object, the permissions as a list in it. */
static void as_json(struct output *out, const struct table *t, bool array)
{
	struct strbuf b = { 0 };

	strbuf_puts(&b, array ? "[\n{" : "{");
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		json_text(&b, facts[i].name);
		strbuf_puts(&b, ": ");
		json_cell(&b, facts[i].type, fact(t, facts[i].name));
		strbuf_puts(&b, ", ");
	}
	strbuf_puts(&b, "\"permissions\": [");
	for (int row = 0, n = 0; row < table_rows(t); row++) {
		const char *permission = table_get(t, row, "permission");
		if (!*permission)
			continue;
		strbuf_puts(&b, n++ ? ", " : "");
		json_text(&b, permission);
	}
	strbuf_puts(&b, array ? "]}\n]\n" : "]}\n");
	output_text(out, strbuf_str(&b));
	strbuf_free(&b);
}

/* One row: the facts and all permissions in a cell. */
static struct table *as_row(const struct table *t)
{
	const char *names[ARRAY_LEN(facts) + 1];
	struct strbuf b = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		names[i] = facts[i].name;
	names[ARRAY_LEN(facts)] = "permissions";
	struct table *out = table_new((int)ARRAY_LEN(names), names);
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		const char *cell = fact(t, facts[i].name);
		table_add(out, cell, cell ? strlen(cell) : 0);
	}
	for (int row = 0; row < table_rows(t); row++)
		strbuf_printf(&b, "%s%s", row ? " " : "", table_get(t, row, "permission"));
	table_add(out, strbuf_str(&b), b.len);
	strbuf_free(&b);
	return out;
}

static void print(struct run *r, const struct table *t)
{
	struct out_columns c = { 0 };
	struct output *out = output_open(r->o);

	if (output_is_json(out)) {
		as_json(out, t, output_is_array(out));
	} else {
		struct table *row = as_row(t);
		for (size_t i = 0; i < ARRAY_LEN(facts); i++)
			out_columns_add(&c, facts[i].name, facts[i].heading, facts[i].type);
		out_columns_add(&c, "permissions", N_("May"), FT_TEXT);
		output_begin(out, &c, true);
		output_rows(out, row);
		table_free(row);
	}
	output_close(out, &r->err);
	out_columns_free(&c);
}

int cmd_whoami(const struct options *o)
{
	struct run r;
	struct answer a;

	if (run_open(&r, o)) {
		client_whoami(r.session, RUN_OWNER, run_answer, run_ask(&a));
		if (run_wait(&r, &a))
			print(&r, a.rows);
		run_forget(&a);
	}
	return run_close(&r);
}

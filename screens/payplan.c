#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/format.h"
#include "screens/parts.h"
#include "screens/payplan.h"

enum { MONEY = 14 };

/* Columns from the right edge: open, would be paid, stays. */
static const struct { const char *column, *title; } SUMS[] = {
	{ "open_minor", N_("Open") }, { "part_minor", N_("Is paid") }, { "left_minor", N_("Stays open") },
};

static void put_money(struct canvas c, int y, int column, enum token style, const char *text)
{
	draw_fit(c, y, c.w - 1 - ((int)ARRAY_LEN(SUMS) - column) * (MONEY + 1), MONEY, TEXT_RIGHT, style, text);
}

static void draw_heads(struct canvas c)
{
	draw_fit(c, 0, 2, 7, TEXT_RIGHT, TOK_COLUMN, _("No."));
	draw_text(c, 0, 10, -1, TOK_COLUMN, _("Due"));
	draw_text(c, 0, 21, -1, TOK_COLUMN, _("Kind"));
	for (size_t i = 0; i < ARRAY_LEN(SUMS); i++)
		put_money(c, 0, (int)i, TOK_COLUMN, _(SUMS[i].title));
}

static void draw_charge(const struct table *plan, int row, struct canvas c, int y)
{
	const struct choice *kinds = resource_field(catalogue_resource("charges"), "kind")->choices;
	bool gets = format_number(table_get(plan, row, "part_minor")) > 0;
	enum token style = gets ? TOK_TEXT : TOK_DIM;
	int name = c.w - 1 - (int)ARRAY_LEN(SUMS) * (MONEY + 1) - 34;
	struct strbuf text = { 0 };

	draw_fit(c, y, 2, 7, TEXT_RIGHT, style, table_get(plan, row, "no"));
	draw_text(c, y, 10, 10, style, table_get(plan, row, "due_on"));
	value_show(&text, FT_CHOICE, kinds, table_get(plan, row, "kind"), NULL);
	draw_fit(c, y, 21, 11, TEXT_LEFT, style, strbuf_str(&text));
	if (name > 8)
		draw_fit(c, y, 33, name, TEXT_LEFT, style, table_get(plan, row, "unit_label"));
	for (size_t i = 0; i < ARRAY_LEN(SUMS); i++) {
		strbuf_clear(&text);
		format_money(&text, format_number(table_get(plan, row, SUMS[i].column)), table_get(plan, row, "currency"));
		put_money(c, y, (int)i, style, strbuf_str(&text));
	}
	strbuf_free(&text);
}

/* What stays with us beyond all that is open. */
static int draw_advance(const struct table *plan, struct canvas c, int y)
{
	int64_t ahead = format_number(table_get(plan, 0, "left_minor"));
	struct strbuf text = { 0 };

	if (ahead <= 0)
		return y;
	strbuf_printf(&text, "%s ", _("kept as an advance:"));
	format_money(&text, ahead, table_get(plan, 0, "currency"));
	draw_text(c, y, 10, -1, TOK_TEXT, strbuf_str(&text));
	strbuf_free(&text);
	return y + 1;
}

/* Somebody else was faster: what it was to pay for is paid, or void. */
static bool is_settled(const struct table *plan)
{
	const char *charge = table_get(plan, 0, "id");

	for (int row = 1; row < table_rows(plan); row++)
		if (!strcmp(table_get(plan, row, "id"), charge))
			return false;
	return charge[0] != '\0';
}

static void draw_waits(const struct table *plan, struct canvas c, int y)
{
	const char *code = table_get(plan, 0, "code");

	if (!strcmp(code, "DM005"))
		draw_printf(c, y, 2, TOK_WARNING, _("F2 records it; somebody with the permission %s confirms it"),
		    table_get(plan, 0, "reason"));
	else if (code[0])
		draw_text(c, y, 2, -1, TOK_WARNING, _("F2 records it; a colleague confirms it: it is large, or not what is owed"));
	else
		draw_text(c, y, 2, -1, TOK_DIM, _("F2 records and confirms it"));
}

void payplan_draw(struct screen *s, const struct table *plan, struct canvas c)
{
	int rows = table_rows(plan), y = 1, shown = 0;

	c = part_section(s, c, _("What it covers"), false);
	if (rows == 0) {
		draw_text(c, 0, 2, -1, TOK_DIM, _("say who pays: letters look for a name, a phone or a number"));
		return;
	}
	if (rows > 1)
		draw_heads(c);
	else
		draw_text(c, 0, 2, -1, TOK_DIM, _("nothing is open there: all of it is an advance"));
	for (int room = c.h - 4; shown + 1 < rows && shown < room; shown++)
		draw_charge(plan, shown + 1, c, y++);
	if (shown + 1 < rows)
		draw_printf(c, y++, 10, TOK_DIM, _("+ %lld more"), (long long)(rows - 1 - shown));
	if (is_settled(plan))
		draw_printf(c, y++, 2, TOK_WARNING, _("charge %s is not open any more"), table_get(plan, 0, "no"));
	y = draw_advance(plan, c, y);
	draw_waits(plan, c, y);
}

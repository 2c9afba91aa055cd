#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "client/value.h"
#include "screens/format.h"
#include "screens/rentcells.h"

enum { CURRENCIES_MOST = 3, FEW_DAYS = 60, NARROW = 100 };

static const char *cell(const struct answer *a, int row, const char *column)
{
	return answer_text(a, row, column);
}

bool rentcells_vacant(const struct answer *a, int row)
{
	return !cell(a, row, "agreement")[0];
}

enum col { UNIT, TENANT, NO, FROM, TO, LEFT, RENT, DEPOSIT, HELD, INDEX, BALANCE, OVERDUE };

const struct list_column RENTCELLS[RENTCELLS_COUNT] = {
	[UNIT] = { N_("Unit"), 8, TEXT_LEFT, 0 },
	[TENANT] = { N_("Tenant"), -1, TEXT_LEFT, 0 },
	[NO] = { N_("No."), 6, TEXT_RIGHT, 4 },
	[FROM] = { N_("From"), 10, TEXT_LEFT, 7 },
	[TO] = { N_("To"), 10, TEXT_LEFT, 0 },
	[LEFT] = { N_("Days"), 5, TEXT_RIGHT, 0 },
	[RENT] = { N_("Rent"), 12, TEXT_RIGHT, 0 },
	[DEPOSIT] = { N_("Deposit"), 12, TEXT_RIGHT, 6 },
	[HELD] = { N_("Held"), 12, TEXT_RIGHT, 5 },
	[INDEX] = { N_("Indexation"), 10, TEXT_LEFT, 3 },
	[BALANCE] = { N_("Balance"), 12, TEXT_RIGHT, 0 },
	[OVERDUE] = { N_("Late"), 5, TEXT_RIGHT, 0 },
};

static void put_money(const struct answer *a, int row, const char *column, struct strbuf *out)
{
	if (cell(a, row, column)[0])
		format_money(out, format_number(cell(a, row, column)), cell(a, row, "currency"));
}

static void put_date(const struct answer *a, int row, const char *column, struct strbuf *out)
{
	value_show(out, FT_DATE, NULL, cell(a, row, column), NULL);
}

/* "vacant 35 days", in the column of the tenant. */
static void put_vacant(const struct answer *a, int row, struct strbuf *out)
{
	int days = atoi(cell(a, row, "vacant_days"));

	if (cell(a, row, "vacant_days")[0])
		strbuf_printf(out, P_("vacant for %d day", "vacant for %d days", days), days);
	else
		strbuf_puts(out, _("vacant, never let"));
}

void rentcells_put(const struct answer *a, int row, int col, struct strbuf *out, enum token *style)
{
	bool empty = rentcells_vacant(a, row);
	int left = atoi(cell(a, row, "days_left"));

	switch ((enum col)col) {
	case UNIT:
		strbuf_puts(out, cell(a, row, "unit_code"));
		return;
	case TENANT:
		if (empty)
			put_vacant(a, row, out);
		else
			strbuf_puts(out, cell(a, row, "tenant_label"));
		*style = empty ? TOK_WARNING : *style;
		return;
	case NO:
		strbuf_puts(out, cell(a, row, "agreement_no"));
		return;
	case FROM:
		put_date(a, row, "starts_on", out);
		return;
	case TO:
		put_date(a, row, "ends_on", out);
		return;
	case LEFT:
		strbuf_puts(out, cell(a, row, "days_left"));
		*style = !empty && left <= FEW_DAYS ? TOK_WARNING : *style;
		return;
	case RENT: /* of what is vacant: what is asked for it */
		put_money(a, row, empty ? "asking_minor" : "rent_minor", out);
		*style = empty ? TOK_DIM : *style;
		return;
	case DEPOSIT:
		put_money(a, row, "deposit_minor", out);
		return;
	case HELD:
		put_money(a, row, "deposit_held_minor", out);
		if (answer_number(a, row, "deposit_held_minor") < answer_number(a, row, "deposit_minor"))
			*style = TOK_WARNING;
		return;
	case INDEX:
		put_date(a, row, "next_index", out);
		return;
	case BALANCE:
		put_money(a, row, "balance_minor", out);
		*style = answer_number(a, row, "balance_minor") > 0 ? TOK_WARNING : *style;
		return;
	case OVERDUE:
		strbuf_puts(out, cell(a, row, "days_overdue"));
		*style = cell(a, row, "days_overdue")[0] ? TOK_ERROR : *style;
		return;
	}
}

/* ---- totals: of the whole part, a line a currency ---- */

static void put_sum(const struct answer *a, int row, const char *label, const char *column, struct strbuf *out)
{
	strbuf_printf(out, "  %s ", label);
	format_money(out, answer_number(a, row, column), cell(a, row, "currency"));
}

static void put_total(const struct answer *a, int row, bool narrow, struct strbuf *out)
{
	int n = atoi(cell(a, row, "total_rows")), let = atoi(cell(a, row, "total_let"));

	strbuf_printf(out, P_("%s: %d of %d unit let", "%s: %d of %d units let", n), cell(a, row, "currency"), let, n);
	put_sum(a, row, _("rent"), "total_rent_minor", out);
	if (n > let)
		put_sum(a, row, _("asked"), "total_asking_minor", out);
	if (!narrow)
		put_sum(a, row, _("deposits"), "total_held_minor", out);
	if (!narrow && answer_number(a, row, "total_held_minor") < answer_number(a, row, "total_deposit_minor"))
		put_sum(a, row, _("of"), "total_deposit_minor", out);
	put_sum(a, row, _("balance"), "total_balance_minor", out);
}

static bool seen_before(const struct answer *a, int row)
{
	for (int i = 0; i < row; i++)
		if (!strcmp(cell(a, i, "currency"), cell(a, row, "currency")))
			return true;
	return false;
}

int rentcells_totals(const struct answer *a, struct canvas c)
{
	int first[CURRENCIES_MOST], n = 0;
	struct strbuf text = { 0 };

	for (int i = 0; i < table_rows(a->rows) && n < CURRENCIES_MOST; i++)
		if (!seen_before(a, i))
			first[n++] = i;
	for (int i = 0; i < n; i++) {
		strbuf_clear(&text);
		put_total(a, first[i], c.w < NARROW, &text);
		draw_text(c, c.h - n + i, 1, -1, TOK_TITLE, text.s);
	}
	strbuf_free(&text);
	return n;
}

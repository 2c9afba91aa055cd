/* Two of them side by side: the marked one against the one under the cursor, else that against the period before. */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/format.h"
#include "screens/parts.h"
#include "screens/stats.h"

/* before: what the column was in the period before; NULL = the report does not say. */
static const struct line { const char *label, *column, *before; enum field_type type; } LINES[] = {
	{ N_("Revenue"), "revenue_minor", "revenue_before_minor", FT_MONEY },
	{ N_("Sold"), "sold_nights", "sold_before", FT_INT },
	{ N_("Occupancy"), "occupancy_bp", "occupancy_before_bp", FT_BP },
	{ N_("ADR"), "adr_minor", "adr_before_minor", FT_MONEY },
};

static void put(struct canvas c, int y, int x, int w, enum field_type type, int64_t n, const char *currency)
{
	struct strbuf text = { 0 };

	if (type == FT_BP)
		format_bp(&text, n);
	else if (type == FT_INT)
		format_int(&text, n);
	else
		format_whole(&text, n, currency);
	draw_fit(c, y, x, w, TEXT_RIGHT, TOK_TEXT, strbuf_str(&text));
	strbuf_free(&text);
}

/* a against b; b as the base. */
static void put_change(struct screen *s, struct canvas c, int y, int x, int w, enum field_type type, int64_t a,
    int64_t b)
{
	struct strbuf text = { 0 };

	if (type == FT_BP)
		format_points(&text, a, b, 1, app_ascii(screen_app(s)));
	else
		format_change(&text, a, b, app_ascii(screen_app(s)));
	draw_fit(c, y, x, w, TEXT_RIGHT, TOK_DIM, strbuf_str(&text));
	strbuf_free(&text);
}

void sides_draw(struct screen *s, struct canvas c, const struct pane *of)
{
	int row, other = of->marked, name = 11, change = 10;
	const struct answer *a = report_rows_at(&of->view, &row);
	int w = (c.w - name - change - 2) / 2;
	const char *currency;

	c = part_section(s, c, _("Side by side"), false);
	if (!a) {
		answer_draw_missing(s, &of->view.rows, c);
		return;
	}
	if (other == row || other >= table_rows(a->rows))
		other = -1;
	currency = answer_text(a, row, "currency");
	draw_fit(c, 0, name + 1, w - 1, TEXT_RIGHT, TOK_COLUMN, answer_text(a, row, "name"));
	draw_fit(c, 0, name + w + 1, w - 1, TEXT_RIGHT, TOK_COLUMN, other >= 0 ? answer_text(a, other, "name") : _("before"));
	draw_fit(c, 0, name + 2 * w, change, TEXT_RIGHT, TOK_COLUMN, _("Change"));
	for (int i = 0; i < (int)ARRAY_LEN(LINES); i++) {
		const struct line *l = &LINES[i];
		int64_t x = answer_number(a, row, l->column);
		int64_t y = other >= 0 ? answer_number(a, other, l->column) : answer_number(a, row, l->before);

		draw_fit(c, i + 1, 1, name, TEXT_LEFT, TOK_DIM, _(l->label));
		put(c, i + 1, name, w, l->type, x, currency);
		if (other >= 0 && l->type == FT_MONEY && strcmp(currency, answer_text(a, other, "currency")) != 0)
			continue; /* money of another kind is no difference */
		put(c, i + 1, name + w, w, l->type, y, currency);
		put_change(s, c, i + 1, name + 2 * w, change, l->type, x, y);
	}
	draw_text(c, (int)ARRAY_LEN(LINES) + 2, 1, -1, TOK_DIM, other >= 0 ? _("Space takes the mark away") :
	    _("Space marks a row to stand beside the others"));
}

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "client/celltext.h"
#include "screens/copy.h"
#include "tui/overlay.h"

enum { COPY_ID, COPY_NUMBER, COPY_PHONE, COPY_ROW, COPY_TABLE, COPY_ITEMS };

/* What follows, cleaned as for a terminal: it comes back through one. */
static void put_clean(struct strbuf *out, const struct rows *r, int row, const struct field *f)
{
	struct strbuf text = { 0 };

	rows_text(r, row, f, &text);
	text_clean(out, strbuf_str(&text), text.len, TEXT_ONE_LINE);
	strbuf_free(&text);
}

static void row_as_text(const struct rows *r, struct strbuf *out)
{
	for (int i = 0; i < r->list.ncolumns; i++) {
		struct strbuf cell = { 0 };

		put_clean(&cell, r, r->list.cursor, r->fields[i]);
		if (cell.len > 0)
			strbuf_printf(out, "%s%s: %s", out->len ? ", " : "", _(r->fields[i]->label), cell.s);
		strbuf_free(&cell);
	}
}

static bool is_number(enum field_type type)
{
	return type == FT_INT || type == FT_MONEY || type == FT_BP;
}

static void table_as_tsv(const struct rows *r, struct strbuf *out)
{
	for (int i = 0; i < r->list.ncolumns; i++)
		strbuf_printf(out, "%s%s", i ? "\t" : "", _(r->fields[i]->label));
	strbuf_putc(out, '\n');
	for (int row = 0; row < window_rows(r->window); row++)
		for (int i = 0; i < r->list.ncolumns; i++) {
			enum field_type type = r->fields[i]->type;
			struct strbuf cell = { 0 };

			/* it will be put into a spreadsheet, which must not compute it */
			rows_text(r, row, r->fields[i], &cell);
			tsv_cell(out, FT_TEXT, strbuf_str(&cell), is_number(type));
			strbuf_free(&cell);
			strbuf_putc(out, i + 1 < r->list.ncolumns ? '\t' : '\n');
		}
}

static void copy_chosen(struct screen *s, int choice, void *arg)
{
	struct rows *r = screen_state(s);
	struct strbuf text = { 0 };

	(void)arg;
	if (choice == COPY_ID)
		strbuf_puts(&text, r->id);
	else if (choice == COPY_NUMBER)
		strbuf_puts(&text, rows_label(r, r->list.cursor));
	else if (choice == COPY_PHONE)
		strbuf_puts(&text, rows_get(r, "phone"));
	else if (choice == COPY_ROW)
		row_as_text(r, &text);
	else if (choice == COPY_TABLE)
		table_as_tsv(r, &text);
	if (choice >= 0)
		app_copy(screen_app(s), strbuf_str(&text));
	strbuf_free(&text);
}

enum result copy_ask(struct rows *r)
{
	const struct field *phone = resource_field(r->query.res, "phone");
	char table[80];
	int n = window_rows(r->window);

	if (r->list.cursor >= n)
		return R_HANDLED;
	snprintf(table, sizeof(table), P_("%d row, tabs between the columns", "%d rows, tabs between the columns",
	    (unsigned)n), n);
	const struct menu_item items[COPY_ITEMS] = {
		[COPY_ID] = { _("id"), r->id, NULL, 'i' },
		[COPY_NUMBER] = { _("number or name"), rows_label(r, r->list.cursor), NULL, 'n' },
		[COPY_PHONE] = { _("phone"), rows_get(r, "phone"), !phone ? _("these records have none") :
		    rows_get(r, "phone")[0] ? NULL : _("there is none"), 'p' },
		[COPY_ROW] = { _("row"), _("as text"), NULL, 'r' },
		[COPY_TABLE] = { _("table"), table, NULL, 't' },
	};
	menu_ask(r->screen, _("Copy"), items, COPY_ITEMS, COPY_NUMBER, copy_chosen, NULL);
	return R_REDRAW;
}

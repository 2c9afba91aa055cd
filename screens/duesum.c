#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/duesum.h"
#include "screens/format.h"

static int64_t number(const struct table *t, int row, const char *column)
{
	return format_number(table_get(t, row, column));
}

static void add_row(struct due_sum *sum, const struct table *t, int row)
{
	sum->due += number(t, row, "due");
	sum->paid += number(t, row, "paid");
	sum->late += number(t, row, "late");
	if (sum->ncurrencies < DUE_CURRENCIES)
		sum->money[sum->ncurrencies] = (struct due_money){ table_get(t, row, "currency"), number(t, row, "due_minor"),
			number(t, row, "paid_minor"), number(t, row, "late_minor") };
	sum->ncurrencies++;
}

struct due_sum due_sum(const struct table *days, const char *level, day_t day)
{
	struct due_sum sum = { 0 };
	char iso[16];

	day_format(day, iso);
	for (int row = 0; row < table_rows(days); row++)
		if (!strcmp(table_get(days, row, "day"), iso) && !strcmp(table_get(days, row, "level"), level))
			add_row(&sum, days, row);
	return sum;
}

int64_t due_most(const struct table *days)
{
	const char *first = table_rows(days) ? table_get(days, 0, "currency") : "";
	int64_t most = 0;

	for (int row = 0; row < table_rows(days); row++)
		if (!strcmp(table_get(days, row, "level"), "day") && !strcmp(table_get(days, row, "currency"), first) &&
		    number(days, row, "due_minor") > most)
			most = number(days, row, "due_minor");
	return most;
}

static void put_money(struct strbuf *out, int64_t minor, const char *currency)
{
	if (format_is_whole(minor, currency))
		format_whole(out, minor, currency);
	else
		format_money(out, minor, currency);
	strbuf_printf(out, " %s", currency);
}

void due_sum_words(const struct due_sum *sum, bool brief, struct strbuf *out)
{
	if (sum->due == 0) {
		strbuf_puts(out, _("nothing due"));
		return;
	}
	strbuf_printf(out, _("due %lld   paid %lld   late %lld"), (long long)sum->due, (long long)sum->paid,
	    (long long)sum->late);
	for (int i = 0; i < sum->ncurrencies && i < DUE_CURRENCIES; i++) {
		strbuf_puts(out, i ? " + " : "   ");
		if (brief) {
			format_brief(out, sum->money[i].due, sum->money[i].currency);
			strbuf_printf(out, " %s", sum->money[i].currency);
		} else {
			put_money(out, sum->money[i].due, sum->money[i].currency);
		}
	}
}

/* 1 234 charges of a day: "1.2 k". */
static void put_count(struct strbuf *out, int64_t n)
{
	if (n < 1000)
		strbuf_printf(out, "%lld", (long long)n);
	else
		strbuf_printf(out, "%lld.%lldk", (long long)(n / 1000), (long long)(n / 100 % 10));
}

static void put_counts(const struct due_sum *sum, bool paid, struct strbuf *out)
{
	if (paid) {
		put_count(out, sum->paid);
		strbuf_putc(out, '/');
	}
	put_count(out, sum->due);
}

void due_draw_count(const struct due_sum *sum, struct canvas c)
{
	struct strbuf text = { 0 }, late = { 0 };
	int x;

	if (sum->late > 0) {
		strbuf_puts(&late, " !");
		put_count(&late, sum->late);
	}
	put_counts(sum, true, &text);
	if ((int)(text.len + late.len) > c.w) {
		strbuf_clear(&text);
		put_counts(sum, false, &text);
	}
	x = draw_text(c, 0, 0, -1, sum->paid == sum->due ? TOK_GOOD : TOK_TEXT, strbuf_str(&text));
	draw_text(c, 0, x, -1, TOK_ERROR, strbuf_str(&late));
	strbuf_free(&text);
	strbuf_free(&late);
}

void due_draw_money(const struct due_sum *sum, int which, struct canvas c)
{
	struct strbuf text = { 0 };

	if (which >= sum->ncurrencies || which >= DUE_CURRENCIES)
		return;
	format_brief(&text, sum->money[which].due, sum->money[which].currency);
	if (sum->ncurrencies > 1)
		strbuf_printf(&text, " %s", sum->money[which].currency);
	draw_text(c, 0, 0, -1, TOK_DIM, strbuf_str(&text));
	strbuf_free(&text);
}

static int part_of(int64_t part, int64_t whole, int width)
{
	int n = whole > 0 ? (int)((__int128)part * width / whole) : 0;

	return part > 0 && n == 0 ? 1 : n; /* something is not nothing */
}

static void draw_run(struct canvas c, int *x, int n, enum token style, const char *glyph)
{
	for (int i = 0; i < n && *x < c.w; i++)
		*x += draw_text(c, 0, *x, 1, style, glyph);
}

void due_draw_bar(const struct due_sum *sum, int64_t most, struct canvas c)
{
	const struct due_money *m = &sum->money[0];
	int all, paid, open, late, x = 0;
	bool ascii = draw_ascii();

	if (sum->ncurrencies == 0 || m->due <= 0)
		return;
	all = part_of(m->due, most, c.w);
	paid = part_of(m->paid, m->due, all);
	open = part_of(m->due - m->paid - m->late, m->due, all - (paid > 0));
	late = m->late > 0 ? all - paid - open : 0;
	if (m->late > 0 && late <= 0) { /* never nothing, however little it is */
		late = 1;
		paid = paid > 1 ? paid - 1 : paid;
	}
	draw_run(c, &x, m->paid == m->due ? all : paid, TOK_BAR, ascii ? "#" : "█");
	draw_run(c, &x, late, TOK_ERROR, "!");
	draw_run(c, &x, all - x, TOK_DIM, ascii ? "." : "░");
}

static const char *state_glyph(const char *status, enum token *style)
{
	if (!strcmp(status, "overdue")) {
		*style = TOK_ERROR;
		return "!";
	}
	*style = !strcmp(status, "paid") ? TOK_DIM : TOK_TEXT;
	return !strcmp(status, "paid") ? "+" : !strcmp(status, "partial") ? "~" : ".";
}

void due_draw_lines(const struct table *charges, int64_t all, struct canvas c)
{
	int rows = table_rows(charges), room = all > c.h || all > rows ? c.h - 1 : c.h;
	struct strbuf money = { 0 };
	int i;

	for (i = 0; i < rows && i < room; i++) {
		enum token style;
		const char *glyph = state_glyph(table_get(charges, i, "status"), &style);
		const char *currency = table_get(charges, i, "currency");
		int width;

		strbuf_clear(&money);
		format_brief(&money, number(charges, i, "amount_minor"), currency);
		width = c.w >= 18 ? draw_width(strbuf_str(&money)) + 1 : 0;
		draw_text(c, i, 0, 1, style, glyph);
		draw_fit(c, i, 1, c.w - 1 - width, TEXT_LEFT, style, table_get(charges, i, "party_label"));
		if (width)
			draw_text(c, i, c.w - width + 1, -1, style, strbuf_str(&money));
	}
	if (charges && all > i)
		draw_printf(c, i < c.h ? i : c.h - 1, 0, TOK_DIM, "… +%lld", (long long)(all - i));
	strbuf_free(&money);
}

/* ---- the panel ---- */

static void draw_sum_row(const struct table *days, int row, struct canvas c, int y, const char *name, enum token style)
{
	static const char *const COUNTS[] = { "due", "paid", "late" };
	const char *currency = table_get(days, row, "currency");
	int64_t due = number(days, row, "due_minor"), paid = number(days, row, "paid_minor");
	struct strbuf text = { 0 };

	draw_fit(c, y, 1, 11, TEXT_LEFT, style, name);
	for (int i = 0; i < 3; i++)
		draw_fit(c, y, 12 + i * 8, 7, TEXT_RIGHT, i == 2 && number(days, row, "late") ? TOK_ERROR : TOK_TEXT,
		    table_get(days, row, COUNTS[i]));
	format_whole(&text, due, currency);
	strbuf_printf(&text, " %s", currency);
	draw_fit(c, y, 36, 17, TEXT_RIGHT, TOK_TEXT, strbuf_str(&text));
	strbuf_clear(&text);
	format_bp(&text, due > 0 ? (int64_t)(((__int128)paid * 10000 + due / 2) / due) : 0);
	draw_fit(c, y, 54, 7, TEXT_RIGHT, TOK_TEXT, strbuf_str(&text));
	strbuf_free(&text);
}

/* "01.06–07.06" */
static void week_name(const struct table *days, int row, char name[static 32])
{
	struct ymd from = day_to_ymd(day_parse(table_get(days, row, "day")));
	struct ymd last = day_to_ymd(day_parse(table_get(days, row, "until")) - 1);

	snprintf(name, 32, "%02d.%02d–%02d.%02d", from.d, from.m, last.d, last.m);
}

static int draw_weeks(const struct table *days, struct canvas c)
{
	const struct { const char *title; int x, width; } HEADS[] = {
		{ _("due"), 12, 7 }, { _("paid"), 20, 7 }, { _("late"), 28, 7 }, { _("sum"), 36, 17 }, { "%", 54, 7 },
	};
	char name[32];
	int y = 1;

	draw_fit(c, 0, 1, 11, TEXT_LEFT, TOK_COLUMN, _("Week"));
	for (size_t i = 0; i < ARRAY_LEN(HEADS); i++)
		draw_fit(c, 0, HEADS[i].x, HEADS[i].width, TEXT_RIGHT, TOK_COLUMN, HEADS[i].title);
	for (int row = 0; row < table_rows(days) && y < c.h; row++) {
		if (strcmp(table_get(days, row, "level"), "week"))
			continue;
		week_name(days, row, name);
		draw_sum_row(days, row, c, y++, name, TOK_TEXT);
	}
	for (int row = 0; row < table_rows(days) && y < c.h; row++)
		if (!strcmp(table_get(days, row, "level"), "total"))
			draw_sum_row(days, row, c, y++, _("in all"), TOK_TITLE);
	return y + 1;
}

static int draw_late(const struct table *late, struct canvas c, int y)
{
	/* days late, and the column of the report */
	static const struct { const char *label, *column; } AGES[] = {
		{ "1–30", "d1_30_minor" }, { "31–60", "d31_60_minor" }, { "61–90", "d61_90_minor" }, { "> 90", "d90_plus_minor" },
	};
	struct strbuf text = { 0 };

	if (!table_rows(late) || y >= c.h)
		return y;
	draw_text(c, y++, 1, -1, TOK_COLUMN, _("All that is late, by days"));
	for (int row = 0; row < table_rows(late); row++)
		for (size_t i = 0; i < ARRAY_LEN(AGES) && y < c.h; i++) {
			const char *currency = table_get(late, row, "currency");

			strbuf_clear(&text);
			format_whole(&text, number(late, row, AGES[i].column), currency);
			strbuf_printf(&text, " %s", currency);
			draw_text(c, y, 2, -1, TOK_TEXT, AGES[i].label);
			draw_fit(c, y++, 11, 42, TEXT_RIGHT, TOK_TEXT, strbuf_str(&text));
		}
	strbuf_free(&text);
	return y + 1;
}

void due_draw_panel(const struct table *days, const struct table *late, struct canvas c)
{
	bool ascii = draw_ascii();
	int y;

	for (int i = 0; i < c.h; i++)
		draw_text(c, i, 0, 1, TOK_FRAME, ascii ? "|" : "│");
	c = canvas_sub(c, 0, 1, c.h, c.w - 1);
	y = draw_late(late, c, draw_weeks(days, c));
	if (y + 3 >= c.h)
		return;
	draw_text(c, y++, 1, -1, TOK_COLUMN, _("How a day is read"));
	draw_text(c, y++, 2, -1, TOK_DIM, _("11/18 paid in full / due   !2 late   * today"));
	draw_printf(c, y, 2, TOK_DIM, _("%s paid   ! late   %s open, against the largest day"), ascii ? "#" : "█",
	    ascii ? "." : "░");
}

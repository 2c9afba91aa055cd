#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/effect.h"
#include "screens/format.h"
#include "screens/parts.h"

enum { FRESH_MS = 5000 };

/* ---- asking ---- */

static void on_rows(const struct reply *r, void *arg)
{
	struct effect *e = arg;

	e->waiting = false;
	err_clear(&e->err);
	if (r->err) {
		e->err = *r->err;
	} else {
		table_free(e->rows);
		e->rows = table_ref(r->rows);
		e->fresh = true;
		e->top = 0;
	}
	if (e->came)
		e->came(e->screen);
	screen_fresh(e->screen);
}

void effect_forget(struct effect *e)
{
	screen_cancel(e->screen, SLOT_DETAIL);
	err_clear(&e->err);
	e->waiting = e->fresh = false;
}

void effect_ask(struct effect *e, const char *action, const char *id, const json_t *args)
{
	char *text = json_dumps(args, JSON_COMPACT);
	const struct param given[] = { { "action", action }, { "args", text ? text : "{}" }, { "agreement", id } };

	effect_forget(e);
	e->waiting = true;
	e->asked_at = screen_clock(e->screen);
	e->begins = !strcmp(action, "create") || !strcmp(action, "sign");
	client_report(screen_session(e->screen), catalogue_report("agreement_preview"), given, id ? 3 : 2,
	    screen_owner(e->screen, SLOT_DETAIL), on_rows, e);
	free(text);
}

bool effect_old(const struct effect *e)
{
	return !e->waiting && screen_clock(e->screen) - e->asked_at > FRESH_MS;
}

/* ---- cells ---- */

static const char *get(const struct effect *e, int row, const char *column)
{
	return table_get(e->rows, row, column);
}

static bool is(const struct effect *e, int row, const char *column, const char *value)
{
	return !strcmp(get(e, row, column), value);
}

static const char *effect_currency(const struct effect *e)
{
	return table_rows(e->rows) > 0 ? get(e, 0, "currency") : "";
}

static int64_t effect_sum(const struct effect *e, const char *part, const char *what, const char *column)
{
	int64_t sum = 0;

	for (int i = 0; i < table_rows(e->rows); i++)
		if (is(e, i, "part", part) && (!what || is(e, i, "what", what)))
			sum += format_number(get(e, i, column));
	return sum;
}

static const char *word_of(const char *resource, const char *field, const char *value)
{
	const struct choice *c = resource_field(catalogue_resource(resource), field)->choices;

	while (c && c->value && strcmp(c->value, value))
		c++;
	return c && c->value ? _(c->label) : value;
}

static void put_money(const struct effect *e, struct strbuf *out, int row, const char *column)
{
	format_money(out, format_number(get(e, row, column)), effect_currency(e));
}

/* "1 Jun – 20 Jun 2026": the last day is one on which it still holds. */
static void put_days(const struct effect *e, struct strbuf *out, int row)
{
	day_t from = day_parse(get(e, row, "from_on")), to = day_parse(get(e, row, "to_on"));

	if (from == DAY_NONE || to == DAY_NONE)
		return;
	value_show(out, FT_DATE, NULL, get(e, row, "from_on"), NULL);
	strbuf_puts(out, draw_ascii() ? " - " : " – ");
	char last[16];
	day_format(to - 1, last);
	value_show(out, FT_DATE, NULL, last, NULL);
}

/* ---- lines ---- */

/* One after another into a canvas that may begin above its first line. */
struct page { struct effect *e; struct canvas c; int line; enum token plain; };

enum { KIND_WIDTH = 14, DAYS_WIDTH = 24, NARROW = 100, WIDTH_MOST = 112 };

static int amount_width(const struct page *p)
{
	return p->c.w < NARROW ? 12 : 16;
}

static int next_line(struct page *p)
{
	return p->line++ - p->e->top;
}

static bool visible(const struct page *p, int y)
{
	return y >= 0 && y < p->c.h;
}

static void put_line(struct page *p, enum token style, const struct strbuf *text)
{
	int y = next_line(p);

	if (visible(p, y))
		draw_text(p->c, y, 2, -1, p->plain == TOK_DIM ? TOK_DIM : style, text->len ? text->s : "");
}

static void put_heading(struct page *p, const char *left, const char *amount, const char *open)
{
	int y = next_line(p), wide = amount_width(p), x = p->c.w - 2 * wide - 1;

	if (!visible(p, y))
		return;
	draw_text(p->c, y, 2, x - 3, TOK_DIM, left);
	draw_fit(p->c, y, x, wide, TEXT_RIGHT, TOK_DIM, amount);
	draw_fit(p->c, y, x + wide, wide, TEXT_RIGHT, TOK_DIM, open);
}

/* "active -> terminated, 26.10.2025 – 19.06.2026" */
static void put_agreement(struct page *p, int row)
{
	struct effect *e = p->e;
	struct strbuf text = { 0 };
	const char *was = get(e, row, "was"), *what = get(e, row, "what");

	if (was[0] && strcmp(was, what))
		strbuf_printf(&text, "%s %s ", word_of("agreements", "status", was), draw_ascii() ? "->" : "→");
	strbuf_puts(&text, word_of("agreements", "status", what));
	strbuf_puts(&text, ", ");
	put_days(e, &text, row);
	put_line(p, TOK_TITLE, &text);
	strbuf_free(&text);
}

/* "+5.0 %" */
static void put_percent(struct strbuf *out, int64_t now, int64_t before)
{
	if (before <= 0 || now == before)
		return;
	strbuf_puts(out, " (");
	format_change(out, now, before, draw_ascii());
	strbuf_putc(out, ')');
}

static void put_monthly(struct page *p, int row)
{
	struct effect *e = p->e;
	struct strbuf text = { 0 }, day = { 0 };
	int64_t now = format_number(get(e, row, "amount_minor")), before = format_number(get(e, row, "was_minor"));
	bool ends = is(e, row, "was", "ends");

	value_show(&day, FT_DATE, NULL, get(e, row, ends ? "to_on" : "from_on"), NULL);
	strbuf_printf(&text, "%s: ", word_of("agreement_lines", "kind", get(e, row, "what")));
	if (before > 0 && before != now) {
		put_money(e, &text, row, "was_minor");
		strbuf_puts(&text, draw_ascii() ? " -> " : " → ");
	}
	put_money(e, &text, row, "amount_minor");
	put_percent(&text, now, before);
	strbuf_putc(&text, ' ');
	strbuf_printf(&text, ends ? _("a month, ends on %s") : is(e, row, "was", "new") ? _("a month from %s")
	    : _("a month since %s, and longer"), strbuf_str(&day));
	put_line(p, ends ? TOK_DIM : TOK_TEXT, &text);
	strbuf_free(&text);
	strbuf_free(&day);
}

/* "+ Rent   01.06.2026 – 19.06.2026   due 30.06.2026      88 666.67      88 666.67" */
static void put_charge(struct page *p, int row)
{
	struct effect *e = p->e;
	struct strbuf text = { 0 }, amount = { 0 }, owed = { 0 };
	bool gone = is(e, row, "part", "void"), new = is(e, row, "part", "new");
	int y = next_line(p), wide = amount_width(p), x = p->c.w - 2 * wide - 1, at = 4;
	enum token style = p->plain == TOK_DIM || gone ? TOK_DIM : new ? TOK_TEXT : TOK_ROW;

	if (!visible(p, y))
		return;
	draw_text(p->c, y, 2, 1, style, gone ? "-" : new ? "+" : " ");
	strbuf_puts(&text, word_of("charges", "kind", get(e, row, "what")));
	if (get(e, row, "no")[0])
		strbuf_printf(&text, " %s", get(e, row, "no"));
	draw_fit(p->c, y, at, KIND_WIDTH, TEXT_LEFT, style, strbuf_str(&text));
	at += KIND_WIDTH + 1;
	strbuf_clear(&text);
	if (get(e, row, "note")[0])
		strbuf_puts(&text, get(e, row, "note"));
	else
		put_days(e, &text, row);
	draw_fit(p->c, y, at, DAYS_WIDTH < x - at ? DAYS_WIDTH : x - at, TEXT_LEFT, style, strbuf_str(&text));
	at += DAYS_WIDTH + 1;
	strbuf_clear(&text);
	if (gone)
		strbuf_puts(&text, _("taken back"));
	else
		value_show(&text, FT_DATE, NULL, get(e, row, "due_on"), NULL);
	if (x - at >= 10)
		draw_fit(p->c, y, at, x - at, TEXT_LEFT, style, strbuf_str(&text));
	put_money(e, &amount, row, "amount_minor");
	put_money(e, &owed, row, "was_minor");
	draw_fit(p->c, y, x, wide, TEXT_RIGHT, style, strbuf_str(&amount));
	draw_fit(p->c, y, x + wide, wide, TEXT_RIGHT, style, gone ? "" : strbuf_str(&owed));
	strbuf_free(&text);
	strbuf_free(&amount);
	strbuf_free(&owed);
}

/* A label with an amount at the right, under the column of what is open. */
static void put_total(struct page *p, enum token style, const char *label, int64_t minor)
{
	struct strbuf amount = { 0 };
	int y = next_line(p), wide = amount_width(p), x = p->c.w - wide - 1;

	if (visible(p, y)) {
		format_money(&amount, minor, effect_currency(p->e));
		draw_text(p->c, y, 4, x - 5, p->plain == TOK_DIM ? TOK_DIM : style, label);
		draw_fit(p->c, y, x, wide, TEXT_RIGHT, p->plain == TOK_DIM ? TOK_DIM : style, strbuf_str(&amount));
	}
	strbuf_free(&amount);
}

static void put_move(struct page *p, int row)
{
	static const char SET_OFF[] = N_("Set off against what is owed."); /* the rules' own words */
	const char *note = get(p->e, row, "note");
	char *label = xasprintf(note[0] ? _("Deposit, %s: %s") : _("Deposit, %s"),
	    word_of("deposit_moves", "kind", get(p->e, row, "what")), strcmp(note, SET_OFF) ? note : _(SET_OFF));

	put_total(p, TOK_TEXT, label, format_number(get(p->e, row, "amount_minor")));
	free(label);
}

static void put_deposit(struct page *p, int row)
{
	struct strbuf was = { 0 };
	char *label;

	put_money(p->e, &was, row, "was_minor");
	if (is(p->e, row, "was_minor", get(p->e, row, "amount_minor")))
		label = xstrdup(_("Deposit held"));
	else
		label = xasprintf(_("Deposit still held, of %s"), strbuf_str(&was));
	put_total(p, TOK_TEXT, label, format_number(get(p->e, row, "amount_minor")));
	free(label);
	strbuf_free(&was);
}

static void put_balance(struct page *p, int row)
{
	int64_t owed = format_number(get(p->e, row, "amount_minor"));

	put_total(p, owed > 0 ? TOK_WARNING : TOK_GOOD, owed < 0 ? _("Then paid in advance") : _("Then owed"),
	    owed < 0 ? -owed : owed);
}

static bool is_charge(const struct effect *e, int row)
{
	return is(e, row, "part", "new") || is(e, row, "part", "void") || is(e, row, "part", "due");
}

static void put_row(struct page *p, int row)
{
	struct effect *e = p->e;

	if (is_charge(e, row) && (row == 0 || !is_charge(e, row - 1)))
		put_heading(p, _("Charges: + written, - taken back"), _("amount"), _("to be paid"));
	if (is_charge(e, row))
		put_charge(p, row);
	else if (is(e, row, "part", "agreement"))
		put_agreement(p, row);
	else if (is(e, row, "part", "line"))
		put_monthly(p, row);
	else if (is(e, row, "part", "move"))
		put_move(p, row);
	else if (is(e, row, "part", "deposit"))
		put_deposit(p, row);
	else if (is(e, row, "part", "balance"))
		put_balance(p, row);
}

/* It begins too far ahead for its first rent to be charged now. */
static void put_later(struct page *p)
{
	struct strbuf text = { 0 };

	strbuf_puts(&text, _("the first rent is charged when its month is"));
	put_line(p, TOK_DIM, &text);
	strbuf_free(&text);
}

static void put_error(struct page *p)
{
	const struct err *why = &p->e->err;

	if (visible(p, 0))
		draw_text(p->c, 0, 2, -1, TOK_ERROR, why->text);
	if (visible(p, 1))
		draw_text(p->c, 1, 2, -1, TOK_DIM, why->remedy);
}

static bool is_sum(const struct effect *e, int row)
{
	return is(e, row, "part", "move") || is(e, row, "part", "deposit") || is(e, row, "part", "balance");
}

/* The sums, or what leads to them. */
static int put_rows(struct page *p, bool sums)
{
	struct effect *e = p->e;
	int from = p->line;

	for (int i = 0; i < table_rows(e->rows); i++)
		if (is_sum(e, i) == sums)
			put_row(p, i);
	if (!sums && e->begins && effect_sum(e, "new", "rent", "amount_minor") == 0)
		put_later(p);
	return p->line - from;
}

/* The sums always have room: what leads to them scrolls above. */
static void put_all(struct page *p)
{
	struct effect *e = p->e;
	struct page nowhere = { .e = e, .plain = p->plain, .c = { .w = p->c.w } }, tail = *p;
	int lines = put_rows(&nowhere, false), sums = put_rows(&nowhere, true), room = p->c.h - sums;

	p->c.h = lines > room ? room : lines;
	p->c.h = p->c.h < 1 ? 1 : p->c.h;
	e->top = lines - p->c.h < e->top ? lines - p->c.h : e->top;
	put_rows(p, false);
	e->hidden = lines - e->top - p->c.h;
	if (e->hidden > 0) {
		draw_fill(p->c, p->c.h - 1, 0, 1, p->c.w, TOK_TEXT);
		draw_printf(p->c, p->c.h - 1, 2, TOK_DIM, P_("… %d more line (C-f)", "… %d more lines (C-f)", e->hidden + 1),
		    e->hidden + 1);
	}
	tail.c = canvas_sub(tail.c, p->c.h, 0, tail.c.h - p->c.h, tail.c.w);
	tail.line = e->top;
	put_rows(&tail, true);
}

void effect_draw(struct effect *e, struct canvas c)
{
	struct page p = { .e = e, .plain = e->fresh && !e->err.kind ? TOK_TEXT : TOK_DIM };

	p.c = part_section(e->screen, c, _("What it will bring"), false);
	p.c = canvas_sub(p.c, 0, 0, p.c.h, p.c.w < WIDTH_MOST ? p.c.w : WIDTH_MOST);
	e->hidden = 0;
	if (e->err.kind) {
		put_error(&p);
		return;
	}
	if (!e->rows) {
		draw_text(p.c, 0, 2, -1, TOK_DIM, e->waiting ? _("looking…")
		    : _("once the form is complete, this says what will be charged, and when"));
		return;
	}
	put_all(&p);
}

void effect_scroll(struct effect *e, int lines)
{
	int most = e->top + (e->hidden > 0 ? e->hidden : 0);

	e->top += lines;
	e->top = e->top > most ? most : e->top;
	e->top = e->top < 0 ? 0 : e->top;
}

void effect_words(const struct effect *e, const char *between, struct strbuf *out)
{
	static const struct { const char *part, *what, *column; const char *said; } WORDS[] = {
		{ "new", NULL, "amount_minor", N_("charged %s") },
		{ "void", NULL, "amount_minor", N_("taken back %s") },
		{ "move", "deducted", "amount_minor", N_("deducted from the deposit %s") },
		{ "move", "returned", "amount_minor", N_("returned %s") },
		{ "balance", NULL, "amount_minor", N_("owed %s") },
	};
	struct strbuf amount = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(WORDS) && e->rows; i++) {
		int64_t sum = effect_sum(e, WORDS[i].part, WORDS[i].what, WORDS[i].column);

		if (sum == 0 && strcmp(WORDS[i].part, "balance"))
			continue;
		strbuf_clear(&amount);
		format_money(&amount, sum, effect_currency(e));
		strbuf_puts(out, out->len ? between : "");
		strbuf_printf(out, _(WORDS[i].said), strbuf_str(&amount));
	}
	strbuf_free(&amount);
}

/* ---- life ---- */

void effect_open(struct effect *e, struct screen *s, void (*came)(struct screen *s))
{
	e->screen = s;
	e->came = came;
}

void effect_close(struct effect *e)
{
	table_free(e->rows);
	e->rows = NULL;
}

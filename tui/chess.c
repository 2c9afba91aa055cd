#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "tui/chess.h"

enum {
	TITLE_LEAST = 14, TITLE_MOST = 34, DAYS_MOST = 62, WEEK = 7, NARROW = 3, WIDE = 4,
	HEAD = 3, /* month, weekdays, numbers */
	PAGE_UNKNOWN = 10,
};

struct layout {
	int title;  /* columns in front of the first day, with the markers */
	int cell;   /* columns of a day */
	int days, rows;
};

/* One column on the right for the last closing bracket. */
static struct layout layout(const struct chess *h, struct canvas c)
{
	int most = h->days_most > 0 && h->days_most < DAYS_MOST ? h->days_most : DAYS_MOST, room = c.w - 1;
	struct layout y = { .title = TITLE_LEAST, .rows = c.h > HEAD + 1 ? c.h - HEAD - 1 : 0 };

	y.cell = TITLE_LEAST + 6 + most * WIDE <= room ? WIDE : NARROW;
	y.days = (room - TITLE_LEAST) / y.cell;
	if (y.days > WEEK * 2 && y.days < most) /* a narrow screen gives some of its days for longer names */
		y.title = TITLE_LEAST + (room - TITLE_LEAST) / 12;
	y.days = (room - y.title) / y.cell;
	y.days = y.days > most ? most : y.days < 1 ? 1 : y.days;
	y.title = room - y.days * y.cell < TITLE_MOST ? room - y.days * y.cell : TITLE_MOST;
	return y;
}

static int clamp(int v, int least, int most)
{
	return v > most && most >= least ? most : v < least ? least : v;
}

/* ---- what lies where ---- */

struct lay { int n, span; bool part; }; /* on one cell: how many spans, and the last of them */

static void lay_spans(const struct chess *h, int row, day_t first, int days, struct lay *lay)
{
	struct chess_span s;

	memset(lay, 0, (size_t)days * sizeof(*lay));
	for (int i = 0; h->source->span(h->ctx, row, i, &s); i++) {
		int from = s.from > first ? s.from - first : 0;

		for (int d = from; d < days && first + d < s.to; d++)
			lay[d] = (struct lay){ lay[d].n + 1, i, s.part };
	}
}

int chess_span_at(const struct chess *h, int row, day_t day, int *n)
{
	struct lay lay;

	lay_spans(h, row, day, 1, &lay);
	if (n)
		*n = lay.n;
	return lay.n ? lay.span : -1;
}

struct chess_range chess_range(const struct chess *h)
{
	struct chess_range r = { h->row, h->row + 1, h->day, h->day + 1 };

	if (!h->ranging)
		return r;
	if (h->mark_row < h->row)
		r.row = h->mark_row;
	else
		r.end_row = h->mark_row + 1;
	if (h->mark_day < h->day)
		r.from = h->mark_day;
	else
		r.to = h->mark_day + 1;
	return r;
}

/* ---- headings ---- */

static int cell_x(const struct layout *y, int i)
{
	return y->title + i * y->cell;
}

/* As many letters as stand in a cell, without the sign of something cut. */
static void short_name(struct strbuf *name, int columns)
{
	const char *s = strbuf_str(name);

	while (columns-- > 0 && *s)
		text_next(&s);
	if (*s)
		name->s[name->len = (size_t)(s - name->s)] = '\0';
}

static void draw_day(const struct chess *h, const struct layout *y, struct canvas c, int i)
{
	day_t day = h->first + i;
	bool rest = day_weekday(day) >= 5;
	struct strbuf text = { 0 };
	int x = cell_x(y, i);

	h->source->weekday(day, &text);
	short_name(&text, y->cell - 1);
	draw_fit(c, 1, x + 1, y->cell - 1, TEXT_LEFT, rest ? TOK_COLUMN : TOK_DIM, strbuf_str(&text));
	draw_printf(c, 2, x + 1, day == h->today ? TOK_TITLE : rest ? TOK_COLUMN : TOK_TEXT, "%2d", day_to_ymd(day).d);
	if (day == h->today)
		draw_text(c, 2, x, 1, TOK_TITLE, draw_ascii() ? "v" : "▾");
	strbuf_free(&text);
}

static void draw_head(const struct chess *h, const struct layout *y, struct canvas c)
{
	struct strbuf month = { 0 };

	for (int i = 0; i < y->days; i++) {
		int d = day_to_ymd(h->first + i).d, left = day_month_length(day_to_ymd(h->first + i).y,
		    day_to_ymd(h->first + i).m) - d + 1;
		int width = (left < y->days - i ? left : y->days - i) * y->cell - 1;

		draw_day(h, y, c, i);
		if (i > 0 && d != 1)
			continue;
		strbuf_clear(&month);
		h->source->month(h->first + i, &month);
		draw_text(c, 0, cell_x(y, i) + 1, width, TOK_COLUMN, strbuf_str(&month));
	}
	strbuf_free(&month);
}

/* ---- rows ---- */

static void draw_title(const struct chess *h, const struct layout *y, struct canvas c, int line, int row)
{
	bool marked = h->source->marked && h->source->marked(h->ctx, row);
	int x = 3 + 2 * (h->source->row_depth ? clamp(h->source->row_depth(h->ctx, row), 0, 4) : 0);
	struct strbuf title = { 0 };

	if (marked)
		draw_text(c, line, 1, 1, TOK_ROW_MARKED, "*");
	h->source->row_title(h->ctx, row, &title);
	if (x < y->title - 1)
		draw_fit(c, line, x, y->title - x - 1, TEXT_LEFT, marked ? TOK_ROW_MARKED : TOK_ROW, strbuf_str(&title));
	strbuf_free(&title);
}

/* Columns of a label to show: all, or cut after its first word; 0 = none, since a number never loses digits. */
static int label_width(const char *label, int room)
{
	int first = 0;

	if (draw_width(label) <= room)
		return room;
	for (const char *p = label; *p && *p != ' '; first++)
		text_next(&p);
	return first > room ? 0 : first + 3 < room ? room - 1 : first;
}

/* One span over cells i..end-1: its letter, a rule, and its label where that fits. */
static void draw_span(const struct layout *y, struct canvas c, int line, int i, int end, const struct chess_span *s,
    bool starts)
{
	int width = (end - i) * y->cell, x = cell_x(y, i), lead = starts ? 1 : 0;
	struct strbuf text = { 0 };

	for (int k = lead; k < width; k++)
		strbuf_puts(&text, draw_ascii() ? "-" : "─");
	draw_text(c, line, x + lead, width - lead, s->style, strbuf_str(&text));
	draw_printf(c, line, x + 1, s->style, "%c", s->glyph);
	if (s->label && label_width(s->label, width - 3) > 0)
		draw_text(c, line, x + 3, label_width(s->label, width - 3), s->style, s->label);
	strbuf_free(&text);
}

/* Several on one cell (the beds of a room): how many. */
static void draw_crowd(const struct layout *y, struct canvas c, int line, int i, int n)
{
	draw_printf(c, line, cell_x(y, i) + 1, TOK_TEXT, "%c", n > 9 ? '+' : (char)('0' + n));
}

static void draw_free(const struct layout *y, struct canvas c, int line, int i)
{
	draw_text(c, line, cell_x(y, i) + 1, 1, TOK_TEXT, draw_ascii() ? "." : "·"); /* plain: brackets pass over cheaply */
}

static void draw_cells(const struct chess *h, const struct layout *y, struct canvas c, int line, int row)
{
	struct lay lay[DAYS_MOST];
	struct chess_span s;
	int end;

	if (h->source->known && !h->source->known(h->ctx, row))
		return;
	lay_spans(h, row, h->first, y->days, lay);
	for (int i = 0; i < y->days; i = end) {
		end = i + 1;
		if (lay[i].n > 1 || lay[i].part) {
			draw_crowd(y, c, line, i, lay[i].n);
		} else if (lay[i].n == 0) {
			draw_free(y, c, line, i);
		} else {
			while (end < y->days && lay[end].n == 1 && lay[end].span == lay[i].span)
				end++;
			h->source->span(h->ctx, row, lay[i].span, &s);
			draw_span(y, c, line, i, end, &s, s.from >= h->first + i || (i > 0 && lay[i - 1].n > 1));
		}
	}
}

static void draw_selection(const struct chess *h, const struct layout *y, struct canvas c)
{
	struct chess_range r = chess_range(h);

	for (int row = r.row; h->ranging && row < r.end_row; row++)
		for (day_t day = r.from; day < r.to; day++)
			if (row >= h->top && row < h->top + y->rows && day >= h->first && day < h->first + y->days)
				draw_text(c, HEAD + row - h->top, cell_x(y, day - h->first), 1, TOK_ROW_MARKED, "*");
}

static void draw_chosen(const struct chess *h, const struct layout *y, struct canvas c)
{
	int line = HEAD + h->row - h->top, x = cell_x(y, h->day - h->first);

	draw_text(c, line, 0, 1, TOK_ROW_CURSOR, draw_marker(true));
	draw_text(c, line, x, 1, TOK_ROW_CURSOR, "[");
	draw_again(c, line, x + 1, y->cell - 1, TOK_ROW_CURSOR); /* in one look: each change of it costs as much as a move */
	draw_text(c, line, x + y->cell, 1, TOK_ROW_CURSOR, "]");
	draw_cursor(c, line, x + 1);
}

static void draw_legend(const struct chess *h, struct canvas c)
{
	int x = 1;

	for (int i = 0; i < h->nlegend; i++) {
		const struct chess_legend *l = &h->legend[i];
		char glyph[2] = { l->glyph, '\0' };
		const char *shown = l->glyph == '.' && !draw_ascii() ? "·" : glyph;

		if (x + 2 + draw_width(_(l->word)) > c.w)
			break;
		x += draw_text(c, c.h - 1, x, 1, l->style, shown) + 1;
		x += draw_text(c, c.h - 1, x, -1, TOK_DIM, _(l->word)) + 2;
	}
}

/* ---- the contract ---- */

void chess_settle(struct chess *h)
{
	int rows = h->source->rows(h->ctx), page = h->page > 0 ? h->page : PAGE_UNKNOWN;

	h->row = clamp(h->row, 0, rows > 0 ? rows - 1 : 0);
	h->mark_row = clamp(h->mark_row, 0, rows > 0 ? rows - 1 : 0);
	h->top = clamp(h->top, h->row - page + 1, h->row);
	h->top = clamp(h->top, 0, rows > page ? rows - page : 0);
}

static void settle_days(struct chess *h, int days)
{
	h->days = days;
	if (h->day < h->first)
		h->first = h->day;
	if (h->day >= h->first + days)
		h->first = h->day - days + 1;
}

void chess_shift(struct chess *h, int rows)
{
	h->row += rows;
	h->top += rows;
	h->mark_row += rows;
	chess_settle(h);
}

void chess_draw(struct chess *h, struct canvas c, bool focused)
{
	struct layout y = layout(h, c);
	int rows = h->source->rows(h->ctx), line;

	if (y.rows == 0 || y.title <= 4)
		return;
	h->page = y.rows;
	chess_settle(h);
	settle_days(h, y.days);
	draw_head(h, &y, c);
	if (h->source->more_above && h->source->more_above(h->ctx))
		draw_text(c, HEAD - 1, 0, 1, TOK_DIM, draw_ascii() ? "^" : "↑");
	for (line = 0; line < y.rows && h->top + line < rows; line++) {
		draw_title(h, &y, c, HEAD + line, h->top + line);
		draw_cells(h, &y, c, HEAD + line, h->top + line);
	}
	if (line < y.rows && rows > 0 && h->source->more_below && h->source->more_below(h->ctx))
		draw_text(c, HEAD + line, 3, -1, TOK_DIM, "…");
	draw_selection(h, &y, c);
	if (focused && rows > 0)
		draw_chosen(h, &y, c);
	draw_legend(h, c);
}

/* ---- moving ---- */

static void move_day(struct chess *h, int step)
{
	int days = h->days > 0 ? h->days : 1, jump = days > WEEK ? WEEK : days;

	h->day += step;
	if (h->day < h->first)
		h->first -= jump;
	else if (h->day >= h->first + days)
		h->first += jump;
}

static void move_row(struct chess *h, int step)
{
	int page = h->page > 0 ? h->page : PAGE_UNKNOWN, jump = page > 3 ? page / 3 : 1;

	h->row += step;
	if (h->row < h->top)
		h->top -= jump;
	else if (h->row >= h->top + page)
		h->top += jump;
}

static void start_range(struct chess *h)
{
	if (h->ranging)
		return;
	h->ranging = true;
	h->mark_row = h->row;
	h->mark_day = h->day;
}

enum result chess_move(struct chess *h, int move)
{
	int page = h->page > 0 ? h->page : PAGE_UNKNOWN, row = h->row, top = h->top;
	day_t day = h->day;

	if (move & CHESS_EXTEND)
		start_range(h);
	switch (move & ~CHESS_EXTEND) {
	case CHESS_UP:
	case CHESS_DOWN:
		move_row(h, (move & ~CHESS_EXTEND) == CHESS_UP ? -1 : 1);
		break;
	case CHESS_LEFT:
	case CHESS_RIGHT:
		move_day(h, (move & ~CHESS_EXTEND) == CHESS_LEFT ? -1 : 1);
		break;
	case CHESS_PGUP:
	case CHESS_PGDN:
		h->row += move == CHESS_PGUP ? -page : page;
		h->top += move == CHESS_PGUP ? -page : page;
		break;
	case CHESS_HOME:
		h->row = 0;
		break;
	case CHESS_END:
		h->row = h->source->rows(h->ctx) - 1;
		break;
	}
	chess_settle(h);
	return h->row != row || h->top != top || h->day != day ? R_REDRAW : R_HANDLED;
}

void chess_goto(struct chess *h, day_t day)
{
	h->day = day;
	if (h->days <= 0)
		return;
	if (day < h->first || day >= h->first + h->days)
		h->first = day;
}

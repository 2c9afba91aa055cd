#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "tui/heat.h"

enum { STEPS = 5, TITLE_LEAST = 14, TITLE_MOST = 24 };

/* "·" is: nothing was available. The steps differ by ink, not by hue. */
static const char *const GLYPHS[2][STEPS + 1] = {
	{ "·", "-", "░", "▒", "▓", "█" }, { ".", "-", ":", "+", "#", "@" },
};
static const char *const WORDS[STEPS + 1] = { N_("not available"), "0%", "<40%", "40-69%", "70-99%", "100%" };
static const char *const TENTHS[STEPS + 1] = { "·", "0", "0-3", "4-6", "7-9", "X" };

struct layout {
	int title; /* columns of the row titles */
	int cell;  /* columns of a cell */
	int cols;  /* cells that fit */
	int rows;
};

int heat_step(int bp)
{
	return bp < 0 ? -1 : bp == 0 ? 0 : bp < 4000 ? 1 : bp < 7000 ? 2 : bp < 10000 ? 3 : 4;
}

static const char LET[] = "/";

static enum token step_style(int step)
{
	return step < 0 ? TOK_DIM : (enum token)(TOK_HEAT0 + step);
}

/* One column on the left to breathe, one on the right for the last closing bracket. */
static struct layout layout(const struct heat *h, struct canvas c)
{
	int cols = h->source->cols(h->ctx), room = c.w - 2;
	int title = h->title_width > 0 ? h->title_width : TITLE_LEAST;
	struct layout y = { .rows = c.h > 2 ? c.h - 2 : 0 };

	y.cell = title + cols * 3 <= room ? 3 : 2;
	if (h->title_width <= 0 && room - cols * y.cell > title)
		title = room - cols * y.cell < TITLE_MOST ? room - cols * y.cell : TITLE_MOST;
	y.title = title;
	y.cols = (room - title) / y.cell;
	if (y.cols > cols)
		y.cols = cols;
	if (y.cols < 1)
		y.cols = cols > 0;
	return y;
}

static int clamp(int v, int least, int most)
{
	return v > most && most >= least ? most : v < least ? least : v;
}

static void settle(struct heat *h, const struct layout *y)
{
	int rows = h->source->rows(h->ctx), cols = h->source->cols(h->ctx);

	h->page = y->rows;
	h->row = clamp(h->row, 0, rows > 0 ? rows - 1 : 0);
	h->col = clamp(h->col, 0, cols > 0 ? cols - 1 : 0);
	h->top = clamp(h->top, h->row - y->rows + 1, h->row);
	h->top = clamp(h->top, 0, rows > y->rows ? rows - y->rows : 0);
	h->left = clamp(h->left, h->col - y->cols + 1, h->col);
	h->left = clamp(h->left, 0, cols > y->cols ? cols - y->cols : 0);
}

/* ---- drawing ---- */

static int cell_x(const struct layout *y, int i)
{
	return 1 + y->title + i * y->cell;
}

/* Two digits in two columns run together: then only every other title is written. */
static void draw_titles(const struct heat *h, const struct layout *y, struct canvas c)
{
	bool wide = false;
	char title[8];

	for (int i = 0; i < y->cols && h->sparse; i++) {
		h->source->col_title(h->ctx, h->left + i, title);
		draw_text(c, 0, cell_x(y, i) + 1, -1, TOK_COLUMN, title);
	}
	if (h->sparse)
		return;
	for (int i = 0; i < y->cols; i++) {
		h->source->col_title(h->ctx, h->left + i, title);
		wide = wide || draw_width(title) > y->cell - 1;
	}
	for (int i = 0; i < y->cols; i++) {
		int col = h->left + i;

		h->source->col_title(h->ctx, col, title);
		draw_fit(c, 0, cell_x(y, i), y->cell, TEXT_RIGHT, wide && col % 2 ? TOK_DIM : TOK_COLUMN,
		    wide && col % 2 ? "." : title);
	}
}

/* A cell as text: a blank, or the bracket that stands on it, and the glyph, once or twice. */
static void put_cell(const struct heat *h, const struct layout *y, int bp, const char *blank, struct strbuf *out)
{
	const char *glyph = bp == HEAT_LET ? LET : GLYPHS[draw_ascii()][heat_step(bp) + 1];

	strbuf_puts(out, blank);
	if (h->digits && bp >= 0) {
		if (y->cell == 3)
			strbuf_putc(out, ' ');
		strbuf_putc(out, bp >= 10000 ? 'X' : (char)('0' + bp / 1000));
		return;
	}
	if (y->cell == 3)
		strbuf_puts(out, glyph);
	strbuf_puts(out, glyph);
}

/* Neighbours that look alike are drawn at once. */
static void draw_cells(const struct heat *h, const struct layout *y, struct canvas c, int line)
{
	struct strbuf run = { 0 };
	int step = -3, x = cell_x(y, 0);

	for (int i = 0; i < y->cols; i++) {
		int bp = h->source->value(h->ctx, h->top + line - 1, h->left + i);

		int now = bp == HEAT_LET ? HEAT_LET : heat_step(bp);

		if (now != step) {
			x += draw_text(c, line, x, -1, step_style(step), strbuf_str(&run));
			strbuf_clear(&run);
			step = now;
		}
		put_cell(h, y, bp, " ", &run);
	}
	draw_text(c, line, x, -1, step_style(step), strbuf_str(&run));
	strbuf_free(&run);
}

static void draw_chosen(const struct heat *h, const struct layout *y, struct canvas c)
{
	int line = 1 + h->row - h->top, x = cell_x(y, h->col - h->left);
	struct strbuf text = { 0 };

	put_cell(h, y, h->source->value(h->ctx, h->row, h->col), "[", &text);
	strbuf_putc(&text, ']');
	draw_text(c, line, x, -1, TOK_HEAT_CURSOR, strbuf_str(&text));
	draw_cursor(c, line, x + y->cell - 1);
	strbuf_free(&text);
}

static void draw_row(const struct heat *h, const struct layout *y, struct canvas c, int line)
{
	struct strbuf title = { 0 };

	h->source->row_title(h->ctx, h->top + line - 1, &title);
	draw_fit(c, line, 1, y->title - 1, TEXT_LEFT, TOK_ROW, strbuf_str(&title));
	strbuf_free(&title);
	draw_cells(h, y, c, line);
}

static void draw_scale(const struct heat *h, struct canvas c)
{
	int x = 1;

	x += draw_text(c, c.h - 1, x, -1, TOK_DIM, _("scale")) + 2;
	for (int step = -1; step < STEPS; step++) {
		const char *glyph = h->digits && step >= 0 ? TENTHS[step + 1] : GLYPHS[draw_ascii()][step + 1];

		x += draw_text(c, c.h - 1, x, -1, step_style(step), " ");
		x += draw_text(c, c.h - 1, x, -1, step_style(step), glyph);
		x += 1 + draw_text(c, c.h - 1, x + 1, -1, TOK_DIM, step < 0 ? _(WORDS[0]) : WORDS[step + 1]) + 2;
	}
	if (h->lets) {
		x += draw_text(c, c.h - 1, x, -1, TOK_DIM, LET);
		draw_text(c, c.h - 1, x + 1, -1, TOK_DIM, _("let"));
	}
}

void heat_draw(struct heat *h, struct canvas c, bool focused)
{
	struct layout y = layout(h, c);
	int rows = h->source->rows(h->ctx);

	settle(h, &y);
	if (c.h < 3)
		return;
	draw_titles(h, &y, c);
	for (int line = 1; line <= y.rows && h->top + line - 1 < rows; line++)
		draw_row(h, &y, c, line);
	if (focused && rows > 0 && h->source->cols(h->ctx) > 0)
		draw_chosen(h, &y, c); /* last: its bracket lies on the next cell */
	draw_scale(h, c);
}

/* ---- moving ---- */

enum result heat_move(struct heat *h, int move)
{
	int rows = h->source->rows(h->ctx), cols = h->source->cols(h->ctx), page = h->page > 0 ? h->page : 1;
	int row = h->row, col = h->col, top = h->top;

	switch (move) {
	case HEAT_UP:
		h->row--;
		break;
	case HEAT_DOWN:
		h->row++;
		break;
	case HEAT_LEFT:
		h->col--;
		break;
	case HEAT_RIGHT:
		h->col++;
		break;
	case HEAT_PGUP:
	case HEAT_PGDN:
		h->row += move == HEAT_PGUP ? -page : page;
		h->top += move == HEAT_PGUP ? -page : page;
		break;
	case HEAT_HOME:
		h->col = 0;
		break;
	case HEAT_END:
		h->col = cols - 1;
		break;
	}
	h->row = clamp(h->row, 0, rows > 0 ? rows - 1 : 0);
	h->col = clamp(h->col, 0, cols > 0 ? cols - 1 : 0);
	h->top = clamp(h->top, 0, rows > page ? rows - page : 0);
	return h->row != row || h->col != col || h->top != top ? R_REDRAW : R_HANDLED;
}

#include "config.h"

#include <stdio.h>

#include "tui/board.h"

enum { PAGE_UNKNOWN = 4, COUNT_MOST = 10000, INDENT = 2 };

/* ---- which columns are shown ---- */

static int open_columns(const struct board *b)
{
	int n = 0;

	for (int i = 0; i < b->ncolumns; i++)
		n += !b->columns[i].folded;
	return n;
}

static bool is_single(const struct board *b, int width)
{
	int n = open_columns(b);

	return n > 1 && width / n < BOARD_LEAST;
}

static bool any_folded(const struct board *b)
{
	return open_columns(b) < b->ncolumns;
}

/* ---- cursors ---- */

static int page_of(const struct board *b)
{
	return b->page > 0 ? b->page : PAGE_UNKNOWN;
}

/* A column scrolls by a page less one card: the card that was left stays in sight. */
static void settle_column(struct board *b, struct board_column *k, int cards)
{
	int page = page_of(b), keep = page > 1;

	if (k->cursor >= cards)
		k->cursor = cards - 1;
	if (k->cursor < 0)
		k->cursor = 0;
	if (k->cursor >= k->top + page)
		k->top = k->cursor - keep;
	if (k->cursor < k->top)
		k->top = k->cursor - page + 1 + keep;
	if (k->top > cards - page)
		k->top = cards - page;
	if (k->top < 0)
		k->top = 0;
}

void board_settle(struct board *b)
{
	for (int i = 0; i < b->ncolumns; i++)
		settle_column(b, &b->columns[i], b->source->cards(b->ctx, i));
	if (b->col >= b->ncolumns)
		b->col = b->ncolumns - 1;
	if (b->col < 0)
		b->col = 0;
}

/* The next open column from `from` in steps of `step`; -1 = none. */
static int next_open(const struct board *b, int from, int step)
{
	for (int i = from + step; i >= 0 && i < b->ncolumns; i += step)
		if (!b->columns[i].folded)
			return i;
	return -1;
}

static void want(struct board *b)
{
	if (b->source->want)
		b->source->want(b->ctx, b->col, b->columns[b->col].cursor, page_of(b));
}

static void step(struct board *b, int move)
{
	struct board_column *k = &b->columns[b->col];
	int page = page_of(b);

	switch (move) {
	case BOARD_UP:
		k->cursor--;
		break;
	case BOARD_DOWN:
		k->cursor++;
		break;
	case BOARD_PGUP:
		k->cursor -= page;
		k->top -= page;
		break;
	case BOARD_PGDN:
		k->cursor += page;
		k->top += page;
		break;
	case BOARD_HOME:
		k->cursor = 0;
		break;
	case BOARD_END:
		k->cursor = b->source->cards(b->ctx, b->col) - 1;
		break;
	}
	settle_column(b, k, b->source->cards(b->ctx, b->col));
}

enum result board_move(struct board *b, int move)
{
	struct board_column *k = &b->columns[b->col];
	int col = b->col, cursor = k->cursor, top = k->top, next;

	if (move == BOARD_LEFT || move == BOARD_RIGHT) {
		next = next_open(b, b->col, move == BOARD_LEFT ? -1 : 1);
		b->col = next >= 0 ? next : b->col;
	} else {
		step(b, move);
	}
	want(b);
	return b->col != col || k->cursor != cursor || k->top != top ? R_REDRAW : R_HANDLED;
}

enum result board_jump(struct board *b, int col)
{
	if (col < 0 || col >= b->ncolumns)
		return R_NONE;
	b->columns[col].folded = false;
	b->col = col;
	want(b);
	return R_REDRAW;
}

enum result board_fold(struct board *b, int col)
{
	int next;

	if (col < 0 || col >= b->ncolumns)
		return R_NONE;
	if (!b->columns[col].folded && open_columns(b) == 1)
		return R_HANDLED;
	b->columns[col].folded = !b->columns[col].folded;
	if (b->columns[b->col].folded) {
		next = next_open(b, b->col, -1);
		b->col = next >= 0 ? next : next_open(b, b->col, 1);
	}
	return R_REDRAW;
}

/* ---- drawing ---- */

static void put_count(const struct board *b, int col, struct strbuf *out)
{
	int64_t n = b->source->count(b->ctx, col);

	if (n > COUNT_MOST)
		strbuf_printf(out, " %d+", COUNT_MOST);
	else if (n >= 0)
		strbuf_printf(out, " %lld", (long long)n);
	if (b->columns[col].limit > 0)
		strbuf_printf(out, _(" of %d"), b->columns[col].limit);
	if (b->columns[col].limit > 0 && n > b->columns[col].limit)
		strbuf_puts(out, " !");
}

static void put_title(const struct board *b, int col, struct strbuf *out)
{
	strbuf_printf(out, "%d %s", col + 1, _(b->columns[col].title));
	put_count(b, col, out);
}

static void draw_line(const struct board *b, struct canvas c, int y, int col, int card, int line, struct board_text *t)
{
	int room = c.w - INDENT - 1, right;

	strbuf_clear(&t->left);
	strbuf_clear(&t->right);
	t->style = t->right_style = TOK_ROW;
	t->spare = false;
	b->source->line(b->ctx, col, card, line, t);
	right = draw_width(strbuf_str(&t->right));
	if (t->spare && draw_width(strbuf_str(&t->left)) + 1 + right > room)
		right = 0;
	if (right > room)
		right = room;
	if (right > 0)
		draw_fit(c, y, INDENT + room - right, right, TEXT_RIGHT, t->right_style, t->right.s);
	draw_fit(c, y, INDENT, room - (right > 0 ? right + 1 : 0), TEXT_LEFT, t->style, strbuf_str(&t->left));
}

static void draw_cards(const struct board *b, struct canvas c, int col, int cards)
{
	const struct board_column *k = &b->columns[col];
	struct board_text text = { 0 };

	for (int i = 0; i < b->page && k->top + i < cards; i++) {
		int y = i * (b->lines + b->gap), card = k->top + i;
		const char *mark = b->source->mark ? b->source->mark(b->ctx, col, card) : "";

		for (int line = 0; line < b->lines; line++)
			draw_line(b, c, y + line, col, card, line, &text);
		draw_text(c, y, 1, 1, TOK_ROW_MARKED, mark);
	}
	strbuf_free(&text.left);
	strbuf_free(&text.right);
}

/* Cards out of sight, -1 = there are some. */
static int64_t hidden(const struct board *b, int col, int at_hand, bool below)
{
	int64_t beyond = b->source->beyond ? b->source->beyond(b->ctx, col, below) : 0;

	at_hand = at_hand > 0 ? at_hand : 0;
	return beyond < 0 ? -1 : beyond + at_hand;
}

/* "↑ 12" at the end of the frame's top. Returns its width. */
static int draw_above(struct canvas frame, int64_t n)
{
	char text[40];
	int width;

	if (n == 0)
		return 0;
	if (n > 0)
		snprintf(text, sizeof(text), " %s%lld ", draw_ascii() ? "^" : "↑", (long long)n);
	else
		snprintf(text, sizeof(text), " %s ", draw_ascii() ? "^" : "↑");
	width = draw_width(text);
	draw_text(frame, 0, frame.w - 1 - width, width, TOK_DIM, text);
	return width;
}

/* "… 6 more" on the frame, where it costs no card its place. */
static void draw_below(struct canvas frame, int64_t n)
{
	char text[64];

	if (n < 0)
		snprintf(text, sizeof(text), " %s ", _("… more"));
	else if (n > 0)
		snprintf(text, sizeof(text), P_(" … %lld more ", " … %lld more ", (unsigned long)n), (long long)n);
	if (n != 0)
		draw_text(frame, frame.h - 1, 2, frame.w - 4, TOK_DIM, text);
}

/* The count is never cut off: the name gives way. */
static struct canvas draw_head(const struct board *b, struct canvas frame, int col)
{
	struct strbuf name = { 0 }, count = { 0 };
	int64_t above = hidden(b, col, b->columns[col].top, false);
	struct canvas c = draw_frame(frame, NULL, false);
	int x = 2, right = frame.w - 2 - draw_above(frame, above), room;

	strbuf_printf(&name, " %d %s", col + 1, _(b->columns[col].title));
	put_count(b, col, &count);
	strbuf_putc(&count, ' ');
	room = right - x - draw_width(count.s);
	if (draw_width(name.s) < room)
		room = draw_width(name.s);
	if (room > 0)
		draw_fit(frame, 0, x, room, TEXT_LEFT, TOK_TITLE, name.s);
	draw_text(frame, 0, x + (room > 0 ? room : 0), right - x - (room > 0 ? room : 0), TOK_TITLE, count.s);
	strbuf_free(&name);
	strbuf_free(&count);
	return c;
}

static void draw_column(struct board *b, struct canvas frame, int col, bool focused)
{
	struct board_column *k = &b->columns[col];
	int cards = b->source->cards(b->ctx, col), y;
	struct canvas c = draw_head(b, frame, col);

	k->at = frame;
	draw_cards(b, c, col, cards);
	if (cards == 0 && b->empty)
		draw_text(c, 0, INDENT, c.w - INDENT, TOK_DIM, _(b->empty));
	draw_below(frame, hidden(b, col, cards - k->top - b->page, true));
	if (col != b->col)
		return;
	y = cards > 0 ? (k->cursor - k->top) * (b->lines + b->gap) : 0;
	draw_text(c, y, 0, 1, focused ? TOK_ROW_CURSOR : TOK_ROW, draw_marker(focused));
	if (focused)
		draw_cursor(c, y, 0);
}

/* The strip: every column, open or folded, as its digit, name and count; the one under the cursor in brackets. */
static void draw_strip(const struct board *b, struct canvas line, bool folded_only)
{
	struct strbuf text = { 0 };
	int x = 1, all = 0;
	bool brief;

	for (int i = 0; i < b->ncolumns; i++) {
		strbuf_clear(&text);
		put_title(b, i, &text);
		all += !folded_only || b->columns[i].folded ? draw_width(text.s) + 2 : 0;
	}
	brief = all > line.w;
	for (int i = 0; i < b->ncolumns; i++) {
		bool here = !folded_only && i == b->col;

		if (folded_only && !b->columns[i].folded)
			continue;
		strbuf_clear(&text);
		if (here)
			strbuf_putc(&text, '[');
		if (brief)
			strbuf_printf(&text, "%d:%lld", i + 1, (long long)b->source->count(b->ctx, i));
		else
			put_title(b, i, &text);
		if (here)
			strbuf_putc(&text, ']');
		x += draw_text(line, 0, x, -1, here ? TOK_TITLE : TOK_DIM, text.s) + (brief ? 1 : 2);
	}
	strbuf_free(&text);
}

void board_draw(struct board *b, struct canvas c, bool focused)
{
	bool single = is_single(b, c.w), strip = single || any_folded(b);
	struct canvas body = canvas_sub(c, 0, 0, c.h - strip, c.w);
	int n = single ? 1 : open_columns(b), x = 0, seen = 0;

	b->area = c;
	b->page = (body.h - 2 + b->gap) / (b->lines + b->gap);
	if (b->page < 1)
		b->page = 1;
	board_settle(b);
	for (int i = 0; i < b->ncolumns; i++) {
		struct canvas frame = { 0 };

		b->columns[i].at = frame;
		if (b->columns[i].folded || (single && i != b->col))
			continue;
		frame = canvas_sub(body, 0, x, body.h, c.w / n + (seen < c.w % n));
		seen++;
		x += frame.w;
		draw_column(b, frame, i, focused);
	}
	if (strip)
		draw_strip(b, canvas_sub(c, c.h - 1, 0, 1, c.w), !single);
}

/* ---- the mouse ---- */

bool board_hit(const struct board *b, int y, int x, int *col, int *card)
{
	y += b->area.y;
	x += b->area.x;
	for (int i = 0; i < b->ncolumns; i++) {
		const struct canvas *at = &b->columns[i].at;
		int row = (y - at->y - 1) / (b->lines + b->gap);

		if (at->w == 0 || x < at->x || x >= at->x + at->w || y < at->y || y >= at->y + at->h)
			continue;
		*col = i;
		*card = y > at->y && row < b->page && b->columns[i].top + row < b->source->cards(b->ctx, i)
		    ? b->columns[i].top + row : -1;
		return true;
	}
	return false;
}

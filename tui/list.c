#include "config.h"

#include "base/strbuf.h"
#include "tui/list.h"
#include "tui/speak.h"

enum { COLUMNS_MAX = 32, REST_LEAST = 9, PAGE_UNKNOWN = 10 };

struct layout {
	int marker;              /* columns in front */
	int width[COLUMNS_MAX];  /* 0 = not shown */
};

/* ---- layout ---- */

static int needed(const struct list *l, const struct layout *y)
{
	int sum = 0;

	for (int i = 0; i < l->ncolumns; i++)
		if (y->width[i])
			sum += y->width[i] + 1;
	return sum - 1;
}

static int next_to_drop(const struct list *l, const struct layout *y)
{
	int worst = -1;

	for (int i = 0; i < l->ncolumns; i++)
		if (y->width[i] && l->columns[i].drop > 0 && (worst < 0 || l->columns[i].drop > l->columns[worst].drop))
			worst = i;
	return worst;
}

static struct layout layout(const struct list *l, int width)
{
	struct layout y = { .marker = l->source->marked ? 3 : 2 };
	int rest = -1, drop;

	for (int i = 0; i < l->ncolumns && i < COLUMNS_MAX; i++) {
		y.width[i] = l->columns[i].width < 0 ? REST_LEAST : l->columns[i].width;
		if (l->columns[i].width < 0)
			rest = i;
	}
	width -= y.marker;
	while (needed(l, &y) > width && (drop = next_to_drop(l, &y)) >= 0)
		y.width[drop] = 0;
	if (rest >= 0 && y.width[rest]) {
		y.width[rest] += width - needed(l, &y);
		if (y.width[rest] < 1)
			y.width[rest] = 1;
	}
	return y;
}

/* ---- drawing ---- */

static void draw_headings(const struct list *l, const struct layout *y, struct canvas c)
{
	int x = y->marker;

	for (int i = 0; i < l->ncolumns; i++) {
		const struct list_column *col = &l->columns[i];

		if (!y->width[i])
			continue;
		draw_fit(c, 0, x, y->width[i], col->align, TOK_COLUMN, col->title[0] ? _(col->title) : "");
		x += y->width[i] + 1;
	}
	if (l->source->more_above && l->source->more_above(l->ctx))
		draw_text(c, 0, 0, 1, TOK_DIM, "↑");
}

static void draw_row(const struct list *l, const struct layout *y, struct canvas c, int line, int row)
{
	bool marked = l->source->marked && l->source->marked(l->ctx, row);
	struct strbuf text = { 0 };
	int x = y->marker;

	if (l->source->saving && l->source->saving(l->ctx, row))
		draw_text(c, line, 1, 1, TOK_WARNING, "~");
	else if (marked)
		draw_text(c, line, 1, 1, TOK_ROW_MARKED, "*");
	if (l->source->gone && l->source->gone(l->ctx, row))
		draw_text(c, line, 2, 1, TOK_DIM, "-");
	for (int i = 0; i < l->ncolumns; i++) {
		enum token style = marked ? TOK_ROW_MARKED : TOK_ROW;

		if (!y->width[i])
			continue;
		strbuf_clear(&text);
		l->source->cell(l->ctx, row, i, &text, &style);
		draw_fit(c, line, x, y->width[i], l->columns[i].align, style, strbuf_str(&text));
		x += y->width[i] + 1;
	}
	strbuf_free(&text);
}

static void draw_here(const struct list *l, struct canvas c, bool focused)
{
	int line = 1 + l->cursor - l->top;

	draw_text(c, line, 0, 1, focused ? TOK_ROW_CURSOR : TOK_ROW, draw_marker(focused));
	if (focused)
		draw_cursor(c, line, 0);
}

/* The row as it is heard: cells in column order, the marker as a word. */
static void speak_row(const struct list *l)
{
	struct strbuf plain = { 0 }, headed = { 0 }, text = { 0 };
	enum token style;

	if (l->source->marked && l->source->marked(l->ctx, l->cursor))
		strbuf_printf(&plain, "%s", _("marked"));
	strbuf_puts(&headed, strbuf_str(&plain));
	for (int i = 0; i < l->ncolumns; i++) {
		strbuf_clear(&text);
		style = TOK_ROW;
		l->source->cell(l->ctx, l->cursor, i, &text, &style);
		if (text.len == 0)
			continue;
		strbuf_printf(&plain, "%s%s", plain.len ? ", " : "", text.s);
		strbuf_printf(&headed, "%s%s%s%s", headed.len ? ", " : "", l->columns[i].title[0] ? _(l->columns[i].title) : "",
		    l->columns[i].title[0] ? " " : "", text.s);
	}
	speak_focus(strbuf_str(&plain), strbuf_str(&headed));
	strbuf_free(&plain);
	strbuf_free(&headed);
	strbuf_free(&text);
}

void list_settle(struct list *l)
{
	int rows = l->source->rows(l->ctx);
	int page = l->page > 0 ? l->page : PAGE_UNKNOWN;

	if (l->cursor >= rows)
		l->cursor = rows - 1;
	if (l->cursor < 0)
		l->cursor = 0;
	if (l->top > rows - page)
		l->top = rows - page;
	if (l->top > l->cursor)
		l->top = l->cursor;
	if (l->top < l->cursor - page + 1)
		l->top = l->cursor - page + 1;
	if (l->top < 0)
		l->top = 0;
}

void list_draw(struct list *l, struct canvas c, bool focused)
{
	struct layout y = layout(l, c.w);
	int rows = l->source->rows(l->ctx), line;

	l->page = c.h > 1 ? c.h - 1 : 1;
	list_settle(l);
	draw_headings(l, &y, c);
	for (line = 1; line <= l->page && l->top + line - 1 < rows; line++)
		draw_row(l, &y, c, line, l->top + line - 1);
	if (focused && rows > 0)
		draw_rows(canvas_sub(c, 1, 0, line - 1, -1), l->cursor - l->top);
	if (rows > 0 && focused && speak_wanted())
		speak_row(l);
	if (rows > 0 && (focused || !l->shy))
		draw_here(l, c, focused);
	else if (rows == 0 && l->empty)
		draw_text(c, 1, y.marker, -1, TOK_DIM, _(l->empty));
	if (line <= l->page && rows > 0 && l->source->more_below && l->source->more_below(l->ctx))
		draw_text(c, line, y.marker, -1, TOK_DIM, "…");
}

/* ---- moving ---- */

enum result list_move(struct list *l, int move)
{
	int rows = l->source->rows(l->ctx), page = l->page > 0 ? l->page : PAGE_UNKNOWN;
	int cursor = l->cursor, top = l->top;

	switch (move) {
	case LIST_UP:
		l->cursor--;
		break;
	case LIST_DOWN:
		l->cursor++;
		break;
	case LIST_PGUP:
		l->cursor -= page;
		l->top -= page;
		break;
	case LIST_PGDN:
		l->cursor += page;
		l->top += page;
		break;
	case LIST_HOME:
		l->cursor = 0;
		break;
	case LIST_END:
		l->cursor = rows - 1;
		break;
	}
	list_settle(l);
	if (rows > 0 && l->source->want)
		l->source->want(l->ctx, l->cursor, page);
	return l->cursor != cursor || l->top != top ? R_REDRAW : R_HANDLED;
}

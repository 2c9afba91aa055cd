#include "config.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "tui/draw.h"
#include "tui/speak.h"

enum { MARKS = 4 }; /* combining marks a cell can hold */
#define CLEAN ((unsigned char)255)

static struct {
	bool ascii;
	int h, w;
	unsigned char *styles; /* token of every cell, CLEAN where nothing was drawn */
	int cy, cx;            /* hardware cursor; -1 = hidden */
	bool repaint;
	struct canvas rows;       /* of the focused list */
	int row;                  /* the one under the cursor */
	struct strbuf clean, fit; /* scratch: a frame has thousands of small texts */
} frame;

/* ---- one cell ---- */

static attr_t curses_attrs(unsigned looks)
{
	return (looks & LOOK_BOLD ? A_BOLD : 0) | (looks & LOOK_DIM ? A_DIM : 0) |
	    (looks & LOOK_UNDERLINE ? A_UNDERLINE : 0) | (looks & LOOK_REVERSE ? A_REVERSE : 0);
}

static void put(int y, int x, int width, enum token style, const wchar_t *text)
{
	struct look l = theme_look(style);
	bool coloured = l.fg >= 0 || l.bg >= 0;
	unsigned char *styles = frame.styles + y * frame.w + x;
	cchar_t cell;

	if (y < 0 || x < 0 || y >= frame.h || x + width > frame.w)
		return;
	if (*styles != CLEAN || text[0] != L' ' || coloured || l.attrs & (LOOK_REVERSE | LOOK_UNDERLINE)) {
		setcchar(&cell, text, curses_attrs(l.attrs), coloured ? (short)(style + 1) : 0, NULL);
		mvadd_wch(y, x, &cell);
	} /* else a blank on a blank: looks the same */
	memset(styles, (int)style, (size_t)width);
}

/* Signs of our own and of typography that have a plain twin. */
static wchar_t plain_twin(wchar_t c)
{
	static const wchar_t pairs[][2] = {
		{ L'…', L'~' }, { L'·', L'.' }, { L'—', L'-' }, { L'–', L'-' }, { L'→', L'>' },
		{ L'←', L'<' }, { L'▸', L'>' }, { L'›', L'-' }, { L'•', L'*' }, { L'×', L'x' }, { L'«', L'"' },
		{ L'»', L'"' }, { L'≥', L'>' }, { L'≤', L'<' }, { L'↑', L'^' }, { L'↓', L'v' },
		{ L'█', L'#' }, { L'▌', L'#' }, { L'░', L':' }, { L'▒', L'+' }, { L'▓', L'#' },
		{ L'─', L'-' }, { L'│', L'|' }, { L'\u00a0', L' ' }, { L'\ufffd', L'?' },
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (pairs[i][0] == c)
			return pairs[i][1];
	return c;
}

/* One character and the marks on it from a cleaned string. A plain twin may be narrower: the caller fills up. */
static int next_cell(const char **s, wchar_t text[static MARKS + 2])
{
	int cp = text_next(s), marks = 0;
	const char *ahead = *s;

	if (cp < 0x80 && (unsigned char)*ahead < 0x80) { /* most of all text */
		text[0] = (wchar_t)cp;
		text[1] = L'\0';
		return 1;
	}
	text[0] = frame.ascii ? plain_twin((wchar_t)cp) : (wchar_t)cp;
	for (int mark = text_next(&ahead); mark && text_cp_width(mark) == 0; mark = text_next(&ahead)) {
		if (marks < MARKS)
			text[1 + marks++] = (wchar_t)mark;
		*s = ahead;
	}
	text[1 + marks] = L'\0';
	return text_cp_width(cp);
}

/* ---- text ---- */

struct canvas canvas_sub(struct canvas c, int y, int x, int h, int w)
{
	int top = y < 0 ? 0 : y, left = x < 0 ? 0 : x;
	int bottom = h < 0 || y + h > c.h ? c.h : y + h, right = w < 0 || x + w > c.w ? c.w : x + w;

	return (struct canvas){
		.y = c.y + top, .x = c.x + left,
		.h = bottom > top ? bottom - top : 0, .w = right > left ? right - left : 0,
	};
}

/*
 * The blanks between two words of one text look as the words do: to a terminal, going back to plain and to the style
 * again costs more than the words. Those at the end stay plain: they are cleared with the line.
 */
static void join(int y, int x, int blanks)
{
	for (x -= blanks; blanks > 0; blanks--, x++) {
		enum token style = frame.styles[y * frame.w + x];
		struct look l = theme_look(style);
		cchar_t cell;

		if (style == CLEAN || !l.attrs)
			continue;
		setcchar(&cell, L" ", curses_attrs(l.attrs), l.fg >= 0 || l.bg >= 0 ? (short)(style + 1) : 0, NULL);
		mvadd_wch(y, x, &cell);
	}
}

/* s is clean. Cells left of the canvas are skipped, the rest ends at `limit` columns after x or at the edge. */
static int draw_clean(struct canvas c, int y, int x, int limit, enum token style, const char *s)
{
	int used = 0, blanks = 0;

	if (y < 0 || y >= c.h)
		return 0;
	while (*s) {
		wchar_t text[MARKS + 2];
		int width = next_cell(&s, text), at = x + used;

		if (used + width > limit || at + width > c.w)
			break;
		if (width > 0 && at >= 0) {
			if (text[0] != L' ')
				join(c.y + y, c.x + at, blanks);
			blanks = text[0] == L' ' ? blanks + 1 : 0;
			put(c.y + y, c.x + at, width, style, text);
			if (width == 2 && text_cp_width((int)text[0]) == 1)
				put(c.y + y, c.x + at + 1, 1, style, L" ");
		}
		used += width;
	}
	return used;
}

static const char *cleaned(const char *s)
{
	strbuf_clear(&frame.clean);
	text_clean(&frame.clean, s, strlen(s), TEXT_ONE_LINE);
	return strbuf_str(&frame.clean);
}

int draw_text(struct canvas c, int y, int x, int width, enum token style, const char *s)
{
	return draw_clean(c, y, x, width < 0 ? c.w - x : width, style, cleaned(s));
}

void draw_fit(struct canvas c, int y, int x, int width, enum text_align align, enum token style, const char *s)
{
	if (width <= 0)
		return;
	strbuf_clear(&frame.fit);
	text_fit(&frame.fit, cleaned(s), width, align, frame.ascii);
	draw_clean(c, y, x, width, style, strbuf_str(&frame.fit));
}

void draw_printf(struct canvas c, int y, int x, enum token style, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	draw_text(c, y, x, -1, style, buf);
}

int draw_width(const char *s)
{
	return text_width(cleaned(s));
}

bool draw_ascii(void)
{
	return frame.ascii;
}

const char *draw_marker(bool focused)
{
	return focused ? "▸" : "›";
}

/* ---- shapes ---- */

static void draw_glyphs(struct canvas c, int y, int x, int n, enum token style, wchar_t glyph)
{
	wchar_t text[2] = { glyph, 0 };

	for (int i = 0; i < n && x + i < c.w; i++)
		if (y >= 0 && y < c.h && x + i >= 0)
			put(c.y + y, c.x + x + i, 1, style, text);
}

void draw_fill(struct canvas c, int y, int x, int h, int w, enum token style)
{
	struct canvas area = canvas_sub(c, y, x, h, w);

	for (int i = 0; i < area.h; i++)
		draw_glyphs(area, i, 0, area.w, style, L' ');
}

struct canvas draw_frame(struct canvas c, const char *title, bool focused)
{
	static const wchar_t lines[2][7] = { L"─│┌┐└┘", L"-|++++" };
	const wchar_t *g = lines[frame.ascii];
	enum token style = focused ? TOK_FRAME_FOCUS : TOK_FRAME;
	int used;

	if (c.h < 2 || c.w < 2)
		return canvas_sub(c, 0, 0, 0, 0);
	for (int y = 0; y < c.h; y += c.h - 1) {
		draw_glyphs(c, y, 0, 1, style, g[y ? 4 : 2]);
		draw_glyphs(c, y, 1, c.w - 2, style, g[0]);
		draw_glyphs(c, y, c.w - 1, 1, style, g[y ? 5 : 3]);
	}
	for (int y = 1; y < c.h - 1; y++) {
		draw_glyphs(c, y, 0, 1, style, g[1]);
		draw_glyphs(c, y, c.w - 1, 1, style, g[1]);
	}
	if (title && *title && c.w > 6) {
		used = draw_text(c, 0, 3, c.w - 6, TOK_TITLE, title);
		draw_glyphs(c, 0, 2, 1, style, L' ');
		draw_glyphs(c, 0, 3 + used, 1, style, L' ');
	}
	return canvas_sub(c, 1, 1, c.h - 2, c.w - 2);
}

void draw_hbar(struct canvas c, int y, int x, int width, enum token style, int part, int whole)
{
	int halves = whole > 0 && part > 0 ? (int)((long long)part * width * 2 / whole) : 0;
	int full;

	if (halves > width * 2)
		halves = width * 2;
	if (halves == 0 && part > 0 && whole > 0)
		halves = 1; /* something is never drawn as nothing */
	full = halves / 2;
	draw_glyphs(c, y, x, full, style, frame.ascii ? L'#' : L'█');
	if (halves % 2)
		draw_glyphs(c, y, x + full++, 1, style, frame.ascii ? L'#' : L'▌');
	draw_glyphs(c, y, x + full, width - full, style, frame.ascii ? L'.' : L' ');
}

void draw_cursor(struct canvas c, int y, int x)
{
	if (y < 0 || x < 0 || y >= c.h || x >= c.w)
		return;
	frame.cy = c.y + y;
	frame.cx = c.x + x;
}

void draw_rows(struct canvas c, int cursor)
{
	frame.rows = c;
	frame.row = cursor;
}

bool draw_row_at(int y, int x, int *below)
{
	struct canvas c = frame.rows;

	*below = y - c.y - frame.row;
	return y >= c.y && y < c.y + c.h && x >= c.x && x < c.x + c.w;
}

/* ---- a frame ---- */

struct canvas draw_begin(bool ascii)
{
	frame.ascii = ascii;
	frame.h = LINES;
	frame.w = COLS;
	frame.styles = xrealloc(frame.styles, (size_t)frame.h * (size_t)frame.w);
	memset(frame.styles, CLEAN, (size_t)frame.h * (size_t)frame.w);
	frame.cy = frame.cx = -1;
	speak_begin();
	frame.rows = (struct canvas){ 0 };
	werase(stdscr);
	return (struct canvas){ .h = frame.h, .w = frame.w };
}

void draw_end(void)
{
	curs_set(frame.cy >= 0);
	if (frame.cy >= 0)
		move(frame.cy, frame.cx);
	if (frame.repaint)
		clearok(curscr, TRUE);
	frame.repaint = false;
	wnoutrefresh(stdscr);
	doupdate();
}

void draw_repaint(void)
{
	frame.repaint = true;
}

void draw_repaint_line(int y)
{
	wredrawln(stdscr, y, 1);
}

/* ---- reading it back ---- */

char draw_style_letter(enum token style)
{
	return (char)(style == TOK_TEXT ? '.' : style <= 26 ? 'A' + style - 1 : 'a' + style - 27);
}

/* What is in a cell (blank if nothing can be said) and how many columns it takes. */
static int read_cell(int y, int x, wchar_t text[static CCHARW_MAX + 1])
{
	cchar_t cell;
	attr_t attrs;
	short pair;

	if (mvwin_wch(stdscr, y, x, &cell) != OK || getcchar(&cell, text, &attrs, &pair, NULL) != OK)
		wcscpy(text, L" ");
	return text_cp_width((int)text[0]) == 2 ? 2 : 1;
}

void draw_again(struct canvas c, int y, int x, int width, enum token style)
{
	wchar_t text[CCHARW_MAX + 1];

	for (int end = x + width, w; y >= 0 && y < c.h && x < end && x < c.w; x += w) {
		w = read_cell(c.y + y, c.x + x, text);
		if (x + w <= end)
			put(c.y + y, c.x + x, w, style, text);
	}
}

void draw_line_text(struct strbuf *out, struct canvas c, int y)
{
	wchar_t text[CCHARW_MAX + 1];
	char bytes[MB_LEN_MAX * (CCHARW_MAX + 1)];

	for (int x = c.x; y >= 0 && y < c.h && x < c.x + c.w;) {
		x += read_cell(c.y + y, x, text);
		if (wcstombs(bytes, text, sizeof(bytes)) != (size_t)-1)
			strbuf_puts(out, bytes);
	}
}

wchar_t draw_glyph_at(int y, int x)
{
	wchar_t text[CCHARW_MAX + 1];

	read_cell(y, x, text);
	return text[0];
}

bool draw_cursor_at(int *y, int *x)
{
	*y = frame.cy;
	*x = frame.cx;
	return frame.cy >= 0;
}

static void dump_text(struct strbuf *line, int y)
{
	draw_line_text(line, (struct canvas){ .h = frame.h, .w = frame.w }, y);
}

static void dump_styles(struct strbuf *line, int y)
{
	for (int x = 0; x < frame.w; x++)
		strbuf_putc(line, frame.styles[y * frame.w + x] == CLEAN ? '.' :
		    draw_style_letter(frame.styles[y * frame.w + x]));
}

void draw_dump(struct strbuf *out, bool attrs)
{
	struct strbuf line = { 0 };

	for (int y = 0; y < frame.h; y++) {
		size_t end;

		strbuf_clear(&line);
		(attrs ? dump_styles : dump_text)(&line, y);
		for (end = line.len; end > 0 && line.s[end - 1] == (attrs ? '.' : ' '); end--)
			;
		strbuf_add(out, strbuf_str(&line), end);
		strbuf_putc(out, '\n');
	}
	strbuf_free(&line);
}

/*
 * The canvas: the only door to curses drawing. Everything drawn through it is
 * cleaned (base/text.h), clipped and measured, so no data can emit a control
 * byte or break a border. Coordinates are relative to the canvas.
 */
#ifndef TUI_DRAW_H
#define TUI_DRAW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "tui/theme.h"

struct canvas { int y, x, h, w; }; /* a rectangle of the screen; copy freely */

struct canvas canvas_sub(struct canvas c, int y, int x, int h, int w); /* clipped to c */

/* Draw s from (y,x), at most `width` columns (-1 = to the edge). Returns columns used. Untrusted text is welcome. */
int draw_text(struct canvas c, int y, int x, int width, enum token style, const char *s);
/* Exactly `width` columns: cut or padded. */
void draw_fit(struct canvas c, int y, int x, int width, enum text_align align, enum token style, const char *s);
void draw_printf(struct canvas c, int y, int x, enum token style, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void draw_fill(struct canvas c, int y, int x, int h, int w, enum token style); /* spaces */
/* A frame with a title; returns the inside. */
struct canvas draw_frame(struct canvas c, const char *title, bool focused);
void draw_hbar(struct canvas c, int y, int x, int width, enum token style, int part, int whole);
/* What stands there already, in another style. */
void draw_again(struct canvas c, int y, int x, int width, enum token style);
/* Where the hardware cursor goes when drawing is over (the focus); the last call wins. */
void draw_cursor(struct canvas c, int y, int x);
/* The sign before what the cursor is on; another one where its pane has not the focus: colours alone do not say it. */
const char *draw_marker(bool focused);
/* The columns that s takes once cleaned. */
int draw_width(const char *s);
/* Only ASCII glyphs: what the program draws by itself, and typographic signs in texts, come in ASCII. */
bool draw_ascii(void);

/* Lines of c are the rows of the focused list, one is under the cursor. The last call wins; none: c.h = 0. */
void draw_rows(struct canvas c, int cursor);
/* Is there such a row at this place of the screen, and how many rows below the cursor? */
bool draw_row_at(int y, int x, int *below);

/* ---- for the loop and the tests: one frame ---- */

struct canvas draw_begin(bool ascii); /* an empty screen, all of it */
void draw_end(void);                  /* send what changed */
void draw_repaint(void);              /* the next draw_end() sends everything */
void draw_repaint_line(int y);        /* … all of this line: something else was written there */

/* What is on the screen, a line a row, blanks at the ends kept out; with attrs a letter a cell instead: the style. */
void draw_dump(struct strbuf *out, bool attrs);
/* Of the frame drawn last, for whoever reads it out: a line of c as text, a cell, the hardware cursor (false: none). */
void draw_line_text(struct strbuf *out, struct canvas c, int y);
wchar_t draw_glyph_at(int y, int x);
bool draw_cursor_at(int *y, int *x);
/* The letter of a style in draw_dump(): '.' for plain text, else A-Z a-z in the order of THEME_TOKENS. */
char draw_style_letter(enum token style);

#endif

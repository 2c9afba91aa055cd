/*
 * A theme names what things are (tokens), a text file says how they look:
 *
 *     token[/true|/16|/8|/mono] = [fg] [on bg] [bold|dim|underline|reverse]...
 *     background = dark | light | any
 *
 * Colours: default, black red green yellow blue magenta cyan white, bright-NAME,
 * 0..255, or #RRGGBB. A line without a slash is for 256 colours, and for all
 * colours unless there is one with /true; a line for fewer colours overrides
 * what would be derived (the nearest colour; none at all in mono). "#" starts a
 * comment, except in #RRGGBB. What a file does not name stays as in the default.
 * `background` says which terminals a theme is made for. themes/NAME.theme are
 * compiled in; colour is never the only carrier of a meaning.
 */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include <stdbool.h>

#include "base/err.h"

#define THEME_TOKENS(X) \
	X(TEXT, "text") X(DIM, "dim") X(TITLE, "title") X(HEADER, "header") X(TAB, "tab") \
	X(TAB_ACTIVE, "tab-active") X(CHIP_OK, "chip-ok") X(CHIP_WARN, "chip-warn") X(CHIP_BAD, "chip-bad") \
	X(FRAME, "frame") X(FRAME_FOCUS, "frame-focus") X(COLUMN, "column") X(ROW, "row") \
	X(ROW_CURSOR, "row-cursor") X(ROW_MARKED, "row-marked") X(KEY, "key") X(NOTE, "note") \
	X(ERROR, "error") X(WARNING, "warning") X(GOOD, "good") X(INPUT, "input") X(BAR, "bar") \
	X(HEAT0, "heat-0") X(HEAT1, "heat-1") X(HEAT2, "heat-2") X(HEAT3, "heat-3") X(HEAT4, "heat-4") \
	X(HEAT_CURSOR, "heat-cursor")

enum token {
#define X(id, name) TOK_##id,
	THEME_TOKENS(X)
#undef X
	TOK_COUNT
};

enum colours { COLOURS_AUTO = -1, COLOURS_MONO = 0, COLOURS_8 = 8, COLOURS_16 = 16, COLOURS_256 = 256,
	COLOURS_TRUE = 1 << 24 };

/* NAME (the user's directory, $DOMOVOI_THEMEDIR or the shipped one, those compiled in) or a path; NULL = default. */
bool theme_load(const char *name, struct err *e);
/* Parse theme text over the default; pure, used by the loader and the fuzzer. Nothing changes on failure. */
bool theme_parse(const char *text, const char *origin, struct err *e);
void theme_apply(enum colours depth); /* after term_open: makes the colour pairs; AUTO = what the terminal has */

/* What a token looks like at the depth applied. */
enum { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_UNDERLINE = 4, LOOK_REVERSE = 8 };
enum { LOOK_RGB = 1 << 24 }; /* | 0xRRGGBB: beyond the palette */
struct look { int fg, bg; unsigned attrs; }; /* -1 = the terminal's own colour */
struct look theme_look(enum token t);
/* The red, green and blue of a colour of a look (not -1); the first sixteen as xterm has them. */
void theme_rgb(int colour, int rgb[static 3]);

enum theme_background { THEME_ANY, THEME_DARK, THEME_LIGHT };
enum theme_background theme_background(void); /* of the theme loaded */
/* The name of the theme loaded: as given to theme_load(), "default". */
const char *theme_name(void);

/* All that theme_load() finds by name, built in first; NULL-terminated, free it and each name. */
char **theme_names(void);
/* The built-in theme i: its name and text; false past the end. */
bool theme_builtin(int i, const char **name, const char **text);

#endif

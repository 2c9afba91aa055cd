/*
 * Text of unknown origin, made fit for a terminal. Everything that a person
 * will see goes through text_clean(): the console's canvas, the command line's
 * output, the log. What comes out is valid UTF-8 that cannot move the cursor,
 * change direction, hide itself or ring the bell (research/api.md §5).
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum text_flags {
	TEXT_ONE_LINE = 0,   /* \n and \t become visible too */
	TEXT_MULTILINE = 1,  /* \n stays; \t becomes spaces */
};

enum text_align { TEXT_LEFT, TEXT_RIGHT, TEXT_CENTRE };

/*
 * Append a cleaned copy of src (n bytes, need not be NUL-terminated):
 * invalid UTF-8 -> U+FFFD; C0, DEL, C1 -> caret or <9B> notation; bidi
 * controls, zero-width, soft hyphen, line separators, tags, noncharacters ->
 * U+00B7; at most 4 combining marks on a cell (none without a cell: U+25CC is
 * put under it); unassigned, private -> U+FFFD; variation selectors go.
 */
void text_clean(struct strbuf *out, const char *src, size_t n, enum text_flags flags);

/* Columns that a cleaned UTF-8 string takes; one table for the whole program and for curses (wcwidth() is ours). */
int text_width(const char *s);

/* Columns of one code point: 0 (combining), 1 or 2. Never negative. */
int text_cp_width(int cp);

/*
 * What this terminal makes two columns wide although it need not be: lines and blocks, all of Cyrillic, and the rest
 * of what Unicode calls ambiguous (basic Cyrillic, Greek, signs). Bits; 0 at the start. For the whole program.
 */
enum { TEXT_WIDE_LINES = 1, TEXT_WIDE_CYRILLIC = 2, TEXT_WIDE_SIGNS = 4 };
void text_set_ambiguous(unsigned bits);

/*
 * Append exactly `width` columns of s: cut (with U+2026, or '~' when ascii)
 * or padded with spaces. A wide character is never split.
 */
void text_fit(struct strbuf *out, const char *s, int width, enum text_align align, bool ascii);

/* Next code point of valid UTF-8; 0 at the end. Advances *s. */
int text_next(const char **s);

/* Lower case for comparison and tokens, with Ё -> Е as in the database's domovoi.fold(). Caller frees. */
char *text_fold(const char *s);
/*
 * A folded word as the token tables have it: Kazakh letters become the Russian ones that people type for them, so
 * that "кали" finds Қалиева, as domovoi.words() does. Caller frees.
 */
char *text_token(const char *folded);

#endif

/*
 * One line of text being typed: what the prompt and the fields of a form
 * share. The cursor stands before a character and its combining marks, never
 * inside. Pure but for lineedit_draw().
 */
#ifndef TUI_LINEEDIT_H
#define TUI_LINEEDIT_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "tui/draw.h"
#include "tui/key.h"

struct lineedit {
	struct strbuf text;
	size_t cursor;   /* byte offset, on a character */
	size_t most;     /* bytes it may hold; 0 = LINEEDIT_MOST */
	bool secret;     /* shown as dots, and its memory is wiped */
};

enum { LINEEDIT_MOST = 2000 };

enum lineedit_result { LINEEDIT_NONE, LINEEDIT_MOVED, LINEEDIT_CHANGED }; /* NONE: not a key of the editor */

void lineedit_set(struct lineedit *l, const char *text); /* cleaned to one line, cursor at the end; NULL = "" */
void lineedit_free(struct lineedit *l);                  /* empty again, may be used on */
const char *lineedit_text(const struct lineedit *l);     /* never NULL; valid until the next change */

/* Text goes in at the cursor, unless it no longer fits; C-a C-e C-b C-f C-d C-k C-u C-w and the named keys edit. */
enum lineedit_result lineedit_key(struct lineedit *l, struct key k);

/* On the first line of c, scrolled so that the cursor is on it; with focus also places it. Returns the columns used. */
int lineedit_draw(const struct lineedit *l, struct canvas c, enum token style, bool focus);

#endif

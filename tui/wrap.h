/* Words in lines: for texts that people read on the screen. */
#ifndef TUI_WRAP_H
#define TUI_WRAP_H

#include "base/strbuf.h"

/*
 * Appends `text` to out in lines of at most `width` columns, each ended by \n, cleaned. "\n" in the text begins a
 * new line. The first line stands after `first`, the others after as many blanks. A longer word is cut in pieces.
 */
void wrap_text(struct strbuf *out, const char *first, const char *text, int width);

#endif

/*
 * Bytes of a terminal -> keys. Pure and total: any byte sequence gives keys or
 * nothing, never an echo of half an escape sequence as commands. Understands
 * what xterm, VT, rxvt, screen, tmux and the Linux console send, with
 * modifiers; term.c teaches it what the terminfo entry has besides.
 */
#ifndef TUI_KEYDEC_H
#define TUI_KEYDEC_H

#include "tui/key.h"

enum { KEYDEC_BYTES = 48, KEYDEC_LEARNED = 32 };

struct keydec {
	unsigned char buf[KEYDEC_BYTES]; /* an unfinished sequence */
	int n;
	struct { char seq[12]; struct key key; } learned[KEYDEC_LEARNED];
	int nlearned;
};

/* An exact sequence (starting with ESC) of this terminal. Too long or too many: ignored. */
void keydec_learn(struct keydec *d, const char *seq, struct key k);

/* One more byte. Returns the number of keys it completed (0..KEYDEC_MAX), in out. */
enum { KEYDEC_MAX = KEYDEC_BYTES };
int keydec_push(struct keydec *d, unsigned char byte, struct key out[static KEYDEC_MAX]);

/* How long to wait for the rest before keydec_flush(): 0 nothing pending, else milliseconds. */
int keydec_wait(const struct keydec *d);
/* The rest did not come: ESC alone is Esc, ESC [ is M-[, other fragments vanish. */
int keydec_flush(struct keydec *d, struct key out[static KEYDEC_MAX]);

#endif

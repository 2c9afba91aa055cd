/*
 * A list of values with type-ahead, over the screen that asks: what is typed
 * narrows it, Enter takes the row under the cursor, Esc takes none. The rows
 * are the asker's, and may come later: Enter then waits for them, so that a
 * fast typist never takes a row of the words before.
 */
#ifndef TUI_PICK_H
#define TUI_PICK_H

#include "tui/screen.h"

struct pick_source {
	int (*rows)(struct screen *s);
	/* Appended raw: the value, and what is said beside it (dim). */
	void (*cell)(struct screen *s, int row, struct strbuf *value, struct strbuf *note);
	void (*find)(struct screen *s, const char *words); /* the words changed, also once at the beginning */
	bool (*waiting)(struct screen *s);                 /* rows of the last words are not here yet; may be NULL */
};

/*
 * `s` answers the callbacks as long as the list is open. done(s, row, words): a row, or -1 on Esc; it runs when the
 * list is already put away. `typed`: what it starts with.
 */
void pick_ask(struct screen *s, const char *title, const char *typed, const struct pick_source *source,
    void (*done)(struct screen *s, int row, const char *words));

/* The rows that `s` waited for have come (or will not). */
void pick_fresh(struct screen *s);

#endif

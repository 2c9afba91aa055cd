/*
 * What stands over a screen and waits for an answer: a menu of actions, a
 * choice, a question with its consequences. Each is a pushed screen and a
 * completion (STYLE 8); the answer comes once, with the asking screen looked
 * up by id, or not at all when that one is gone.
 */
#ifndef TUI_OVERLAY_H
#define TUI_OVERLAY_H

#include "tui/screen.h"

/* A cleared, framed piece in the middle of the body, at most h x w inside; returns the inside. */
struct canvas overlay_frame(struct canvas body, int h, int w, const char *title);

/* The action of a key that only leaves. */
enum result overlay_leave(struct screen *s, int arg);

struct menu_item {
	const char *label;   /* shown as is: translate before */
	const char *note;    /* at the right, dim; may be NULL */
	const char *refused; /* why it cannot be chosen now: shown, said on Enter; NULL = it can */
	char key;            /* chooses at once, in any layout; 0 = none */
};

/*
 * Ask `s` to choose: done(s, i, arg) with the place of the item, or -1 on Esc. Strings are copied. A refused item
 * says why and leaves the menu open. At most as tall as the body: it scrolls. The cursor starts on `first`.
 */
void menu_ask(struct screen *s, const char *title, const struct menu_item *items, int n, int first,
    void (*done)(struct screen *s, int choice, void *arg), void *arg);

/*
 * A question that changes something: `text` (lines by \n) says what will happen. count 0: Enter agrees; else the
 * number has to be typed (bulk over 50 rows, destructive: ux.md C.6). done(s, agreed, arg). Guarded: see screen.h.
 */
void confirm_ask(struct screen *s, const char *title, const char *text, int64_t count,
    void (*done)(struct screen *s, bool agreed, void *arg), void *arg);
/* The same where this number has to be typed; `ask` is the line that says so. */
void confirm_typed(struct screen *s, const char *title, const char *text, const char *ask, int64_t number,
    void (*done)(struct screen *s, bool agreed, void *arg), void *arg);

#endif

/*
 * The keys in force: every screen's table and the global one, as the program
 * has them, with the user's key file over it. The app acts by it; the manual
 * page and `domovoi keys` are printed from it without a terminal.
 */
#ifndef TUI_KEYTABLE_H
#define TUI_KEYTABLE_H

#include "tui/keyfile.h"
#include "tui/screen.h"

struct keytable {
	const struct screen_class *const *screens;
	int nscreens;
	struct binding **own;      /* of each screen; ends with keys NULL */
	struct binding *globals;   /* the same */
	char **texts;              /* made for them */
	int ntexts;
};

/* What the program comes with. `more`: global ones of the console; NULL = none. Free with keytable_free(). */
void keytable_init(struct keytable *t, const struct screen_class *const *screens, const struct binding *more,
    bool language);
/*
 * Lay the file over it. A line that names something unknown, binds a key twice, or would hide a key or be hidden is
 * told to `fault` (may be NULL) and left out; all others hold.
 */
void keytable_apply(struct keytable *t, const struct keyfile *f, keyfile_fault fault, void *ctx);
void keytable_free(struct keytable *t);

/* The table of a class; its own one where the user cannot change it (menus, questions). */
const struct binding *keytable_of(const struct keytable *t, const struct screen_class *cls);

/* input.c: the bindings that every console has; NULL past the last. */
const struct binding *input_fixed(int i, bool language);
enum result input_go(struct screen *s, int arg); /* to the screen in place `arg` of the table */

#endif

/*
 * Keys -> binding rows. One table gives the action, the footer, the help and
 * the permission (STYLE 4); nothing here runs anything.
 */
#ifndef TUI_KEYMAP_H
#define TUI_KEYMAP_H

#include "tui/screen.h"

enum { KEYMAP_DEPTH = 2 }; /* keys of the longest sequence */

enum keymap_hit { KEYMAP_NONE, KEYMAP_PREFIX, KEYMAP_FOUND };

/* Walk the alternatives of a row: *keys moves on, the sequence comes back. False at the end or at a bad name. */
bool keymap_next(const char **keys, struct key seq[static KEYMAP_DEPTH], int *n);

/* Which row do these n keys mean? As typed, else as the Latin keys in their place. table NULL = empty. */
enum keymap_hit keymap_find(const struct binding *table, const struct key *seq, int n, const struct binding **row);

/* The first alternative, as the footer shows it: "Enter", "g p". */
void keymap_label(const struct binding *b, char buf[static 40]);

/* For tests: every name parses, nothing is bound twice, no sequence hides behind its first key. NULL = sound. */
const char *keymap_fault(const struct binding *table);

#endif

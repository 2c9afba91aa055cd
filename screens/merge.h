/*
 * Two people changed the same fields: what it was, what I typed, what they
 * saved, side by side; a person chooses for each (ux.md C.10).
 */
#ifndef SCREENS_MERGE_H
#define SCREENS_MERGE_H

#include "screens/screens.h"

struct merge_row { const char *label, *base, *mine, *theirs; }; /* shown as is; copied */

/* done(s, theirs): theirs[i] = take theirs for row i; NULL on Esc, when nothing is chosen. */
void merge_ask(struct screen *s, const char *title, const struct merge_row *rows, int n,
    void (*done)(struct screen *s, const bool *theirs));

#endif

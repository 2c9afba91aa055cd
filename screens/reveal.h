/*
 * Personal data that no list, form or export has: shown over a screen for half
 * a minute to whoever may know and says why. The database writes the log first
 * (pii_log). Nothing of it is kept, copied or part of a place.
 */
#ifndef SCREENS_REVEAL_H
#define SCREENS_REVEAL_H

#include "screens/screens.h"

/* Asks for the reason over `s`. `party`: an id; `label`: how the question calls the person (copied). */
void reveal_open(struct screen *s, const char *party, const char *label);

#endif

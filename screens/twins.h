/* Two records of one person, side by side: which value stays where they differ, what moves, and the merge. */
#ifndef SCREENS_TWINS_H
#define SCREENS_TWINS_H

#include "screens/screens.h"

/* Ids of parties. The left one stays, unless Tab says otherwise. */
void twins_open(struct screen *s, const char *left, const char *right);

#endif

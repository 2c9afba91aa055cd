/*
 * An action on one agreement as a form: its arguments, and under them what it
 * will bring, from signing to the last account. Whatever is typed is tried by
 * the engine (effect.h); F2 does it, in one change.
 */
#ifndef SCREENS_DEAL_H
#define SCREENS_DEAL_H

#include "screens/screens.h"

/* This action has such a form. */
bool deal_is(const struct resource *res, const struct action *act);
/* id: of the agreement. Refused (and said) without the action's permission. */
void deal_open(struct screen *s, const struct action *act, const char *id);

#endif

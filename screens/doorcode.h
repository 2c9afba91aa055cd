/*
 * An access code of a unit, shown for half a minute: which one and what for is
 * asked, the database writes the look into its log, and only then the sealed
 * code comes and is opened here (client/secret.h). It is nowhere but on the
 * terminal: not in a place, a copy, a log or what `show` prints; it is wiped
 * when the overlay goes.
 */
#ifndef SCREENS_DOORCODE_H
#define SCREENS_DOORCODE_H

#include "screens/screens.h"

/* `unit`: its id; `label`: how people call it. Both are copied. Permission: secret.view. */
void doorcode_ask(struct screen *s, const char *unit, const char *label);

#endif

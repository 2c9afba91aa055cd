/* The readiness checklist of a stay, over any screen: what is ticked is saved at once. */
#ifndef SCREENS_READINESS_H
#define SCREENS_READINESS_H

#include "screens/screens.h"

/* id: of the stay; label: "289 A02-1" (copied). */
void readiness_open(struct screen *s, const char *id, const char *label);

#endif

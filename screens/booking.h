/* The form of a new stay: availability and price live, ways out of a conflict. */
#ifndef SCREENS_BOOKING_H
#define SCREENS_BOOKING_H

#include "screens/screens.h"

/* unit: id or code; NULL or "" and DAY_NONE = to be asked. Refused (and said) without reservation.create. */
void booking_new(struct screen *s, const char *unit, day_t check_in, day_t check_out);

#endif

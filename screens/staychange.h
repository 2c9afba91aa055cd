/*
 * Other dates or another unit for a stay: longer, shorter, moved. What it does
 * to the price and the money, or who is in the way, is said while one types.
 */
#ifndef SCREENS_STAYCHANGE_H
#define SCREENS_STAYCHANGE_H

#include "screens/screens.h"

/* id: of the stay. Refused (and said) without reservation.edit. */
void staychange_open(struct screen *s, const char *id);

#endif

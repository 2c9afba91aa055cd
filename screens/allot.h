/*
 * One payment, spread over charges by hand: beside each open charge of its
 * account stands how much of it this payment covers. What is typed changes
 * nothing until F2, which sends all of it as one change.
 */
#ifndef SCREENS_ALLOT_H
#define SCREENS_ALLOT_H

#include "screens/screens.h"

/* A key that works everywhere: the payment under the cursor. */
enum result allot_here(struct screen *s, int arg);

#endif

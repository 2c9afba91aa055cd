/*
 * Registering a payment: who, for what, how much, with what it would cover
 * said by the rule that covers it before anything is written. Saved, it is
 * confirmed at once where the rules let the one who records it do so.
 */
#ifndef SCREENS_PAY_H
#define SCREENS_PAY_H

#include "screens/screens.h"

/* A key that works everywhere: for the record under the cursor. Refused (and said) without payment.record. */
enum result pay_here(struct screen *s, int arg);

#endif

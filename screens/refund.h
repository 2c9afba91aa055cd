/*
 * Asking for a refund: of a payment, or of what was paid for a stay. How much
 * comes back by the policy is proposed, the reason is chosen, somebody else
 * approves (refunds.c).
 */
#ifndef SCREENS_REFUND_H
#define SCREENS_REFUND_H

#include "screens/screens.h"

/* `R`: of what the cursor is on. */
enum result refund_key(struct screen *s, int arg);

#endif

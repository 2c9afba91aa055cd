/* What a payment would cover, as report payment_preview says it: pure drawing. */
#ifndef SCREENS_PAYPLAN_H
#define SCREENS_PAYPLAN_H

#include "client/table.h"
#include "screens/screens.h"

/* plan NULL: nobody has said yet who pays. */
void payplan_draw(struct screen *s, const struct table *plan, struct canvas c);

#endif

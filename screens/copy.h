/* `y`: out of a list to the terminal's clipboard. */
#ifndef SCREENS_COPY_H
#define SCREENS_COPY_H

#include "screens/rows.h"

enum result copy_ask(struct rows *r);

#endif

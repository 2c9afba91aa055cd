/* Which columns a list shows, in which order: the chooser, and what is remembered of it for a screen. */
#ifndef SCREENS_COLUMNS_H
#define SCREENS_COLUMNS_H

#include "screens/rows.h"

enum result columns_ask(struct rows *r); /* `c` */
void columns_recall(struct rows *r);     /* as they were left, if they were */

#endif

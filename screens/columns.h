/* Which columns a list shows, in which order: the chooser, and what is remembered of it for a screen. */
#ifndef SCREENS_COLUMNS_H
#define SCREENS_COLUMNS_H

#include <jansson.h>

#include "screens/rows.h"

enum result columns_ask(struct rows *r); /* `c` */
void columns_recall(struct rows *r);     /* as they were left, if they were */

/* Names of the shown fields, an array; the caller decrefs. */
json_t *columns_json(const struct rows *r);
/* Unknown and secret ones are left out; false: nothing is left, nothing changes. */
bool columns_take(struct rows *r, const json_t *names);

#endif

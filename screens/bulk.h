/*
 * Actions of the catalogue on one record or on many: what is possible now and
 * why not, the arguments, the question before what cannot be missed, and for
 * many the preview, the progress and the rows that were refused (ux.md C.6).
 */
#ifndef SCREENS_BULK_H
#define SCREENS_BULK_H

#include "screens/screens.h"

/* `a`: choose an action, or a field to set. ids and labels: n strings each, copied. */
void actions_menu(struct screen *s, const struct resource *res, const char *const *ids, const char *const *labels,
    int n);

/* This action: asks its arguments, confirms what is destructive, writes. */
void ask_action(struct screen *s, const struct resource *res, const struct action *act, const char *const *ids,
    const char *const *labels, int n);

#endif

/* The form of any record of the catalogue: new, or changed against a base version. */
#ifndef SCREENS_EDIT_H
#define SCREENS_EDIT_H

#include "screens/screens.h"

/*
 * id NULL = a new record. preset: field name and value (text as typed, or the id of a reference), n of them. Without
 * the permission a record is shown, and why it cannot be changed; a new one is not opened.
 */
void edit_open(struct screen *s, const struct resource *res, const char *id, const struct param *preset, int n);

#endif

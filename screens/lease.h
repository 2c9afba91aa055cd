/*
 * The form of a new agreement: whether the unit is free and who is in the way,
 * the rent that it is offered for, and what will be charged first, all live.
 * F2 saves it as a draft and goes on to the form that signs it.
 */
#ifndef SCREENS_LEASE_H
#define SCREENS_LEASE_H

#include "screens/screens.h"

/* preset: as for edit_open(): "unit", "party", "starts_on" … Refused (and said) without agreement.edit. */
void lease_new(struct screen *s, const struct param *preset, int n);

#endif

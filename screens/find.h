/*
 * From what a person calls a record (number, code, phone tail, beginning of a
 * name) to the record, and on to what is to be done with it. An overlay that
 * holds the keys until the answer is there; Esc gives it up.
 */
#ifndef SCREENS_FIND_H
#define SCREENS_FIND_H

#include "client/command.h"
#include "screens/screens.h"

/* COMMAND_OPEN, _ACTION, _STEP or _EDIT over `s`. What it needs of the command is copied. */
void find_and_do(struct screen *s, const struct command *c);

extern const struct screen_class find_class;

#endif

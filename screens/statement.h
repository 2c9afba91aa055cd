/* The statement of an account, or of all accounts of a person: balance, what happened, balance. */
#ifndef SCREENS_STATEMENT_H
#define SCREENS_STATEMENT_H

#include "screens/screens.h"

/* One of account and party: id or number; the other NULL. Strings are copied. */
struct statement_arg { const char *account, *party, *title; };

extern const struct screen_class statement_class;

#endif

/* Screens of the console as the command line shows them. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/options.h"
#include "cli/target.h"

/* The console on a terminal, else the home screen as text. The exit status; what failed was said. */
int screen_open(const struct target *t, const struct options *o, struct err *e);

#endif

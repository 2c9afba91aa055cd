/* Signing in to an API server from the command line: what client_sign() wants is asked at the terminal. */
#ifndef CLI_SIGNIN_H
#define CLI_SIGNIN_H

#include <stdbool.h>

#include "cli/run.h"

/*
 * Ask until the server is content; three tries. Where nobody can be asked, standard input is read if `piped` (login,
 * one line each), else r->err says to run `domovoi login`. False: r->err.
 */
bool signin_ask(struct run *r, bool piped);

#endif

/*
 * Who is there: login and password, the code of an authenticator, or once more the password before a dangerous action,
 * when an API server asks for it (client_sign()). Stands over whatever is on the screen; what was asked meanwhile waits
 * and is answered afterwards. Secrets are shown as dots, wiped, and never part of a script, a draft or the history.
 */
#ifndef SCREENS_SIGNIN_H
#define SCREENS_SIGNIN_H

#include "screens/screens.h"

struct console;

/*
 * The client's wish has changed, or a frame was painted: opens it, unless it is there or a line is being typed. Who has
 * left it is asked again by the next change, and by a key that waits for one.
 */
void signin_look(struct console *c);

/* The palette's verbs: to be asked again after Esc; to end the login. */
bool signin_verb(struct screen *s, const char *words, struct err *e);
bool signout_verb(struct screen *s, const char *words, struct err *e);

#endif

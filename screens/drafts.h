/* The forms that were left unfinished: said at the start, and opened again from a menu. */
#ifndef SCREENS_DRAFTS_H
#define SCREENS_DRAFTS_H

#include "screens/screens.h"

void drafts_announce(struct screen *s);         /* "1 draft of 14:05 was found" on the status line, if there is one */
enum result drafts_menu(struct screen *s, int arg); /* a key's function: choose one, it is opened */

#endif

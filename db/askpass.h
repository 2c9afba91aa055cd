/*
 * A secret typed at the terminal without echo, or read from standard input when that is none: never an argument, never
 * in the environment. Blocking.
 */
#ifndef DB_ASKPASS_H
#define DB_ASKPASS_H

#include <stdbool.h>

#define ASKPASS_MOST 1024 /* bytes of a line; a longer one is refused */

/* Is there a terminal to ask on? */
bool askpass_terminal(void);
/* The line without its end; NULL: nothing was typed, too much, or Ctrl-C. askpass_forget() it. */
char *askpass(const char *prompt);
void askpass_forget(char *secret); /* wiped and freed; NULL is fine */

#endif

/* What the program says on stderr: one cleaned line at a time, and the one question it asks. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdbool.h>

#include "base/err.h"

/* "domovoi: CODE field: sentence. remedy". Returns the exit status, which is the error's kind. */
int say_err(const struct err *e);

/* "domovoi: …" for what is not an error. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The line alone, cleaned and ended. */
void say_line(const char *line);

/* Progress of a long step on a terminal: rewrites its line; "" takes it away. Silent elsewhere. */
void say_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Whether there is a person to ask: stdin and stderr are a terminal. */
bool say_can_ask(void);
/* "question [y/N] "; true for a yes in any of the languages. */
bool say_ask(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

/*
 * Rights that can be tested: to see as somebody else (read only, logged by the database; domain.md §5.13), and who
 * could give the permission that a key was refused for.
 */
#ifndef SCREENS_SEEING_H
#define SCREENS_SEEING_H

#include "screens/screens.h"

/* The key: begins with the person under the cursor of a list of staff, and ends what has begun. */
enum result seeing_key(struct screen *s, int arg);
/* The palette's verb: a login, or "off". False: e says why. */
bool seeing_verb(struct screen *s, const char *words, struct err *e);

/*
 * Before anything is typed that will be written. False, and said, while one sees as somebody else, and where the role
 * lacks the permission (NULL: nobody has it): it is then said who can give it.
 */
bool seeing_may_write(struct screen *s, const char *permission);

/* A key was refused (app_config.denied): says which permission it wants, and who can give it. */
void seeing_denied(void *ctx, struct screen *s, const char *permission);

#endif

/*
 * Which stays of the days on the screen a filter asks for: they stand out among the others. Asked anew when other days
 * are shown; a bounded number is known.
 */
#ifndef SCREENS_STANDOUT_H
#define SCREENS_STANDOUT_H

#include "screens/marks.h"
#include "screens/screens.h"

enum { STANDOUT_MOST = 500 };

struct standout {
	struct screen *screen;
	struct marks all;
	day_t from, to;   /* asked for, half-open */
	bool more;        /* there are more than STANDOUT_MOST */
	struct err err;
};

/* `o` lives in the screen's state; filter "": all stand out, nothing is asked. `anew`: data or filter have changed. */
void standout_ask(struct standout *o, struct screen *s, const char *filter, day_t from, day_t to, bool anew);
bool standout_has(const struct standout *o, const char *filter, const char *id);
void standout_close(struct standout *o);

#endif

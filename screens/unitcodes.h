/*
 * The codes of units ("A02-1"), which fit on a card where titles do not.
 * Asked for by id, many at a time; as many are kept as a board can show.
 */
#ifndef SCREENS_UNITCODES_H
#define SCREENS_UNITCODES_H

#include "base/uuid.h"
#include "screens/screens.h"

enum { CODES_MOST = 512 /* far more than fit on a screen */, CODES_PLACES = 1024, CODES_ASK = 60, CODE_LEN = 40 };

struct unit_code { char unit[UUID_LEN + 1], code[CODE_LEN]; };

struct codes {
	struct screen *screen;
	struct unit_code *known;                   /* CODES_PLACES, by a hash of the id, the next free one on a clash */
	int nknown;                                /* at CODES_MOST all is forgotten */
	char asked[CODES_ASK][UUID_LEN + 1];
	int nasked;
	bool waiting;
	unsigned epoch;   /* in which it was asked */
};

void codes_open(struct codes *c, struct screen *s);
void codes_close(struct codes *c);
/* The code, or NULL: then it is noted, and codes_ask() brings it. */
const char *codes_get(struct codes *c, const char *unit);
/* Ask for what was noted, unless something is on its way; the screen is drawn anew when it comes. */
void codes_ask(struct codes *c);

#endif

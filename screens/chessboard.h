/* Opening the chessboard on what another screen shows. */
#ifndef SCREENS_CHESSBOARD_H
#define SCREENS_CHESSBOARD_H

#include "screens/screens.h"

extern const struct screen_class chessboard_class;

/* Strings are copied; NULL as arg: all units, today. */
struct chessboard_arg {
	const char *filter; /* of units; may be NULL */
	const char *unit;   /* id: where the cursor goes once it is there; may be NULL */
	day_t day;          /* DAY_NONE = today */
};

#endif

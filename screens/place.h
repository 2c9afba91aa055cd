/*
 * Where the user has been: the palette lines of the places visited, with a
 * position in them, as in a browser. Pure; going there is palette.c's.
 */
#ifndef SCREENS_PLACE_H
#define SCREENS_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#define PLACES_MOST 100

struct place { char *line, *kept; }; /* kept: where on it, as the screen says */

struct places {
	struct place list[PLACES_MOST];
	int n, at, before;    /* at: now; before: where "-" leads; both -1 at first */
	uint64_t screen;      /* whose place `at` is */
	bool moving;          /* the next screen is the one that was gone to, under whatever line it calls itself */
};

void places_init(struct places *p);
void places_free(struct places *p);

/* `screen` is shown at `line`. Another screen is a new place: what was ahead is forgotten. True if anything changed. */
bool places_note(struct places *p, uint64_t screen, const char *line, const char *kept);

/* Step -1 back, 1 forward, 0 the last view: where to go now, NULL if there is nothing there. */
const struct place *places_step(struct places *p, int step);
void places_stay(struct places *p); /* it could not be gone to */

#endif

/* What the palette does with one record, once it is known which. */
#ifndef SCREENS_DEED_H
#define SCREENS_DEED_H

#include <jansson.h>

#include "client/command.h"
#include "screens/screens.h"

struct deed {
	enum command_kind kind;        /* COMMAND_OPEN, _ACTION, _STEP, _EDIT */
	const struct resource *res;
	const struct action *action;
	int step;
	char *id, *label, *state;      /* owned; state "" = not known */
	int version;
	json_t *args;                  /* owned; of the action */
};

void deed_free(struct deed *d);

/* Over `s`: opens it, asks for what is missing and for consent, writes. Takes what `d` owns. */
void deed_do(struct screen *s, struct deed *d);

/* The action that leads from `state` to the next (1) or the one before (-1) in the order of states; NULL = none. */
const struct action *deed_step(const struct resource *res, const char *state, int step);

#endif

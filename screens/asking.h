/* An action that is asked for: the overlay's state, shared by its questions (action.c) and its end (consent.c). */
#ifndef SCREENS_ASKING_H
#define SCREENS_ASKING_H

#include <jansson.h>

#include "screens/bulk.h"

#define ITEMS_MOST 40

struct asking {
	uint64_t owner;
	const struct resource *res;
	char **ids, **labels;
	int n;
	bool waiting;                /* for what is possible */
	const struct action *action; /* chosen, or */
	const struct field *field;   /* a field to set */
	int arg;                     /* of the action: being asked */
	json_t *args, *set;
	struct strbuf words;         /* the answers, as the user gave them */
	struct ask_more more;        /* its strings are ours */
	const struct action *item[ITEMS_MOST];
	const struct field *fields[ITEMS_MOST];
	int nfields;
};

/* ---- consent.c ---- */

const char *asking_state(const struct resource *res, const char *state); /* a state's label */
void asking_leave(struct screen *s);  /* given up */
void asking_free(struct asking *a);
/* All is known: what it will mean, the question, the change. */
void asking_finish(struct screen *s);

#endif

/* The palette's own verbs; the actions of the footer are verbs as well, by their names. */
#ifndef SCREENS_VERBS_H
#define SCREENS_VERBS_H

#include "screens/screens.h"

struct verb {
	const char *name;
	const char *note;          /* msgid */
	bool words;                /* takes some */
	const char *const *values; /* known ones; NULL-terminated or NULL */
	bool (*fn)(struct screen *s, const char *words, struct err *e);
};

const struct verb *verbs(int *n);

#endif

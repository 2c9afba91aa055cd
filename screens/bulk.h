/*
 * Actions of the catalogue on one record or on many: what is possible now and
 * why not, the arguments, the question before what cannot be missed, and for
 * many the preview, the progress and the rows that were refused (ux.md C.6).
 */
#ifndef SCREENS_BULK_H
#define SCREENS_BULK_H

#include "screens/screens.h"

/* `a`: choose an action, or a field to set. ids and labels: n strings each, copied. */
void actions_menu(struct screen *s, const struct resource *res, const char *const *ids, const char *const *labels,
    int n);

/* What the screen that asks knows and the catalogue does not. Zero members: nothing. Strings are copied. */
struct ask_more {
	int version;             /* of the one record, as the user saw it; 0 = whatever it is by then */
	const char *about;       /* what the question calls it: "289 A02-1, 27–30 Jun"; NULL = its label */
	const char *consequence; /* last lines of the question */
	const char *proposal;    /* stands in the prompt of what is typed; NULL = the catalogue's */
	/* Before it is sent, in which words the undo list will have it; NULL: given up. */
	void (*decided)(struct screen *s, const char *what);
	void (*done)(struct screen *s, const struct reply *r, void *arg); /* as of write_one(), arg NULL; one record only */
};

/*
 * This action: asks its arguments, confirms what is destructive, writes. Times are typed by the clock on the
 * company's wall. more may be NULL.
 */
void ask_action(struct screen *s, const struct resource *res, const struct action *act, const char *const *ids,
    const char *const *labels, int n, const struct ask_more *more);

#endif

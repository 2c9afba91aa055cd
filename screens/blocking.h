/* Blocking dates of one unit or of many: the reason, the preview, one undo entry; and taking a block away. */
#ifndef SCREENS_BLOCKING_H
#define SCREENS_BLOCKING_H

#include "base/strbuf.h"
#include "base/uuid.h"
#include "screens/screens.h"

/* Lives in the state of the screen that asks. */
struct blocking {
	day_t from, to;                  /* half-open */
	char **units, **labels; int n;
	char id[UUID_LEN + 1];           /* of the block that is to go */
	int version;
	char *what;                      /* the change in the user's words */
	void (*done)(struct screen *s);  /* something was written (or refused), while the screen is open */
};

void blocking_start(struct blocking *k, day_t from, day_t to);
void blocking_add(struct blocking *k, const char *unit, const char *label);
void blocking_ask(struct screen *s, struct blocking *k); /* the reason; then it is written */
void blocking_free(struct blocking *k);

/* Asks, then removes the block `what`. */
void blocking_remove(struct screen *s, struct blocking *k, const char *id, int version, const char *what);

/* "3 units × 4 nights, Tue 16 Jun – Sat 20 Jun" */
void blocking_describe(int units, day_t from, day_t to, struct strbuf *out);

#endif

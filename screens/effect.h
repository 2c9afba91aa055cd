/*
 * What a change of an agreement would bring, said before it is made: tried by
 * the engine and taken back (report agreement_preview), so that it is what the
 * change itself will do: charges written and taken back, the deposit, what is
 * owed then. Asked anew whenever the form changes; the last answer stays, dim,
 * until the next one is there.
 */
#ifndef SCREENS_EFFECT_H
#define SCREENS_EFFECT_H

#include <jansson.h>

#include "client/table.h"
#include "screens/screens.h"

struct effect {
	struct screen *screen;
	void (*came)(struct screen *s);  /* the answer, or why there is none (err) */
	struct table *rows;              /* NULL = not known */
	struct err err;
	bool waiting, fresh;             /* asked and not answered; rows are of the last question */
	bool begins;                     /* the last question was what happens when it is signed */
	uint64_t asked_at;               /* loop time */
	int top, hidden;                 /* lines scrolled away above, and without room below at the last draw */
};

/* `e` lives in the screen's state. Its questions have the owner SLOT_DETAIL. */
void effect_open(struct effect *e, struct screen *s, void (*came)(struct screen *s));
void effect_close(struct effect *e);

/* action "create": args are the fields of a new agreement, id NULL; else an action on the agreement `id`. Borrowed. */
void effect_ask(struct effect *e, const char *action, const char *id, const json_t *args);
void effect_forget(struct effect *e); /* nothing to ask: the form is incomplete */

/* Some seconds old: others may have written since. A trial waits for others' money: not one with every change. */
bool effect_old(const struct effect *e);

/* "returned 23 666.66, owed 0.00", with `between` its parts. Appended. */
void effect_words(const struct effect *e, const char *between, struct strbuf *out);

void effect_draw(struct effect *e, struct canvas c);
void effect_scroll(struct effect *e, int lines);

#endif

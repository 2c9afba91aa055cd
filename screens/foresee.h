/*
 * What an action would make of a record and its money, asked of the database
 * before the question is put (report stay_foresight): the change is made there
 * by the engine itself and rolled back, so that what is said is what happens.
 */
#ifndef SCREENS_FORESEE_H
#define SCREENS_FORESEE_H

#include <jansson.h>

#include "client/table.h"
#include "screens/screens.h"

/* Has this action something to tell before it happens? */
bool foresee_knows(const struct resource *res, const struct action *act);

/* Ask; args: of the action, as it would be sent (may be NULL). done(reply, arg) under SLOT_CELL of `s`. */
void foresee_ask(struct screen *s, const struct action *act, const char *id, const json_t *args, reply_fn done,
    void *arg);

/* It would be refused: true, and why. */
bool foresee_refused(const struct table *t, struct err *e);

/*
 * The answer in lines, each ended by \n. Nothing is appended where there is nothing to say: an arrival that is ready
 * and paid.
 */
void foresee_words(const struct action *act, const struct table *t, struct strbuf *out);

/* "price 345 000.00 → 483 000.00 KZT (+138 000.00)", and of the money; for a change of dates or unit. */
void foresee_price(const struct table *t, struct strbuf *out);
void foresee_money(const struct table *t, struct strbuf *out);

#endif

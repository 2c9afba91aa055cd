/*
 * A person beside the registry: what somebody at the desk is asked about. The
 * last person stays until all answers about the next one are here.
 */
#ifndef SCREENS_PERSON_H
#define SCREENS_PERSON_H

#include "base/uuid.h"
#include "screens/answer.h"

enum person_part {
	PERSON_SELF, PERSON_ACCOUNTS, PERSON_AGREEMENTS, PERSON_STAYS, PERSON_CHARGES, PERSON_PAYMENTS, PERSON_PARTS
};

struct person {
	struct screen *screen;
	char id[UUID_LEN + 1];     /* asked for */
	struct round round;
	struct answer parts[PERSON_PARTS]; /* arriving */
	struct person_shown { char id[UUID_LEN + 1]; struct table *rows[PERSON_PARTS]; struct err err[PERSON_PARTS]; } shown;
};

/* `p` lives in the screen's state; `ask` is the screen's own and calls person_ask(). Asks under SLOT_DETAIL. */
void person_open(struct person *p, struct screen *s, void (*ask)(struct screen *s), void (*again)(struct screen *s));
void person_close(struct person *p);
void person_ask(struct person *p);

void person_load(struct person *p, const char *id); /* "" = nobody */
void person_refresh(struct person *p);              /* something changed in the database */
void person_draw(struct person *p, struct canvas c); /* with a frame and the name as its title */

#endif

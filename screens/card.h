/*
 * One record on a piece of the screen: its fields from the catalogue, for a
 * unit or a person the stays that belong to it, and what can be done with it
 * now. Used beside a list (follows its cursor) and alone (record.c).
 */
#ifndef SCREENS_CARD_H
#define SCREENS_CARD_H

#include "base/uuid.h"
#include "client/table.h"
#include "screens/screens.h"
#include "tui/list.h"

struct card {
	struct screen *screen;
	const struct resource *res;
	char id[UUID_LEN + 1];
	struct table *row;        /* NULL until it came */
	struct table *stays;      /* NULL: none asked or not here yet */
	bool more;                /* there are more stays than are shown */
	bool with_actions;        /* set before card_load(): ask and show what is possible and why not */
	struct table *actions;    /* NULL: none asked or not here yet */
	int top, hidden;          /* fields scrolled away above; that had no room below at the last draw */
	struct err err;           /* why there is no row */
	/* Another record was asked for: the last one stays until all of the next is here. */
	struct card_next { struct table *row, *stays, *actions; bool more; struct err err; } next;
	bool behind;
	int waiting;              /* answers still to come */
	struct list list;         /* over the stays */
};

/* `card` lives in the screen's state. */
void card_open(struct card *card, struct screen *s, const struct resource *res);
void card_close(struct card *card);

/* Ask for another record (takes back what was asked before), or with the same id for fresh data. */
void card_load(struct card *card, const char *id);
void card_draw(struct card *card, struct canvas c, bool focused);

/* The cursor of the stays, or where there are none the fields that had no room. */
enum result card_move(struct card *card, int move);

/* How a person calls the record: number, code, else its name; "" before it is there. */
const char *card_label(const struct card *card);

/* Open the stay under the cursor. R_NONE if there is none. */
enum result card_enter(struct card *card);

#endif

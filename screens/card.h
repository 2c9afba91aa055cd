/*
 * One record on a piece of the screen. Beside a list it follows the cursor:
 * its fields from the catalogue and the first page of what belongs to it
 * (struct related). Alone (record.c) it shows what identifies it apart, and
 * below all other fields and what can be done with it now.
 */
#ifndef SCREENS_CARD_H
#define SCREENS_CARD_H

#include "base/uuid.h"
#include "client/table.h"
#include "screens/rows.h"

struct card {
	struct screen *screen;
	const struct resource *res;
	char id[UUID_LEN + 1];
	struct table *row;        /* NULL until it came */
	struct table *first;      /* of the page: NULL: none asked or not here yet */
	bool more;                /* there are more of them than are shown */
	bool alone;               /* set before card_load(): no page; ask and show what is possible and why not */
	struct table *actions;    /* NULL: none asked or not here yet */
	int top, hidden;          /* fields scrolled away above; that had no room below at the last draw */
	struct err err;           /* why there is no row */
	/* Another record was asked for: the last one stays until all of the next is here. */
	struct card_next { struct table *row, *first, *actions; bool more; struct err err; } next;
	bool behind;
	int waiting;              /* answers still to come */
	void (*came)(struct screen *s); /* all of them are here; may be NULL */
	const struct related *page; /* its first page, of records; NULL = none */
	struct list list;         /* over them */
	struct list_column columns[ROWS_MAX_COLUMNS];
	const struct field *fields[ROWS_MAX_COLUMNS];
	int headed;               /* alone: so many fields stood in the head at the last draw */
};

/* `card` lives in the screen's state. */
void card_open(struct card *card, struct screen *s, const struct resource *res);
void card_close(struct card *card);

/* Ask for another record (takes back what was asked before), or with the same id for fresh data. */
void card_load(struct card *card, const char *id);
void card_draw(struct card *card, struct canvas c, bool focused);

/* Alone: what identifies the record, in at most two lines; returns the lines taken. Before card_draw(). */
int card_draw_head(struct card *card, struct canvas c);

/* The cursor of the page, or where there is none the fields that had no room. */
enum result card_move(struct card *card, int move);

/* How a person calls the record: number, code, else its name; "" before it is there. */
const char *card_label(const struct card *card);

/* Open the record under the cursor of the page. R_NONE if there is none. */
enum result card_enter(struct card *card);

#endif

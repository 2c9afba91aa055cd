/* The inside of the portfolio's tree, shared by estate.c (branches, rows) and estate_notes.c (what is asked of nodes). */
#ifndef SCREENS_ESTATE_NOTES_H
#define SCREENS_ESTATE_NOTES_H

#include "screens/estate.h"

enum { SLOT_TREE = SLOT_ROWS, SLOT_NOTES = SLOT_CELL };

/* A node's id: c, b, n (units without a building) or u, and then the company's number or the uuid. */
struct branch {
	char id[TREE_ID];
	struct window *window;
	struct estate *estate;
	bool loose_known, loose;  /* buildings: are there units without one? */
};

enum note_known { NOTE_PARTS = 1, NOTE_COUNT = 2, NOTE_RATE = 4 };

struct note { /* what is known of a node */
	char id[TREE_ID];
	unsigned known, fresh;    /* enum note_known; not fresh: shown until it is asked again */
	bool parts;               /* a unit: has it parts? */
	bool more;                /* a building: there are at least so many units */
	int units, free;
	int64_t rate;             /* a unit: occupancy of the month in basis points; -1 = nothing on offer */
	bool pending;             /* part of the question that is on its way */
};

struct care { char id[UUID_LEN + 1]; int n; }; /* a unit or building with stays that need somebody */

struct branch *branch_of(const struct estate *e, const char *id);
bool branch_holds_buildings(const struct estate *e, const char *branch);
/* `filter` is made by the program and always parses; should it not, that is said. */
void branch_query(const struct estate *e, struct query *q, const char *res, const char *filter, const char *branch);
const char *estate_node(void *ctx, const char *parent, int i); /* its id; until the next call */

struct note *note_find(const struct estate *e, const char *id);

#endif

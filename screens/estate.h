/*
 * The tree behind the portfolio: company (where there are several), building,
 * unit, its parts. A branch is a keyset window that lives while it is open;
 * figures of a node are asked for when it is on the screen, one request at a
 * time, so that a portfolio of any size costs what is seen of it.
 */
#ifndef SCREENS_ESTATE_H
#define SCREENS_ESTATE_H

#include "base/uuid.h"
#include "client/window.h"
#include "screens/screens.h"
#include "tui/tree.h"

struct note;
struct care;
struct branch;

struct estate {
	struct screen *screen;
	void (*moved)(struct screen *s);          /* another node is under the cursor */
	bool (*marked)(struct screen *s, const char *unit);
	struct tree tree;
	struct branch *branches[TREE_OPEN_MOST + 1]; /* [0] is the root's */
	int nbranches;
	bool started;

	/* what is asked about nodes, one question at a time */
	int question;                             /* which is on its way; 0 = none */
	char asked[TREE_ID];                      /* about which node */
	unsigned epoch;
	struct note *notes; int nnotes;
	struct care *cares; int ncares;
	struct table *months;                     /* occupancy of the month by building; NULL = not here */
	struct table *worries;                    /* report `attention`: its filters are asked one by one */
	int worry;                                /* which of them is next */
	struct table *debts;                      /* what is overdue by building; NULL = not here */
	uint64_t debts_at;                        /* when it was asked, by the loop's clock */
	bool months_stale, worries_stale, debts_stale;
};

enum estate_kind { NODE_NONE, NODE_COMPANY, NODE_BUILDING, NODE_LOOSE, NODE_UNIT };

void estate_open(struct estate *e, struct screen *s, void (*moved)(struct screen *s),
    bool (*marked)(struct screen *s, const char *unit));
void estate_close(struct estate *e);
void estate_start(struct estate *e);      /* the session is known */
void estate_reload(struct estate *e);     /* something changed */
void estate_look(struct estate *e);       /* ask what is not known yet of the nodes on the screen */
bool estate_busy(const struct estate *e); /* the first rows are on their way */
void estate_draw(struct estate *e, struct canvas c, bool focused);

/* Under the cursor. id and cells are valid until something arrives. */
enum estate_kind estate_kind(const struct estate *e);
const char *estate_id(const struct estate *e);  /* uuid, or the company's number */
const char *estate_cell(const struct estate *e, const char *column);
/* The filter of units that the node stands for; "" at the company. */
void estate_filter(const struct estate *e, struct strbuf *out);
int estate_attention(const struct estate *e, const char *id); /* stays of a unit or building that need somebody */
/* Occupancy of the month of a building, as a row of the report; NULL = not known. */
const struct table *estate_month(const struct estate *e, const char *building, int *row);

/* What is overdue in a building, as a row of the report; NULL = nothing, or not known. */
const struct table *estate_debt(const struct estate *e, const char *building, int *row);
/* "Occupancy 45.3 %   overdue 1 310 000 KZT" of all buildings; nothing while that is not known. */
void estate_sum(const struct estate *e, struct strbuf *out);

#endif

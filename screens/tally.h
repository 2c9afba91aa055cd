/*
 * A report as a list: some of its columns, each cell read as the catalogue
 * says, the cursor on what the row is about whatever arrives. Part of a round
 * (answer.h). For screens whose rows are a worklist, not a table to look at.
 */
#ifndef SCREENS_TALLY_H
#define SCREENS_TALLY_H

#include "screens/answer.h"
#include "tui/list.h"

#define TALLY_MOST 16

struct tally_column {
	const char *name;   /* of the report; its label and type are the catalogue's */
	int width;          /* -1 = takes the rest; 0 = the catalogue's */
	int drop;           /* as of struct list_column */
};

struct tally {
	struct screen *screen;
	struct answer answer;
	struct list list;
	struct list_column columns[TALLY_MOST];
	const struct column *fields[TALLY_MOST];
	char key[120];      /* cell `key` and currency under the cursor, else the line; "" = nothing yet */
	bool stay;          /* the row may go elsewhere now: the cursor keeps its line, the next comes by itself */
	/* Another text for a cell, or a style alone (false: the usual text follows). May be NULL. */
	bool (*cell)(struct tally *t, int row, const char *column, struct strbuf *out, enum token *style);
};

/* `t` lives in the screen's state. columns end with name NULL; empty: msgid. */
void tally_open(struct tally *t, struct screen *s, struct round *r, const char *report,
    const struct tally_column *columns, const char *empty);
void tally_close(struct tally *t);

/* As answer_report(), for this report. */
void tally_ask(struct tally *t, struct round *r, const struct param *args, int n);

void tally_draw(struct tally *t, struct canvas c, bool focused);
enum result tally_move(struct tally *t, int move);
int tally_row(struct tally *t);                          /* under the cursor, -1 if there is none */
const char *tally_get(struct tally *t, const char *column); /* of that row; "" */

/* Hooks .keep and .restore: where the cursor is. */
void tally_keep(const struct tally *t, struct strbuf *out);
void tally_restore(struct tally *t, const char *kept);

#endif

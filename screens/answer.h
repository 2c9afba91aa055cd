/*
 * A screen made of several reports: each answer is kept until a newer one
 * comes, and a change in the database asks for all of them again, but never
 * while the last round is still on its way (a busy night must not starve the
 * screen).
 */
#ifndef SCREENS_ANSWER_H
#define SCREENS_ANSWER_H

#include "client/table.h"
#include "screens/screens.h"

struct round {
	struct screen *screen;
	void (*again_fn)(struct screen *s); /* the screen's own: calls round_start() */
	void (*ask)(struct screen *s); /* asks everything; calls answer_report() for each part */
	int waiting;
	unsigned epoch;
	bool again;                    /* something changed while we waited */
	uint64_t begun, ended;         /* of the last round, by the loop's clock */
};

struct answer {
	struct round *round;
	const struct report *report;   /* NULL for a list */
	unsigned most;                 /* rows that a report is asked for; 0 = all */
	struct table *rows;            /* NULL until it came; kept while a newer one is asked for */
	struct err err;                /* kind ERR_NONE = none */
};

void round_start(struct round *r);  /* ask now, dropping what is on its way: the question has changed */
/*
 * Something changed: ask again when the present round is complete, and not before four times as long as it took:
 * a console never keeps the database busy for more than a fifth of its time.
 */
void round_change(struct round *r);

/* Part of a round. A missing permission is an answer too: err then says which. */
void answer_report(struct answer *a, struct round *r, const char *report, const struct param *args, int nargs);
void answer_list(struct answer *a, struct round *r, const char *resource, const char *filter, const char *sort,
    unsigned limit);
void answer_free(struct answer *a);

/* The session lacks the permission: true, and `e` says so in the words that all screens use. */
bool answer_refused(struct screen *s, const char *permission, struct err *e);

/* A cell of the answer; "" and 0 while there is none. */
const char *answer_text(const struct answer *a, int row, const char *column);
int64_t answer_number(const struct answer *a, int row, const char *column);

/* Nothing to draw yet: says why ("loading…", the error, the missing permission) and returns true. */
bool answer_draw_missing(struct screen *s, const struct answer *a, struct canvas c);

/* "loading…", or why there will be nothing. */
void answer_draw_loading(const struct screen *s, struct canvas c);

#endif

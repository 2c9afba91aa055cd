/*
 * The inside of the screen of a report: what is asked (report.c, reportargs.c)
 * and the table that came (report_rows.c). Internal to screens/report*.c.
 */
#ifndef SCREENS_REPORT_SELF_H
#define SCREENS_REPORT_SELF_H

#include "screens/answer.h"
#include "screens/period.h"
#include "tui/list.h"

enum { REPORT_ARGS = 16, REPORT_COLUMNS = 32, REPORT_MOST = 2000 /* rows at hand; it says when there are more */ };

struct report_view {
	struct screen *screen;
	const struct report *rep;
	char *value[REPORT_ARGS];      /* by place among rep->args, canonical, owned; NULL = its default */
	struct period period;          /* from and to, where it has both */
	char title[160];               /* "" = the report's */
	char pending[600];             /* its words, until the session is known; "" = none */
	struct err wrong;              /* what is missing before it can be asked */
	bool started;
	struct round round;
	struct answer rows, total;     /* total: the same without groups, a row a currency */
	int totals;                    /* … that stand above the rows now */
	const struct table *seen, *seen_total; /* what order and totals are of; not owned */
	struct list list;
	struct list_column columns[REPORT_COLUMNS];
	int shown[REPORT_COLUMNS];     /* by column of the list: of the report */
	bool brief;                    /* … with so little room that money is whole */
	bool summed;                   /* a pane, but with totals */
	int marked;                    /* row of the answer that carries a mark; -1 = none (a pane) */
	const char *only;              /* columns shown, separated by blanks: a pane; NULL = all, and totals */
	int scrolled, beyond;          /* columns behind the first that are passed over; on the right, for want of room */
	int *order;                    /* rows as sorted; owned */
	int sort;                      /* column of the report; -1 = as it came */
	bool descending;
	char kept[120];                /* the row to come back to, once it is there */
	char id[40];                   /* of subject() */
};

/* ---- report_asked.c ---- */

int report_arg(const struct report *rep, const char *name); /* -1 */
/* What is asked for: as given, else the default; NULL = nothing. buf holds days. */
const char *report_value(const struct report_view *v, int arg, char buf[static 16]);
/* value as typed; NULL or "" = the default again. False: e says what is wrong, and nothing changes. */
bool report_set(struct report_view *v, const char *name, const char *text, struct err *e);
bool report_set_words(struct report_view *v, const char *words, struct err *e); /* "group=unit as_of=2026-06-01" */
void report_forget(struct report_view *v);                  /* all values: the defaults again */
bool report_has_period(const struct report *rep);
void report_said(const struct report_view *v, struct strbuf *out); /* "June 2026 · by unit · KZT" */

void report_question(struct report_view *v, struct round *round); /* its part of a round */

/* ---- report.c ---- */

void report_ask(struct report_view *v); /* anew, with what is set */

/* ---- reportargs.c ---- */

void report_args_ask(struct screen *s); /* the form; ends with report_ask() */

/* ---- report_rows.c ---- */

void report_rows_open(struct report_view *v);
void report_rows_close(struct report_view *v);
/* To the answers there are: order, totals, the cursor on its row. */
void report_rows_settle(struct report_view *v);
void report_rows_draw(struct report_view *v, struct canvas c, bool focused);
enum result report_rows_scroll(struct report_view *v, int step); /* columns */
bool report_rows_enter(struct report_view *v);          /* the list behind the row under the cursor; false: none */
bool report_rows_more(const struct report_view *v);     /* than are at hand */
int report_rows_count(const struct report_view *v);     /* without totals */
/* The row under the cursor in its answer; NULL = none. */
const struct answer *report_rows_at(const struct report_view *v, int *row);
void report_rows_sort(struct report_view *v, int column, bool descending);
/* A cell as a person reads it; appended raw. */
void report_rows_text(const struct report_view *v, const struct answer *a, int row, int column, struct strbuf *out);
enum result report_rows_copy(struct report_view *v);
/* Into a file whose name says how (exporting.h). False: e says why not. The other asks for format and name. */
bool report_rows_export(struct report_view *v, const char *path, struct err *e);
enum result report_rows_export_ask(struct report_view *v);

#endif

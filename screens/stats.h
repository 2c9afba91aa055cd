/*
 * The panes of analytics: each is a report with arguments of its own and the
 * period that all of them share, drawn as a short table, as five rows with
 * bars, or as a map of weekdays. A pane shows its answer as soon as it is
 * there. Internal to screens/analytics.c and screens/stats*.c.
 */
#ifndef SCREENS_STATS_H
#define SCREENS_STATS_H

#include "screens/report_self.h"
#include "tui/heat.h"

enum { STATS_WEEKS = 160 }; /* three years */

enum pane_kind {
	PANE_GRID,   /* units by days: the screen's own (grid.h) */
	PANE_TABLE,
	PANE_TOP,    /* five rows and others, with bars */
	PANE_WEEKS,  /* weekdays by weeks */
	PANE_SIDES,  /* nothing is asked: two rows of the first pane side by side */
};

/* Static. In args, {by} {group} {of} {cohort} stand for what is chosen. */
struct pane_def {
	enum pane_kind kind;
	const char *title;   /* msgid */
	const char *report, *args;
	const char *columns; /* PANE_TABLE: those shown, separated by blanks; NULL = all */
	const char *note;    /* msgid: the status line, what the numbers are; may be NULL */
	int height;          /* lines with the title; 0 = its part of what there is */
	int past_months;     /* the period is that many months up to its end, if it is shorter; 0 = as it is */
	bool until_today;    /* … does not end after today */
	bool total;          /* the sum stands above the rows */
	bool platform;       /* only where all companies are seen; company: only where one is */
	bool company;
};

struct pane {
	const struct pane_def *def;
	struct report_view view;   /* its answer, cursor and period */
	struct heat heat;          /* PANE_WEEKS */
	const struct table *seen;  /* what `at` is of: the row of a weekday in a week, -1 = none; not owned */
	int at[7][STATS_WEEKS];
	int marked;                /* row of its answer that stands beside the one under the cursor; -1 = none */
};

struct stats_choice { const char *by, *group, *of, *cohort; };

/* `round` is what it is asked in. The pane lives in the screen's state. */
void pane_open(struct pane *p, struct screen *s, const struct pane_def *def, const struct period *period,
    const struct stats_choice *choice);
void pane_close(struct pane *p);
void pane_ask(struct pane *p, struct round *round);
void pane_draw(struct pane *p, struct canvas c, bool focused, const char *title); /* title: msgid, NULL = its own */
enum result pane_move(struct pane *p, int move); /* enum heat_move */
bool pane_enter(struct pane *p);                 /* the rows behind what the cursor is on; false: there are none */
void pane_describe(struct pane *p, struct strbuf *out);
const char *pane_subject(struct pane *p, const char **id); /* as the hook of a screen */
void pane_as_report(struct pane *p);             /* the same, as a screen of its own */

/* stats_weeks.c */
void weeks_open(struct pane *p);
void weeks_draw(struct pane *p, struct canvas c, bool focused);
bool weeks_enter(struct pane *p);
void weeks_describe(struct pane *p, struct strbuf *out);

/* stats_sides.c: the row under the cursor of `of` and the marked one, or what it was before. */
void sides_draw(struct screen *s, struct canvas c, const struct pane *of);

#endif

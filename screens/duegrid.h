/*
 * What falls due, day by day: a month or a week of it, with the sums of the
 * weeks and of the whole, each currency apart. One question a period; the
 * numbers of a day, a week and the whole come in the same answer and add up.
 * Nothing here is told by colour alone.
 */
#ifndef SCREENS_DUEGRID_H
#define SCREENS_DUEGRID_H

#include "screens/screens.h"

enum due_view { DUE_MONTH, DUE_WEEK, DUE_AGENDA };
enum { DUE_COLUMNS = 7, DUE_LINES = 24 }; /* of a week; charges listed of one of its days */

struct duegrid;
struct due_column { struct duegrid *grid; struct table *rows; }; /* charges of a day of a week */

/* How the report is narrowed: values as the filter has them, NULL = not; owned. */
struct due_narrow { char *unit, *agent, *building, *party; };
/* Of a filter of charges; false + e: it does not parse, or asks what the calendar does not count by. */
bool due_narrow_read(struct due_narrow *n, struct screen *s, const char *text, struct err *e);
void due_narrow_free(struct due_narrow *n);

struct duegrid {
	struct screen *screen;
	void (*came)(struct screen *s);   /* other numbers are here */
	void (*again)(struct screen *s);  /* the screen's own: calls due_refresh() */
	enum due_view view;
	day_t day;                        /* the cursor */
	struct due_narrow narrow;
	day_t from, to;                   /* asked for, half-open; DAY_NONE: nothing yet */
	struct table *days;               /* the answer; of shown_from until shown_to */
	day_t shown_from, shown_to;
	struct table *late;               /* arrears in all, by age; NULL: not asked, or not for this role */
	struct due_column week[DUE_COLUMNS];
	struct err err;
	int waiting;
	bool stale;                       /* something changed while we waited */
	bool roomy;                       /* room for sums and bars in the cells, and for a panel beside them */
};

void due_open(struct duegrid *g, struct screen *s);
void due_close(struct duegrid *g);

/* The cursor stands on `day`, in this view: asks if another period is to be shown. */
void due_show(struct duegrid *g, enum due_view view, day_t day);
void due_narrowed(struct duegrid *g, struct due_narrow n); /* takes its strings; asks anew */
void due_refresh(struct duegrid *g);                       /* something changed in the database */
bool due_ready(const struct duegrid *g);                   /* the period of the cursor is on the screen */

bool due_several(const struct duegrid *g);                 /* more than one currency is owed in it */

/* What the report adds to the filter of a list so that it shows the same charges: "unit=… party=…". Appended. */
void due_filter(const struct duegrid *g, struct strbuf *out);

/* "due 18  paid 11  late 2   4 210 000 KZT" of the cursor's day, or of the whole. Appended. */
void due_words(const struct duegrid *g, bool whole, struct strbuf *out);

int due_height(const struct duegrid *g, struct canvas c); /* lines that it wants of c */
void due_draw(struct duegrid *g, struct canvas c, bool focused);
/* The day at a place of the canvas of the last draw; DAY_NONE: none. */
day_t due_hit(const struct duegrid *g, struct canvas c, int y, int x);

/* Late by age, in words on one line; nothing where it is not known. Appended. */
void due_late_words(const struct duegrid *g, struct strbuf *out);

#endif

/*
 * Units by days: who is where. A pane beside the detail of a stay, of one
 * building (timeline.c), and a screen of its own (timeline_class,
 * staytimeline.c).
 */
#ifndef SCREENS_TIMELINE_H
#define SCREENS_TIMELINE_H

#include "base/uuid.h"
#include "client/table.h"
#include "screens/screens.h"

enum { TIMELINE_DAYS = 15, TIMELINE_MOST = 60 /* days of the widest screen */ };

struct timeline {
	struct screen *screen;
	char building[UUID_LEN + 1];
	char stay[UUID_LEN + 1];  /* pointed at; "" = none */
	char next_stay[UUID_LEN + 1]; /* … once its building is shown */
	day_t from;
	int days;                 /* asked for */
	struct table *units;      /* of the building, by code; NULL until they came. Another one's stay until all is here: */
	struct table *next_units;
	bool next_more;
	char label[96], next_label[96]; /* what the caller calls the building */
	bool more;                /* there are more units than are shown */
	struct table *spans;
	struct err err;
	int top, page;
};

void timeline_open(struct timeline *t, struct screen *s);
void timeline_close(struct timeline *t);
/* Show a building from a day on. The units are kept while it is the same building; `fresh`: ask for all again. */
void timeline_load(struct timeline *t, const char *building, day_t from, int days, bool fresh);
/* So that the unit of the stay is in sight. */
void timeline_draw(struct timeline *t, struct canvas c);

/* Opened with struct timeline_arg: the building of a stay; NULL: all units, today. Strings are copied. */
struct timeline_arg {
	const char *stay;   /* NULL = all units */
	const char *filter; /* of stays: which stand out; may be NULL */
	day_t from;         /* DAY_NONE = today */
};
extern const struct screen_class timeline_class;

/* What a unit's day is, by the spans: h C # = r, '.' = free (pure; for tests). */
char timeline_mark(const struct table *spans, const char *unit, day_t day);

#endif

/* Is a unit free to be let on these days, who is in the way, and for how much a month is it offered. */
#ifndef SCREENS_LETTING_H
#define SCREENS_LETTING_H

#include "client/table.h"
#include "screens/screens.h"

enum { LETTING_LINES = 3 };

struct letting {
	struct screen *screen;
	void (*offered)(struct screen *s); /* its offer is known, or that there is none */
	struct table *around;              /* what lies on the unit in these days (report spans); NULL = not known */
	struct table *offer;               /* its offer for long rent, at most one row; NULL = not known */
	char unit[80];                     /* id of the unit whose offer was asked */
};

/* `l` lives in the screen's state. Its questions have the owners SLOT_ROWS and SLOT_CELL. */
void letting_open(struct letting *l, struct screen *s, void (*offered)(struct screen *s));
void letting_close(struct letting *l);

/* Ask for the offer of this unit; false: it was the last one asked, or the role may not see offers. */
bool letting_ask_offer(struct letting *l, const char *unit);
/* An incomplete question is none: nothing is known then. */
void letting_ask_days(struct letting *l, const char *unit, day_t from, day_t to);

const char *letting_currency(const struct letting *l); /* "" = not known */
bool letting_rent(const struct letting *l, int64_t *minor);

int letting_lines(const struct letting *l); /* that letting_draw() fills, 1..LETTING_LINES */
void letting_draw(const struct letting *l, struct canvas c);

#endif

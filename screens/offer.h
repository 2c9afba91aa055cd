/* Is the unit free on these nights, and for how much: asked anew whenever unit or dates change. */
#ifndef SCREENS_OFFER_H
#define SCREENS_OFFER_H

#include "client/table.h"
#include "screens/screens.h"

struct offer {
	struct screen *screen;
	void (*came)(struct screen *s);  /* the answer, or why there is none (err) */
	struct table *rows;              /* of `availability`; NULL = not known */
	struct table *spans;             /* what lies on the unit, on the dates and in the months shown */
	struct err err;
	char unit[64], id[64];           /* as given, and its id if that is known */
	day_t from, to;                  /* the nights asked about */
	day_t shown_from, shown_to;      /* months of the calendar */
};

/* `o` lives in the screen's state. */
void offer_open(struct offer *o, struct screen *s, void (*came)(struct screen *s));
void offer_close(struct offer *o);

/* unit: id or code; id: "" when only a code is known. An incomplete question is none: nothing is known then. */
void offer_ask(struct offer *o, const char *unit, const char *id, day_t from, day_t to);
void offer_forget(struct offer *o); /* it was about something else */

const char *offer_currency(const struct offer *o); /* "" while not known */

/* For the calendar: ask for these months, and the mark of a night that is taken (x) or blocked (b). */
void offer_months(struct offer *o, const char *id, day_t from, day_t to);
void offer_mark(const struct offer *o, day_t day, struct strbuf *out, enum token *style);

/* Two lines: free and the total, or by whom taken; the price. `price`: typed per night, "" = the offer's. */
void offer_draw(const struct offer *o, struct canvas c, const char *price);

#endif

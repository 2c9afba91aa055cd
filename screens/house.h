/* A building on a piece of the screen: its units as one glyph each, and the figures of the month. */
#ifndef SCREENS_HOUSE_H
#define SCREENS_HOUSE_H

#include "screens/estate.h"

struct house {
	struct screen *screen;
	char filter[80];      /* of its units, as asked; "" = none */
	struct table *units;  /* NULL until they came */
	bool more;
	struct err err;
};

void house_open(struct house *h, struct screen *s);
void house_close(struct house *h);
void house_load(struct house *h, const char *filter); /* "building=…"; the same again for fresh data; "" = none */
void house_draw(struct house *h, const struct estate *e, struct canvas c);

#endif

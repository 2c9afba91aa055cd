/*
 * What belongs to a record, as the pages of its card (client/resource.h:
 * struct related): their names in a row with how much is on each, and what the
 * page asks of the database. Page 0 is the record itself.
 */
#ifndef SCREENS_FOLDER_H
#define SCREENS_FOLDER_H

#include "client/table.h"
#include "screens/screens.h"

#define FOLDER_MOST 20

struct folder {
	struct screen *screen;
	const struct resource *res;
	int n;                        /* pages, the record itself among them */
	int page;                     /* the current one */
	int64_t count[FOLDER_MOST];   /* rows of a page; -1 = not known, 10001 = more than 10000 */
	struct folder_tab { int x, w; } tab[FOLDER_MOST]; /* where its name was drawn last; w 0 = nowhere */
	struct folder_ask { struct folder *of; int page; } ask[FOLDER_MOST];
};

/* `f` lives in the screen's state. */
void folder_open(struct folder *f, struct screen *s, const struct resource *res);

/* What the page shows; NULL: the record itself. */
const struct related *folder_page(const struct folder *f, int page);
/* The permission for want of which the page stays empty; NULL = none. */
const char *folder_lacks(const struct folder *f, int page);

/* The filter of a page of records, appended; false: a cell that it needs is empty. `row`: the record, as it came. */
bool folder_filter(const struct folder *f, int page, const struct table *row, struct strbuf *out);

/* Ask how many rows there are, for every page of records that the session may read. */
void folder_count(struct folder *f, const struct table *row);

char *folder_number(const struct folder *f, int page); /* "12", "10 000+"; NULL = not known. The caller frees. */

/* The names on one line. Those that have no room are told by an arrow: Tab comes there. */
void folder_draw(struct folder *f, struct canvas c);
int folder_at(const struct folder *f, int x); /* the page whose name was drawn there; -1 = none */

#endif

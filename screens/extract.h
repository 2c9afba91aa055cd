/*
 * A report of the catalogue as a list on a piece of a screen: its rows come in
 * one answer, Enter opens what a row counted. The last answer stays until a
 * newer one is there.
 */
#ifndef SCREENS_EXTRACT_H
#define SCREENS_EXTRACT_H

#include "client/table.h"
#include "screens/screens.h"
#include "tui/list.h"

#define EXTRACT_COLUMNS 16

struct extract {
	struct screen *screen;
	unsigned slot;
	const struct report *rep;
	struct table *rows;    /* NULL until they came */
	struct err err;        /* why they did not */
	struct list list;
	struct list_column columns[EXTRACT_COLUMNS];
	const struct column *from[EXTRACT_COLUMNS];
};

/* `x` lives in the screen's state, zeroed; what it asks for it asks under `slot`. */
void extract_open(struct extract *x, struct screen *s, unsigned slot, const struct report *rep);
void extract_close(struct extract *x);

/* Ask. n values in canonical form; what is left out has its default. */
void extract_ask(struct extract *x, const struct param *given, int n);
bool extract_busy(const struct extract *x);
void extract_draw(struct extract *x, struct canvas c, bool focused);

/* Open what the row under the cursor counted; `title` is said on the breadcrumb line. */
enum result extract_enter(struct extract *x, const char *title);

#endif

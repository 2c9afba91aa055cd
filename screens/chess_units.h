/* The rows of the chessboard: units of a window, what lies on them, and how it reads. */
#ifndef SCREENS_CHESS_UNITS_H
#define SCREENS_CHESS_UNITS_H

#include "screens/marks.h"
#include "screens/spans.h"
#include "tui/chess.h"

struct chess_units {
	struct window *window;
	struct spans spans;
	struct marks marks;
	day_t today;
	bool *parts; int nparts; /* rows whose parts are among the rows at hand */
};

extern const struct chess_source CHESS_UNITS; /* its ctx is a struct chess_units */

void chess_units_came(struct chess_units *u);  /* the window's rows have changed */
const char *chess_unit(const struct chess_units *u, int row); /* id; "" past the last */
bool chess_unit_known(void *ctx, int row);     /* its spans are here */

/* The i-th of the uses of a cell, as a row of *t; -1 past the last. */
int chess_use(const struct chess_units *u, int row, day_t day, int i, const struct table **t);
const struct resource *chess_use_resource(const struct table *t, int at); /* a stay's, a block's, an agreement's */
void chess_use_text(const struct table *t, int at, struct strbuf *out); /* "252 Morozova, until Sat 20 Jun" */

#endif

/*
 * A list of records straight from the catalogue: window (client/) + list
 * widget (tui/) + filter and sort. The cursor belongs to a record, not to a
 * line: whatever arrives, it stays on the same id and on the same line.
 */
#ifndef SCREENS_ROWS_H
#define SCREENS_ROWS_H

#include "base/uuid.h"
#include "client/window.h"
#include "screens/screens.h"
#include "tui/list.h"

#define ROWS_MAX_COLUMNS 16

struct rows {
	struct screen *screen;
	void (*moved)(struct screen *s);  /* another record is under the cursor; may be NULL */
	struct window *window;
	struct query query;
	struct list list;
	struct list_column columns[ROWS_MAX_COLUMNS];
	const struct field *fields[ROWS_MAX_COLUMNS];
	char id[UUID_LEN + 1];            /* under the cursor; "" before there is one */
	bool to_end;                      /* the cursor goes to the last row when it is there */
	int page;
};

/* `r` lives in the screen's state. Ask with rows_filter(), which also starts it. */
void rows_open(struct rows *r, struct screen *s, const struct resource *res, void (*moved)(struct screen *s));
void rows_close(struct rows *r);

/* Replace the whole filter and ask anew. On error nothing changes. */
bool rows_filter(struct rows *r, const char *text, struct err *e);
void rows_next_sort(struct rows *r);   /* the next sortable field, upwards */
void rows_reverse(struct rows *r);     /* the same field, the other way round */
void rows_reload(struct rows *r);

bool rows_busy(const struct rows *r);  /* the first rows are still on their way */

enum result rows_move(struct rows *r, int move); /* enum list_move */
void rows_draw(struct rows *r, struct canvas c, bool focused);
void rows_summary(const struct rows *r, struct strbuf *out); /* "154 units  sort: title" */

/* A column of the row under the cursor, "" if there is none. */
const char *rows_get(const struct rows *r, const char *column);

#endif

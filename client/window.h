/*
 * A window on a list of any length: keyset pages before and after, a bounded
 * number of rows in memory, rows addressed by position in the window. The list
 * widget scrolls over it; the window fetches ahead and drops what is far away.
 * Rows keep their place when the data change: a refresh changes what stands
 * in them, says which are gone and how many have arrived, and moves nothing; a
 * reload asks again from the anchor row, and the cursor stays on the same id.
 */
#ifndef CLIENT_WINDOW_H
#define CLIENT_WINDOW_H

#include "client/client.h"

struct window;

/*
 * `changed` is called from the loop whenever rows, error or loading state
 * changed. A page is query.limit rows. After client_cancel_owner(owner) it still
 * says "loading", and asks again with the next reload, refresh or want.
 */
struct window *window_new(struct session *s, owner_t owner, void (*changed)(void *arg), void *arg);
void window_free(struct window *w);

void window_query(struct window *w, const struct query *q); /* (re)start at the top; copies q */
void window_reload(struct window *w);                       /* same place, rows as they are now */
void window_refresh(struct window *w);                      /* new values, no row comes, goes or moves */

int window_rows(const struct window *w);                    /* rows at hand */
const char *window_cell(const struct window *w, int row, const char *column); /* "" for NULL */
const char *window_id(const struct window *w, int row);
int window_find(const struct window *w, const char *id);    /* -1 if not at hand */
bool window_gone(const struct window *w, int row);          /* a refresh did not find it: it is elsewhere or no more */
int window_arrived(const struct window *w);                 /* rows that a reload would put above or between */
bool window_at_start(const struct window *w);
bool window_at_end(const struct window *w);
bool window_loading(const struct window *w);
const struct err *window_error(const struct window *w);     /* NULL = none */
int64_t window_count(const struct window *w);               /* -1 unknown, 10001 = more than 10000 */

/*
 * Tell where the cursor is; fetches when it nears an edge. Rows may be dropped
 * at the far edge or added in front: the shift (rows added in front minus rows
 * dropped there since the last call) is added to *row by window_settle().
 */
void window_want(struct window *w, int row, int page);
void window_settle(struct window *w, int *row, int *top);

/* Jump to the very end or start (asks from there). */
void window_seek_end(struct window *w);
void window_seek_start(struct window *w);

#endif

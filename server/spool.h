/*
 * Rows written into a file without a name, away from the loop: what a request or a job answers as CSV, JSON or a
 * workbook. Whoever makes a spool gets each step's end told on the loop, once; a spool that is given up is freed when
 * its step ends.
 */
#ifndef SERVER_SPOOL_H
#define SERVER_SPOOL_H

#include <uv.h>

#include "client/export.h"

struct spool;
/* failed: NULL, or why the file could not be written. */
typedef void (*spool_fn)(struct spool *s, const struct err *failed, void *arg);

/*
 * `c` is taken over (and left empty). head and tail (copied; may be NULL) stand around the rows. NULL and `e`: no file
 * could be made.
 */
struct spool *spool_new(uv_loop_t *loop, enum export_format format, struct out_columns *c, const char *title,
    const char *head, const char *tail, struct err *e);
/* One step at a time. rows are shared; fn may ask for the next step. */
void spool_add(struct spool *s, struct table *rows, spool_fn fn, void *arg);
/* The last step: everything is in the file. */
void spool_end(struct spool *s, spool_fn fn, void *arg);
int spool_take(struct spool *s); /* after the end: the file, at its start; the caller closes it. -1: taken already */
void spool_free(struct spool *s); /* at any time; NULL is fine */

#endif

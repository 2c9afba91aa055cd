/*
 * The one who says "something changed": among all notifiers of a database the
 * holder of an advisory lock leads. It looks four times a second how far the
 * change feed has come below the horizon and sends one empty NOTIFY when that
 * moved; writers never notify (DESIGN §3). Run by the demo's keeper, by
 * `domovoi db notify` and by the worker. Loop thread only; nothing blocks.
 *
 * Its login must be able to call api.feed(): the database's owner, or any
 * login that inherits from domovoi_staff.
 */
#ifndef CLIENT_NOTIFIER_H
#define CLIENT_NOTIFIER_H

#include <stdbool.h>
#include <uv.h>

#include "base/err.h"

struct notifier;

/* NULL if the DSN cannot be read. It connects from the loop, and tries for ever. */
struct notifier *notifier_start(uv_loop_t *loop, const char *dsn);
void notifier_stop(struct notifier *n); /* NULL is fine; the loop has to run on for its memory */

bool notifier_leads(const struct notifier *n);
const struct err *notifier_error(const struct notifier *n); /* why it has no connection; kind ERR_NONE if it has */

#endif

/*
 * Answers as people read them, whoever gave them: PostgreSQL and the API say which action, which refusal and why; the
 * words come from the catalogue and the table of errors, in the user's language. Internal to client/: what is written
 * here is the same over every backend. Pure.
 */
#ifndef CLIENT_ANSWER_H
#define CLIENT_ANSWER_H

#include <jansson.h>

#include "base/err.h"
#include "client/resource.h"
#include "client/table.h"

/* A refusal as JSON to an error: the database's parts (pgerr_from_json), or what an API said of them. */
typedef void (*refusal_fn)(const json_t *refused, struct err *e);

/* The rows of client_actions(): begin, then one call an action. why NULL: it is allowed. */
struct table *answer_actions(void);
void answer_add_action(struct table *t, const struct resource *res, const char *action, const struct err *why);

/* The rows of client_preview(). cell: n, record, label, outcome. why NULL: it would not be refused. */
enum { PREVIEW_CELLS = 4 };
struct table *answer_previews(void);
void answer_add_preview(struct table *t, const char *const cell[static PREVIEW_CELLS], const struct err *why);

/* A cell of a report's column "reason": one of the sentences of client/errors.def, and data after it. */
void answer_add_reason(struct table *t, const char *said);

/* client_get() found none, or several. */
void answer_no_record(struct err *e, const char *key);
void answer_several(struct err *e, const char *key);

/* An import that nobody would know again lost its connection. */
void answer_import_broke(struct err *e);

/* Refused lines of an import: message and remedy as of any other error. lines may be NULL. */
void answer_lines(json_t *lines, refusal_fn refusal);

/* What the engine says of a mutation: applied (false: `e` says why not). */
bool answer_applied(json_t *outcome, refusal_fn refusal, struct err *e);

#endif

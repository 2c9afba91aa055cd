/*
 * The one mapping from PostgreSQL's errors to struct err: SQLSTATE of a result,
 * of a refused or broken connection, and the outcome that act.* records. The
 * sentences of class DM are in client/errors.def, in the user's language.
 */
#ifndef CLIENT_PGERR_H
#define CLIENT_PGERR_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stdbool.h>

#include "base/err.h"

void pgerr_from_result(const PGresult *res, struct err *e);

/*
 * {"code", "field", "message", "detail", "remedy"}: a rejected mutation, a line of an import,
 * a refused action.
 */
void pgerr_from_json(const json_t *rejected, struct err *e);
void pgerr_from_parts(const char *code, const char *field, const char *message, const char *detail,
    const char *remedy, struct err *e); /* each may be NULL */

/*
 * The same from what a server of ours says in English, sentence and data in one text, as its own pgerr_from_parts()
 * made it: code as that of a struct err. False: it is no code of PostgreSQL's or of class DM.
 */
bool pgerr_from_said(const char *code, const char *field, const char *text, const char *remedy, struct err *e);

/* "The unit is taken on these dates: 2026-07-01 - 2026-07-03" as a report tells it: the sentence translated. */
void pgerr_sentence(const char *said, char *buf, size_t size);

/*
 * Of a connection that could not be made (its verbosity being PQERRORS_SQLSTATE) or broke.
 * NULL: no memory.
 */
void pgerr_from_conn(const PGconn *pg, struct err *e);

/* ERR_UNREACHABLE with what is known about it; detail may be NULL. */
void pgerr_unreachable(struct err *e, const char *detail);

/* Trying again will not help: a login, a database or a membership that is not there. */
bool pgerr_for_good(const struct err *e);

/* The connection is going or gone: what was in flight may be sent again elsewhere. */
bool pgerr_lost(const char *sqlstate);

#endif

/*
 * The one mapping from what goes wrong between us and an API server to struct err: curl's codes, problems (RFC 9457) by
 * their members and status, and answers that are not the API's at all (a captive portal's page, half a document).
 * Sentences of the server are English and are told in the user's language. Pure. Internal to client/.
 */
#ifndef CLIENT_RESTERR_H
#define CLIENT_RESTERR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* `code`: a CURLcode that is not CURLE_OK; `why`: curl's own words about it, or "". */
void resterr_from_curl(int code, const char *target, const char *why, struct err *e);
void resterr_too_much(struct err *e);
/* Nobody answered in time, or everybody who did was too busy. */
void resterr_unreachable(struct err *e, const char *target);

/* The document of an answer, parsed strictly; NULL and `e`: it is none. The caller decrefs. */
json_t *resterr_json(const char *type, const char *body, size_t length, struct err *e);

/*
 * An answer whose status is not 2xx. `code` gets the problem's own name ("step-up-required"), "" if it is no problem of
 * ours. Equal to what PostgreSQL's client says of the same refusal.
 */
#define RESTERR_CODE 40
void resterr_from_answer(int status, const char *type, const char *body, size_t length, char code[static RESTERR_CODE],
    struct err *e);

/* A refusal inside of an answer: {"code", "field", "message" or "reason", "remedy"}. A refusal_fn (client/answer.h). */
void resterr_from_refusal(const json_t *refused, struct err *e);

#endif

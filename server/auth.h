/*
 * Who calls: the bearer of a request made an identity, without a question to the database (that comes with the data:
 * act.begin_request refuses a session or a key that is over). Source: research/api.md §1.3, §4.3, §4.4.
 */
#ifndef SERVER_AUTH_H
#define SERVER_AUTH_H

#include "server/http.h"

enum auth { AUTH_NOBODY, AUTH_OK, AUTH_EXPIRED, AUTH_INVALID };

struct config;
struct auth_ring; /* keys that sign and check tokens, and the pepper; immutable, one for all threads */

struct auth_ring *auth_ring_read(const struct config *c, struct err *e); /* refuses keys under 32 bytes */
void auth_ring_free(struct auth_ring *ring);
/* A key of 32 bytes for one purpose ("cursor"), the same in every process with the same pepper (keyring.h). */
void auth_ring_derive(const struct auth_ring *ring, const char *purpose, unsigned char out[static 32]);

/*
 * `authorization`: the header's value, NULL = absent. Fills user, login, key, auth_time. AUTH_NOBODY: no header.
 * Anything that is not exactly one of our tokens is AUTH_INVALID, with the same cost and words whatever was wrong.
 * API keys are only cut apart here ("dk_<id>_<43 characters>"): the SHA-256 of these characters goes into `proof` (64
 * hex digits, "" for a token), and is compared by the database, which then knows the user, too.
 */
enum auth auth_bearer(const struct auth_ring *ring, const char *authorization, int64_t now, struct identity *who,
    char proof[static 65]);

extern const struct route auth_routes[]; /* /api/v1/auth/… */

#endif

/*
 * Whether a string is exactly one of our access tokens. What libjwt 1.10 lets through (research/api.md E11: a
 * lower-case alg, an unknown crit, claims twice, times that are text or long past, a token of megabytes that overruns
 * its stack) is refused before or after it; §4.4 there is the order. Pure: no clock, no I/O; any thread.
 */
#ifndef SERVER_JWT_GUARD_H
#define SERVER_JWT_GUARD_H

#include <stddef.h>
#include <stdint.h>

#include "server/token.h"

enum { JWT_MOST = 4096, JWT_SKEW = 30, /* seconds */ JWT_LIFE_MOST = 15 * 60 };

/*
 * AUTH_OK fills *t. AUTH_EXPIRED: right in everything, but over by `now` (Unix seconds). AUTH_INVALID: anything else;
 * then *t is empty. `len` bytes need not end in NUL.
 */
enum auth jwt_guard(const struct auth_ring *ring, const char *text, size_t len, int64_t now, struct token *t);

#endif

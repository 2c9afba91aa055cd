/*
 * Access tokens: JWT, HS256, ten minutes. They say who signed in and how, never what he may do: that is the database's
 * to say at every request. Made here, checked by jwt_guard.h. Source: research/api.md §2.3, §4.4.
 */
#ifndef SERVER_TOKEN_H
#define SERVER_TOKEN_H

#include <stdint.h>

#include "server/auth.h"

#define TOKEN_AUDIENCE "domovoi-api"
#define TOKEN_USE "access"

enum { TOKEN_SECONDS = 600 };

struct token {
	char sub[37], sid[37], jti[37]; /* person, login session, the token itself: UUIDs */
	int64_t iat, nbf, exp;          /* Unix seconds */
	int64_t auth_time;              /* of the last proof of identity */
	char amr[64];                   /* how: words of RFC 8176 with blanks between, "pwd otp" */
};

/* iat = nbf = `now`, exp ten minutes on, a new jti; signed with the ring's first key. Wipe and free() it. */
char *token_make(const struct auth_ring *ring, const char *user, const char *login, int64_t auth_time, const char *amr,
    int64_t now);

/* 32 random bytes as 43 characters, and the SHA-256 of these characters as "\x…" for a bytea: refresh tokens, keys. */
void token_opaque(char text[static 44], char hash[static 67]);
void token_hash(const char *text, char hash[static 67]);

#endif

/*
 * What a login gets whose password was right and who has a second factor to show: good for five minutes and for nothing
 * but /auth/mfa, where it is used once (auth.revoke). Not a JWT, so that it can never pass for an access token. Pure.
 */
#ifndef SERVER_MFA_H
#define SERVER_MFA_H

#include <stdbool.h>
#include <stdint.h>

#include "server/auth.h"

enum { MFA_SECONDS = 300, MFA_MOST = 512, MFA_LOGIN = 64 };

struct mfa {
	char user[37], jti[37];
	int64_t exp;              /* Unix seconds */
	char login[MFA_LOGIN + 1]; /* the name, whose attempts are counted */
};

char *mfa_make(const struct auth_ring *ring, const char *user, const char *login, int64_t now); /* free() it */
/* False: not ours, or over. */
bool mfa_read(const struct auth_ring *ring, const char *text, int64_t now, struct mfa *m);

#endif

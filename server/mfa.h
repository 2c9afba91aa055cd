/*
 * What a login gets whose password was right and who has a second factor to show: good for five minutes and for nothing
 * but /auth/mfa, where it is used once (auth.revoke). It ends with the password that was right (its stamp). Not a JWT,
 * so that it can never pass for an access token. Pure.
 */
#ifndef SERVER_MFA_H
#define SERVER_MFA_H

#include <stdbool.h>
#include <stdint.h>

#include "server/auth.h"

enum { MFA_SECONDS = 300, MFA_MOST = 512, MFA_LOGIN = 64, MFA_STAMP = 16 };

struct mfa {
	char user[37], jti[37];
	int64_t exp;              /* Unix seconds */
	char stamp[MFA_STAMP + 1]; /* of the password's hash, keyed */
	char login[MFA_LOGIN + 1]; /* the name, whose attempts are counted */
};

/* hash: of the password, as it is kept. free() it. */
char *mfa_make(const struct auth_ring *ring, const char *user, const char *login, const char *hash, int64_t now);
/* False: not ours, or over. */
bool mfa_read(const struct auth_ring *ring, const char *text, int64_t now, struct mfa *m);
/* Is the password still the one that was right? hash: as it is kept now; NULL: there is none. */
bool mfa_holds(const struct auth_ring *ring, const struct mfa *m, const char *hash);

#endif

#include "config.h"

#include "server/mfa.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/uuid.h"
#include "client/private.h"

enum { MAC = 32 };

static void mac_of(const struct auth_ring *ring, const char *text, size_t len, unsigned char mac[static MAC])
{
	unsigned char key[32];
	unsigned n = MAC;

	auth_ring_derive(ring, "mfa", key);
	HMAC(EVP_sha256(), key, sizeof key, (const unsigned char *)text, len, mac, &n);
	explicit_bzero(key, sizeof key);
}

static void stamp_of(const struct auth_ring *ring, const char *hash, char stamp[static MFA_STAMP + 1])
{
	unsigned char mac[MAC];

	mac_of(ring, hash, strlen(hash), mac);
	for (int i = 0; i < MFA_STAMP / 2; i++)
		snprintf(stamp + 2 * (size_t)i, 3, "%02x", mac[i]);
}

/* base64url( mac, "USER JTI EXP STAMP LOGIN" ) */
char *mfa_make(const struct auth_ring *ring, const char *user, const char *login, const char *hash, int64_t now)
{
	unsigned char raw[MFA_MOST / 2];
	char jti[UUID_LEN + 1], stamp[MFA_STAMP + 1], *text = (char *)raw + MAC;

	uuid_v7(jti);
	stamp_of(ring, hash, stamp);
	int n = snprintf(text, sizeof raw - MAC, "%s %s %" PRId64 " %s %.*s", user, jti, now + MFA_SECONDS, stamp, MFA_LOGIN,
	    login);
	mac_of(ring, text, (size_t)n, raw);
	return base64url_text(raw, MAC + (size_t)n);
}

static bool take(const char *text, struct mfa *m)
{
	char *end;

	if (strlen(text) < 2 * (UUID_LEN + 1) + 2 || text[UUID_LEN] != ' ' || text[2 * UUID_LEN + 1] != ' ')
		return false;
	memcpy(m->user, text, UUID_LEN);
	memcpy(m->jti, text + UUID_LEN + 1, UUID_LEN);
	m->exp = strtoll(text + 2 * (UUID_LEN + 1), &end, 10);
	if (*end != ' ' || strlen(end + 1) < MFA_STAMP + 1 || end[MFA_STAMP + 1] != ' ' ||
	    strlen(end + MFA_STAMP + 2) > MFA_LOGIN)
		return false;
	memcpy(m->stamp, end + 1, MFA_STAMP);
	snprintf(m->login, sizeof m->login, "%s", end + MFA_STAMP + 2);
	return true;
}

bool mfa_read(const struct auth_ring *ring, const char *text, int64_t now, struct mfa *m)
{
	unsigned char raw[MFA_MOST + 1], mac[MAC];
	size_t len = strlen(text);
	int n = len <= MFA_MOST ? base64url_bytes(text, len, raw) : -1;

	*m = (struct mfa){ 0 };
	if (n <= MAC)
		return false;
	mac_of(ring, (const char *)raw + MAC, (size_t)n - MAC, mac);
	raw[n] = '\0';
	return CRYPTO_memcmp(raw, mac, MAC) == 0 && take((const char *)raw + MAC, m) && m->exp > now;
}

bool mfa_holds(const struct auth_ring *ring, const struct mfa *m, const char *hash)
{
	char stamp[MFA_STAMP + 1];

	if (hash == NULL)
		return false;
	stamp_of(ring, hash, stamp);
	return CRYPTO_memcmp(stamp, m->stamp, MFA_STAMP) == 0;
}

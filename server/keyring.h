/*
 * Keys of the server (struct auth_ring of auth.h): those that sign and check access tokens, and the pepper.
 *
 * The JWT file has lines "KID BASE64", 32 to 64 bytes each; the first signs, all are accepted. To change the key
 * without logging anybody out, in two phases: (1) add the new line below the old one everywhere, reload; (2) put it
 * first everywhere, reload; after 15 minutes, when the last token of the old key is over, remove the old line.
 *
 * Everything else that needs a key gets one of its own, derived from the pepper (HKDF-SHA256, RFC 5869) by a purpose.
 * Immutable: a reload makes another ring. Memory is wiped when it is freed.
 */
#ifndef SERVER_KEYRING_H
#define SERVER_KEYRING_H

#include <stddef.h>

#include "base/err.h"
#include "db/password.h"
#include "server/auth.h"

enum { RING_KEYS = 16, RING_KEY_LEAST = 32 };

struct ring_key {
	const char *kid;
	const unsigned char *raw;
	int len;
};

/* NULL: not one of ours. `kid` is compared with the names in memory, it is never part of a path or a statement. */
const struct ring_key *ring_key(const struct auth_ring *ring, const char *kid);
const struct ring_key *ring_signer(const struct auth_ring *ring);
const char *ring_issuer(const struct auth_ring *ring);
const struct pepper *ring_pepper(const struct auth_ring *ring);

/*
 * 32 bytes for one purpose ("cursor"): the same in every process with the same pepper file; others for each purpose.
 * auth_ring_derive() is of the newest pepper; this is of one of them, and false when the file has it no more.
 */
bool ring_derive(const struct auth_ring *ring, int version, const char *purpose, unsigned char out[static 32]);

/* `domovoid keygen DIR`: jwt.keys, pepper.key and codes.key, those that are not there yet; their names are printed. */
bool keyring_make(const char *dir, struct err *e);

#endif

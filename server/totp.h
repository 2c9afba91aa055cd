/*
 * The second factor: codes of an authenticator (RFC 6238: SHA-1, 30 seconds, 6 digits) and recovery codes on paper.
 *
 * A code of the present step or of the one before is taken (a documented deviation: clocks differ), each step once. The
 * secret, 160 bits, is kept sealed: AES-256-GCM under a key derived from the pepper, with the person's id authenticated
 * beside it. Sealed, as bytea in hexadecimal:  1 (the format)  version of the pepper[2]  nonce[12]  ciphertext  tag[16]
 *
 * Recovery codes are kept as HMAC-SHA256 under the pepper. Pure but for random numbers; any thread.
 */
#ifndef SERVER_TOTP_H
#define SERVER_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "server/keyring.h"

enum { TOTP_SECRET = 20, TOTP_STEP = 30, TOTP_DIGITS = 6, RECOVERY_CODES = 10 };

void totp_secret(unsigned char secret[static TOTP_SECRET]); /* a new one */
char *totp_base32(const unsigned char secret[static TOTP_SECRET]); /* as people type it; wipe and free() it */
/* "otpauth://totp/Domovoi:LOGIN?secret=…" for a QR code; wipe and free() it. */
char *totp_uri(const unsigned char secret[static TOTP_SECRET], const char *login);

/* The step whose code that is, greater than `last`; -1: wrong, too old, or used already. `now`: Unix seconds. */
int64_t totp_check(const unsigned char secret[static TOTP_SECRET], const char *code, int64_t now, int64_t last);

char *totp_seal(const struct auth_ring *ring, const char *user, const unsigned char secret[static TOTP_SECRET]);
/* False: of another person or pepper, or changed. */
bool totp_open(const struct auth_ring *ring, const char *user, const char *sealed,
    unsigned char secret[static TOTP_SECRET]);

/* "abcde-fghij": 50 bits. Wipe and free() it. */
char *recovery_code(void);
/*
 * What it is known by, "\x…" for a bytea: under the newest pepper; and under all of them, "{…}" for a bytea[], since
 * a code may be older than the pepper. Case, blanks and hyphens do not matter. free() them.
 */
char *recovery_hash(const struct auth_ring *ring, const char *user, const char *code);
char *recovery_hashes(const struct auth_ring *ring, const char *user, const char *code);

#endif

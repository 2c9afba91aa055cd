/*
 * Passwords of those who sign in to the API: bcrypt (cost 12) over base64(HMAC-SHA256(pepper, password)), so that all
 * of a long password counts (bcrypt reads 72 bytes: 36 Cyrillic letters) and a stolen database is of no use without the
 * pepper, which is in a file of the server's. What is stored is crypt(3)'s own text, "$2b$12$…". Source:
 * research/api.md §1.3 and E14.
 *
 * password_hash() and password_check() take 0.2 s of a core: never on a loop. No state: any thread.
 */
#ifndef DB_PASSWORD_H
#define DB_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"

enum {
	PASSWORD_LEAST = 12, PASSWORD_MOST = 128, /* characters of a new one */
	PASSWORD_BYTES = 512, PASSWORD_COST = 12,
};

struct pepper; /* immutable */

/*
 * A file of private_keys(): one line of base64, or "N BASE64" a version; 32 bytes or more. The highest N hashes; while
 * there are others, a password is tried under each of them (as long as it takes to find it, or all: nobody's, too), and
 * who comes in under an old one is hashed anew. Take the old line away when everybody has been in, or be asked to
 * reset.
 */
struct pepper *pepper_read(const char *path, struct err *e);
void pepper_free(struct pepper *p);
struct pepper *pepper_copy(const struct pepper *p); /* for a thread that may outlive the first */
int pepper_newest(const struct pepper *p);
int pepper_count(const struct pepper *p);
int pepper_version(const struct pepper *p, int i);
/* HMAC-SHA256 of `text` under one version of the pepper. False: no such version. */
bool pepper_mac(const struct pepper *p, int version, const char *text, unsigned char out[static 32]);

/* What a new password must be: 12 to 128 characters of UTF-8, no control characters. */
bool password_acceptable(const char *password, struct err *e);

/* The hash to be stored; free() it. NULL and `e` when crypt(3) fails. */
char *password_hash(const struct pepper *p, const char *password, struct err *e);

/*
 * Is it the password? `hash` NULL (nobody of that name, or somebody without a password): false, at the same cost as for
 * a wrong one. *stale (may be NULL): right, but hashed with another cost or an older pepper: hash it again.
 */
bool password_check(const struct pepper *p, const char *hash, const char *password, bool *stale);

/* A password to be told once: 20 letters and digits in groups of five, a hundred bits. free() it after wiping. */
char *password_invent(void);

#endif

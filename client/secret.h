/*
 * Access codes of flats, sealed where they are typed and opened where they are
 * shown: the database keeps what it cannot read (DESIGN §4). AES-256-GCM; the
 * company, the unit and the kind of code are authenticated with it, so that a
 * sealed code does not open anywhere else.
 *
 * Sealed, in base64:  1 (the format)  nonce[12]  ciphertext  tag[16]
 *
 * The key is in a file of one's own (0600, in a directory of 0700): a line of
 * base64, 32 bytes. More lines "N BASE64" are further versions of the key; the
 * highest seals, each opens what it has sealed. The file without a number is
 * version 1.
 *
 * No I/O but the key file; memory that held a code or a key is wiped.
 */
#ifndef CLIENT_SECRET_H
#define CLIENT_SECRET_H

#include <stdbool.h>

#include "base/err.h"

#define CODE_MAX 4096 /* bytes of a code's text */

struct code_keys;

/* Where a code belongs. */
struct code_place {
	int company;
	const char *unit; /* its id */
	const char *kind; /* "door" */
};

/* `make`: a new key if there is no file. NULL and `e`: no file, or one that others can read. */
struct code_keys *code_keys_read(const char *path, bool make, struct err *e);
void code_keys_free(struct code_keys *k);
int code_keys_newest(const struct code_keys *k);

/* Sealed with the newest key; free() it. NULL and `e`: empty, too long, or not plain text. */
char *code_seal(const struct code_keys *k, const struct code_place *at, const char *text, struct err *e);

/* The text; code_forget() it. NULL and `e`: another key, another place, or somebody has changed it. */
char *code_open(const struct code_keys *k, int version, const struct code_place *at, const char *sealed,
    struct err *e);

void code_forget(char *text); /* wiped and freed; NULL is fine */

#endif

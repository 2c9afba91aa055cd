/*
 * Files that hold keys, and nobody but their owner reads: 0600, in a directory of 0700, never a symbolic link. Base64
 * is how keys are written in them. Refusals are E-SEAL; no text of a key is ever in one.
 */
#ifndef CLIENT_PRIVATE_H
#define CLIENT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

enum { PRIVATE_NAME = 32, PRIVATE_KEY = 64 };

struct private_key {
	char name[PRIVATE_NAME + 1]; /* "1" where the line has none */
	unsigned char raw[PRIVATE_KEY];
	size_t len;
};

/*
 * The keys of a file, in its order: lines "BASE64" or "NAME BASE64"; empty ones and those that begin with # are not
 * counted. How many, or 0 and `e`: no such file, others can read it, no key in it, too many, or a line that is no key.
 * The caller wipes `out`, in either case.
 */
int private_keys(const char *path, struct private_key *out, int most, struct err *e);
void private_bad_line(const char *path, struct err *e); /* the refusal for a key that has the wrong length or name */

void private_random(unsigned char *raw, size_t n); /* does not fail */

/*
 * A new file with `text` and a line's end. Whole or not at all: it appears under its name when it is on the disk. True
 * also when somebody was faster; an existing file is never written over.
 */
bool private_make(const char *path, const char *text, struct err *e);

char *base64_text(const unsigned char *raw, size_t n); /* with padding; free() it */
/* Bytes, or -1: not base64 with its padding, nothing around it. `raw` holds 3/4 of `len` bytes. */
int base64_bytes(const char *text, size_t len, unsigned char *raw);

/* The alphabet for addresses and file names, without padding (RFC 4648 §5). */
char *base64url_text(const unsigned char *raw, size_t n); /* free() it */
/* The same rules; also refused: a last character with bits that no byte has, so that one text stands for some bytes. */
int base64url_bytes(const char *text, size_t len, unsigned char *raw);

#endif

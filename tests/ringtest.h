/* A ring of keys in a directory of its own, for the tests of what it signs, seals and hashes. */
#ifndef TESTS_RINGTEST_H
#define TESTS_RINGTEST_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config.h"
#include "server/keyring.h"
#include "tests/cunit.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" /* bytes 0 to 31 */
#define KEY_B "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=" /* bytes 255 down to 224 */
#define ISSUER "https://domovoi.test"

static char ring_dir[64];

static inline const char *ring_file(const char *name, const char *text)
{
	static char path[4][128];
	static int turn;
	char *p = path[turn++ % 4];

	if (!ring_dir[0]) {
		snprintf(ring_dir, sizeof ring_dir, "/tmp/domovoi-ring.XXXXXX");
		if (!mkdtemp(ring_dir))
			abort();
	}
	snprintf(p, 128, "%s/%s", ring_dir, name);
	unlink(p);
	FILE *f = fopen(p, "w");
	if (!f || chmod(p, 0600) < 0)
		abort();
	fputs(text, f);
	fclose(f);
	return p;
}

static inline void ring_leave(void)
{
	static const char *const names[] = { "jwt.keys", "pepper.key" };
	char path[128];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", ring_dir, names[i]);
		unlink(path);
	}
	rmdir(ring_dir);
	ring_dir[0] = '\0';
}

/* NULL when the files are refused: *e says why. */
static inline struct auth_ring *ring_try(const char *jwt, const char *pepper, struct err *e)
{
	struct config c = { .jwt_keys = (char *)ring_file("jwt.keys", jwt),
		.pepper = (char *)ring_file("pepper.key", pepper), .issuer = (char *)ISSUER };
	struct auth_ring *ring = auth_ring_read(&c, e);

	ring_leave();
	return ring;
}

static inline struct auth_ring *ring_of(const char *jwt, const char *pepper)
{
	struct err e = { 0 };
	struct auth_ring *ring = ring_try(jwt, pepper, &e);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ring);
	return ring;
}

#endif

#include "config.h"

#include "server/keyring.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/private.h"
#include "client/secret.h"
#include "server/config.h"

struct auth_ring {
	int n;
	struct private_key raw[RING_KEYS];
	struct ring_key key[RING_KEYS];
	struct pepper *pepper;
	char *issuer;
};

/* ---- reading ---------------------------------------------------------------------------------------------- */

/* A kid stands in every token: letters, digits, - _ and . only. */
static bool is_kid(const char *s)
{
	return *s && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")] == '\0';
}

static bool take_keys(struct auth_ring *ring, const char *path, struct err *e)
{
	int n = private_keys(path, ring->raw, RING_KEYS, e);

	for (; ring->n < n; ring->n++) {
		const struct private_key *k = &ring->raw[ring->n];
		if (!is_kid(k->name) || k->len < RING_KEY_LEAST || ring_key(ring, k->name)) {
			private_bad_line(path, e);
			return false;
		}
		ring->key[ring->n] = (struct ring_key){ .kid = k->name, .raw = k->raw, .len = (int)k->len };
	}
	return n > 0;
}

struct auth_ring *auth_ring_read(const struct config *c, struct err *e)
{
	struct auth_ring *ring = xcalloc(1, sizeof *ring);

	if (!c->jwt_keys || !c->pepper || !c->issuer || !*c->issuer)
		err_set(e, ERR_USAGE, "E-CONFIG", NULL, "domovoid keygen DIR makes the files",
		    "jwt_keys, pepper and issuer must be set");
	else if (take_keys(ring, c->jwt_keys, e) && (ring->pepper = pepper_read(c->pepper, e))) {
		ring->issuer = xstrdup(c->issuer);
		return ring;
	}
	auth_ring_free(ring);
	return NULL;
}

void auth_ring_free(struct auth_ring *ring)
{
	if (!ring)
		return;
	pepper_free(ring->pepper);
	free(ring->issuer);
	OPENSSL_cleanse(ring, sizeof *ring);
	free(ring);
}

/* ---- asking ----------------------------------------------------------------------------------------------- */

const struct ring_key *ring_key(const struct auth_ring *ring, const char *kid)
{
	for (int i = 0; i < ring->n; i++)
		if (strcmp(ring->key[i].kid, kid) == 0)
			return &ring->key[i];
	return NULL;
}

const struct ring_key *ring_signer(const struct auth_ring *ring)
{
	return &ring->key[0];
}

const char *ring_issuer(const struct auth_ring *ring)
{
	return ring->issuer;
}

const struct pepper *ring_pepper(const struct auth_ring *ring)
{
	return ring->pepper;
}

bool ring_derive(const struct auth_ring *ring, int version, const char *purpose, unsigned char out[static 32])
{
	unsigned char base[32];
	size_t n = 32;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	bool good = pepper_mac(ring->pepper, version, "domovoi derived keys", base) && ctx &&
	    EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_CTX_set1_hkdf_salt(ctx, (const unsigned char *)"domovoi", 7) == 1 &&
	    EVP_PKEY_CTX_set1_hkdf_key(ctx, base, sizeof base) == 1 &&
	    EVP_PKEY_CTX_add1_hkdf_info(ctx, (const unsigned char *)purpose, (int)strlen(purpose)) == 1 &&
	    EVP_PKEY_derive(ctx, out, &n) == 1 && n == 32;

	EVP_PKEY_CTX_free(ctx);
	explicit_bzero(base, sizeof base);
	return good;
}

void auth_ring_derive(const struct auth_ring *ring, const char *purpose, unsigned char out[static 32])
{
	if (!ring_derive(ring, pepper_newest(ring->pepper), purpose, out))
		die("no key could be derived");
}

/* ---- making ----------------------------------------------------------------------------------------------- */

/* One line "NAME BASE64", or "BASE64" where it has no name, into a file that is not there yet. */
static bool make_file(const char *dir, const char *file, const char *name, struct err *e)
{
	char *path = xasprintf("%s/%s", dir, file), *line;
	unsigned char raw[32];
	bool there = access(path, F_OK) == 0;

	private_random(raw, sizeof raw);
	char *text = base64_text(raw, sizeof raw);
	line = name ? xasprintf("%s %s", name, text) : xstrdup(text);
	bool good = there || private_make(path, line, e);
	if (good)
		printf("%s%s\n", path, there ? " is there already" : "");
	code_forget(line);
	code_forget(text);
	explicit_bzero(raw, sizeof raw);
	free(path);
	return good;
}

bool keyring_make(const char *dir, struct err *e)
{
	unsigned char raw[4];
	char kid[16];

	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		err_set(e, ERR_FAILED, "E-SEAL", NULL, NULL, "%s: %s", dir, strerror(errno));
		return false;
	}
	private_random(raw, sizeof raw);
	snprintf(kid, sizeof kid, "k%02x%02x%02x%02x", raw[0], raw[1], raw[2], raw[3]);
	return make_file(dir, "jwt.keys", kid, e) && make_file(dir, "pepper.key", NULL, e) &&
	    make_file(dir, "codes.key", NULL, e);
}

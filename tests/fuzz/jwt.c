/* The guard of tokens: what it takes is signed with one of the keys, and written in the one way. */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "client/private.h"
#include "server/jwt_guard.h"
#include "tests/fuzz.h"
#include "tests/ringtest.h"

enum { NOW = 1781600000 };
#define USER "00000000-0000-7000-8000-000000000001"

static struct auth_ring *ring;
static char *good;

static void begin(void)
{
	struct err e;

	if (good)
		return;
	ring = ring_try("k1 " KEY_A "\nk2 " KEY_B "\n", KEY_B, &e);
	good = ring ? token_make(ring, USER, USER, NOW, "pwd otp", NOW) : NULL;
	if (!good)
		abort();
}

const char *const *fuzz_seeds(void)
{
	static const char *seeds[4];

	begin();
	seeds[0] = good;
	seeds[1] = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJ4In0.";
	seeds[2] = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	return seeds;
}

/* By other means than the guard's. */
static bool is_signed(const char *text, size_t size, const char *key64)
{
	unsigned char key[48], mac[EVP_MAX_MD_SIZE];
	const char *dot = memrchr(text, '.', size);
	unsigned len = 0;
	int nkey = EVP_DecodeBlock(key, (const unsigned char *)key64, (int)strlen(key64)) - 1; /* without its padding */
	bool is = false;

	if (dot && HMAC(EVP_sha256(), key, nkey, (const unsigned char *)text, (size_t)(dot - text), mac, &len)) {
		char *want = base64url_text(mac, len);
		is = text + size == dot + 1 + strlen(want) && memcmp(dot + 1, want, strlen(want)) == 0;
		free(want);
	}
	return is;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct token t;

	begin();
	if (jwt_guard(ring, (const char *)data, size, NOW, &t) != AUTH_INVALID &&
	    !is_signed((const char *)data, size, KEY_A) && !is_signed((const char *)data, size, KEY_B))
		abort();
	return 0;
}

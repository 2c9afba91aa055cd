/* The Authorization header, and the token between password and second factor. */
#include "config.h"

#include "server/mfa.h"
#include "tests/fuzz.h"
#include "tests/ringtest.h"

#define ID "00000000-0000-7000-8000-000000000001"

FUZZ_SEEDS("Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "Bearer dk_" ID "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP-", "bearer x", "Basic YTpi", "")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct auth_ring *ring;
	struct identity who = { .company = 1 };
	char proof[65], *text = fuzz_text(data, size);
	struct err e;
	struct mfa m;

	if (!ring && !(ring = ring_try("k1 " KEY_A "\n", KEY_B, &e)))
		abort();
	enum auth is = auth_bearer(ring, text, 1781600000, &who, proof);
	if (is == AUTH_NOBODY || (is == AUTH_OK && (strlen(who.key) != 36 || strlen(proof) != 64)) ||
	    (is != AUTH_OK && (who.key[0] || who.user[0] || who.login[0])) || mfa_read(ring, text, 1781600000, &m))
		abort();
	free(text);
	return 0;
}

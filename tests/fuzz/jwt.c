/* The guard of tokens: of whatever is made of a good one, that one alone is taken. */
#include "config.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct token t;

	begin();
	if (jwt_guard(ring, (const char *)data, size, NOW, &t) != AUTH_INVALID &&
	    (size != strlen(good) || memcmp(data, good, size) != 0))
		abort();
	return 0;
}

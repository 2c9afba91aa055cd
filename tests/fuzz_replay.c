/*
 * A fuzz target without a fuzzer: files that are named, or inputs made of the target's seeds, the same for a
 * TEST_SEED; --seeds DIR writes those.
 */
#include "config.h"

#include <time.h>

#include "base/i18n.h"
#include "tests/fuzz.h"

enum { MOST = 8192, NORMAL = 4000 };

static uint64_t state;

static uint32_t below(uint32_t n) /* splitmix64 */
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 16) % n;
}

static const char *const pieces[] = { "\"", "\\", "\\u0000", "\\ud800", "{", "}", "[", "]", ":", ",", "\n", "\r\n", "\r", "\t",
	"=", "%", "%00", "..", ".", "-1", "99999999999999999999", "1e308", "null", "\xff", "\xc0\x80", "\xed\xa0\x80", "\xe2\x80\xae",
	"'", ";", "#", "()", "*", "/", "data:", "true" };

static size_t insert(uint8_t *to, size_t n, size_t at, const void *what, size_t len)
{
	if (n + len > MOST)
		return n;
	memmove(to + at + len, to + at, n - at);
	memcpy(to + at, what, len);
	return n + len;
}

static size_t mutate(uint8_t *to, size_t n, const char *other)
{
	size_t at = below((uint32_t)n + 1), len = 1 + below(16), rest = n - at;
	uint8_t byte = (uint8_t)below(256);
	const char *piece = pieces[below((uint32_t)ARRAY_LEN(pieces))];

	switch (below(7)) {
	case 0:
		return insert(to, n, at, &byte, 1);
	case 1:
		return insert(to, n, at, piece, strlen(piece));
	case 2: /* a piece of another */ {
		size_t from = below((uint32_t)strlen(other) + 1), left = strlen(other) - from;
		return insert(to, n, at, other + from, left < len * 4 ? left : len * 4);
	}
	case 3: /* twice */ {
		uint8_t copy[16];
		len = rest < len ? rest : len;
		memcpy(copy, to + at, len);
		return insert(to, n, at, copy, len);
	}
	case 4:
		len = rest < len ? rest : len;
		memmove(to + at, to + at + len, rest - len);
		return n - len;
	case 5:
		return at;
	default:
		if (rest > 0)
			to[at] = (uint8_t)(to[at] ^ 1u << below(8));
		return n;
	}
}

static void run_generated(void)
{
	const char *const *seed = fuzz_seeds(), *count = getenv("TEST_COUNT");
	uint8_t *input = xmalloc(MOST);
	uint32_t nseeds = 0;

	while (seed[nseeds])
		nseeds++;
	for (uint32_t i = 0; i < nseeds; i++)
		LLVMFuzzerTestOneInput((const uint8_t *)seed[i], strlen(seed[i]));
	for (long i = (count ? atol(count) : 1) * (long)NORMAL; i > 0; i--) {
		const char *from = seed[below(nseeds)];
		size_t n = strlen(from) < MOST ? strlen(from) : MOST;
		memcpy(input, from, n);
		for (uint32_t k = 1 + below(8); k > 0; k--)
			n = mutate(input, n, seed[below(nseeds)]);
		uint8_t *exact = xmalloc(n > 0 ? n : 1); /* so that one byte too far is seen */
		memcpy(exact, input, n);
		LLVMFuzzerTestOneInput(exact, n);
		free(exact);
	}
	free(input);
}

static void run_file(const char *path)
{
	uint8_t *input = xmalloc(1 << 20);
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(input, 1, 1 << 20, f) : 0;

	if (!f)
		die("%s cannot be read", path);
	fclose(f);
	LLVMFuzzerTestOneInput(input, n);
	free(input);
}

/* For libFuzzer to begin with. */
static void write_seeds(const char *dir)
{
	const char *const *seed = fuzz_seeds();

	for (int i = 0; seed[i]; i++) {
		char *path = xasprintf("%s/%d", dir, i);
		FILE *f = fopen(path, "w");
		if (!f || fputs(seed[i], f) < 0 || fclose(f) != 0)
			die("%s cannot be written", path);
		free(path);
	}
}

int main(int argc, char **argv)
{
	const char *seed = getenv("TEST_SEED"), *name = strrchr(argv[0], '/');

	i18n_init("en");
	state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
		write_seeds(argv[2]);
		return 0;
	}
	printf("TEST_SEED=%llu\n", (unsigned long long)state);
	fflush(stdout);
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc == 1)
		run_generated();
	printf("%s: 1 passed, 0 failed\n", name ? name + 1 : argv[0]);
	return 0;
}

/*
 * A parser is fuzzed by one file tests/fuzz/NAME.c: what it does with any bytes, and texts to begin with. It is built as
 * tests/fuzz_NAME by tests/fuzz_replay.c, which makes its own inputs (TEST_SEED, TEST_COUNT) or takes files, and with
 * clang's libFuzzer by tests/fuzz.sh. A target aborts when something is wrong that no sanitizer sees.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *const *fuzz_seeds(void); /* ends with NULL */

#define FUZZ_SEEDS(...) \
	const char *const *fuzz_seeds(void) \
	{ \
		static const char *const seeds[] = { __VA_ARGS__, NULL }; \
		return seeds; \
	}

/* The bytes as a text that ends where its memory ends. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return xstrndup(size > 0 ? (const char *)data : "", size);
}

/* A refusal has a kind, a code and a sentence; what is taken has none. */
static inline void fuzz_expect(bool taken, const struct err *e)
{
	if (taken ? e->kind != ERR_NONE : e->kind == ERR_NONE || !e->code[0] || !e->text[0])
		abort();
}

#endif

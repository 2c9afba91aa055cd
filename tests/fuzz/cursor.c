/* A list's cursor: of whatever is made of one, that one alone opens. */
#include "config.h"

#include "client/resource.h"
#include "server/cursor.h"
#include "tests/fuzz.h"

static const unsigned char key[CURSOR_KEY] = "thirty-two bytes, and no more...";
static struct query query;
static const struct cursor_place place = { .user = "00000000-0000-7000-8000-000000000001", .company = 1, .q = &query };

static const char *sealed(void)
{
	static char *text;

	if (!text) {
		query_init(&query, catalogue_resource("reservations"));
		text = cursor_seal(key, &place, false, "2026-06-16|00000000-0000-7000-8000-000000000002");
	}
	return text;
}

const char *const *fuzz_seeds(void)
{
	static const char *seeds[4];

	seeds[0] = sealed();
	seeds[1] = "AAAA";
	seeds[2] = "";
	return seeds;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	bool backward, good = strcmp(text, sealed()) == 0;
	char *position = cursor_open(key, &place, text, &backward);

	if ((position != NULL) != good)
		abort();
	free(position);
	free(text);
	return 0;
}

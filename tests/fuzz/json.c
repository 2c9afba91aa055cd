/* A body of JSON: what is taken is an object that can be written and read again. */
#include "config.h"

#include "server/jsonin.h"
#include "tests/fuzz.h"

FUZZ_SEEDS("{\"unit\":\"A-101\",\"check_in\":\"2026-06-16\",\"guests\":2,\"price_minor\":125000,\"note\":\"\\u00e9\"}",
    "{\"set\":{\"tags\":[\"a\",{\"b\":[[[null,true,false,-0.5e10]]]}]}}", "{\"a\":1,\"a\":2}", "[]",
    "{\"mutations\":[{}]}", "{}")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	json_t *doc = jsonin_object((const char *)data, size, &e);

	fuzz_expect(doc != NULL, &e);
	if (doc) {
		char *text = json_dumps(doc, JSON_COMPACT);
		json_t *again = text ? jsonin_object(text, strlen(text), &e) : NULL;
		if (!again || !json_equal(doc, again))
			abort();
		json_decref(again);
		free(text);
		json_decref(doc);
	}
	return 0;
}

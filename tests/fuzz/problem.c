/* What an API server answers, read by its client: a refusal always becomes a sentence. */
#include "config.h"

#include "client/resterr.h"
#include "client/resource.h"
#include "client/restjson.h"
#include "tests/fuzz.h"

FUZZ_SEEDS("{\"type\":\"x\",\"title\":\"t\",\"status\":409,\"code\":\"slot-taken\",\"detail\":\"d\","
    "\"dm\":\"DM004\",\"field\":\"check_in\",\"remedy\":\"r\"}",
    "{\"items\":[{\"id\":\"1\",\"n\":3,\"x\":null,\"b\":true}],\"columns\":[\"id\",\"n\",\"x\",\"b\"],"
    "\"rows\":[{\"id\":\"2026-06-16T09:00:00+05:00\"}]}",
    "<html><title>Sign in to the hotel</title>", "{\"code\":1}", "")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "application/problem+json", "application/json", "text/html", "" };
	struct err e = { 0 };
	char code[RESTERR_CODE];

	resterr_from_answer((int)(400 + size % 200), types[size % 4], (const char *)data, size, code, &e);
	fuzz_expect(false, &e);
	err_clear(&e);
	json_t *doc = resterr_json("application/json", (const char *)data, size, &e);
	fuzz_expect(doc != NULL, &e);
	if (doc) {
		struct table *t = restjson_table(json_object_get(doc, "items"), json_object_get(doc, "columns"),
		    catalogue_resource("units"), NULL, 0);
		table_free(t);
		json_decref(doc);
	}
	return 0;
}

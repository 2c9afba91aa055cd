/* The filter language: what is taken is written as a text that means the same. */
#include "config.h"

#include "base/date.h"
#include "client/query.h"
#include "client/resource.h"
#include "tests/fuzz.h"

FUZZ_SEEDS("status:confirmed,hold check_in>=2026-03-01", "unit:A-101 -source:direct", "price>75000 price<=1e6",
    "guest~\"Айгерім\"", "check_in:+3d..+1m", "status:!cancelled created>yest", "\"", "a:b:c", "nights:2..5",
    "total:>=100.50")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "reservations", "units", "payments", "parties", "charges" };
	char *text = fuzz_text(data, size);
	const struct resource *res = catalogue_resource(names[size % ARRAY_LEN(names)]);
	struct err e = { 0 };
	struct query q, again;

	query_init(&q, res);
	bool taken = query_filter(&q, text, day_from_ymd(2026, 6, 16), "KZT", &e);
	fuzz_expect(taken, &e);
	if (taken) {
		char *written = query_filter_text(&q);
		query_init(&again, res);
		if (!query_filter(&again, written, day_from_ymd(2026, 6, 16), "KZT", &e) || again.nterms != q.nterms)
			abort();
		query_free(&again);
		free(written);
	}
	query_free(&q);
	free(text);
	return 0;
}

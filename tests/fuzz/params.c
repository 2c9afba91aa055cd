/* The query of a list: one pair a line, as the path's were cut. */
#include "config.h"

#include "client/resource.h"
#include "server/params.h"
#include "tests/fuzz.h"

FUZZ_SEEDS("status=in.(confirmed,hold)\ncheck_in=gte.2026-03-01\nsort=-check_in\nlimit=100",
    "unit=is.null\nguest=contains.aig", "filter=status:hold\nq=bk 12\nfields=id,number\nskip=10",
    "after=2026-01-01|x\nbrief=true", "status=eq.\nlimit=0\nlimit=1", "=")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *at = text;
	const struct resource *res = catalogue_resource(size % 2 ? "reservations" : "units");
	const struct asker who = { .today = day_from_ymd(2026, 6, 16), .plain = size % 3 == 0 };
	struct list_params l = { 0 };
	struct flaw flaw = { 0 };
	struct pair p[32];
	size_t n = 0;

	for (char *line; n < ARRAY_LEN(p) && (line = strsep(&at, "\n"));) {
		p[n].name = strsep(&line, "=");
		p[n++].value = line ? line : "";
	}
	if (params_list(&l, res, p, n, &who, &flaw))
		list_params_free(&l);
	else if (!flaw.code[0] || !flaw.err.text[0])
		abort();
	params_version(text);
	params_prefers(text, "count=exact");
	free(text);
	return 0;
}

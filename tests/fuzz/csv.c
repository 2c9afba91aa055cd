/* A file to be imported, and what is said of its columns. */
#include "config.h"

#include "client/csv.h"
#include "client/map.h"
#include "client/resource.h"
#include "tests/fuzz.h"

FUZZ_SEEDS("number,price\nA-101,\"75 000,00\"\n", "\xef\xbb\xbfnumber;floor\r\n\"a\"\"b\";1\r\n\r\n", "a\tb\n1\t2\n",
    "\"never closed\n1,2", "a,,,\n,,,\n", "x")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *f = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "r") : fopen("/dev/null", "r");
	struct csv *c = csv_new(f, 0);
	struct csv_record *r = xcalloc(1, sizeof *r);
	struct err e = { 0 };
	size_t read = 0;
	int is;

	while ((is = csv_next(c, r, &e)) > 0) {
		if (r->n < 1 || r->n > CSV_MAX_CELLS)
			abort();
		for (int i = 0; i < r->n; i++)
			read += strlen(r->cell[i]);
	}
	if (is < 0)
		fuzz_expect(false, &e);
	if (read > size * 3)
		abort();
	free(r);
	csv_free(c);
	fclose(f);
	return 0;
}

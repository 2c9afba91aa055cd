/* The file that says which column of an import is what; it is read from a descriptor's name. */
#include "config.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "client/map.h"
#include "client/resource.h"
#include "tests/fuzz.h"

FUZZ_SEEDS("number = \"Номер\"\nprice = Цена\ndates = dd/mm/yyyy\ndelimiter = ;\n",
    "status: \"заезд\" -> confirmed\n# note\n", "floor = '3'\n", "a=b=c", "number = Номер\nnumber = Номер\n")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const headers[] = { "Номер", "Цена", "number", "floor", "" };
	struct map_column out[ARRAY_LEN(headers) + MAP_MAX];
	struct err e = { 0 };
	struct map m = { 0 };
	char path[64], text[16];
	int fd = memfd_create("map", MFD_CLOEXEC);

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	bool taken = map_read(&m, path, &e);
	fuzz_expect(taken, &e);
	if (taken) {
		struct strbuf ignored = { 0 };
		map_match(&m, catalogue_resource("units"), headers, (int)ARRAY_LEN(headers), out, &ignored, &e);
		strbuf_free(&ignored);
	}
	map_free(&m);
	close(fd);
	char *date = fuzz_text(data, size < 32 ? size : 32);
	map_date(date, "dd/mm/yyyy", text);
	free(date);
	return 0;
}

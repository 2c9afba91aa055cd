/* The file of keys. */
#include "config.h"

#include "tests/fuzz.h"
#include "tui/keyfile.h"

FUZZ_SEEDS("layout = ru\n[units]\nopen = Enter\nfilter = /, Ctrl+F\n", "quit = q\nq = \n", "[units\nopen",
    "a = g+p\nb = F13+\n", "# x\n\n[]\n=")

static void fault(void *ctx, const struct err *e)
{
	(void)ctx;
	fuzz_expect(false, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct keyfile f = { 0 };

	keyfile_parse(&f, text, "keys", fault, NULL);
	keyfile_free(&f);
	free(text);
	return 0;
}

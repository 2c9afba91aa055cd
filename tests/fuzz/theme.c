/* A theme's file. */
#include "config.h"

#include "tests/fuzz.h"
#include "tui/theme.h"

FUZZ_SEEDS("text white black\nerror red default bold\n", "# dark\nrow-cursor 0 15 reverse\nheat-4 #ff8800 -\n",
    "text\n", "x y z\n")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	char *text = fuzz_text(data, size);

	fuzz_expect(theme_parse(text, "theme", &e), &e);
	free(text);
	return 0;
}

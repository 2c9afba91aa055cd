/* Settings, one "key = value" a line. */
#include "config.h"

#include "server/config.h"
#include "tests/fuzz.h"

FUZZ_SEEDS("listen=127.0.0.1:8443\nlisten=[::1]:0\nproxies=10.0.0.0/8,2001:db8::/32",
    "threads=4\nmax_body=1048576\nlog=/tmp/x", "issuer=https://domovoi.example\norigins=https://a.example",
    "listen=unix:/run/x.sock\nnow=2026-06-16T09:00:00+05:00", "x", "=")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *at = text;
	struct config *c = config_new();

	for (char *line; (line = strsep(&at, "\n"));) {
		struct err e = { 0 };
		char *key = strsep(&line, "=");
		fuzz_expect(config_set(c, key, line ? line : "", &e), &e);
	}
	config_free(c);
	free(text);
	return 0;
}

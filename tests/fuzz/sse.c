/* An event stream: the same events in whatever pieces it comes. */
#include "config.h"

#include "client/sseread.h"
#include "tests/fuzz.h"

FUZZ_SEEDS("event: poke\ndata: {\"x\":1}\nid: 12\n\n", ": beat\n\ndata: a\ndata: b\r\n\r\n",
    "\xef\xbb\xbf" "data\n\nretry: 100\n", "id: \xff\ndata: x\r\rdata:", "x")

static void keep(const struct sse_event *e, void *arg)
{
	strbuf_printf(arg, "[%s|%s|%s]", e->name, e->data, e->id);
}

static bool events_of(const uint8_t *data, size_t size, size_t most, struct strbuf *out)
{
	struct sseread s = { .event = keep, .arg = out };
	bool good = true;

	for (size_t i = 0; i < size && good; i += most)
		good = sseread_feed(&s, (const char *)data + i, size - i < most ? size - i : most);
	sseread_free(&s);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf whole = { 0 }, pieces = { 0 };
	bool good = events_of(data, size, size + 1, &whole);

	if (events_of(data, size, 1 + size % 3, &pieces) != good || strcmp(strbuf_str(&whole), strbuf_str(&pieces)) != 0)
		abort();
	strbuf_free(&whole);
	strbuf_free(&pieces);
	return 0;
}

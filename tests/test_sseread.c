/* The event stream's reader: whole, in pieces of any size, damaged, hostile. */
#include "config.h"

#include <stdbool.h>

#include "base/mem.h"
#include "client/sseread.h"
#include "tests/cunit.h"

static struct strbuf seen;

static void keep(const struct sse_event *e, void *arg)
{
	(void)arg;
	strbuf_printf(&seen, "[%s|%s|%s]", e->name, e->data, e->id);
}

/* The events of a text, fed in pieces of at most n bytes. */
static const char *events_of(const char *text, size_t most)
{
	struct sseread s = { .event = keep };
	size_t n = strlen(text);

	strbuf_clear(&seen);
	for (size_t i = 0; i < n; i += most)
		CU_ASSERT_TRUE(sseread_feed(&s, text + i, n - i < most ? n - i : most));
	sseread_free(&s);
	return strbuf_str(&seen);
}

static void as_the_standard_says(void)
{
	static const struct { const char *text, *events; } cases[] = {
		{ "data: a\n\n", "[message|a|]" },
		{ "data:a\n\n", "[message|a|]" },
		{ "data:  a\n\n", "[message| a|]" },
		{ "data: a\ndata: b\n\n", "[message|a\nb|]" },
		{ "data\n\n", "[message||]" },
		{ "data\ndata\n\n", "[message|\n|]" },
		{ "event: change\nid: 7\ndata: {}\n\ndata: x\n\n", "[change|{}|7][message|x|7]" },
		{ "id: 7\n\ndata: x\n\n", "[message|x|7]" },
		{ "id: 7\ndata: x\n\nid\ndata: y\n\n", "[message|x|7][message|y|]" },
		{ ": heartbeat\n\n:\n\n", "" },
		{ "event: change\n\n", "" },
		{ "event: change\n\ndata: x\n\n", "[message|x|]" },
		{ "data: a\r\n\r\ndata: b\r\rdata: c\n\n", "[message|a|][message|b|][message|c|]" },
		{ "\xef\xbb\xbf" "data: a\n\n", "[message|a|]" },
		{ "data: \xef\xbb\xbf" "a\n\n", "[message|\xef\xbb\xbf" "a|]" },
		{ "nonsense: x\ndata: a\n\n", "[message|a|]" },
		{ "data: a\n", "" },
		{ "data: a: b\n\n", "[message|a: b|]" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t piece = 1; piece <= strlen(cases[i].text); piece++)
			CU_ASSERT_STRING_EQUAL(events_of(cases[i].text, piece), cases[i].events);
}

static void retry_is_bounded(void)
{
	struct sseread s = { .event = keep };

	CU_ASSERT_TRUE(sseread_feed(&s, "retry: 250\n", 11));
	CU_ASSERT_EQUAL(s.retry_ms, 250);
	CU_ASSERT_TRUE(sseread_feed(&s, "retry: -1\nretry: x\nretry: 99999999999\n", 38));
	CU_ASSERT_EQUAL(s.retry_ms, 250);
	CU_ASSERT_TRUE(sseread_feed(&s, "retry: 999999999\n", 17));
	CU_ASSERT_EQUAL(s.retry_ms, 600000);
	sseread_free(&s);
}

static void endless_things_end(void)
{
	static const char *const parts[] = { "a", "data: aaaaaaaaaaaaaaaa\n" }; /* a line, an event */

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		struct sseread s = { .event = keep };
		size_t fed = 0, n = strlen(parts[i]);

		while (fed < 10 * SSE_MOST && sseread_feed(&s, parts[i], n))
			fed += n;
		CU_ASSERT_TRUE(fed < 2 * SSE_MOST);
		sseread_free(&s);
	}
}

static void a_new_connection_keeps_the_id_alone(void)
{
	struct sseread s = { .event = keep };

	strbuf_clear(&seen);
	sseread_feed(&s, "id: 7\ndata: x\n\nevent: e\ndata: half", 33);
	sseread_restart(&s);
	sseread_feed(&s, "data: y\n\n", 9);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "[message|x|7][message|y|7]");
	sseread_free(&s);
}

/* Bytes of any kind: nothing but events comes of it, the same however it is cut. */
static void noise(void)
{
	static const char bytes[] = "data:: \n\n\r\rid:event retry\xef\xbb\xbf\xff" "0";

	for (int i = 0; i < test_count(2000); i++) {
		char text[200];
		size_t n = test_below(sizeof text - 1);

		for (size_t k = 0; k < n; k++)
			text[k] = bytes[test_below(sizeof bytes - 1)];
		text[n] = '\0';
		char *whole = xstrdup(events_of(text, sizeof text));
		CU_ASSERT_STRING_EQUAL(events_of(text, 1 + test_below(7)), whole);
		free(whole);
	}
	strbuf_free(&seen);
}

TESTS("test_sseread", T(as_the_standard_says), T(retry_is_bounded), T(endless_things_end),
    T(a_new_connection_keeps_the_id_alone), T(noise))

/* A WebSocket: the handshake's words, then frames in whatever pieces they come; a message is never longer than
 * allowed. */
#include "config.h"

#include "server/ws.h"
#include "tests/fuzz.h"

FUZZ_SEEDS("\x81\x85\x01\x02\x03\x04" "igohn", "\x89\x80\x01\x02\x03\x04\x88\x82\x01\x02\x03\x04\x02\xea",
    "\x01\x83\x01\x02\x03\x04" "abc\x80\x81\x01\x02\x03\x04" "a", "\x81\x05hello", "\x82\xfe\x01\x01\x01\x02\x03\x04",
    "\xc1\x80\x01\x02\x03\x04", "websocket")

static void message(void *arg, const char *text, size_t n)
{
	size_t *left = arg;

	if (n > *left || (n > 0 && !text))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), out[29];
	struct ws_head h = { "websocket", "Upgrade", "13", text, text, text };
	const char *protocol = NULL;
	size_t left = size, n, step = 1 + size % 7;
	struct ws *w = ws_new(message, &left);

	ws_check(&h, NULL, &protocol);
	ws_accept("dGhlIHNhbXBsZSBub25jZQ==", out);
	for (size_t i = 0; i < size && !ws_over(w); i += step)
		ws_take(w, data + i, size - i < step ? size - i : step);
	while (ws_out(w, &n) && n > 0)
		ws_sent(w, n);
	ws_free(w);
	free(text);
	return 0;
}

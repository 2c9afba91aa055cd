#include "config.h"

#include "server/ws.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wslay/wslay.h>

#include "base/mem.h"
#include "base/strbuf.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define FLOOD 256 /* answers to pings that nobody takes */

static const char *const protocols[] = { "domovoi.v1", "pm.v1" };

/* ---- the handshake --------------------------------------------------------------------------- */

/* The next word of a list with commas; false at its end. */
static bool next_word(const char **list, const char **word, size_t *n)
{
	const char *s = *list + strspn(*list, ", \t");

	*n = strcspn(s, ",");
	*word = s;
	*list = s + *n;
	while (*n > 0 && (s[*n - 1] == ' ' || s[*n - 1] == '\t'))
		--*n;
	return *n > 0;
}

static bool has_word(const char *list, const char *wanted)
{
	const char *word;
	size_t n;

	while (list != NULL && next_word(&list, &word, &n))
		if (n == strlen(wanted) && strncasecmp(word, wanted, n) == 0)
			return true;
	return false;
}

static bool is_key(const char *key)
{
	unsigned char raw[18];

	return key != NULL && strlen(key) == 24 && strcmp(key + 22, "==") == 0 && key[21] != '=' &&
	    EVP_DecodeBlock(raw, (const unsigned char *)key, 24) == 18;
}

static const char *choose(const char *offered)
{
	const char *word;
	size_t n;

	while (next_word(&offered, &word, &n))
		for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
			if (n == strlen(protocols[i]) && memcmp(word, protocols[i], n) == 0)
				return protocols[i];
	return NULL;
}

static bool is_listed(const char *origin, char *const *origins)
{
	for (; origins != NULL && *origins != NULL; origins++)
		if (strcmp(*origins, origin) == 0)
			return true;
	return false;
}

enum ws_handshake ws_check(const struct ws_head *h, char *const *origins, const char **protocol)
{
	*protocol = NULL;
	if (!has_word(h->upgrade, "websocket") || !has_word(h->connection, "upgrade"))
		return WS_NO_UPGRADE;
	if (h->version == NULL || strcmp(h->version, "13") != 0)
		return WS_BAD_VERSION;
	if (!is_key(h->key))
		return WS_BAD_KEY;
	if (h->origin != NULL && !is_listed(h->origin, origins))
		return WS_BAD_ORIGIN;
	if (h->protocols == NULL)
		return WS_FINE;
	*protocol = choose(h->protocols);
	return *protocol != NULL ? WS_FINE : WS_BAD_PROTOCOL;
}

void ws_accept(const char *key, char out[static 29])
{
	unsigned char sha[SHA_DIGEST_LENGTH];
	char *text = xasprintf("%s%s", key, GUID);

	SHA1((const unsigned char *)text, strlen(text), sha);
	free(text);
	EVP_EncodeBlock((unsigned char *)out, sha, sizeof sha);
}

/* ---- frames ---------------------------------------------------------------------------------- */

struct ws {
	wslay_event_context_ptr ctx;
	ws_text_fn fn;
	void *arg;
	const uint8_t *in;
	size_t left;          /* of in */
	struct strbuf out;
	size_t sent;          /* of out */
	bool broken;          /* no way to go on: what is in out is all that is said */
	bool refused;         /* … and it says why */
};

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags, void *arg)
{
	struct ws *w = arg;

	(void)flags;
	if (w->left == 0) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (len > w->left)
		len = w->left;
	memcpy(buf, w->in, len);
	w->in += len;
	w->left -= len;
	return (ssize_t)len;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *data, size_t len, int flags, void *arg)
{
	struct ws *w = arg;

	(void)flags;
	if (w->out.len >= WS_OUT_MOST) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	strbuf_add(&w->out, (const char *)data, len);
	return (ssize_t)len;
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
	struct ws *w = arg;

	(void)ctx;
	if (m->opcode == WSLAY_BINARY_FRAME)
		ws_close(w, WS_UNSUPPORTED, "text only");
	else if (m->opcode == WSLAY_TEXT_FRAME && !ws_closing(w))
		w->fn(w->arg, (const char *)m->msg, m->msg_length);
}

struct ws *ws_new(ws_text_fn fn, void *arg)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_recv, .send_callback = on_send, .on_msg_recv_callback = on_message,
	};
	struct ws *w = xcalloc(1, sizeof *w);

	w->fn = fn;
	w->arg = arg;
	if (wslay_event_context_server_init(&w->ctx, &callbacks, w) != 0)
		die("libwslay has no memory");
	wslay_event_config_set_max_recv_msg_length(w->ctx, WS_MESSAGE_MOST);
	return w;
}

void ws_free(struct ws *w)
{
	if (w == NULL)
		return;
	wslay_event_context_free(w->ctx);
	strbuf_free(&w->out);
	free(w);
}

static void pump(struct ws *w)
{
	if (!w->broken && wslay_event_want_write(w->ctx) && wslay_event_send(w->ctx) != 0)
		w->broken = true;
}

/* A frame that libwslay cannot read: it would only hang up. Behind whole frames there is room for the reason. */
static void refuse(struct ws *w)
{
	static const char bye[] = { '\x88', 2, WS_PROTOCOL >> 8, (char)(WS_PROTOCOL & 255) };

	w->broken = true;
	w->refused = wslay_event_get_queued_msg_count(w->ctx) <= 1 && !wslay_event_get_close_sent(w->ctx);
	if (w->refused)
		strbuf_add(&w->out, bye, sizeof bye);
}

void ws_take(struct ws *w, const void *data, size_t n)
{
	w->in = data;
	w->left = n;
	if (!w->broken && wslay_event_want_read(w->ctx) && wslay_event_recv(w->ctx) != 0)
		refuse(w);
	w->left = 0; /* after a close nothing more is looked at */
	pump(w);
	if (wslay_event_get_queued_msg_count(w->ctx) > FLOOD) {
		w->broken = true;
		w->sent = w->out.len;
	}
}

static bool queue(struct ws *w, uint8_t opcode, const char *text, size_t n)
{
	struct wslay_event_msg m = { .opcode = opcode, .msg = (const uint8_t *)text, .msg_length = n };

	if (w->broken || ws_closing(w) || wslay_event_queue_msg(w->ctx, &m) != 0)
		return false;
	pump(w);
	return true;
}

bool ws_text(struct ws *w, const char *text)
{
	return ws_queued(w) < WS_QUEUE_MOST && queue(w, WSLAY_TEXT_FRAME, text, strlen(text));
}

bool ws_ping(struct ws *w)
{
	return queue(w, WSLAY_PING, "", 0);
}

void ws_close(struct ws *w, uint16_t code, const char *reason)
{
	if (w->broken || ws_closing(w))
		return;
	wslay_event_queue_close(w->ctx, code, (const uint8_t *)reason, strlen(reason));
	pump(w);
}

const void *ws_out(struct ws *w, size_t *n)
{
	if (w->out.len == w->sent) {
		strbuf_clear(&w->out);
		w->sent = 0;
		pump(w);
	}
	*n = w->out.len - w->sent;
	return *n > 0 ? w->out.s + w->sent : NULL;
}

void ws_sent(struct ws *w, size_t n)
{
	w->sent += n;
}

size_t ws_queued(const struct ws *w)
{
	return wslay_event_get_queued_msg_count(w->ctx);
}

bool ws_closing(const struct ws *w)
{
	return w->broken || wslay_event_get_close_received(w->ctx) || wslay_event_get_close_sent(w->ctx) ||
	    !wslay_event_get_write_enabled(w->ctx);
}

bool ws_over(struct ws *w)
{
	size_t n;

	if (w->broken)
		return ws_out(w, &n) == NULL;
	return ws_out(w, &n) == NULL && !wslay_event_want_write(w->ctx) &&
	    (wslay_event_get_close_sent(w->ctx) || !wslay_event_want_read(w->ctx));
}

uint16_t ws_code(const struct ws *w)
{
	uint16_t ours = wslay_event_get_status_code_sent(w->ctx);

	if (w->refused)
		return WS_PROTOCOL;
	if (wslay_event_get_close_sent(w->ctx) && ours != 0)
		return ours;
	return wslay_event_get_close_received(w->ctx) ? wslay_event_get_status_code_received(w->ctx) : 0;
}


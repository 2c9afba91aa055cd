/*
 * A WebSocket's protocol (RFC 6455), bytes in and bytes out: the handshake's rules, and frames by libwslay. Of clients:
 * masked frames, messages of up to 4 KiB, text only, no extensions. Pure: no socket, no clock.
 */
#ifndef SERVER_WS_H
#define SERVER_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WS_MESSAGE_MOST = 4096,  /* bytes of a client's message, all its fragments together */
	WS_QUEUE_MOST = 64,      /* messages that wait to be sent */
	WS_OUT_MOST = 16384,     /* bytes that wait to be taken, beside the queue */

	WS_NORMAL = 1000, WS_GOING_AWAY = 1001, WS_PROTOCOL = 1002, WS_UNSUPPORTED = 1003, WS_BAD_TEXT = 1007,
	WS_TOO_BIG = 1009, WS_INTERNAL = 1011, WS_RESTART = 1012,
	WS_TOKEN_EXPIRED = 4401, WS_FORBIDDEN = 4403, WS_SLOW = 4408,
};

/* The headers of the request; NULL = absent. */
struct ws_head {
	const char *upgrade, *connection, *version, *key, *protocols, *origin;
};
enum ws_handshake { WS_FINE, WS_NO_UPGRADE, WS_BAD_VERSION, WS_BAD_KEY, WS_BAD_PROTOCOL, WS_BAD_ORIGIN };

/*
 * Origin is absent (no browser), or one of `origins` exactly (NULL-terminated, may be NULL). *protocol: the first of
 * the client's words that is ours, or NULL if it sent none; words of which none is ours are refused.
 */
enum ws_handshake ws_check(const struct ws_head *h, char *const *origins, const char **protocol);
void ws_accept(const char *key, char out[static 29]); /* Sec-WebSocket-Accept */

struct ws;
typedef void (*ws_text_fn)(void *arg, const char *text, size_t n); /* a whole message, valid UTF-8, not terminated */

struct ws *ws_new(ws_text_fn fn, void *arg);
void ws_free(struct ws *w);

/* What the peer sent. Refusals close by themselves: look at ws_over(). */
void ws_take(struct ws *w, const void *data, size_t n);
/* false: WS_QUEUE_MOST wait already, or it is closing. The text is copied. */
bool ws_text(struct ws *w, const char *text);
bool ws_ping(struct ws *w); /* a control frame, that every client answers by itself */
void ws_close(struct ws *w, uint16_t code, const char *reason);

/* What is to be sent now, NULL = nothing; then say how much of it was. */
const void *ws_out(struct ws *w, size_t *n);
void ws_sent(struct ws *w, size_t n);

size_t ws_queued(const struct ws *w);         /* messages */
bool ws_closing(const struct ws *w);          /* either side has said that it ends */
bool ws_over(struct ws *w);                   /* nothing more comes, nothing is left to be sent: shut the connection */
uint16_t ws_code(const struct ws *w);         /* with which it was closed, ours before the peer's; 0 = not yet */

#endif

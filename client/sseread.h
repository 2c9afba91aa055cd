/*
 * Server-sent events read piece by piece, as the WHATWG standard writes the stream (event, data, id, retry; comments
 * are heartbeats). Pure: bytes in, events out. A stream that means harm costs at most SSE_MOST bytes.
 */
#ifndef CLIENT_SSEREAD_H
#define CLIENT_SSEREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

#define SSE_MOST 65536 /* bytes of one line, and of one event's data */

struct sse_event {
	const char *name; /* "message" where the server named none */
	const char *data; /* lines joined by \n */
	const char *id;   /* the last one given, by this event or an earlier one; "" before the first */
};

struct sseread {
	void (*event)(const struct sse_event *e, void *arg);
	void *arg;
	struct strbuf line, name, data, id;
	bool has_data, cr, begun;
	int retry_ms;     /* what the server asks for between connections; 0 = it did not say */
};

/* Zero-initialise, set event and arg. False: a line or an event is too long; the stream is to be given up. */
bool sseread_feed(struct sseread *s, const char *bytes, size_t n);
/* A new connection: what was half read is forgotten; the last id stays, for Last-Event-ID. */
void sseread_restart(struct sseread *s);
void sseread_free(struct sseread *s);

#endif

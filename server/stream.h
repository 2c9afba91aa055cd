/*
 * Answers that go on: a body without an end (server-sent events), and a connection that becomes something else
 * (WebSocket). Both on the worker's thread. Neither holds a connection to the database, nor a deadline; both end when
 * the caller hangs up, when he does not take what is sent, and when the server stops.
 */
#ifndef SERVER_STREAM_H
#define SERVER_STREAM_H

#include "server/http.h"

struct stream;
struct upgrade;

#define STREAM_BACKLOG (256 * 1024) /* bytes that wait for a slow reader: more ends the stream */

struct stream_events {
	void (*closed)(void *arg); /* exactly once, whatever ended it; the stream must not be used afterwards */
};

/*
 * Answers with 200 and a body that goes on. `ev` and `arg` live until closed(). Headers by respond_header() before. For
 * HEAD it is closed at once.
 */
struct stream *respond_stream(struct request *r, const char *type, const struct stream_events *ev, void *arg);
/* Copied, sent as soon as the caller takes it. false: too much waits already; the stream is about to be closed. */
bool stream_write(struct stream *s, const char *data, size_t n);
size_t stream_backlog(const struct stream *s);
void stream_end(struct stream *s); /* when all is sent */
void stream_cut(struct stream *s); /* at once: the caller does not take it, or has gone */
struct request *stream_request(const struct stream *s);

struct upgrade_events {
	/*
	 * The socket is yours to read and write (it does not block; watch it by uv_poll), but never to close. `extra` came
	 * right behind the head of the request.
	 */
	void (*open)(void *arg, struct upgrade *u, int fd, const char *extra, size_t n);
	void (*stopping)(void *arg); /* say goodbye and call upgrade_close() soon: seconds later it is cut */
	/* Exactly once, also if it never opened, possibly from inside upgrade_close(): uv_close() the watcher here. */
	void (*closed)(void *arg);
};

/* Answers with 101 and "Upgrade: <protocol>". */
void respond_upgrade(struct request *r, const char *protocol, const struct upgrade_events *ev, void *arg);
void upgrade_close(struct upgrade *u);

#endif

/*
 * HTTP to one server: libcurl's multi interface on the loop. Nothing blocks (names are resolved in curl's own
 * thread), connections are kept and shared, an answer has a limit and a time. HTTP/1.1; https with a verified peer
 * and TLS 1.2 at least; plain http only where nobody can listen: loopback and Unix sockets. No redirects, no
 * cookies, no .netrc. Source: research/api.md §1.3, row "libcurl". Knows nothing of what is asked. Internal to
 * client/.
 */
#ifndef CLIENT_RESTHTTP_H
#define CLIENT_RESTHTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/err.h"

#define RESTHTTP_CONNECT_MS 5000
#define RESTHTTP_MOST (64u << 20) /* bytes of an answer that sets no limit of its own */

struct resthttp;
struct resthttp_call;

struct resthttp_answer {
	/* NULL: a whole answer came. Else why not: of kind ERR_UNREACHABLE with code E-CONN (again may help), E-TLS (not
	 * before somebody has done something) or E-API (somebody else answered). */
	const struct err *err;
	int status;
	const char *type;         /* media type, "" = none was named */
	const char *body;         /* NUL-terminated after `length` bytes; "" of a stream */
	size_t length;
	int ms;                   /* from sending to the last byte, without the time to connect */
	const char *retry_after;  /* these headers, or NULL */
	const char *server_time;
};

struct resthttp_ask {
	const char *method;       /* "GET" */
	const char *path;         /* with the query; begins with "/" */
	const char *const *headers; /* "Name: value", nheaders of them; no line ends inside */
	size_t nheaders;
	const char *body;         /* NULL = none */
	bool secret;              /* body and answer are wiped after use */
	int timeout_ms;           /* from sending to the last byte; 0 = none (a stream) */
	int silence_ms;           /* a stream: without a byte for so long it counts as broken; 0 = no limit */
	size_t most;              /* 0 = RESTHTTP_MOST */
	/* a stream's bytes as they come (only of status 200); false ends it */
	bool (*piece)(const char *bytes, size_t n, void *arg);
	void (*done)(const struct resthttp_answer *a, void *arg); /* once, from the loop */
	void *arg;
};

/* NULL and `e`: what is wrong with the address or with `ca` (a file; NULL = the system's). */
struct resthttp *resthttp_new(uv_loop_t *loop, const char *url, const char *ca, struct err *e);
void resthttp_free(struct resthttp *h); /* cancels all; the loop is run on to let handles close */

const char *resthttp_target(const struct resthttp *h); /* host[:port], or the socket's name: for people */
const char *resthttp_url(const struct resthttp *h);    /* as it was given, without a last slash */

/* Copied before it returns. done is called later, unless cancelled. */
struct resthttp_call *resthttp_send(struct resthttp *h, const struct resthttp_ask *ask);
void resthttp_cancel(struct resthttp_call *c); /* NULL is fine; done is not called any more */

#endif

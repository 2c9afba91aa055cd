/*
 * The inside of a request and of its connection: http*.c, respond.c, stream.c and door.c only. Handlers see http.h.
 */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include <microhttpd.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "server/http.h"
#include "server/problem.h"
#include "server/stream.h"
#include "server/worker.h"

#define PARTS_MAX 4
#define PARAMS_MAX 64

/* Where a connection stands decides what it may take its time for (conns.c). */
enum conn_state {
	CONN_HEAD,    /* the head of the first request is awaited */
	CONN_IDLE,    /* … of a further one */
	CONN_BODY,    /* the body is */
	CONN_BUSY,    /* it is being answered: no deadline but the database's */
	CONN_SENDING, /* the answer goes out */
	CONN_STREAM,  /* an answer that goes on, or an upgraded connection */
};

struct door;

struct conn {
	TAILQ_ENTRY(conn) link;   /* of the worker's */
	struct door *door;
	int fd;
	struct sockaddr_storage peer;
	enum conn_state state;
	uint64_t due;             /* loop time; 0 = none */
	bool counted;             /* against its address's limit */
	struct MHD_Connection *mhd; /* NULL: MHD does not know it yet */
	bool over;                /* nothing comes or goes any more: conn_over() */
	bool refused;             /* over a limit: is told so and closed */
	bool linger;              /* it ends while a body still comes */
	bool metrics;             /* came by metrics_listen */
	bool upgraded;            /* it is not MHD's to read any more */
	bool greeting;            /* over TLS, and it has asked nothing yet: the handshake may be under way */
	bool leaving;             /* upgraded, and closed by us: MHD sends what is left, and lets go */
	struct request *request;  /* being read or answered */
};
TAILQ_HEAD(conn_list, conn);

struct query_param {
	const char *name, *value;
};

struct kept {
	struct kept *next;
	void *p;
	void (*free_fn)(void *p);
};

struct reply_header {
	struct reply_header *next;
	char *name, *value;
};

struct request {
	LIST_ENTRY(request) link; /* of the worker's, by owner */
	owner_t owner;
	struct worker *worker;
	struct conn *conn;        /* NULL: hung up */
	struct MHD_Connection *mhd;

	char *raw;                /* path?query, as sent; later cut into what follows */
	char *path;
	const char *part[PARTS_MAX], *part_name[PARTS_MAX];
	size_t nparts;
	char *cut;                /* path again, cut at its slashes: part[] points into it */
	struct query_param param[PARAMS_MAX];
	size_t nparams;
	const char *flaw;         /* what is wrong with the path or the query, else NULL */

	enum method method;       /* GET for HEAD */
	bool head_only;
	const struct route *route;
	char *body;
	size_t announced, length;
	json_t *json;

	char trace[33], address[46];
	uint64_t begun;
	uint64_t begun_us, took_us; /* till the answer was there */
	uint64_t db_us;           /* spent waiting for the database, as far as known */
	struct identity who;
	char proof[65];           /* of an API key */
	struct cached_session *session;

	struct kept *kept;
	struct reply_header *headers;
	struct MHD_Response *response;
	int status;
	const char *problem;
	uint64_t bytes;
	bool seen;                /* the head was looked at */
	bool in_handler, suspended, answered, close_after;
	struct stream *stream;    /* the answer goes on */
	struct upgrade *upgrade;
};
LIST_HEAD(request_list, request);

/* http.c: MHD's callbacks, with struct door as closure. */
void *http_begin(void *door, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result http_handle(void *door, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **request);
void http_end(void *door, struct MHD_Connection *mhd, void **request, enum MHD_RequestTerminationCode why);

/* The caller is gone, or the server is going: nothing more is asked for it, what it waits for is dropped. */
void http_abandon(struct request *r);
/* An answer has been set: hand it to MHD, now or when it asks again. */
void http_answered(struct request *r);

/* stream.c */
void stream_leave(struct request *r);    /* the request ends */
void stream_stopping(struct request *r); /* the server does */
bool stream_waits(const struct stream *s);

/* respond.c: the common headers and `m`, which is taken. */
void respond_with(struct request *r, int status, const char *type, struct MHD_Response *m);

/* http_head.c: everything that can be refused before the body is read; false: it has been answered. */
bool http_head(struct request *r, const char *method, const char *version);
/* Who asks: false: answered, or will be. */
bool http_who(struct request *r);

/* http_parse.c: raw into path and parameters; false and r->flaw. */
bool http_cut(struct request *r);

#endif

/*
 * One HTTP request and its answer: all that a handler sees of the transport (libmicrohttpd, behind http.c). A request
 * reaches its handler whole: head and body within their limits, the path cut into the route's parts, the caller known
 * as the route demands. It is answered exactly once, at once or later; until then the connection is suspended.
 *
 * Threads: a request lives on one worker (worker.h) and everything here is called on that worker's loop.
 * Memory: what the getters return lives until the request is answered. `err`s are copied; json and strbuf are taken.
 */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "client/client.h"

struct request;
struct worker;

enum method { GET = 1 << 0, HEAD = 1 << 1, POST = 1 << 2, PUT = 1 << 3, PATCH = 1 << 4, DELETE = 1 << 5 };
/* Beside the methods of a route: the body may have config.max_import bytes instead of max_body. */
enum { LARGE = 1 << 8 };

/* Who may come in. The database decides what he may do there. */
enum access {
	ACCESS_PUBLIC,  /* nobody need be known */
	ACCESS_PERSON,  /* a bearer token of a live login session, or an API key */
	ACCESS_LOGIN,   /* a token of a login session only: what an API key never may (passwords, sessions, keys) */
};

/*
 * A row of a route table. HEAD comes with GET. Parts of the pattern in braces become request_part(): "{resource}". The
 * tables are searched in order of server/routes.c; a literal part is preferred to one in braces.
 */
struct route {
	unsigned methods;
	const char *pattern;  /* "/api/v1/reports/{report}"; NULL ends a table */
	enum access access;
	void (*handle)(struct request *r);
	const char *summary;  /* English, for OpenAPI; NULL = not in it */
	const char *describe; /* name of a component in openapi_parts (openapi.h) with parameters and answers, or NULL */
};

/* ---- what was asked ---- */

struct worker *request_worker(const struct request *r);
enum method request_method(const struct request *r); /* GET also for HEAD */
#define PATH_SLASH '\1'
const char *request_path(const struct request *r);   /* decoded, cleaned; a slash within a part is PATH_SLASH */
const char *request_part(const struct request *r, const char *name);
const char *request_header(const struct request *r, const char *name); /* NULL = absent; any case */
const char *request_query(const struct request *r, const char *name);  /* the first of that name; NULL = absent */
/* All parameters of the query in order, decoded: false ends it. */
bool request_query_each(const struct request *r, size_t i, const char **name, const char **value);
const char *request_body(const struct request *r, size_t *length);
/*
 * The body as a JSON object, parsed strictly (UTF-8, no duplicate keys, depth and size within limits). NULL: the
 * problem has been answered; return. The json belongs to the request.
 */
json_t *request_json(struct request *r);
const char *request_trace(const struct request *r);   /* 32 hex digits: the same in answer, log and database */
/* The caller's address: the peer's, or what a trusted proxy says of it. "10.0.0.7", "2001:db8::1", "unix". */
const char *request_address(const struct request *r);
uint64_t request_begun(const struct request *r);      /* loop time, ms */

/* ---- who asks ---- */

struct identity {
	char user[37];      /* "" = nobody */
	char login[37];     /* id of the login session, or "" */
	char key[37];       /* id of the API key, or "" */
	int64_t auth_time;  /* Unix seconds of the last proof of identity; 0 = an API key */
	int64_t expires;    /* Unix seconds: the token's end; 0 = an API key */
	int company;        /* header Domovoi-Company; 0 = the default membership */
	char role[64];      /* header Domovoi-Role, or "" */
	char see_as[64];    /* header Domovoi-See-As, or "" */
};
const struct identity *request_identity(const struct request *r);
/*
 * The data session of that identity, from the worker's cache (sessions.h): what it asks is asked as this person. Routes
 * of ACCESS_PUBLIC have worker_nobody() instead.
 */
struct session *request_session(struct request *r);
owner_t request_owner(const struct request *r); /* for client_*(): cancelled by itself when the caller hangs up */
/* The request of that owner, for what comes back from uv_queue_work(); NULL = it has ended meanwhile. */
struct request *request_find(struct worker *w, owner_t owner);
/* Memory of a handler that goes on: freed by free_fn when the request ends, however it ends. Returns p. */
void *request_keep(struct request *r, void *p, void (*free_fn)(void *p));

/* ---- the answer ---- */

void respond_header(struct request *r, const char *name, const char *value); /* before the answer */
void respond_etag(struct request *r, int version);    /* ETag: "v<version>" */
void respond_json(struct request *r, int status, json_t *body);
void respond_text(struct request *r, int status, const char *type, struct strbuf *body); /* its memory is taken */
void respond_empty(struct request *r, int status);
/* A file that is sent and removed (opened, unlinked); `name` for Content-Disposition, cleaned, may be NULL. */
void respond_file(struct request *r, int status, const char *type, const char *name, int fd);

/* ---- problems: RFC 9457 (problem.h has the table) ---- */

/* By the table's code: "if-match-required", "unknown-filter"; the sentence for people. */
void respond_problem(struct request *r, const char *code, const char *detail_fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same about one member of the body or one parameter: pointer "/set/check_in" or "?sort". */
void respond_problem_at(struct request *r, const char *code, const char *pointer, const char *detail_fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* What the client interface said: the one mapping from struct err to status and code. */
void respond_err(struct request *r, const struct err *e);
/* 412 with the record as it is now. Taken. */
void respond_stale(struct request *r, const struct err *e, json_t *current);

/* ---- answers that go on: events, upgrades (stream.h has them) ---- */

#endif

/*
 * What domovoid is told: a file of "key = value" lines (0600 where it names secrets' files; secrets themselves are only
 * ever in files of their own), read at start and again on SIGHUP. Immutable once read.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <config.h> /* configure's: in this folder #include "config.h" finds the file that you read */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

struct config {
	char **listen;         /* each "127.0.0.1:8443", "[::1]:0" or "unix:/run/domovoi/api.sock"; port 0: any, printed on
	                        * start; NULL-terminated */
	char *metrics_listen;  /* loopback only; "" = /metrics is not served */
	char *tls_cert, *tls_key; /* files; NULL: plain HTTP, which is refused except on loopback and Unix sockets */
	char *dsn;             /* as the API's login (a member of domovoi_api and of the scopes' roles) */
	char *feed_dsn;        /* past a pooler, for LISTEN; NULL = dsn, and no pooler is between: statements are prepared */
	char *jwt_keys;        /* file: "KID BASE64" lines, the first signs, all are accepted (server/keyring.h) */
	char *pepper;          /* file: one line of base64, 32 bytes or more */
	char *codes_key;       /* file (client/secret.h); NULL: codes are not opened here */
	char *issuer;          /* `iss` of tokens, and the base of problem types: "https://domovoi.example" */
	char **proxies;        /* addresses or networks whose X-Forwarded-For counts; NULL-terminated */
	char **origins;        /* Origins that may open a WebSocket; NULL-terminated */
	char *now;             /* tests: ISO instant, as client_config.now */
	int threads;           /* 0 = one a core */
	int connections;       /* to the database, of all threads together; default 4 a core */
	/* limits */
	int max_connections;   /* of all threads; default 1024 */
	int max_per_address;   /* default 64; proxies are not counted */
	int header_seconds;    /* from accept (or the end of the last answer's body) to the end of the head; default 10 */
	int body_seconds;      /* default 30 */
	int idle_seconds;      /* between requests; default 60 */
	size_t max_header;     /* bytes; default 16384 */
	size_t max_body;       /* bytes; default 1 MiB */
	size_t max_import;     /* bytes, of routes marked LARGE; default 8 MiB */
	int slow_ms;           /* a request longer than that is logged as slow; default 1000 */
	int pool_wait_ms;      /* default 2000: then 503 */
	int max_streams;       /* event streams and WebSockets, of all workers; default 2000 */
	int streams_per_person; /* default 8 */
	int stream_heartbeat;  /* seconds of silence; default 20 */
	int stream_recheck;    /* seconds between looks at whether the session lives, and what it may see; default 60 */
	int stream_slow;       /* seconds without anything taken, before the reader is dropped; default 30 */
	char *log;             /* file, reopened on SIGHUP; NULL = standard error */
};

/* All defaults; to be completed by config_set() where no file is read. */
struct config *config_new(void);
/* NULL and `e` with file and line. */
struct config *config_read(const char *path, struct err *e);
/* One "key=value" on top, as the command line gives it. */
bool config_set(struct config *c, const char *key, const char *value, struct err *e);
/* What must hold between the settings, and of the files that they name (0600): false and `e` says which. */
bool config_check(const struct config *c, struct err *e);
void config_free(struct config *c);

bool config_is_loopback(const char *address); /* of a `listen`: unix:, 127.*, [::1] */

/* The settings for --help and the manual page: name, default and meaning, line by line. */
void config_describe(struct strbuf *out, const char *row_fmt, const char *help_fmt);

#endif

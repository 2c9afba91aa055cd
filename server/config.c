#include "config.h"

#include "server/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "client/resource.h"

enum kind { TEXT, LIST, INT, SIZE };

struct setting {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *fallback; /* as it would be written; NULL = not set */
	long long min, max;   /* of numbers */
	const char *help;
};

#define AT(member) offsetof(struct config, member)

static const struct setting settings[] = {
	{ "listen", LIST, AT(listen), "127.0.0.1:8443", 0, 0,
	    "addresses to serve: HOST:PORT, [IPv6]:PORT or unix:PATH; plain HTTP only on loopback and Unix sockets" },
	{ "metrics_listen", TEXT, AT(metrics_listen), "", 0, 0, "loopback address of /metrics; empty: not served" },
	{ "tls_cert", TEXT, AT(tls_cert), NULL, 0, 0, "file of the certificate and its chain (PEM)" },
	{ "tls_key", TEXT, AT(tls_key), NULL, 0, 0, "file of its key (PEM, 0600)" },
	{ "dsn", TEXT, AT(dsn), NULL, 0, 0, "of the database, as a login made by: domovoi db api-role NAME" },
	{ "feed_dsn", TEXT, AT(feed_dsn), NULL, 0, 0,
	  "the same past a pooler, if dsn leads through one: for LISTEN; nothing is prepared then" },
	{ "jwt_keys", TEXT, AT(jwt_keys), NULL, 0, 0, "file of KID BASE64 lines: the first signs, all are accepted (0600)" },
	{ "pepper", TEXT, AT(pepper), NULL, 0, 0, "file of one line of base64, 32 bytes or more (0600)" },
	{ "codes_key", TEXT, AT(codes_key), NULL, 0, 0, "key file of the access codes (0600); unset: codes are not opened" },
	{ "issuer", TEXT, AT(issuer), "https://localhost", 0, 0, "who issues tokens, and the base of the types of problems" },
	{ "proxies", LIST, AT(proxies), "", 0, 0, "addresses or networks whose X-Forwarded-For counts" },
	{ "origins", LIST, AT(origins), "", 0, 0, "origins that may open a WebSocket" },
	{ "now", TEXT, AT(now), NULL, 0, 0, "tests only: the instant that it is" },
	{ "threads", INT, AT(threads), "0", 0, 256, "workers; 0: one a core" },
	{ "connections", INT, AT(connections), "0", 0, 10000, "to the database, of all workers; 0: four a core" },
	{ "max_connections", INT, AT(max_connections), "1024", 1, 1000000, "callers at once" },
	{ "max_per_address", INT, AT(max_per_address), "64", 1, 1000000, "callers at once of one address (IPv6: one /64)" },
	{ "header_seconds", INT, AT(header_seconds), "10", 1, 3600, "for the head of the first request" },
	{ "body_seconds", INT, AT(body_seconds), "30", 1, 3600, "for the body of a request" },
	{ "idle_seconds", INT, AT(idle_seconds), "60", 1, 3600, "from an answer to the whole head of the next request" },
	{ "max_header", SIZE, AT(max_header), "16384", 1024, 1 << 20, "bytes of the head of a request" },
	{ "max_body", SIZE, AT(max_body), "1048576", 1024, 1 << 30, "bytes of the body of a request" },
	{ "max_import", SIZE, AT(max_import), "8388608", 1024, 1 << 30, "bytes of the body of an import" },
	{ "slow_ms", INT, AT(slow_ms), "1000", 1, 3600000, "longer requests are logged as slow" },
	{ "pool_wait_ms", INT, AT(pool_wait_ms), "2000", 1, 600000, "how long a request waits for the database" },
	{ "max_streams", INT, AT(max_streams), "2000", 0, 1000000, "event streams and WebSockets at once" },
	{ "streams_per_person", INT, AT(streams_per_person), "8", 1, 1000000, "of them, of one person" },
	{ "stream_heartbeat", INT, AT(stream_heartbeat), "20", 1, 3600, "seconds of silence before a stream says so" },
	{ "stream_recheck", INT, AT(stream_recheck), "60", 1, 3600, "seconds between looks at the session of a stream" },
	{ "stream_slow", INT, AT(stream_slow), "30", 1, 3600, "seconds after which a stream is dropped that nobody reads" },
	{ "log", TEXT, AT(log), NULL, 0, 0, "file of the log, opened again on SIGHUP; unset: standard error" },
};

static void *member(const struct config *c, const struct setting *s)
{
	return (char *)(uintptr_t)c + s->offset;
}

static void list_free(char **list)
{
	for (char **p = list; p != NULL && *p != NULL; p++)
		free(*p);
	free(list);
}

/* "a, b c" -> { "a", "b", "c", NULL } */
static char **list_parse(const char *text)
{
	char **list = xcalloc(1, sizeof *list);
	size_t n = 0;

	for (const char *p = text + strspn(text, ", \t"); *p != '\0'; p += strspn(p, ", \t")) {
		size_t len = strcspn(p, ", \t");

		list = xreallocarray(list, n + 2, sizeof *list);
		list[n++] = xstrndup(p, len);
		list[n] = NULL;
		p += len;
	}
	return list;
}

static bool number_parse(const struct setting *s, const char *value, long long *out, struct err *e)
{
	char *end, *remedy;

	errno = 0;
	*out = strtoll(value, &end, 10);
	if (errno == 0 && end != value && *end == '\0' && *out >= s->min && *out <= s->max)
		return true;
	remedy = xasprintf("Write a whole number from %lld to %lld", s->min, s->max);
	err_set(e, ERR_USAGE, "E-CONFIG", NULL, remedy, "%s: '%s' is not a number that it can be", s->name, value);
	free(remedy);
	return false;
}

static bool assign(struct config *c, const struct setting *s, const char *value, struct err *e)
{
	void *to = member(c, s);
	long long n = 0;

	if ((s->kind == INT || s->kind == SIZE) && !number_parse(s, value, &n, e))
		return false;
	switch (s->kind) {
	case TEXT:
		free(*(char **)to);
		*(char **)to = *value != '\0' ? xstrdup(value) : NULL;
		break;
	case LIST:
		list_free(*(char ***)to);
		*(char ***)to = list_parse(value);
		break;
	case INT:
		*(int *)to = (int)n;
		break;
	case SIZE:
		*(size_t *)to = (size_t)n;
		break;
	}
	return true;
}

static bool no_such(const char *key, struct err *e)
{
	const char *close = NULL;
	char remedy[80];

	for (size_t i = 0; i < ARRAY_LEN(settings) && close == NULL; i++)
		if (names_close(key, settings[i].name))
			close = settings[i].name;
	snprintf(remedy, sizeof remedy, "%s%s%s", close != NULL ? "Write " : "domovoid --help lists them",
	    close != NULL ? close : "", close != NULL ? ", or see domovoid --help" : "");
	err_set(e, ERR_USAGE, "E-CONFIG", key, remedy, "there is no setting '%s'", key);
	return false;
}

bool config_set(struct config *c, const char *key, const char *value, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (strcmp(settings[i].name, key) == 0)
			return assign(c, &settings[i], value, e);
	return no_such(key, e);
}

struct config *config_new(void)
{
	struct config *c = xcalloc(1, sizeof *c);

	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (settings[i].fallback != NULL)
			assign(c, &settings[i], settings[i].fallback, NULL);
	return c;
}

static char *trimmed(char *s)
{
	char *end = s + strlen(s);

	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s + strspn(s, " \t");
}

static bool read_line(struct config *c, char *line, struct err *e)
{
	char *key = trimmed(line), *value = strchr(key, '=');

	if (*key == '\0' || *key == '#')
		return true;
	if (value == NULL) {
		err_set(e, ERR_USAGE, "E-CONFIG", NULL, "Write key = value", "'%s' sets nothing", key);
		return false;
	}
	*value++ = '\0';
	return config_set(c, trimmed(key), trimmed(value), e);
}

static bool unreadable(const char *path, struct err *e)
{
	err_set(e, ERR_FAILED, "E-CONFIG", NULL, "Check the path and who may read it", "%s: %s", path, strerror(errno));
	return false;
}

static bool read_file(struct config *c, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	bool fine = true;

	if (f == NULL)
		return unreadable(path, e);
	for (int n = 1; fine && getline(&line, &size, f) >= 0; n++) {
		struct err why = { 0 };

		fine = read_line(c, line, &why);
		if (!fine)
			err_set(e, why.kind, why.code, why.field, why.remedy, "%s:%d: %s", path, n, why.text);
	}
	if (fine && ferror(f))
		fine = unreadable(path, e);
	free(line);
	fclose(f);
	return fine;
}

struct config *config_read(const char *path, struct err *e)
{
	struct config *c = config_new();

	if (read_file(c, path, e))
		return c;
	config_free(c);
	return NULL;
}

void config_free(struct config *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		if (settings[i].kind == TEXT)
			free(*(char **)member(c, &settings[i]));
		else if (settings[i].kind == LIST)
			list_free(*(char ***)member(c, &settings[i]));
	}
	free(c);
}

/* ---- what must hold -------------------------------------------------------------------------- */

bool config_is_loopback(const char *address)
{
	return strncmp(address, "unix:", 5) == 0 || strncmp(address, "127.", 4) == 0 ||
	    strncmp(address, "[::1]:", 6) == 0 || strncmp(address, "localhost:", 10) == 0;
}

/* A secret that others can read is none. */
static bool private_file(const char *name, const char *path, struct err *e)
{
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	struct stat st;
	char *remedy;

	if (path == NULL)
		return true;
	if (fd < 0 || fstat(fd, &st) != 0) {
		err_set(e, ERR_FAILED, "E-CONFIG", NULL, "Check the path and who may read it", "%s: %s: %s", name, path,
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	close(fd);
	if ((st.st_mode & 077) == 0 && S_ISREG(st.st_mode))
		return true;
	remedy = xasprintf("Run: chmod 600 %s", path);
	err_set(e, ERR_FAILED, "E-CONFIG", NULL, remedy, "%s: %s is open to others than its owner", name, path);
	free(remedy);
	return false;
}

static bool needed(const char *name, const void *value, const char *remedy, struct err *e)
{
	if (value == NULL)
		err_set(e, ERR_USAGE, "E-CONFIG", name, remedy, "%s is not set", name);
	return value != NULL;
}

static bool addresses_fit(const struct config *c, struct err *e)
{
	if (c->listen[0] == NULL && !needed("listen", NULL, "Give at least one address", e))
		return false;
	for (char **p = c->listen; *p != NULL; p++) {
		if (c->tls_cert != NULL || config_is_loopback(*p))
			continue;
		err_set(e, ERR_USAGE, "E-CONFIG", "listen", "Set tls_cert and tls_key, or listen on 127.0.0.1 behind a proxy",
		    "plain HTTP is not served on %s", *p);
		return false;
	}
	if (c->metrics_listen == NULL || config_is_loopback(c->metrics_listen))
		return true;
	err_set(e, ERR_USAGE, "E-CONFIG", "metrics_listen", "Use 127.0.0.1:PORT, [::1]:PORT or unix:PATH",
	    "figures are not served on %s", c->metrics_listen);
	return false;
}

bool config_check(const struct config *c, struct err *e)
{
	if (!needed("dsn", c->dsn, "Give the database, as the login of the API", e) ||
	    !needed("jwt_keys", c->jwt_keys, "Name the file of the keys that sign tokens", e) ||
	    !needed("pepper", c->pepper, "Name the file of the pepper of passwords", e))
		return false;
	if (c->tls_cert != NULL && !needed("tls_key", c->tls_key, "It belongs to tls_cert", e))
		return false;
	if (c->tls_key != NULL && !needed("tls_cert", c->tls_cert, "It belongs to tls_key", e))
		return false;
	return addresses_fit(c, e) && private_file("tls_key", c->tls_key, e) && private_file("jwt_keys", c->jwt_keys, e) &&
	    private_file("pepper", c->pepper, e) && private_file("codes_key", c->codes_key, e);
}

void config_describe(struct strbuf *out, const char *row_fmt, const char *help_fmt)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const struct setting *s = &settings[i];
		bool has = s->fallback != NULL && *s->fallback != '\0';

		strbuf_printf(out, row_fmt, s->name);
		strbuf_printf(out, help_fmt, s->help, has ? "; default " : "", has ? s->fallback : "");
	}
}

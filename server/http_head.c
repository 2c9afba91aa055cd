/* What the head of a request is refused for, before anything of its body is read (research/api.md §2.1, E12, T18). */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "server/auth.h"
#include "server/request.h"
#include "server/routes.h"
#include "server/shared.h"
#include "server/workers.h"

static const struct {
	const char *name;
	enum method method;
} methods[] = {
	{ "GET", GET }, { "HEAD", HEAD }, { "POST", POST }, { "PUT", PUT }, { "PATCH", PATCH }, { "DELETE", DELETE },
};

static enum method method_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].method;
	return 0;
}

static bool slash_refused(struct request *r)
{
	respond_problem(r, "bad-request", "The address is not well formed: there is an encoded slash");
	return false;
}

static bool method_fits(struct request *r, const char *name)
{
	enum method m = method_of(name);
	unsigned allowed = 0;
	char list[64] = "";

	if (m == 0) {
		respond_problem(r, "not-implemented", "The method is not one of GET, HEAD, POST, PUT, PATCH, DELETE");
		return false;
	}
	r->head_only = m == HEAD;
	r->method = m == HEAD ? GET : m;
	r->route = routes_find(m, r->path, &allowed);
	if (r->route != NULL)
		return true;
	if (allowed == 0) {
		if (strchr(r->path, PATH_SLASH) != NULL)
			return slash_refused(r);
		respond_problem(r, "not-found", NULL);
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if ((allowed & methods[i].method) != 0)
			snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list != '\0' ? ", " : "",
			    methods[i].name);
	respond_header(r, "Allow", list);
	respond_problem(r, "method-not-allowed", "This path takes: %s", list);
	return false;
}

/* What stands in the path where the pattern has "{name}"; of these only "{key}", a number or code, may have a slash. */
static bool cut_parts(struct request *r)
{
	const char *pattern = r->route->pattern;
	bool fine = true;

	for (char *p = r->cut = xstrdup(r->path); *p == '/';) {
		char *part = p + 1;

		*p = '\0'; /* ends the part before */
		p = part + strcspn(part, "/");
		if (*++pattern == '{' && r->nparts < PARTS_MAX) {
			r->part_name[r->nparts] = pattern + 1;
			r->part[r->nparts++] = part;
		}
		for (char *c = part; c < p; c++)
			if (*c == PATH_SLASH) {
				*c = '/';
				fine = fine && strncmp(pattern, "{key}", 5) == 0;
			}
		pattern += strcspn(pattern, "/");
	}
	return fine || slash_refused(r);
}

/* ---- headers --------------------------------------------------------------------------------- */

struct once { /* headers that must not come twice: who reads the first and who the last would disagree */
	unsigned seen;
	bool twice, dirty;
};

static enum MHD_Result look_at_header(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	static const char *const single[] = {
		"host", "content-length", "transfer-encoding", "authorization", "idempotency-key", "if-match", "content-type",
		"domovoi-company", "domovoi-role", "domovoi-see-as",
	};
	struct once *o = arg;

	(void)kind;
	for (size_t i = 0; i < ARRAY_LEN(single); i++) {
		if (strcasecmp(single[i], key) != 0)
			continue;
		o->twice |= (o->seen & 1u << i) != 0;
		o->seen |= 1u << i;
	}
	for (const unsigned char *p = (const unsigned char *)(value != NULL ? value : ""); *p != '\0'; p++)
		o->dirty |= (*p < 0x20 && *p != '\t') || *p == 0x7F;
	return MHD_YES;
}

static bool headers_fit(struct request *r)
{
	struct once o = { 0 };
	const union MHD_ConnectionInfo *size = MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	if (size != NULL && size->header_size > worker_config(r->worker)->max_header) {
		respond_problem(r, "header-too-large", "The head has more than %zu bytes",
		    worker_config(r->worker)->max_header);
		return false;
	}
	MHD_get_connection_values(r->mhd, MHD_HEADER_KIND, look_at_header, &o);
	if (o.twice)
		respond_problem(r, "bad-request", "A header that must be unique comes twice");
	else if (o.dirty)
		respond_problem(r, "bad-request", "A header has control characters");
	return !o.twice && !o.dirty;
}

/* "5" and nothing else: no sign, no list. */
static bool length_of(const char *text, size_t *n)
{
	char *end;

	if (!isdigit((unsigned char)*text) || strlen(text) > 18)
		return false;
	errno = 0;
	*n = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool type_fits(struct request *r)
{
	static const char *const taken[] = { "application/json", "application/merge-patch+json" };
	const char *type = request_header(r, "Content-Type");

	if (type == NULL || r->announced == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (strncasecmp(type, taken[i], strlen(taken[i])) == 0 && strchr("; \t", type[strlen(taken[i])]) != NULL)
			return true;
	respond_problem(r, "unsupported-media", "Send application/json");
	return false;
}

static bool body_fits(struct request *r)
{
	const struct config *c = worker_config(r->worker);
	size_t most = (r->route->methods & LARGE) != 0 ? c->max_import : c->max_body;
	const char *length = request_header(r, "Content-Length");
	bool takes = (r->method & (POST | PUT | PATCH)) != 0;

	if (request_header(r, "Transfer-Encoding") != NULL || (takes && length == NULL)) {
		respond_problem(r, "length-required", "Say the length of the body in Content-Length, 0 if there is none");
		return false;
	}
	if (length != NULL && !length_of(length, &r->announced)) {
		respond_problem(r, "bad-request", "Content-Length is not a number");
		return false;
	}
	if (!takes && r->announced > 0) {
		respond_problem(r, "bad-request", "This method takes no body");
		return false;
	}
	if (r->announced > most) {
		respond_problem(r, "too-large", "The body may have %zu bytes", most);
		return false;
	}
	return type_fits(r);
}

/* ---- who asks -------------------------------------------------------------------------------- */

static bool plain_word(const char *s, size_t most)
{
	size_t n = strlen(s);

	for (const char *p = s; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-_.@", *p) == NULL)
			return false;
	return n < most;
}

static bool read_word(struct request *r, const char *name, char *to, size_t size)
{
	const char *value = request_header(r, name);

	if (value == NULL)
		return true;
	if (!plain_word(value, size)) {
		respond_problem(r, "bad-request", "%s is not a name", name);
		return false;
	}
	snprintf(to, size, "%s", value);
	return true;
}

static bool read_company(struct request *r)
{
	const char *value = request_header(r, "Domovoi-Company");
	size_t n = 0;

	if (value != NULL && (!length_of(value, &n) || n == 0 || n > INT32_MAX)) {
		respond_problem(r, "bad-request", "Domovoi-Company is not a number");
		return false;
	}
	r->who.company = (int)n;
	return true;
}

static bool refuse_token(struct request *r, enum auth a)
{
	const char *code = a == AUTH_NOBODY ? "token-missing" : a == AUTH_EXPIRED ? "token-expired" : "token-invalid";

	respond_header(r, "WWW-Authenticate", a == AUTH_NOBODY ? "Bearer realm=\"domovoi\"" :
	    "Bearer realm=\"domovoi\", error=\"invalid_token\"");
	respond_problem(r, code, NULL);
	return false;
}

bool http_who(struct request *r)
{
	enum auth a;

	if (r->route->access == ACCESS_PUBLIC)
		return true;
	a = auth_bearer(worker_ring(r->worker), request_header(r, "Authorization"), time(NULL), &r->who, r->proof);
	if (a != AUTH_OK)
		return refuse_token(r, a);
	if (r->route->access == ACCESS_LOGIN && r->who.key[0] != '\0') {
		respond_problem(r, "forbidden", "This is not for API keys");
		return false;
	}
	return read_company(r) && read_word(r, "Domovoi-Role", r->who.role, sizeof r->who.role) &&
	    read_word(r, "Domovoi-See-As", r->who.see_as, sizeof r->who.see_as);
}

/* ---- the trace ------------------------------------------------------------------------------- */

/* 32 hexadecimal digits of a caller's own: X-Request-Id as a UUID or plain, or the id of a W3C traceparent. */
static bool own_trace(const char *text, char *to)
{
	size_t n = 0;

	for (; text != NULL && *text != '\0' && n <= 32; text++) {
		if (*text == '-')
			continue;
		if (!isxdigit((unsigned char)*text) || n == 32)
			return false;
		to[n++] = (char)tolower((unsigned char)*text);
	}
	to[n] = '\0';
	return n == 32 && strspn(to, "0") != 32;
}

static void set_trace(struct request *r)
{
	const char *parent = request_header(r, "traceparent");
	char cut[33] = "";

	if (parent != NULL && strlen(parent) >= 55 && strncmp(parent, "00-", 3) == 0)
		snprintf(cut, sizeof cut, "%.32s", parent + 3);
	if (own_trace(request_header(r, "X-Request-Id"), r->trace) || own_trace(cut, r->trace))
		return;
	worker_random_hex(r->worker, r->trace, 16);
}

static enum MHD_Result add_hops(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct strbuf *hops = arg;

	(void)kind;
	if (strcasecmp(key, "X-Forwarded-For") == 0 && value != NULL)
		strbuf_printf(hops, "%s%s", hops->len > 0 ? "," : "", value);
	return MHD_YES;
}

/* All lines of X-Forwarded-For are one list: a proxy may add its own below the one that the caller made up. */
static void set_address(struct request *r)
{
	struct strbuf hops = { 0 };

	MHD_get_connection_values(r->mhd, MHD_HEADER_KIND, add_hops, &hops);
	shared_caller(worker_config(r->worker), &r->conn->peer, strbuf_str(&hops), r->address, sizeof r->address);
	strbuf_free(&hops);
}

bool http_head(struct request *r, const char *method, const char *version)
{
	set_trace(r);
	set_address(r);
	if (r->conn->refused) {
		respond_problem(r, "overloaded", "There are too many connections");
		return false;
	}
	if (worker_stopping(r->worker)) {
		respond_problem(r, "stopping", NULL);
		return false;
	}
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0) {
		respond_problem(r, "bad-request", "The protocol is not HTTP/1.1");
		return false;
	}
	if (!http_cut(r)) {
		respond_problem(r, "bad-request", "The address is not well formed: %s", r->flaw);
		return false;
	}
	if (!headers_fit(r) || !method_fits(r, method))
		return false;
	return cut_parts(r) && http_who(r) && body_fits(r);
}

/* Answers. Each request has exactly one. */
#include "config.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "server/jsonin.h"
#include "server/log.h"
#include "server/request.h"
#include "server/sessions.h"

void respond_header(struct request *r, const char *name, const char *value)
{
	struct reply_header *h = xcalloc(1, sizeof *h);

	*h = (struct reply_header){ .next = r->headers, .name = xstrdup(name), .value = xstrdup(value) };
	for (char *p = h->value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F)
			*p = '?'; /* nothing that came from data can begin another header */
	r->headers = h;
}

void respond_etag(struct request *r, int version)
{
	char tag[32];

	snprintf(tag, sizeof tag, "\"v%d\"", version);
	respond_header(r, "ETag", tag);
}

static void add(struct MHD_Response *m, const char *name, const char *value)
{
	if (MHD_add_response_header(m, name, value) == MHD_NO)
		logger_event("error", "header", json_pack("{s:s}", "name", name));
}

static bool has_header(const struct request *r, const char *name)
{
	for (const struct reply_header *h = r->headers; h != NULL; h = h->next)
		if (strcasecmp(h->name, name) == 0)
			return true;
	return false;
}

void respond_with(struct request *r, int status, const char *type, struct MHD_Response *m)
{
	struct timespec ts;
	char now[32];

	if (r->answered) { /* never twice: the first counts */
		MHD_destroy_response(m);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	snprintf(now, sizeof now, "%lld", (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
	if (type != NULL)
		add(m, "Content-Type", type);
	add(m, "Domovoi-Trace-Id", r->trace);
	add(m, "Domovoi-Server-Time", now);
	add(m, "X-Content-Type-Options", "nosniff");
	if (!has_header(r, "Cache-Control"))
		add(m, "Cache-Control", "no-store");
	for (const struct reply_header *h = r->headers; h != NULL; h = h->next)
		add(m, h->name, h->value);
	r->response = m;
	r->status = status;
	r->answered = true;
	http_answered(r);
}

/* Takes `text` (malloc). */
static void respond_bytes(struct request *r, int status, const char *type, char *text, size_t n)
{
	r->bytes = n;
	respond_with(r, status, type, MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_FREE));
}

static void respond_typed(struct request *r, int status, const char *type, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);

	json_decref(body);
	if (text == NULL)
		respond_problem(r, "internal", NULL);
	else
		respond_bytes(r, status, type, text, strlen(text));
}

void respond_json(struct request *r, int status, json_t *body)
{
	respond_typed(r, status, "application/json", body);
}

void respond_text(struct request *r, int status, const char *type, struct strbuf *body)
{
	size_t n = body->len;

	respond_bytes(r, status, type, strbuf_steal(body), n);
}

void respond_empty(struct request *r, int status)
{
	respond_with(r, status, NULL, MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
}

void respond_file(struct request *r, int status, const char *type, const char *name, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		close(fd);
		respond_problem(r, "internal", NULL);
		return;
	}
	if (name != NULL) {
		char *safe = xstrdup(name), *value;

		for (char *p = safe; *p != '\0'; p++)
			if (strchr("abcdefghijklmnopqrstuvwxyz0123456789._-ABCDEFGHIJKLMNOPQRSTUVWXYZ", *p) == NULL)
				*p = '_';
		value = xasprintf("attachment; filename=\"%s\"", safe);
		respond_header(r, "Content-Disposition", value);
		free(value);
		free(safe);
	}
	r->bytes = (uint64_t)st.st_size;
	respond_with(r, status, type, MHD_create_response_from_fd64((uint64_t)st.st_size, fd));
}

/* ---- problems -------------------------------------------------------------------------------- */

static void respond_as(struct request *r, const struct problem *p, const char *detail, const char *pointer,
    const struct err *e, json_t *current)
{
	json_t *body = problem_json(p, worker_config(r->worker)->issuer, r->trace, detail, pointer, e);
	char seconds[16];

	if (current != NULL)
		json_object_set_new(body, "current", current);
	if (p->retry_after > 0 && !has_header(r, "Retry-After")) {
		snprintf(seconds, sizeof seconds, "%d", p->retry_after);
		respond_header(r, "Retry-After", seconds);
	}
	if (p->status == 401 && !has_header(r, "WWW-Authenticate"))
		respond_header(r, "WWW-Authenticate", "Bearer realm=\"domovoi\", error=\"invalid_token\"");
	if (p->status >= 500 && e != NULL)
		logger_event("error", "failure", json_pack("{s:s, s:s, s:s}", "trace", r->trace, "code", e->code, "text",
		    e->text));
	if (!r->answered)
		r->problem = p->code;
	respond_typed(r, p->status, "application/problem+json", body);
}

static void respond_v(struct request *r, const char *code, const char *pointer, const char *fmt, va_list ap)
{
	char *detail = NULL;

	if (fmt != NULL && vasprintf(&detail, fmt, ap) < 0)
		detail = NULL;
	respond_as(r, problem_find(code), detail, pointer, NULL, NULL);
	free(detail);
}

void respond_problem(struct request *r, const char *code, const char *detail_fmt, ...)
{
	va_list ap;

	va_start(ap, detail_fmt);
	respond_v(r, code, NULL, detail_fmt, ap);
	va_end(ap);
}

void respond_problem_at(struct request *r, const char *code, const char *pointer, const char *detail_fmt, ...)
{
	va_list ap;

	va_start(ap, detail_fmt);
	respond_v(r, code, pointer, detail_fmt, ap);
	va_end(ap);
}

/* Where the field is in the body: a member of it, or of the arguments of an action. */
static char *pointer_to(const struct request *r, const char *field)
{
	const json_t *args = json_object_get(r->json, "args");

	return xasprintf("%s/%s", json_object_get(args, field) != NULL ? "/args" : "", field);
}

void respond_err(struct request *r, const struct err *e)
{
	const struct problem *p = problem_of(e);
	char *pointer = e->field[0] != '\0' ? pointer_to(r, e->field) : NULL;

	sessions_refused(r, strcmp(p->code, "session-revoked") == 0);
	respond_as(r, p, NULL, p->status == 422 || p->status == 409 ? pointer : NULL, e, NULL);
	free(pointer);
}

void respond_stale(struct request *r, const struct err *e, json_t *current)
{
	respond_as(r, problem_find("stale-version"), NULL, NULL, e, current);
}

json_t *request_json(struct request *r)
{
	struct err e = { 0 };

	if (r->json == NULL)
		r->json = jsonin_object(r->body != NULL ? r->body : "", r->length, &e);
	if (r->json == NULL)
		respond_problem(r, "bad-json", "%s", e.text);
	return r->json;
}

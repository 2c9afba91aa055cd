/* Requests as MHD brings them: whole or not at all. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "server/log.h"
#include "server/request.h"
#include "server/routes.h"
#include "server/sessions.h"
#include "server/workers.h"

#define DRAIN_MOST 65536 /* a refused body up to this is read and dropped, so that the answer is sure to be seen */

static struct conn *conn_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

static struct request_list *bucket(struct worker *w, owner_t owner)
{
	return &w->requests[owner % OWNER_BUCKETS];
}

struct request *request_find(struct worker *w, owner_t owner)
{
	struct request *r;

	LIST_FOREACH(r, bucket(w, owner), link)
		if (r->owner == owner)
			return r;
	return NULL;
}

void *http_begin(void *door, const char *uri, struct MHD_Connection *mhd)
{
	struct request *r = xcalloc(1, sizeof *r);
	struct worker *w = door_worker(door);

	r->worker = w;
	r->mhd = mhd;
	r->conn = conn_of(mhd);
	r->raw = xstrdup(uri);
	r->owner = ++w->last_owner;
	r->begun = uv_now(&w->loop);
	r->begun_us = uv_hrtime() / 1000;
	r->trace[0] = '\0';
	if (r->conn != NULL) {
		r->conn->request = r;
		door_greeted(r->conn);
	}
	LIST_INSERT_HEAD(bucket(w, r->owner), r, link);
	metrics_begin(&w->metrics);
	return r;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool goes_on(const struct request *r)
{
	return r->stream != NULL || r->upgrade != NULL;
}

static enum MHD_Result give(struct request *r)
{
	enum MHD_Result fine;
	struct MHD_Response *answer = r->response;

	conn_state(r->worker, r->conn, goes_on(r) ? CONN_STREAM : CONN_SENDING);
	if (!goes_on(r)) /* a slow reader gets as much time as a slow writer, and more for more */
		conn_deadline(r->worker, r->conn, worker_config(r->worker)->body_seconds + (int)(r->bytes >> 14));
	else
		atomic_fetch_add_explicit(&r->worker->metrics.streams, 1, memory_order_relaxed);
	r->took_us = uv_hrtime() / 1000 - r->begun_us;
	r->response = NULL;
	if (r->close_after || (worker_stopping(r->worker) && r->upgrade == NULL))
		MHD_add_response_header(answer, "Connection", "close");
	fine = MHD_queue_response(r->mhd, (unsigned)r->status, answer);
	MHD_destroy_response(answer);
	return fine;
}

/* Looked at once. A refusal waits for what is left of a short body; a long one is not read at all. */
static enum MHD_Result look(struct request *r, const char *method, const char *version)
{
	bool fine;

	r->seen = r->in_handler = true;
	r->close_after = r->conn->refused;
	fine = http_head(r, method, version);
	r->in_handler = false;
	if (fine || (r->announced <= DRAIN_MOST && request_header(r, "Transfer-Encoding") == NULL)) {
		conn_state(r->worker, r->conn, CONN_BODY);
		return MHD_YES;
	}
	r->close_after = r->conn->linger = true;
	return give(r);
}

static void take(struct request *r, const char *data, size_t n)
{
	if (r->answered)
		return;
	if (r->length > r->announced || n > r->announced - r->length) {
		r->length = r->announced + 1;
		return;
	}
	if (r->body == NULL)
		r->body = xmalloc(r->announced + 1);
	memcpy(r->body + r->length, data, n);
	r->length += n;
	r->body[r->length] = '\0';
}

/* The caller of an API key is known when the database has compared it; else at once. */
static void start(struct request *r)
{
	if (r->length != r->announced)
		respond_problem(r, "bad-request", "The body has not the length that was announced");
	else if (r->who.key[0] != '\0' && r->who.user[0] == '\0')
		sessions_key(r);
	else
		r->route->handle(r);
}

enum MHD_Result http_handle(void *door, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **request)
{
	struct request *r = *request;

	(void)door, (void)url, (void)mhd;
	if (r == NULL || r->conn == NULL)
		return MHD_NO;
	if (!r->seen)
		return look(r, method, version);
	if (*size > 0) {
		take(r, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (!r->answered) {
		conn_state(r->worker, r->conn, CONN_BUSY);
		r->in_handler = true;
		start(r);
		r->in_handler = false;
	}
	if (r->answered)
		return give(r);
	r->suspended = true;
	r->db_us -= uv_hrtime() / 1000;
	MHD_suspend_connection(mhd);
	return MHD_YES;
}

void http_answered(struct request *r)
{
	if (r->in_handler || !r->suspended)
		return;
	r->suspended = false;
	r->db_us += uv_hrtime() / 1000;
	MHD_resume_connection(r->mhd);
	door_kick(r->conn->door);
}

/* ---- the end --------------------------------------------------------------------------------- */

static const char *method_name(const struct request *r)
{
	switch (r->method) {
	case POST:
		return "POST";
	case PUT:
		return "PUT";
	case PATCH:
		return "PATCH";
	case DELETE:
		return "DELETE";
	default:
		return r->head_only ? "HEAD" : "GET";
	}
}

static void tell(struct request *r)
{
	uint64_t us = goes_on(r) ? r->took_us : uv_hrtime() / 1000 - r->begun_us;
	int ms = (int)(us / 1000);
	bool slow = ms > worker_config(r->worker)->slow_ms && !goes_on(r);
	bool quiet = r->route != NULL && r->route->access == ACCESS_PUBLIC && r->status == 200 && !slow &&
	    strncmp(r->route->pattern, "/api/", 5) != 0; /* probes come every few seconds */

	metrics_end(&r->worker->metrics, r->route, r->method, r->status, us);
	if (quiet)
		return;
	logger_request(&(struct logged_request){
		.level = r->status >= 500 ? "error" : slow ? "warn" : "info", .trace = r->trace, .method = method_name(r),
		.route = r->route != NULL ? r->route->pattern : "-", .problem = r->problem, .user = r->who.user,
		.address = r->address, .status = r->status, .ms = ms, .db_ms = (int)(r->db_us / 1000), .bytes = r->bytes,
		.slow = slow });
}

static void free_request(struct request *r)
{
	while (r->kept != NULL) {
		struct kept *k = r->kept;

		r->kept = k->next;
		k->free_fn(k->p);
		free(k);
	}
	while (r->headers != NULL) {
		struct reply_header *h = r->headers;

		r->headers = h->next;
		free(h->name);
		free(h->value);
		free(h);
	}
	if (r->response != NULL)
		MHD_destroy_response(r->response);
	json_decref(r->json);
	free(r->raw);
	free(r->cut);
	free(r->body);
	free(r);
}

void http_end(void *door, struct MHD_Connection *mhd, void **request, enum MHD_RequestTerminationCode why)
{
	struct request *r = *request;
	struct worker *w = door_worker(door);

	(void)mhd;
	if (r == NULL)
		return;
	*request = NULL;
	client_cancel_owner(w->client, r->owner);
	sessions_leave(r);
	if (!r->answered)
		r->status = 499; /* as others log it: the caller has gone */
	if (why != MHD_REQUEST_TERMINATED_COMPLETED_OK && r->answered)
		metrics_refused(&w->metrics, REFUSED_BROKEN);
	tell(r);
	if (goes_on(r) && r->took_us != 0)
		atomic_fetch_sub_explicit(&w->metrics.streams, 1, memory_order_relaxed);
	stream_leave(r);
	LIST_REMOVE(r, link);
	if (r->conn != NULL) {
		r->conn->request = NULL;
		conn_state(w, r->conn, CONN_IDLE);
		r->conn->over |= r->close_after || why != MHD_REQUEST_TERMINATED_COMPLETED_OK;
	}
	free_request(r);
}

void http_abandon(struct request *r)
{
	client_cancel_owner(r->worker->client, r->owner);
	if (r->answered)
		return;
	r->close_after = true;
	respond_problem(r, worker_stopping(r->worker) ? "stopping" : "bad-request", NULL);
	if (worker_stopping(r->worker))
		return;
	r->status = 499;
	r->problem = NULL;
}

/* ---- what was asked: http.h ------------------------------------------------------------------ */

struct worker *request_worker(const struct request *r)
{
	return r->worker;
}

enum method request_method(const struct request *r)
{
	return r->method;
}

const char *request_path(const struct request *r)
{
	return r->path;
}

const char *request_part(const struct request *r, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < r->nparts; i++)
		if (strncmp(r->part_name[i], name, n) == 0 && r->part_name[i][n] == '}')
			return r->part[i];
	return NULL;
}

const char *request_header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, name);
}

const char *request_query(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->nparams; i++)
		if (strcmp(r->param[i].name, name) == 0)
			return r->param[i].value;
	return NULL;
}

bool request_query_each(const struct request *r, size_t i, const char **name, const char **value)
{
	if (i >= r->nparams)
		return false;
	*name = r->param[i].name;
	*value = r->param[i].value;
	return true;
}

const char *request_body(const struct request *r, size_t *length)
{
	*length = r->length;
	return r->body != NULL ? r->body : "";
}

const char *request_trace(const struct request *r)
{
	return r->trace;
}

const char *request_address(const struct request *r)
{
	return r->address;
}

uint64_t request_begun(const struct request *r)
{
	return r->begun;
}

const struct identity *request_identity(const struct request *r)
{
	return &r->who;
}

owner_t request_owner(const struct request *r)
{
	return r->owner;
}

void *request_keep(struct request *r, void *p, void (*free_fn)(void *p))
{
	struct kept *k = xcalloc(1, sizeof *k);

	*k = (struct kept){ .next = r->kept, .p = p, .free_fn = free_fn };
	r->kept = k;
	return p;
}

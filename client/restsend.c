/* Tickets on their way: the request with its headers, and who waits for the answer. */
#include "config.h"

#include "client/rest.h"

#include <stdlib.h>

#include "base/mem.h"
#include "client/restask.h"

#define SLACK_MS 3000       /* a request may take as much longer than its statement */

typedef void (*done_fn)(const struct resthttp_answer *r, void *flight);

static struct resthttp_call *send_ask(struct rest *b, struct restask *a, const char *bearer, int timeout_ms,
    bool secret, done_fn done, struct restflight *f)
{
	const char *headers[ARRAY_LEN(a->header) + 1];
	size_t n = 0;

	headers[n++] = bearer;
	for (size_t i = 0; i < a->nheaders; i++)
		headers[n++] = a->header[i];
	LIST_INSERT_HEAD(&b->flights, f, link);
	b->nflights++;
	return resthttp_send(b->http, &(struct resthttp_ask){ .method = a->method, .path = strbuf_str(&a->path),
		.headers = headers, .nheaders = n, .body = a->body, .secret = secret, .timeout_ms = timeout_ms + SLACK_MS,
		.done = done, .arg = f });
}

void restsend_ticket(struct rest *b, struct ticket *t, const char *bearer, unsigned serial)
{
	struct restask a = { 0 };

	TAILQ_REMOVE(&b->waiting, t, queue);
	if (t->ask == ASK_CODE) {
		restanswer_code(b, t);
	} else if (restask_ticket(&a, t, &t->err)) {
		struct restflight *f = xcalloc(1, sizeof *f);
		*f = (struct restflight){ .rest = b, .ticket = t, .serial = serial };
		t->attempts++;
		t->place = f;
		b->writing = b->writing || ticket_writes(t);
		f->call = send_ask(b, &a, bearer, t->timeout_ms, t->ask == ASK_REVEAL, restanswer_ticket, f);
	} else {
		client_done(b->client, t);
	}
	restask_free(&a);
}

void restsend_whoami(struct rest *b, struct session *s, const char *bearer, unsigned serial)
{
	struct restask a = { 0 };
	struct restflight *f = xcalloc(1, sizeof *f);

	*f = (struct restflight){ .rest = b, .session = s, .serial = serial };
	restask_whoami(&a, s);
	s->asking = f;
	f->call = send_ask(b, &a, bearer, CLASS_LIST, false, restanswer_whoami, f);
	restask_free(&a);
}

/* A report that is being made aside is not made for nobody. */
void restsend_drop_job(struct rest *b, const struct ticket *t)
{
	unsigned serial;
	const char *bearer = t->ask == ASK_REPORT && t->key != NULL ? restauth_bearer(b->auth, &serial) : NULL;
	char *path;

	if (bearer == NULL)
		return;
	path = xasprintf("/api/v1/report-jobs/%.36s", t->key);
	resthttp_send(b->http, &(struct resthttp_ask){ .method = "DELETE", .path = path, .headers = &bearer, .nheaders = 1,
		.timeout_ms = CLASS_LIST + SLACK_MS });
	free(path);
}

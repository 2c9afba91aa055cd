/*
 * HTTP on the loop against whatever may answer: a server in the same loop that says what the path asks for. And the whole
 * client against answers that are nobody's: it waits, tells, and never falls over.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "client/client.h"
#include "client/resthttp.h"
#include "tests/cunit.h"

static uv_loop_t loop;

/* ---- the server -------------------------------------------------------------------------------------------- */

#define HEAD(status, type) "HTTP/1.1 " status "\r\nContent-Type: " type "\r\n"
#define LONG "0123456789"

static const struct said { const char *path, *text; bool close; } says[] = {
	{ "/good", HEAD("200 OK", "application/json") "Retry-After: 7\r\nContent-Length: 2\r\n\r\n{}", false },
	{ "/moved", HEAD("302 Found", "text/html") "Location: /good\r\nContent-Length: 0\r\n\r\n", false },
	{ "/short", HEAD("200 OK", "application/json") "Content-Length: 20\r\n\r\n{\"half", true },
	{ "/garbage", "SSH-2.0-OpenSSH_9.2\r\n", true },
	{ "/ancient", "<html>no head at all</html>", true },
	{ "/nothing", "", true },
	{ "/long", HEAD("200 OK", "application/json") "Content-Length: 1000\r\n\r\n" LONG LONG LONG LONG LONG, false },
	{ "/endless", HEAD("200 OK", "application/json") "\r\n" LONG LONG LONG LONG LONG LONG, true },
	{ "/bomb", HEAD("200 OK", "application/json") "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", false },
	{ "/stream", HEAD("200 OK", "text/event-stream") "Transfer-Encoding: chunked\r\n\r\n3\r\nab\n\r\n2\r\ncd\r\n0\r\n\r\n", false },
	{ "/chunks", HEAD("200 OK", "text/event-stream") "Transfer-Encoding: chunked\r\n\r\nzz\r\n", true },
	{ "/portal", HEAD("200 OK", "text/html") "Content-Length: 13\r\n\r\n<html></html>", false },
	{ "/silent", NULL, false },
};

struct peer { uv_tcp_t tcp; struct strbuf in; bool closing; struct peer *next; };

static uv_tcp_t listener;
static struct peer *peers;
static int port, accepted;
static const char *always;    /* every path says what this one does; NULL = its own */
static struct strbuf asked;   /* the last request's head and body */

static void peer_closed(uv_handle_t *h)
{
	struct peer *p = h->data;

	for (struct peer **at = &peers; *at != NULL; at = &(*at)->next)
		if (*at == p) {
			*at = p->next;
			break;
		}
	strbuf_free(&p->in);
	free(p);
}

static void peer_close(struct peer *p)
{
	if (!p->closing)
		uv_close((uv_handle_t *)&p->tcp, peer_closed);
	p->closing = true;
}

static void on_written(uv_write_t *w, int status)
{
	struct peer *p = w->data;

	(void)status;
	free(w);
	if (p != NULL)
		peer_close(p);
}

static void answer(struct peer *p)
{
	const char *path = strchr(strbuf_str(&p->in), ' ');

	for (size_t i = 0; path != NULL && i < ARRAY_LEN(says); i++) {
		const char *want = always != NULL ? always : path + 1;
		size_t n = strlen(says[i].path);
		uv_write_t *w;

		if (strncmp(want, says[i].path, n) != 0 || says[i].text == NULL)
			continue;
		uv_buf_t buf = uv_buf_init((char *)(uintptr_t)says[i].text, (unsigned)strlen(says[i].text));
		w = xcalloc(1, sizeof *w);
		w->data = says[i].close ? p : NULL;
		uv_write(w, (uv_stream_t *)&p->tcp, &buf, 1, on_written);
		break;
	}
	strbuf_clear(&asked);
	strbuf_puts(&asked, strbuf_str(&p->in));
	strbuf_clear(&p->in);
}

static void on_alloc(uv_handle_t *h, size_t size, uv_buf_t *buf)
{
	(void)h;
	*buf = uv_buf_init(xmalloc(size), (unsigned)size);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct peer *p = s->data;

	if (n > 0) {
		strbuf_add(&p->in, buf->base, (size_t)n);
		const char *end = strstr(strbuf_str(&p->in), "\r\n\r\n");
		const char *length = strstr(strbuf_str(&p->in), "Content-Length: ");
		if (end != NULL && strlen(end + 4) >= (size_t)(length != NULL ? atoi(length + 16) : 0))
			answer(p);
	}
	free(buf->base);
	if (n < 0)
		peer_close(p);
}

static void on_accept(uv_stream_t *s, int status)
{
	struct peer *p = xcalloc(1, sizeof *p);

	(void)status;
	accepted++;
	uv_tcp_init(&loop, &p->tcp);
	p->tcp.data = p;
	p->next = peers;
	peers = p;
	uv_accept(s, (uv_stream_t *)&p->tcp);
	uv_read_start((uv_stream_t *)&p->tcp, on_alloc, on_read);
}

static void serve(void)
{
	struct sockaddr_in at;
	int n = sizeof at;

	uv_loop_init(&loop);
	uv_tcp_init(&loop, &listener);
	uv_ip4_addr("127.0.0.1", 0, &at);
	uv_tcp_bind(&listener, (struct sockaddr *)&at, 0);
	CU_ASSERT_EQUAL(uv_listen((uv_stream_t *)&listener, 16, on_accept), 0);
	uv_tcp_getsockname(&listener, (struct sockaddr *)&at, &n);
	port = ntohs(at.sin_port);
	always = NULL;
	accepted = 0;
}

static void stop_listening(void)
{
	if (!uv_is_closing((uv_handle_t *)&listener))
		uv_close((uv_handle_t *)&listener, NULL);
}

static void serve_no_more(void)
{
	stop_listening();
	for (struct peer *p = peers; p != NULL; p = p->next)
		peer_close(p);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0); /* every handle was given back */
	strbuf_free(&asked);
}

/* ---- asking ------------------------------------------------------------------------------------------------ */

struct got { bool done; struct err err; int status; char body[200]; char type[40]; int retry; struct strbuf pieces; };

static void keep(const struct resthttp_answer *a, void *arg)
{
	struct got *g = arg;

	CU_ASSERT_FALSE(g->done);
	g->done = true;
	g->err = a->err != NULL ? *a->err : (struct err){ 0 };
	g->status = a->status;
	g->retry = a->retry_after != NULL ? atoi(a->retry_after) : -1;
	snprintf(g->body, sizeof g->body, "%s", a->body);
	snprintf(g->type, sizeof g->type, "%s", a->type);
	CU_ASSERT_EQUAL(a->length, strlen(a->body));
}

static bool piece(const char *bytes, size_t n, void *arg)
{
	strbuf_add(&((struct got *)arg)->pieces, bytes, n);
	return true;
}

static struct resthttp *open_http(void)
{
	char url[64];
	struct err e = { 0 };

	snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
	struct resthttp *h = resthttp_new(&loop, url, NULL, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	return h;
}

static void wait_for(struct got *g)
{
	for (int i = 0; i < 100000 && !g->done; i++)
		uv_run(&loop, UV_RUN_ONCE);
	CU_ASSERT_TRUE(g->done);
}

static void ask(struct resthttp *h, const char *path, struct got *g)
{
	*g = (struct got){ 0 };
	resthttp_send(h, &(struct resthttp_ask){ .method = "GET", .path = path, .timeout_ms = 1500, .most = 40, .done = keep,
		.arg = g });
	wait_for(g);
}

static void answers_of_all_kinds(void)
{
	static const struct { const char *path, *code; int status; } cases[] = {
		{ "/good", "", 200 }, { "/moved", "", 302 }, { "/bomb", "", 200 }, { "/portal", "", 200 },
		{ "/short", "E-CONN", 0 }, { "/garbage", "E-API", 0 }, { "/ancient", "E-API", 0 }, { "/nothing", "E-CONN", 0 },
		{ "/long", "E-API", 0 }, { "/endless", "E-API", 0 }, { "/chunks", "E-CONN", 0 }, { "/silent", "E-CONN", 0 },
		{ "/good", "", 200 },
	};
	struct got g;

	serve();
	struct resthttp *h = open_http();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ask(h, cases[i].path, &g);
		CU_ASSERT_STRING_EQUAL(g.err.code, cases[i].code);
		if (cases[i].status != 0)
			CU_ASSERT_EQUAL(g.status, cases[i].status);
		if (strcmp(g.err.code, cases[i].code) != 0)
			fprintf(stderr, "  %s: %s %s\n", cases[i].path, g.err.code, g.err.text);
	}
	CU_ASSERT_STRING_EQUAL(g.body, "{}");
	CU_ASSERT_STRING_EQUAL(g.type, "application/json");
	CU_ASSERT_EQUAL(g.retry, 7);
	resthttp_free(h);
	serve_no_more();
}

static void connections_are_kept(void)
{
	struct got g;

	serve();
	struct resthttp *h = open_http();
	for (int i = 0; i < 20; i++)
		ask(h, "/good", &g);
	CU_ASSERT_EQUAL(accepted, 1);
	resthttp_free(h);
	serve_no_more();
}

static void what_is_sent(void)
{
	static const char *const headers[] = { "Authorization: Bearer abc", "If-Match: \"v3\"" };
	struct got g = { 0 };

	serve();
	struct resthttp *h = open_http();
	char *body = xstrdup("{\"a\":\"ә\"}");
	resthttp_send(h, &(struct resthttp_ask){ .method = "PATCH", .path = "/good?x=%2F..", .headers = headers, .nheaders = 2,
		.body = body, .secret = true, .timeout_ms = 1500, .done = keep, .arg = &g });
	free(body); /* it was copied */
	wait_for(&g);
	CU_ASSERT_EQUAL(g.status, 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(strbuf_str(&asked), "PATCH /good?x=%2F.. HTTP/1.1\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(strbuf_str(&asked), "If-Match: \"v3\"\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(strbuf_str(&asked), "Content-Type: application/json\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(strbuf_str(&asked), "\r\n\r\n{\"a\":\"ә\"}"));
	CU_ASSERT_PTR_NULL(strstr(strbuf_str(&asked), "Expect"));
	CU_ASSERT_PTR_NULL(strstr(strbuf_str(&asked), "Cookie"));
	resthttp_free(h);
	serve_no_more();
}

static void streams_come_in_pieces(void)
{
	struct got g = { 0 };

	serve();
	struct resthttp *h = open_http();
	resthttp_send(h, &(struct resthttp_ask){ .method = "GET", .path = "/stream", .piece = piece, .done = keep, .arg = &g });
	wait_for(&g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_NONE);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&g.pieces), "ab\ncd");
	strbuf_free(&g.pieces);
	resthttp_free(h);
	serve_no_more();
}

static void cancelled_is_not_called(void)
{
	struct got g[3] = { 0 };
	struct resthttp_call *c[3];

	serve();
	struct resthttp *h = open_http();
	for (int i = 0; i < 3; i++)
		c[i] = resthttp_send(h, &(struct resthttp_ask){ .method = "GET", .path = i == 2 ? "/good" : "/silent",
			.timeout_ms = 60000, .done = keep, .arg = &g[i] });
	resthttp_cancel(c[0]); /* before anything was sent */
	wait_for(&g[2]);
	resthttp_cancel(c[1]); /* on its way */
	resthttp_cancel(NULL);
	resthttp_send(h, &(struct resthttp_ask){ .method = "GET", .path = "/silent", .done = keep, .arg = &g[0] });
	resthttp_free(h);      /* takes the last with it */
	serve_no_more();
	CU_ASSERT_FALSE(g[0].done);
	CU_ASSERT_FALSE(g[1].done);
}

static void nobody_there(void)
{
	struct got g;

	serve();
	struct resthttp *h = open_http();
	stop_listening();
	while (uv_is_active((uv_handle_t *)&listener))
		uv_run(&loop, UV_RUN_ONCE);
	ask(h, "/good", &g);
	CU_ASSERT_STRING_EQUAL(g.err.code, "E-CONN");
	CU_ASSERT_EQUAL(g.err.kind, ERR_UNREACHABLE);
	CU_ASSERT_TRUE(g.err.remedy[0] != '\0');
	resthttp_free(h);
	serve_no_more();
}

static void addresses(void)
{
	static const struct { const char *url; bool good; const char *target; } cases[] = {
		{ "https://api.example.test", true, "api.example.test" }, { "https://api.example.test:8443/", true, "api.example.test:8443" },
		{ "http://127.0.0.1:8080", true, "127.0.0.1:8080" }, { "http://localhost", true, "localhost" },
		{ "http://[::1]:80", true, "[::1]:80" }, { "http+unix:///run/domovoi/api.sock", true, "api.sock" },
		{ "http://api.example.test", false, NULL }, { "ftp://127.0.0.1", false, NULL }, { "file:///etc/passwd", false, NULL },
		{ "https://user:secret@api.example.test", false, NULL }, { "https://api.example.test/path", false, NULL },
		{ "https://api.example.test/?x=1", false, NULL }, { "http+unix://relative", false, NULL }, { "", false, NULL },
		{ "http+unix:///", false, NULL }, { "https://", false, NULL }, { "nonsense", false, NULL },
		{ "http://127.0.0.1.example.test", false, NULL }, { "http://localhost.example.test", false, NULL },
	};

	uv_loop_init(&loop);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		struct resthttp *h = resthttp_new(&loop, cases[i].url, NULL, &e);

		CU_ASSERT_EQUAL(h != NULL, cases[i].good);
		if ((h != NULL) != cases[i].good)
			fprintf(stderr, "  %s\n", cases[i].url);
		if (h != NULL && cases[i].good)
			CU_ASSERT_STRING_EQUAL(resthttp_target(h), cases[i].target);
		CU_ASSERT_EQUAL(e.kind == ERR_NONE, cases[i].good);
		resthttp_free(h);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

/* ---- the whole client --------------------------------------------------------------------------------------- */

struct told { bool done; struct err err; };

static void tell(const struct reply *r, void *arg)
{
	struct told *t = arg;

	t->done = true;
	t->err = r->err != NULL ? *r->err : (struct err){ 0 };
}

static void wait_told(struct told *t)
{
	for (int i = 0; i < 100000 && !t->done; i++)
		uv_run(&loop, UV_RUN_ONCE);
	CU_ASSERT_TRUE(t->done);
}

/* Whatever answers, signing in fails with words, and who asked something hears of it in the end. */
static void nobodys_answers(void)
{
	for (size_t i = 0; i < ARRAY_LEN(says); i++) {
		struct told in = { 0 }, out = { 0 };
		struct err e;
		char url[64];

		if (says[i].text == NULL)
			continue; /* waits for 15 s: a password may take that long */
		serve();
		always = says[i].path;
		snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
		struct client *c = client_new(&loop, &(struct client_config){ .url = url, .retry_ms = 200 }, &e);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		struct session *s = session_open(c, &(struct session_spec){ 0 });
		client_whoami(s, 1, tell, &out);
		client_sign_in(c, "aliya", "a password", tell, &in);
		wait_told(&in);
		CU_ASSERT_TRUE(in.err.kind != ERR_NONE && in.err.text[0] != '\0');
		CU_ASSERT_EQUAL(client_sign(c), SIGN_PASSWORD);
		CU_ASSERT_EQUAL(client_state(c), CLIENT_FAILED);
		CU_ASSERT_STRING_EQUAL(client_sign_login(c), "aliya");
		CU_ASSERT_FALSE(out.done); /* it waits for somebody to sign in */
		client_sign_in(c, NULL, NULL, tell, &in);
		wait_told(&out);
		CU_ASSERT_EQUAL(out.err.kind, ERR_DENIED);
		client_free(c);
		serve_no_more();
	}
}

TESTS("test_resthttp", T(answers_of_all_kinds), T(connections_are_kept), T(what_is_sent), T(streams_come_in_pieces),
    T(cancelled_is_not_called), T(nobody_there), T(addresses), T(nobodys_answers))

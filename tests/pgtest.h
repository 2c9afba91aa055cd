/*
 * For tests of the data layer against a real PostgreSQL: DOMOVOI_TEST_DSN is a
 * superuser's connection to a migrated database with the demo of size tiny,
 * its clock pinned at 2026-06-16. A loop that runs until something holds, an
 * administrator's own (synchronous) connection, answers kept for inspection,
 * and a relay in front of the server that can fall silent or break.
 */
#ifndef TESTS_PGTEST_H
#define TESTS_PGTEST_H

#include <libpq-fe.h>
#include <stdarg.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/client.h"
#include "tests/cunit.h"

#define NOW "2026-06-16T09:00:00+05"

static uv_loop_t loop;
static struct client *client;
static struct session *session;
static PGconn *admin;
static bool asking; /* inside a client_* call: no callback may come now */

/* ---- the administrator ----------------------------------------------------------------------- */

static inline const char *test_dsn(void)
{
	const char *dsn = getenv("DOMOVOI_TEST_DSN");

	if (dsn == NULL || *dsn == '\0') {
		fprintf(stderr, "DOMOVOI_TEST_DSN is not set\n");
		exit(1);
	}
	return dsn;
}

/* One statement; the first value of the answer, or "" (valid until the next call). */
static inline const char *sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline const char *sql(const char *fmt, ...)
{
	static char value[4096];
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (admin == NULL)
		admin = PQconnectdb(test_dsn());
	PGresult *res = PQexec(admin, text);
	ExecStatusType st = PQresultStatus(res);
	if (st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK) {
		fprintf(stderr, "%s\n%s\n", text, PQerrorMessage(admin));
		CU_FAIL("administrator's statement");
	}
	snprintf(value, sizeof value, "%s", st == PGRES_TUPLES_OK && PQntuples(res) > 0
	    ? PQgetvalue(res, 0, 0) : "");
	PQclear(res);
	return value;
}

static inline int sql_int(const char *text)
{
	return atoi(sql("%s", text));
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void test_alarm(uv_timer_t *t)
{
	*(bool *)t->data = true;
}

static inline void closed_nothing(uv_handle_t *h)
{
	*(bool *)h->data = true;
}

/* Runs the loop until cond(arg), at most so many ms; false if it did not come to hold. */
static inline bool run_until(bool (*cond)(void *arg), void *arg, uint64_t ms)
{
	uv_timer_t limit, beat;
	bool over = false, beaten = false, gone1 = false, gone2 = false, holds;

	uv_timer_init(&loop, &limit);
	uv_timer_init(&loop, &beat);
	limit.data = &over;
	beat.data = &beaten;
	uv_timer_start(&limit, test_alarm, ms, 0);
	uv_timer_start(&beat, test_alarm, 5, 5); /* conditions may be about the server */
	while (!(holds = cond(arg)) && !over)
		uv_run(&loop, UV_RUN_ONCE);
	limit.data = &gone1;
	beat.data = &gone2;
	uv_close((uv_handle_t *)&limit, closed_nothing);
	uv_close((uv_handle_t *)&beat, closed_nothing);
	while (!gone1 || !gone2)
		uv_run(&loop, UV_RUN_ONCE);
	return holds;
}

static inline bool never(void *arg)
{
	(void)arg;
	return false;
}

static inline void run_for(uint64_t ms)
{
	run_until(never, NULL, ms);
}

static inline bool is_idle(void *arg)
{
	(void)arg;
	return client_idle(client);
}

static inline bool is_online(void *arg)
{
	(void)arg;
	return client_state(client) == CLIENT_ONLINE;
}

/* ---- a client and its answers ---------------------------------------------------------------- */

struct got {
	int calls;
	struct err err; /* kind ERR_NONE: success */
	struct table *rows;
	bool more;
	int64_t count;
	json_t *json;
};

static inline void got_clear(struct got *g)
{
	table_free(g->rows);
	json_decref(g->json);
	*g = (struct got){ 0 };
}

static inline void keep_answer(const struct reply *r, void *arg)
{
	struct got *g = arg;

	CU_ASSERT_FALSE(asking);
	g->calls++;
	table_free(g->rows);
	json_decref(g->json);
	g->err = r->err != NULL ? *r->err : (struct err){ 0 };
	g->rows = r->rows != NULL ? table_ref(r->rows) : NULL;
	g->json = r->json != NULL ? json_deep_copy(r->json) : NULL;
	g->more = r->more;
	g->count = r->count;
}

static inline bool answered_once(void *arg)
{
	return ((struct got *)arg)->calls > 0;
}

/* Runs until the answer is there. */
static inline void wait_for(struct got *g)
{
	CU_ASSERT_TRUE(run_until(answered_once, g, 20000));
	CU_ASSERT_EQUAL(g->calls, 1);
}

static inline void show_err(const struct got *g)
{
	char line[700];

	if (g->err.kind != ERR_NONE) {
		err_line(&g->err, line, sizeof line);
		fprintf(stderr, "  answer: %s\n", line);
	}
}

#define ASK(call) do { asking = true; call; asking = false; } while (0)
#define OK(g) do { show_err(g); CU_ASSERT_EQUAL((g)->err.kind, ERR_NONE); } while (0)

static inline struct client *open_client(const char *dsn, int connections, int retry_ms)
{
	struct err e = { 0 };
	struct client *c;

	ASK(c = client_new(&loop,
	    &(struct client_config){ .dsn = dsn, .connections = connections, .now = NOW, .retry_ms =
	    retry_ms }, &e));
	if (c == NULL)
		fprintf(stderr, "%s\n", e.text);
	return c;
}

/* A console's client as this login; dsn NULL is the server itself. */
static inline void begin_at(const char *dsn, const char *login, int retry_ms)
{
	char text[600];

	snprintf(text, sizeof text, "%s user=%s", dsn != NULL ? dsn : test_dsn(), login);
	uv_loop_init(&loop);
	client = open_client(text, 1, retry_ms);
	ASK(session = session_open(client, &(struct session_spec){ 0 }));
}

static inline void begin(const char *login)
{
	begin_at(NULL, login, 0);
}

static inline bool loop_is_empty(void *arg)
{
	(void)arg;
	return !uv_loop_alive(&loop);
}

/* Everything is given back: handles, memory (the sanitizer looks), connections. */
static inline void end(void)
{
	ASK(client_free(client));
	client = NULL;
	session = NULL;
	for (int i = 0; i < 2000 && uv_run(&loop, UV_RUN_NOWAIT) != 0; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
	if (admin != NULL)
		PQfinish(admin);
	admin = NULL;
}

static inline struct query list_of(const char *resource, unsigned limit)
{
	struct query q;

	query_init(&q, catalogue_resource(resource));
	q.limit = limit;
	return q;
}

/* Ask for a list and wait. */
static inline void get_list(struct session *s, const struct query *q, struct got *g)
{
	got_clear(g);
	ASK(client_list(s, q, 1, keep_answer, g));
	wait_for(g);
}

/* ---- writes ---------------------------------------------------------------------------------- */

static inline const struct resource *res(const char *name)
{
	return catalogue_resource(name);
}

static inline void mutate(struct session *s, const struct mutation *m, struct got *g)
{
	got_clear(g);
	ASK(client_mutate(s, m, 1, keep_answer, g));
}

static inline json_t *stay(const char *unit, const char *from, const char *to)
{
	return json_pack("{s:s, s:s, s:s}", "unit", unit, "check_in", from, "check_out", to);
}

static inline void create_stay(const char *unit, const char *from, const char *to, const char *id,
    struct got *g)
{
	json_t *set = stay(unit, from, to);

	mutate(session, &(struct mutation){ .res = res("reservations"), .kind = "create", .set =
	    set, .id = id }, g);
	json_decref(set);
}

static inline int stays_from(const char *check_in) /* of the unit that the tests book */
{
	return atoi(sql("select count(*) from domovoi.reservation r join domovoi.unit u on u.id = r.unit_id"
	    " where r.check_in = '%s' and u.company_id = 1 and u.code = 'E04-4'", check_in));
}

/* ---- a relay before the server's socket ------------------------------------------------------ */

struct relay {
	char dir[64], path[128], server[256], dsn[400];
	uv_pipe_t listener;
	bool listening, gone;
	bool mute;          /* what the server says is thrown away */
	bool dead;          /* new connections are accepted and never answered */
	struct leg *legs;
	int accepted;
};

struct leg { /* one connection: client's side and server's side */
	uv_pipe_t side[2];
	int open;
	bool closing;
	struct relay *relay;
	struct leg *next;
};

static inline void leg_closed(uv_handle_t *h)
{
	struct leg *g = h->data;

	if (--g->open > 0)
		return;
	for (struct leg **p = &g->relay->legs; *p != NULL; p = &(*p)->next)
		if (*p == g) {
			*p = g->next;
			break;
		}
	free(g);
}

static inline void leg_close(struct leg *g)
{
	if (g->closing)
		return;
	g->closing = true;
	uv_close((uv_handle_t *)&g->side[0], leg_closed);
	uv_close((uv_handle_t *)&g->side[1], leg_closed);
}

static inline void leg_alloc(uv_handle_t *h, size_t size, uv_buf_t *buf)
{
	(void)h;
	*buf = uv_buf_init(xmalloc(size), (unsigned)size);
}

struct leg_write { uv_write_t req; char *data; };

static inline void leg_written(uv_write_t *w, int status)
{
	(void)status;
	free(((struct leg_write *)(void *)w)->data);
	free(w);
}

static inline void leg_read(uv_stream_t *from, ssize_t n, const uv_buf_t *buf)
{
	struct leg *g = from->data;
	bool from_server = from == (uv_stream_t *)&g->side[1];

	if (n > 0 && !g->closing && !(from_server && g->relay->mute)) {
		struct leg_write *w = xcalloc(1, sizeof *w);
		uv_buf_t out = uv_buf_init(buf->base, (unsigned)n);
		w->data = buf->base;
		uv_write(&w->req, (uv_stream_t *)&g->side[from_server ? 0 : 1], &out, 1,
		    leg_written);
		return;
	}
	free(buf->base);
	if (n < 0)
		leg_close(g);
}

static inline void leg_connected(uv_connect_t *req, int status)
{
	struct leg *g = req->data;

	free(req);
	if (g->closing)
		return;
	if (status != 0) {
		leg_close(g);
		return;
	}
	uv_read_start((uv_stream_t *)&g->side[0], leg_alloc, leg_read);
	uv_read_start((uv_stream_t *)&g->side[1], leg_alloc, leg_read);
}

static inline void relay_accept(uv_stream_t *listener, int status)
{
	struct relay *r = listener->data;
	struct leg *g = xcalloc(1, sizeof *g);

	(void)status;
	g->relay = r;
	g->open = 2;
	g->next = r->legs;
	r->legs = g;
	r->accepted++;
	uv_pipe_init(&loop, &g->side[0], 0);
	uv_pipe_init(&loop, &g->side[1], 0);
	g->side[0].data = g->side[1].data = g;
	uv_accept(listener, (uv_stream_t *)&g->side[0]);
	if (r->dead)
		return;
	uv_connect_t *req = xcalloc(1, sizeof *req);
	req->data = g;
	uv_pipe_connect(req, &g->side[1], r->server, leg_connected);
}

static inline void relay_closed(uv_handle_t *h)
{
	((struct relay *)h->data)->gone = true;
}

static inline void relay_listen(struct relay *r)
{
	uv_pipe_init(&loop, &r->listener, 0);
	r->listener.data = r;
	CU_ASSERT_EQUAL(uv_pipe_bind(&r->listener, r->path), 0);
	CU_ASSERT_EQUAL(uv_listen((uv_stream_t *)&r->listener, 64, relay_accept), 0);
	r->listening = true;
	r->gone = false;
}

static inline void relay_cut(struct relay *r)
{
	for (struct leg *g = r->legs; g != NULL; g = g->next)
		leg_close(g);
}

static inline bool relay_gone(void *arg)
{
	return ((struct relay *)arg)->gone && ((struct relay *)arg)->legs == NULL;
}

/* As if the server stopped. */
static inline void relay_stop(struct relay *r)
{
	relay_cut(r);
	if (r->listening)
		uv_close((uv_handle_t *)&r->listener, relay_closed);
	r->listening = false;
	CU_ASSERT_TRUE(run_until(relay_gone, r, 3000));
}

/* Before the loop's first client: the loop is made here. */
static inline void relay_start(struct relay *r)
{
	*r = (struct relay){ .gone = true };
	snprintf(r->dir, sizeof r->dir, "/tmp/domovoi-relay.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(r->dir));
	snprintf(r->path, sizeof r->path, "%s/.s.PGSQL.5432", r->dir);
	sql("select 1");
	snprintf(r->server, sizeof r->server, "%s/.s.PGSQL.%s", PQhost(admin), PQport(admin));
	snprintf(r->dsn, sizeof r->dsn, "host=%s port=5432 dbname=%s", r->dir, PQdb(admin));
	uv_loop_init(&loop);
	relay_listen(r);
}

/* A client behind the relay, in the relay's loop. */
static inline void begin_behind(struct relay *r, const char *login, int retry_ms)
{
	char text[600];

	snprintf(text, sizeof text, "%s user=%s", r->dsn, login);
	client = open_client(text, 1, retry_ms);
	ASK(session = session_open(client, &(struct session_spec){ 0 }));
}

static inline void relay_end(struct relay *r)
{
	relay_stop(r);
	unlink(r->path);
	rmdir(r->dir);
	end();
}

#endif

/*
 * The REST client against a real domovoid: signing in and out, a login that is remembered, a server that goes and comes
 * back, changes that are heard of, reports that take long. Started by restclient.sh; not by hand.
 */
#include "config.h"

#include <stdbool.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/uuid.h"
#include "client/client.h"
#include "client/tokens.h"
#include "tests/cunit.h"

static uv_loop_t loop;
static struct client *client;
static struct session *session;
static int changed;

struct got { bool done; struct err err; struct table *rows; json_t *json; };

static void keep(const struct reply *r, void *arg)
{
	struct got *g = arg;

	CU_ASSERT_FALSE(g->done);
	g->done = true;
	g->err = r->err != NULL ? *r->err : (struct err){ 0 };
	table_free(g->rows);
	g->rows = r->rows != NULL ? table_ref(r->rows) : NULL;
	json_decref(g->json);
	g->json = r->json != NULL ? json_deep_copy(r->json) : NULL;
}

static void got_free(struct got *g)
{
	table_free(g->rows);
	json_decref(g->json);
	*g = (struct got){ 0 };
}

static void on_late(uv_timer_t *t)
{
	*(bool *)t->data = true;
}

/* Turns the loop until *flag or for so long. */
static bool run_until(const bool *flag, uint64_t ms)
{
	uv_timer_t limit;
	bool late = false;

	uv_timer_init(&loop, &limit);
	limit.data = &late;
	uv_timer_start(&limit, on_late, ms, 0);
	while (!late && !(flag != NULL && *flag))
		uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&limit, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
	return flag == NULL || *flag;
}

static bool run_while_not(bool (*holds)(void), uint64_t ms)
{
	for (uint64_t i = 0; i < ms && !holds(); i += 20)
		run_until(NULL, 20);
	return holds();
}

static void on_changed(void *arg)
{
	(void)arg;
	changed++;
}

static void begin(const char *tokens)
{
	struct err e = { 0 };

	uv_loop_init(&loop);
	client = client_new(&loop, &(struct client_config){ .url = getenv("REST_URL"), .tokens = tokens, .retry_ms = 15000 }, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(client);
	client_set_watch(client, &(struct client_watch){ .changed = on_changed });
	session = session_open(client, &(struct session_spec){ 0 });
	changed = 0;
}

static void end(void)
{
	client_free(client);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

static enum err_kind sign_in(const char *login, const char *secret)
{
	struct got g = { 0 };

	client_sign_in(client, login, secret, keep, &g);
	CU_ASSERT_TRUE(run_until(&g.done, 20000));
	return g.err.kind;
}

static enum err_kind whoami(void)
{
	struct got g = { 0 };

	client_whoami(session, 1, keep, &g);
	CU_ASSERT_TRUE(run_until(&g.done, 30000));
	got_free(&g);
	return g.err.kind;
}

static const char *password(void)
{
	return getenv("REST_PASSWORD");
}

static bool wants_password(void)
{
	return client_sign(client) == SIGN_PASSWORD;
}

static bool is_idle(void)
{
	return client_idle(client);
}

static bool is_live(void)
{
	return client_live(client);
}

static bool is_down(void)
{
	return client_state(client) == CLIENT_RECONNECTING;
}

static bool is_online(void)
{
	return client_state(client) == CLIENT_ONLINE;
}

static void signing_in_and_out(void)
{
	struct got early = { 0 }, out = { 0 };

	begin(NULL);
	client_whoami(session, 1, keep, &early); /* before anybody has signed in */
	CU_ASSERT_TRUE(run_while_not(wants_password, 5000));
	CU_ASSERT_EQUAL(client_state(client), CLIENT_FAILED);
	CU_ASSERT_TRUE(client_error(client)->text[0] != '\0');
	CU_ASSERT_EQUAL(sign_in("head_1", "not the password at all"), ERR_DENIED);
	CU_ASSERT_EQUAL(client_sign(client), SIGN_PASSWORD);
	CU_ASSERT_FALSE(early.done);
	CU_ASSERT_EQUAL(sign_in("head_1", password()), ERR_NONE);
	CU_ASSERT_EQUAL(client_sign(client), SIGN_NONE);
	CU_ASSERT_TRUE(run_until(&early.done, 10000)); /* it had waited */
	CU_ASSERT_EQUAL(early.err.kind, ERR_NONE);
	CU_ASSERT_STRING_EQUAL(session_role(session), "head");
	CU_ASSERT_STRING_EQUAL(client_sign_login(client), "head_1");
	CU_ASSERT_EQUAL(client_state(client), CLIENT_ONLINE);
	CU_ASSERT_TRUE(client_latency_ms(client) >= 0);
	CU_ASSERT_TRUE(abs(client_clock_skew_ms(client)) < 5000);
	client_sign_out(client, keep, &out);
	CU_ASSERT_TRUE(run_until(&out.done, 10000));
	CU_ASSERT_EQUAL(client_sign(client), SIGN_PASSWORD);
	CU_ASSERT_EQUAL(sign_in("manager_1", password()), ERR_NONE); /* somebody else, in the same place */
	CU_ASSERT_EQUAL(whoami(), ERR_NONE);
	CU_ASSERT_STRING_EQUAL(session_role(session), "manager");
	got_free(&early);
	end();
}

static void a_login_is_remembered(void)
{
	begin("head_1");
	CU_ASSERT_EQUAL(sign_in("head_1", password()), ERR_NONE);
	CU_ASSERT_EQUAL(whoami(), ERR_NONE);
	CU_ASSERT_PTR_NULL(client_sign_forgets(client));
	end();
	for (int i = 0; i < 3; i++) { /* each start rotates it */
		begin(i == 1 ? "head_1" : "");
		CU_ASSERT_EQUAL(whoami(), ERR_NONE);
		CU_ASSERT_STRING_EQUAL(session_role(session), "head");
		end();
	}
	begin("");
	CU_ASSERT_EQUAL(whoami(), ERR_NONE);
	struct got out = { 0 };
	client_sign_out(client, keep, &out);
	CU_ASSERT_TRUE(run_until(&out.done, 10000));
	end();
	begin("");
	CU_ASSERT_TRUE(run_while_not(wants_password, 5000));
	CU_ASSERT_STRING_EQUAL(client_sign_login(client), "head_1");
	end();
}

/* Two at once from one store: both come in, neither takes the other's token. */
static void two_share_a_login(void)
{
	struct client *other;
	struct session *s;
	struct got a = { 0 }, b = { 0 };
	struct err e;

	begin("head_1");
	CU_ASSERT_EQUAL(sign_in("head_1", password()), ERR_NONE);
	end();
	for (int i = 0; i < 3; i++) {
		begin("head_1");
		other = client_new(&loop, &(struct client_config){ .url = getenv("REST_URL"), .tokens = "head_1" }, &e);
		s = session_open(other, &(struct session_spec){ 0 });
		client_whoami(session, 1, keep, &a);
		client_whoami(s, 1, keep, &b);
		CU_ASSERT_TRUE(run_until(&a.done, 15000));
		CU_ASSERT_TRUE(run_until(&b.done, 15000));
		CU_ASSERT_EQUAL(a.err.kind, ERR_NONE);
		CU_ASSERT_EQUAL(b.err.kind, ERR_NONE);
		got_free(&a);
		got_free(&b);
		client_free(other);
		end();
	}
}

static void the_server(const char *verb)
{
	char *line = xasprintf("%s %s", getenv("REST_SERVER"), verb);

	CU_ASSERT_EQUAL(system(line), 0);
	free(line);
}

/* What was asked while nobody was there is answered when somebody is; a write exactly once. */
static void a_server_that_comes_back(void)
{
	json_t *set = json_pack("{s:s, s:s}", "name", "Қайтқан", "kind", "person");
	struct got read = { 0 }, write = { 0 }, again = { 0 };
	struct client_health h;
	char id[UUID_LEN + 1];

	begin(NULL);
	CU_ASSERT_EQUAL(sign_in("head_1", password()), ERR_NONE);
	CU_ASSERT_EQUAL(whoami(), ERR_NONE);
	CU_ASSERT_TRUE(run_while_not(is_idle, 10000));
	the_server("stop");
	uuid_v7(id);
	struct mutation m = { .id = id, .res = catalogue_resource("parties"), .kind = "create", .set = set };
	client_mutate(session, &m, 1, keep, &write);
	client_get(session, catalogue_resource("parties"), id, 1, keep, &read);
	CU_ASSERT_TRUE(run_while_not(is_down, 10000));
	client_health(client, &h);
	CU_ASSERT_EQUAL(h.writing, 1);
	CU_ASSERT_TRUE(h.attempt > 0);
	the_server("start");
	CU_ASSERT_TRUE(run_until(&write.done, 20000));
	CU_ASSERT_EQUAL(write.err.kind, ERR_NONE);
	CU_ASSERT_TRUE(run_until(&read.done, 10000)); /* asked after the write: it sees it */
	CU_ASSERT_EQUAL(read.err.kind, ERR_NONE);
	CU_ASSERT_STRING_EQUAL(table_get(read.rows, 0, "name"), "Қайтқан");
	CU_ASSERT_TRUE(is_online());
	client_mutate(session, &m, 1, keep, &again);
	CU_ASSERT_TRUE(run_until(&again.done, 10000));
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(again.json, "record")), id);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(again.json, "version")), 1);
	got_free(&read);
	got_free(&write);
	got_free(&again);
	json_decref(set);
	end();
}

/* Nothing is asked, and still it is said that nobody answers; and changes are heard of as soon as somebody does. */
static void a_server_that_goes_unasked(void)
{
	begin(NULL);
	CU_ASSERT_EQUAL(sign_in("head_1", password()), ERR_NONE);
	CU_ASSERT_EQUAL(whoami(), ERR_NONE);
	CU_ASSERT_TRUE(run_while_not(is_live, 10000));
	the_server("stop");
	CU_ASSERT_TRUE(run_while_not(is_down, 4000));
	run_until(NULL, 9000);
	CU_ASSERT_TRUE(is_down());
	the_server("start");
	CU_ASSERT_TRUE(run_while_not(is_online, 8000));
	CU_ASSERT_TRUE(run_while_not(is_live, 2000));
	end();
}

/* Nobody comes back: who waits is told, in time. */
static void a_server_that_stays_away(void)
{
	struct got g = { 0 };

	begin(NULL);
	CU_ASSERT_EQUAL(sign_in("head_1", password()), ERR_NONE);
	CU_ASSERT_EQUAL(whoami(), ERR_NONE);
	the_server("stop");
	client_whoami(session, 1, keep, &g);
	CU_ASSERT_TRUE(run_until(&g.done, 25000));
	CU_ASSERT_EQUAL(g.err.kind, ERR_UNREACHABLE);
	the_server("start");
	CU_ASSERT_TRUE(run_while_not(is_online, 15000)); /* by itself */
	end();
}

static void changes_are_heard_of(void)
{
	json_t *set = json_pack("{s:s, s:s}", "name", "Жаңа", "kind", "person");
	struct got g = { 0 };

	begin(NULL);
	CU_ASSERT_EQUAL(sign_in("head_1", password()), ERR_NONE);
	CU_ASSERT_EQUAL(whoami(), ERR_NONE);
	CU_ASSERT_TRUE(run_while_not(is_live, 10000));
	run_until(NULL, 200);
	changed = 0;
	client_mutate(session, &(struct mutation){ .res = catalogue_resource("parties"), .kind = "create", .set = set }, 1, keep, &g);
	CU_ASSERT_TRUE(run_until(&g.done, 10000));
	CU_ASSERT_EQUAL(g.err.kind, ERR_NONE);
	for (int i = 0; i < 250 && changed == 0; i++)
		run_until(NULL, 20);
	CU_ASSERT_TRUE(changed > 0);
	got_free(&g);
	json_decref(set);
	end();
}

TESTS("test_rest", T(signing_in_and_out), T(a_login_is_remembered), T(two_share_a_login), T(a_server_that_comes_back),
    T(changes_are_heard_of), T(a_server_that_goes_unasked), T(a_server_that_stays_away))

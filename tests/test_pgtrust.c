/* The PostgreSQL backend over time: prepared statements that come and go, and what it says of its own health. */
#include "config.h"

#include "client/pgconn.h"
#include "tests/pgtest.h"

/* ---- prepared statements --------------------------------------------------------------------- */

static void prepared_names_come_and_go(void)
{
	struct query q = list_of("units", 5);
	struct got g = { 0 };

	begin("head_1");
	for (int i = 0; i < 150; i++) { /* more texts than names are kept, each twice */
		q.limit = 1 + (unsigned)i % 90;
		get_list(session, &q, &g);
		OK(&g);
		CU_ASSERT_TRUE(table_rows(g.rows) <= (int)q.limit && table_rows(g.rows) > 0);
	}
	q.limit = 5;
	get_list(session, &q, &g);
	sql("alter table domovoi.unit add column for_a_test int"); /* plans are made anew: no error */
	get_list(session, &q, &g);
	OK(&g);
	sql("alter table domovoi.unit drop column for_a_test");
	/* a view whose column has another type: the named statement is refused, the list is not */
	sql("begin; set local role domovoi_owner;"
	    " alter view api.companies rename column kind to kind_then; alter view api.companies rename to companies_then;"
	    " create view api.companies with (security_invoker) as select id, company, code, name, kind_then::varchar(40) as kind,"
	    " currency, tz, country, status, version from api.companies_then;"
	    " grant select on api.companies to domovoi_staff; commit");
	struct query c = list_of("companies", 5);
	get_list(session, &c, &g);
	OK(&g);
	sql("begin; set local role domovoi_owner; drop view api.companies; alter view api.companies_then rename to companies;"
	    " alter view api.companies rename column kind_then to kind; commit");
	get_list(session, &c, &g);
	OK(&g);
	CU_ASSERT_EQUAL(client_state(client), CLIENT_ONLINE);
	query_free(&q);
	query_free(&c);
	got_clear(&g);
	end();
}

struct asked {
	struct pgconn *conn;
	int answered, wrong;
};

static void take_answer(void *arg, const struct pgresults *r)
{
	struct asked *st = arg;

	st->answered++;
	st->wrong += r->lost || r->error != NULL;
}

static bool conn_ready(void *arg)
{
	const struct pgconn *c = ((struct asked *)arg)->conn;

	return pgconn_ready(c) && pgconn_inflight(c) == 0;
}

static void nothing(void *arg)
{
	(void)arg;
}

static void went_down(void *arg, const struct err *e)
{
	(void)arg;
	(void)e;
	CU_FAIL("the connection broke");
}

/* Names that the server has lost (DISCARD by a pooler, say) are made again. */
static void lost_names_are_made_again(void)
{
	static const struct pgconn_events quiet = {
		.up = nothing, .down = went_down, .notified = nothing, .room = nothing,
	};
	const struct pgstmt named = { .sql = "select 1 as one", .prepare = true }, drop = { .sql = "deallocate all" };
	struct asked st = { 0 };
	struct err e;
	struct pgdsn *dsn = pgdsn_new(test_dsn(), &e);

	uv_loop_init(&loop);
	st.conn = pgconn_new(&loop, dsn, &quiet, &st);
	CU_ASSERT_TRUE(run_until(conn_ready, &st, 5000));
	pgconn_send(st.conn, &named, 1, 0, take_answer, &st);
	pgconn_send(st.conn, &drop, 1, 0, take_answer, &st);
	CU_ASSERT_TRUE(run_until(conn_ready, &st, 5000));
	CU_ASSERT_EQUAL(st.wrong, 0);
	pgconn_send(st.conn, &named, 1, 0, take_answer, &st); /* told: no such name … */
	CU_ASSERT_TRUE(run_until(conn_ready, &st, 5000));
	CU_ASSERT_EQUAL(st.wrong, 1);
	pgconn_send(st.conn, &named, 1, 0, take_answer, &st); /* … and makes it */
	pgconn_send(st.conn, &named, 1, 0, take_answer, &st);
	CU_ASSERT_TRUE(run_until(conn_ready, &st, 5000));
	CU_ASSERT_EQUAL(st.wrong, 1);
	CU_ASSERT_EQUAL(st.answered, 5);
	pgconn_free(st.conn);
	pgdsn_free(dsn);
	end();
}

/* ---- health ---------------------------------------------------------------------------------- */

static void read_only_refuses_at_once(void)
{
	struct client_health h;
	struct query q = list_of("units", 5);
	struct got g = { 0 };
	int before;

	sql("alter role manager_1 set default_transaction_read_only = on");
	begin("manager_1");
	get_list(session, &q, &g);
	OK(&g);
	client_health(client, &h);
	CU_ASSERT_TRUE(h.readonly);
	CU_ASSERT_EQUAL(h.writing, 0);
	before = sql_int("select count(*) from domovoi.mutation");
	create_stay("E04-4", "2027-09-01", "2027-09-04", NULL, &g);
	client_health(client, &h);
	CU_ASSERT_EQUAL(h.writing + g.calls, 0); /* it is known already, and told from the loop */
	wait_for(&g);
	CU_ASSERT_STRING_EQUAL(g.err.code, "E-READONLY");
	CU_ASSERT_TRUE(g.err.remedy[0] != '\0');
	CU_ASSERT_EQUAL(sql_int("select count(*) from domovoi.mutation"), before);
	end();
	sql("alter role manager_1 reset default_transaction_read_only");
	begin("manager_1");
	get_list(session, &q, &g);
	client_health(client, &h);
	CU_ASSERT_FALSE(h.readonly);
	query_free(&q);
	got_clear(&g);
	end();
}

static bool attempts_grow(void *arg)
{
	struct client_health h;

	(void)arg;
	client_health(client, &h);
	return h.attempt >= 3;
}

static void what_is_not_saved_yet_is_counted(void)
{
	struct relay r;
	struct client_health h;
	struct got g = { 0 };

	relay_start(&r);
	begin_behind(&r, "head_1", 8000);
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 5000));
	relay_stop(&r);
	create_stay("E04-4", "2027-10-01", "2027-10-04", NULL, &g);
	CU_ASSERT_TRUE(run_until(attempts_grow, NULL, 5000));
	client_health(client, &h);
	CU_ASSERT_EQUAL(h.writing, 1);
	CU_ASSERT_EQUAL(client_state(client), CLIENT_RECONNECTING);
	relay_listen(&r);
	wait_for(&g);
	OK(&g);
	client_health(client, &h);
	CU_ASSERT_EQUAL(h.writing, 0);
	CU_ASSERT_EQUAL(h.attempt, 0);
	CU_ASSERT_EQUAL(stays_from("2027-10-01"), 1);
	got_clear(&g);
	relay_end(&r);
}

static void slow_is_said_of_several_answers(void)
{
	struct client_health h;
	struct query q = list_of("units", 5);
	struct got g = { 0 };

	begin("head_1");
	for (int i = 0; i < 4; i++) {
		get_list(session, &q, &g);
		OK(&g);
	}
	for (int i = 0; i < 6; i++) {
		sql("begin; lock table domovoi.unit in access exclusive mode");
		ASK(client_list(session, &q, 1, keep_answer, (got_clear(&g), &g)));
		run_for(900);
		sql("rollback");
		wait_for(&g);
		client_health(client, &h);
		CU_ASSERT_TRUE(i > 0 || !h.slow); /* one is not enough */
	}
	CU_ASSERT_TRUE(h.slow && h.latency_ms > 500);
	for (int i = 0; i < 6; i++)
		get_list(session, &q, &g);
	client_health(client, &h);
	CU_ASSERT_FALSE(h.slow);
	query_free(&q);
	got_clear(&g);
	end();
}

TESTS("test_pgtrust", T(prepared_names_come_and_go), T(lost_names_are_made_again), T(read_only_refuses_at_once),
    T(what_is_not_saved_yet_is_counted), T(slow_is_said_of_several_answers))

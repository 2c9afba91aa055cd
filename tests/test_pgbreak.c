/*
 * The PostgreSQL backend when things go wrong: cancelled, killed, cut off, silent, refused;
 * and the change feed.
 */
#include "config.h"

#include "base/uuid.h"
#include "client/notifier.h"
#include "client/pgconn.h"
#include "tests/pgtest.h"

/* ---- cancelling ------------------------------------------------------------------------------ */

static void lock_table(const char *table)
{
	sql("begin; lock table domovoi.%s in access exclusive mode", table);
}

static bool somebody_waits(void *arg)
{
	(void)arg;
	return sql_int("select count(*) from pg_locks where not granted") > 0;
}

static bool nobody_waits(void *arg)
{
	return !somebody_waits(arg);
}

static void owner_cancels_a_running_one(void)
{
	struct query slow = list_of("reservations", 5), quick = list_of("companies", 5);
	struct got never_g = { 0 }, g = { 0 };

	begin("head_1");
	for (int i = 0; i < test_count(8); i++) {
		lock_table("reservation");
		ASK(client_list(session, &slow, 7, keep_answer, &never_g));
		CU_ASSERT_TRUE(run_until(somebody_waits, NULL, 3000));
		ASK(client_cancel_owner(client, 7));
		uint64_t t0 = uv_hrtime();
		/* on the same connection, while the lock is still held */
		get_list(session, &quick, &g);
		OK(&g);
		CU_ASSERT_TRUE(uv_hrtime() - t0 < 1000000000u);
		CU_ASSERT_TRUE(run_until(nobody_waits, NULL, 1000));
		sql("rollback");
		get_list(session, &slow, &g);
		OK(&g);
	}
	CU_ASSERT_EQUAL(never_g.calls, 0);
	CU_ASSERT_EQUAL(client_state(client), CLIENT_ONLINE);
	query_free(&slow);
	query_free(&quick);
	got_clear(&g);
	end();
}

/* A cancel that comes about when its statement ends: nothing else may ever be hit by it. */
static void a_late_cancel_hits_nobody(void)
{
	struct query slow = list_of("reservations", 5), quick = list_of("companies", 5);
	struct got dropped = { 0 }, behind = { 0 }, g = { 0 };
	int n = test_count(60);

	begin("head_1");
	for (int i = 0; i < n; i++) {
		lock_table("reservation");
		ASK(client_list(session, &slow, 7, keep_answer, &dropped));
		got_clear(&behind);
		/* may be in flight behind it */
		ASK(client_list(session, &quick, 1, keep_answer, &behind));
		if (i % 3 != 0)
			run_for(1 + test_below(5));
		ASK(client_cancel_owner(client, 7));
		/* around the moment at which the cancel request leaves */
		run_for(24 + test_below(16));
		sql("rollback");
		get_list(session, &quick, &g);
		OK(&g);
		wait_for(&behind);
		OK(&behind);
	}
	CU_ASSERT_EQUAL(dropped.calls, 0);
	query_free(&slow);
	query_free(&quick);
	got_clear(&g);
	got_clear(&behind);
	end();
}

/* ---- the same one layer below: statements every millisecond while cancel requests fly ---- */

struct stress {
	struct pgconn *conn;
	struct pgunit *slow;
	int answered, hit, wrong, abandoned_answers;
};

static void quick_answer(void *arg, const struct pgresults *r)
{
	struct stress *st = arg;

	st->answered++;
	if (r->error != NULL && pgconn_maybe_hit(st->conn))
		st->hit++;
	else if (r->lost || r->error != NULL)
		st->wrong++;
}

static void slow_answer(void *arg, const struct pgresults *r)
{
	(void)r;
	((struct stress *)arg)->abandoned_answers++;
}

static void send_quick(uv_timer_t *t)
{
	struct stress *st = t->data;

	if (pgconn_ready(st->conn))
		pgconn_send(st->conn, &(struct pgstmt){ .sql = "select pg_sleep(0.002)" }, 1, 0, quick_answer, st);
}

static bool conn_ready(void *arg)
{
	return pgconn_ready(((struct stress *)arg)->conn) && pgconn_inflight(((struct stress *)arg)->conn) == 0;
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

static void what_is_sent_after_a_cancel_is_safe(void)
{
	static const struct pgconn_events events = {
		.up = nothing, .down = went_down, .notified = nothing, .room = nothing,
	};
	struct stress st = { 0 };
	struct err e;
	struct pgdsn *dsn = pgdsn_new(test_dsn(), &e);
	uv_timer_t beat;

	uv_loop_init(&loop);
	st.conn = pgconn_new(&loop, dsn, &events, &st);
	uv_timer_init(&loop, &beat);
	beat.data = &st;
	for (int i = 0; i < test_count(60); i++) {
		char text[64];

		CU_ASSERT_TRUE(run_until(conn_ready, &st, 5000));
		snprintf(text, sizeof text, "select pg_sleep(0.0%02u)", 26 + test_below(14));
		st.slow = pgconn_send(st.conn, &(struct pgstmt){ .sql = text }, 1, 0, slow_answer, &st);
		pgconn_abandon(st.conn, st.slow);
		uv_timer_start(&beat, send_quick, 0, 1);
		run_for(50);
		uv_timer_stop(&beat);
	}
	CU_ASSERT_TRUE(run_until(conn_ready, &st, 5000));
	CU_ASSERT_TRUE(st.answered > test_count(60));
	CU_ASSERT_EQUAL(st.wrong, 0);
	CU_ASSERT_EQUAL(st.hit, 0);
	CU_ASSERT_EQUAL(st.abandoned_answers, 0);
	uv_close((uv_handle_t *)&beat, NULL);
	pgconn_free(st.conn);
	pgdsn_free(dsn);
	end();
}

static void cancelled_before_sending(void)
{
	struct query q = list_of("units", 5);
	struct got g = { 0 };

	begin("head_1");
	ASK(client_list(session, &q, 7, keep_answer, &g));
	ASK(client_list(session, &q, 0, keep_answer, &g)); /* 0 = nobody: not cancelled by owner */
	ASK(client_cancel_owner(client, 7));
	ASK(client_cancel_owner(client, 0));
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 5000));
	CU_ASSERT_EQUAL(g.calls, 1);
	got_clear(&g);
	ASK(client_list(session, &q, 7, keep_answer, &g));
	ASK(session_close(session)); /* takes its requests along */
	run_for(50);
	CU_ASSERT_EQUAL(g.calls, 0);
	query_free(&q);
	end();
}

static void free_the_client(const struct reply *r, void *arg)
{
	(void)r;
	++*(int *)arg;
	client_free(client);
	client = NULL;
}

static bool was_called(void *arg)
{
	return *(int *)arg > 0;
}

static void freed_in_a_callback(void)
{
	struct query q = list_of("units", 5);
	struct got g = { 0 };
	int calls = 0;

	begin("head_1");
	client_list(session, &q, 1, free_the_client, &calls);
	client_list(session, &q, 1, keep_answer, &g);
	query_free(&q);
	run_until(was_called, &calls, 20000);
	run_for(100);
	CU_ASSERT_EQUAL(calls, 1);
	CU_ASSERT_EQUAL(g.calls, 0);
	end();
}

static void a_list_takes_two_seconds_at_most(void)
{
	struct query q = list_of("reservations", 5);
	struct got g = { 0 };

	begin("head_1");
	lock_table("reservation");
	get_list(session, &q, &g);
	CU_ASSERT_STRING_EQUAL(g.err.code, "57014");
	CU_ASSERT_EQUAL(g.err.kind, ERR_FAILED);
	sql("rollback");
	get_list(session, &q, &g);
	OK(&g);
	query_free(&q);
	got_clear(&g);
	end();
}

/* ---- broken connections ---------------------------------------------------------------------- */

static void killed_in_the_middle_of_a_write(void)
{
	struct got g = { 0 };

	begin("head_1");
	for (int i = 0; i < test_count(3); i++) {
		char from[32], to[32];

		snprintf(from, sizeof from, "2027-%02d-%02d", 1 + i % 12, 1 + i / 12 % 9 * 3);
		snprintf(to, sizeof to, "2027-%02d-%02d", 1 + i % 12, 3 + i / 12 % 9 * 3);
		lock_table("reservation");
		create_stay("E04-4", from, to, NULL, &g);
		CU_ASSERT_TRUE(run_until(somebody_waits, NULL, 3000));
		sql("select pg_terminate_backend(pid) from pg_stat_activity"
		    " where datname = current_database() and usename = 'head_1'");
		run_for(20);
		sql("rollback");
		wait_for(&g);
		OK(&g);
		CU_ASSERT_EQUAL(stays_from(from), 1);
	}
	got_clear(&g);
	end();
}

static bool is_applied(void *arg)
{
	return atoi(sql("select count(*) from domovoi.mutation where id = '%s'",
	    (const char *)arg)) > 0;
}

/*
 * The write is committed, its answer is lost: sent again, it has one effect and the same
 * outcome.
 */
static void answer_lost_after_commit(void)
{
	struct relay r;
	struct got g = { 0 };
	char id[UUID_LEN + 1];

	relay_start(&r);
	begin_behind(&r, "head_1", 0);
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 5000));
	uuid_v7(id);
	r.mute = true;
	create_stay("E04-4", "2027-06-01", "2027-06-04", id, &g);
	CU_ASSERT_TRUE(run_until(is_applied, id, 5000));
	CU_ASSERT_EQUAL(g.calls, 0);
	relay_cut(&r);
	r.mute = false;
	wait_for(&g);
	OK(&g);
	CU_ASSERT_TRUE(json_is_true(json_object_get(g.json, "replayed")));
	CU_ASSERT_EQUAL(stays_from("2027-06-01"), 1);
	got_clear(&g);
	relay_end(&r);
}

/* The same of a reversal: undone once, not undone and redone. */
static void answer_to_an_undo_lost(void)
{
	struct relay r;
	struct got g = { 0 };
	char id[UUID_LEN + 1], back[UUID_LEN + 1];

	relay_start(&r);
	begin_behind(&r, "head_1", 0);
	uuid_v7(id);
	uuid_v7(back);
	create_stay("E04-4", "2027-07-01", "2027-07-04", id, &g);
	wait_for(&g);
	OK(&g);
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 5000));
	r.mute = true;
	mutate(session, &(struct mutation){ .id = back, .kind = "undo", .undo = id }, &g);
	CU_ASSERT_TRUE(run_until(is_applied, back, 5000));
	CU_ASSERT_EQUAL(g.calls, 0);
	relay_cut(&r);
	r.mute = false;
	wait_for(&g);
	OK(&g);
	CU_ASSERT_TRUE(json_is_true(json_object_get(g.json, "replayed")));
	CU_ASSERT_STRING_EQUAL(sql("select status || ' ' || version from domovoi.reservation where id = '%s'", id), "cancelled 2");
	got_clear(&g);
	relay_end(&r);
}

/* A preview that broke off has done nothing, and is asked again. */
static void preview_cut_off(void)
{
	struct relay r;
	struct got g = { 0 };
	json_t *set = json_pack("{s:s}", "comment", "cut off");
	struct mutation m = { .res = res("reservations"), .kind = "patch", .record = "9", .set = set };

	relay_start(&r);
	begin_behind(&r, "head_1", 0);
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 5000));
	lock_table("reservation");
	ASK(client_preview(session, &m, 1, 1, keep_answer, &g));
	CU_ASSERT_TRUE(run_until(somebody_waits, NULL, 3000));
	relay_cut(&r);
	run_for(20);
	sql("rollback");
	wait_for(&g);
	OK(&g);
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 0, "outcome"), "change");
	CU_ASSERT_STRING_EQUAL(sql("select coalesce(comment, '') from domovoi.reservation where company_id = 1 and no = 9"), "");
	json_decref(set);
	got_clear(&g);
	relay_end(&r);
}

static void server_stops_and_starts(void)
{
	struct relay r;
	struct query q = list_of("units", 5);
	struct got g = { 0 }, late = { 0 };

	relay_start(&r);
	begin_behind(&r, "head_1", 1500);
	get_list(session, &q, &g);
	OK(&g);
	relay_stop(&r);
	run_for(20);
	CU_ASSERT_EQUAL(client_state(client), CLIENT_RECONNECTING);
	CU_ASSERT_EQUAL(client_error(client)->kind, ERR_UNREACHABLE);
	got_clear(&g);
	ASK(client_list(session, &q, 1, keep_answer, &g)); /* waits … */
	run_for(300);
	relay_listen(&r);
	wait_for(&g); /* … and is answered */
	OK(&g);
	CU_ASSERT_EQUAL(client_state(client), CLIENT_ONLINE);
	relay_stop(&r);
	ASK(client_list(session, &q, 1, keep_answer, &late));
	uint64_t t0 = uv_hrtime();
	wait_for(&late);
	CU_ASSERT_EQUAL(late.err.kind, ERR_UNREACHABLE);
	CU_ASSERT_TRUE(uv_hrtime() - t0 < 3000000000u);
	CU_ASSERT_TRUE(client_idle(client));
	relay_listen(&r);
	CU_ASSERT_TRUE(run_until(is_online, NULL, 8000)); /* by itself */
	query_free(&q);
	got_clear(&g);
	got_clear(&late);
	relay_end(&r);
}

static void a_silent_server_is_given_up(void)
{
	struct relay r;
	struct query q = list_of("units", 5);
	struct got g = { 0 };

	relay_start(&r);
	begin_behind(&r, "head_1", 0);
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 5000));
	r.mute = true;
	ASK(client_list(session, &q, 1, keep_answer, &g));
	run_for(4200); /* its two seconds and the slack */
	r.mute = false;
	wait_for(&g);
	OK(&g); /* over another connection */
	CU_ASSERT_TRUE(r.accepted >= 2);
	query_free(&q);
	got_clear(&g);
	relay_end(&r);
}

static void too_many_connections(void)
{
	struct query q = list_of("units", 5);
	struct got g = { 0 };

	sql("alter role manager_1 connection limit 0");
	begin_at(NULL, "manager_1", 600);
	get_list(session, &q, &g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_UNREACHABLE);
	CU_ASSERT_STRING_EQUAL(g.err.code, "53300");
	got_clear(&g);
	ASK(client_list(session, &q, 1, keep_answer, &g));
	run_for(100);
	sql("alter role manager_1 connection limit -1");
	wait_for(&g);
	OK(&g);
	query_free(&q);
	got_clear(&g);
	end();
}

static void refused_for_good(void)
{
	struct query q = list_of("units", 5);
	struct got g = { 0 };
	struct err e;

	begin("nobody_at_all");
	get_list(session, &q, &g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_DENIED);
	CU_ASSERT_EQUAL(client_state(client), CLIENT_FAILED);
	CU_ASSERT_TRUE(client_idle(client));
	get_list(session, &q, &g); /* at once, but not from inside */
	CU_ASSERT_EQUAL(g.err.kind, ERR_DENIED);
	end();
	begin(PQuser(admin ? admin : (sql("select 1"), admin))); /* a login without a membership */
	get_list(session, &q, &g);
	CU_ASSERT_STRING_EQUAL(g.err.code, "DM009");
	CU_ASSERT_EQUAL(client_state(client), CLIENT_FAILED);
	end();
	query_free(&q);
	got_clear(&g);
	uv_loop_init(&loop);
	CU_ASSERT_PTR_NULL(client_new(&loop, &(struct client_config){ .dsn =
	    "host=x password=secret" }, &e));
	CU_ASSERT_EQUAL(e.kind, ERR_USAGE);
	CU_ASSERT_PTR_NULL(strstr(e.text, "secret"));
	CU_ASSERT_PTR_NULL(client_new(&loop, &(struct client_config){ .dsn = "nonsense=1" }, &e));
	CU_ASSERT_PTR_NULL(client_new(&loop, &(struct client_config){ .dsn =
	    "postgresql://a:secret@h:x/" }, &e));
	CU_ASSERT_PTR_NULL(strstr(e.text, "secret"));
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

/* ---- the feed -------------------------------------------------------------------------------- */

static int changes;

static void count_change(void *arg)
{
	(void)arg;
	changes++;
}

static bool has_changed(void *arg)
{
	return changes > *(int *)arg;
}

static bool is_live(void *arg)
{
	return client_live(client) == *(bool *)arg;
}

static void change_by_psql(void)
{
	int before = changes;
	uint64_t t0 = uv_hrtime();

	sql("update domovoi.unit set description = clock_timestamp()::text"
	    " where company_id = 1 and code = 'E04-1'");
	CU_ASSERT_TRUE(run_until(has_changed, &before, 3000));
	CU_ASSERT_TRUE(uv_hrtime() - t0 < 1400000000u);
}

static void changes_are_noticed(void)
{
	static const struct client_watch watch = { .changed = count_change };
	bool live = true;

	begin("head_1");
	client_set_watch(client, &watch);
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 5000));
	CU_ASSERT_FALSE(client_live(client));
	change_by_psql(); /* nobody leads: polled */
	struct notifier *a = notifier_start(&loop, test_dsn()), *b = notifier_start(&loop,
	    test_dsn());
	CU_ASSERT_TRUE(run_until(is_live, &live, 5000));
	run_for(300);
	CU_ASSERT_TRUE(notifier_leads(a) != notifier_leads(b));
	for (int i = 0; i < 3; i++)
		change_by_psql();
	bool first = notifier_leads(a);
	notifier_stop(first ? a : b); /* the other one takes over */
	run_for(2600);
	CU_ASSERT_TRUE(notifier_leads(first ? b : a));
	change_by_psql();
	int before = changes;
	run_for(600);
	CU_ASSERT_EQUAL(changes, before); /* nothing changed, nothing said */
	notifier_stop(first ? b : a);
	end();
}

TESTS("test_pgbreak", T(owner_cancels_a_running_one),
    T(a_late_cancel_hits_nobody), T(what_is_sent_after_a_cancel_is_safe), T(cancelled_before_sending), T(freed_in_a_callback),
    T(a_list_takes_two_seconds_at_most), T(killed_in_the_middle_of_a_write),
    T(answer_lost_after_commit), T(answer_to_an_undo_lost), T(preview_cut_off),
    T(server_stops_and_starts), T(a_silent_server_is_given_up), T(too_many_connections),
    T(refused_for_good),
    T(changes_are_noticed))

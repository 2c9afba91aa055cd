/* The PostgreSQL backend behind client.h: answers, refusals, cancelling, broken connections, two identities. */
#include "config.h"

#include <stdarg.h>

#include "base/uuid.h"
#include "client/notifier.h"
#include "client/value.h"
#include "tests/pgtest.h"

static const struct resource *res(const char *name)
{
	return catalogue_resource(name);
}

/* ---- lists ---------------------------------------------------------------------------------------------- */

/* Ids of the whole list in its order, from one large page. */
static struct table *full_scan(const char *resource, const char *sort)
{
	struct query q = list_of(resource, 500);
	struct got g = { 0 };
	struct err e;

	CU_ASSERT_TRUE(query_sort(&q, sort, &e));
	get_list(session, &q, &g);
	OK(&g);
	CU_ASSERT_FALSE(g.more);
	query_free(&q);
	return g.rows;
}

static void walk(const char *resource, const char *sort, unsigned limit, bool backward)
{
	struct table *all = full_scan(resource, sort);
	struct query q = list_of(resource, limit);
	struct got g = { .more = true };
	char column[64];
	int at = backward ? table_rows(all) : 0;

	query_sort(&q, sort, NULL);
	q.backward = backward;
	field_column(q.sort, column);
	for (g.more = true; g.more;) {
		get_list(session, &q, &g);
		OK(&g);
		int n = table_rows(g.rows);
		if (n == 0)
			break;
		at -= backward ? n : 0;
		for (int i = 0; i < n; i++)
			CU_ASSERT_STRING_EQUAL(table_get(g.rows, i, "id"), table_get(all, at + i, "id"));
		at += backward ? 0 : n;
		int edge = backward ? 0 : n - 1;
		free(q.after);
		q.after = query_cursor(&q, table_get(g.rows, edge, column), table_get(g.rows, edge, "id"));
	}
	CU_ASSERT_EQUAL(at, backward ? 0 : table_rows(all));
	query_free(&q);
	got_clear(&g);
	table_free(all);
}

static void pages_equal_a_scan(void)
{
	begin("head_1");
	walk("reservations", "check_in", 7, false);
	walk("reservations", "check_in", 7, true);
	walk("reservations", "-check_in", 50, false);
	walk("reservations", "-check_in", 50, true);
	walk("parties", "name", 11, false);
	walk("parties", "name", 11, true);
	end();
}

static void counts_and_filters(void)
{
	struct query q;
	struct got g = { 0 };

	begin("head_1");
	q = list_of("reservations", 3);
	q.count = true;
	get_list(session, &q, &g);
	CU_ASSERT_EQUAL(g.count, sql_int("select count(*) from domovoi.reservation where company_id = 1"));
	CU_ASSERT_TRUE(g.more);
	CU_ASSERT_TRUE(query_filter(&q, "status=completed nights>=2", session_today(session), "KZT", NULL));
	get_list(session, &q, &g);
	CU_ASSERT_EQUAL(g.count,
	    sql_int("select count(*) from domovoi.reservation where company_id = 1 and status = 'completed' and nights >= 2"));
	query_free(&q);
	q = list_of("units", 3);
	get_list(session, &q, &g);
	CU_ASSERT_EQUAL(g.count, -1);
	query_free(&q);
	got_clear(&g);
	end();
}

/* ---- one record ----------------------------------------------------------------------------------------- */

static void get(struct session *s, const char *resource, const char *key, struct got *g)
{
	got_clear(g);
	ASK(client_get(s, res(resource), key, 1, keep_answer, g));
	wait_for(g);
}

static void gets_by_any_key(void)
{
	struct got g = { 0 };
	char id[40];

	begin("head_1");
	get(session, "units", "E04-1", &g);
	OK(&g);
	snprintf(id, sizeof id, "%s", table_get(g.rows, 0, "id"));
	get(session, "units", id, &g);
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 0, "code"), "E04-1");
	get(session, "reservations", "5", &g);
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 0, "no"), "5");
	get(session, "reservations", "999999", &g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_NOT_FOUND);
	get(session, "units", "'; drop table x --", &g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_NOT_FOUND);
	got_clear(&g);
	end();
}

static void knows_its_session(void)
{
	struct got g = { 0 };

	begin("head_1");
	CU_ASSERT_EQUAL(client_state(client), CLIENT_CONNECTING);
	CU_ASSERT_FALSE(client_idle(client));
	CU_ASSERT_STRING_EQUAL(session_role(session), "");
	ASK(client_whoami(session, 1, keep_answer, &g));
	wait_for(&g);
	CU_ASSERT_TRUE(client_idle(client));
	CU_ASSERT_EQUAL(client_state(client), CLIENT_ONLINE);
	CU_ASSERT_EQUAL(session_company(session), 1);
	CU_ASSERT_STRING_EQUAL(session_role(session), "head");
	CU_ASSERT_STRING_EQUAL(session_scope(session), "company");
	CU_ASSERT_STRING_EQUAL(session_currency(session), "KZT");
	CU_ASSERT_EQUAL(session_today(session), day_from_ymd(2026, 6, 16));
	CU_ASSERT_TRUE(session_may(session, "reservation.create"));
	CU_ASSERT_FALSE(session_may(session, "settings.platform"));
	CU_ASSERT_STRING_EQUAL(client_target(client), PQdb(admin ? admin : (sql("select 1"), admin)));
	CU_ASSERT_TRUE(client_latency_ms(client) >= 0);
	for (int i = 0; i < table_rows(g.rows); i++)
		CU_ASSERT_TRUE(session_may(session, table_get(g.rows, i, "permission")));
	got_clear(&g);
	ASK(client_actions(session, res("reservations"), "5", 1, keep_answer, &g));
	wait_for(&g);
	CU_ASSERT_TRUE(table_rows(g.rows) >= 5);
	CU_ASSERT_TRUE(table_col(g.rows, "label") >= 0);
	got_clear(&g);
	end();
}

/* ---- writes --------------------------------------------------------------------------------------------- */

static void mutate(struct session *s, const struct mutation *m, struct got *g)
{
	got_clear(g);
	ASK(client_mutate(s, m, 1, keep_answer, g));
}

static json_t *stay(const char *unit, const char *from, const char *to)
{
	return json_pack("{s:s, s:s, s:s}", "unit", unit, "check_in", from, "check_out", to);
}

static void create_stay(const char *unit, const char *from, const char *to, const char *id, struct got *g)
{
	json_t *set = stay(unit, from, to);

	mutate(session, &(struct mutation){ .res = res("reservations"), .kind = "create", .set = set, .id = id }, g);
	json_decref(set);
}

static void patch_comment(const char *key, int version, struct got *g)
{
	json_t *set = json_pack("{s:s}", "comment", "patched");

	mutate(session, &(struct mutation){ .res = res("reservations"), .kind = "patch", .record = key,
	    .version = version, .set = set }, g);
	json_decref(set);
	wait_for(g);
}

static void refusals_have_kinds(void)
{
	struct got g = { 0 };
	char key[40];

	begin("head_1");
	create_stay("E04-4", "2027-02-01", "2027-02-04", NULL, &g);
	wait_for(&g);
	OK(&g);
	snprintf(key, sizeof key, "%s", json_string_value(json_object_get(g.json, "record")));
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(g.json, "status")), "applied");
	patch_comment(key, 1, &g);
	OK(&g);
	patch_comment(key, 1, &g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_CONFLICT);
	CU_ASSERT_STRING_EQUAL(g.err.code, "DM003");
	create_stay("E04-4", "2027-02-03", "2027-02-05", NULL, &g);
	wait_for(&g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_CONFLICT);
	CU_ASSERT_STRING_EQUAL(g.err.code, "DM004");
	CU_ASSERT_STRING_EQUAL(g.err.field, "unit");
	create_stay("E04-4", "2027-02-13", "2027-02-11", NULL, &g);
	wait_for(&g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_INVALID);
	patch_comment("888888", 0, &g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_NOT_FOUND);
	mutate(session, &(struct mutation){ .res = res("reservations"), .kind = "action", .action = "cancel", .record = key }, &g);
	wait_for(&g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_INVALID);
	CU_ASSERT_STRING_EQUAL(g.err.code, "DM002");
	mutate(session, &(struct mutation){ .res = res("reservations"), .kind = "patch", .record = key, .id = "no uuid" }, &g);
	CU_ASSERT_EQUAL(g.calls, 0); /* refused here, but not from inside the call */
	wait_for(&g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_INVALID);
	got_clear(&g);
	end();

	begin("auditor_1");
	create_stay("E04-4", "2027-03-01", "2027-03-04", NULL, &g);
	wait_for(&g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_DENIED);
	got_clear(&g);
	end();
}

static void same_id_has_one_effect(void)
{
	struct got g = { 0 };
	char id[UUID_LEN + 1];

	begin("head_1");
	uuid_v7(id);
	for (int i = 0; i < 3; i++) {
		create_stay("E04-4", "2027-04-01", "2027-04-04", id, &g);
		wait_for(&g);
		OK(&g);
		CU_ASSERT_EQUAL(json_is_true(json_object_get(g.json, "replayed")), i > 0);
	}
	CU_ASSERT_EQUAL(sql_int("select count(*) from domovoi.reservation where check_in = '2027-04-01'"), 1);
	got_clear(&g);
	end();
}

static void imports_line_by_line(void)
{
	struct got g = { 0 };
	json_t *rows = json_pack("[{s:i,s:{s:s,s:s}},{s:i,s:{s:s}}]", "line", 2, "set", "code", "IMP-1", "title", "Imported",
	    "line", 3, "set", "title", "no code");
	const json_t *bad;

	begin("head_1");
	for (int i = 0; i < 2; i++) {
		got_clear(&g);
		ASK(client_import(session, res("units"), rows, false, 1, keep_answer, &g));
		wait_for(&g);
		OK(&g);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(g.json, 0), "status")),
		    i == 0 ? "created" : "unchanged");
		bad = json_array_get(g.json, 1);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(bad, "status")), "rejected");
		CU_ASSERT_TRUE(json_string_length(json_object_get(bad, "message")) > 0);
	}
	json_decref(rows);
	got_clear(&g);
	end();
}

/* ---- cancelling ----------------------------------------------------------------------------------------- */

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
		get_list(session, &quick, &g); /* on the same connection, while the lock is still held */
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
		ASK(client_list(session, &quick, 1, keep_answer, &behind)); /* may be in flight behind it */
		if (i % 3 != 0)
			run_for(1 + test_below(5));
		ASK(client_cancel_owner(client, 7));
		run_for(24 + test_below(16)); /* around the moment at which the cancel request leaves */
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

static void freed_in_a_callback(void)
{
	struct query q = list_of("units", 5);
	struct got g = { 0 };
	int calls = 0;

	begin("head_1");
	client_list(session, &q, 1, free_the_client, &calls);
	client_list(session, &q, 1, keep_answer, &g);
	query_free(&q);
	run_for(200);
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

/* ---- broken connections --------------------------------------------------------------------------------- */

static void killed_in_the_middle_of_a_write(void)
{
	struct got g = { 0 };

	begin("head_1");
	for (int i = 0; i < test_count(3); i++) {
		char from[16], to[16];

		snprintf(from, sizeof from, "2027-05-%02d", 1 + 2 * i);
		snprintf(to, sizeof to, "2027-05-%02d", 3 + 2 * i);
		lock_table("reservation");
		create_stay("E04-4", from, to, NULL, &g);
		CU_ASSERT_TRUE(run_until(somebody_waits, NULL, 3000));
		sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'head_1'");
		run_for(20);
		sql("rollback");
		wait_for(&g);
		OK(&g);
		CU_ASSERT_EQUAL(atoi(sql("select count(*) from domovoi.reservation where check_in = '%s'"
			" and unit_id = (select id from domovoi.unit where code = 'E04-4' and company_id = 1)", from)), 1);
	}
	got_clear(&g);
	end();
}

static bool is_applied(void *arg)
{
	return atoi(sql("select count(*) from domovoi.mutation where id = '%s'", (const char *)arg)) > 0;
}

/* The write is committed, its answer is lost: sent again, it has one effect and the same outcome. */
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
	CU_ASSERT_EQUAL(sql_int("select count(*) from domovoi.reservation where check_in = '2027-06-01'"), 1);
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
	CU_ASSERT_PTR_NULL(client_new(&loop, &(struct client_config){ .dsn = "host=x password=secret" }, &e));
	CU_ASSERT_EQUAL(e.kind, ERR_USAGE);
	CU_ASSERT_PTR_NULL(strstr(e.text, "secret"));
	CU_ASSERT_PTR_NULL(client_new(&loop, &(struct client_config){ .dsn = "nonsense=1" }, &e));
	CU_ASSERT_PTR_NULL(client_new(&loop, &(struct client_config){ .dsn = "postgresql://a:secret@h:x/" }, &e));
	CU_ASSERT_PTR_NULL(strstr(e.text, "secret"));
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

/* ---- the feed ------------------------------------------------------------------------------------------- */

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

	sql("update domovoi.unit set description = clock_timestamp()::text where company_id = 1 and code = 'E04-1'");
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
	struct notifier *a = notifier_start(&loop, test_dsn()), *b = notifier_start(&loop, test_dsn());
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

/* ---- API mode ------------------------------------------------------------------------------------------- */

static void check_company(const struct reply *r, void *arg)
{
	int *wanted = arg; /* company, answers so far, wrong ones */

	CU_ASSERT_FALSE(asking);
	wanted[1]++;
	if (r->err != NULL || table_rows(r->rows) == 0)
		wanted[2]++;
	for (int i = 0; i < table_rows(r->rows); i++)
		wanted[2] += atoi(table_get(r->rows, i, "company")) != wanted[0];
}

static void two_identities_over_one_pool(void)
{
	char head[40], agent[40], dsn[600];
	struct query q = list_of("reservations", 20);
	int one[3] = { 1, 0, 0 }, two[3] = { 2, 0, 0 }, n = 40;
	struct got g = { 0 };

	snprintf(head, sizeof head, "%s", sql("select user_id from domovoi.db_login where rolname = 'head_1'"));
	snprintf(agent, sizeof agent, "%s", sql("select user_id from domovoi.db_login where rolname = 'realtor_2'"));
	sql("do $$ begin if not exists (select from pg_roles where rolname = 'api_test') then create role api_test login noinherit"
	    " in role domovoi_platform, domovoi_company, domovoi_own, domovoi_assigned, domovoi_landlord; end if; end $$");
	sql("insert into domovoi.api_role values ('api_test') on conflict do nothing");
	snprintf(dsn, sizeof dsn, "%s user=api_test", test_dsn());
	uv_loop_init(&loop);
	client = open_client(dsn, 2, 0);
	struct session *a = session_open(client, &(struct session_spec){ .user = head });
	struct session *b = session_open(client, &(struct session_spec){ .user = agent });
	struct session *stranger = session_open(client, &(struct session_spec){ .user = "01900000-0000-7000-8000-000000000000" });
	for (int i = 0; i < n; i++) {
		ASK(client_list(a, &q, 1, check_company, one));
		ASK(client_list(b, &q, 1, check_company, two));
	}
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 10000));
	CU_ASSERT_EQUAL(one[1], n);
	CU_ASSERT_EQUAL(two[1], n);
	CU_ASSERT_EQUAL(one[2] + two[2], 0);
	CU_ASSERT_STRING_EQUAL(session_scope(a), "company");
	CU_ASSERT_STRING_EQUAL(session_scope(b), "own");
	get_list(stranger, &q, &g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_DENIED);
	get_list(a, &q, &g); /* an error of one leaves the others alone */
	OK(&g);
	session = b;
	create_stay("no such unit", "2027-07-01", "2027-07-02", NULL, &g);
	wait_for(&g);
	CU_ASSERT_NOT_EQUAL(g.err.kind, ERR_NONE);
	query_free(&q);
	got_clear(&g);
	end();
}

TESTS("test_pg", T(pages_equal_a_scan), T(counts_and_filters), T(gets_by_any_key), T(knows_its_session),
    T(refusals_have_kinds), T(same_id_has_one_effect), T(imports_line_by_line), T(owner_cancels_a_running_one),
    T(a_late_cancel_hits_nobody), T(cancelled_before_sending), T(freed_in_a_callback),
    T(a_list_takes_two_seconds_at_most), T(killed_in_the_middle_of_a_write), T(answer_lost_after_commit),
    T(server_stops_and_starts), T(a_silent_server_is_given_up), T(too_many_connections), T(refused_for_good),
    T(changes_are_noticed), T(two_identities_over_one_pool))

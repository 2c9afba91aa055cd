/* The PostgreSQL backend behind client.h: answers, refusals, writes, imports, two identities. */
#include "config.h"

#include "base/date.h"
#include "base/strbuf.h"
#include "base/uuid.h"
#include "client/value.h"
#include "tests/pgtest.h"

/* ---- lists ----------------------------------------------------------------------------------- */

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
			CU_ASSERT_STRING_EQUAL(table_get(g.rows, i, "id"), table_get(all, at + i,
			    "id"));
		at += backward ? 0 : n;
		int edge = backward ? 0 : n - 1;
		free(q.after);
		q.after = query_cursor(&q, table_get(g.rows, edge, column), table_get(g.rows, edge,
		    "id"));
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
	CU_ASSERT_EQUAL(g.count,
	    sql_int("select count(*) from domovoi.reservation where company_id = 1"));
	CU_ASSERT_TRUE(g.more);
	CU_ASSERT_TRUE(query_filter(&q, "status=completed nights>=2", session_today(session), "KZT",
	    NULL));
	get_list(session, &q, &g);
	CU_ASSERT_EQUAL(g.count,
	    sql_int("select count(*) from domovoi.reservation"
		" where company_id = 1 and status = 'completed' and nights >= 2"));
	query_free(&q);
	q = list_of("units", 3);
	get_list(session, &q, &g);
	CU_ASSERT_EQUAL(g.count, -1);
	query_free(&q);
	got_clear(&g);
	end();
}

/* ---- one record ------------------------------------------------------------------------------ */

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
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 3000));
	CU_ASSERT_EQUAL(client_state(client), CLIENT_ONLINE);
	CU_ASSERT_EQUAL(session_company(session), 1);
	CU_ASSERT_STRING_EQUAL(session_role(session), "head");
	CU_ASSERT_STRING_EQUAL(session_scope(session), "company");
	CU_ASSERT_STRING_EQUAL(session_currency(session), "KZT");
	CU_ASSERT_EQUAL(session_today(session), day_from_ymd(2026, 6, 16));
	CU_ASSERT_TRUE(session_may(session, "reservation.create"));
	CU_ASSERT_FALSE(session_may(session, "settings.platform"));
	CU_ASSERT_STRING_EQUAL(client_target(client), PQdb(admin ? admin : (sql("select 1"),
	    admin)));
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

/* ---- writes ---------------------------------------------------------------------------------- */

static void patch_comment(const char *key, int version, struct got *g)
{
	json_t *set = json_pack("{s:s}", "comment", "patched");

	mutate(session, &(struct mutation){ .res = res("reservations"), .kind = "patch", .record =
	    key,
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
	mutate(session, &(struct mutation){ .res = res("reservations"), .kind = "action", .action =
	    "cancel", .record = key }, &g);
	wait_for(&g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_INVALID);
	CU_ASSERT_STRING_EQUAL(g.err.code, "DM002");
	mutate(session, &(struct mutation){ .res = res("reservations"), .kind = "patch", .record =
	    key, .id = "no uuid" }, &g);
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
	CU_ASSERT_EQUAL(stays_from("2027-04-01"), 1);
	got_clear(&g);
	end();
}

static void imports_line_by_line(void)
{
	struct got g = { 0 };
	json_t *rows = json_pack("[{s:i,s:{s:s,s:s}},{s:i,s:{s:s}}]", "line", 2, "set", "code",
	    "IMP-1", "title", "Imported",
	    "line", 3, "set", "title", "no code");
	const json_t *bad;

	begin("head_1");
	for (int i = 0; i < 2; i++) {
		got_clear(&g);
		ASK(client_import(session, res("units"), rows, false, NULL, 1, keep_answer, &g));
		wait_for(&g);
		OK(&g);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(g.json, 0),
		    "status")),
		    i == 0 ? "created" : "unchanged");
		bad = json_array_get(g.json, 1);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(bad, "status")),
		    "rejected");
		CU_ASSERT_TRUE(json_string_length(json_object_get(bad, "message")) > 0);
	}
	json_decref(rows);
	got_clear(&g);
	end();
}

/* ---- API mode -------------------------------------------------------------------------------- */

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

/* Direct mode: two memberships of one login share the connection, one after the other. */
static void sessions_take_turns(void)
{
	struct query q = list_of("reservations", 20);
	int one[3] = { 1, 0, 0 }, two[3] = { 2, 0, 0 }, n = 6;

	begin("superuser");
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 5000));
	CU_ASSERT_EQUAL(session_company(session), 0); /* all of them */
	struct session *a = session_open(client, &(struct session_spec){ .company = 1 });
	struct session *b = session_open(client, &(struct session_spec){ .company = 2 });
	for (int i = 0; i < n; i++) {
		ASK(client_list(a, &q, 1, check_company, one));
		ASK(client_list(b, &q, 1, check_company, two));
	}
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 10000));
	CU_ASSERT_EQUAL(session_company(a), 1);
	CU_ASSERT_EQUAL(one[1] + two[1], 2 * n);
	CU_ASSERT_EQUAL(one[2] + two[2], 0);
	ASK(session_close(b));
	ASK(client_list(a, &q, 1, check_company, one));
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 10000));
	CU_ASSERT_EQUAL(one[1], n + 1);
	CU_ASSERT_EQUAL(one[2], 0);
	query_free(&q);
	end();
}

/* ---- taking back, and what would happen ------------------------------------------------------ */

static void undo_and_redo(void)
{
	char id[UUID_LEN + 1], back[UUID_LEN + 1];
	json_t *set = json_pack("{s:s}", "comment", "to be taken back");
	struct mutation patch = { .id = id, .res = res("reservations"), .kind = "patch", .record = "5", .set = set };
	struct mutation undo = { .id = back, .kind = "undo", .undo = id };
	struct got g = { 0 };

	begin("head_1");
	uuid_v7(id);
	uuid_v7(back);
	mutate(session, &patch, &g);
	wait_for(&g);
	OK(&g);
	for (int i = 0; i < 2; i++) { /* the same request twice: one effect */
		mutate(session, &undo, &g);
		wait_for(&g);
		OK(&g);
		CU_ASSERT_EQUAL(json_is_true(json_object_get(g.json, "replayed")), i == 1);
		CU_ASSERT_PTR_NOT_NULL(json_object_get(json_object_get(g.json, "row"), "unit_label"));
	}
	CU_ASSERT_STRING_EQUAL(sql("select coalesce(comment, '') from domovoi.reservation where company_id = 1 and no = 5"), "");
	mutate(session, &(struct mutation){ .res = res("reservations"), .kind = "undo", .undo = back }, &g); /* redo */
	wait_for(&g);
	OK(&g);
	CU_ASSERT_STRING_EQUAL(sql("select comment from domovoi.reservation where company_id = 1 and no = 5"), "to be taken back");
	mutate(session, &(struct mutation){ .kind = "undo", .undo = id }, &g);
	wait_for(&g);
	CU_ASSERT_STRING_EQUAL(g.err.code, "DM003"); /* it has changed since, if only by the redo */
	CU_ASSERT_TRUE(g.err.remedy[0] != '\0');
	json_decref(set);
	got_clear(&g);
	end();
}

static void preview_changes_nothing(void)
{
	json_t *other = json_pack("{s:s}", "comment", "what a preview says"), *wrong = json_pack("{s:s}", "adults", "two");
	struct mutation m[3] = {
		{ .res = res("reservations"), .kind = "patch", .record = "7", .set = other },
		{ .res = res("reservations"), .kind = "patch", .record = "7", .set = wrong },
		{ .res = res("units"), .kind = "action", .record = "no such unit", .action = "archive" },
	};
	static struct mutation many[501];
	struct got g = { 0 };
	int before;

	begin("head_1");
	before = sql_int("select count(*) from domovoi.change_log");
	ASK(client_preview(session, m, 3, 1, keep_answer, &g));
	wait_for(&g);
	OK(&g);
	CU_ASSERT_EQUAL_FATAL(table_rows(g.rows), 3);
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 0, "outcome"), "change");
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 0, "label"), "7");
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 1, "outcome"), "refused");
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 1, "field"), "adults");
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 1, "reason"), "the value is not valid: two");
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 2, "code"), "DM006");
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 2, "n"), "2");
	CU_ASSERT_EQUAL(sql_int("select count(*) from domovoi.change_log"), before);
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = m[0];
	got_clear(&g);
	ASK(client_preview(session, many, 500, 1, keep_answer, &g));
	wait_for(&g);
	OK(&g);
	CU_ASSERT_EQUAL(table_rows(g.rows), 500);
	got_clear(&g);
	ASK(client_preview(session, many, 501, 1, keep_answer, &g));
	wait_for(&g);
	CU_ASSERT_EQUAL(g.err.kind, ERR_INVALID);
	json_decref(other);
	json_decref(wrong);
	got_clear(&g);
	end();
}

static void ask_report(const char *name, const struct param *args, int n, struct got *g)
{
	got_clear(g);
	ASK(client_report(session, catalogue_report(name), args, n, 1, keep_answer, g));
	wait_for(g);
	OK(g);
}

static void what_is_free_and_what_else(void)
{
	struct param dates[3] = { { "from", "2026-06-16" }, { "to", "2026-06-18" }, { "unit", NULL } };
	char unit[64];
	struct got g = { 0 };

	begin("head_1");
	ask_report("spans", dates, 2, &g);
	CU_ASSERT_TRUE(table_rows(g.rows) > 5);
	int stay = 0;
	while (stay < table_rows(g.rows) - 1 && strcmp(table_get(g.rows, stay, "kind"), "stay") != 0)
		stay++;
	snprintf(unit, sizeof unit, "%s", table_get(g.rows, stay, "unit"));
	dates[2].value = unit;
	ask_report("availability", dates, 2, &g);
	for (int i = 0; i < table_rows(g.rows); i++)
		CU_ASSERT_STRING_NOT_EQUAL(table_get(g.rows, i, "unit"), unit);
	ask_report("availability", dates, 3, &g);
	CU_ASSERT_EQUAL(table_rows(g.rows), 1);
	CU_ASSERT_STRING_EQUAL(table_get(g.rows, 0, "free"), "f");
	CU_ASSERT_PTR_NOT_NULL(strstr(table_get(g.rows, 0, "reason"), "the unit is taken on these dates: 2026-"));
	ask_report("alternatives", dates, 3, &g);
	CU_ASSERT_TRUE(table_rows(g.rows) > 0);
	got_clear(&g);
	end();
}

/* ---- instants -------------------------------------------------------------------------------- */

/* The hold of stay 5 ends at this moment, whatever the rules say. */
static void hold_ends(int64_t at)
{
	sql("set session_replication_role = replica; update domovoi.reservation set hold_until = to_timestamp(%lld)"
	    " where company_id = 1 and no = 5; set session_replication_role = default", (long long)at);
}

/* Does the filter find stay 5? */
static bool held_until(const char *when)
{
	struct query q = list_of("reservations", 5);
	struct got g = { 0 };
	struct err e = { 0 };
	char filter[80];
	bool found;

	snprintf(filter, sizeof filter, "no=5 hold_until=\"%s\"", when);
	CU_ASSERT_TRUE(query_filter(&q, filter, session_today(session), NULL, &e));
	get_list(session, &q, &g);
	OK(&g);
	found = g.rows != NULL && table_rows(g.rows) == 1;
	got_clear(&g);
	query_free(&q);
	return found;
}

/* A moment as the company's clocks show it; typed again it is that moment, but for the hour that is there twice. */
static void there_and_back(int64_t at, const char *tz)
{
	struct got g = { 0 };
	struct strbuf shown = { 0 };
	int64_t local = at + offset_of_instant(at, tz), day = local / 86400 - (local % 86400 < 0), rest = local - day * 86400;
	bool twice = offset_of_instant(at - 7200, tz) != offset_of_instant(at + 7200, tz);
	char iso[16], clock[40];

	hold_ends(at);
	get(session, "reservations", "5", &g);
	OK(&g);
	value_show(&shown, FT_TIME, NULL, table_get(g.rows, 0, "hold_until"), NULL);
	day_format((day_t)day, iso);
	snprintf(clock, sizeof clock, "%s %02d:%02d", iso, (int)(rest / 3600), (int)(rest / 60 % 60));
	CU_ASSERT_STRING_EQUAL(strbuf_str(&shown), clock);
	CU_ASSERT(twice || held_until(clock));
	CU_ASSERT_TRUE(held_until(iso)); /* the day alone is all of the company's day */
	CU_ASSERT_TRUE(held_until(table_get(g.rows, 0, "hold_until"))); /* with its offset it is always the moment itself */
	strbuf_free(&shown);
	got_clear(&g);
}

static void instants_are_by_the_companys_clock(void)
{
	static const char *const ZONES[] = { "Asia/Almaty", "Asia/Tashkent", "Europe/Berlin", "America/St_Johns" };
	static const int64_t EDGES[] = { 1774746000 /* Berlin to summer */, 1792890000 /* … to winter */,
		1709229600 /* Almaty to +05 */, 0 };
	char was[64];

	snprintf(was, sizeof was, "%s", sql("select coalesce(extract(epoch from hold_until)::bigint::text, '') from domovoi.reservation"
	    " where company_id = 1 and no = 5"));
	for (size_t z = 0; z < ARRAY_LEN(ZONES); z++) {
		sql("update domovoi.company set tz = '%s' where id = 1", ZONES[z]);
		begin("head_1");
		for (size_t i = 0; i < ARRAY_LEN(EDGES); i++)
			for (int64_t at = EDGES[i] - 5400; at <= EDGES[i] + 5400; at += 1800)
				there_and_back(at, ZONES[z]);
		for (int i = 0; i < test_count(10); i++)
			there_and_back((int64_t)test_below(30000000) * 60, ZONES[z]);
		CU_ASSERT_STRING_EQUAL(session_tz(session), ZONES[z]);
		if (z == 2) { /* what is there twice is the later one, what is not there comes after the gap; an offset is obeyed */
			hold_ends(1792891800);
			CU_ASSERT_TRUE(held_until("2026-10-25 02:30"));
			CU_ASSERT_FALSE(held_until("2026-10-25 02:30+02:00"));
			hold_ends(1774747800);
			CU_ASSERT_TRUE(held_until("2026-03-29 02:30"));
			CU_ASSERT_TRUE(held_until("2026-03-29T01:30Z"));
		}
		end();
	}
	sql("update domovoi.company set tz = 'Asia/Almaty' where id = 1");
	sql("set session_replication_role = replica; update domovoi.reservation set hold_until = to_timestamp(nullif('%s', '')::bigint)"
	    " where company_id = 1 and no = 5; set session_replication_role = default", was);
	sql("select 1"), PQfinish(admin), admin = NULL;
}

static void two_identities_over_one_pool(void)
{
	char head[40], agent[40], login[40], other[40], dsn[600];
	struct query q = list_of("reservations", 20);
	int one[3] = { 1, 0, 0 }, two[3] = { 2, 0, 0 }, n = 40;
	struct got g = { 0 };

	snprintf(head, sizeof head, "%s",
	    sql("select user_id from domovoi.db_login where rolname = 'head_1'"));
	snprintf(agent, sizeof agent, "%s",
	    sql("select user_id from domovoi.db_login where rolname = 'realtor_2'"));
	sql("do $$ begin if not exists (select from pg_roles where rolname = 'api_test') then"
	    " create role api_test login noinherit in role domovoi_platform, domovoi_company,"
	    " domovoi_own, domovoi_assigned, domovoi_landlord, domovoi_api; end if; end $$");
	sql("insert into domovoi.api_role values ('api_test') on conflict do nothing");
	snprintf(login, sizeof login, "%s", sql("insert into domovoi.login_session (user_id, opened_at, seen_at, until,"
	    " proved_at, amr, must_change) values ('%s', now(), now(), 'infinity', now(), '{pwd}', false) returning id", head));
	snprintf(other, sizeof other, "%s", sql("insert into domovoi.access_key (id, user_id, name, scopes, permissions,"
	    " secret_hash, created_at) values (gen_random_uuid(), '%s', 'test', '{*}', array(select code from domovoi.permission),"
	    " sha256('test'), now()) returning id", agent));
	snprintf(dsn, sizeof dsn, "%s user=api_test", test_dsn());
	uv_loop_init(&loop);
	client = open_client(dsn, 2, 0);
	struct session *a = session_open(client, &(struct session_spec){ .user = head, .login = login });
	struct session *b = session_open(client, &(struct session_spec){ .user = agent, .key = other });
	struct session *stranger = session_open(client, &(struct session_spec){ .user =
	    "01900000-0000-7000-8000-000000000000" });
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

TESTS("test_pg", T(pages_equal_a_scan), T(counts_and_filters), T(gets_by_any_key),
    T(knows_its_session),
    T(refusals_have_kinds), T(same_id_has_one_effect), T(imports_line_by_line),
    T(sessions_take_turns), T(undo_and_redo), T(preview_changes_nothing), T(what_is_free_and_what_else),
    T(instants_are_by_the_companys_clock), T(two_identities_over_one_pool))

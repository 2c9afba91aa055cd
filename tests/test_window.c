/*
 * A window over a list: walks both ways, keeps its place, keeps its memory. Pages are tiny, so
 * that every edge is met.
 */
#include "config.h"

#include "client/window.h"
#include "tests/pgtest.h"

#define LIMIT 5
#define PAGE 3      /* rows on the screen */
#define BOUND 45    /* six pages, one more while it is being added, what the screen keeps */

static struct window *window;
static int row, top, most, told;

static void changed(void *arg)
{
	(void)arg;
	CU_ASSERT_FALSE(asking);
	told++;
	window_settle(window, &row, &top);
	if (window_rows(window) > most)
		most = window_rows(window);
}

static bool quiet(void *arg)
{
	(void)arg;
	return !window_loading(window);
}

static void settle(void)
{
	CU_ASSERT_TRUE(run_until(quiet, NULL, 10000));
	window_settle(window, &row, &top);
}

static void go(int to)
{
	row = to;
	ASK(window_want(window, row, PAGE));
	settle();
}

static void open_window(const char *resource, const char *filter, unsigned limit)
{
	struct query q = list_of(resource, limit);

	row = top = most = told = 0;
	window = window_new(session, 1, changed, NULL);
	q.count = true;
	CU_ASSERT_TRUE(query_filter(&q, filter, day_from_ymd(2026, 6, 16), "KZT", NULL));
	ASK(window_query(window, &q));
	ASK(window_want(window, 0, PAGE));
	query_free(&q);
	settle();
}

static void close_window(void)
{
	ASK(window_free(window));
	window = NULL;
	end();
}

static struct table *scan(const char *resource)
{
	struct query q = list_of(resource, 500);
	struct got g = { 0 };

	get_list(session, &q, &g);
	query_free(&q);
	return g.rows;
}

static void check_all_at_hand(const struct table *all, int at)
{
	for (int i = 0; i < window_rows(window); i++)
		CU_ASSERT_STRING_EQUAL(window_id(window, i), table_get(all, at - row + i, "id"));
}

static void down_and_up_again(void)
{
	begin("head_1");

	struct table *all = scan("reservations");
	int n = table_rows(all), at;

	CU_ASSERT_TRUE(n > 100);
	open_window("reservations", "", LIMIT);
	CU_ASSERT_EQUAL(window_count(window), n);
	CU_ASSERT_TRUE(window_at_start(window));
	for (at = 0; at < n - 1; at++) {
		CU_ASSERT_STRING_EQUAL(window_id(window, row), table_get(all, at, "id"));
		go(row + 1);
	}
	CU_ASSERT_TRUE(window_at_end(window));
	CU_ASSERT_FALSE(window_at_start(window));
	check_all_at_hand(all, at);
	for (; at > 0; at--) {
		CU_ASSERT_STRING_EQUAL(window_id(window, row), table_get(all, at, "id"));
		go(row - 1);
	}
	CU_ASSERT_TRUE(window_at_start(window));
	CU_ASSERT_EQUAL(row, 0);
	check_all_at_hand(all, 0);
	CU_ASSERT_TRUE(most <= BOUND);
	table_free(all);
	close_window();
}

static void random_walk(void)
{
	begin("head_1");

	struct table *all = scan("reservations");
	int n = table_rows(all), at = 0;

	open_window("reservations", "", LIMIT);
	for (int i = 0; i < test_count(300); i++) {
		int step = (int)test_below(13) - 5;

		if (test_below(40) == 0) {
			bool last = test_below(2) == 0;
			ASK(last ? window_seek_end(window) : window_seek_start(window));
			settle();
			at = last ? n - 1 : 0;
			row = last ? window_rows(window) - 1 : 0;
			step = 0;
		} else if (test_below(10) == 0) {
			ASK(window_reload(window));
			settle();
		}
		if (row + step < 0 || row + step >= window_rows(window))
			step = 0;
		at += step;
		go(row + step);
		CU_ASSERT_STRING_EQUAL(window_id(window, row), table_get(all, at, "id"));
		CU_ASSERT_EQUAL(window_find(window, table_get(all, at, "id")), row);
	}
	CU_ASSERT_TRUE(most <= BOUND);
	table_free(all);
	close_window();
}

static void seeks(void)
{
	begin("head_1");

	struct table *all = scan("reservations");
	int n = table_rows(all);

	open_window("reservations", "", LIMIT);
	ASK(window_seek_end(window));
	settle();
	CU_ASSERT_TRUE(window_at_end(window));
	CU_ASSERT_STRING_EQUAL(window_id(window, window_rows(window) - 1), table_get(all, n - 1,
	    "id"));
	CU_ASSERT_EQUAL(row, window_rows(window) - 1);
	ASK(window_seek_start(window));
	settle();
	CU_ASSERT_STRING_EQUAL(window_id(window, 0), table_get(all, 0, "id"));
	CU_ASSERT_EQUAL(row, 0);
	table_free(all);
	close_window();
}

/* Somebody deletes and adds rows around the cursor: it stays on its record. */
static void reload_keeps_the_place(void)
{
	char id[64], other[64];

	sql("insert into domovoi.party (company_id, no, name)"
	    " select 1, 90000 + i, 'ЯЯ ' || lpad(i::text, 3, '0') from generate_series(1, 60) i");
	begin("head_1");
	open_window("parties", "name~ЯЯ", LIMIT);
	for (int i = 0; i < 30; i++)
		go(row + 1);
	snprintf(id, sizeof id, "%s", window_id(window, row));
	CU_ASSERT_STRING_EQUAL(window_cell(window, row, "no"), "90031");
	sql("delete from domovoi.party where no between 90026 and 90030");
	sql("insert into domovoi.party (company_id, no, name)"
	    " select 1, 91000 + i, 'ЯЯ 030 ' || i from generate_series(1, 2) i");
	ASK(window_reload(window));
	ASK(window_reload(window)); /* twice at once is once more */
	settle();
	CU_ASSERT_STRING_EQUAL(window_id(window, row), id);
	CU_ASSERT_STRING_EQUAL(window_cell(window, row - 1, "no"), "91002");
	/* its own record goes: the cursor stays where it was */
	sql("delete from domovoi.party where no = 90031");
	ASK(window_reload(window));
	settle();
	snprintf(other, sizeof other, "%s", window_cell(window, row, "no"));
	CU_ASSERT_STRING_EQUAL(other, "90032");
	sql("delete from domovoi.party where no between 90010 and 91999");
	ASK(window_reload(window)); /* all that was at hand is gone: what is left, at its end */
	settle();
	CU_ASSERT_TRUE(window_rows(window) > 0);
	CU_ASSERT_STRING_EQUAL(window_cell(window, row, "no"), "90009");
	sql("delete from domovoi.party where no >= 90000");
	ASK(window_reload(window));
	settle();
	CU_ASSERT_EQUAL(window_rows(window), 0);
	CU_ASSERT_EQUAL(row, 0);
	CU_ASSERT_STRING_EQUAL(window_id(window, 0), "");
	ASK(window_reload(window));
	settle();
	close_window();
}

/* The same, and nothing is to move: values change where they stand, what has gone or arrived is only told. */
static void refresh_moves_nothing(void)
{
	char before[64];

	sql("insert into domovoi.party (company_id, no, name)"
	    " select 1, 90000 + i, 'ЯЯ ' || lpad(i::text, 3, '0') from generate_series(1, 40) i");
	begin("head_1");
	open_window("parties", "name~ЯЯ", LIMIT);
	for (int i = 0; i < 12; i++)
		go(row + 1);
	int rows = window_rows(window), at = row;
	snprintf(before, sizeof before, "%s", window_id(window, at));
	sql("update domovoi.party set note = 'новое' where no = 90013");
	sql("update domovoi.party set name = 'ЯЯ 001 раньше' where no = 90012");
	sql("delete from domovoi.party where no = 90011");
	sql("insert into domovoi.party (company_id, no, name) values (1, 91001, 'ЯЯ 005 новый'), (1, 91002, 'ЯЯ 000')");
	ASK(window_refresh(window));
	settle();
	CU_ASSERT_EQUAL(window_rows(window), rows);
	CU_ASSERT_EQUAL(row, at);
	CU_ASSERT_STRING_EQUAL(window_id(window, at), before);
	CU_ASSERT_STRING_EQUAL(window_cell(window, at, "no"), "90013");
	CU_ASSERT_STRING_EQUAL(window_cell(window, at - 1, "name"), "ЯЯ 001 раньше");
	CU_ASSERT_FALSE(window_gone(window, at - 1));
	CU_ASSERT_STRING_EQUAL(window_cell(window, at - 2, "no"), "90011");
	CU_ASSERT_TRUE(window_gone(window, at - 2));
	CU_ASSERT_EQUAL(window_arrived(window), 2);
	ASK(window_refresh(window)); /* told once, not again */
	settle();
	CU_ASSERT_EQUAL(window_arrived(window), 2);
	/* what follows is still found by the places that the rows had, and comes once */
	while (!window_at_end(window))
		go(window_rows(window) - 1);
	CU_ASSERT_STRING_EQUAL(window_cell(window, window_rows(window) - 1, "no"), "90040");
	for (int i = 0; i < window_rows(window); i++)
		CU_ASSERT_EQUAL(window_find(window, window_id(window, i)), i);
	/* after the last row there is room */
	go(window_rows(window) - 1);
	rows = window_rows(window);
	sql("insert into domovoi.party (company_id, no, name) values (1, 91003, 'ЯЯ 041')");
	ASK(window_refresh(window));
	settle();
	CU_ASSERT_EQUAL(window_rows(window), rows + 1);
	CU_ASSERT_STRING_EQUAL(window_cell(window, rows, "no"), "91003");
	ASK(window_refresh(window));
	ASK(window_reload(window)); /* now they may come in */
	settle();
	CU_ASSERT_EQUAL(window_arrived(window), 0);
	for (int i = 0; i < window_rows(window); i++)
		CU_ASSERT_FALSE(window_gone(window, i));
	ASK(window_seek_start(window));
	settle();
	CU_ASSERT_STRING_EQUAL(window_cell(window, 0, "no"), "91002");
	CU_ASSERT_STRING_EQUAL(window_cell(window, 2, "no"), "90012");
	sql("delete from domovoi.party where no >= 90000");
	ASK(window_refresh(window));
	settle();
	for (int i = 0; i < window_rows(window); i++)
		CU_ASSERT_TRUE(window_gone(window, i));
	close_window();
}

/* Rows change, go and come while somebody walks about: no row is there twice, the cursor stays on its record. */
static void refresh_in_a_walk(void)
{
	sql("insert into domovoi.party (company_id, no, name)"
	    " select 1, 90000 + i, 'ЯЯ ' || lpad(i::text, 3, '0') from generate_series(1, 80) i");
	begin("head_1");
	open_window("parties", "name~ЯЯ -status=inactive", LIMIT);
	bool renamed[81] = { false }; /* since the last reload: it may now stand far away */

	for (int i = 0; i < test_count(120); i++) {
		static const char *const changes[] = {
			"insert into domovoi.party (company_id, no, name) values (1, %d, 'ЯЯ %03d новый')",
			"update domovoi.party set status = 'inactive' where no = %d and %d > 0",
			"update domovoi.party set name = 'ЯЯ ' || lpad((%d %% 80)::text, 3, '0') where no = 90000 + %d",
		};
		char id[64], change[200];
		int to = row + (int)test_below(9) - 3, what = (int)test_below(3), who = (int)test_below(80) + 1;
		bool moves = test_below(10) == 0, gone, far;

		go(to < 0 ? 0 : to >= window_rows(window) ? window_rows(window) - 1 : to);
		snprintf(id, sizeof id, "%s", window_id(window, row));
		snprintf(change, sizeof change, changes[what], what == 1 ? 90000 + who : 92000 + i, who);
		sql("%s", change);
		ASK(window_refresh(window));
		settle();
		CU_ASSERT_STRING_EQUAL(window_id(window, row), id);
		gone = window_gone(window, row);
		renamed[who] |= what == 2;
		int no = atoi(window_cell(window, row, "no")) - 90000;
		far = no >= 1 && no <= 80 && renamed[no];
		if (moves) {
			ASK(window_reload(window));
			memset(renamed, 0, sizeof renamed);
		}
		settle();
		CU_ASSERT_TRUE(gone || far || strcmp(window_id(window, row), id) == 0);
		for (int k = 0; k < window_rows(window); k++)
			CU_ASSERT_EQUAL(window_find(window, window_id(window, k)), k);
	}
	sql("delete from domovoi.party where no >= 90000");
	close_window();
}

/* Each key asks anew; only the last question is answered, and the old rows stay until then. */
static void typing_a_filter(void)
{
	static const char *const keys[] = { "а", "ас", "аст" };

	begin("head_1");
	open_window("units", "", 50);
	int before = window_rows(window);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct query q = list_of("units", 50);

		CU_ASSERT_TRUE(query_filter(&q, keys[i], 0, NULL, NULL));
		ASK(window_query(window, &q));
		query_free(&q);
		CU_ASSERT_EQUAL(window_rows(window), before);
	}
	told = 0;
	settle();
	CU_ASSERT_EQUAL(told, 1);
	CU_ASSERT_PTR_NULL(window_error(window));
	close_window();
}

/* Taken back by its owner (C-c): the next wish asks again. */
static void cancelled_is_not_forever(void)
{
	begin("head_1");
	open_window("units", "", LIMIT);
	for (int i = 0; i < 3; i++) {
		int before = told;

		ASK(window_reload(window));
		ASK(client_cancel_owner(client, 1));
		CU_ASSERT_TRUE(window_loading(window));
		if (i == 0)
			ASK(window_reload(window));
		else if (i == 1)
			ASK(window_refresh(window));
		else
			ASK(window_want(window, window_rows(window) - 1, PAGE));
		settle();
		CU_ASSERT_TRUE(told > before);
		CU_ASSERT_PTR_NULL(window_error(window));
	}
	close_window();
}

static void errors_are_kept(void)
{
	begin("head_1");
	open_window("units", "", LIMIT);
	sql("begin; lock table domovoi.unit in access exclusive mode");
	ASK(window_reload(window));
	settle(); /* its two seconds run out */
	CU_ASSERT_PTR_NOT_NULL(window_error(window));
	sql("rollback");
	ASK(window_want(window, 0, PAGE)); /* does not ask again by itself */
	CU_ASSERT_FALSE(window_loading(window));
	ASK(window_reload(window));
	settle();
	CU_ASSERT_PTR_NULL(window_error(window));
	close_window();
}

static void ask_again(void *arg)
{
	++*(int *)arg;
	window_reload(window);
}

/* The connection drops and comes back: the client says so by itself, and the rows are there as they are now. */
static void after_a_drop(void)
{
	struct relay r;
	struct client_watch watch = { .changed = ask_again };
	int again = 0;
	char id[64];

	relay_start(&r);
	begin_behind(&r, "head_1", 0);
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 5000));
	open_window("parties", "", LIMIT);
	for (int i = 0; i < 30; i++)
		go(row + 1);
	snprintf(id, sizeof id, "%s", window_id(window, row));
	watch.arg = &again;
	client_set_watch(client, &watch);
	relay_stop(&r);
	ASK(window_reload(window)); /* what is asked meanwhile waits */
	sql("update domovoi.party set note = 'while away' where id = '%s'", id);
	run_for(200);
	CU_ASSERT_EQUAL(client_state(client), CLIENT_RECONNECTING);
	relay_listen(&r);
	CU_ASSERT_TRUE(run_until(is_online, NULL, 8000));
	CU_ASSERT_TRUE(run_until(is_idle, NULL, 5000));
	settle();
	CU_ASSERT_TRUE(again > 0);
	CU_ASSERT_PTR_NULL(window_error(window));
	CU_ASSERT_STRING_EQUAL(window_id(window, row), id);
	CU_ASSERT_STRING_EQUAL(window_cell(window, row, "note"), "while away");
	sql("update domovoi.party set note = null where id = '%s'", id);
	client_set_watch(client, NULL);
	ASK(window_free(window));
	window = NULL;
	relay_end(&r);
}

static size_t heap(void)
{
	unsigned long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fscanf(f, "%lu %lu", &pages, &resident), 2);
	fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* A hundred pages there and back, then the same again: the second time takes nothing more. */
static void memory_is_bounded(void)
{
	size_t first = 0;

	begin("superuser"); /* all companies: the longest list there is */
	open_window("reservations", "", LIMIT);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100 && !window_at_end(window); i++)
			go(window_rows(window) - 1);
		for (int i = 0; i < 100 && !window_at_start(window); i++)
			go(0);
		if (round == 0)
			first = heap();
	}
	CU_ASSERT_TRUE(most <= BOUND);
#ifndef __SANITIZE_ADDRESS__ /* whose quarantine grows on purpose */
	CU_ASSERT_TRUE(heap() < first + 512 * 1024);
#endif
	(void)first;
	close_window();
}

static void freed_while_loading(void)
{
	begin("head_1");
	struct query q = list_of("units", LIMIT);
	window = window_new(session, 1, changed, NULL);
	told = 0;
	ASK(window_query(window, &q));
	query_free(&q);
	ASK(window_free(window));
	run_for(100);
	CU_ASSERT_EQUAL(told, 0);
	window = window_new(session, 1, changed, NULL);
	CU_ASSERT_EQUAL(window_rows(window), 0);
	ASK(window_reload(window)); /* nothing to reload yet */
	ASK(window_seek_end(window));
	close_window();
}

TESTS("test_window", T(down_and_up_again), T(random_walk), T(seeks), T(reload_keeps_the_place),
    T(refresh_moves_nothing), T(refresh_in_a_walk),
    T(typing_a_filter), T(cancelled_is_not_forever),
    T(errors_are_kept), T(after_a_drop), T(memory_is_bounded), T(freed_while_loading))

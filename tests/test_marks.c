/* Marks of a list and the stack of undo, each against a simple model. */
#include "config.h"

#include "screens/marks.h"
#include "screens/undo.h"
#include "tests/cunit.h"

#define IDS 64

static void id_of(int i, char out[UUID_LEN + 1])
{
	snprintf(out, UUID_LEN + 1, "01900000-0000-7000-8000-%012d", i * 7919 % 1000);
}

static void put(struct marks *m, int i, int64_t amount, bool known, const char *currency)
{
	struct mark one = { .known = known, .sum = { amount } };
	char label[16];

	id_of(i, one.id);
	snprintf(label, sizeof(label), "no %d", i);
	snprintf(one.currency, sizeof(one.currency), "%s", currency);
	one.label = label;
	marks_put(m, &one);
}

static void marks_are_a_set(void)
{
	struct marks m = { 0 };
	bool in[IDS] = { false };
	int n = 0;

	for (int step = 0; step < test_count(20000); step++) {
		int i = (int)test_below(IDS);
		char id[UUID_LEN + 1];

		id_of(i, id);
		if (test_below(200) == 0) {
			marks_clear(&m);
			memset(in, 0, sizeof(in));
			n = 0;
		} else if (test_below(2)) {
			put(&m, i, i, true, "KZT");
			n += !in[i];
			in[i] = true;
		} else {
			CU_ASSERT_EQUAL(marks_drop(&m, id), in[i]);
			n -= in[i];
			in[i] = false;
		}
		CU_ASSERT_EQUAL(m.n, n);
		CU_ASSERT_EQUAL(marks_find(&m, id) != NULL, in[i]);
		for (int k = 0; k < m.n && step % 97 == 0; k++)
			CU_ASSERT_PTR_EQUAL(marks_find(&m, m.all[k].id), &m.all[k]);
	}
	marks_clear(&m);
	CU_ASSERT_EQUAL(m.n, 0);
}

/* As many as `*` finds in a long list, and no key waits for it. */
static void very_many(void)
{
	struct marks m = { 0 };
	char id[UUID_LEN + 1];
	char none[] = "";
	int n = 100000;

	for (int i = 0; i < n; i++) {
		struct mark one = { .label = none };

		snprintf(one.id, sizeof(one.id), "%08x-0000-7000-8000-%012d", (unsigned)i * 2654435761u, i);
		marks_put(&m, &one);
	}
	CU_ASSERT_EQUAL(m.n, n);
	for (int i = 0; i < n; i += 2) {
		snprintf(id, sizeof(id), "%08x-0000-7000-8000-%012d", (unsigned)i * 2654435761u, i);
		CU_ASSERT_TRUE(marks_drop(&m, id));
		CU_ASSERT_FALSE(marks_drop(&m, id));
	}
	CU_ASSERT_EQUAL(m.n, n / 2);
	marks_clear(&m);
}

static void marked_again_is_renewed(void)
{
	struct marks m = { 0 };
	struct marks_total t[4];
	char id[UUID_LEN + 1];

	put(&m, 3, 100, true, "KZT");
	put(&m, 3, 250, true, "KZT");
	id_of(3, id);
	CU_ASSERT_EQUAL(m.n, 1);
	CU_ASSERT_STRING_EQUAL(marks_find(&m, id)->label, "no 3");
	CU_ASSERT_EQUAL(marks_totals(&m, 0, t, 4), 1);
	CU_ASSERT_EQUAL(t[0].sum, 250);
	marks_clear(&m);
}

/* By currency, never across; what is unknown is not counted; what does not fit is not wrapped. */
static void sums(void)
{
	static const char *const CODES[] = { "KZT", "USD", "EUR" };
	struct marks m = { 0 };
	struct marks_total t[4];
	int64_t want[3] = { 0 };
	int counted[3] = { 0 }, n;

	for (int i = 0; i < IDS; i++) {
		int64_t amount = (int64_t)test_rand() - INT32_MAX;
		int c = (int)test_below(3);
		bool known = test_below(5) > 0;

		put(&m, i, amount, known, CODES[c]);
		want[c] += known ? amount : 0;
		counted[c] += known;
	}
	n = marks_totals(&m, 0, t, 4);
	for (int i = 0; i < n; i++)
		for (int c = 0; c < 3; c++)
			if (!strcmp(t[i].currency, CODES[c])) {
				CU_ASSERT_EQUAL(t[i].sum, want[c]);
				CU_ASSERT_EQUAL(t[i].counted, counted[c]);
				CU_ASSERT_FALSE(t[i].overflow);
			}
	CU_ASSERT_EQUAL(marks_totals(&m, 1, t, 4), 0);
	marks_clear(&m);
	put(&m, 1, INT64_MAX, true, "KZT");
	put(&m, 2, 1, true, "KZT");
	CU_ASSERT_EQUAL(marks_totals(&m, 0, t, 4), 1);
	CU_ASSERT_TRUE(t[0].overflow);
	marks_clear(&m);
}

/* ---- undo ---- */

static const undo_id ONE[] = { "a1" }, THREE[] = { "b1", "b2", "b3" };

static void nothing_there(void)
{
	struct undo u = { 0 };
	struct undo_entry e;

	CU_ASSERT_FALSE(undo_take(&u, UNDO_BACK, &e));
	CU_ASSERT_FALSE(undo_take(&u, UNDO_AGAIN, &e));
	undo_did(&u, NULL, "nothing changed", ONE, 0);
	CU_ASSERT_PTR_NULL(undo_next(&u, UNDO_BACK));
	undo_clear(&u);
}

static void there_and_back(void)
{
	struct undo u = { 0 };
	struct undo_entry e;

	undo_did(&u, NULL, "first", ONE, 1);
	undo_did(&u, NULL, "many", THREE, 3);
	CU_ASSERT_TRUE_FATAL(undo_take(&u, UNDO_BACK, &e));
	CU_ASSERT_STRING_EQUAL(e.label, "many");
	CU_ASSERT_EQUAL(e.n, 3);
	CU_ASSERT_STRING_EQUAL(e.ids[2], "b3");
	undo_turned(&u, UNDO_BACK, NULL, e.label, (const undo_id[]){ "r3", "r2" }, 2);
	undo_kept(&u, UNDO_BACK, NULL, e.label, (const undo_id[]){ "b1" }, 1);
	undo_entry_free(&e);
	CU_ASSERT_STRING_EQUAL(undo_next(&u, UNDO_AGAIN), "many");
	CU_ASSERT_STRING_EQUAL(undo_next(&u, UNDO_BACK), "many"); /* what was refused for now is still there */
	undo_did(&u, NULL, "something else", ONE, 1);
	CU_ASSERT_PTR_NULL(undo_next(&u, UNDO_AGAIN));
	undo_clear(&u);
}

static void a_retry_is_the_same_entry(void)
{
	struct undo u = { 0 };
	struct undo_entry e;

	undo_did(&u, NULL, "many", THREE, 2);
	undo_more(&u, NULL, "many", THREE + 2, 1);
	undo_more(&u, NULL, "other", ONE, 1);
	CU_ASSERT_TRUE(undo_take(&u, UNDO_BACK, &e));
	CU_ASSERT_STRING_EQUAL(e.label, "other");
	undo_entry_free(&e);
	CU_ASSERT_TRUE(undo_take(&u, UNDO_BACK, &e));
	CU_ASSERT_EQUAL(e.n, 3);
	CU_ASSERT_STRING_EQUAL(e.ids[2], "b3");
	undo_entry_free(&e);
	undo_clear(&u);
}

static void what_belongs_together_is_one_entry(void)
{
	struct undo u = { 0 };
	struct undo_entry e;

	undo_did(&u, NULL, "guest", THREE, 1);
	undo_joined(&u, NULL, "guest", "stay", THREE + 1, 1);
	CU_ASSERT_TRUE(undo_take(&u, UNDO_BACK, &e));
	CU_ASSERT_STRING_EQUAL(e.label, "stay");
	CU_ASSERT_EQUAL(e.n, 2);
	undo_entry_free(&e);
	undo_did(&u, NULL, "guest", THREE, 1);
	undo_did(&u, NULL, "something else", ONE, 1);
	undo_joined(&u, NULL, "guest", "stay", THREE + 1, 1); /* not the newest: an entry of its own */
	CU_ASSERT_TRUE(undo_take(&u, UNDO_BACK, &e));
	CU_ASSERT_EQUAL(e.n, 1);
	undo_entry_free(&e);
	CU_ASSERT_STRING_EQUAL(undo_next(&u, UNDO_BACK), "something else");
	undo_clear(&u);
}

/* A long session: as a list of numbers with a place in it, of which the oldest are forgotten. */
static void long_session(void)
{
	struct undo u = { 0 };
	struct undo_entry e;
	int stack[2][UNDO_MOST + 1], n[2] = { 0, 0 };

	for (int step = 0; step < test_count(5000); step++) {
		int way = (int)test_below(2);
		char label[16];

		if (test_below(3) == 0) {
			snprintf(label, sizeof(label), "%d", step);
			undo_did(&u, NULL, label, THREE, 1 + (int)test_below(3));
			n[UNDO_AGAIN] = 0;
			stack[UNDO_BACK][n[UNDO_BACK]++] = step;
			if (n[UNDO_BACK] > UNDO_MOST)
				memmove(stack[UNDO_BACK], stack[UNDO_BACK] + 1, sizeof(int) * (size_t)--n[UNDO_BACK]);
		} else if (undo_take(&u, (enum undo_way)way, &e)) {
			CU_ASSERT_FATAL(n[way] > 0);
			CU_ASSERT_EQUAL(atoi(e.label), stack[way][--n[way]]);
			stack[!way][n[!way]++] = atoi(e.label);
			undo_turned(&u, (enum undo_way)way, e.res, e.label, e.ids, e.n);
			undo_entry_free(&e);
		} else {
			CU_ASSERT_EQUAL(n[way], 0);
		}
		CU_ASSERT_EQUAL(u.n[0], n[0]);
		CU_ASSERT_EQUAL(u.n[1], n[1]);
	}
	undo_clear(&u);
}

TESTS("test_marks", T(marks_are_a_set), T(very_many), T(marked_again_is_renewed), T(sums), T(nothing_there), T(there_and_back),
    T(a_retry_is_the_same_entry), T(what_belongs_together_is_one_entry), T(long_session))

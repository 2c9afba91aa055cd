/* The places visited, and the step to the next state. */
#include "config.h"

#include "screens/deed.h"
#include "screens/place.h"
#include "tests/cunit.h"

static const char *go(struct places *p, int step)
{
	const struct place *to = places_step(p, step);

	return to ? to->line : "";
}

static void back_and_forward(void)
{
	struct places p;

	places_init(&p);
	CU_ASSERT_STRING_EQUAL(go(&p, -1), "");
	CU_ASSERT_STRING_EQUAL(go(&p, 0), "");
	CU_ASSERT(places_note(&p, 1, "home", ""));
	CU_ASSERT_FALSE(places_note(&p, 1, "home", ""));
	CU_ASSERT(places_note(&p, 2, "un", ""));
	CU_ASSERT(places_note(&p, 2, "un free", "")); /* the same screen, filtered: the same place */
	CU_ASSERT(places_note(&p, 3, "bk 1", ""));
	CU_ASSERT_EQUAL(p.n, 3);
	CU_ASSERT_STRING_EQUAL(go(&p, -1), "un free");
	CU_ASSERT_FALSE(places_note(&p, 4, "un free", ""));
	CU_ASSERT_STRING_EQUAL(go(&p, -1), "home");
	places_note(&p, 5, "home", "");
	CU_ASSERT_STRING_EQUAL(go(&p, -1), "");
	CU_ASSERT_STRING_EQUAL(go(&p, 1), "un free");
	places_note(&p, 6, "un status=free", ""); /* it calls itself otherwise now: still that place */
	CU_ASSERT_EQUAL(p.n, 3);
	CU_ASSERT_STRING_EQUAL(go(&p, 1), "bk 1");
	places_note(&p, 7, "bk 1", "");
	CU_ASSERT_STRING_EQUAL(go(&p, 1), "");
	places_free(&p);
}

static void a_new_branch_forgets_what_was_ahead(void)
{
	struct places p;

	places_init(&p);
	places_note(&p, 1, "home", "");
	places_note(&p, 2, "un", "");
	places_note(&p, 3, "bk", "");
	go(&p, -1);
	places_note(&p, 4, "un", "");
	places_note(&p, 5, "tn", "");
	CU_ASSERT_EQUAL(p.n, 3);
	CU_ASSERT_STRING_EQUAL(go(&p, 1), "");
	CU_ASSERT_STRING_EQUAL(go(&p, 0), "un");
	places_note(&p, 6, "un", "");
	CU_ASSERT_STRING_EQUAL(go(&p, 0), "tn");
	places_note(&p, 7, "tn", "");
	CU_ASSERT_STRING_EQUAL(go(&p, 0), "un");
	places_stay(&p); /* it was refused */
	CU_ASSERT_STRING_EQUAL(p.list[p.at].line, "tn");
	places_free(&p);
}

static void keeps_where_on_it(void)
{
	struct places p;

	places_init(&p);
	places_note(&p, 1, "un", "a");
	CU_ASSERT(places_note(&p, 1, "un", "b"));
	CU_ASSERT_STRING_EQUAL(p.list[0].kept, "b");
	places_free(&p);
}

/* Whatever is done, the position stays inside, and the list has a limit. */
static void random_walks(void)
{
	int rounds = test_count(20000);
	struct places p;

	places_init(&p);
	for (int i = 0; i < rounds; i++) {
		char line[16];

		switch (test_below(4)) {
		case 0:
			places_step(&p, (int)test_below(3) - 1);
			break;
		case 1:
			if (p.moving)
				places_stay(&p);
			break;
		default:
			snprintf(line, sizeof(line), "bk %u", test_below(30));
			places_note(&p, 1 + test_below(1000), line, "");
		}
		CU_ASSERT(p.n <= PLACES_MOST && p.at < p.n && p.before < p.n && p.before >= -1);
		CU_ASSERT(p.n == 0 || (p.at >= 0 && p.list[p.at].line));
	}
	places_free(&p);
}

static void steps_of_a_stay(void)
{
	const struct resource *bk = catalogue_resource("bk");
	static const struct { const char *from; int step; const char *action; } steps[] = {
		{ "hold", 1, "confirm" }, { "confirmed", 1, "check_in" }, { "checked_in", 1, "check_out" },
		{ "completed", 1, NULL }, { "cancelled", 1, NULL }, { "hold", -1, NULL }, { "nonsense", 1, NULL }, { "", 1, NULL },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct action *a = deed_step(bk, steps[i].from, steps[i].step);

		CU_ASSERT_STRING_EQUAL(a ? a->name : "none", steps[i].action ? steps[i].action : "none");
	}
	/* Nothing that asks first is a step, whatever the resource. */
	for (const struct resource *const *r = catalogue_resources(); *r; r++) {
		const struct field *f = (*r)->state ? resource_field(*r, (*r)->state) : NULL;

		for (const struct choice *c = f ? f->choices : NULL; c && c->value; c++)
			for (int step = -1; step <= 1; step += 2) {
				const struct action *a = deed_step(*r, c->value, step);

				CU_ASSERT(!a || !(a->flags & A_DESTRUCTIVE));
			}
	}
}

TESTS("test_place", T(back_and_forward), T(a_new_branch_forgets_what_was_ahead), T(keeps_where_on_it),
    T(random_walks), T(steps_of_a_stay))

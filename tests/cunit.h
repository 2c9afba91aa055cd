/*
 * One CUnit program a module. TESTS() makes its main(): runs every function as
 * one test and prints "NAME: N passed, M failed". CUnit's own return value is
 * 0 when assertions fail, so the exit status is made from the records.
 *
 *   static void adds(void) { CU_ASSERT_EQUAL(1 + 1, 2); }
 *   TESTS("sum", T(adds))
 *
 * Generated values come from test_rand(), seeded by TEST_SEED (printed).
 */
#ifndef TESTS_CUNIT_H
#define TESTS_CUNIT_H

#include <CUnit/Basic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct test_case { const char *name; void (*fn)(void); };
#define T(fn) { #fn, fn }

static uint64_t test_state;

static inline uint32_t test_rand(void) /* splitmix64 */
{
	uint64_t z = (test_state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 16);
}

static inline uint32_t test_below(uint32_t n) { return test_rand() % n; }

/* How many generated cases: TEST_COUNT scales the default (make check-long sets it). */
static inline int test_count(int normal)
{
	const char *s = getenv("TEST_COUNT");

	return s ? normal * atoi(s) : normal;
}

static inline int test_main(const char *suite_name, const struct test_case *cases, int n)
{
	const char *seed = getenv("TEST_SEED");
	CU_pSuite suite;
	unsigned failed, ran;

	test_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	printf("%s: TEST_SEED=%llu\n", suite_name, (unsigned long long)test_state);
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	suite = CU_add_suite(suite_name, NULL, NULL);
	for (int i = 0; suite && i < n; i++)
		if (!CU_add_test(suite, cases[i].name, cases[i].fn))
			return 1;
	CU_basic_set_mode(CU_BRM_NORMAL);
	if (CU_basic_run_tests() != CUE_SUCCESS)
		return 1;
	ran = CU_get_number_of_tests_run();
	failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
	if (CU_get_number_of_failure_records() > 0)
		CU_basic_show_failures(CU_get_failure_list());
	CU_cleanup_registry();
	printf("\n%s: %u passed, %u failed\n", suite_name, ran - (failed < ran ? failed : ran), failed);
	return failed > 0 || ran != (unsigned)n;
}

#define TESTS(name, ...) \
	int main(void) \
	{ \
		static const struct test_case cases[] = { __VA_ARGS__ }; \
		return test_main(name, cases, (int)(sizeof(cases) / sizeof(cases[0]))); \
	}

#endif

#include "config.h"

#include "base/uuid.h"
#include "tests/cunit.h"

static void shape(void)
{
	char u[UUID_LEN + 1];
	uuid_v7(u);
	CU_ASSERT(uuid_valid(u));
	CU_ASSERT_EQUAL(u[14], '7');
	CU_ASSERT(strchr("89ab", u[19]) != NULL);
	u[35] = '\0';
	unsigned long long ms = 0;
	sscanf(u, "%8llx", &ms);
	CU_ASSERT(ms << 16 >> 16 > 0);
}

/* Greater than the one before, far beyond what one millisecond's clock could tell apart. */
static void increases(void)
{
	char last[UUID_LEN + 1] = "", next[UUID_LEN + 1];
	int bad = 0;
	for (int i = 0; i < 200000; i++) {
		uuid_v7(next);
		bad += strcmp(next, last) <= 0;
		memcpy(last, next, sizeof last);
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void clock_of_it(void)
{
	char u[UUID_LEN + 1], hex[13];
	time_t before = time(NULL);
	uuid_v7(u);
	snprintf(hex, sizeof hex, "%.8s%.4s", u, u + 9);
	long long seconds = (long long)(strtoull(hex, NULL, 16) / 1000);
	CU_ASSERT(seconds >= before - 1 && seconds <= before + 60);
}

static void validity(void)
{
	CU_ASSERT(uuid_valid("018f6e5c-0000-7000-8000-0123456789ab"));
	CU_ASSERT(uuid_valid("018F6E5C-0000-7000-8000-0123456789AB"));
	CU_ASSERT_FALSE(uuid_valid(""));
	CU_ASSERT_FALSE(uuid_valid("018f6e5c-0000-7000-8000-0123456789a"));
	CU_ASSERT_FALSE(uuid_valid("018f6e5c-0000-7000-8000-0123456789abc"));
	CU_ASSERT_FALSE(uuid_valid("018f6e5c00000-7000-8000-0123456789ab"));
	CU_ASSERT_FALSE(uuid_valid("018f6e5c-0000-7000-8000-0123456789ag"));
	CU_ASSERT_FALSE(uuid_valid("{18f6e5c-0000-7000-8000-0123456789ab"));
}

TESTS("uuid", T(shape), T(increases), T(clock_of_it), T(validity))

/* Passwords as they are kept: all of a long one counts, the pepper counts, nobody's costs as much as somebody's. */
#include "config.h"

#include <time.h>

#include "base/mem.h"
#include "db/password.h"
#include "tests/ringtest.h"

static struct pepper *pepper(const char *text)
{
	struct err e = { 0 };
	struct pepper *p = pepper_read(ring_file("pepper.key", text), &e);

	ring_leave();
	return p;
}

static char *hash_of(const struct pepper *p, const char *password)
{
	struct err e = { 0 };
	char *hash = password_hash(p, password, &e);

	CU_ASSERT_PTR_NOT_NULL_FATAL(hash);
	return hash;
}

static void right_and_wrong(void)
{
	struct pepper *p = pepper(KEY_A), *other = pepper(KEY_B);
	char *hash = hash_of(p, "correct horse battery"), *again = hash_of(p, "correct horse battery");
	bool stale = true;

	CU_ASSERT_NSTRING_EQUAL(hash, "$2b$12$", 7);
	CU_ASSERT_STRING_NOT_EQUAL(hash, again);
	CU_ASSERT_TRUE(password_check(p, hash, "correct horse battery", &stale));
	CU_ASSERT_FALSE(stale);
	CU_ASSERT_FALSE(password_check(p, hash, "correct horse batterz", &stale));
	CU_ASSERT_FALSE(password_check(p, hash, "", NULL));
	CU_ASSERT_FALSE(password_check(other, hash, "correct horse battery", NULL));
	free(hash);
	free(again);
	pepper_free(p);
	pepper_free(other);
}

/* bcrypt reads 72 bytes: 36 letters of Russian */
static void all_of_it(void)
{
	struct pepper *p = pepper(KEY_A);
	char text[200];

	memset(text, 'x', sizeof text);
	text[120] = '\0';
	char *hash = hash_of(p, text);
	CU_ASSERT_TRUE(password_check(p, hash, text, NULL));
	text[119] = 'y';
	CU_ASSERT_FALSE(password_check(p, hash, text, NULL));
	free(hash);
	pepper_free(p);
}

static void versions(void)
{
	struct pepper *old = pepper("3 " KEY_A), *both = pepper("3 " KEY_A "\n4 " KEY_B), *fresh = pepper("4 " KEY_B);
	char *hash = hash_of(old, "correct horse battery"), *newer = hash_of(both, "correct horse battery");
	bool stale = false;

	CU_ASSERT_TRUE(password_check(both, hash, "correct horse battery", &stale));
	CU_ASSERT_TRUE(stale);
	CU_ASSERT_FALSE(password_check(fresh, hash, "correct horse battery", &stale));
	CU_ASSERT_FALSE(stale);
	CU_ASSERT_TRUE(password_check(fresh, newer, "correct horse battery", &stale));
	CU_ASSERT_FALSE(stale);
	free(hash);
	free(newer);
	pepper_free(old);
	pepper_free(both);
	pepper_free(fresh);
	CU_ASSERT_PTR_NULL(pepper("0 " KEY_A));
	CU_ASSERT_PTR_NULL(pepper("1 " KEY_A "\n1 " KEY_B));
	CU_ASSERT_PTR_NULL(pepper("one " KEY_A));
}

static int64_t cpu_us(const struct pepper *p, const char *hash)
{
	struct timespec a, b;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	CU_ASSERT_FALSE(password_check(p, hash, "something or other", NULL));
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	return (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
}

/* The work is counted in this thread's own processor time; nobody's would be a thousand times less. */
static void nobody(void)
{
	static const char *const hashes[] = { "", "x", "1$", "$2b$12$", "$2b$12$abcdefghijklmnopqrstuu", "$2b$12$abc", "$2",
		"$6$salt$x" };
	struct pepper *p = pepper(KEY_A);
	char *hash = hash_of(p, "correct horse battery");
	int64_t somebody = cpu_us(p, hash), none = cpu_us(p, NULL);

	CU_ASSERT(none * 2 > somebody && somebody * 2 > none);
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++)
		CU_ASSERT_FALSE(password_check(p, hashes[i], "something or other", NULL));
	free(hash);
	pepper_free(p);
}

static void rules(void)
{
	static const char *const bad[] = { "", "elevenchars", "tab\tin the middle", "\xd0\xba\xd0\xbe\xd1\x80\xd0\xbe\xd1\x82",
		"a broken \xff byte", "c1 \xc2\x85 control" };
	static const char *const good[] = { "twelve chars", "\xd0\xb4\xd0\xbb\xd0\xb8\xd0\xbd\xd0\xbd\xd1\x8b\xd0\xb9"
		" \xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c" };
	struct err e = { 0 };
	char text[600];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CU_ASSERT_FALSE(password_acceptable(bad[i], &e));
		CU_ASSERT_EQUAL(e.kind, ERR_INVALID);
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CU_ASSERT_TRUE(password_acceptable(good[i], &e));
	for (size_t n = 1; n < sizeof text; n++) {
		memset(text, 'x', n);
		text[n] = '\0';
		CU_ASSERT_EQUAL(password_acceptable(text, &e), n >= 12 && n <= 128);
	}
}

static void invented(void)
{
	struct err e = { 0 };

	for (int i = 0; i < test_count(200); i++) {
		char *a = password_invent(), *b = password_invent();
		CU_ASSERT_EQUAL(strlen(a), 23);
		CU_ASSERT_TRUE(password_acceptable(a, &e));
		CU_ASSERT_STRING_NOT_EQUAL(a, b);
		CU_ASSERT_EQUAL(strspn(a, "abcdefghijkmnpqrstuvwxyz23456789-"), 23);
		free(a);
		free(b);
	}
}

TESTS("test_password", T(right_and_wrong), T(all_of_it), T(versions), T(nobody), T(rules), T(invented))

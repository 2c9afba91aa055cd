/* Access codes: sealed and opened in one place with one key only, whatever is done to what was sealed. */
#include "config.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/secret.h"
#include "tests/cunit.h"

static char dir[64], path[96];

static void place(void)
{
	snprintf(dir, sizeof dir, "/tmp/domovoi-secret.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/codes.key", dir);
}

static void leave(void)
{
	unlink(path);
	rmdir(dir);
}

static void write_keys(const char *text)
{
	unlink(path);
	FILE *f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
	chmod(path, 0600);
}

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="

static struct code_keys *keys(const char *text)
{
	struct err e = { 0 };

	write_keys(text);
	struct code_keys *k = code_keys_read(path, false, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	return k;
}

static const struct code_place door = { 7, "00000000-0000-7000-8000-000000000101", "door" };

static bool opens(const struct code_keys *k, int version, const struct code_place *at, const char *sealed,
    const char *want)
{
	struct err e = { 0 };
	char *text = code_open(k, version, at, sealed, &e);
	bool same = text && want && !strcmp(text, want);

	CU_ASSERT((text != NULL) == (e.kind == ERR_NONE));
	code_forget(text);
	return same;
}

static void what_is_sealed_opens(void)
{
	char *longest = xmalloc(CODE_MAX + 2);

	place();
	struct code_keys *k = keys(KEY_A "\n");
	memset(longest, 'x', CODE_MAX);
	longest[CODE_MAX] = '\0';
	const char *const texts[] = { "1", "4711#", "Код домофона: 12К34, этаж 5\nключ у соседки", "пәтер әғқңөұүһі", longest };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct err e = { 0 };
		char *a = code_seal(k, &door, texts[i], &e), *b = code_seal(k, &door, texts[i], &e);
		CU_ASSERT_PTR_NOT_NULL_FATAL(a);
		CU_ASSERT_STRING_NOT_EQUAL(a, b); /* a nonce of its own each time */
		CU_ASSERT(strlen(texts[i]) < 4 || !strstr(a, texts[i]));
		CU_ASSERT(opens(k, 1, &door, a, texts[i]));
		free(a);
		free(b);
	}
	free(longest);
	code_keys_free(k);
	leave();
}

static void what_is_no_code_is_refused(void)
{
	char *long_one = xmalloc(CODE_MAX + 2);
	const char *const bad[] = { "", long_one, "a\033[31m", "a\001", "\xff\xfe", "a\xc2\x9b", "half \xd0" };

	place();
	struct code_keys *k = keys(KEY_A);
	memset(long_one, 'x', CODE_MAX + 1);
	long_one[CODE_MAX + 1] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = { 0 };
		CU_ASSERT_PTR_NULL(code_seal(k, &door, bad[i], &e));
		CU_ASSERT_EQUAL(e.kind, ERR_INVALID);
	}
	free(long_one);
	code_keys_free(k);
	leave();
}

/* Every byte of it, every bit of each, and every length. */
static void tampering_shows(void)
{
	struct err e = { 0 };
	unsigned char raw[100];

	place();
	struct code_keys *k = keys(KEY_A);
	char *sealed = code_seal(k, &door, "1234", &e), text[140];
	CU_ASSERT_PTR_NOT_NULL_FATAL(sealed);
	int n = EVP_DecodeBlock(raw, (unsigned char *)sealed, (int)strlen(sealed));
	n -= sealed[strlen(sealed) - 1] == '=';
	n -= sealed[strlen(sealed) - 2] == '=';
	CU_ASSERT_EQUAL(n, 1 + 12 + 4 + 16);
	for (int i = 0; i < n; i++) {
		for (int bit = 0; bit < 8; bit++) {
			raw[i] ^= (unsigned char)(1 << bit);
			EVP_EncodeBlock((unsigned char *)text, raw, n);
			CU_ASSERT_FALSE(opens(k, 1, &door, text, "1234"));
			raw[i] ^= (unsigned char)(1 << bit);
		}
		EVP_EncodeBlock((unsigned char *)text, raw, i);
		CU_ASSERT_FALSE(opens(k, 1, &door, text, "1234"));
	}
	CU_ASSERT(opens(k, 1, &door, sealed, "1234"));
	CU_ASSERT_FALSE(opens(k, 1, &door, "", NULL));
	CU_ASSERT_FALSE(opens(k, 1, &door, "====", NULL));
	CU_ASSERT_FALSE(opens(k, 1, &door, "not base64 at all, and long enough to be something", NULL));
	free(sealed);
	code_keys_free(k);
	leave();
}

static void it_opens_nowhere_else(void)
{
	struct err e = { 0 };
	static const struct code_place others[] = {
		{ 8, "00000000-0000-7000-8000-000000000101", "door" }, { 7, "00000000-0000-7000-8000-000000000102", "door" },
		{ 7, "00000000-0000-7000-8000-000000000101", "safe" }, { 7, "", "" },
	};

	place();
	struct code_keys *k = keys(KEY_A);
	char *sealed = code_seal(k, &door, "1234", &e);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		CU_ASSERT_FALSE(opens(k, 1, &others[i], sealed, "1234"));
	free(sealed);
	code_keys_free(k);
	leave();
}

static void keys_have_versions(void)
{
	struct err e = { 0 };

	place();
	struct code_keys *a = keys(KEY_A), *b, *both;
	char *old = code_seal(a, &door, "old", &e), *new;
	b = keys(KEY_B);
	CU_ASSERT_FALSE(opens(b, 1, &door, old, "old"));
	CU_ASSERT_PTR_NULL(code_open(a, 2, &door, old, &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "2"));
	both = keys("# the first\n" KEY_A "\n2 " KEY_B "\n");
	CU_ASSERT_EQUAL(code_keys_newest(both), 2);
	new = code_seal(both, &door, "new", &e);
	CU_ASSERT(opens(both, 1, &door, old, "old"));
	CU_ASSERT(opens(both, 2, &door, new, "new"));
	CU_ASSERT_FALSE(opens(both, 1, &door, new, "new"));
	free(old);
	free(new);
	code_keys_free(a);
	code_keys_free(b);
	code_keys_free(both);
	leave();
}

static void read_refused(const char *remedy)
{
	struct err e = { 0 };

	CU_ASSERT_PTR_NULL(code_keys_read(path, false, &e));
	CU_ASSERT_STRING_EQUAL(e.code, "E-SEAL");
	CU_ASSERT(remedy == NULL || strstr(e.remedy, remedy) != NULL);
}

static void key_files_are_ones_own(void)
{
	struct err e = { 0 };
	struct stat st;

	place();
	read_refused("openssl rand");
	static const char *const bad[] = { "", "short\n", "1 " KEY_A "\n1 " KEY_B "\n", "0 " KEY_A, "x " KEY_A,
		KEY_A KEY_A, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8*\n", "====" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		write_keys(bad[i]);
		read_refused("openssl rand");
	}
	write_keys(KEY_A);
	static const mode_t loose[] = { 0640, 0604, 0620, 0660, 0644 };
	for (size_t i = 0; i < ARRAY_LEN(loose); i++) {
		chmod(path, loose[i]);
		read_refused("chmod 600 ");
	}
	chmod(path, 0600);
	chmod(dir, 0755);
	read_refused("chmod 700 ");
	chmod(dir, 0700);
	unlink(path);
	struct code_keys *k = code_keys_read(path, true, &e), *again;
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
	again = code_keys_read(path, true, &e); /* made once */
	CU_ASSERT_PTR_NOT_NULL_FATAL(again);
	char *sealed = code_seal(k, &door, "1234", &e);
	CU_ASSERT(opens(again, 1, &door, sealed, "1234"));
	free(sealed);
	code_keys_free(k);
	code_keys_free(again);
	unlink(path);
	CU_ASSERT(symlink("/etc/hostname", path) == 0);
	read_refused(NULL);
	leave();
}

TESTS("test_secret", T(what_is_sealed_opens), T(what_is_no_code_is_refused), T(tampering_shows),
    T(it_opens_nowhere_else), T(keys_have_versions), T(key_files_are_ones_own))

#include "config.h"

#include "base/err.h"
#include "db/plan.h"
#include "db/sql.h"
#include "tests/cunit.h"

/* ---- texts ---- */

static void checksum_is_sha256(void)
{
	char hex[SQL_CHECKSUM_LEN + 1];

	sql_checksum("", hex);
	CU_ASSERT_STRING_EQUAL(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sql_checksum("abc", hex);
	CU_ASSERT_STRING_EQUAL(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Roles, migrations, seeds, demo; each kind by name; migrations numbered without a hole. */
static void texts_are_in_order(void)
{
	size_t n;
	const struct sql_text *t = sql_texts(&n);
	int number = 0;

	CU_ASSERT_FATAL(n > 3);
	CU_ASSERT_EQUAL(t[0].kind, SQL_ROLES);
	for (size_t i = 1; i < n; i++) {
		CU_ASSERT(t[i - 1].kind <= t[i].kind);
		if (t[i - 1].kind == t[i].kind)
			CU_ASSERT(strcmp(t[i - 1].name, t[i].name) < 0);
		if (t[i].kind == SQL_MIGRATION)
			CU_ASSERT_EQUAL(atoi(t[i].name), ++number);
		CU_ASSERT(strlen(t[i].text) > 0 && strlen(t[i].name) <= PLAN_NAME_LEN);
	}
	CU_ASSERT(number > 0);
}

/* What the generator of the C table must keep: backslashes, quotes, question marks, tabs, letters. */
static void texts_are_whole(void)
{
	size_t n, len;
	const struct sql_text *t = sql_texts(&n);

	for (size_t i = 0; i < n; i++) {
		char path[256], *file;
		const char *top = getenv("TOP"), *dir = t[i].kind == SQL_MIGRATION ? "migrations/" :
		    t[i].kind == SQL_SEED ? "seed/" : t[i].kind == SQL_DEMO ? "demo/" : "";
		FILE *f;

		snprintf(path, sizeof path, "%s/db/%s%s.sql", top == NULL ? "." : top, dir, t[i].name);
		f = fopen(path, "r");
		if (f == NULL) /* built elsewhere: nothing to compare with */
			continue;
		file = calloc(1, 1 << 21);
		len = fread(file, 1, (1 << 21) - 2, f);
		fclose(f);
		if (len > 0 && file[len - 1] != '\n')
			strcat(file, "\n");
		CU_ASSERT(strcmp(file, t[i].text) == 0);
		free(file);
	}
}

static void digest_is_stable(void)
{
	char a[SQL_CHECKSUM_LEN + 1], b[SQL_CHECKSUM_LEN + 1];

	sql_digest(a);
	sql_digest(b);
	CU_ASSERT_STRING_EQUAL(a, b);
	CU_ASSERT_EQUAL(strlen(a), SQL_CHECKSUM_LEN);
}

/* ---- plans: one letter a migration, its name is the letter ---- */

struct history {
	struct plan_text text[8];
	size_t n;
};

/* "ab*c": a and c with the sum "1", b with the sum "2" (a star makes it another text) */
static struct history history_of(const char *s)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
	struct history h = { .n = 0 };

	for (; *s != '\0'; s++)
		if (*s == '*')
			h.text[h.n - 1].checksum = "2";
		else
			h.text[h.n++] = (struct plan_text){ .name = names[*s - 'a'], .checksum = "1" };
	return h;
}

static const char *plan_of(const char *have, const char *done, bool *ok, struct err *e)
{
	static const char letter[] = { [PLAN_APPLIED] = '.', [PLAN_PENDING] = 'P', [PLAN_EDITED] = 'E',
		[PLAN_UNKNOWN] = '?' };
	static char out[32];
	struct history a = history_of(have), b = history_of(done);
	struct plan_step steps[16];
	size_t n = plan_make(a.text, a.n, b.text, b.n, steps), len = 0;

	for (size_t i = 0; i < n; i++) {
		out[len++] = steps[i].name[0];
		out[len++] = letter[steps[i].state];
	}
	out[len] = '\0';
	*ok = plan_check(steps, n, e);
	return out;
}

static void plans(void)
{
	static const struct { const char *have, *done, *plan, *refusal; } rows[] = {
		{ "abc", "", "aPbPcP", NULL },
		{ "abc", "a", "a.bPcP", NULL },
		{ "cab", "ba", "a.b.cP", NULL }, /* whatever order they come in */
		{ "abc", "abc", "a.b.c.", NULL },
		{ "", "", "", NULL },
		{ "abc", "ab*", "a.bEcP", "edited" },
		{ "ab", "abc", "a.b.c?", "newer" },
		{ "abc", "ac", "a.bPc.", "missing" },
		{ "abc", "bc", "aPb.c.", "missing" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = { 0 };
		bool ok;

		CU_ASSERT_STRING_EQUAL(plan_of(rows[i].have, rows[i].done, &ok, &e), rows[i].plan);
		CU_ASSERT_EQUAL(ok, rows[i].refusal == NULL);
		if (rows[i].refusal != NULL) {
			CU_ASSERT_EQUAL(e.kind, ERR_FAILED);
			CU_ASSERT(strstr(e.text, rows[i].refusal) != NULL);
			CU_ASSERT(e.remedy[0] != '\0');
		}
	}
}

/* Any history that starts like the program's own is good, and only such. */
static void plans_generated(void)
{
	for (int i = 0; i < test_count(500); i++) {
		char done[16] = "";
		size_t kept = test_below(7), n = 0;
		struct err e;
		bool ok, want = true;

		for (size_t j = 0; j < 6; j++) {
			bool has = j < kept ? test_below(10) != 0 : test_below(20) == 0;

			if (has && n < j)
				want = false;
			if (has) {
				done[strlen(done)] = (char)('a' + j);
				n++;
			}
		}
		plan_of("abcdef", done, &ok, &e);
		CU_ASSERT_EQUAL(ok, want);
	}
}

TESTS("migrate", T(checksum_is_sha256), T(texts_are_in_order), T(texts_are_whole), T(digest_is_stable),
    T(plans), T(plans_generated))

#include "config.h"

#include <langinfo.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tests/cunit.h"

static char dir[] = "/tmp/domovoi-test.XXXXXX";

/* A compiled catalogue as msgfmt writes it: magic, revision, count, two tables of (length, offset), strings. */
static void write_catalogue(const char *lang, const char *const (*pairs)[2], uint32_t n)
{
	char path[200], header[4096];
	uint32_t head[7] = { 0x950412de, 0, n, 28, 28 + 8 * n, 0, 0 }, at = 28 + 16 * n, table[2][16][2];
	size_t used = 0;

	snprintf(path, sizeof path, "%s/%s", dir, lang);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	strcat(path, "/LC_MESSAGES");
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	strcat(path, "/domovoi.mo");
	for (int side = 0; side < 2; side++) {
		for (uint32_t i = 0; i < n; i++) {
			/* a plural's forms are one string with NULs between, written here as '|' */
			uint32_t length = (uint32_t)strlen(pairs[i][side]);
			memcpy(header + used, pairs[i][side], length + 1);
			for (uint32_t k = 0; k < length; k++)
				if (i > 0 && header[used + k] == '|')
					header[used + k] = '\0';
			table[side][i][0] = length;
			table[side][i][1] = at + (uint32_t)used;
			used += length + 1;
		}
	}
	FILE *f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fwrite(head, sizeof head, 1, f);
	fwrite(table[0], 8, n, f);
	fwrite(table[1], 8, n, f);
	fwrite(header, 1, used, f);
	fclose(f);
}

static void write_catalogues(void)
{
	static const char *const ru[][2] = {
		{ "", "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
		      "n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n" },
		{ "%d night|%d nights", "%d ночь|%d ночи|%d ночей" },
		{ "Units", "Объекты" },
	};
	static const char *const kk[][2] = {
		{ "", "Content-Type: text/plain; charset=UTF-8\n" },
		{ "Units", "Нысандар" },
	};
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	setenv("DOMOVOI_LOCALEDIR", dir, 1);
	write_catalogue("ru", ru, 3);
	write_catalogue("kk", kk, 2);
}

static void environment(const char *lc_all, const char *lang, const char *language)
{
	static const char *const names[] = { "LC_ALL", "LANG", "LANGUAGE", "LC_MESSAGES", "LC_CTYPE" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unsetenv(names[i]);
	if (lc_all != NULL)
		setenv("LC_ALL", lc_all, 1);
	if (lang != NULL)
		setenv("LANG", lang, 1);
	if (language != NULL)
		setenv("LANGUAGE", language, 1);
}

/* Whatever the environment's locale is, also C, also one that is not installed, a chosen language speaks. */
static void speaks_in_any_locale(void)
{
	static const char *const locales[] = { NULL, "C", "POSIX", "C.UTF-8", "ru_RU.UTF-8", "kk_KZ.UTF-8", "xx_YY", "en_US.ISO-8859-1" };

	for (size_t i = 0; i < ARRAY_LEN(locales); i++) {
		environment(locales[i], NULL, NULL);
		CU_ASSERT_TRUE(i18n_init("ru"));
		CU_ASSERT_STRING_EQUAL(_("Units"), "Объекты");
		CU_ASSERT_STRING_EQUAL(nl_langinfo(CODESET), "UTF-8");
		CU_ASSERT_STRING_EQUAL(i18n_lang(), "ru");
		CU_ASSERT_TRUE(i18n_init("kk"));
		CU_ASSERT_STRING_EQUAL(_("Units"), "Нысандар");
		CU_ASSERT_TRUE(i18n_init("en"));
		CU_ASSERT_STRING_EQUAL(_("Units"), "Units");
		CU_ASSERT_TRUE(i18n_init("kz"));
		CU_ASSERT_STRING_EQUAL(i18n_lang(), "kk");
		environment(NULL, locales[i], NULL);
		CU_ASSERT_TRUE(i18n_init("ru_RU.UTF-8"));
		CU_ASSERT_STRING_EQUAL(_("Units"), "Объекты");
	}
}

static bool asks(const char *lc_all, const char *lang, const char *language, const char *want)
{
	environment(lc_all, lang, language);
	bool known = i18n_init(NULL);
	if (strcmp(i18n_lang(), want) != 0)
		printf("\n  %s instead of %s\n", i18n_lang(), want);
	return known && strcmp(i18n_lang(), want) == 0;
}

static void asks_the_environment(void)
{
	CU_ASSERT(asks(NULL, NULL, NULL, "en"));
	CU_ASSERT(asks(NULL, "ru_RU.UTF-8", NULL, "ru"));
	CU_ASSERT_STRING_EQUAL(_("Units"), "Объекты");
	CU_ASSERT(asks("kk_KZ.UTF-8", "ru_RU.UTF-8", NULL, "kk"));
	CU_ASSERT(asks("C", "ru_RU.UTF-8", NULL, "en"));
	CU_ASSERT(asks(NULL, "de_DE.UTF-8", NULL, "en"));
	CU_ASSERT(asks(NULL, "en_US.UTF-8", "de:ru:en", "ru"));
	CU_ASSERT(asks(NULL, "ru", "", "ru"));
	CU_ASSERT(asks(NULL, "run", NULL, "en"));
}

static void unknown_language_is_english(void)
{
	environment(NULL, "ru_RU.UTF-8", NULL);
	CU_ASSERT_FALSE(i18n_init("tlh"));
	CU_ASSERT_STRING_EQUAL(i18n_lang(), "en");
	CU_ASSERT_STRING_EQUAL(_("Units"), "Units");
	environment(NULL, "ru_RU.UTF-8", NULL);
	CU_ASSERT_TRUE(i18n_init(""));
	CU_ASSERT_STRING_EQUAL(i18n_lang(), "ru");
}

static void plurals(void)
{
	environment(NULL, NULL, NULL);
	i18n_init("ru");
	CU_ASSERT_STRING_EQUAL(P_("%d night", "%d nights", 1), "%d ночь");
	CU_ASSERT_STRING_EQUAL(P_("%d night", "%d nights", 3), "%d ночи");
	CU_ASSERT_STRING_EQUAL(P_("%d night", "%d nights", 11), "%d ночей");
	i18n_init("en");
	CU_ASSERT_STRING_EQUAL(P_("%d night", "%d nights", 1), "%d night");
	CU_ASSERT_STRING_EQUAL(P_("%d night", "%d nights", 2), "%d nights");
}

static void numbers_stay_plain(void)
{
	char buf[16];
	i18n_init("ru");
	snprintf(buf, sizeof buf, "%.1f", 1.5);
	CU_ASSERT_STRING_EQUAL(buf, "1.5");
}

static void clean_up(void)
{
	static const char *const names[] = { "ru/LC_MESSAGES/domovoi.mo", "ru/LC_MESSAGES", "ru", "kk/LC_MESSAGES/domovoi.mo",
		"kk/LC_MESSAGES", "kk", "" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[200];
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		CU_ASSERT_EQUAL(remove(path), 0);
	}
}

TESTS("i18n", T(write_catalogues), T(speaks_in_any_locale), T(asks_the_environment), T(unknown_language_is_english),
    T(plurals), T(numbers_stay_plain), T(clean_up))

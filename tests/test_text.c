#include "config.h"

#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/cunit.h"

static char *cleaned(const char *s, size_t n, enum text_flags flags)
{
	struct strbuf b = { 0 };
	text_clean(&b, s, n, flags);
	return strbuf_steal(&b);
}

static bool cleans_to(const char *s, const char *want)
{
	char *got = cleaned(s, strlen(s), TEXT_ONE_LINE);
	bool same = strcmp(got, want) == 0;
	if (!same)
		printf("\n  \"%s\" instead of \"%s\"\n", got, want);
	free(got);
	return same;
}

static void cleans(void)
{
	CU_ASSERT(cleans_to("Гость 298d8a, Ж. Ә", "Гость 298d8a, Ж. Ә"));
	CU_ASSERT(cleans_to("\033[2J\a\r\n\t", "^[[2J^G^M^J^I"));
	CU_ASSERT(cleans_to("\x7F", "^?"));
	CU_ASSERT(cleans_to("\xC2\x9B", "<9B>"));
	CU_ASSERT(cleans_to("a\xFF\xC3(b", "a\xEF\xBF\xBD\xEF\xBF\xBD(b"));
	CU_ASSERT(cleans_to("\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"));                 /* overlong */
	CU_ASSERT(cleans_to("\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")); /* surrogate */
	CU_ASSERT(cleans_to("x\xE2\x80\xAEy", "x\xC2\xB7y"));                         /* right-to-left override */
	CU_ASSERT(cleans_to("\xE2\x80\x8B\xEF\xBB\xBF\xC2\xAD\xE2\x80\xA8", "\xC2\xB7\xC2\xB7\xC2\xB7\xC2\xB7"));
	CU_ASSERT(cleans_to("\xF3\xA0\x81\x81", "\xC2\xB7"));                         /* a tag */
	CU_ASSERT(cleans_to("\xEF\xBF\xBF", "\xC2\xB7"));                             /* noncharacter */
	CU_ASSERT(cleans_to("\xEE\x80\x80", "\xEF\xBF\xBD"));                         /* private use */
	CU_ASSERT(cleans_to("\xCD\xB8", "\xEF\xBF\xBD"));                             /* unassigned */
	CU_ASSERT(cleans_to("\xCC\x81" "a", "\xE2\x97\x8C\xCC\x81" "a"));             /* a mark without a letter */
	CU_ASSERT(cleans_to("e\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81" "f", "e\xCC\x81\xCC\x81\xCC\x81\xCC\x81" "f"));
	CU_ASSERT(cleans_to("\xE2\x9D\xA4\xEF\xB8\x8F", "\xE2\x9D\xA4"));             /* heart, emoji style */
	CU_ASSERT(cleans_to("", ""));
}

static void cleans_lines(void)
{
	char *s = cleaned("a\tb\nc\r", 6, TEXT_MULTILINE);
	CU_ASSERT_STRING_EQUAL(s, "a    b\nc^M");
	free(s);
	s = cleaned("a\0b", 3, TEXT_ONE_LINE);
	CU_ASSERT_STRING_EQUAL(s, "a^@b");
	free(s);
}

/* Valid UTF-8, nothing that moves, turns or hides, no line of marks longer than a cell bears. */
static bool is_harmless(const char *s)
{
	int marks = 0;
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s;
	while (*p != 0) {
		utf8proc_int32_t cp;
		utf8proc_ssize_t n = utf8proc_iterate(p, -1, &cp);
		if (n <= 0 || cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
			return false;
		if (cp == 0x61C || cp == 0xAD || cp == 0x180E || cp == 0xFEFF || (cp >= 0x200B && cp <= 0x200F) ||
		    (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) || (cp >= 0xE0000 && cp <= 0xE0FFF) ||
		    (cp & 0xFFFE) == 0xFFFE || (cp >= 0xFDD0 && cp <= 0xFDEF) || (cp >= 0xFFF9 && cp <= 0xFFFB))
			return false;
		marks = text_cp_width(cp) == 0 ? marks + 1 : 0;
		if (marks > 4)
			return false;
		p += n;
	}
	return true;
}

/* A byte, or a character that has a reason to be here. */
static size_t put_something(char *to)
{
	static const int odd[] = { 0x1B, 0x9B, 0x202E, 0x200D, 0xFE0F, 0x301, 0x1F600, 0x4E2D, 0x2028, 0xE0041, 0xFFFE,
		0xAC00, 0x1160, 0x5D0, 0x600, 0x115F, 0x3164, 0x180B, 0x34F, 0x10FFFF, 0x1F1F0, 0x1F3FB };
	if (test_below(3) > 0) {
		*to = (char)test_below(256);
		return 1;
	}
	int cp = test_below(2) ? odd[test_below((uint32_t)ARRAY_LEN(odd))] : (int)test_below(0x110000);
	return (size_t)utf8proc_encode_char(cp, (utf8proc_uint8_t *)to);
}

static void fuzz(void)
{
	int bad = 0;
	for (int i = 0; i < test_count(20000); i++) {
		char raw[400];
		size_t n = 0, want = test_below(300);
		while (n < want)
			n += put_something(raw + n);
		char *exact = malloc(n + 1); /* of the exact size, so that reading past the end is seen */
		memcpy(exact, raw, n);
		char *once = cleaned(exact, n, TEXT_ONE_LINE), *twice = cleaned(once, strlen(once), TEXT_ONE_LINE);
		bad += !is_harmless(once) || strcmp(once, twice) != 0;
		free(once);
		free(twice);
		free(exact);
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void every_code_point(void)
{
	int bad = 0;
	for (int cp = 1; cp < 0x110000; cp++) {
		char raw[8];
		utf8proc_ssize_t n = utf8proc_encode_char(cp, (utf8proc_uint8_t *)raw);
		char *s = cleaned(raw, (size_t)n, TEXT_ONE_LINE);
		const char *p = s;
		bad += !is_harmless(s) || text_width(s) > 4;
		while (*p != '\0') {
			int w = text_cp_width(text_next(&p));
			bad += w < 0 || w > 2;
		}
		free(s);
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void widths(void)
{
	CU_ASSERT_EQUAL(text_width(""), 0);
	CU_ASSERT_EQUAL(text_width("Алматы"), 6);
	CU_ASSERT_EQUAL(text_width("中文"), 4);
	CU_ASSERT_EQUAL(text_width("e\xCC\x81"), 1);
	CU_ASSERT_EQUAL(text_width("😀!"), 3);
	CU_ASSERT_EQUAL(text_cp_width('a'), 1);
	CU_ASSERT_EQUAL(text_cp_width(0x1B), 0);
	CU_ASSERT_EQUAL(text_cp_width(0xB7), 1);
}

static bool fits_to(const char *s, int width, enum text_align align, bool ascii, const char *want)
{
	struct strbuf b = { 0 };
	text_fit(&b, s, width, align, ascii);
	bool same = strcmp(strbuf_str(&b), want) == 0;
	if (!same)
		printf("\n  \"%s\" instead of \"%s\"\n", strbuf_str(&b), want);
	strbuf_free(&b);
	return same;
}

static void fits(void)
{
	CU_ASSERT(fits_to("abc", 5, TEXT_LEFT, false, "abc  "));
	CU_ASSERT(fits_to("abc", 5, TEXT_RIGHT, false, "  abc"));
	CU_ASSERT(fits_to("abc", 6, TEXT_CENTRE, false, " abc  "));
	CU_ASSERT(fits_to("abcdef", 4, TEXT_RIGHT, false, "abc…"));
	CU_ASSERT(fits_to("abcdef", 4, TEXT_LEFT, true, "abc~"));
	CU_ASSERT(fits_to("中文字", 4, TEXT_LEFT, false, "中… "));
	CU_ASSERT(fits_to("中文", 4, TEXT_LEFT, false, "中文"));
	CU_ASSERT(fits_to("中", 1, TEXT_LEFT, false, "…"));
	CU_ASSERT(fits_to("anything", 0, TEXT_LEFT, false, ""));
	CU_ASSERT(fits_to("anything", -3, TEXT_LEFT, false, ""));
	CU_ASSERT(fits_to("", 2, TEXT_CENTRE, false, "  "));
}

static void fit_is_exact(void)
{
	int bad = 0;
	for (int i = 0; i < test_count(20000); i++) {
		char raw[200];
		size_t n = 0, want = test_below(60);
		while (n < want)
			n += put_something(raw + n);
		char *s = cleaned(raw, n, TEXT_ONE_LINE);
		int width = (int)test_below(40);
		struct strbuf b = { 0 };
		text_fit(&b, s, width, (enum text_align)test_below(3), test_below(2));
		bad += text_width(strbuf_str(&b)) != width;
		bad += !is_harmless(strbuf_str(&b));
		strbuf_free(&b);
		free(s);
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void folds(void)
{
	static const char *const pairs[][2] = {
		{ "Ёлка ЁЖ", "елка еж" }, { "АСТАНА Әлия Ғ", "астана әлия ғ" }, { "Zürich", "zürich" }, { "", "" },
		{ "\xD0\x95\xCC\x88", "е" }, /* decomposed Ё */
		{ "R-00002", "r-00002" },
	};
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		char *s = text_fold(pairs[i][0]);
		CU_ASSERT_STRING_EQUAL(s, pairs[i][1]);
		free(s);
	}
	char *t = text_token("қалиева үй әні ең");
	CU_ASSERT_STRING_EQUAL(t, "калиева уй ани ен");
	free(t);
	char *s = text_fold("\xFF" "A"); /* not UTF-8: still ends, still folds */
	CU_ASSERT_STRING_EQUAL(s, "\xEF\xBF\xBD" "a");
	free(s);
}

TESTS("text", T(cleans), T(cleans_lines), T(fuzz), T(every_code_point), T(widths), T(fits), T(fit_is_exact), T(folds))

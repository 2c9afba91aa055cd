#include "config.h"

#include "base/translit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"

/* ---- Latin to Cyrillic: the longest first ------------------------------------------------------ */

static const struct { const char *latin, *cyrillic; } PAIRS[] = {
	{ "shch", "щ" }, { "sch", "щ" }, { "kh", "х" }, { "zh", "ж" }, { "ts", "ц" }, { "ch", "ч" }, { "sh", "ш" },
	{ "yu", "ю" }, { "ya", "я" }, { "yo", "е" }, { "ye", "е" }, { "dj", "дж" }, { "ng", "нг" }, { "a", "а" },
	{ "b", "б" }, { "c", "к" }, { "d", "д" }, { "e", "е" }, { "f", "ф" }, { "g", "г" }, { "h", "х" }, { "i", "и" },
	{ "j", "ж" }, { "k", "к" }, { "l", "л" }, { "m", "м" }, { "n", "н" }, { "o", "о" }, { "p", "п" }, { "q", "к" },
	{ "r", "р" }, { "s", "с" }, { "t", "т" }, { "u", "у" }, { "v", "в" }, { "w", "в" }, { "x", "х" }, { "y", "ы" },
	{ "z", "з" },
};

static bool is_vowel(char c)
{
	return c && strchr("aeiou", c);
}

/* "ai", "ey": the second is й. */
static bool is_short(const char *word, const char *at)
{
	return (*at == 'y' || *at == 'i') && at > word && is_vowel(at[-1]) && !(*at == 'i' && at[-1] == 'i');
}

static char *to_cyrillic(const char *word)
{
	struct strbuf out = { 0 };
	const char *s = word;

	while (*s) {
		size_t i = 0;

		while (i < ARRAY_LEN(PAIRS) && strncmp(s, PAIRS[i].latin, strlen(PAIRS[i].latin)))
			i++;
		if (i < ARRAY_LEN(PAIRS)) {
			bool one = strlen(PAIRS[i].latin) == 1;

			strbuf_puts(&out, one && is_short(word, s) ? "й" : PAIRS[i].cyrillic);
			s += strlen(PAIRS[i].latin);
		} else { /* an apostrophe of gʻ and oʻ */
			text_next(&s);
		}
	}
	return strbuf_steal(&out);
}

/* ---- Cyrillic to Latin -------------------------------------------------------------------------- */

/* In the order of the alphabet from а; Uzbek, passport. Uzbek has two letters where Russian has х: see to_latin(). */
static const char *const LATIN[][2] = {
	{ "a", "a" }, { "b", "b" }, { "v", "v" }, { "g", "g" }, { "d", "d" }, { "e", "e" }, { "j", "zh" }, { "z", "z" },
	{ "i", "i" }, { "y", "y" }, { "k", "k" }, { "l", "l" }, { "m", "m" }, { "n", "n" }, { "o", "o" }, { "p", "p" },
	{ "r", "r" }, { "s", "s" }, { "t", "t" }, { "u", "u" }, { "f", "f" }, { "x", "kh" }, { "ts", "ts" }, { "ch", "ch" },
	{ "sh", "sh" }, { "sh", "shch" }, { "", "" }, { "i", "y" }, { "", "" }, { "e", "e" }, { "yu", "yu" }, { "ya", "ya" },
};

enum { FIRST_LETTER = 0x430, LAST_LETTER = 0x44f, LETTER_E = 0x435, LETTER_H = 0x445,
	LETTER_U_SHORT = 0x45e };
enum { UZBEK, PASSPORT, UZBEK_H };

static bool is_cyrillic_vowel(int cp)
{
	static const int VOWELS[] = { 0x430, 0x435, 0x438, 0x43e, 0x443, 0x44b, 0x44d, 0x44e, 0x44f };

	for (size_t i = 0; i < ARRAY_LEN(VOWELS); i++)
		if (VOWELS[i] == cp)
			return true;
	return false;
}

static char *to_latin(const char *word, int way)
{
	struct strbuf out = { 0 };
	int cp, before = 0;

	while ((cp = text_next(&word)) != 0) {
		if (way == UZBEK_H && cp == LETTER_H)
			strbuf_puts(&out, "h");
		else if (way != PASSPORT && cp == LETTER_E && (before == 0 || is_cyrillic_vowel(before)))
			strbuf_puts(&out, "ye"); /* Yegorova, Abdullayeva */
		else if (cp >= FIRST_LETTER && cp <= LAST_LETTER)
			strbuf_puts(&out, LATIN[cp - FIRST_LETTER][way == PASSPORT]);
		else if (cp == LETTER_U_SHORT)
			strbuf_puts(&out, "o");
		before = cp;
	}
	return strbuf_steal(&out);
}

/* ---- which way ---------------------------------------------------------------------------------- */

enum script { SCRIPT_OTHER, SCRIPT_LATIN, SCRIPT_CYRILLIC };

static bool is_apostrophe(int cp)
{
	return cp == '\'' || cp == 0x2bb || cp == 0x2bc || cp == 0x2018 || cp == 0x2019;
}

/* Of the whole word; SCRIPT_OTHER when there is more than one, or what is no letter. */
static enum script script_of(const char *word)
{
	enum script all = SCRIPT_OTHER;
	int cp;

	while ((cp = text_next(&word)) != 0) {
		enum script one = cp >= 'a' && cp <= 'z' ? SCRIPT_LATIN :
		    (cp >= FIRST_LETTER && cp <= LAST_LETTER) || cp == LETTER_U_SHORT ? SCRIPT_CYRILLIC : SCRIPT_OTHER;

		if (is_apostrophe(cp) && all == SCRIPT_LATIN)
			continue;
		if (one == SCRIPT_OTHER || (all != SCRIPT_OTHER && one != all))
			return SCRIPT_OTHER;
		all = one;
	}
	return all;
}

/* Is the one at n among those before it? */
static bool is_there(char *const *all, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(all[i], all[n]))
			return true;
	return false;
}

int translit(const char *token, char *out[TRANSLIT_MOST])
{
	enum script script = script_of(token);
	int n = 0;

	if (script == SCRIPT_LATIN)
		out[n++] = to_cyrillic(token);
	for (int way = 0; script == SCRIPT_CYRILLIC && way < TRANSLIT_MOST; way++) {
		out[n] = to_latin(token, way);
		if (!out[n][0] || is_there(out, n))
			free(out[n]);
		else
			n++;
	}
	return n;
}

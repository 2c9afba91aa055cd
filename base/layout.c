#include "config.h"

#include "base/layout.h"

#include <stdint.h>
#include <uchar.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"

/* Keys of one shift level, in the same order in each layout. */
struct keys { const char32_t *there, *latin; };

static const struct keys LETTERS[] = {
	{ U"йцукенгшщзхъфывапролджэячсмитьбюё", U"qwertyuiop[]asdfghjkl;'zxcvbnm,.`" },
	{ U"ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ", U"QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~" },
	{ 0 },
};
static const struct keys KZ_DIGITS[] = {
	{ U"әіңғүұқөһ", U"2345890-=" }, { U"ӘІҢҒҮҰҚӨҺ", U"@#$%*()_+" }, { 0 },
};
static const struct keys RU_MARKS[] = { { U".,\"№", U"/?@#" }, { 0 } };
static const struct keys KZ_MARKS[] = { { U".,\"№", U"761/" }, { 0 } };

static bool find(const struct keys *k, bool back, uint32_t *code)
{
	for (; k->there; k++)
		for (size_t i = 0; k->there[i]; i++)
			if ((back ? k->latin : k->there)[i] == *code) {
				*code = (back ? k->there : k->latin)[i];
				return true;
			}
	return false;
}

static void put(struct strbuf *out, uint32_t code)
{
	utf8proc_uint8_t bytes[4];

	strbuf_add(out, (const char *)bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)code, bytes));
}

enum { CYRILLIC = 0x400 }; /* the first of its letters: what is before them needs no look */

char *layout_latin(const char *s, bool kz)
{
	struct strbuf out = { 0 };

	while (*s) {
		uint32_t code = (uint32_t)text_next(&s);

		if (code < CYRILLIC || (!find(LETTERS, false, &code) && !find(KZ_DIGITS, false, &code)))
			find(kz ? KZ_MARKS : RU_MARKS, false, &code);
		put(&out, code);
	}
	return strbuf_steal(&out);
}

char *layout_cyrillic(const char *s)
{
	struct strbuf out = { 0 };

	while (*s) {
		uint32_t code = (uint32_t)text_next(&s);

		if (code < CYRILLIC)
			find(LETTERS, true, &code);
		put(&out, code);
	}
	return strbuf_steal(&out);
}

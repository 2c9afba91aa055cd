/* The text of another layout, and the keys of command mode, are read from the same keyboards. */
#include "config.h"

#include <utf8proc.h>

#include "base/layout.h"
#include "base/text.h"
#include "tests/cunit.h"
#include "tui/key.h"

static const char *const ALL = "йцукенгшщзхъфывапролджэячсмитьбюёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁәіңғүұқөһӘІҢҒҮҰҚӨҺ.,\"№abcXYZ019/:";

static void agrees_with_the_keys(void)
{
	for (int kz = 0; kz < 2; kz++) {
		key_set_layout(kz ? KEYS_KZ : KEYS_RU);
		for (const char *s = ALL; *s;) {
			char one[8] = "";
			const char *from = s;
			struct key k = { (uint32_t)text_next(&s), 0 };

			memcpy(one, from, (size_t)(s - from));
			char *latin = layout_latin(one, kz);
			const char *at = latin;
			CU_ASSERT_EQUAL((uint32_t)text_next(&at), key_latin(k).code);
			free(latin);
		}
	}
	key_set_layout(KEYS_AUTO);
}

static void there_and_back(void)
{
	char *there = layout_cyrillic("the quick brown fox"), *back = layout_latin(there, false);

	CU_ASSERT_STRING_EQUAL(there, "еру йгшсл икщцт ащч");
	CU_ASSERT_STRING_EQUAL(back, "the quick brown fox");
	free(there);
	free(back);
	there = layout_latin("\xff\xd0", false); /* no text: nothing falls over */
	free(there);
}

TESTS("test_layout", T(agrees_with_the_keys), T(there_and_back))

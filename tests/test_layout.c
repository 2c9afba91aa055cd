/* The text of another layout, and the keys of command mode, are read from the same keyboards. */
#include "config.h"

#include <stdio.h>
#include <utf8proc.h>

#include "base/layout.h"
#include "base/text.h"
#include "base/translit.h"
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

/* `wanted`: the other spellings with blanks between; "" for none. */
static bool spelled(const char *token, const char *wanted)
{
	char *others[TRANSLIT_MOST], all[200] = "";
	int n = translit(token, others);

	for (int i = 0; i < n; i++) {
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? " " : "", others[i]);
		free(others[i]);
	}
	if (strcmp(all, wanted))
		fprintf(stderr, "%s: %s\n", token, all);
	return !strcmp(all, wanted);
}

static void the_other_script(void)
{
	CU_ASSERT(spelled("karimova", "каримова"));
	CU_ASSERT(spelled("nurzhan", "нуржан"));
	CU_ASSERT(spelled("shaymerdenova", "шаймерденова"));
	CU_ASSERT(spelled("aigul", "айгул"));
	CU_ASSERT(spelled("abdullayeva", "абдуллаева"));
	CU_ASSERT(spelled("ulugʻbek", "улугбек"));
	CU_ASSERT(spelled("абдуллаева", "abdullayeva abdullaeva"));
	CU_ASSERT(spelled("рахимов", "raximov rakhimov rahimov"));
	CU_ASSERT(spelled("жан", "jan zhan"));
	CU_ASSERT(spelled("ь", ""));
	CU_ASSERT(spelled("a02", "")); /* a code is what it is */
	CU_ASSERT(spelled("kимa", ""));
	CU_ASSERT(spelled("4421", ""));
	CU_ASSERT(spelled("", ""));
}

TESTS("test_layout", T(agrees_with_the_keys), T(there_and_back), T(the_other_script))

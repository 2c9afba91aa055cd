/*
 * A name in the other script, as people write it there: "karimov" finds
 * Каримов and "каримов" finds Karimov. Not a standard: what is typed into a
 * search field, where the beginning of a word is enough.
 */
#ifndef BASE_TRANSLIT_H
#define BASE_TRANSLIT_H

enum { TRANSLIT_MOST = 3 };

/*
 * Other spellings of a folded word (text_token()) that has nothing but letters: Cyrillic of a Latin one, the ways
 * (Uzbek, passport) of writing a Cyrillic one in Latin that differ. Returns how many are in out; the caller frees each.
 */
int translit(const char *token, char *out[TRANSLIT_MOST]);

#endif

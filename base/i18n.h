/*
 * Languages: gettext, with the English sentence as the key. A translation is
 * found without the operating system knowing the language: C.UTF-8 is enough,
 * ru_RU is never needed (DESIGN §5).
 */
#ifndef BASE_I18N_H
#define BASE_I18N_H

#include <libintl.h>
#include <stdbool.h>

#define I18N_DOMAIN "domovoi"

#define _(s) dgettext(I18N_DOMAIN, s)
#define N_(s) s                                          /* marks a msgid in a table; _() where it is shown */
#define P_(one, many, n) dngettext(I18N_DOMAIN, one, many, (unsigned long)(n))

/*
 * Once, before any other thread and before curses: sets LC_CTYPE (to C.UTF-8
 * when the environment's is not UTF-8) and LC_MESSAGES, and binds the
 * catalogues of DOMOVOI_LOCALEDIR, else of the installed place. `lang` is
 * "en", "ru" or "kk" ("kz" and "ru_RU.UTF-8" are understood); NULL asks the
 * environment (the first time: LANGUAGE is overwritten). False: no such
 * language, English is in force. May be called again to change the language.
 * LC_NUMERIC stays "C".
 */
bool i18n_init(const char *lang);

const char *i18n_lang(void); /* "en", "ru" or "kk" */

#endif

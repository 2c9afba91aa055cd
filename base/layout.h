/*
 * Text that was typed in another keyboard layout than the one that was meant:
 * the same keys, read as the other layout has them (xkb symbols us, ru, kz).
 */
#ifndef BASE_LAYOUT_H
#define BASE_LAYOUT_H

#include <stdbool.h>

/* Every Cyrillic letter becomes the Latin one of its key: "ил252" -> "bk252". kz: marks as that layout has them. */
char *layout_latin(const char *s, bool kz); /* caller frees */

/* The other way: ",hjym" -> "бронь". */
char *layout_cyrillic(const char *s); /* caller frees */

#endif

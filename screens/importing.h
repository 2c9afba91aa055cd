/*
 * `i`: a CSV file becomes records. First everything is tried, and nothing kept:
 * what the rows would be, how many are new, which are refused and why. Then
 * Enter imports, and `u` takes all of it back as one.
 */
#ifndef SCREENS_IMPORTING_H
#define SCREENS_IMPORTING_H

#include "screens/screens.h"

/* Asks for the file, over `s`; says why not if these records cannot be imported, or not by this person. */
enum result import_ask(struct screen *s, const struct resource *res);

extern const struct screen_class import_class;

#endif

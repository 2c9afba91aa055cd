/* JSON from outside, read strictly: an object of UTF-8 without duplicate keys, control characters or deep nesting. */
#ifndef SERVER_JSONIN_H
#define SERVER_JSONIN_H

#include <jansson.h>

#include "base/err.h"

#define JSONIN_DEPTH 32

/* NULL and `e` (ERR_INVALID, E-JSON). */
json_t *jsonin_object(const char *text, size_t n, struct err *e);

#endif

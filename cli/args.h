/* Words of the form name=value, and the arguments of actions and reports that they fill. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>

#include "base/date.h"
#include "base/err.h"
#include "client/client.h"
#include "client/resource.h"

/* Splits at the first '='. false: there is none, or no name. *name is allocated, *value points into word. */
bool args_split(const char *word, char **name, const char **value, struct err *e);

struct args {
	struct param *v;  /* names are the descriptor's, values canonical and owned */
	int n;
};
void args_free(struct args *a);

/*
 * Values of `words` for the arguments `spec` (ends with name NULL; may be NULL),
 * checked and in canonical form; then the fallbacks of those that were not given.
 * false: a usage error for a name, an invalid value for a value.
 */
bool args_parse(struct args *a, const struct arg *spec, int nwords, char **words, day_t today,
    const char *currency, struct err *e);
bool args_has(const struct args *a, const char *name);
void args_add(struct args *a, const char *name, const char *value); /* copies the value */

#endif

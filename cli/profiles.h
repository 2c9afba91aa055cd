/*
 * The profiles file, $XDG_CONFIG_HOME/domovoi/profiles: sections of "key = value", each one place where data are
 * (cli/target.h shows one). It decides whom the program talks to, so nobody else may write it; it holds no secret.
 */
#ifndef CLI_PROFILES_H
#define CLI_PROFILES_H

#include <stdbool.h>

#include "base/err.h"

struct profile {
	char *dsn;               /* a connection string, or … */
	char *url, *login, *ca;  /* … an API server, whose login there, and the certificates to trust */
	char *lang, *theme, *role, *codes_key;
	int company;
};

/*
 * The section `name` into p; NULL = "default", which need not be there: then p is empty. A named one that is missing,
 * or says no place, is refused.
 */
bool profile_read(const char *name, struct profile *p, struct err *e);
void profile_free(struct profile *p);

/*
 * Keep an API server and a login under `name`: a new section at the end of the file (0600). One that is there already
 * is left as it is if it says the same, and refused otherwise: it may hold more that is the user's.
 */
bool profile_keep(const char *name, const char *url, const char *login, const char *ca, struct err *e);

#endif

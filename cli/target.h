/*
 * Where the data are (DESIGN §7): --dsn, else --profile, else the profile
 * "default", else the demo, which is started if it is down. A connection string
 * never holds a password: libpq finds that in its password file. --url, or url in
 * a profile, is an API server instead; its login is remembered by client/tokens.h.
 *
 * Profiles are in $XDG_CONFIG_HOME/domovoi/profiles:
 *
 *   [default]
 *   dsn = host=pg-main dbname=domovoi user=aliya      (or: url = https://api.example, login = aliya, ca = FILE)
 *   lang = ru
 *   company = 2
 *   as = manager
 *   theme = dark
 *   codes_key = /home/aliya/.config/domovoi/codes.key
 *
 * The file decides whom the program talks to, so nobody else may write it.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/options.h"
#include "db/cluster.h"
#include "screens/console.h"

struct target {
	char *dsn;           /* of the person; NULL where it is … */
	char *url;           /* … an API server; then login is whose remembered login to use ("" = the last one's) */
	char *login, *ca;
	char *admin_dsn;     /* of the database's owner, for `db`; the same as dsn unless it is the demo */
	bool is_demo;
	struct demo demo;    /* keeps the demo up while this is open */
	char *codes_key;     /* the file that access codes are sealed with; NULL = none is named */
	char *lang, *theme, *role; /* the options', else the profile's; NULL = not said */
	int company;
};

bool target_open(struct target *t, const struct options *o, struct err *e);
void target_close(struct target *t);

/* Options of the demo as the command line gives them. */
struct demo_options target_demo_options(const struct options *o);

/* What the console needs to know; points into t and o. */
struct console_options target_console(const struct target *t, const struct options *o);

#endif

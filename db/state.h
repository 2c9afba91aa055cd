/*
 * DIR/state: what a whole demo is. Written last, in one rename, so that its
 * being there means that everything else is. Lines of "word value".
 */
#ifndef DB_STATE_H
#define DB_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "db/place.h"
#include "db/sql.h"

struct err;

struct state {
	char size[16];
	char digest[SQL_CHECKSUM_LEN + 1]; /* sql_digest() of its maker or last migrator */
	char **logins;                     /* "head_1", "superuser", … */
	size_t nlogins;
};

bool state_read(const struct place *p, struct state *s); /* false: not whole; *s is then empty */
bool state_write(const struct place *p, const struct state *s, struct err *e);
void state_add_login(struct state *s, const char *login);
void state_free(struct state *s);

/* Write a small file whole: temporary, fsync, rename. False with errno. */
bool file_replace(const char *path, const char *text);

/* The login of a role in a company, as the demo names them: head_1, or superuser. NULL and `e`. */
const char *state_login(const struct state *s, const char *role, int company, struct err *e);

#endif

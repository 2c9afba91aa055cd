/*
 * The database's own source, compiled in: roles, migrations, seeds and the
 * demo generator, as db/mksql.sh found them at build time. Neither the program
 * nor the server ever reads a file of the checkout.
 */
#ifndef DB_SQL_H
#define DB_SQL_H

#include <stddef.h>

enum sql_kind { SQL_ROLES, SQL_MIGRATION, SQL_SEED, SQL_DEMO };

struct sql_text {
	enum sql_kind kind;
	const char *name; /* "roles", "0001_tables", "01_currency": the file's name without .sql */
	const char *text;
};

#define SQL_CHECKSUM_LEN 64

/* All of them: roles first, then migrations, seeds and demo, each in order of name. */
const struct sql_text *sql_texts(size_t *n);

/* SHA-256 of a text, in lower-case hex. */
void sql_checksum(const char *text, char hex[static SQL_CHECKSUM_LEN + 1]);

/* One SHA-256 over the names and texts of everything that a live database holds (no demo). */
void sql_digest(char hex[static SQL_CHECKSUM_LEN + 1]);

#endif

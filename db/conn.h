/*
 * Blocking libpq for the administrator's tools of this directory (migrate,
 * users, doctor, the demo's maker). Nothing of the interface may use it.
 */
#ifndef DB_CONN_H
#define DB_CONN_H

#include <libpq-fe.h>
#include <stdbool.h>

struct err;

/* NULL and `e` if there is no connection. Notices are dropped. Ends with PQfinish(). */
PGconn *db_connect(const char *dsn, struct err *e);

/* One or more statements without parameters. */
bool db_exec(PGconn *c, const char *sql, struct err *e);

/* One statement with text parameters; NULL and `e` on failure. PQclear() it. */
PGresult *db_query(PGconn *c, struct err *e, const char *sql, int n, const char *const *params);

/* The same where only success matters. */
bool db_do(PGconn *c, struct err *e, const char *sql, int n, const char *const *params);

/*
 * The server's own sentence, for people who look after a database. `where` names
 * what was being done; the line of `sql` is added when the server tells a place.
 */
void db_error(PGconn *c, const PGresult *r, const char *where, const char *sql, struct err *e);

/* name='value' for a connection string, quoted; appended to *dsn (allocated, replaced). */
void dsn_add(char **dsn, const char *name, const char *value);

#endif

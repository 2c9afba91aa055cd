/*
 * Where the database is: a libpq connection string, read once, and its host
 * names turned into addresses without blocking (PQconnectStart would look them
 * up on the loop's thread). Everything else in the string (sslmode, service,
 * options, target_session_attrs …) is libpq's own business and stays untouched.
 */
#ifndef CLIENT_PGDSN_H
#define CLIENT_PGDSN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <uv.h>

#include "base/err.h"

struct pgdsn;

/* NULL and `e` if the string cannot be read, or holds a password: that belongs into pgpass. */
struct pgdsn *pgdsn_new(const char *dsn, struct err *e);
void pgdsn_free(struct pgdsn *d);

/*
 * "pg-main": the first host without its domain, or the database's name. Cleaned. Lives as long
 * as d.
 */
const char *pgdsn_target(const struct pgdsn *d);

/* connect_timeout of the string in ms, else 3000. */
int pgdsn_timeout_ms(const struct pgdsn *d);

/*
 * Find the addresses; fn is called exactly once: from the loop, or at once when
 * nothing needs looking up (then NULL is returned). `error` is NULL or why no
 * host has an address.
 */
typedef void (*pgdsn_fn)(void *arg, const char *error);
struct pgresolve;
struct pgresolve *pgdsn_resolve(struct pgdsn *d, uv_loop_t *loop, pgdsn_fn fn, void *arg);
void pgresolve_cancel(struct pgresolve *r); /* fn is not called; r may be NULL */

/*
 * Begin connecting to what was found. `turn` rotates the list of addresses, so
 * that a silent first host does not hide the others. The caller polls.
 */
PGconn *pgdsn_start(const struct pgdsn *d, unsigned turn);

#endif

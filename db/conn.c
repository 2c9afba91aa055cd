#include "config.h"

#include "db/conn.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "client/pgerr.h"
#include "db/process.h"

#define CONNECT_MS 10000

static void quiet(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

/* PQconnectdb, except that a refusal comes with its SQLSTATE: pgerr_from_conn() reads it. */
static bool finish_connecting(PGconn *c)
{
	PostgresPollingStatusType want = PGRES_POLLING_WRITING;
	long long until = clock_ms() + CONNECT_MS;

	PQsetErrorVerbosity(c, PQERRORS_SQLSTATE);
	while (PQstatus(c) != CONNECTION_BAD && want != PGRES_POLLING_OK
	    && want != PGRES_POLLING_FAILED) {
		struct pollfd fd = { .fd = PQsocket(c),
			.events = want == PGRES_POLLING_READING ? POLLIN : POLLOUT };
		int left = (int)(until - clock_ms());

		if (left <= 0 || (poll(&fd, 1, left) < 0 && errno != EINTR))
			return false;
		want = PQconnectPoll(c);
	}
	PQsetErrorVerbosity(c, PQERRORS_DEFAULT);
	return PQstatus(c) == CONNECTION_OK;
}

PGconn *db_connect(const char *dsn, struct err *e)
{
	/* what stands later wins: the caller's own name over ours */
	const char *const names[] = { "fallback_application_name", "dbname", NULL };
	const char *const values[] = { "domovoi db", dsn, NULL };
	PGconn *c = PQconnectStartParams(names, values, 1);

	if (c == NULL)
		die("out of memory");
	if (!finish_connecting(c)) {
		pgerr_from_conn(c, e);
		PQfinish(c);
		return NULL;
	}
	PQsetNoticeReceiver(c, quiet, NULL);
	return c;
}

static int line_of(const char *sql, const PGresult *r)
{
	const char *at = r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION);
	int line = 1;

	if (sql == NULL || at == NULL)
		return 0;
	/* the position counts characters: continuation bytes do not */
	for (long left = atol(at) - 1; *sql != '\0' && left > 0; sql++) {
		if (*sql == '\n')
			line++;
		if ((sql[1] & 0xC0) != 0x80)
			left--;
	}
	return line;
}

static bool out_of_disk(const char *state)
{
	return strcmp(state, "53100") == 0;
}

void db_error(PGconn *c, const PGresult *r, const char *where, const char *sql, struct err *e)
{
	const char *state = r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *text = r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	int line = line_of(sql, r);
	const char *remedy = NULL;
	enum err_kind kind = ERR_FAILED;

	if (state == NULL || text == NULL) {
		pgerr_from_conn(c, e);
		return;
	}
	if (out_of_disk(state))
		remedy = _("Free some space on the server's disk and run it again");
	else if (strcmp(state, "42501") == 0) {
		kind = ERR_DENIED;
		remedy = _("Run it as a superuser, or as the database's owner with CREATEROLE");
	}
	if (line > 0)
		err_set(e, kind, state, NULL, remedy, _("%s, line %d: %s"), where, line, text);
	else
		err_set(e, kind, state, NULL, remedy, "%s: %s", where, text);
}

static bool good(const PGresult *r)
{
	ExecStatusType s = PQresultStatus(r);

	return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK || s == PGRES_EMPTY_QUERY;
}

bool db_exec(PGconn *c, const char *sql, struct err *e)
{
	PGresult *r = PQexec(c, sql);
	bool ok = good(r);

	if (!ok)
		db_error(c, r, _("the database refused"), NULL, e);
	PQclear(r);
	return ok;
}

PGresult *db_query(PGconn *c, struct err *e, const char *sql, int n, const char *const *params)
{
	PGresult *r = PQexecParams(c, sql, n, NULL, params, NULL, NULL, 0);

	if (good(r))
		return r;
	db_error(c, r, _("the database refused"), NULL, e);
	PQclear(r);
	return NULL;
}

bool db_do(PGconn *c, struct err *e, const char *sql, int n, const char *const *params)
{
	PGresult *r = db_query(c, e, sql, n, params);

	PQclear(r);
	return r != NULL;
}

void dsn_add(char **dsn, const char *name, const char *value)
{
	struct strbuf b = { 0 };

	if (*dsn != NULL)
		strbuf_printf(&b, "%s ", *dsn);
	strbuf_printf(&b, "%s='", name);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			strbuf_putc(&b, '\\');
		strbuf_putc(&b, *value);
	}
	strbuf_putc(&b, '\'');
	free(*dsn);
	*dsn = strbuf_steal(&b);
}

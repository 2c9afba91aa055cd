#include "config.h"

#include "server/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "db/sql.h"

#define PATIENCE_MS 3000 /* a database that is down: then nothing is known of it */
#define OWNER 1

const char fit_question[] = "select h.lag_ms, h.live, m.newest, m.n from ops.horizon() h, ops.migrations() m";

/* ---- what an answer says --------------------------------------------------------------------- */

static bool other_program(struct err *e, bool older, const char *theirs, const char *ours)
{
	err_set(e, ERR_FAILED, "E-MIGR", NULL, older ? "Its owner runs: domovoi db migrate" :
	    "Install the program that migrated it, or a newer one", "the database is %s than this program: it has %.60s, "
	    "the program %.60s", older ? "older" : "newer", *theirs != '\0' ? theirs : "nothing", ours);
	return false;
}

static bool same_migrations(const struct table *t, struct err *e)
{
	const char *newest = table_get(t, 0, "newest"), *ours = "";
	long n = strtol(table_get(t, 0, "n"), NULL, 10), mine = 0;
	size_t count;
	const struct sql_text *text = sql_texts(&count);

	for (size_t i = 0; i < count; i++)
		if (text[i].kind == SQL_MIGRATION) {
			ours = text[i].name;
			mine++;
		}
	int order = strcmp(newest, ours);
	return (order == 0 && n == mine) || other_program(e, order < 0 || (order == 0 && n < mine), newest, ours);
}

bool fit_judge(const struct reply *reply, struct err *e)
{
	if (reply->err == NULL && table_rows(reply->rows) == 1)
		return same_migrations(reply->rows, e);
	if (reply->err == NULL || strcmp(reply->err->code, "42501") == 0)
		err_set(e, ERR_DENIED, "42501", NULL, "Its owner runs: domovoi db api-role NAME",
		    "the database does not know this login as the API's");
	else
		*e = *reply->err;
	return false;
}

/* ---- asking before anything is served -------------------------------------------------------- */

struct asking {
	uv_loop_t loop;
	bool answered, fit;
	struct err *e;
};

static void on_answer(const struct reply *reply, void *arg)
{
	struct asking *a = arg;

	a->answered = true;
	a->fit = fit_judge(reply, a->e);
}

static bool ask(const char *setting, const char *dsn, const struct config *c, bool pooler, struct err *e)
{
	struct asking a = { .e = e };
	struct client *client;
	struct session *nobody;

	err_set(e, ERR_UNREACHABLE, "E-CONN", NULL, NULL, "the database does not answer");
	uv_loop_init(&a.loop);
	client = client_new(&a.loop, &(struct client_config){ .dsn = dsn, .lang = "en", .now = c->now, .connections = 1,
	    .retry_ms = PATIENCE_MS, .pooler = pooler }, e);
	if (client != NULL) {
		nobody = session_open(client, &(struct session_spec){ .user = "" });
		client_call(nobody, fit_question, NULL, 0, OWNER, on_answer, &a);
		while (!a.answered && uv_run(&a.loop, UV_RUN_ONCE) != 0)
			continue;
		session_close(nobody);
		client_free(client);
	}
	uv_run(&a.loop, UV_RUN_DEFAULT);
	uv_loop_close(&a.loop);
	if (!a.fit)
		snprintf(e->field, sizeof e->field, "%s", setting);
	if (!a.fit && strcmp(e->code, "3D000") == 0)
		e->kind = ERR_FAILED; /* somebody answered: there is none of that name */
	return a.fit;
}

bool fit_databases(const struct config *c, struct err *e)
{
	return ask("dsn", c->dsn, c, c->feed_dsn != NULL, e) &&
	    (c->feed_dsn == NULL || ask("feed_dsn", c->feed_dsn, c, false, e));
}

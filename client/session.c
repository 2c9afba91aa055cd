#include "config.h"

#include "client/session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

struct session *session_new(struct client *c, uv_loop_t *loop, const struct session_spec *spec,
    bool frozen)
{
	struct session *s = xcalloc(1, sizeof *s);

	*s = (struct session){
		.client = c, .loop = loop, .frozen = frozen,
		.user = xstrdup(spec->user), .login_session = xstrdup(spec->login), .key = xstrdup(spec->key),
		.asked_company = spec->company, .asked_role = xstrdup(spec->role), .see_as = xstrdup(spec->see_as),
		.login = "", .name = "", .company_name = "", .role = "", .scope = "", .currency = "", .tz =
		    "",
		.today = DAY_NONE,
	};
	if (spec->user != NULL && *spec->user == '\0')
		s->state = SESSION_KNOWN; /* nobody: there is nothing to find out */
	return s;
}

void session_free(struct session *s)
{
	for (size_t i = 0; i < s->nkept; i++)
		free(s->kept[i]);
	free(s->kept);
	free(s->permission);
	free(s->user);
	free(s->login_session);
	free(s->key);
	free(s->asked_role);
	free(s->see_as);
	free(s);
}

/*
 * One copy of each text: a re-learnt session hands out the same pointers, and old ones stay
 * valid.
 */
static const char *keep(struct session *s, const char *text)
{
	for (size_t i = 0; i < s->nkept; i++)
		if (strcmp(s->kept[i], text) == 0)
			return s->kept[i];
	s->kept = xreallocarray(s->kept, s->nkept + 1, sizeof *s->kept);
	return s->kept[s->nkept++] = xstrdup(text);
}

bool session_learn(struct session *s, const struct table *t)
{
	int n = table_rows(t);

	if (n == 0)
		return false;
	s->company = atoi(table_get(t, 0, "company"));
	s->login = keep(s, table_get(t, 0, "user_id"));
	s->name = keep(s, table_get(t, 0, "user_name"));
	s->company_name = keep(s, table_get(t, 0, "company_name"));
	s->role = keep(s, table_get(t, 0, "role"));
	s->scope = keep(s, table_get(t, 0, "scope"));
	s->currency = keep(s, table_get(t, 0, "currency"));
	s->tz = keep(s, table_get(t, 0, "tz"));
	s->today = day_parse(table_get(t, 0, "today"));
	s->known_at = uv_now(s->loop);
	s->clock_at = (int64_t)time(NULL);
	s->permission = xreallocarray(s->permission, (size_t)n, sizeof *s->permission);
	s->npermissions = 0;
	for (int i = 0; i < n; i++)
		s->permission[s->npermissions++] = keep(s, table_get(t, i, "permission"));
	s->state = SESSION_KNOWN;
	err_clear(&s->err);
	return true;
}

int session_company(const struct session *s)
{
	return s->company;
}

const char *session_login(const struct session *s)
{
	return s->login;
}

const char *session_name(const struct session *s)
{
	return s->name;
}

const char *session_company_name(const struct session *s)
{
	return s->company_name;
}

const char *session_role(const struct session *s)
{
	return s->role;
}

const char *session_scope(const struct session *s)
{
	return s->scope;
}

const char *session_currency(const struct session *s)
{
	return s->currency;
}

const char *session_tz(const struct session *s)
{
	return s->tz;
}

/*
 * The database's day plus the days that our own clock has counted since. The
 * loop's clock is monotonic, so a step of the wall clock changes nothing. In API mode it is the day as it was learnt:
 * a server asks again every half minute, and has threads, which zones of the C library (TZ) are not made for.
 */
day_t session_today(const struct session *s)
{
	if (s->today == DAY_NONE || s->frozen || s->user != NULL || *s->tz == '\0')
		return s->today;

	int64_t passed = (int64_t)((uv_now(s->loop) - s->known_at) / 1000);
	day_t then = day_of_instant(s->clock_at, s->tz), now = day_of_instant(s->clock_at + passed,
	    s->tz);
	return then == DAY_NONE || now == DAY_NONE ? s->today : s->today + (now - then);
}

bool session_may(const struct session *s, const char *permission)
{
	for (size_t i = 0; permission != NULL && i < s->npermissions; i++)
		if (strcmp(s->permission[i], permission) == 0)
			return true;
	return false;
}

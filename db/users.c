#include "config.h"

#include "db/users.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "db/askpass.h"
#include "db/conn.h"

#define PASSWORD_MIN 10

/* ---- transactions ---- */

static PGconn *begin(const char *dsn, struct err *e)
{
	PGconn *c = db_connect(dsn, e);
	PGresult *r;
	bool ours;

	if (c == NULL)
		return NULL;
	r = db_query(c, e, "select to_regclass('domovoi.db_login') is not null", 0, NULL);
	ours = r != NULL && PQgetvalue(r, 0, 0)[0] == 't';
	if (r != NULL && !ours)
		err_set(e, ERR_FAILED, "E-MIGR", NULL, _("Run: domovoi db migrate"), "%s",
		    _("this is not a domovoi database yet"));
	PQclear(r);
	/* rows are the owner's business (he has a policy), roles the caller's own */
	if (ours
	    && db_exec(c, "set client_min_messages = error; begin; set local role domovoi_owner",
	        e))
		return c;
	PQfinish(c);
	return NULL;
}

static bool end(PGconn *c, bool ok, struct err *e)
{
	ok = ok && db_exec(c, "commit", e);
	PQfinish(c); /* what was not committed is rolled back */
	return ok;
}

/* `make` builds a statement out of its parameters with format(); run it as the caller. */
static bool run_made(PGconn *c, struct err *e, const char *make, int n, const char *const *params)
{
	PGresult *r = db_query(c, e, make, n, params);
	bool ok = r != NULL && db_exec(c, "reset role", e) && db_exec(c, PQgetvalue(r, 0, 0), e)
	    && db_exec(c, "set local role domovoi_owner", e);

	PQclear(r);
	return ok;
}

/* One value, allocated; NULL without an error when there is no row. */
static bool one_value(PGconn *c, char **value, struct err *e, const char *sql, int n,
    const char *const *params)
{
	PGresult *r = db_query(c, e, sql, n, params);

	*value = NULL;
	if (r == NULL)
		return false;
	if (PQntuples(r) > 0 && !PQgetisnull(r, 0, 0))
		*value = xstrdup(PQgetvalue(r, 0, 0));
	PQclear(r);
	return true;
}

static char *verifier(PGconn *c, const char *login, const char *password, struct err *e)
{
	char *scram = PQencryptPasswordConn(c, password, login, "scram-sha-256"), *copy;

	if (scram == NULL) {
		err_set(e, ERR_FAILED, "E-USER", NULL, NULL, "%s",
		    _("the password could not be encrypted"));
		return NULL;
	}
	copy = xstrdup(scram);
	PQfreemem(scram);
	return copy;
}

/* ---- adding ---- */

static bool find_scope(PGconn *c, const char *role, char **scope, struct err *e)
{
	char *known, *remedy;

	if (!one_value(c, scope, e, "select scope from domovoi.role where code = $1", 1, &role))
		return false;
	if (*scope != NULL)
		return true;
	if (!one_value(c, &known, e,
	        "select string_agg(code, ', ' order by sort) from domovoi.role", 0, NULL))
		return false;
	remedy = xasprintf(_("Roles: %s"), known == NULL ? "" : known);
	err_set(e, ERR_INVALID, "E-USER", "role", remedy, _("there is no role %s"), role);
	free(remedy);
	free(known);
	return false;
}

/* The named company, or the only one. */
static bool find_company(PGconn *c, int company, char id[static 12], struct err *e)
{
	const char *const param[] = { id };
	char *count;
	bool ok;

	snprintf(id, 12, "%d", company);
	if (company != 0) {
		ok = one_value(c, &count, e, "select id from domovoi.company where id = $1::int", 1,
		    param);
		if (ok && count == NULL) {
			err_set(e, ERR_NOT_FOUND, "E-USER", "company",
			    _("Add it with: domovoi db company add"), _("there is no company %d"),
			    company);
			ok = false;
		}
		free(count);
		return ok;
	}
	ok = one_value(c, &count, e,
	    "select case count(*) when 1 then min(id)::text end from domovoi.company", 0, NULL);
	if (ok && count == NULL) {
		err_set(e, ERR_INVALID, "E-USER", "company",
		    _("Name it with --company, or add one with: domovoi db company add"), "%s",
		    _("there is not exactly one company"));
		ok = false;
	}
	if (ok)
		snprintf(id, 12, "%s", count);
	free(count);
	return ok;
}

static bool refuse_second(PGconn *c, const char *login, struct err *e)
{
	char *taken;
	bool ok = one_value(c, &taken, e,
	    "select rolname from pg_roles where rolname = $1"
	    " union select rolname from domovoi.db_login where rolname = $1",
	    1, &login);

	if (ok && taken != NULL) {
		err_set(e, ERR_CONFLICT, "E-USER", "login",
		    _("Choose another login, or give this one a new password: domovoi db user reset"),
		    _("the database has a login %s already"), login);
		ok = false;
	}
	free(taken);
	return ok;
}

static bool good_login(const char *login, struct err *e)
{
	size_t n = strlen(login);

	if (n >= 3 && n <= 32
	    && login[strspn(login, "abcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0')
		return true;
	err_set(e, ERR_INVALID, "E-USER", "login", NULL, "%s",
	    _("a login is 3 to 32 of the characters a-z 0-9 . _ -"));
	return false;
}

/* Somebody whom the console invited: name, role and company are those of the invitation where none are given. */
static bool accept_invitation(PGconn *c, struct user_spec *s, char *kept[3], struct err *e)
{
	PGresult *r = db_query(c, e,
	    "select u.display_name, m.role, m.company_id from domovoi.app_user u"
	    " join domovoi.membership m on m.user_id = u.id and m.active"
	    " where u.login = $1 and u.status = 'invited' order by m.is_default desc, m.company_id limit 1",
	    1, &s->login);

	if (r == NULL)
		return false;
	for (int i = 0; i < 3 && PQntuples(r) > 0; i++)
		kept[i] = xstrdup(PQgetvalue(r, 0, i));
	PQclear(r);
	if (s->name == NULL)
		s->name = kept[0];
	if (s->role == NULL)
		s->role = kept[1];
	if (s->company == 0 && kept[2] != NULL)
		s->company = atoi(kept[2]);
	if (s->name != NULL && s->role != NULL)
		return true;
	err_set(e, ERR_USAGE, "E-USAGE", s->name == NULL ? "name" : "role",
	    "domovoi db user add LOGIN name=… role=… [--company C]", "%s",
	    _("nobody of that login is invited: it is missing"));
	return false;
}

static bool join_groups(PGconn *c, const char *login, struct err *e)
{
	return run_made(c, e,
	    "select coalesce(string_agg(format('grant %I to %I', g, $1::text), '; '), '')"
	    " from domovoi.groups_of($1) g",
	    1, &login);
}

static bool insert_user(PGconn *c, const struct user_spec *s, const char *company, struct err *e)
{
	const char *const user[] = { s->login, s->name }, *const login[] = { s->login };
	const char *const member[] = { s->login, s->role, company };

	return db_do(c, e,
	           "insert into domovoi.app_user (login, display_name) values ($1, $2) on conflict (login)"
	           " do update set display_name = excluded.display_name, status = 'active'",
	           2, user)
	    && db_do(c, e,
	        "insert into domovoi.db_login (rolname, user_id)"
	        " select login, id from domovoi.app_user where login = $1",
	        1, login)
	    && db_do(c, e,
	        "insert into domovoi.membership (company_id, user_id, role, is_default)"
	        " select $3::int, u.id, $2, not exists (select from domovoi.membership m"
	        "  where m.user_id = u.id and m.is_default) from domovoi.app_user u where u.login = $1"
	        " on conflict (company_id, user_id, role) do update set active = true",
	        3, member);
}

bool users_add(const char *dsn, const struct user_spec *asked, const char *password, struct err *e)
{
	char company[12], *scope = NULL, *scram = NULL, *kept[3] = { 0 };
	struct user_spec copy = *asked, *spec = &copy;
	PGconn *c;
	bool ok;

	if (!good_login(spec->login, e) || (c = begin(dsn, e)) == NULL)
		return false;
	ok = accept_invitation(c, spec, kept, e)
	    && find_scope(c, spec->role, &scope, e) && find_company(c, spec->company, company, e)
	    && refuse_second(c, spec->login, e)
	    && (scram = verifier(c, spec->login, password, e)) != NULL;
	if (ok) {
		const char *const role[] = { spec->login, scram };

		ok = insert_user(c, spec, company, e)
		    && run_made(c, e,
		        "select format('create role %I login noinherit password %L', $1::text, $2::text)",
		        2, role)
		    && join_groups(c, spec->login, e);
	}
	for (int i = 0; i < 3; i++)
		free(kept[i]);
	free(scope);
	free(scram);
	return end(c, ok, e);
}

/* ---- changing ---- */

/* Only what `users_add` made: never some other role of the server. */
static bool must_be_ours(PGconn *c, const char *login, struct err *e)
{
	char *found;
	bool ok = one_value(c, &found, e,
	    "select l.rolname from domovoi.db_login l join pg_roles r"
	    " on r.rolname = l.rolname where l.rolname = $1 and not r.rolsuper",
	    1, &login);

	if (ok && found == NULL) {
		err_set(e, ERR_NOT_FOUND, "E-USER", "login", _("Add it with: domovoi db user add"),
		    _("no staff login is called %s"), login);
		ok = false;
	}
	free(found);
	return ok;
}

bool users_disable(const char *dsn, const char *login, struct err *e)
{
	PGconn *c = begin(dsn, e);
	bool ok;

	if (c == NULL)
		return false;
	ok = must_be_ours(c, login, e)
	    && db_do(c, e, "update domovoi.db_login set enabled = false where rolname = $1", 1,
	        &login)
	    && db_do(c, e, "select domovoi.shut_out(l.user_id, null) from domovoi.db_login l where l.rolname = $1", 1,
	        &login)
	    && run_made(c, e, "select format('alter role %I nologin', $1::text)", 1, &login)
	    && db_exec(c, "commit", e);
	/*
	 * An owner who is no superuser may lack the right to end them; they see
	 * nothing from now on either way, identity being checked at every statement.
	 */
	if (ok)
		PQclear(PQexecParams(c,
		    "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", 1,
		    NULL, &login, NULL, NULL, 0));
	PQfinish(c);
	return ok;
}

bool users_reset(const char *dsn, const char *login, const char *password, struct err *e)
{
	PGconn *c = begin(dsn, e);
	char *scram = NULL;
	bool ok;

	if (c == NULL)
		return false;
	ok = must_be_ours(c, login, e) && (scram = verifier(c, login, password, e)) != NULL;
	if (ok) {
		const char *const role[] = { login, scram };

		ok = db_do(c, e, "update domovoi.db_login set enabled = true where rolname = $1", 1,
		         &login)
		    && run_made(c, e,
		        "select format('alter role %I login password %L', $1::text, $2::text)", 2,
		        role)
		    && join_groups(c, login, e); /* his roles may have changed since */
	}
	free(scram);
	return end(c, ok, e);
}

/* ---- the API ---- */

bool users_set_hash(const char *dsn, const char *login, const char *hash, struct err *e)
{
	const char *const params[] = { login, hash };
	PGconn *c = begin(dsn, e);
	PGresult *r;
	bool ok;

	if (c == NULL)
		return false;
	r = db_query(c, e, "select domovoi.put_password(u.id, $2, false, null) from domovoi.app_user u where u.login = $1", 2,
	    params);
	ok = r != NULL;
	if (ok && PQntuples(r) == 0) {
		err_set(e, ERR_NOT_FOUND, "E-USER", "login", _("Add it with: domovoi db user add"),
		    _("no staff login is called %s"), login);
		ok = false;
	}
	PQclear(r);
	return end(c, ok, e);
}

/* A name that a person or a group has already is not the server's. */
static bool may_be_api(PGconn *c, const char *name, struct err *e)
{
	char *taken;
	bool ok = one_value(c, &taken, e,
	    "select r.rolname from pg_roles r where r.rolname = $1 and (r.rolsuper or r.rolbypassrls or r.rolcreaterole"
	    " or r.rolname ~ '^(pg_|domovoi_(owner|rules|staff|api|platform|company|assigned|own|landlord)$)'"
	    " or exists (select from pg_auth_members m where m.member = r.oid"
	    "  and m.roleid in ('domovoi_owner'::regrole, 'domovoi_rules'::regrole)))"
	    " union select l.rolname from domovoi.db_login l where l.rolname = $1",
	    1, &name);

	if (ok && taken != NULL) {
		err_set(e, ERR_CONFLICT, "E-USER", "name", _("Choose another name"),
		    _("%s is a person's login, or may do too much to be the API's"), name);
		ok = false;
	}
	free(taken);
	return ok;
}

bool users_api_role(const char *dsn, const char *name, bool trusted, struct err *e)
{
	const char *const row[] = { name, trusted ? "true" : "false" };
	PGconn *c = good_login(name, e) ? begin(dsn, e) : NULL;
	bool ok;

	if (c == NULL)
		return false;
	ok = may_be_api(c, name, e)
	    && run_made(c, e,
	        "select format(case when exists (select from pg_roles where rolname = $1) then 'alter' else 'create' end"
	        " || ' role %I login noinherit; alter role %1$I set role = domovoi_api', $1::text)",
	        1, &name)
	    && run_made(c, e,
	        "select string_agg(format('grant %I to %I', g, $1::text), '; ') from unnest(array['domovoi_api',"
	        " 'domovoi_platform', 'domovoi_company', 'domovoi_assigned', 'domovoi_own', 'domovoi_landlord']) g",
	        1, &name)
	    && db_do(c, e,
	        "insert into domovoi.api_role (rolname, trusted) values ($1, $2::bool)"
	        " on conflict (rolname) do update set trusted = excluded.trusted",
	        2, row);
	return end(c, ok, e);
}

static bool free_slug(PGconn *c, const char *slug, struct err *e)
{
	char *taken;
	bool ok = one_value(c, &taken, e, "select name from domovoi.company where slug = $1", 1,
	    &slug);

	if (ok && taken != NULL) {
		err_set(e, ERR_CONFLICT, "E-USER", "slug", _("Choose another one"),
		    _("the company %s has the code %s already"), taken, slug);
		ok = false;
	}
	free(taken);
	return ok;
}

bool company_add(const char *dsn, const struct company_spec *s, int *id, struct err *e)
{
	const char *const params[] = { s->kind == NULL ? "agency" : s->kind, s->name, s->slug,
		s->country == NULL ? "KZ" : s->country, s->tz == NULL ? "Asia/Almaty" : s->tz,
		s->currency == NULL ? "KZT" : s->currency };
	char *zone = NULL, *made = NULL;
	PGconn *c = begin(dsn, e);
	bool ok;

	if (c == NULL)
		return false;
	ok = free_slug(c, s->slug, e)
	    && one_value(c, &zone, e, "select name from pg_timezone_names where name = $1", 1,
	        &params[4]);
	if (ok && zone == NULL) {
		err_set(e, ERR_INVALID, "E-USER", "tz", _("Take one like Asia/Almaty"),
		    _("there is no time zone %s"), params[4]);
		ok = false;
	}
	ok = ok
	    && one_value(c, &made, e,
	        "insert into domovoi.company (kind, name, slug, country, tz, currency)"
	        " values ($1, $2, $3, $4, $5, $6) returning id",
	        6, params);
	*id = made == NULL ? 0 : atoi(made);
	free(zone);
	free(made);
	return end(c, ok, e);
}

/* ---- the password ---- */

static bool too_short(const char *password, struct err *e)
{
	int chars = 0;

	for (const char *s = password; *s != '\0'; s++)
		chars += (*s & 0xC0) != 0x80;
	if (chars >= PASSWORD_MIN)
		return false;
	err_set(e, ERR_INVALID, "E-USER", "password", NULL,
	    _("a password has at least %d characters"), PASSWORD_MIN);
	return true;
}

char *users_read_password(const char *login, struct err *e)
{
	char *prompt = xasprintf(_("Password for %s: "), login), *password = askpass(prompt);
	char *again = password && askpass_terminal() ? askpass(_("Once more: ")) : NULL;
	bool differ = askpass_terminal() && (again == NULL || password == NULL || strcmp(password, again) != 0);

	free(prompt);
	if (password == NULL) {
		err_set(e, ERR_INVALID, "E-USER", "password",
		    _("Type it, or give it on standard input"), "%s", _("no password was given"));
	} else if (differ) {
		err_set(e, ERR_INVALID, "E-USER", "password", _("Try again"), "%s",
		    _("the two passwords differ"));
	}
	if (password != NULL && (differ || too_short(password, e))) {
		askpass_forget(password);
		password = NULL;
	}
	askpass_forget(again);
	return password;
}

/* One's own account: /auth/me, password, step-up. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "db/password.h"
#include "server/auth_flow.h"
#include "server/auth_routes.h"
#include "server/hasher.h"
#include "server/worker.h"

/* ---- me --------------------------------------------------------------------------------------------------- */

static json_t *cell(const struct table *t, int row, int col)
{
	const char *s = table_cell(t, row, col);

	return s ? json_string(s) : json_null();
}

/* What api.whoami() says, cell for cell, as a client's session learns it; and the same as people would ask for it. */
static json_t *me_json(const struct table *t)
{
	json_t *rows = json_array(), *columns = json_array(), *permissions = json_array();
	int permission = table_col(t, "permission");

	for (int c = 0; c < table_cols(t); c++)
		json_array_append_new(columns, json_string(table_name(t, c)));
	for (int i = 0; i < table_rows(t); i++) {
		json_t *row = json_object();
		for (int c = 0; c < table_cols(t); c++)
			json_object_set_new(row, table_name(t, c), cell(t, i, c));
		json_array_append_new(rows, row);
		if (table_cell(t, i, permission))
			json_array_append_new(permissions, cell(t, i, permission));
	}
	return json_pack("{so so so}", "rows", rows, "columns", columns, "permissions", permissions);
}

static void me_person(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);
	json_t *body = f->body;

	if (!t)
		return;
	const char *login = flow_cell(t, "login_name"), *name = flow_cell(t, "name"), *amr = flow_cell(t, "amr"),
	    *proved = flow_cell(t, "proved_at");
	json_object_set_new(body, "user", json_pack("{ss ss? ss? sb}", "id", f->user, "login", login, "name", name, "totp",
	    flow_is(t, "totp")));
	json_object_set_new(body, "session", !*f->login ? json_null() : json_pack("{ss ss? sI sb}", "id", f->login, "amr", amr,
	    "auth_time", (json_int_t)(proved ? strtoll(proved, NULL, 10) : 0), "fresh", flow_is(t, "fresh")));
	respond_json(f->r, 200, json_incref(body));
}

static void me_known(const struct reply *rep, void *arg)
{
	struct flow *f = arg;

	if (rep->err) {
		respond_err(f->r, rep->err);
		return;
	}
	const struct identity *who = request_identity(f->r);
	memcpy(f->user, who->user, sizeof f->user); /* an API key's is known by now */
	f->body = me_json(rep->rows);
	flow_ask(f, me_person, "select * from auth.person($1, $2)", 2, f->user, *f->login ? f->login : NULL);
}

void auth_me(struct request *r)
{
	client_whoami(request_session(r), request_owner(r), me_known, flow_new(r, "me"));
}

/* ---- password --------------------------------------------------------------------------------------------- */

static void password_set(const struct reply *rep, void *arg)
{
	struct flow *f = arg;

	if (flow_row(f, rep))
		respond_empty(f->r, 204);
}

static void password_made(struct request *r, const struct hashed *h, void *arg)
{
	struct flow *f = arg;

	if (h->hash)
		flow_ask(f, password_set, "select auth.set_password($1, $2, false, $1), auth.succeeded($3, $4::inet),"
		    " case when $5::boolean then auth.close_others($1, $6) end", 6, f->user, h->hash, f->name, f->address,
		    f->revoke ? "t" : "f", f->login);
	else
		respond_problem(r, "internal", "The password could not be hashed");
}

static void password_checked(struct request *r, const struct hashed *h, void *arg)
{
	struct flow *f = arg;

	if (h->right)
		hasher_make(r, f->fresh, password_made, f);
	else
		flow_wrong(f);
}

static void password_person(struct flow *f)
{
	hasher_check(f->r, f->hash, f->password, password_checked, f);
}

void auth_password(struct request *r)
{
	struct flow *f = flow_new(r, "password");
	const struct member members[] = { { .name = "current", .to = &f->password, .required = true },
		{ .name = "new", .to = &f->fresh, .required = true }, { .name = "revoke_others", .flag = &f->revoke } };
	struct err e = { 0 };

	if (!flow_body(f, members, ARRAY_LEN(members)))
		return;
	if (!password_acceptable(f->fresh, &e))
		respond_err(r, &e);
	else if (strcmp(f->fresh, f->password) == 0)
		respond_problem_at(r, "validation", "/new", "it is the password that there is");
	else
		flow_person(f, true, password_person);
}

/* ---- step-up ---------------------------------------------------------------------------------------------- */

static void stepped_up(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);

	if (!t)
		return;
	if (!flow_is(t, "used")) {
		flow_wrong(f);
		return;
	}
	free(f->amr);
	f->amr = xstrdup(flow_cell(t, "amr"));
	respond_json(f->r, 200, flow_access(f, f->now));
}

/* An authenticator's code is used up; then the session is as good as new. */
static void prove(struct flow *f, const char *amr)
{
	char step[24];

	snprintf(step, sizeof step, "%lld", (long long)f->step);
	flow_ask(f, stepped_up, "select u.used, p.amr from (select case when $3::bigint = 0 or auth.totp_used($1, $3::bigint)"
	    " then auth.proved($2, $4::text[], $5, $6::inet) end as used) u"
	    " left join lateral (select * from auth.person($1, $2) where u.used) p on true", 6, f->user, f->login, step, amr,
	    f->name, f->address);
}

static void step_checked(struct request *r, const struct hashed *h, void *arg)
{
	struct flow *f = arg;

	(void)r;
	if (h->right)
		prove(f, "{pwd}");
	else
		flow_wrong(f);
}

/* Who has an authenticator shows it: the password alone proves less than the login did. */
static void step_person(struct flow *f)
{
	if (f->totp && flow_code(f))
		prove(f, "{otp}");
	else if (f->totp || !f->password)
		flow_wrong(f);
	else
		hasher_check(f->r, f->hash, f->password, step_checked, f);
}

void auth_step_up(struct request *r)
{
	struct flow *f = flow_new(r, "step-up");
	const struct member members[] = { { .name = "password", .to = &f->password }, { .name = "code", .to = &f->code } };

	if (!flow_body(f, members, ARRAY_LEN(members)))
		return;
	if (!f->password == !f->code)
		respond_problem(r, "validation", "The password or a code must be given");
	else
		flow_person(f, true, step_person);
}

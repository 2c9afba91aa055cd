/* Coming in and going out: /auth/login, mfa, refresh, logout. Source: research/api.md §2.3, §4.3. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/secret.h"
#include "server/auth_flow.h"
#include "server/auth_routes.h"
#include "server/hasher.h"
#include "server/mfa.h"
#include "server/token.h"
#include "server/totp.h"
#include "server/worker.h"

/* ---- a session is opened ---------------------------------------------------------------------------------- */

static void opened(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);

	if (!t)
		return;
	const char *login = flow_cell(t, "login"), *name = flow_cell(t, "name");
	if (!login) { /* blocked since the password was looked up */
		flow_wrong(f);
		return;
	}
	snprintf(f->login, sizeof f->login, "%s", login);
	json_t *body = flow_access(f, f->now);
	json_t *more = json_pack("{ss sI ss sb s{ss ss ss}}", "refresh_token", f->refresh, "refresh_expires_in",
	    (json_int_t)strtoll(flow_cell(t, "expires_in"), NULL, 10), "session", login, "must_change",
	    flow_is(t, "must_change"), "user", "id", f->user, "login", f->name, "name", name ? name : "");
	json_object_update(body, more);
	json_decref(more);
	respond_json(f->r, 200, body);
}

static char *array_of(const char *words)
{
	char *text = xasprintf("{%s}", words);

	for (char *p = text; *p; p++)
		*p = *p == ' ' ? ',' : *p;
	return text;
}

static void open_session(struct flow *f)
{
	char *amr = array_of(f->amr);

	token_opaque(f->refresh, f->refresh_hash);
	flow_ask(f, opened, "select o.login, extract(epoch from o.expires_at - auth.clock())::bigint as expires_in, p.name,"
	    " p.must_change from auth.open($1, $2::inet, $3, $4::text[], $5::bytea) o"
	    " left join lateral auth.person($1, o.login) p on true, auth.succeeded($6, $2::inet)", 6, f->user, f->address,
	    f->agent, amr, f->refresh_hash, f->name);
	free(amr);
}

/* ---- login ------------------------------------------------------------------------------------------------ */

static void mfa_wanted(const struct reply *rep, void *arg)
{
	struct flow *f = arg;

	if (rep->err) {
		respond_err(f->r, rep->err);
		return;
	}
	char *token = mfa_make(worker_ring(request_worker(f->r)), f->user, f->name, f->hash, f->now);
	respond_json(f->r, 200, json_pack("{sb ss si s[ss]}", "mfa_required", true, "mfa_token", token, "expires_in",
	    MFA_SECONDS, "methods", "totp", "recovery"));
	free(token);
}

static void password_right(struct flow *f)
{
	if (f->totp) {
		flow_ask(f, mfa_wanted, "select auth.passed($1, $2::inet)", 2, f->name, f->address);
		return;
	}
	f->amr = xstrdup("pwd");
	open_session(f);
}

static void rehash_kept(const struct reply *rep, void *arg)
{
	struct flow *f = arg;

	if (rep->err)
		respond_err(f->r, rep->err);
	else
		password_right(f);
}

static void rehashed(struct request *r, const struct hashed *h, void *arg)
{
	struct flow *f = arg;

	(void)r;
	if (!h->hash) {
		password_right(f);
		return;
	}
	flow_ask(f, rehash_kept, "select auth.rehash($1, $2, $3)", 3, f->user, f->hash, h->hash);
	code_forget(f->hash);
	f->hash = xstrdup(h->hash);
}

static void checked(struct request *r, const struct hashed *h, void *arg)
{
	struct flow *f = arg;

	if (!h->right)
		flow_wrong(f);
	else if (h->stale)
		hasher_make(r, f->password, rehashed, f);
	else
		password_right(f);
}

static void found(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);

	if (!t || flow_waits(f, t))
		return;
	const char *user = flow_cell(t, "user_id"), *hash = flow_cell(t, "hash");
	snprintf(f->user, sizeof f->user, "%s", user ? user : "");
	f->hash = xstrdup(hash);
	f->totp = flow_is(t, "totp");
	hasher_check(f->r, f->hash, f->password, checked, f);
}

void auth_login(struct request *r)
{
	struct flow *f = flow_new(r, "login");
	const struct member members[] = { { .name = "login", .to = &f->name, .required = true },
		{ .name = "password", .to = &f->password, .required = true }, { .name = "client", .to = &f->agent } };

	if (!flow_body(f, members, ARRAY_LEN(members)))
		return;
	for (char *p = f->name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (!f->agent && request_header(r, "User-Agent"))
		f->agent = xstrdup(request_header(r, "User-Agent"));
	flow_ask(f, found, "select auth.wait($1, $2::inet) as wait, c.* from auth.credential($1) c", 2, f->name, f->address);
}

/* ---- the second factor ------------------------------------------------------------------------------------ */

static void mfa_used(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);

	if (!t)
		return;
	if (!flow_is(t, "used")) {
		flow_wrong(f);
		return;
	}
	f->amr = xstrdup(strcmp(f->method, "totp") == 0 ? "pwd otp" : "pwd mfa");
	open_session(f);
}

static void use_recovery(struct flow *f, const struct mfa *m)
{
	char *hashes = recovery_hashes(worker_ring(request_worker(f->r)), f->user, f->code);

	flow_ask(f, mfa_used, "select case when (select coalesce(bool_or(auth.recovery_use($1, h)), false)"
	    " from unnest($2::bytea[]) h) then auth.revoke($3, auth.clock() + interval '10 minutes') end as used", 3,
	    f->user, hashes, m->jti);
	free(hashes);
}

static void use_code(struct flow *f, const struct mfa *m)
{
	char step[24];

	if (!flow_code(f)) {
		flow_wrong(f);
		return;
	}
	snprintf(step, sizeof step, "%lld", (long long)f->step);
	flow_ask(f, mfa_used, "select case when auth.totp_used($1, $2::bigint)"
	    " then auth.revoke($3, auth.clock() + interval '10 minutes') end as used", 3, f->user, step, m->jti);
}

static void mfa_found(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);
	struct mfa m;

	if (!t || flow_waits(f, t))
		return;
	const struct auth_ring *ring = worker_ring(request_worker(f->r));
	const char *user = flow_cell(t, "user_id"), *sealed = flow_cell(t, "totp_sealed"), *last = flow_cell(t, "last_step");
	/* read a second time: its time may be over, or it is used, or there is another password */
	if (!mfa_read(ring, f->token, f->now, &m) || flow_is(t, "used") || !user || strcmp(user, m.user) != 0 ||
	    !mfa_holds(ring, &m, flow_cell(t, "hash")) || !flow_is(t, "totp")) {
		respond_problem(f->r, "token-invalid", "Sign in with the password again");
		return;
	}
	snprintf(f->user, sizeof f->user, "%s", user);
	f->sealed = xstrdup(sealed);
	f->last_step = last ? strtoll(last, NULL, 10) : 0;
	if (strcmp(f->method, "totp") == 0)
		use_code(f, &m);
	else
		use_recovery(f, &m);
}

void auth_mfa(struct request *r)
{
	struct flow *f = flow_new(r, "mfa");
	const struct member members[] = { { .name = "mfa_token", .to = &f->token, .required = true },
		{ .name = "method", .to = &f->method }, { .name = "code", .to = &f->code, .required = true },
		{ .name = "client", .to = &f->agent } };
	struct mfa m;

	if (!flow_body(f, members, ARRAY_LEN(members)))
		return;
	f->method = f->method ? f->method : xstrdup("totp");
	if (strcmp(f->method, "totp") != 0 && strcmp(f->method, "recovery") != 0) {
		respond_problem_at(r, "validation", "/method", "it is totp or recovery");
		return;
	}
	if (!mfa_read(worker_ring(request_worker(r)), f->token, f->now, &m)) {
		respond_problem(r, "token-invalid", "Sign in with the password again");
		return;
	}
	if (!f->agent && request_header(r, "User-Agent"))
		f->agent = xstrdup(request_header(r, "User-Agent"));
	f->name = xstrdup(m.login);
	flow_ask(f, mfa_found, "select auth.wait($1, $2::inet) as wait, auth.revoked($3) as used, c.user_id, c.hash, c.totp,"
	    " c.totp_sealed::text, c.last_step from auth.credential($1) c", 3, f->name, f->address, m.jti);
}

/* ---- refresh ---------------------------------------------------------------------------------------------- */

static void refused(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);

	if (t && !flow_waits(f, t))
		respond_problem(f->r, "token-invalid", "Sign in again");
}

static void rotated(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);

	if (!t)
		return;
	const char *outcome = flow_cell(t, "outcome");
	if (strcmp(outcome, "unknown") == 0) {
		flow_ask(f, refused, "select auth.locked(null, $1::inet) as wait, auth.failed(null, $1::inet, $2)", 2, f->address,
		    f->what);
		return;
	}
	if (strcmp(outcome, "ok") != 0 && strcmp(outcome, "again") != 0) {
		respond_problem(f->r, "session-revoked", strcmp(outcome, "stolen") == 0 ?
		    "The token had been used before: the session is over, sign in again" : "The session is over: sign in again");
		return;
	}
	snprintf(f->user, sizeof f->user, "%s", flow_cell(t, "user_id"));
	snprintf(f->login, sizeof f->login, "%s", flow_cell(t, "login"));
	f->amr = xstrdup(flow_cell(t, "amr"));
	json_t *body = flow_access(f, strtoll(flow_cell(t, "auth_time"), NULL, 10));
	json_object_set_new(body, "refresh_token", json_string(f->refresh));
	json_object_set_new(body, "session", json_string(f->login));
	respond_json(f->r, 200, body);
}

/* Not held up by a locked address, behind which others may sit: a token that is known is no guess. */
static void rotate(struct flow *f)
{
	char hash[67];

	token_hash(f->token, hash);
	token_opaque(f->refresh, f->refresh_hash);
	flow_ask(f, rotated, "select r.*, p.amr from auth.rotate($1::bytea, $2::bytea, $3::inet) r"
	    " left join lateral auth.person(r.user_id, r.login) p on true", 3, hash, f->refresh_hash, f->address);
}

void auth_refresh(struct request *r)
{
	struct flow *f = flow_new(r, "refresh");
	const struct member members[] = { { .name = "refresh_token", .to = &f->token, .required = true } };

	if (flow_body(f, members, ARRAY_LEN(members)))
		rotate(f);
}

/* ---- logout ----------------------------------------------------------------------------------------------- */

static void closed(const struct reply *rep, void *arg)
{
	struct flow *f = arg;

	if (rep->err)
		respond_err(f->r, rep->err);
	else
		respond_empty(f->r, 204);
}

void auth_logout(struct request *r)
{
	struct flow *f = flow_new(r, "logout");

	flow_ask(f, closed, "select auth.close($1)", 1, f->login);
}

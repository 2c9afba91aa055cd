/* The authenticator of one's own account: /auth/totp, totp/confirm. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "client/secret.h"
#include "server/auth_flow.h"
#include "server/auth_routes.h"
#include "server/totp.h"
#include "server/worker.h"

static const struct auth_ring *ring_of(const struct flow *f)
{
	return worker_ring(request_worker(f->r));
}

/* ---- a new one -------------------------------------------------------------------------------------------- */

static void secret_kept(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);
	unsigned char secret[TOTP_SECRET];

	if (!t)
		return;
	if (!flow_is(t, "done") || !totp_open(ring_of(f), f->user, f->sealed, secret)) {
		respond_problem(f->r, "conflict", "There is an authenticator already: DELETE it first");
		return;
	}
	char *text = totp_base32(secret), *uri = totp_uri(secret, f->name);
	respond_json(f->r, 201, json_pack("{ss ss}", "secret", text, "uri", uri));
	code_forget(text);
	code_forget(uri);
	explicit_bzero(secret, sizeof secret);
}

static void new_secret(struct flow *f)
{
	unsigned char secret[TOTP_SECRET];

	if (!flow_fresh(f))
		return;
	totp_secret(secret);
	code_forget(f->sealed);
	f->sealed = totp_seal(ring_of(f), f->user, secret);
	explicit_bzero(secret, sizeof secret);
	flow_ask(f, secret_kept, "select auth.totp_set($1, $2::bytea) as done", 2, f->user, f->sealed);
}

void auth_totp(struct request *r)
{
	flow_person(flow_new(r, "totp"), false, new_secret);
}

/* ---- it is in force --------------------------------------------------------------------------------------- */

static void confirmed(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);

	if (!t)
		return;
	if (flow_is(t, "done"))
		respond_json(f->r, 200, json_pack("{sO}", "recovery_codes", f->body));
	else
		respond_problem(f->r, "conflict", "No authenticator waits to be confirmed");
}

static void confirm(struct flow *f)
{
	struct strbuf hashes = { 0 };
	char step[24];

	if (f->totp || !f->sealed) {
		respond_problem(f->r, "conflict", "No authenticator waits to be confirmed");
		return;
	}
	if (!flow_code(f)) {
		flow_wrong(f);
		return;
	}
	f->body = json_array();
	for (int i = 0; i < RECOVERY_CODES; i++) {
		char *code = recovery_code(), *hash = recovery_hash(ring_of(f), f->user, code);
		json_array_append_new(f->body, json_string(code));
		strbuf_printf(&hashes, "%s\"\\%s\"", i > 0 ? "," : "{", hash);
		code_forget(code);
		free(hash);
	}
	strbuf_putc(&hashes, '}');
	snprintf(step, sizeof step, "%lld", (long long)f->step);
	flow_ask(f, confirmed, "select auth.totp_confirm($1, $2::bigint, $3::bytea[]) as done, auth.succeeded($4, $5::inet)",
	    5, f->user, step, strbuf_str(&hashes), f->name, f->address);
	strbuf_free(&hashes);
}

void auth_totp_confirm(struct request *r)
{
	struct flow *f = flow_new(r, "totp-confirm");
	const struct member members[] = { { .name = "code", .to = &f->code, .required = true } };

	if (flow_body(f, members, ARRAY_LEN(members)))
		flow_person(f, true, confirm);
}

/* ---- it is no more ---------------------------------------------------------------------------------------- */

static void dropped(const struct reply *rep, void *arg)
{
	struct flow *f = arg;

	if (flow_row(f, rep))
		respond_empty(f->r, 204);
}

static void drop(struct flow *f)
{
	if (flow_fresh(f))
		flow_ask(f, dropped, "select auth.totp_drop($1)", 1, f->user);
}

void auth_totp_drop(struct request *r)
{
	flow_person(flow_new(r, "totp-drop"), false, drop);
}

/* What opens doors beside one's own password: /auth/sessions, keys, and a one-time password for somebody else. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/secret.h"
#include "db/password.h"
#include "server/auth_flow.h"
#include "server/auth_routes.h"
#include "server/hasher.h"
#include "server/lists.h"
#include "server/token.h"

/* ---- lists ------------------------------------------------------------------------------------------------ */

static const struct alias sessions_alias = { .name = "sessions", .resource = "sessions",
	.fields = (const struct alias_field[]){ { "user_id", "user" }, { NULL, NULL } } };

/* The catalogue's list; `user_id` narrows it, for those who may see other people's. */
void auth_sessions(struct request *r)
{
	struct view *v = view_alloc(r, sizeof *v);

	*v = (struct view){ .res = catalogue_resource("sessions"), .name = "sessions", .base = "/api/v1/auth/sessions",
		.alias = &sessions_alias };
	lists_serve(r, v);
}

void auth_keys(struct request *r)
{
	struct view *v = view_alloc(r, sizeof *v);

	*v = (struct view){ .res = catalogue_resource("api_keys"), .name = "keys", .base = "/api/v1/auth/keys" };
	lists_serve(r, v);
}

/* ---- an end ----------------------------------------------------------------------------------------------- */

static void ended(const struct reply *rep, void *arg)
{
	struct flow *f = arg;

	if (rep->err)
		respond_err(f->r, rep->err);
	else
		respond_empty(f->r, 204);
}

static void end_it(struct request *r, const char *resource, const char *key)
{
	struct mutation m = { .res = catalogue_resource(resource), .kind = "action", .record = key, .action = "revoke" };

	client_mutate(request_session(r), &m, request_owner(r), ended, flow_new(r, "revoke"));
}

void auth_session_end(struct request *r)
{
	end_it(r, "sessions", request_part(r, "session"));
}

void auth_key_end(struct request *r)
{
	end_it(r, "api_keys", request_part(r, "key"));
}

/* ---- a key ------------------------------------------------------------------------------------------------ */

/* The only answer that ever has the secret: f->refresh here. */
static void key_made(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const char *id = rep->err ? NULL : json_string_value(json_object_get(rep->json, "record"));

	if (!id) {
		if (rep->err)
			respond_err(f->r, rep->err);
		else
			respond_problem(f->r, "internal", "The key has no id");
		return;
	}
	char *key = xasprintf("dk_%s_%s", id, f->refresh), *location = xasprintf("/api/v1/api_keys/%s", id);
	respond_header(f->r, "Location", location);
	respond_json(f->r, 201, json_pack("{ss ss ss ss}", "id", id, "name", f->title, "scopes", f->scopes, "key", key));
	code_forget(key);
	free(location);
}

/* Who holds a key can do without the person: it is made by somebody who has just shown who he is. */
static void make_key(struct flow *f)
{
	struct mutation m = { .res = catalogue_resource("api_keys"), .kind = "create" };

	if (!flow_fresh(f))
		return;
	token_opaque(f->refresh, f->refresh_hash);
	m.set = f->body = json_pack("{ss ss ss ss*}", "name", f->title, "scopes", f->scopes, "secret_hash",
	    f->refresh_hash + 2, "expires_at", f->until);
	client_mutate(request_session(f->r), &m, request_owner(f->r), key_made, f);
}

void auth_key_make(struct request *r)
{
	struct flow *f = flow_new(r, "key");
	const struct member members[] = { { .name = "name", .to = &f->title, .required = true },
		{ .name = "scopes", .to = &f->scopes, .required = true, .words = true }, { .name = "expires_at", .to = &f->until } };

	if (flow_body(f, members, ARRAY_LEN(members)))
		flow_person(f, false, make_key);
}

/* ---- somebody else's password ----------------------------------------------------------------------------- */

static void reset(const struct reply *rep, void *arg)
{
	struct flow *f = arg;

	if (rep->err)
		respond_err(f->r, rep->err);
	else
		respond_json(f->r, 200, json_pack("{ss sb}", "password", f->fresh, "must_change", true));
}

static void reset_made(struct request *r, const struct hashed *h, void *arg)
{
	struct flow *f = arg;
	struct mutation m = { .res = catalogue_resource("users"), .kind = "action", .record = request_part(r, "key"),
		.action = "reset_password" };

	if (!h->hash) {
		respond_problem(r, "internal", "The password could not be hashed");
		return;
	}
	m.args = f->body = json_pack("{ss}", "password_hash", h->hash);
	client_mutate(request_session(r), &m, request_owner(r), reset, f);
}

static void invent(struct flow *f)
{
	if (!flow_fresh(f))
		return;
	f->fresh = password_invent();
	hasher_make(f->r, f->fresh, reset_made, f);
}

void auth_password_reset(struct request *r)
{
	flow_person(flow_new(r, "reset"), false, invent);
}

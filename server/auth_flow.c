#include "config.h"

#include "server/auth_flow.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "client/secret.h"
#include "server/token.h"
#include "server/totp.h"
#include "server/worker.h"

enum { PARAMS_MOST = 10 };

static void flow_free(void *p)
{
	struct flow *f = p;
	char *all[] = { f->name, f->person, f->password, f->fresh, f->code, f->method, f->token, f->agent, f->hash, f->sealed,
		f->amr, f->title, f->scopes, f->until };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		code_forget(all[i]);
	json_decref(f->body);
	explicit_bzero(f, sizeof *f);
	free(f);
}

struct flow *flow_new(struct request *r, const char *what)
{
	struct flow *f = xcalloc(1, sizeof *f);
	const char *address = request_address(r);
	const struct identity *who = request_identity(r);

	f->r = r;
	f->what = what;
	f->now = (int64_t)time(NULL);
	f->address = strcmp(address, "unix") == 0 ? NULL : address;
	memcpy(f->user, who->user, sizeof f->user);
	memcpy(f->login, who->login, sizeof f->login);
	return request_keep(r, f, flow_free);
}

/* ---- the body --------------------------------------------------------------------------------------------- */

static char *joined(const json_t *list)
{
	struct strbuf text = { 0 };
	const json_t *word;
	size_t i;

	json_array_foreach(list, i, word) {
		if (!json_is_string(word)) {
			strbuf_free(&text);
			return NULL;
		}
		strbuf_printf(&text, "%s%s", i > 0 ? " " : "", json_string_value(word));
	}
	return strbuf_steal(&text);
}

static bool take(struct flow *f, const struct member *m, const json_t *value)
{
	char pointer[80];

	snprintf(pointer, sizeof pointer, "/%s", m->name);
	if (m->flag && json_is_boolean(value)) {
		*m->flag = json_is_true(value);
		return true;
	}
	if (m->to && json_is_string(value)) {
		*m->to = xstrdup(json_string_value(value));
		return true;
	}
	if (m->words && json_is_array(value) && (*m->to = joined(value)))
		return true;
	respond_problem_at(f->r, "validation", pointer, "%s", m->flag ? "true or false is expected" :
	    m->words ? "an array of strings is expected" : "a string is expected");
	return false;
}

static bool take_all(struct flow *f, const struct member *m, size_t n, json_t *body)
{
	const char *name;
	json_t *value;
	char pointer[80];

	json_object_foreach(body, name, value) {
		size_t i = 0;
		while (i < n && strcmp(m[i].name, name) != 0)
			i++;
		snprintf(pointer, sizeof pointer, "/%.70s", name);
		if (i == n) {
			respond_problem_at(f->r, "unknown-field", pointer, "there is no such member here");
			return false;
		}
		if (!take(f, &m[i], value))
			return false;
	}
	for (size_t i = 0; i < n; i++)
		if (m[i].required && !json_object_get(body, m[i].name)) {
			snprintf(pointer, sizeof pointer, "/%s", m[i].name);
			respond_problem_at(f->r, "validation", pointer, "it must be given");
			return false;
		}
	return true;
}

/* What was read is in the flow now, or of no use: no second copy stays until the memory is used again. */
static void wipe_body(struct request *r, json_t *body)
{
	const char *name;
	json_t *value;
	size_t length = 0;
	char *raw = (char *)(uintptr_t)request_body(r, &length);

	json_object_foreach(body, name, value)
		if (json_is_string(value))
			explicit_bzero((char *)(uintptr_t)json_string_value(value), json_string_length(value));
	if (raw)
		explicit_bzero(raw, length);
}

bool flow_body(struct flow *f, const struct member *m, size_t n)
{
	json_t *body = request_json(f->r);

	if (!body)
		return false;
	bool good = take_all(f, m, n, body);
	wipe_body(f->r, body);
	return good;
}

/* ---- the database ----------------------------------------------------------------------------------------- */

void flow_ask(struct flow *f, reply_fn fn, const char *sql, int n, ...)
{
	const char *param[PARAMS_MOST];
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < n; i++)
		param[i] = va_arg(ap, const char *);
	va_end(ap);
	client_call(worker_nobody(request_worker(f->r)), sql, param, n, request_owner(f->r), fn, f);
}

const struct table *flow_row(struct flow *f, const struct reply *rep)
{
	if (rep->err) {
		respond_err(f->r, rep->err);
		return NULL;
	}
	if (table_rows(rep->rows) == 1)
		return rep->rows;
	respond_problem(f->r, "session-revoked", "Sign in again");
	return NULL;
}

const char *flow_cell(const struct table *t, const char *name)
{
	return table_cell(t, 0, table_col(t, name));
}

bool flow_is(const struct table *t, const char *name)
{
	const char *s = flow_cell(t, name);

	return s && *s == 't';
}

static void respond_wait(struct flow *f, int seconds)
{
	char text[16];

	snprintf(text, sizeof text, "%d", seconds);
	respond_header(f->r, "Retry-After", text);
	respond_problem(f->r, "rate-limited", "Too many attempts failed: wait %d seconds", seconds);
}

bool flow_waits(struct flow *f, const struct table *t)
{
	const char *s = flow_cell(t, "wait");
	int seconds = s ? atoi(s) : 0;

	if (seconds > 0)
		respond_wait(f, seconds);
	return seconds > 0;
}

static void counted_as_failed(const struct reply *rep, void *arg)
{
	struct flow *f = arg;

	if (rep->err)
		respond_err(f->r, rep->err);
	else
		respond_problem(f->r, "invalid-credentials", "Login, password or code is wrong");
}

void flow_wrong(struct flow *f)
{
	flow_ask(f, counted_as_failed, "select auth.failed($1, $2::inet, $3)", 3, f->name, f->address, f->what);
}

/* ---- the person ------------------------------------------------------------------------------------------- */

static char *copy_of(const struct table *t, const char *name)
{
	const char *s = flow_cell(t, name);

	return s ? xstrdup(s) : NULL;
}

static void person_known(const struct reply *rep, void *arg)
{
	struct flow *f = arg;
	const struct table *t = flow_row(f, rep);

	if (!t || flow_waits(f, t))
		return;
	if (!flow_is(t, "live")) {
		respond_problem(f->r, "session-revoked", "The session is over: sign in again");
		return;
	}
	f->must_change = flow_is(t, "must_change");
	if (f->must_change && strcmp(f->what, "password") != 0) {
		respond_problem(f->r, "password-change-required", "Choose a password first: POST /api/v1/auth/password");
		return;
	}
	f->name = copy_of(t, "login_name");
	f->person = copy_of(t, "name");
	f->hash = copy_of(t, "hash");
	f->sealed = copy_of(t, "totp_sealed");
	f->amr = copy_of(t, "amr");
	f->last_step = strtoll(flow_cell(t, "last_step"), NULL, 10);
	f->totp = flow_is(t, "totp");
	f->proved = flow_is(t, "fresh");
	f->then(f);
}

void flow_person(struct flow *f, bool counted, void (*next)(struct flow *f))
{
	f->then = next;
	if (counted)
		flow_ask(f, person_known, "select p.*, auth.wait(p.login_name, $3::inet) as wait, c.hash"
		    " from auth.person($1, $2) p, auth.credential(p.login_name) c", 3, f->user, f->login, f->address);
	else
		flow_ask(f, person_known, "select p.*, 0 as wait, null::text as hash from auth.person($1, $2) p", 2, f->user,
		    f->login);
}

bool flow_fresh(struct flow *f)
{
	if (!f->proved)
		respond_problem(f->r, "step-up-required", "Prove who you are first: POST /api/v1/auth/step-up");
	return f->proved;
}

bool flow_code(struct flow *f)
{
	unsigned char secret[TOTP_SECRET];
	bool good = f->sealed && f->code && totp_open(worker_ring(request_worker(f->r)), f->user, f->sealed, secret);

	f->step = good ? totp_check(secret, f->code, f->now, f->last_step) : -1;
	explicit_bzero(secret, sizeof secret);
	return f->step >= 0;
}

json_t *flow_access(const struct flow *f, int64_t auth_time)
{
	char *token = token_make(worker_ring(request_worker(f->r)), f->user, f->login, auth_time < f->now ? auth_time : f->now,
	    f->amr && *f->amr ? f->amr : "pwd", f->now);
	json_t *body = json_pack("{ss ss si}", "access_token", token, "token_type", "Bearer", "expires_in", TOKEN_SECONDS);

	code_forget(token);
	return body;
}

#include "config.h"

#include "client/restauth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/resterr.h"
#include "client/tokens.h"

#define ROOT "/api/v1/auth/"
#define TIME_MS 15000      /* hashing a password takes its time, and they stand in a queue */
#define EARLY_MS 30000     /* a token that runs out sooner is changed first */
#define LOCK_MS 50         /* between two looks whether another process has done */
#define LOCK_MOST_MS 20000
#define CODE_DIGITS 6      /* RFC 6238, as the server makes them */
#define REFUSALS_MOST 3    /* of fresh tokens, one after the other */

struct told { /* an answer to somebody who signed in or out, from the loop */
	TAILQ_ENTRY(told) link;
	reply_fn fn;
	void *arg;
	struct err err;
};

struct restauth {
	uv_loop_t *loop;
	struct resthttp *http;
	struct tokens *tokens;
	const struct restauth_events *events;
	void *arg;

	char *header;          /* "Authorization: Bearer …", NULL = none */
	unsigned serial, refusals;
	uint64_t until;        /* loop time: good that long */

	enum client_sign want;
	char *login, *mfa;     /* as typed; the ticket between password and code */
	char *password, *refresh_token; /* of SIGN_CHANGE: the one that is to be changed; remembered when it is */
	bool totp;             /* the person has an authenticator */
	struct err err;

	bool refreshing;
	uint64_t lock_since;
	struct resthttp_call *refresh, *sign;
	reply_fn fn;           /* who waits for `sign` */
	void *fn_arg;
	enum client_sign signing; /* what `sign` answers; SIGN_NONE: it signs out */

	TAILQ_HEAD(told_queue, told) told;
	uv_timer_t tell, lock;
	int open;
};

/* ---- telling ----------------------------------------------------------------------------------------------- */

/* The callback may free the client: nothing is touched after it. */
static void on_tell(uv_timer_t *timer)
{
	struct restauth *a = timer->data;
	struct told *t = TAILQ_FIRST(&a->told), copy = *t;
	struct reply r = { .err = copy.err.kind != ERR_NONE ? &copy.err : NULL, .count = -1 };

	TAILQ_REMOVE(&a->told, t, link);
	free(t);
	if (!TAILQ_EMPTY(&a->told))
		uv_timer_start(&a->tell, on_tell, 0, 0);
	copy.fn(&r, copy.arg);
}

/* e NULL: it went well. */
static void tell(struct restauth *a, reply_fn fn, void *arg, const struct err *e)
{
	struct told *t;

	if (fn == NULL)
		return;
	t = xcalloc(1, sizeof *t);
	*t = (struct told){ .fn = fn, .arg = arg };
	if (e != NULL)
		t->err = *e;
	TAILQ_INSERT_TAIL(&a->told, t, link);
	uv_timer_start(&a->tell, on_tell, 0, 0);
}

static void want(struct restauth *a, enum client_sign what)
{
	bool other = a->want != what;

	a->want = what;
	if (other)
		a->events->wanted(a->arg);
}

/* ---- tokens ------------------------------------------------------------------------------------------------ */

static void forget_access(struct restauth *a)
{
	tokens_wipe(a->header);
	a->header = NULL;
}

/* What is kept from one step of signing in to the next. */
static void forget_steps(struct restauth *a)
{
	tokens_wipe(a->mfa);
	tokens_wipe(a->password);
	tokens_wipe(a->refresh_token);
	a->mfa = a->password = a->refresh_token = NULL;
}

static void wipe_member(json_t *doc, const char *name)
{
	const char *s = json_string_value(json_object_get(doc, name));

	if (s != NULL)
		explicit_bzero((char *)(uintptr_t)s, strlen(s)); /* the document is ours, and goes now */
}

/*
 * The new refresh token is put away before anything is done with its access token. A step-up gives none; one that is
 * good for nothing but choosing a password is not remembered.
 */
static bool take_tokens(struct restauth *a, json_t *doc, bool refreshes)
{
	const char *access = json_string_value(json_object_get(doc, "access_token"));
	const char *refresh = json_string_value(json_object_get(doc, "refresh_token"));
	json_int_t seconds = json_integer_value(json_object_get(doc, "expires_in"));

	if (access == NULL || (refresh == NULL && refreshes) || strpbrk(access, "\r\n") != NULL || seconds <= 0)
		return false;
	if (json_is_true(json_object_get(doc, "must_change")))
		a->refresh_token = xstrdup(refresh);
	else if (refresh != NULL)
		tokens_put(a->tokens, a->login, refresh);
	forget_access(a);
	a->header = xasprintf("Authorization: Bearer %s", access);
	a->serial++;
	a->until = uv_now(a->loop) + (uint64_t)seconds * 1000;
	wipe_member(doc, "access_token");
	wipe_member(doc, "refresh_token");
	err_clear(&a->err);
	return true;
}

static struct resthttp_call *post(struct restauth *a, const char *what, json_t *doc, bool as_ourselves,
    void (*done)(const struct resthttp_answer *, void *))
{
	char *path = xasprintf(ROOT "%s", what), *body = json_dumps(doc, JSON_COMPACT);
	const char *headers[] = { a->header };
	struct resthttp_call *c = resthttp_send(a->http, &(struct resthttp_ask){ .method = "POST", .path = path, .body = body,
		.headers = headers, .nheaders = as_ourselves && a->header != NULL, .secret = true, .timeout_ms = TIME_MS,
		.most = 65536, .done = done, .arg = a });

	static const char *const secrets[] = { "refresh_token", "password", "code", "mfa_token", "current", "new" };
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		wipe_member(doc, secrets[i]);
	json_decref(doc);
	tokens_wipe(body);
	free(path);
	return c;
}

/* The document of a success; else NULL, `e` and the problem's name. */
static json_t *document(const struct resthttp_answer *r, char code[static RESTERR_CODE], struct err *e)
{
	code[0] = '\0';
	if (r->err != NULL)
		*e = *r->err;
	else if (r->status >= 200 && r->status < 300)
		return r->length > 0 ? resterr_json(r->type, r->body, r->length, e) : json_object();
	else
		resterr_from_answer(r->status, r->type, r->body, r->length, code, e);
	return NULL;
}

/* ---- refreshing -------------------------------------------------------------------------------------------- */

static void over(struct restauth *a)
{
	tokens_drop(a->tokens);
	forget_access(a);
	forget_steps(a);
	err_set(&a->err, ERR_DENIED, "E-LOGIN", NULL, _("Sign in again: domovoi login"), "%s", _("the login is over"));
	want(a, SIGN_PASSWORD);
}

static void on_refreshed(const struct resthttp_answer *r, void *arg)
{
	struct restauth *a = arg;
	char code[RESTERR_CODE];
	struct err e;
	json_t *doc = document(r, code, &e);
	bool good = doc != NULL && take_tokens(a, doc, true);

	a->refresh = NULL;
	a->refreshing = false;
	json_decref(doc);
	if (!good && r->err == NULL && (r->status == 401 || r->status == 403)) {
		over(a);
		tokens_unlock(a->tokens);
		return;
	}
	tokens_unlock(a->tokens);
	if (good) {
		a->events->ready(a->arg);
		return;
	}
	if (doc != NULL)
		err_set(&e, ERR_FAILED, "E-API", NULL, NULL, "%s", _("the server's answer cannot be read"));
	a->events->trouble(&e, r->retry_after != NULL ? atoi(r->retry_after) : 0, a->arg);
}

static void begin_refresh(struct restauth *a);

static void on_lock(uv_timer_t *timer)
{
	begin_refresh(timer->data);
}

static void begin_refresh(struct restauth *a)
{
	char *token;

	if (!tokens_lock(a->tokens) && uv_now(a->loop) - a->lock_since < LOCK_MOST_MS) {
		uv_timer_start(&a->lock, on_lock, LOCK_MS, 0);
		return;
	}
	token = tokens_get(a->tokens);
	if (token == NULL) {
		a->refreshing = false;
		tokens_unlock(a->tokens);
		err_set(&a->err, ERR_DENIED, "E-LOGIN", NULL, _("Sign in: domovoi login"), "%s", _("nobody is signed in"));
		want(a, SIGN_PASSWORD);
		return;
	}
	a->refresh = post(a, "refresh", json_pack("{s:s}", "refresh_token", token), false, on_refreshed);
	tokens_wipe(token);
}

const char *restauth_bearer(struct restauth *a, unsigned *serial)
{
	if (a->want != SIGN_NONE && a->want != SIGN_STEP_UP)
		return NULL;
	if (a->header != NULL && uv_now(a->loop) + EARLY_MS < a->until) {
		*serial = a->serial;
		return a->header;
	}
	if (a->refreshing)
		return NULL;
	a->refreshing = true;
	a->lock_since = uv_now(a->loop);
	/* not from inside of the request: what comes of it may be an event */
	uv_timer_start(&a->lock, on_lock, 0, 0);
	return NULL;
}

void restauth_refused(struct restauth *a, unsigned serial)
{
	if (serial != a->serial || a->header == NULL)
		return;
	forget_access(a);
	if (++a->refusals >= REFUSALS_MOST)
		over(a);
}

void restauth_accepted(struct restauth *a)
{
	a->refusals = 0;
}

/* ---- signing in and out ------------------------------------------------------------------------------------ */

static void signed_in(struct restauth *a)
{
	forget_steps(a);
	want(a, SIGN_NONE);
	a->events->ready(a->arg);
}

/* False and `e`: the document is none of those that may come. */
static bool take_sign(struct restauth *a, json_t *doc, struct err *e)
{
	const char *mfa = json_string_value(json_object_get(doc, "mfa_token"));

	if (a->signing == SIGN_NONE)
		return true;
	if (a->signing == SIGN_CHANGE) {
		tokens_put(a->tokens, a->login, a->refresh_token);
		signed_in(a);
		return true;
	}
	if (take_tokens(a, doc, a->signing != SIGN_STEP_UP)) {
		a->totp = a->signing == SIGN_CODE || (a->totp && a->signing == SIGN_STEP_UP);
		if (a->refresh_token != NULL)
			want(a, SIGN_CHANGE);
		else
			signed_in(a);
		return true;
	}
	if (a->signing == SIGN_PASSWORD && mfa != NULL) {
		a->mfa = xstrdup(mfa);
		wipe_member(doc, "mfa_token");
		want(a, SIGN_CODE);
		return true;
	}
	err_set(e, ERR_FAILED, "E-API", NULL, NULL, "%s", _("the server's answer cannot be read"));
	return false;
}

/* The server says no more than that something was wrong; here it is known what was typed. */
static void say_what_was_wrong(const struct restauth *a, struct err *e)
{
	if (a->signing == SIGN_CODE || (a->signing == SIGN_STEP_UP && a->totp))
		err_set(e, ERR_DENIED, "E-LOGIN", NULL, _("Wait for the next one"), "%s",
		    _("the code is wrong, or was used already"));
	else if (a->signing == SIGN_STEP_UP)
		err_set(e, ERR_DENIED, "E-LOGIN", NULL, NULL, "%s", _("the password is wrong"));
	else if (a->signing == SIGN_CHANGE)
		err_set(e, ERR_DENIED, "E-LOGIN", NULL, _("Sign in with the newest one"), "%s",
		    _("the password was changed meanwhile"));
}

/*
 * The step's time is over (five minutes for a code, ten for a new password); or the password that was to be changed is
 * no longer that: the answer to a change got lost, or somebody has reset it once more.
 */
static bool is_to_begin_anew(const struct restauth *a, const char *code)
{
	bool token = strcmp(code, "token-expired") == 0 || strcmp(code, "token-invalid") == 0;

	return a->signing == SIGN_CODE ? token : a->signing == SIGN_CHANGE &&
	    (token || strcmp(code, "session-revoked") == 0 || strcmp(code, "invalid-credentials") == 0);
}

static void on_signed(const struct resthttp_answer *r, void *arg)
{
	struct restauth *a = arg;
	char code[RESTERR_CODE];
	struct err e;
	json_t *doc = document(r, code, &e);
	reply_fn fn = a->fn;
	bool good = doc != NULL && take_sign(a, doc, &e);

	a->sign = NULL;
	a->fn = NULL;
	json_decref(doc);
	if (!good && strcmp(code, "invalid-credentials") == 0)
		say_what_was_wrong(a, &e);
	if (!good && is_to_begin_anew(a, code)) {
		forget_access(a);
		want(a, SIGN_PASSWORD);
	}
	if (a->want == SIGN_PASSWORD)
		forget_steps(a);
	tell(a, fn, a->fn_arg, good ? NULL : &e);
}

static void send_sign(struct restauth *a, const char *what, json_t *doc, bool as_ourselves, reply_fn fn, void *arg)
{
	a->fn = fn;
	a->fn_arg = arg;
	a->sign = post(a, what, doc, as_ourselves, on_signed);
}

/* As an authenticator shows it, "123 456", or without the blank. */
static bool is_code(const char *secret)
{
	size_t digits = 0;

	for (; *secret == ' ' || (*secret >= '0' && *secret <= '9'); secret++)
		digits += *secret != ' ';
	return *secret == '\0' && digits == CODE_DIGITS;
}

/* A code without its blanks, anything else as it is; the caller wipes it. */
static char *as_sent(const char *secret, bool code)
{
	char *copy = xstrdup(secret), *to = copy;

	for (const char *from = secret; *from != '\0'; from++)
		if (!code || *from != ' ')
			*to++ = *from;
	*to = '\0';
	return copy;
}

/* Says it to the server; what it answers changes nothing here. */
static void end_session(struct restauth *a, reply_fn fn, void *arg)
{
	a->signing = SIGN_NONE;
	send_sign(a, "logout", json_object(), true, fn, arg);
}

static void give_up(struct restauth *a)
{
	bool proving = a->want == SIGN_STEP_UP;

	forget_steps(a);
	if (a->want == SIGN_CHANGE) {
		end_session(a, NULL, NULL);
		forget_access(a);
	}
	err_set(&a->err, ERR_DENIED, "E-LOGIN", NULL, _("Sign in: domovoi login"), "%s", _("nobody is signed in"));
	want(a, proving || a->header != NULL ? SIGN_NONE : SIGN_PASSWORD);
}

void restauth_sign_in(struct restauth *a, const char *login, const char *secret, reply_fn fn, void *arg)
{
	struct err e;

	if (a->sign != NULL) {
		err_set(&e, ERR_FAILED, "E-LOGIN", NULL, NULL, "%s", _("an answer is being checked already"));
		tell(a, fn, arg, &e);
		return;
	}
	if (secret == NULL) {
		give_up(a);
		tell(a, fn, arg, NULL);
		return;
	}
	a->signing = a->want == SIGN_NONE ? SIGN_PASSWORD : a->want;
	bool code = (a->signing == SIGN_CODE || a->signing == SIGN_STEP_UP) && is_code(secret);
	char *sent = as_sent(secret, code);
	if (a->signing == SIGN_STEP_UP) {
		send_sign(a, "step-up", json_pack("{s:s}", code ? "code" : "password", sent), true, fn, arg);
	} else if (a->signing == SIGN_CODE) {
		send_sign(a, "mfa", json_pack("{s:s, s:s, s:s}", "mfa_token", a->mfa, "method", code ? "totp" : "recovery",
		    "code", sent), false, fn, arg);
	} else if (a->signing == SIGN_CHANGE) {
		send_sign(a, "password", json_pack("{s:s, s:s}", "current", a->password, "new", sent), true, fn, arg);
	} else {
		forget_steps(a);
		free(a->login);
		a->login = xstrdup(login != NULL ? login : "");
		a->password = xstrdup(sent);
		send_sign(a, "login", json_pack("{s:s, s:s, s:s}", "login", a->login, "password", sent, "client",
		    "domovoi/" PACKAGE_VERSION), false, fn, arg);
	}
	tokens_wipe(sent);
}

void restauth_sign_out(struct restauth *a, reply_fn fn, void *arg)
{
	if (a->sign == NULL && a->header != NULL) {
		end_session(a, fn, arg);
	} else {
		tell(a, fn, arg, NULL);
	}
	over(a);
}

void restauth_want_step_up(struct restauth *a)
{
	if (a->want == SIGN_NONE)
		want(a, SIGN_STEP_UP);
}

enum client_sign restauth_sign(const struct restauth *a)
{
	return a->want;
}

const char *restauth_login(const struct restauth *a)
{
	return *a->login != '\0' ? a->login : tokens_login(a->tokens);
}

bool restauth_by_code(const struct restauth *a)
{
	return a->totp;
}

void restauth_learn(struct restauth *a, bool totp)
{
	a->totp = totp;
}

const struct err *restauth_error(const struct restauth *a)
{
	return &a->err;
}

const struct err *restauth_forgets(const struct restauth *a)
{
	return tokens_trouble(a->tokens);
}

/* ---- life -------------------------------------------------------------------------------------------------- */

struct restauth *restauth_new(uv_loop_t *loop, struct resthttp *http, const char *tokens,
    const struct restauth_events *events, void *arg)
{
	struct restauth *a = xcalloc(1, sizeof *a);

	*a = (struct restauth){ .loop = loop, .http = http, .tokens = tokens_open(resthttp_url(http), tokens),
		.events = events, .arg = arg, .open = 2 };
	a->login = xstrdup(tokens_login(a->tokens));
	TAILQ_INIT(&a->told);
	uv_timer_init(loop, &a->tell);
	uv_timer_init(loop, &a->lock);
	a->tell.data = a->lock.data = a;
	return a;
}

static void on_closed(uv_handle_t *h)
{
	struct restauth *a = h->data;

	if (--a->open == 0)
		free(a);
}

void restauth_free(struct restauth *a)
{
	struct told *t;

	resthttp_cancel(a->refresh);
	resthttp_cancel(a->sign);
	while ((t = TAILQ_FIRST(&a->told)) != NULL) {
		TAILQ_REMOVE(&a->told, t, link);
		free(t);
	}
	forget_access(a);
	forget_steps(a);
	tokens_close(a->tokens);
	free(a->login);
	uv_close((uv_handle_t *)&a->tell, on_closed);
	uv_close((uv_handle_t *)&a->lock, on_closed);
}

/* What an answer means: done, once more, not yet, or nobody there. */
#include "config.h"

#include "client/rest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/answer.h"
#include "client/restask.h"
#include "client/resterr.h"

#define MAX_ATTEMPTS 5      /* of one ticket: what ends the server is not tried for ever */
#define CODE_MS 60000
#define JOB_MS 700          /* between two looks at a report that is being made */

/* ---- access codes ------------------------------------------------------------------------------------------ */

void restanswer_wipe(struct rest *b)
{
	if (b->code != NULL)
		explicit_bzero(b->code, strlen(b->code));
	free(b->code);
	free(b->view);
	json_decref(b->place);
	b->code = b->view = NULL;
	b->place = NULL;
}

/* The document is ours, and goes now. */
static void wipe_code(json_t *doc)
{
	const char *code = json_string_value(json_object_get(doc, "code"));

	if (code != NULL)
		explicit_bzero((char *)(uintptr_t)code, strlen(code));
}

static void on_wipe(uv_timer_t *timer)
{
	restanswer_wipe(timer->data);
}

/* The server logs the look and gives the code in one answer: the second step of client_reveal() is answered here. */
static void keep_code(struct rest *b, struct ticket *t)
{
	const char *view = json_string_value(json_object_get(t->out, "view"));
	const char *code = json_string_value(json_object_get(t->out, "code"));

	restanswer_wipe(b);
	if (view != NULL && code != NULL) {
		b->view = xstrdup(view);
		b->code = xstrdup(code);
		wipe_code(t->out);
		json_object_del(t->out, "code");
		b->place = json_deep_copy(t->out);
		uv_timer_start(&b->wipe, on_wipe, CODE_MS, 0);
	}
}

void restanswer_code(struct rest *b, struct ticket *t)
{
	if (b->view == NULL || strcmp(b->view, t->key) != 0) {
		answer_no_record(&t->err, t->key);
	} else {
		t->out = json_deep_copy(b->place);
		json_object_set_new(t->out, "code", json_string(b->code));
		restanswer_wipe(b);
	}
	client_done(b->client, t);
}

/* ---- judging ----------------------------------------------------------------------------------------------- */

uint64_t restanswer_due(const struct rest *b, const struct ticket *t)
{
	return (t->since > b->down_since ? t->since : b->down_since) + b->retry_ms;
}

static void learn_clock(struct rest *b, const char *server_time)
{
	struct timeval now;
	long long theirs = server_time != NULL ? strtoll(server_time, NULL, 10) : 0;

	if (theirs <= 0)
		return;
	gettimeofday(&now, NULL);
	long long ahead = theirs - ((long long)now.tv_sec * 1000 + now.tv_usec / 1000);
	b->skew_ms = ahead > INT32_MAX ? INT32_MAX : ahead < INT32_MIN ? INT32_MIN : (int)ahead;
}

/* Somebody who speaks for the API has answered. */
static void is_up(struct rest *b, const struct resthttp_answer *r)
{
	learn_clock(b, r->server_time);
	if (r->status != 401)
		restauth_accepted(b->auth);
	b->latency_ms = r->ms;
	b->up = true;
	b->attempt = 0;
	err_clear(&b->err);
	rest_tell_state(b);
}

/* Lost on the way, there or back: sent again when somebody answers, if that does no harm. */
static void was_lost(struct rest *b, struct ticket *t, const struct err *e, int wait_s)
{
	rest_went_down(b, e, wait_s);
	if (restask_again(t) && t->attempts < MAX_ATTEMPTS && !b->refused) {
		rest_wait_again(b, t);
		return;
	}
	if (restask_again(t))
		t->err = *e;
	else
		answer_import_broke(&t->err);
	client_done(b->client, t);
}

static bool says(const char *code, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(code, *list) == 0)
			return true;
	return false;
}

/* The server asks for patience: as much as the asker has. */
static bool is_patient(struct rest *b, struct ticket *t, const struct resthttp_answer *r, const char *code)
{
	static const char *const later[] = { "in-flight", "overloaded", "stopping", "pool-exhausted", "db-unavailable",
		"lock-timeout", "serialization", "rate-limited", NULL };
	int seconds = r->retry_after != NULL ? atoi(r->retry_after) : 1;

	if (!says(code, later) || !restask_again(t) || t->attempts >= MAX_ATTEMPTS || seconds < 0 ||
	    uv_now(b->loop) + (uint64_t)seconds * 1000 > restanswer_due(b, t))
		return false;
	rest_hold(b, seconds > 0 ? seconds : 1);
	rest_wait_again(b, t);
	return true;
}

static void is_readonly(struct rest *b, bool readonly)
{
	if (b->readonly != readonly)
		client_health_changed(b->client);
	b->readonly = readonly;
}

/* A refusal: waits for a token, for a proof, for a moment; or is one. */
static void refused(struct rest *b, struct restflight *f, const struct resthttp_answer *r)
{
	struct ticket *t = f->ticket;
	char code[RESTERR_CODE];

	resterr_from_answer(r->status, r->type, r->body, r->length, code, &t->err);
	if (*code == '\0' && t->err.kind == ERR_UNREACHABLE) {
		struct err e = t->err;
		err_clear(&t->err);
		was_lost(b, t, &e, r->retry_after != NULL ? atoi(r->retry_after) : 0);
		return;
	}
	is_up(b, r);
	if (r->status == 401 && t->attempts < MAX_ATTEMPTS) {
		restauth_refused(b->auth, f->serial);
		err_clear(&t->err);
		rest_wait_again(b, t);
		return;
	}
	if (strcmp(code, "step-up-required") == 0) {
		err_clear(&t->err);
		t->held = true;
		rest_wait_again(b, t);
		restauth_want_step_up(b->auth);
		return;
	}
	if (is_patient(b, t, r, code)) {
		err_clear(&t->err);
		return;
	}
	if (strcmp(code, "read-only") == 0)
		is_readonly(b, true);
	if (strcmp(t->err.code, "E-KEY") == 0 && t->key != NULL)
		answer_several(&t->err, t->key);
	client_done(b->client, t);
}

static void job_failed(struct ticket *t, const json_t *doc)
{
	const json_t *why = json_object_get(doc, "failure");
	json_t *refusal = json_pack("{s:O*, s:O*, s:O*, s:O*}", "code", json_object_get(why, "dm"), "field",
	    json_object_get(why, "field"), "message", json_object_get(why, "detail"), "remedy",
	    json_object_get(why, "remedy"));

	resterr_from_refusal(refusal, &t->err);
	json_decref(refusal);
}

/*
 * A report that takes long is made aside (202): the ticket waits, asks how far it is, and at last for what it came to.
 * False: this is what it came to, or no such thing at all.
 */
static bool is_made_aside(struct rest *b, struct ticket *t, const json_t *doc, int status)
{
	const char *id = json_string_value(json_object_get(doc, "id"));
	const char *state = json_string_value(json_object_get(doc, "status"));

	if (t->ask != ASK_REPORT || (t->key == NULL ? status != 202 : strchr(t->key, '/') != NULL) || id == NULL ||
	    !uuid_valid(id) || state == NULL)
		return false;
	if (strcmp(state, "failed") == 0 || strcmp(state, "cancelled") == 0) {
		job_failed(t, doc);
		client_done(b->client, t);
		return true;
	}
	bool done = strcmp(state, "done") == 0;
	char *next = xasprintf("%s%s", id, done ? "/result" : "");
	free(t->key);
	t->key = next;
	t->not_before = uv_now(b->loop) + (done ? 0 : JOB_MS);
	t->attempts = 0;
	rest_wait_again(b, t);
	return true;
}

static void taken(struct rest *b, struct ticket *t, const struct resthttp_answer *r)
{
	struct err e;
	json_t *doc = resterr_json(r->type, r->body, r->length, &e);

	if (doc == NULL && e.kind == ERR_UNREACHABLE) {
		was_lost(b, t, &e, 0); /* somebody in between */
		return;
	}
	is_up(b, r);
	if (t->timeout_ms == CLASS_LIST && pace_took(&b->pace, r->ms))
		client_health_changed(b->client);
	if (ticket_writes(t))
		is_readonly(b, false);
	if (doc != NULL && is_made_aside(b, t, doc, r->status)) {
		json_decref(doc);
		return;
	}
	if (doc == NULL)
		t->err = e;
	else
		restask_answer(t, doc);
	if (t->ask == ASK_REVEAL && t->err.kind == ERR_NONE)
		keep_code(b, t);
	if (t->ask == ASK_REVEAL && doc != NULL)
		wipe_code(doc);
	json_decref(doc);
	client_done(b->client, t);
}

static void landed(struct restflight *f)
{
	LIST_REMOVE(f, link);
	f->rest->nflights--;
	if (f->ticket != NULL)
		f->ticket->place = NULL;
	if (f->ticket != NULL && ticket_writes(f->ticket))
		f->rest->writing = false;
}

void restanswer_ticket(const struct resthttp_answer *r, void *arg)
{
	struct restflight *f = arg;
	struct rest *b = f->rest;

	landed(f);
	if (r->err != NULL && r->err->kind == ERR_UNREACHABLE) {
		was_lost(b, f->ticket, r->err, 0);
	} else if (r->err != NULL) {
		f->ticket->err = *r->err;
		client_done(b->client, f->ticket);
	} else if (r->status >= 200 && r->status < 300) {
		taken(b, f->ticket, r);
	} else {
		refused(b, f, r);
	}
	free(f);
	rest_dispatch(b);
}

/* ---- who a session is -------------------------------------------------------------------------------------- */

static void session_refused(struct rest *b, struct session *s, const struct err *e)
{
	s->state = SESSION_FAILED;
	s->err = *e;
	rest_fail_waiting(b, s, e);
	client_state_changed(b->client); /* settled now */
}

/* The server's clock decides when its day is over, ours only how much of it has passed. */
static bool learn(struct rest *b, struct session *s, const json_t *doc)
{
	struct table *t = restask_me(doc);
	bool good = t != NULL && session_learn(s, t);

	if (good)
		s->clock_at += b->skew_ms / 1000;
	if (good)
		restauth_learn(b->auth, json_is_true(json_object_get(json_object_get(doc, "user"), "totp")));
	table_free(t);
	return good;
}

void restanswer_whoami(const struct resthttp_answer *r, void *arg)
{
	struct restflight *f = arg;
	struct rest *b = f->rest;
	struct session *s = f->session;
	bool success = r->err == NULL && r->status >= 200 && r->status < 300;
	char code[RESTERR_CODE] = "";
	struct err e = { 0 };
	json_t *doc = success ? resterr_json(r->type, r->body, r->length, &e) : NULL;

	landed(f);
	s->asking = NULL;
	if (r->err != NULL)
		e = *r->err;
	else if (!success)
		resterr_from_answer(r->status, r->type, r->body, r->length, code, &e);
	if (doc == NULL && e.kind == ERR_UNREACHABLE) {
		rest_went_down(b, &e, r->retry_after != NULL ? atoi(r->retry_after) : 0);
	} else if (r->status == 401) {
		restauth_refused(b->auth, f->serial);
	} else if (r->status == 429) {
		rest_hold(b, r->retry_after != NULL ? atoi(r->retry_after) : 1);
	} else {
		is_up(b, r);
		if (doc != NULL && !learn(b, s, doc))
			err_set(&e, ERR_FAILED, "E-API", NULL, NULL, "%s", _("the server's answer cannot be read"));
		if (e.kind != ERR_NONE)
			session_refused(b, s, &e);
		else
			restlive_start(b->live);
	}
	json_decref(doc);
	free(f);
	rest_dispatch(b);
}

/*
 * The REST backend: the same tickets as over libpq, each one request to the API. What a lost connection took with it is
 * sent again: reads as they are, writes under the same Idempotency-Key. A write is answered before what was asked after
 * it is sent, so that nobody reads what stood there before.
 */
#include "config.h"

#include "client/rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/resterr.h"

#define DEPTH 6             /* requests in flight */
#define RETRY_MS 5000
#define FIRST_MS 250        /* between attempts while nobody answers, doubled … */
#define MOST_MS 5000        /* … up to this */

static struct rest *rest_of(struct backend *b)
{
	return (struct rest *)(void *)b; /* base is the first member */
}

static const struct rest *rest_of_const(const struct backend *b)
{
	return (const struct rest *)(const void *)b;
}

/* ---- state ------------------------------------------------------------------------------------------------- */

static bool is_signed_out(const struct rest *b)
{
	enum client_sign want = restauth_sign(b->auth);

	return want != SIGN_NONE && want != SIGN_STEP_UP;
}

static enum client_state rest_state(const struct backend *base)
{
	const struct rest *b = rest_of_const(base);
	const struct session *s = LIST_FIRST(&b->sessions);

	if (is_signed_out(b) || b->refused)
		return CLIENT_FAILED;
	if (b->up)
		return s != NULL && s->state == SESSION_FAILED ? CLIENT_FAILED : CLIENT_ONLINE;
	return b->was_up || b->err.kind != ERR_NONE ? CLIENT_RECONNECTING : CLIENT_CONNECTING;
}

void rest_tell_state(struct rest *b)
{
	enum client_state st = rest_state(&b->base);
	enum client_sign sign = restauth_sign(b->auth);

	if (st == CLIENT_ONLINE && b->was_up && b->told != CLIENT_ONLINE) {
		client_data_changed(b->client); /* who knows what happened meanwhile */
		restlive_wake(b->live);
	}
	if (st == CLIENT_ONLINE)
		b->was_up = true;
	if (st != b->told || sign != b->told_sign)
		client_state_changed(b->client);
	b->told = st;
	b->told_sign = sign;
}

static const struct err *rest_error(const struct backend *base)
{
	const struct rest *b = rest_of_const(base);
	const struct session *s = LIST_FIRST(&b->sessions);

	if (is_signed_out(b))
		return restauth_error(b->auth);
	return b->up && s != NULL && s->state == SESSION_FAILED ? &s->err : &b->err;
}

static const char *rest_target(const struct backend *base)
{
	return resthttp_target(rest_of_const(base)->http);
}

static int rest_latency_ms(const struct backend *base)
{
	return rest_of_const(base)->latency_ms;
}

static void rest_health(const struct backend *base, struct client_health *h)
{
	const struct rest *b = rest_of_const(base);

	h->latency_ms = b->pace.samples > 0 ? b->pace.average_ms : b->latency_ms;
	h->slow = b->pace.slow;
	h->readonly = b->readonly;
	h->attempt = b->attempt;
}

static bool rest_live(const struct backend *base)
{
	return restlive_live(rest_of_const(base)->live);
}

static bool rest_settled(const struct backend *base)
{
	const struct rest *b = rest_of_const(base);
	const struct session *s;

	if (rest_state(base) == CLIENT_FAILED)
		return true;
	if (!b->up)
		return uv_now(b->loop) >= b->down_since + b->retry_ms;
	LIST_FOREACH(s, &b->sessions, backend_link)
		if (s->state == SESSION_NEW)
			return false;
	return restlive_settled(b->live);
}

/* ---- the queue --------------------------------------------------------------------------------------------- */

void rest_wait_again(struct rest *b, struct ticket *t)
{
	struct ticket *o;

	t->place = NULL;
	TAILQ_FOREACH(o, &b->waiting, queue)
		if (o->seq > t->seq)
			break;
	if (o != NULL)
		TAILQ_INSERT_BEFORE(o, t, queue);
	else
		TAILQ_INSERT_TAIL(&b->waiting, t, queue);
}

void rest_fail_waiting(struct rest *b, const struct session *s, const struct err *e)
{
	struct ticket *t, *next;

	for (t = TAILQ_FIRST(&b->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, queue);
		if (s != NULL && t->session != s)
			continue;
		TAILQ_REMOVE(&b->waiting, t, queue);
		client_fail(b->client, t, e);
	}
}

static void on_again(uv_timer_t *timer)
{
	rest_dispatch(timer->data);
}

/* The next moment at which something may be sent that may not now. */
static void arm_again(struct rest *b)
{
	const struct ticket *t;
	uint64_t now = uv_now(b->loop), at = b->hold_until > now ? b->hold_until : UINT64_MAX;

	TAILQ_FOREACH(t, &b->waiting, queue)
		if (t->not_before > now && t->not_before < at)
			at = t->not_before;
	if (at == UINT64_MAX)
		uv_timer_stop(&b->again);
	else
		uv_timer_start(&b->again, on_again, at - now, 0);
}

static void wait_until(struct rest *b, uint64_t at)
{
	if (at > b->hold_until)
		b->hold_until = at;
	arm_again(b);
}

void rest_hold(struct rest *b, int seconds)
{
	wait_until(b, uv_now(b->loop) + (uint64_t)seconds * 1000);
}

void rest_went_down(struct rest *b, const struct err *e, int wait_s)
{
	uint64_t wait = FIRST_MS;

	b->err = *e;
	b->refused = strcmp(e->code, "E-TLS") == 0;
	if (b->up)
		b->down_since = uv_now(b->loop);
	b->up = false;
	b->pace = (struct pace){ 0 };
	for (unsigned i = 0; i < b->attempt && wait < MOST_MS; i++)
		wait *= 2;
	b->attempt++;
	client_health_changed(b->client);
	if (b->refused)
		rest_fail_waiting(b, NULL, e);
	else
		wait_until(b, uv_now(b->loop) + (wait_s > 0 ? (uint64_t)wait_s * 1000 : wait < MOST_MS ? wait : MOST_MS));
	rest_tell_state(b);
}

/* ---- sending ----------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct rest *b)
{
	const struct session *s;

	LIST_FOREACH(s, &b->sessions, backend_link)
		if (s->state == SESSION_NEW)
			return true;
	return !TAILQ_EMPTY(&b->waiting) || (!b->up && !LIST_EMPTY(&b->sessions));
}

/* While nobody answers, the newest session asks again who it is: the first that is heard of a server that came back. */
static void ask_sessions(struct rest *b, const char *bearer, unsigned serial)
{
	struct session *s;

	LIST_FOREACH(s, &b->sessions, backend_link)
		if (s->asking == NULL && (s->state == SESSION_NEW || (!b->up && s->state == SESSION_KNOWN &&
		    TAILQ_EMPTY(&b->waiting) && s == LIST_FIRST(&b->sessions))))
			restsend_whoami(b, s, bearer, serial);
}

static void arm_patience(struct rest *b);

void rest_dispatch(struct rest *b)
{
	struct ticket *t, *next;
	const char *bearer = NULL;
	unsigned serial = 0;

	if (is_wanted(b) && !b->refused && uv_now(b->loop) >= b->hold_until)
		bearer = restauth_bearer(b->auth, &serial);
	if (bearer != NULL)
		ask_sessions(b, bearer, serial);
	for (t = TAILQ_FIRST(&b->waiting); bearer != NULL && t != NULL; t = next) {
		next = TAILQ_NEXT(t, queue);
		if (t->session->state != SESSION_KNOWN || t->held || t->not_before > uv_now(b->loop))
			continue;
		if (b->writing || b->nflights >= DEPTH || (!b->up && b->nflights > 0))
			break;
		restsend_ticket(b, t, bearer, serial);
	}
	arm_again(b);
	arm_patience(b);
}

static void on_patience(uv_timer_t *timer)
{
	struct rest *b = timer->data;
	struct ticket *t, *next;
	struct err e = b->err;

	if (e.kind == ERR_NONE)
		resterr_unreachable(&e, resthttp_target(b->http));
	for (t = TAILQ_FIRST(&b->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, queue);
		if (restanswer_due(b, t) <= uv_now(b->loop)) {
			TAILQ_REMOVE(&b->waiting, t, queue);
			client_fail(b->client, t, &e);
		}
	}
	client_state_changed(b->client); /* settled now, if it was not */
	arm_patience(b);
}

/* Runs only while nobody answers and somebody waits for it; who has to sign in first has all the time that takes. */
static void arm_patience(struct rest *b)
{
	const struct ticket *t;
	uint64_t now = uv_now(b->loop), at = b->down_since + b->retry_ms;

	if (at <= now || LIST_EMPTY(&b->sessions))
		at = UINT64_MAX;
	TAILQ_FOREACH(t, &b->waiting, queue)
		if (restanswer_due(b, t) < at)
			at = restanswer_due(b, t);
	if (b->up || b->refused || is_signed_out(b) || at == UINT64_MAX)
		uv_timer_stop(&b->patience);
	else
		uv_timer_start(&b->patience, on_patience, at > now ? at - now : 0, 0);
}

/* ---- events ------------------------------------------------------------------------------------------------ */

static void on_auth_ready(void *arg)
{
	struct rest *b = arg;
	struct ticket *t;

	if (restauth_sign(b->auth) == SIGN_NONE) {
		TAILQ_FOREACH(t, &b->waiting, queue) {
			t->held = false;
			t->since = uv_now(b->loop); /* how long somebody typed is no fault of the server's */
		}
	}
	rest_tell_state(b);
	if (!LIST_EMPTY(&b->sessions) && LIST_FIRST(&b->sessions)->state == SESSION_KNOWN)
		restlive_start(b->live);
	rest_dispatch(b);
}

/* Somebody else may sign in: who the sessions are is asked again then. */
static void on_auth_wanted(void *arg)
{
	struct rest *b = arg;
	struct session *s;

	if (is_signed_out(b)) {
		restlive_stop(b->live);
		LIST_FOREACH(s, &b->sessions, backend_link)
			s->state = SESSION_NEW;
	}
	rest_tell_state(b);
	arm_patience(b);
}

static void on_auth_trouble(const struct err *e, int retry_s, void *arg)
{
	struct rest *b = arg;

	rest_went_down(b, e, retry_s);
	arm_patience(b);
}

static void on_changed(void *arg)
{
	client_data_changed(((struct rest *)arg)->client);
}

static void on_live(void *arg)
{
	client_state_changed(((struct rest *)arg)->client);
}

static size_t live_headers(const char **headers, size_t size, unsigned *serial, void *arg)
{
	struct rest *b = arg;
	const struct session *s = LIST_FIRST(&b->sessions);
	const char *bearer = s != NULL && s->state == SESSION_KNOWN ? restauth_bearer(b->auth, serial) : NULL;
	size_t n = 0;

	if (bearer == NULL || size < 1 + ARRAY_LEN(b->header))
		return 0;
	headers[n++] = bearer;
	if (s->asked_company > 0)
		snprintf(b->header[0], sizeof b->header[0], "Domovoi-Company: %d", s->asked_company);
	if (s->asked_role != NULL)
		snprintf(b->header[1], sizeof b->header[1], "Domovoi-Role: %s", s->asked_role);
	if (s->see_as != NULL)
		snprintf(b->header[2], sizeof b->header[2], "Domovoi-See-As: %s", s->see_as);
	for (size_t i = 0; i < ARRAY_LEN(b->header); i++)
		if (b->header[i][0] != '\0')
			headers[n++] = b->header[i];
	return n;
}

static void live_refused(unsigned serial, void *arg)
{
	restauth_refused(((struct rest *)arg)->auth, serial);
}

/* Found out with nothing asked: whoever looks at the screen is not to think that it is up to date. */
static void live_lost(const struct err *e, void *arg)
{
	struct rest *b = arg;

	if (b->up) {
		rest_went_down(b, e, 0);
		arm_patience(b);
	}
}

static const struct restauth_events auth_events = {
	.ready = on_auth_ready, .wanted = on_auth_wanted, .trouble = on_auth_trouble,
};
static const struct restlive_events live_events = {
	.changed = on_changed, .state = on_live, .headers = live_headers, .refused = live_refused,
	.lost = live_lost,
};

/* ---- what the façade calls --------------------------------------------------------------------------------- */

static struct backend *rest_open(struct client *c, uv_loop_t *loop, const struct client_config *cfg, struct err *e)
{
	struct resthttp *http = resthttp_new(loop, cfg->url, cfg->ca, e);
	struct rest *b;

	if (http == NULL)
		return NULL;
	b = xcalloc(1, sizeof *b);
	*b = (struct rest){ .base = { .class = &rest_backend }, .client = c, .loop = loop, .http = http,
		.retry_ms = cfg->retry_ms > 0 ? (uint64_t)cfg->retry_ms : RETRY_MS, .down_since = uv_now(loop),
		.latency_ms = -1, .open_handles = 3 };
	LIST_INIT(&b->sessions);
	TAILQ_INIT(&b->waiting);
	LIST_INIT(&b->flights);
	uv_timer_init(loop, &b->again);
	uv_timer_init(loop, &b->patience);
	uv_timer_init(loop, &b->wipe);
	b->again.data = b->patience.data = b->wipe.data = b;
	b->auth = restauth_new(loop, http, cfg->tokens, &auth_events, b);
	b->live = restlive_new(loop, http, &live_events, b);
	return &b->base;
}

static void on_closed(uv_handle_t *h)
{
	struct rest *b = h->data;

	if (--b->open_handles == 0)
		free(b);
}

static void rest_close(struct backend *base)
{
	struct rest *b = rest_of(base);

	restlive_free(b->live);
	restauth_free(b->auth);
	resthttp_free(b->http);
	restanswer_wipe(b);
	uv_close((uv_handle_t *)&b->again, on_closed);
	uv_close((uv_handle_t *)&b->patience, on_closed);
	uv_close((uv_handle_t *)&b->wipe, on_closed);
}

static void rest_submit(struct backend *base, struct ticket *t)
{
	struct rest *b = rest_of(base);

	if (t->session->state == SESSION_FAILED) {
		client_fail(b->client, t, &t->session->err);
	} else if (b->refused) {
		client_fail(b->client, t, &b->err);
	} else {
		TAILQ_INSERT_TAIL(&b->waiting, t, queue);
		rest_dispatch(b);
	}
}

static void drop_flight(struct rest *b, struct restflight *f)
{
	resthttp_cancel(f->call);
	LIST_REMOVE(f, link);
	b->nflights--;
	free(f);
}

static void rest_cancel(struct backend *base, struct ticket *t)
{
	struct rest *b = rest_of(base);

	restsend_drop_job(b, t);
	if (t->place == NULL) {
		TAILQ_REMOVE(&b->waiting, t, queue);
		return;
	}
	if (ticket_writes(t))
		b->writing = false;
	drop_flight(b, t->place);
	t->place = NULL;
	t->not_before = 0;
	b->hold_until = b->hold_until > uv_now(b->loop) ? b->hold_until : uv_now(b->loop) + 1; /* then who stood behind it */
	arm_again(b);
}

static void rest_enter(struct backend *base, struct session *s)
{
	struct rest *b = rest_of(base);

	LIST_INSERT_HEAD(&b->sessions, s, backend_link);
	rest_dispatch(b);
}

static void rest_leave(struct backend *base, struct session *s)
{
	struct rest *b = rest_of(base);

	LIST_REMOVE(s, backend_link);
	if (s->asking != NULL)
		drop_flight(b, s->asking);
}

static enum client_sign rest_sign(const struct backend *base)
{
	return restauth_sign(rest_of_const(base)->auth);
}

static const char *rest_sign_login(const struct backend *base)
{
	return restauth_login(rest_of_const(base)->auth);
}

static bool rest_sign_by_code(const struct backend *base)
{
	return restauth_by_code(rest_of_const(base)->auth);
}

/* Those who wait for what somebody will not give. */
static void give_up(struct rest *b)
{
	bool all = is_signed_out(b);
	struct ticket *t, *next;
	struct err e;

	if (all)
		err_set(&e, ERR_DENIED, "E-LOGIN", NULL, _("Sign in: domovoi login"), "%s", _("nobody is signed in"));
	else
		err_set(&e, ERR_DENIED, "E-PROOF", NULL, _("Do it once more, and answer when you are asked"), "%s",
		    _("it has to be proved first who you are"));
	for (t = TAILQ_FIRST(&b->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, queue);
		if (!all && !t->held)
			continue;
		TAILQ_REMOVE(&b->waiting, t, queue);
		client_fail(b->client, t, &e);
	}
}

static void rest_sign_in(struct backend *base, const char *login, const char *secret, reply_fn fn, void *arg)
{
	struct rest *b = rest_of(base);

	if (secret == NULL && restauth_sign(b->auth) != SIGN_CHANGE)
		give_up(b);
	restauth_sign_in(b->auth, login, secret, fn, arg);
}

static void rest_sign_out(struct backend *base, reply_fn fn, void *arg)
{
	restauth_sign_out(rest_of(base)->auth, fn, arg);
}

static const struct err *rest_sign_forgets(const struct backend *base)
{
	return restauth_forgets(rest_of_const(base)->auth);
}

static int rest_clock_skew_ms(const struct backend *base)
{
	return rest_of_const(base)->skew_ms;
}

const struct backend_class rest_backend = {
	.open = rest_open,
	.close = rest_close,
	.submit = rest_submit,
	.cancel = rest_cancel,
	.enter = rest_enter,
	.leave = rest_leave,
	.state = rest_state,
	.error = rest_error,
	.target = rest_target,
	.latency_ms = rest_latency_ms,
	.health = rest_health,
	.settled = rest_settled,
	.live = rest_live,
	.sign = rest_sign,
	.sign_login = rest_sign_login,
	.sign_by_code = rest_sign_by_code,
	.sign_in = rest_sign_in,
	.sign_out = rest_sign_out,
	.sign_forgets = rest_sign_forgets,
	.clock_skew_ms = rest_clock_skew_ms,
};

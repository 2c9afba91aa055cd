/*
 * The one asynchronous data interface (DESIGN §1). A caller asks, the answer
 * comes through a callback from the loop; nothing here blocks, and nothing
 * tells which backend answered. There is no synchronous entry point.
 *
 * Threads: loop thread only. Ownership: whatever is passed in is copied before
 * the call returns. A callback runs exactly once per accepted request, never
 * from inside the requesting call, and never after client_cancel_owner() or
 * client_free(). What it receives is valid until it returns, unless ref'd.
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "client/query.h"
#include "client/resource.h"
#include "client/table.h"

struct client;
struct session;

/* Who asked: a screen's id. Closing the screen cancels by it. 0 = nobody. */
typedef uint64_t owner_t;

enum client_state {
	CLIENT_CONNECTING,   /* the first attempt is under way */
	CLIENT_ONLINE,
	CLIENT_RECONNECTING, /* was online or is backing off; requests wait until deadline */
	CLIENT_FAILED,       /* refused for good (password, no such role): see client_error() */
};

/* Statement classes: the time a statement may take in the database (ms) and at the caller. */
enum client_class { CLASS_LIST = 2000, CLASS_WRITE = 10000, CLASS_REPORT = 30000, CLASS_IMPORT = 120000 };

struct client_config {
	const char *dsn;     /* libpq connection string; passwords come from pgpass, never from here */
	const char *url;     /* of an API server instead: "https://host[:port]", "http+unix:///path/to/socket" (loopback
	                      * and tests: http://127.0.0.1:port); then dsn is NULL */
	const char *tokens;  /* REST: the login to remember (client/tokens.h): "aliya", or "" = whoever signed in last at that
	                      * address; NULL = in memory only */
	const char *ca;      /* REST: a file of certificates to trust instead of the system's; NULL = the system's */
	const char *lang;    /* "en", "ru", "kk" */
	int connections;     /* pool size; a console uses 1 */
	bool pooler;         /* API mode: something between us and PostgreSQL hands every transaction to another backend
	                      * (PgBouncer), so that nothing can be prepared there */
	const char *now;     /* ISO instant for domovoi.now(), honoured by demo and test databases only; NULL = the clock */
	int retry_ms;        /* how long requests wait for a (re)connection before ERR_UNREACHABLE; 0 = 5000. API mode:
	                      * also for a free one of the pool (E-POOL) */
};

/* NULL only when the DSN cannot be parsed (`e` says why). Starts connecting. */
struct client *client_new(uv_loop_t *loop, const struct client_config *cfg, struct err *e);
void client_free(struct client *c); /* cancels everything; the loop may be run on to let handles close */

enum client_state client_state(const struct client *c);
const struct err *client_error(const struct client *c); /* the last connection error */
int client_latency_ms(const struct client *c);          /* of the last answer; -1 before the first */

/* What a header says about the connection beside its state. */
struct client_health {
	int latency_ms;   /* running average of short questions; -1 before the first */
	bool slow;        /* it stays over half a second */
	bool readonly;    /* a standby, or set to read only: writes are refused at once (E-READONLY) */
	unsigned attempt; /* not online: attempts since it last was */
	int writing;      /* changes of this client that are not confirmed yet */
	int busy, waiting; /* connections that answer something; questions that wait for one */
};
void client_health(const struct client *c, struct client_health *h);
bool client_idle(const struct client *c);               /* no request in flight or queued, session settled */
const char *client_target(const struct client *c);      /* "pg-main": host or database, for the header chip; cleaned */

/* Members may be NULL. State changes and "something changed in the database" (a poke below the horizon, or a poll). */
struct client_watch {
	void (*state)(void *arg);
	void (*changed)(void *arg);
	void (*health)(void *arg); /* client_health() may say something else: only to be drawn */
	/* API mode: 32 hex digits that the database's log shall have beside what this owner asks, or NULL; copied. */
	const char *(*trace)(owner_t owner, void *arg);
	void *arg;
};
void client_set_watch(struct client *c, const struct client_watch *w);
bool client_live(const struct client *c); /* a notifier leads; false: changes are polled once a second */

/*
 * A session: identity, company, scope, language. Direct mode: the identity is
 * the connection's login, `user` is NULL and the session owns a connection's
 * settings. API mode: `user` (uuid of app_user) is set per request by the
 * server's role through begin_request(), over any pooled connection.
 */
struct session_spec {
	const char *user; /* API mode only; "" = nobody, who may client_call() and nothing else */
	const char *login; /* API mode: id of the login session (api.sessions) that the request belongs to, or NULL */
	const char *key;  /* API mode: id of the API key (api.api_keys) that it was made with, or NULL */
	int company;      /* 0 = default membership */
	const char *role; /* membership role code or NULL = default */
	const char *see_as; /* login or id of whose eyes to look through, read only (api.see_as); NULL = one's own */
};
struct session *session_open(struct client *c, const struct session_spec *spec);
void session_close(struct session *s);
/* Known after the first answer (whoami runs by itself on connect): "" before. Strings live as long as s. */
int session_company(const struct session *s);
const char *session_login(const struct session *s); /* who: the id of the user */
const char *session_name(const struct session *s);  /* … and the name */
const char *session_company_name(const struct session *s);
const char *session_role(const struct session *s);  /* "head" */
const char *session_scope(const struct session *s); /* platform|company|assigned|own|landlord */
const char *session_currency(const struct session *s);
const char *session_tz(const struct session *s);    /* of the company: "Asia/Almaty" */
day_t session_today(const struct session *s);       /* domovoi.today() as of connect, advanced by the clock */
bool session_may(const struct session *s, const char *permission);

struct reply {
	const struct err *err;    /* NULL = success */
	struct table *rows;       /* list, get, report, actions, whoami; NULL on error. table_ref() to keep */
	bool more;                /* list: further rows in the asked direction */
	int64_t count;            /* list with count: -1 if not asked, 10001 = "more than 10000" */
	const json_t *json;       /* mutate, import: the outcome */
};
typedef void (*reply_fn)(const struct reply *r, void *arg);

void client_list(struct session *s, const struct query *q, owner_t owner, reply_fn fn, void *arg);
/* `key`: id, human number or code. One row, or ERR_NOT_FOUND. */
void client_get(struct session *s, const struct resource *res, const char *key, owner_t owner, reply_fn fn, void *arg);
/* Rows: action, label, allowed (t/f), reason, remedy — for this record, state and session. */
void client_actions(struct session *s, const struct resource *res, const char *key, owner_t owner, reply_fn fn,
    void *arg);

/* args: name/value pairs in canonical form, as value_parse() made them. */
void client_report(struct session *s, const struct report *rep, const struct param *args, int nargs, owner_t owner,
    reply_fn fn, void *arg);
/* The same, no more than so many of its first rows: for a screen. 0 = all. */
void client_report_most(struct session *s, const struct report *rep, const struct param *args, int nargs, unsigned most,
    owner_t owner, reply_fn fn, void *arg);

/*
 * One write through apply_mutation: retried by the backend after a lost
 * connection under the same id, so it has exactly one effect. json: {"status":
 * "applied", "record": …, "version": …, "row": {…}}; a rejection comes as err.
 */
struct mutation {
	const char *id;             /* UUIDv7 or NULL: made here */
	const struct resource *res; /* undo: may be NULL */
	const char *kind;           /* "create" | "patch" | "action" | "undo" */
	const char *record;         /* id, number or code; NULL for create (id made here) */
	int version;                /* base version; 0 = whatever it is now */
	const char *action;
	const json_t *set;          /* create, patch: values_json() */
	const json_t *args;         /* action */
	/*
	 * undo: id of the mutation to reverse; record is not needed. The reversal is a mutation like any other (undoing
	 * it is redo). Refused with DM003 when the record has changed since, DM001 when it cannot be taken back any more.
	 */
	const char *undo;
};
void client_mutate(struct session *s, const struct mutation *m, owner_t owner, reply_fn fn, void *arg);

/*
 * What would happen, by the same engine, and nothing does: n mutations (1..500), each on its own. Rows, in order:
 * n (from 0), record, label, outcome (change|same|refused), code, field, reason, remedy.
 */
void client_preview(struct session *s, const struct mutation *ms, size_t n, owner_t owner, reply_fn fn, void *arg);

/*
 * `id` (UUIDv7, NULL = none): the batch can be taken back by a mutation of kind "undo" with it, and sent again under it
 * says again what it did. Up to 500 rows: [{"line": n, "set": {…}}]. json: [{"line": n, "status":
 * "created"|"unchanged"|"rejected", "record", "code", "field", "message", "remedy"}].
 */
void client_import(struct session *s, const struct resource *res, const json_t *rows, bool dry_run, const char *id,
    owner_t owner, reply_fn fn, void *arg);

/*
 * An access code, in two steps, since looking is logged before anything is shown. First ask: args are kind, reason
 * and perhaps reservation; json {"view": the line of the log}; a refusal is logged, too, and comes as err. Then
 * fetch what that line allows for a minute: json {"sealed", "key_version", "company", "unit", "kind"}, for
 * code_open(). An API server holds the key itself and opens it: then there is no "sealed", but the "code" in plain,
 * once. It is wiped from the json after the callback; a copy is the caller's to wipe.
 */
void client_reveal(struct session *s, const char *unit, const struct param *args, int nargs, owner_t owner, reply_fn fn,
    void *arg);
void client_code(struct session *s, const char *view, owner_t owner, reply_fn fn, void *arg);

/*
 * A statement of the server's own (functions of the schemas auth and ops), as its login and without a person: `sql`
 * is a constant with $1…$n, params are text or NULL. For a session whose user is ""; PostgreSQL only. Rows come back
 * as they are.
 */
void client_call(struct session *s, const char *sql, const char *const *params, int n, owner_t owner, reply_fn fn,
    void *arg);

/* ---- signing in: REST only ----------------------------------------------------------------------------------- */

/*
 * What the server wants before it answers: client_state() is CLIENT_FAILED meanwhile, requests that were made stay and
 * are answered afterwards. Of SIGN_STEP_UP the state knows nothing: only the request that needs it waits, the others go
 * on. Each change is told as one of the state (client_watch). SIGN_NONE over PostgreSQL, always.
 */
enum client_sign {
	SIGN_NONE,     /* nothing: signed in, or not asked yet */
	SIGN_PASSWORD, /* no login is remembered, or it is over: login and password */
	SIGN_CODE,     /* the password was right; a code of the authenticator, or a recovery code */
	SIGN_CHANGE,   /* the password was right, but somebody else chose it: a new one, before anything else */
	SIGN_STEP_UP,  /* somebody asked for a dangerous action: the password (or a code) once more; the request waits */
};
enum client_sign client_sign(const struct client *c);
const char *client_sign_login(const struct client *c); /* whose: as remembered or typed last; "" = not known */
bool client_sign_by_code(const struct client *c);      /* the person has an authenticator: proves it by its code */
/*
 * Why the login will be forgotten when the program ends although it should be remembered (client_config.tokens): to be
 * told to whoever signed in. NULL = it is remembered, or nobody wished it.
 */
const struct err *client_sign_forgets(const struct client *c);

/*
 * Answer it. SIGN_PASSWORD: login and password; SIGN_CODE: secret is the code; SIGN_CHANGE: secret is the new password;
 * SIGN_STEP_UP: secret is the password, or the code where client_sign_by_code(); secret NULL: gives up, the requests
 * that wait for it fail (ERR_DENIED); of SIGN_CHANGE, SIGN_PASSWORD is wanted again, and they wait on. fn: err NULL =
 * what was wanted is done (look at client_sign() again: a code may be wanted next). secret is wiped from the client's
 * memory after use, but for the password that is to be changed: after that.
 */
void client_sign_in(struct client *c, const char *login, const char *secret, reply_fn fn, void *arg);
/* Ends the login on the server and forgets it here. fn may be NULL. */
void client_sign_out(struct client *c, reply_fn fn, void *arg);

/* Milliseconds that the server's clock is ahead of ours, by its last answer; 0 over PostgreSQL. */
int client_clock_skew_ms(const struct client *c);

/* Rows: user, name, role, scope, company, company_name, currency, tz, today, permission (one row a permission). */
void client_whoami(struct session *s, owner_t owner, reply_fn fn, void *arg);

/* Forget all requests of an owner: queued ones are dropped, the running one is cancelled in the database. */
void client_cancel_owner(struct client *c, owner_t owner);

#endif

/*
 * The inside of a session: what was asked for, and what the database said it is. Internal to
 * client/.
 */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include <sys/queue.h>

#include "client/client.h"

enum session_state {
	SESSION_NEW,    /* not answered yet */
	SESSION_KNOWN,
	SESSION_FAILED, /* refused: err says why; its requests fail with it */
};

struct session {
	LIST_ENTRY(session) link;
	struct client *client;
	uv_loop_t *loop;

	char *user;         /* API mode: uuid, "" = nobody; else NULL */
	char *login_session, *key; /* API mode: what the request was made with, or NULL */
	int asked_company;  /* 0 = default membership */
	char *asked_role;
	char *see_as;       /* NULL = nobody */
	bool prepares;      /* what is asked again and again is planned once a connection (pgask.c) */
	bool frozen;        /* the clock is pinned by client_config.now */

	enum session_state state;
	LIST_ENTRY(session) backend_link;
	void *asking;       /* the backend's: it is finding out; else NULL */
	struct err err;

	int company;
	const char *login, *name, *company_name, *role, *scope, *currency, *tz;
	day_t today;        /* as of known_at */
	uint64_t known_at;  /* loop time … */
	int64_t clock_at;   /* … and Unix seconds of the same moment */
	const char **permission;
	size_t npermissions;

	char **kept;        /* every string ever handed out: they live as long as the session */
	size_t nkept;
};
LIST_HEAD(session_list, session);

struct session *session_new(struct client *c, uv_loop_t *loop, const struct session_spec *spec,
    bool frozen);
void session_free(struct session *s);

/* Take over the rows of api.whoami(); false if there are none. */
bool session_learn(struct session *s, const struct table *whoami);

#endif

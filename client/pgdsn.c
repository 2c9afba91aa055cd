#include "config.h"

#include "client/pgdsn.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"

#define MAX_ADDRS 16         /* of all hosts together */
#define MAX_PER_HOST 4

struct addr {
	char *host, *hostaddr, *port; /* hostaddr is "" for a socket directory */
};

struct pgdsn {
	char *dsn;
	/* as libpq sees them: the string, its service, the environment, defaults */
	char *host, *hostaddr, *port;
	char *target;
	int timeout_ms;
	int naddrs;
	struct addr addr[MAX_ADDRS];
};

struct pgresolve {
	uv_getaddrinfo_t req;
	struct pgdsn *dsn; /* NULL: cancelled */
	uv_loop_t *loop;
	pgdsn_fn fn;
	void *arg;
	int next;          /* host to look up */
	char error[160];
};

/* ---- lists and addresses --------------------------------------------------------------------- */

/*
 * The i-th part of "a,b,c", to be freed; NULL past the end. A single part serves every i when
 * `shared`.
 */
static char *part(const char *list, int i, bool shared)
{
	if (list == NULL)
		return i == 0 || shared ? xstrdup("") : NULL;
	if (shared && strchr(list, ',') == NULL)
		return xstrdup(list);
	for (; i > 0; i--) {
		list = strchr(list, ',');
		if (list == NULL)
			return NULL;
		list++;
	}
	return xstrndup(list, strcspn(list, ","));
}

static bool is_address(const char *s)
{
	unsigned char buf[16];

	return uv_inet_pton(AF_INET, s, buf) == 0 || uv_inet_pton(AF_INET6, s, buf) == 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void refuse_unreadable(const char *dsn, const char *why, struct err *e)
{
	/*
	 * libpq quotes the part that it stumbled over: not to be repeated when that might be a
	 * secret.
	 */
	bool secret = strstr(dsn, "password") != NULL || strstr(dsn, "://") != NULL;
	size_t n = why != NULL && !secret ? strcspn(why, "\n") : 0;

	err_set(e, ERR_USAGE, "E-DSN", "dsn",
	    _("Write it as host=… dbname=… user=…, or as postgresql://user@host/name"),
	    n > 0 ? "%s: %.*s" : "%s", _("the connection string cannot be read"), (int)n, why !=
	    NULL ? why : "");
}

static bool parse(const char *dsn, struct err *e)
{
	char *why = NULL;
	PQconninfoOption *opts = PQconninfoParse(dsn, &why);
	bool secret = false;

	if (opts == NULL) {
		refuse_unreadable(dsn, why, e);
		PQfreemem(why);
		return false;
	}
	for (PQconninfoOption *o = opts; o->keyword != NULL; o++)
		if (strcmp(o->keyword, "password") == 0 && o->val != NULL)
			secret = true;
	PQconninfoFree(opts);
	if (secret)
		err_set(e, ERR_USAGE, "E-DSN", "dsn",
		    _("Put it into ~/.pgpass, or name a service of ~/.pg_service.conf"),
		    "%s", _("a password does not belong into the connection string"));
	return !secret;
}

static void take(struct pgdsn *d, const PQconninfoOption *o)
{
	if (o->val == NULL || o->val[0] == '\0')
		return;
	if (strcmp(o->keyword, "host") == 0)
		d->host = xstrdup(o->val);
	else if (strcmp(o->keyword, "hostaddr") == 0)
		d->hostaddr = xstrdup(o->val);
	else if (strcmp(o->keyword, "port") == 0)
		d->port = xstrdup(o->val);
	else if (strcmp(o->keyword, "connect_timeout") == 0 && atoi(o->val) > 0)
		d->timeout_ms = (atoi(o->val) < 2 ? 2 : atoi(o->val)) * 1000;
	else if (strcmp(o->keyword, "dbname") == 0 && d->target == NULL)
		d->target = xstrdup(o->val);
}

/*
 * What libpq would use after the service file, the environment and its
 * defaults. It tells only of a PGconn, so one is begun with a value that is
 * refused before any address is looked up or any socket opened.
 */
static bool read_effective(struct pgdsn *d, struct err *e)
{
	const char *const keys[] = { "dbname", "sslmode", NULL };
	const char *const values[] = { d->dsn, "look-only", NULL };
	PGconn *pg = PQconnectStartParams(keys, values, 1);
	PQconninfoOption *opts = pg != NULL ? PQconninfo(pg) : NULL;

	if (opts == NULL) {
		refuse_unreadable(d->dsn, pg != NULL ? PQerrorMessage(pg) : NULL, e);
		PQfinish(pg);
		return false;
	}
	for (PQconninfoOption *o = opts; o->keyword != NULL; o++)
		take(d, o);
	bool known = d->port != NULL || d->host != NULL || d->target != NULL;
	if (!known) /* an unknown service: nothing was filled in */
		refuse_unreadable(d->dsn, PQerrorMessage(pg), e);
	PQconninfoFree(opts);
	PQfinish(pg);
	return known;
}

static char *make_target(const struct pgdsn *d)
{
	struct strbuf b = { 0 };
	char *first = part(d->host, 0, false);
	const char *s = first;
	size_t n = strlen(first);

	if (n == 0 || first[0] == '/' || first[0] == '@') {
		s = d->target != NULL ? d->target : "postgres";
		n = strlen(s);
	} else if (!is_address(first)) {
		n = strcspn(first, ".");
	}
	text_clean(&b, s, n, TEXT_ONE_LINE);
	free(first);
	return strbuf_steal(&b);
}

struct pgdsn *pgdsn_new(const char *dsn, struct err *e)
{
	if (!parse(dsn, e))
		return NULL;

	struct pgdsn *d = xcalloc(1, sizeof *d);
	d->dsn = xstrdup(dsn);
	d->timeout_ms = 3000;
	if (!read_effective(d, e)) {
		pgdsn_free(d);
		return NULL;
	}
	char *target = make_target(d);
	free(d->target);
	d->target = target;
	return d;
}

static void forget_addrs(struct pgdsn *d)
{
	for (int i = 0; i < d->naddrs; i++) {
		free(d->addr[i].host);
		free(d->addr[i].hostaddr);
		free(d->addr[i].port);
	}
	d->naddrs = 0;
}

void pgdsn_free(struct pgdsn *d)
{
	if (d == NULL)
		return;
	forget_addrs(d);
	free(d->dsn);
	free(d->host);
	free(d->hostaddr);
	free(d->port);
	free(d->target);
	free(d);
}

const char *pgdsn_target(const struct pgdsn *d)
{
	return d->target;
}

int pgdsn_timeout_ms(const struct pgdsn *d)
{
	return d->timeout_ms;
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void add_addr(struct pgdsn *d, int i, const char *host, const char *hostaddr)
{
	if (d->naddrs == MAX_ADDRS)
		return;
	char *port = part(d->port, i, true);
	d->addr[d->naddrs++] = (struct addr){
		.host = xstrdup(host), .hostaddr = xstrdup(hostaddr), .port = port != NULL ? port
		    : xstrdup(""),
	};
}

static bool resolve_next(struct pgresolve *r);

static void on_addresses(uv_getaddrinfo_t *req, int status, struct addrinfo *res)
{
	struct pgresolve *r = req->data;

	if (r->dsn == NULL) {
		uv_freeaddrinfo(res);
		free(r);
		return;
	}
	char *host = part(r->dsn->host, r->next, false);
	int n = 0;
	for (struct addrinfo *a = res; status == 0 && a != NULL && n < MAX_PER_HOST; a =
	    a->ai_next) {
		char buf[INET6_ADDRSTRLEN];
		int rc = a->ai_family == AF_INET6
		    ? uv_ip6_name((const struct sockaddr_in6 *)(const void *)a->ai_addr, buf,
		    sizeof buf)
		    : uv_ip4_name((const struct sockaddr_in *)(const void *)a->ai_addr, buf,
		    sizeof buf);
		if (rc == 0) {
			add_addr(r->dsn, r->next, host, buf);
			n++;
		}
	}
	if (status != 0)
		snprintf(r->error, sizeof r->error, "%.80s: %s", host, uv_strerror(status));
	uv_freeaddrinfo(res);
	free(host);
	r->next++;
	(void)resolve_next(r);
}

static void resolved(struct pgresolve *r)
{
	pgdsn_fn fn = r->fn;
	void *arg = r->arg;
	char error[sizeof r->error];
	bool none = r->dsn->naddrs == 0;

	memcpy(error, r->error, sizeof error);
	free(r);
	fn(arg, none ? error : NULL);
}

/*
 * Takes hosts that need no look-up as they are; true at the first that does: the loop comes
 * back to it.
 */
static bool resolve_next(struct pgresolve *r)
{
	for (;; r->next++) {
		char *host = part(r->dsn->host, r->next, false);
		char *hostaddr = part(r->dsn->hostaddr, r->next, false);
		bool end = host == NULL && hostaddr == NULL;
		bool ready = (hostaddr != NULL && *hostaddr != '\0') || host == NULL || *host ==
		    '\0' || *host == '/' ||
		    *host == '@' || is_address(host);
		const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags =
		    AI_ADDRCONFIG };
		bool asked = false;

		if (!end && ready)
			add_addr(r->dsn, r->next, host != NULL ? host : "", hostaddr != NULL
			    ? hostaddr : "");
		else if (!end)
			asked = uv_getaddrinfo(r->loop, &r->req, on_addresses, host, NULL,
			    &hints) == 0;
		free(host);
		free(hostaddr);
		if (asked)
			return true;
		if (end)
			break;
	}
	resolved(r);
	return false;
}

struct pgresolve *pgdsn_resolve(struct pgdsn *d, uv_loop_t *loop, pgdsn_fn fn, void *arg)
{
	struct pgresolve *r = xcalloc(1, sizeof *r);

	*r = (struct pgresolve){ .dsn = d, .loop = loop, .fn = fn, .arg = arg };
	r->req.data = r;
	forget_addrs(d);
	return resolve_next(r) ? r : NULL;
}

void pgresolve_cancel(struct pgresolve *r)
{
	if (r == NULL)
		return;
	r->dsn = NULL;
	uv_cancel((uv_req_t *)&r->req);
}

/* ---- connecting ------------------------------------------------------------------------------ */

PGconn *pgdsn_start(const struct pgdsn *d, unsigned turn)
{
	struct strbuf host = { 0 }, hostaddr = { 0 }, port = { 0 };

	for (int i = 0; i < d->naddrs; i++) {
		const struct addr *a = &d->addr[(turn + (unsigned)i) % (unsigned)d->naddrs];
		const char *comma = i > 0 ? "," : "";
		strbuf_printf(&host, "%s%s", comma, a->host);
		strbuf_printf(&hostaddr, "%s%s", comma, a->hostaddr);
		strbuf_printf(&port, "%s%s", comma, a->port);
	}
	/* Before the string: defaults that it may change. After it: what it may not. */
	const char *const keys[] = { "fallback_application_name", "keepalives_idle",
	    "keepalives_interval",
		"keepalives_count", "dbname", "host", "hostaddr", "port", "client_encoding", NULL };
	const char *const values[] = { "domovoi", "30", "10", "3", d->dsn, strbuf_str(&host),
	    strbuf_str(&hostaddr),
		strbuf_str(&port), "UTF8", NULL };
	PGconn *pg = PQconnectStartParams(keys, values, 1);

	strbuf_free(&host);
	strbuf_free(&hostaddr);
	strbuf_free(&port);
	return pg;
}

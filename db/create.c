#include "config.h"

#include "db/create.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "db/conn.h"
#include "db/keeper.h"
#include "db/migrate.h"
#include "db/process.h"
#include "db/users.h"

#define ADMIN "postgres"
#define DATABASE "domovoi"
#define SEED "1"
#define MB (1024LL * 1024)

static const char *const sizes[] = { "empty", "tiny", "small", "medium", "large", NULL };
/* What a demo of that size takes on the disk, with its WAL and some room to work. */
static const long long create_bytes[] = { 100 * MB, 100 * MB, 200 * MB, 5000 * MB, 45000 * MB };

const char *const *create_sizes(void)
{
	return sizes;
}

static void say(const struct create *c, const char *step)
{
	if (c->progress != NULL)
		c->progress(c->arg, step);
}

char *demo_dsn(const char *sockdir, const char *login)
{
	char port[8], *dsn = NULL;

	snprintf(port, sizeof port, "%d", PG_PORT);
	dsn_add(&dsn, "host", sockdir);
	dsn_add(&dsn, "port", port);
	dsn_add(&dsn, "dbname", DATABASE);
	dsn_add(&dsn, "user", login == NULL ? ADMIN : login);
	return dsn;
}

/* ---- the cluster ---- */

static bool enough_space(const struct create *c, struct err *e)
{
	long long left = place_free_bytes(c->place), need = 0;

	for (size_t i = 0; sizes[i] != NULL; i++)
		if (strcmp(sizes[i], c->size) == 0)
			need = create_bytes[i];
	if (left < 0 || left >= need)
		return true;
	err_set(e, ERR_FAILED, "E-DISK", NULL,
	    _("Free some space there, or choose another place with --dir"),
	    _("the disk is full: %s has %lld MB free, the demo needs %lld"), c->place->dir,
	    left / MB, need / MB);
	return false;
}

/* After whatever failure: if there is no room left, that is the reason to tell. */
static void blame_disk(const struct create *c, struct err *e)
{
	long long left = place_free_bytes(c->place);

	if (e == NULL
	    || (strstr(e->text, "No space left") == NULL && strcmp(e->code, "53100") != 0
	        && strcmp(e->code, "E-DISK") != 0 && (left < 0 || left > 4 * MB)))
		return;
	err_set(e, ERR_FAILED, "E-DISK", NULL,
	    _("Free some space there, or choose another place with --dir"),
	    _("the disk became full while the demo was being made: %s"), c->place->dir);
}

/* Clusters that were never finished: data without a state, and new.PID of killed initdb runs. */
static bool remove_remains(const struct place *p, struct err *e)
{
	DIR *d = opendir(p->dir);
	struct dirent *ent;
	bool ok = place_remove(p, KEEPER_STATE) && place_remove(p, "data");

	while (ok && d != NULL && (ent = readdir(d)) != NULL)
		if (strncmp(ent->d_name, "new.", 4) == 0)
			ok = place_remove(p, ent->d_name);
	if (!ok)
		err_set(e, ERR_FAILED, "E-DEMO", NULL, NULL,
		    _("cannot remove the old demo in %s: %s"), p->dir, strerror(errno));
	if (d != NULL)
		closedir(d);
	return ok;
}

/* One line a login and user of this machine: peer authentication, without any password. */
static char *ident_text(const struct place *p, const struct state *s)
{
	const char *const users[] = { p->user, p->caller, "root" };
	struct strbuf b = { 0 };

	for (size_t u = 0; u < ARRAY_LEN(users); u++) {
		bool twice = false;

		for (size_t v = 0; v < u; v++)
			twice |= strcmp(users[u], users[v]) == 0;
		if (twice)
			continue;
		strbuf_printf(&b, "domovoi \"%s\" " ADMIN "\ndomovoi \"%s\" " DEMO_API_LOGIN "\n", users[u], users[u]);
		for (size_t i = 0; i < s->nlogins; i++)
			strbuf_printf(&b, "domovoi \"%s\" \"%s\"\n", users[u], s->logins[i]);
	}
	return strbuf_steal(&b);
}

static bool write_file(const struct place *p, const char *dir, const char *name, const char *text,
    struct err *e)
{
	char *path = xasprintf("%s/%s/%s", p->dir, dir, name);
	bool ok = file_replace(path, text);

	if (!ok)
		err_set(e, ERR_FAILED, errno == ENOSPC ? "E-DISK" : "E-DEMO", NULL, NULL,
		    _("cannot write %s: %s"), path, strerror(errno));
	free(path);
	return ok;
}

static bool write_ident(const struct place *p, const char *dir, const struct state *s,
    struct err *e)
{
	char *text = ident_text(p, s);
	bool ok = write_file(p, dir, "pg_ident.conf", text, e);

	free(text);
	return ok;
}

/* Lower case of Cyrillic needs a UTF-8 ctype; systems without C.UTF-8 get plain C. */
static const char *cluster_locale(void)
{
	locale_t l = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);

	if (l == (locale_t)0)
		return "--locale=C";
	freelocale(l);
	return "--locale=C.UTF-8";
}

static bool run_initdb(const struct place *p, const char *bindir, const char *dir, struct err *e)
{
	char *program = xasprintf("%s/initdb", bindir), *path = place_path(p, dir);
	char *locale = xstrdup(cluster_locale());
	char *const argv[] = { program, (char[]){ "-D" }, path, (char[]){ "--username=" ADMIN },
		(char[]){ "--encoding=UTF8" }, locale, (char[]){ "--auth=peer" },
		(char[]){ "--no-sync" }, (char[]){ "--no-instructions" },
		(char[]){ "--wal-segsize=4" }, NULL };
	struct strbuf out = { 0 };
	char said[200];
	int status = process_run(p, argv, &out);

	if (status != 0) {
		process_complaint(strbuf_str(&out), said, sizeof said);
		err_set(e, ERR_FAILED, "E-PG", NULL, NULL, _("initdb failed: %s"),
		    said[0] != '\0' ? said : _("it ended without a word"));
	}
	strbuf_free(&out);
	free(program);
	free(path);
	free(locale);
	return status == 0;
}

static bool make_cluster(const struct create *c, const char *bindir, struct err *e)
{
	static const struct state nobody = { 0 };
	const struct place *p = c->place;
	char dir[32], *from, *to;
	bool ok;

	snprintf(dir, sizeof dir, "new.%d", (int)getpid());
	ok = run_initdb(p, bindir, dir, e) && write_ident(p, dir, &nobody, e)
	    && write_file(p, dir, "pg_hba.conf", "local all all peer map=domovoi\n", e);
	if (!ok)
		return false;
	from = place_path(p, dir);
	to = place_path(p, "data");
	ok = rename(from, to) == 0;
	if (!ok)
		err_set(e, ERR_FAILED, "E-DEMO", NULL, NULL, _("cannot write %s: %s"), to,
		    strerror(errno));
	free(from);
	free(to);
	return ok;
}

/*
 * initdb ran without fsync. What the server writes from now on it syncs itself,
 * so the file system is told once, meanwhile, and waited for at the end.
 */
static pid_t start_sync(const struct place *p)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open(p->dir, O_RDONLY | O_DIRECTORY);

		_exit(fd >= 0 && syncfs(fd) == 0 ? 0 : 1);
	}
	return pid;
}

static bool end_sync(const struct place *p, pid_t pid, struct err *e)
{
	int status = 1;

	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	err_set(e, ERR_FAILED, "E-DEMO", NULL, NULL, _("the disk under %s reports a failed write"),
	    p->dir);
	return false;
}

/* ---- the database ---- */

/* initdb has made an empty database "postgres": it gets the name instead of being copied. */
static bool name_database(const char *sockdir, struct err *e)
{
	char *dsn = demo_dsn(sockdir, NULL);
	PGconn *conn;
	bool ok;

	dsn_add(&dsn, "dbname", "template1");
	conn = db_connect(dsn, e);
	ok = conn != NULL && db_exec(conn, "alter database postgres rename to " DATABASE, e);
	PQfinish(conn);
	free(dsn);
	return ok;
}

/* Statistics and a visibility map from the first query on; the catalogue's tables can wait. */
static bool tidy(PGconn *conn, struct err *e)
{
	PGresult *r = db_query(conn, e,
	    "select 'vacuum (analyze) ' || string_agg(c.oid::regclass::text, ', ')"
	    " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
	    " where n.nspname = 'domovoi' and c.relkind = 'r'",
	    0, NULL);
	bool ok = r != NULL && db_exec(conn, PQgetvalue(r, 0, 0), e);

	PQclear(r);
	return ok;
}

/* The generator says where it is: the largest takes the better part of an hour. */
static void on_notice(void *arg, const PGresult *r)
{
	static const char *const steps[] = { N_("units"), N_("people"), N_("stays"), N_("reservations"),
		N_("money"), N_("search words and nights"), N_("indexes") };
	const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	const struct create *c = arg;

	if (severity == NULL || text == NULL || strcmp(severity, "INFO") != 0)
		return;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		if (strcmp(text, steps[i]) != 0)
			continue;
		char *step = xasprintf(_("demo data: %s: %s"), c->size, _(steps[i]));
		say(c, step);
		free(step);
	}
}

static bool fill(const struct create *c, PGconn *conn, struct err *e)
{
	const char *const size[] = { c->size }, *const now[] = { c->now };
	const char *const args[] = { c->size, SEED };

	return db_exec(conn,
	           "set client_min_messages = error; set statement_timeout = 0;"
	           " set synchronous_commit = off; set maintenance_work_mem = '256MB';"
	           " set work_mem = '64MB'",
	           e)
	    && db_do(conn, e,
	        "insert into domovoi.server (kind, demo_size) values ('demo', $1) on conflict (one)"
	        " do update set kind = excluded.kind, demo_size = excluded.demo_size",
	        1, size)
	    && (c->now == NULL
	        || db_do(conn, e, "select set_config('domovoi.now', $1, false)", 1, now))
	    && db_do(conn, e, "select domovoi.demo_fill($1, $2::int)", 2, args) && tidy(conn, e);
}

static bool make_logins(PGconn *conn, struct state *s, struct err *e)
{
	PGresult *r;

	if (!db_exec(conn,
	        "do $$ declare l record; begin"
	        " for l in select rolname from domovoi.demo_logins() loop"
	        "  execute format('create role %I login noinherit', l.rolname);"
	        " end loop;"
	        " for l in select rolname, g from domovoi.demo_logins(), domovoi.groups_of(rolname) g loop"
	        "  execute format('grant %I to %I', l.g, l.rolname);"
	        " end loop; end $$",
	        e))
		return false;
	r = db_query(conn, e, "select rolname from domovoi.demo_logins()", 0, NULL);
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		state_add_login(s, PQgetvalue(r, i, 0));
	PQclear(r);
	if (s->nlogins > 0)
		return true;
	err_set(e, ERR_FAILED, "E-DEMO", NULL, NULL, "%s", _("the demo data name no logins"));
	return false;
}

/* The server reads the map some time after it was told to. */
static bool admit_logins(const struct place *p, PGconn *conn, const char *sockdir,
    const struct state *s, struct err *e)
{
	char *dsn = demo_dsn(sockdir, s->logins[s->nlogins - 1]);
	bool ok = write_ident(p, "data", s, e) && db_exec(conn, "select pg_reload_conf()", e);

	for (int i = 0; ok && i < 1000; i++) {
		PGconn *trial = db_connect(dsn, e);

		ok = trial != NULL || i < 999;
		PQfinish(trial);
		if (trial != NULL)
			break;
		sleep_ms(5);
	}
	free(dsn);
	return ok;
}

static bool make_database(const struct create *c, const char *sockdir, struct state *s,
    struct err *e)
{
	char *dsn = demo_dsn(sockdir, NULL), *step = xasprintf(_("demo data: %s"), c->size);
	PGconn *conn = NULL;
	bool ok;

	say(c, _("schema"));
	ok = name_database(sockdir, e) && migrate_run(dsn, MIGRATE_DEMO, NULL, NULL, e);
	if (ok) {
		say(c, step);
		conn = db_connect(dsn, e);
		if (conn != NULL)
			PQsetNoticeReceiver(conn, on_notice, (void *)c);
		ok = conn != NULL && fill(c, conn, e) && make_logins(conn, s, e)
		    && users_api_role(dsn, DEMO_API_LOGIN, false, e)
		    && admit_logins(c->place, conn, sockdir, s, e);
	}
	PQfinish(conn);
	free(dsn);
	free(step);
	return ok;
}

static bool make_all(const struct create *c, const char *bindir, struct state *s, struct err *e)
{
	const struct place *p = c->place;
	char *dsn = demo_dsn(p->sockdir, NULL);
	const struct keeper_options o = { .bindir = bindir, .linger_s = c->linger_s, .dsn = dsn };
	pid_t sync;
	bool ok;
	char *step = xasprintf(_("creating the cluster in %s"), p->dir);

	say(c, step);
	free(step);
	if (!make_cluster(c, bindir, e)) {
		free(dsn);
		return false;
	}
	sync = start_sync(p);
	ok = keeper_start(p, &o, e) && make_database(c, p->sockdir, s, e);
	ok = end_sync(p, sync, ok ? e : NULL) && ok;
	snprintf(s->size, sizeof s->size, "%s", c->size);
	sql_digest(s->digest);
	free(dsn);
	return ok && state_write(p, s, e);
}

bool create_demo(const struct create *c, struct state *s, struct err *e)
{
	char *bindir;
	bool ok;

	*s = (struct state){ 0 };
	if (!keeper_stop(c->place, true, NULL, e) || !remove_remains(c->place, e)
	    || !enough_space(c, e))
		return false;
	bindir = pg_find(0, e);
	if (bindir == NULL)
		return false;
	ok = make_all(c, bindir, s, e);
	free(bindir);
	if (ok)
		return true;
	blame_disk(c, e);
	state_free(s);
	keeper_stop(c->place, true, NULL, NULL);
	remove_remains(c->place, NULL);
	return false;
}

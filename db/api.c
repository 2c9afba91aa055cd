#include "config.h"

#include "db/api.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "db/askpass.h"
#include "db/conn.h"
#include "db/keeper.h"
#include "db/password.h"
#include "db/process.h"
#include "db/state.h"

#define LOGIN "domovoi_demo_api"
#define START_MS 20000
#define STOP_MS 5000

struct api { /* the paths of one */
	struct place p;
	char *dir, *lock, *conf, *log, *url, *password, *pepper;
	int program; /* open: whoever it runs as need not reach it by name */
};

static bool fail(struct err *e, const char *what)
{
	err_set(e, ERR_FAILED, "E-DEMO", NULL, NULL, "%s: %s", what, strerror(errno));
	return false;
}

static void api_free(struct api *a)
{
	free(a->dir);
	free(a->lock);
	free(a->conf);
	free(a->log);
	free(a->url);
	free(a->password);
	free(a->pepper);
	if (a->program >= 0)
		close(a->program);
	place_free(&a->p);
}

/* Beside this program: in the build's folder, or where it was installed. */
static int open_program(void)
{
	static const char *const beside[] = { "domovoid", "../sbin/domovoid" };
	char self[4096] = "";
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash = n > 0 ? strrchr(self, '/') : NULL;
	int fd = -1;

	for (size_t i = 0; slash != NULL && fd < 0 && i < ARRAY_LEN(beside); i++) {
		char *path = xasprintf("%.*s/%s", (int)(slash - self), self, beside[i]);

		fd = open(path, O_RDONLY); /* handed on to what is started */
		free(path);
	}
	return fd;
}

static bool api_find(const char *dir, struct api *a, struct err *e)
{
	*a = (struct api){ .program = -1 };
	if (!place_find(dir, &a->p, e))
		return false;
	a->dir = place_path(&a->p, "api");
	a->lock = place_path(&a->p, "api/lock");
	a->conf = place_path(&a->p, "api/conf");
	a->log = place_path(&a->p, "api/log");
	a->url = place_path(&a->p, "api/url");
	a->pepper = place_path(&a->p, "api/pepper.key");
	a->password = place_path(&a->p, "api-password");
	a->program = open_program();
	if (a->program >= 0)
		return true;
	err_set(e, ERR_FAILED, "E-DEMO", NULL, _("Install it beside this program"), "%s",
	    _("the program domovoid is missing"));
	api_free(a);
	return false;
}

/* ---- is it there ----------------------------------------------------------------------------- */

/* Whoever holds the lock is it. 0: nobody. */
static pid_t running(const char *lock)
{
	int fd = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[16] = "";
	pid_t pid = 0;

	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK && read(fd, text, sizeof text - 1) > 0)
		pid = (pid_t)atol(text);
	close(fd);
	return pid > 1 ? pid : 0;
}

void demo_api_stop(const struct place *p)
{
	char *lock = place_path(p, "api/lock");
	long long until = clock_ms() + STOP_MS;
	pid_t pid = running(lock);

	if (pid != 0 && !keeper_owns(p, pid))
		pid = 0; /* a number in a file proves nothing */
	if (pid != 0)
		kill(pid, SIGTERM);
	while (pid != 0 && running(lock) == pid && clock_ms() < until)
		sleep_ms(5);
	if (pid != 0 && running(lock) == pid)
		kill(pid, SIGKILL);
	free(lock);
}

/* What its log says that it listens on; NULL: nothing yet. */
static char *said_url(const struct api *a)
{
	static const char word[] = "\"event\":\"listening\",\"url\":\"http://";
	struct strbuf b = { 0 };
	const char *at;
	char *url = NULL;

	process_tail(a->log, 0, &b);
	at = strstr(strbuf_str(&b), word);
	if (at != NULL) {
		at += sizeof word - 1 - strlen("http://");
		url = xstrndup(at, strcspn(at, "\""));
	}
	strbuf_free(&b);
	return url;
}

/* ---- what it needs --------------------------------------------------------------------------- */

/* domovoid keygen, as the owner. */
static bool make_keys(const struct api *a, struct err *e)
{
	char program[32];
	char *const argv[] = { program, (char[]){ "keygen" }, a->dir, NULL };
	struct strbuf out = { 0 };
	int status;

	if (mkdir(a->dir, 0700) != 0 && errno != EEXIST)
		return fail(e, a->dir);
	if (access(a->pepper, F_OK) == 0)
		return true;
	snprintf(program, sizeof program, "/proc/self/fd/%d", a->program);
	status = process_run(&a->p, argv, &out);
	if (status != 0)
		err_set(e, ERR_FAILED, "E-DEMO", NULL, NULL, "domovoid keygen: %.*s", (int)strcspn(strbuf_str(&out), "\n"),
		    strbuf_str(&out));
	strbuf_free(&out);
	return status == 0;
}

/* The settings. The socket's folder is the running server's. */
static bool write_conf(const struct api *a, const char *sockdir, int port, struct err *e)
{
	char *text = xasprintf("# made by domovoi demo --api\nlisten = 127.0.0.1:%d, unix:%s/api.sock\n"
	    "dsn = host=%s port=%d dbname=domovoi user=" LOGIN "\njwt_keys = %s/jwt.keys\npepper = %s\n"
	    "codes_key = %s/codes.key\n"
	    "log = %s\n", port, sockdir, sockdir, PG_PORT, a->dir, a->pepper, a->dir, a->log);
	bool fine = file_replace(a->conf, text);

	free(text);
	return fine || fail(e, a->conf);
}

/* Peer authentication maps its user to its login. */
static bool let_in(const struct api *a, struct err *e)
{
	char *path = place_path(&a->p, "data/pg_ident.conf"), *line = xasprintf("domovoi \"%s\" " LOGIN "\n", a->p.user);
	FILE *f = fopen(path, "r+e");
	char *have = NULL;
	size_t size = 0;
	bool there = false, fine = f != NULL;

	while (fine && !there && getline(&have, &size, f) > 0)
		there = strcmp(have, line) == 0;
	if (fine && !there)
		fine = fseek(f, 0, SEEK_END) == 0 && fputs(line, f) >= 0;
	if (f != NULL && fclose(f) != 0)
		fine = false;
	if (!fine)
		fail(e, path);
	free(have);
	free(line);
	free(path);
	return fine;
}

static bool make_login(PGconn *c, struct err *e)
{
	return db_exec(c, "set client_min_messages = error;"
	    " do $$ begin if not exists (select from pg_roles where rolname = '" LOGIN "') then"
	    "  create role " LOGIN " login noinherit; end if; end $$;"
	    " grant domovoi_api, domovoi_platform, domovoi_company, domovoi_assigned, domovoi_own, domovoi_landlord"
	    "  to " LOGIN ";"
	    " alter role " LOGIN " set role = domovoi_api;"
	    " insert into domovoi.api_role (rolname) values ('" LOGIN "') on conflict do nothing;"
	    " select pg_reload_conf()", e);
}

/* A demo that was made anew has none, though the file of the old one is still there. */
static bool has_passwords(PGconn *c)
{
	PGresult *r = PQexec(c, "select 1 from domovoi.user_password limit 1");
	bool any = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0;

	PQclear(r);
	return any;
}

/* One password for all the demo's people, told in a file; made once. */
static bool make_password(const struct api *a, PGconn *c, struct err *e)
{
	struct pepper *pepper;
	char *password, *hash, *text;
	bool fine;

	if (access(a->password, F_OK) == 0 && has_passwords(c))
		return true;
	pepper = pepper_read(a->pepper, e);
	if (pepper == NULL)
		return false;
	password = password_invent();
	hash = password_hash(pepper, password, e);
	text = xasprintf("%s\n", password);
	fine = hash != NULL && db_do(c, e, "select domovoi.put_password(u.id, $1, false, u.id) from domovoi.app_user u"
	    " where u.status = 'active'", 1, (const char *[]){ hash });
	if (fine && !file_replace(a->password, text))
		fine = fail(e, a->password);
	askpass_forget(text);
	askpass_forget(password);
	free(hash);
	pepper_free(pepper);
	return fine;
}

static bool prepare(const struct api *a, const struct demo *d, int port, struct err *e)
{
	struct postmaster pm;
	PGconn *c;
	bool fine;

	postmaster_read(&a->p, &pm);
	fine = make_keys(a, e) && write_conf(a, pm.sockdir, port, e) && let_in(a, e);
	c = fine ? db_connect(d->admin_dsn, e) : NULL;
	fine = c != NULL && make_login(c, e) && make_password(a, c, e);
	PQfinish(c);
	return fine;
}

/* ---- starting -------------------------------------------------------------------------------- */

/* In the child of the child. The lock is held by its descriptor, which goes with it. */
static _Noreturn void become(const struct api *a, int lock)
{
	char program[32], pid[16];
	char *const argv[] = { (char[]){ "domovoid" }, (char[]){ "--config" }, a->conf, NULL };
	int log = open(a->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600), null = open("/dev/null", O_RDWR);
	int n = snprintf(pid, sizeof pid, "%d\n", (int)getpid());

	if (log < 0 || null < 0 || ftruncate(lock, 0) != 0 || write(lock, pid, (size_t)n) != n)
		_exit(1);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	signal(SIGPIPE, SIG_DFL);
	snprintf(program, sizeof program, "/proc/self/fd/%d", a->program);
	execv(program, argv);
	_exit(127);
}

static bool spawn(const struct api *a, struct err *e)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0) {
		setsid();
		if (!place_become(&a->p))
			_exit(1);
		int lock = open(a->lock, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);

		if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0)
			_exit(1);
		if (fork() == 0)
			become(a, lock);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return (pid > 0 && status == 0) || fail(e, a->lock);
}

static char *known_url(const struct api *a)
{
	struct strbuf b = { 0 };

	process_tail(a->url, 0, &b);
	return strbuf_steal(&b);
}

static bool wait_for(const struct api *a, char **url, struct err *e)
{
	long long until = clock_ms() + START_MS;
	struct strbuf tail = { 0 };
	size_t n;

	do {
		sleep_ms(10);
		*url = said_url(a);
	} while (*url == NULL && clock_ms() < until && running(a->lock) != 0);
	if (*url != NULL)
		return file_replace(a->url, *url) || fail(e, a->url);
	process_tail(a->log, 0, &tail);
	n = strcspn(strbuf_str(&tail), "\n");
	if (n < tail.len)
		tail.s[n] = '\0';
	err_set(e, ERR_FAILED, "E-DEMO", NULL, _("Choose another port with --port, or look into its log"),
	    _("the demo's API does not start: %s"), n > 0 ? strbuf_str(&tail) : a->log);
	strbuf_free(&tail);
	return false;
}

bool demo_api_open(const struct demo *d, int port, struct demo_api *out, struct err *e)
{
	struct api a;
	bool fine;

	*out = (struct demo_api){ 0 };
	if (!api_find(d->dir, &a, e))
		return false;
	if (!place_enter(&a.p, e)) {
		api_free(&a);
		return false;
	}
	if (running(a.lock) != 0) {
		out->url = known_url(&a);
		fine = true;
	} else {
		unlink(a.log); /* each start has its own: what it says is read from the beginning */
		fine = prepare(&a, d, port, e);
		place_leave(&a.p);
		fine = fine && spawn(&a, e);
		fine = place_enter(&a.p, e) && fine && wait_for(&a, &out->url, e);
	}
	place_leave(&a.p);
	if (fine)
		out->password = xstrdup(a.password);
	else
		demo_api_free(out);
	api_free(&a);
	return fine;
}

void demo_api_free(struct demo_api *a)
{
	free(a->url);
	free(a->password);
	*a = (struct demo_api){ 0 };
}

#include "config.h"

#include "db/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "client/notifier.h"
#include "db/api.h"
#include "db/process.h"

#define START_MS 60000 /* a crashed server may have much to recover */
#define STOP_MS 10000  /* then SIGQUIT */
#define TICK_MS 1000
#define EAGER_MS 50 /* until the demo is whole */
#define LOG_MAX (1 << 20)
#define TRIES 3

struct keeper {
	struct place p;
	struct keeper_options o;
	uv_loop_t loop;
	uv_timer_t timer;
	uv_signal_t term, quit, child;
	struct notifier *notifier;
	pid_t server;
	int lock, users;      /* descriptors */
	long long idle_since; /* 0: somebody is there */
	int failures;
};

static int lock_file(const struct place *p, const char *name, int operation, int create)
{
	char *path = place_path(p, name);
	int fd = open(path, O_RDWR | create | O_CLOEXEC | O_NOFOLLOW, 0600);

	free(path);
	if (fd < 0)
		return -1;
	while (flock(fd, operation) < 0) {
		int why = errno;

		if (why == EINTR)
			continue;
		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

int lock_take(const struct place *p, const char *name, int operation)
{
	return lock_file(p, name, operation, O_CREAT);
}

/* ---- the server, seen from the keeper ---- */

static char **server_argv(const struct keeper *k)
{
	static const char *const settings[] = {
		"listen_addresses=",
		"port=5432",
		"unix_socket_permissions=0700",
		"max_connections=200",
		"shared_buffers=32MB",
		"jit=off",
		"wal_level=minimal",
		"max_wal_senders=0",
		"max_wal_size=256MB",
		"min_wal_size=32MB",
		"max_worker_processes=2",
		"max_parallel_workers_per_gather=1",
		"huge_pages=off",
		"timezone=UTC",
		"log_timezone=UTC",
		"lc_messages=C",
		"logging_collector=off",
		"log_checkpoints=off",
		/* what users are refused is told to them, and its data stay out of the log */
		"log_min_messages=fatal",
		"log_min_error_statement=panic",
		"cluster_name=domovoi-demo",
	};
	char **argv = xcalloc(2 * ARRAY_LEN(settings) + 6, sizeof *argv);
	int n = 0;

	argv[n++] = xasprintf("%s/postgres", k->o.bindir);
	argv[n++] = xstrdup("-D");
	argv[n++] = place_path(&k->p, "data");
	argv[n++] = xstrdup("-c");
	argv[n++] = xasprintf("unix_socket_directories=%s", k->p.sockdir);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		argv[n++] = xstrdup("-c");
		argv[n++] = xstrdup(settings[i]);
	}
	return argv;
}

static void free_argv(char **argv)
{
	for (char **a = argv; *a != NULL; a++)
		free(*a);
	free(argv);
}

static bool reaped(struct keeper *k)
{
	int r = waitpid(k->server, NULL, WNOHANG);

	/* an adopted server is nobody's child here: ask /proc through its pid file */
	if (r < 0 && errno == ECHILD) {
		struct postmaster pm;

		postmaster_read(&k->p, &pm);
		return pm.pid != k->server;
	}
	return r == k->server;
}

static void start_error(struct keeper *k, const char *said, const char *log, struct err *e)
{
	char *see = xasprintf(_("See %s"), log);
	long long left = place_free_bytes(&k->p);

	if (strstr(said, strerror(ENOSPC)) != NULL || strstr(said, "No space left") != NULL
	    || (said[0] == '\0' && left >= 0 && left < 1 << 20))
		err_set(e, ERR_FAILED, "E-DISK", NULL, _("Free some space there and run it again"),
		    _("the disk is full, the demo's server cannot start: %s"), k->p.dir);
	else
		err_set(e, ERR_FAILED, "E-PG", NULL, see, _("the demo's server does not start: %s"),
		    said[0] != '\0' ? said : _("it ended without a word"));
	free(see);
}

/* One attempt. *again: it was only that the old one's processes were not gone yet. */
static bool try_start(struct keeper *k, bool *again, struct err *e)
{
	char **argv = server_argv(k), *log = place_path(&k->p, "log"), said[200] = "";
	long long until = clock_ms() + START_MS;
	struct postmaster pm = { 0 };
	struct strbuf tail = { 0 };
	struct stat st;
	off_t from = stat(log, &st) == 0 ? st.st_size : 0;
	bool up = false, dead = false;

	k->server = process_spawn(&k->p, argv, log);
	while (k->server > 0 && !up && !dead && clock_ms() < until) {
		sleep_ms(5);
		dead = reaped(k);
		postmaster_read(&k->p, &pm);
		up = !dead && pm.pid == k->server && pm.ready;
	}
	if (!up) {
		if (!dead && k->server > 0)
			postmaster_stop(&k->p, 0);
		process_tail(log, from, &tail);
		process_complaint(strbuf_str(&tail), said, sizeof said);
		*again = strstr(said, "still in use") != NULL
		    || strstr(said, "is another p") != NULL;
		start_error(k, said, log, e);
		k->server = 0;
	}
	strbuf_free(&tail);
	free_argv(argv);
	free(log);
	return up;
}

static bool start_server(struct keeper *k, struct err *e)
{
	struct postmaster pm;
	bool again = true;

	postmaster_read(&k->p, &pm);
	if (pm.pid != 0) { /* left by a keeper that was killed */
		k->server = pm.pid;
		for (int i = 0; i < START_MS / 5 && pm.pid != 0 && !pm.ready; i++) {
			sleep_ms(5);
			postmaster_read(&k->p, &pm);
		}
		if (pm.ready)
			return true;
	}
	for (int i = 0; i < 50 && again; i++) {
		again = false;
		postmaster_sweep(&k->p);
		if (!place_make_sockdir(&k->p, e))
			return false;
		if (try_start(k, &again, e))
			return true;
		sleep_ms(again ? 100 : 0);
	}
	return false;
}

/* ---- the life of a keeper ---- */

/* `patience` in ms: 0 throws the server down without a checkpoint. */
static _Noreturn void leave(struct keeper *k, int patience)
{
	struct stat st;

	if (k->notifier != NULL)
		notifier_stop(k->notifier);
	demo_api_stop(&k->p);
	/* the directory was removed under us: then the file with the number is gone too */
	if (fstat(k->lock, &st) < 0 || st.st_nlink == 0) {
		if (k->server > 0 && !reaped(k))
			kill(k->server, SIGQUIT);
	} else {
		postmaster_stop(&k->p, patience);
	}
	rmdir(k->p.sockdir); /* only when the server left it empty */
	_exit(0);            /* lets go of the locks, last */
}

/* True: and then nobody can come before we let go of users.lock again. */
static bool nobody_there(struct keeper *k)
{
	/* never made here: the directory may just be under removal */
	if (k->users < 0)
		k->users = lock_file(&k->p, KEEPER_USERS, LOCK_EX | LOCK_NB, 0);
	return k->users >= 0;
}

static void let_them_in(struct keeper *k)
{
	if (k->users >= 0)
		close(k->users);
	k->users = -1;
}

static bool exists(const struct place *p, const char *name)
{
	char *path = place_path(p, name);
	bool yes = access(path, F_OK) == 0;

	free(path);
	return yes;
}

static void check_server(struct keeper *k)
{
	struct err e;

	if (k->server > 0 && !reaped(k))
		return;
	k->server = 0;
	if (nobody_there(k) && !exists(&k->p, KEEPER_STAY))
		leave(k, STOP_MS);
	let_them_in(k);
	if (start_server(k, &e)) {
		k->failures = 0;
	} else if (++k->failures >= TRIES) {
		char line[640];

		err_line(&e, line, sizeof line);
		fprintf(stderr, "keeper: %s\n", line);
		leave(k, STOP_MS);
	}
}

static void check_users(struct keeper *k)
{
	long long now = clock_ms();

	if (exists(&k->p, KEEPER_STAY) || !nobody_there(k)) {
		let_them_in(k);
		k->idle_since = 0;
		return;
	}
	if (k->idle_since == 0)
		k->idle_since = now;
	if (now - k->idle_since >= 1000LL * k->o.linger_s)
		leave(k, STOP_MS);
	let_them_in(k);
}

static void on_tick(uv_timer_t *t)
{
	struct keeper *k = t->data;
	struct stat st;

	if (fstat(k->lock, &st) < 0 || st.st_nlink == 0)
		leave(k, STOP_MS);
	check_server(k);
	check_users(k);
	if (k->notifier == NULL && exists(&k->p, KEEPER_STATE)) {
		k->notifier = notifier_start(&k->loop, k->o.dsn);
		uv_timer_start(t, on_tick, TICK_MS, TICK_MS);
	}
}

static void on_child(uv_signal_t *s, int sig)
{
	(void)sig;
	check_server(s->data);
}

static void on_leave(uv_signal_t *s, int sig)
{
	leave(s->data, sig == SIGQUIT ? 0 : STOP_MS);
}

static void live(struct keeper *k)
{
	if (uv_loop_init(&k->loop) < 0)
		_exit(1);
	uv_timer_init(&k->loop, &k->timer);
	uv_signal_init(&k->loop, &k->term);
	uv_signal_init(&k->loop, &k->quit);
	uv_signal_init(&k->loop, &k->child);
	k->timer.data = k->term.data = k->quit.data = k->child.data = k;
	uv_signal_start(&k->term, on_leave, SIGTERM);
	uv_signal_start(&k->quit, on_leave, SIGQUIT);
	uv_signal_start(&k->child, on_child, SIGCHLD);
	uv_timer_start(&k->timer, on_tick, EAGER_MS, EAGER_MS);
	uv_run(&k->loop, UV_RUN_DEFAULT);
	_exit(0);
}

/* ---- birth ---- */

static void close_others(int keep)
{
	int n = (int)sysconf(_SC_OPEN_MAX);

	dup2(keep, 3);
	if (close_range(4, ~0U, 0) < 0)
		for (int fd = 4; fd < n; fd++)
			close(fd);
	fcntl(3, F_SETFD, FD_CLOEXEC);
}

static void use_log(const struct place *p)
{
	char *log = place_path(p, "log");
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > LOG_MAX && ftruncate(fd, 0) < 0)
		st.st_size = 0; /* it only grows a little more */
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(fd >= 0 ? fd : null, STDERR_FILENO);
	free(log);
}

static bool take_keeper_lock(struct keeper *k, struct err *e)
{
	char pid[16];
	/* always the same bytes of the file: a full disk has room for what it has already */
	int n = snprintf(pid, sizeof pid, "%-10d\n", (int)getpid());

	/* the one before us may still be stopping its server */
	for (int i = 0; i < 3000; i++) {
		k->lock = lock_take(&k->p, KEEPER_LOCK, LOCK_EX | LOCK_NB);
		if (k->lock >= 0 || errno != EWOULDBLOCK)
			break;
		sleep_ms(5);
	}
	if (k->lock >= 0) {
		ssize_t w = pwrite(k->lock, pid, (size_t)n, 0);

		if (w == n)
			return true;
		errno = w < 0 ? errno : ENOSPC;
	}
	err_set(e, ERR_FAILED, errno == ENOSPC ? "E-DISK" : "E-DEMO", NULL,
	    errno == ENOSPC ? _("Free some space there and run it again") : NULL,
	    _("cannot write %s in %s: %s"), KEEPER_LOCK, k->p.dir, strerror(errno));
	return false;
}

/* Tells over descriptor `out` how the start went: one struct err, ERR_NONE for good. */
static _Noreturn void keeper_main(const struct place *p, const struct keeper_options *o, int out)
{
	struct keeper *k = xcalloc(1, sizeof *k);
	struct err e = { 0 };
	bool ok;

	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	prctl(PR_SET_NAME, "domovoi-keeper");
	close_others(out);
	k->p = *p;
	k->o = *o;
	k->users = k->lock = -1;
	ok = place_become(p);
	if (ok)
		use_log(&k->p);
	else
		err_set(&e, ERR_FAILED, "E-DEMO", NULL, NULL, _("cannot act as the user %s: %s"),
		    p->user, strerror(errno));
	k->p.drop = false;
	ok = ok && take_keeper_lock(k, &e) && start_server(k, &e);
	if (write(3, &e, sizeof e) != (ssize_t)sizeof e || !ok)
		leave(k, STOP_MS);
	close(3);
	live(k);
	_exit(0);
}

bool keeper_start(const struct place *p, const struct keeper_options *o, struct err *e)
{
	struct err said;
	int fds[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		err_set(e, ERR_FAILED, "E-DEMO", NULL, NULL, _("cannot start a process: %s"),
		    strerror(errno));
		return false;
	}
	if (pid == 0) {
		setsid();
		if (fork() == 0)
			keeper_main(p, o, fds[1]);
		_exit(0);
	}
	close(fds[1]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	do
		n = read(fds[0], &said, sizeof said);
	while (n < 0 && errno == EINTR);
	close(fds[0]);
	if (n != (ssize_t)sizeof said)
		err_set(&said, ERR_FAILED, "E-DEMO", NULL, _("Run it again"), "%s",
		    _("the demo's keeper was ended before its server was up"));
	if (said.kind != ERR_NONE && e != NULL)
		*e = said;
	return said.kind == ERR_NONE;
}

/* ---- seen from outside ---- */

static pid_t written_pid(const struct place *p)
{
	char *path = place_path(p, KEEPER_LOCK);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char buf[16] = "";
	pid_t pid = 0;

	free(path);
	if (fd < 0)
		return 0;
	if (read(fd, buf, sizeof buf - 1) > 0 && strchr(buf, '\n') != NULL)
		pid = (pid_t)atol(buf);
	close(fd);
	return pid;
}

pid_t keeper_find(const struct place *p)
{
	for (int i = 0; i < 250; i++) {
		int fd = lock_file(p, KEEPER_LOCK, LOCK_SH | LOCK_NB, 0);
		pid_t pid;

		if (fd >= 0)
			close(fd);
		if (fd >= 0 || errno != EWOULDBLOCK)
			return 0;
		pid = written_pid(p);
		if (pid > 1)
			return pid;
		sleep_ms(2); /* it has just taken the lock */
	}
	return -1;
}

bool keeper_wait(const struct place *p, int wait_ms)
{
	long long until = clock_ms() + wait_ms;
	struct postmaster pm;

	do {
		postmaster_read(p, &pm);
		if (pm.ready && postmaster_listens(pm.sockdir))
			return true;
		if (keeper_find(p) == 0)
			return false;
		sleep_ms(5);
	} while (clock_ms() < until);
	return false;
}

bool keeper_owns(const struct place *p, pid_t pid)
{
	char path[64], line[128];
	unsigned uid = 0;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
		found = sscanf(line, "Uid: %u", &uid) == 1;
	if (f != NULL)
		fclose(f);
	return found && uid == (unsigned)p->uid;
}

bool keeper_stop(const struct place *p, bool discard, bool *was, struct err *e)
{
	char *stay = place_path(p, KEEPER_STAY);
	long long until = clock_ms() + STOP_MS + 10000;
	struct postmaster pm;
	pid_t pid = keeper_find(p);

	unlink(stay);
	free(stay);
	postmaster_read(p, &pm);
	if (was != NULL)
		*was = pid != 0 || pm.pid != 0;
	if (pid > 1 && keeper_owns(p, pid))
		kill(pid, discard ? SIGQUIT : SIGTERM);
	while (keeper_find(p) != 0 && clock_ms() < until)
		sleep_ms(2);
	demo_api_stop(p); /* if there was no keeper to do it */
	pid = keeper_find(p);
	if (pid > 1 && keeper_owns(p, pid))
		kill(pid, SIGKILL);
	if (postmaster_stop(p, discard ? 0 : STOP_MS))
		return true;
	err_set(e, ERR_FAILED, "E-PG", NULL, NULL,
	    _("the demo's server (process %d) does not stop"), (int)pm.pid);
	return false;
}

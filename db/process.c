#include "config.h"

#include "db/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"

void sleep_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

long long clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- finding PostgreSQL ---- */

static bool has_programs(const char *dir)
{
	char *initdb = xasprintf("%s/initdb", dir);
	char *postgres = xasprintf("%s/postgres", dir);
	bool ok = access(initdb, X_OK) == 0 && access(postgres, X_OK) == 0;

	free(initdb);
	free(postgres);
	return ok;
}

/* "postgres (PostgreSQL) 15.20 …" → 15 */
static int ask_version(const char *dir)
{
	struct place as_we_are = { 0 };
	char *postgres = xasprintf("%s/postgres", dir);
	char *const argv[] = { postgres, (char[]){ "--version" }, NULL };
	struct strbuf out = { 0 };
	const char *at;
	int major = 0;

	if (process_run(&as_we_are, argv, &out) == 0) {
		at = strstr(strbuf_str(&out), "(PostgreSQL) ");
		if (at != NULL)
			major = atoi(at + strlen("(PostgreSQL) "));
	}
	strbuf_free(&out);
	free(postgres);
	return major;
}

static void consider(const char *dir, int version, int want, char **best, int *best_major)
{
	if (version < PG_MIN_MAJOR || version <= *best_major || (want != 0 && version != want)
	    || !has_programs(dir))
		return;
	free(*best);
	*best = xstrdup(dir);
	*best_major = version;
}

/* The places of Debian and of the PostgreSQL project's packages: the version is in the name. */
static void consider_glob(const char *pattern, int want, char **best, int *best_major)
{
	glob_t g;

	if (glob(pattern, GLOB_NOSORT, NULL, &g) != 0)
		return;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *digits = strpbrk(g.gl_pathv[i], "0123456789");

		consider(g.gl_pathv[i], digits == NULL ? 0 : atoi(digits), want, best, best_major);
	}
	globfree(&g);
}

static void consider_path(int want, char **best, int *best_major)
{
	char *path = xstrdup(getenv("PATH") == NULL ? "" : getenv("PATH"));
	char *save = NULL;

	for (char *dir = strtok_r(path, ":", &save); dir != NULL; dir = strtok_r(NULL, ":", &save))
		if (dir[0] == '/' && has_programs(dir))
			consider(dir, ask_version(dir), want, best, best_major);
	free(path);
}

char *pg_find(int major, struct err *e)
{
	char *best = NULL, package[32] = "postgresql";
	int best_major = 0;

	consider_glob("/usr/lib/postgresql/*/bin", major, &best, &best_major);
	consider_glob("/usr/pgsql-*/bin", major, &best, &best_major);
	if (best == NULL)
		consider_path(major, &best, &best_major);
	if (best != NULL)
		return best;
	if (major != 0)
		snprintf(package, sizeof package, "postgresql-%d", major);
	if (major != 0) {
		err_set(e, ERR_FAILED, "E-PG", NULL,
		    _("Install it again, or make a new demo: domovoi demo --reset"),
		    _("the demo was made with PostgreSQL %d, which is not on this machine any more"),
		    major);
	} else {
		err_set(e, ERR_FAILED, "E-PG", NULL, _("Install it: apt install postgresql"),
		    _("PostgreSQL %d or newer is not on this machine"), PG_MIN_MAJOR);
	}
	return NULL;
}

int pg_cluster_major(const struct place *p)
{
	char *path = place_path(p, "data/PG_VERSION");
	FILE *f = fopen(path, "re");
	int major = 0;

	if (f != NULL) {
		if (fscanf(f, "%d", &major) != 1)
			major = 0;
		fclose(f);
	}
	free(path);
	return major;
}

/* ---- running ---- */

static _Noreturn void run_child(const struct place *p, char *const argv[], int out)
{
	char *const env[] = { (char[]){ "PATH=/usr/local/bin:/usr/bin:/bin" },
		(char[]){ "LC_ALL=C" }, (char[]){ "TZ=UTC" }, NULL };
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* ignored signals survive execve: give the server what it expects */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	if (!place_become(p) || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0
	    || dup2(out, STDERR_FILENO) < 0)
		_exit(126);
	execve(argv[0], argv, env);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void gather(int fd, struct strbuf *out)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			strbuf_add(out, buf, (size_t)n);
}

int process_run(const struct place *p, char *const argv[], struct strbuf *out)
{
	int fds[2], status;
	pid_t pid, parent = getpid();

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		struct place as = *p;

		/* a change of uid forgets the parent-death signal, so change first */
		if (!place_become(&as)) {
			dprintf(fds[1], "cannot run as %s: %s\n", p->user, strerror(errno));
			_exit(126);
		}
		as.drop = false;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(126);
		run_child(&as, argv, fds[1]);
	}
	close(fds[1]);
	if (pid > 0)
		gather(fds[0], out);
	close(fds[0]);
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t process_spawn(const struct place *p, char *const argv[], const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	pid_t pid;

	if (fd < 0) /* a full disk must not keep the server from telling through its exit */
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	pid = fork();
	if (pid == 0)
		run_child(p, argv, fd);
	close(fd);
	return pid;
}

/* ---- is it alive ---- */

static bool zombie(pid_t pid)
{
	char path[64], line[512];
	FILE *f;
	bool dead = true;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return true;
	if (fgets(line, sizeof line, f) != NULL) {
		const char *end = strrchr(line, ')');

		dead = end == NULL || end[1] == '\0' || strchr("ZXx", end[2]) != NULL;
	}
	fclose(f);
	return dead;
}

static bool is_postgres(pid_t pid)
{
	char path[64], name[32] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	if (fgets(name, sizeof name, f) == NULL)
		name[0] = '\0';
	fclose(f);
	return strcmp(name, "postgres\n") == 0;
}

/* A server works in its data directory: the number in a file proves nothing, this does. */
static bool serves(const struct place *p, pid_t pid)
{
	char cwd[64], *data = place_path(p, "data");
	struct stat a, b;
	bool yes;

	snprintf(cwd, sizeof cwd, "/proc/%d/cwd", (int)pid);
	yes = stat(cwd, &a) == 0 && stat(data, &b) == 0 && a.st_dev == b.st_dev
	    && a.st_ino == b.st_ino;
	free(data);
	return yes && !zombie(pid);
}

void postmaster_read(const struct place *p, struct postmaster *pm)
{
	char *path = place_path(p, "data/postmaster.pid");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[1024];

	*pm = (struct postmaster){ 0 };
	free(path);
	if (f == NULL)
		return;
	/* pid, data directory, start, port, socket directory, address, shared memory, status */
	for (int n = 1; fgets(line, sizeof line, f) != NULL; n++) {
		line[strcspn(line, "\n")] = '\0';
		if (n == 1)
			pm->pid = (pid_t)atol(line);
		else if (n == 5)
			snprintf(pm->sockdir, sizeof pm->sockdir, "%.*s",
			    (int)sizeof pm->sockdir - 1, line);
		else if (n == 8)
			pm->ready = strncmp(line, "ready", 5) == 0;
	}
	fclose(f);
	if (pm->pid <= 1 || !serves(p, pm->pid))
		*pm = (struct postmaster){ 0 };
}

/*
 * The lock beside the socket names a server. When that one lives, its data
 * directory was removed or replaced under it (the socket's name comes from the
 * directory's): it would unlink the new server's socket when it notices.
 */
static void end_stray(const char *lock)
{
	FILE *f = fopen(lock, "re");
	int pid = 0;

	if (f == NULL)
		return;
	if (fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	for (int i = 0; pid > 1 && i < 1500 && is_postgres(pid) && !zombie(pid); i++) {
		if (i == 0)
			kill(pid, SIGQUIT);
		sleep_ms(2);
	}
}

static void sweep_socket(const struct place *p)
{
	char *lock = xasprintf("%s/.s.PGSQL.%d.lock", p->sockdir, PG_PORT);
	char *sock = xasprintf("%s/.s.PGSQL.%d", p->sockdir, PG_PORT);

	end_stray(lock);
	unlink(lock);
	unlink(sock);
	free(lock);
	free(sock);
}

void postmaster_sweep(const struct place *p)
{
	char *path = place_path(p, "data/postmaster.pid");

	/* orphaned backends of a killed server are caught by its shared memory key instead */
	unlink(path);
	free(path);
	sweep_socket(p);
}

bool postmaster_listens(const char *sockdir)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, n = snprintf(sun.sun_path, sizeof sun.sun_path, "%s/.s.PGSQL.%d", sockdir, PG_PORT);
	bool ok;

	if (n < 0 || (size_t)n >= sizeof sun.sun_path)
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	/* a full queue (EAGAIN) has somebody behind it too */
	ok = connect(fd, (struct sockaddr *)&sun, sizeof sun) == 0 || errno == EAGAIN;
	close(fd);
	return ok;
}

bool postmaster_stop(const struct place *p, int wait_ms)
{
	long long start = clock_ms();
	int sent = 0;

	for (;;) {
		struct postmaster pm;
		long long waited = clock_ms() - start;

		postmaster_read(p, &pm);
		if (pm.pid == 0)
			return true;
		if (sent == 0 || (sent == SIGINT && waited > wait_ms)) {
			sent = sent == 0 && wait_ms > 0 ? SIGINT : SIGQUIT;
			kill(pm.pid, sent);
		}
		if (waited > wait_ms + 5000)
			return false;
		while (waitpid(pm.pid, NULL, WNOHANG) > 0) /* ours or not: no zombie stays */
			;
		sleep_ms(2);
	}
}

/* ---- what it said ---- */

void process_tail(const char *path, off_t from, struct strbuf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	off_t size;

	if (fd < 0)
		return;
	size = lseek(fd, 0, SEEK_END);
	lseek(fd, size - from > 8192 ? size - 8192 : from, SEEK_SET);
	gather(fd, out);
	close(fd);
}

static const char *message_in(const char *line, size_t len)
{
	static const char *const marks[] = { "FATAL:", "PANIC:", "error:", "ERROR:", "cannot run" };

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		const char *at = memmem(line, len, marks[i], strlen(marks[i]));

		if (at != NULL)
			return i + 1 == ARRAY_LEN(marks) ? at : at + strlen(marks[i]);
	}
	return NULL;
}

void process_complaint(const char *text, char *buf, size_t size)
{
	buf[0] = '\0';
	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		const char *said = message_in(line, len);

		if (said != NULL) {
			while (*said == ' ')
				said++;
			snprintf(buf, size, "%.*s", (int)(line + len - said), said);
		}
		line += len + (line[len] == '\n');
	}
}

#include "config.h"

#include "db/place.h"

#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "db/sql.h"

#define SHARED_DIR "/var/lib/domovoi"
#define SOCKET_NAME "/.s.PGSQL.5432.lock" /* the longer of the two files beside each other */

static bool refuse(struct err *e, const char *remedy, const char *fmt, const char *what)
{
	int why = errno;

	err_set(e, ERR_FAILED, "E-DEMO", NULL, remedy, fmt, what, strerror(why));
	return false;
}

/* ---- the path ---- */

static char *home_of(uid_t uid)
{
	struct passwd *pw = getpwuid(uid);

	return xstrdup(pw == NULL ? "/" : pw->pw_dir);
}

static char *default_dir(void)
{
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	char *own, *dir;

	if (data != NULL && data[0] == '/')
		return xasprintf("%s/domovoi/demo", data);
	own = home != NULL && home[0] == '/' ? xstrdup(home) : home_of(getuid());
	dir = xasprintf("%s/.local/share/domovoi/demo", own);
	free(own);
	return dir;
}

/*
 * The path with its existing part resolved, so that one place has one name.
 * "." and ".." after the existing part are refused: nothing there to resolve.
 */
static char *canonical(const char *path)
{
	char *head = path[0] == '/' ? xstrdup(path) : xasprintf("./%s", path);
	char *tail = xstrdup("");
	char *real, *out;
	int why;

	while ((real = realpath(head, NULL)) == NULL) {
		char *slash = strrchr(head, '/');
		char *longer;

		if (slash == NULL || errno != ENOENT || strcmp(slash, "/..") == 0
		    || strcmp(slash, "/.") == 0)
			break;
		longer = slash[1] == '\0' ? xstrdup(tail) : xasprintf("%s%s", slash, tail);
		free(tail);
		tail = longer;
		slash[0] = '\0';
		if (head[0] == '\0')
			memcpy(head, "/", 2); /* at least "/x" was there */
	}
	why = errno;
	out = real == NULL
	    ? NULL
	    : xasprintf("%s%s", strcmp(real, "/") == 0 && tail[0] != '\0' ? "" : real, tail);
	free(real);
	free(head);
	free(tail);
	errno = why;
	return out;
}

static void short_hash(const char *s, char hex[static 11])
{
	char sum[SQL_CHECKSUM_LEN + 1];

	sql_checksum(s, sum);
	snprintf(hex, 11, "%.10s", sum);
}

/* Can that user come as far as the deepest part of `dir` that exists? Asked as that user. */
static bool reachable(const struct place *p, const char *dir)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0) {
		char *part = xstrdup(dir);
		int fd = -1;

		if (!place_become(p))
			_exit(2);
		for (;;) {
			char *slash = strrchr(part, '/');
			char *inside = xasprintf("%s/.", part);

			fd = open(inside, O_PATH | O_DIRECTORY | O_CLOEXEC);
			/* the demo's own directory may be root's still: place_make() gives it away */
			if (fd >= 0 || (errno != ENOENT && strcmp(part, dir) != 0) || slash == NULL)
				break;
			slash[0] = '\0';
		}
		_exit(fd >= 0 ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void use_shared_dir(struct place *p)
{
	char *own = home_of(0);
	char *usual = xasprintf("%s/.local/share/domovoi/demo", own);
	char hex[11];

	short_hash(p->dir, hex);
	free(own);
	own = p->dir;
	p->dir = strcmp(own, usual) == 0 ? xstrdup(SHARED_DIR "/demo")
	                                 : xasprintf(SHARED_DIR "/demo-%s", hex);
	free(own);
	free(usual);
}

/* ---- the user ---- */

static bool user_is(struct place *p, const struct passwd *pw)
{
	if (pw == NULL || pw->pw_uid == 0)
		return false;
	p->user = xstrdup(pw->pw_name);
	p->uid = pw->pw_uid;
	p->gid = pw->pw_gid;
	return true;
}

static bool find_caller(struct place *p, struct err *e)
{
	struct passwd *pw = getpwuid(geteuid());

	if (pw == NULL) {
		err_set(e, ERR_FAILED, "E-DEMO", NULL,
		    _("Add the user to /etc/passwd, or run as another one"),
		    _("user id %u has no name on this machine, and PostgreSQL needs one"),
		    (unsigned)geteuid());
		return false;
	}
	p->caller = xstrdup(pw->pw_name);
	p->drop = pw->pw_uid == 0;
	return p->drop || user_is(p, pw);
}

/* Root: the owner of an existing demo, else postgres, else nobody. */
static bool find_owner(struct place *p, struct err *e)
{
	struct stat st;

	if (lstat(p->dir, &st) == 0 && S_ISDIR(st.st_mode) && user_is(p, getpwuid(st.st_uid)))
		return true;
	if (user_is(p, getpwnam("postgres")) || user_is(p, getpwnam("nobody")))
		return true;
	err_set(e, ERR_FAILED, "E-DEMO", NULL,
	    _("Add a user, for example: adduser --system postgres"),
	    _("PostgreSQL does not run as root, and there is no user postgres or nobody"));
	return false;
}

/* ---- the socket ---- */

static bool plain(const char *path)
{
	return path[strspn(path,
	           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")]
	    == '\0';
}

static char *socket_dir(const struct place *p)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	struct sockaddr_un sun;
	struct stat st;
	char hex[11];

	short_hash(p->dir, hex);
	if (!p->drop && run != NULL && run[0] == '/' && plain(run) && lstat(run, &st) == 0
	    && S_ISDIR(st.st_mode) && st.st_uid == p->uid && (st.st_mode & 077) == 0) {
		char *dir = xasprintf("%s/domovoi-%s", run, hex);

		if (strlen(dir) + strlen(SOCKET_NAME) < sizeof sun.sun_path)
			return dir;
		free(dir);
	}
	return xasprintf("/tmp/domovoi-%u-%s", (unsigned)p->uid, hex);
}

bool place_make_sockdir(const struct place *p, struct err *e)
{
	struct stat st;

	if (mkdir(p->sockdir, 0700) < 0 && errno != EEXIST)
		return refuse(e, NULL, _("cannot make the socket directory %s: %s"), p->sockdir);
	if (lstat(p->sockdir, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != p->uid
	    || (st.st_mode & 077) != 0) {
		err_set(e, ERR_FAILED, "E-DEMO", NULL, _("Remove it, then try again"),
		    _("%s is not a directory that belongs to %s alone"), p->sockdir, p->user);
		return false;
	}
	return true;
}

bool place_find(const char *dir, struct place *p, struct err *e)
{
	char *asked = dir == NULL ? default_dir() : xstrdup(dir);

	*p = (struct place){ 0 };
	errno = ENOENT;
	p->dir = asked[0] == '\0' ? NULL : canonical(asked);
	if (p->dir == NULL) {
		refuse(e, _("Choose another place with --dir"),
		    _("cannot use the directory %s: %s"), asked);
		free(asked);
		return false;
	}
	free(asked);
	if (!find_caller(p, e) || (p->drop && !find_owner(p, e))) {
		place_free(p);
		return false;
	}
	if (p->drop && !reachable(p, p->dir)) {
		use_shared_dir(p);
		free(p->user);
		p->user = NULL;
		if (!find_owner(p, e)) {
			place_free(p);
			return false;
		}
	}
	p->sockdir = socket_dir(p);
	return true;
}

void place_free(struct place *p)
{
	free(p->dir);
	free(p->sockdir);
	free(p->user);
	free(p->caller);
	*p = (struct place){ 0 };
}

/* ---- making ---- */

/* Parents: for a user 0700 as XDG says; root's must let the server's user through. */
static bool make_parents(const struct place *p, struct err *e)
{
	char *path = xstrdup(p->dir);
	bool ok = true;

	for (char *slash = strchr(path + 1, '/'); ok && slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		slash[0] = '\0';
		if (mkdir(path, p->drop ? 0755 : 0700) == 0) {
			if (p->drop && chmod(path, 0755) < 0)
				ok = false;
		} else if (errno != EEXIST) {
			ok = false;
		}
		if (!ok)
			refuse(e,
			    errno == ENOSPC
			        ? _("Free some space on that disk")
			        : _("Choose another place with --dir, or set XDG_DATA_HOME"),
			    _("cannot make the directory %s: %s"), path);
		slash[0] = '/';
	}
	free(path);
	return ok;
}

/* Empty, or with our lock in it. */
static bool ours(const struct place *p)
{
	DIR *d = opendir(p->dir);
	struct dirent *ent;
	bool empty = true, known = false;

	if (d == NULL)
		return false;
	while ((ent = readdir(d)) != NULL) {
		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
			continue;
		empty = false;
		known |= strcmp(ent->d_name, "start.lock") == 0
		    || strcmp(ent->d_name, "users.lock") == 0;
	}
	closedir(d);
	return empty || known;
}

static bool take_over(const struct place *p, const struct stat *st, struct err *e)
{
	if (!S_ISDIR(st->st_mode) || (st->st_uid != p->uid && !(p->drop && st->st_uid == 0))) {
		err_set(e, ERR_DENIED, "E-DEMO", NULL, _("Choose another place with --dir"),
		    _("%s does not belong to %s"), p->dir, p->user);
		return false;
	}
	if (!ours(p)) {
		err_set(e, ERR_FAILED, "E-DEMO", NULL, _("Choose another place with --dir"),
		    _("%s is not empty and holds no demo"), p->dir);
		return false;
	}
	return true;
}

bool place_make(const struct place *p, struct err *e)
{
	struct stat st;
	bool fresh;

	if (!make_parents(p, e))
		return false;
	fresh = mkdir(p->dir, 0700) == 0;
	if ((!fresh && errno != EEXIST) || lstat(p->dir, &st) < 0)
		return refuse(e,
		    errno == ENOSPC ? _("Free some space on that disk")
		                    : _("Choose another place with --dir, or set XDG_DATA_HOME"),
		    _("cannot make the directory %s: %s"), p->dir);
	if (!fresh && !take_over(p, &st, e))
		return false;
	if (p->drop && st.st_uid != p->uid && lchown(p->dir, p->uid, p->gid) < 0)
		return refuse(e, NULL, _("cannot give away the directory %s: %s"), p->dir);
	if ((st.st_mode & 07777) != 0700 && chmod(p->dir, 0700) < 0)
		return refuse(e, NULL, _("cannot protect the directory %s: %s"), p->dir);
	return true;
}

/* ---- acting as the owner ---- */

bool place_enter(const struct place *p, struct err *e)
{
	if (!p->drop)
		return true;
	if (setegid(p->gid) == 0 && seteuid(p->uid) == 0)
		return true;
	return refuse(e, NULL, _("cannot act as the user %s: %s"), p->user);
}

void place_leave(const struct place *p)
{
	if (p->drop && (seteuid(0) < 0 || setegid(0) < 0))
		die("cannot return to root");
}

bool place_become(const struct place *p)
{
	if (p->drop) {
		if (seteuid(0) < 0 || initgroups(p->user, p->gid) < 0 || setgid(p->gid) < 0
		    || setuid(p->uid) < 0)
			return false;
	}
	umask(077);
	return chdir("/") == 0;
}

/* ---- files ---- */

char *place_path(const struct place *p, const char *name)
{
	return xasprintf("%s/%s", p->dir, name);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

bool place_remove(const struct place *p, const char *name)
{
	char *path = place_path(p, name);
	int r = nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	bool ok = r == 0 || errno == ENOENT;

	free(path);
	return ok;
}

long long place_free_bytes(const struct place *p)
{
	struct statvfs v;

	if (statvfs(p->dir, &v) < 0)
		return -1;
	return (long long)v.f_bavail * (long long)v.f_frsize;
}

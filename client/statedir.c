#include "config.h"

#include "client/statedir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define SUFFIX ".json"
#define NAME_MOST 200          /* bytes of a file's name before the suffix */
#define SIZE_MOST (8 << 20)    /* a larger file is not ours */
#define STALE_SECONDS 86400    /* what a crash left half written */

struct statedir {
	char *path;
	bool swept;
};

/* ---- names ---- */

/* What every file system takes: letters, digits and "-_." inside; the rest as %xx. Never "", "." or hidden. */
static char *encode(const char *name)
{
	struct strbuf out = { 0 };

	for (const char *s = name; *s; s++) {
		bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		    *s == '-' || *s == '_' || (*s == '.' && s > name);

		if (plain)
			strbuf_putc(&out, *s);
		else
			strbuf_printf(&out, "%%%02x", (unsigned char)*s);
	}
	return strbuf_steal(&out);
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* NULL if it is not what encode() makes. */
static char *decode(const char *file, size_t n)
{
	struct strbuf out = { 0 };

	for (size_t i = 0; i < n; i++) {
		int high, low;

		if (file[i] != '%') {
			strbuf_putc(&out, file[i]);
			continue;
		}
		high = i + 2 < n ? hex(file[i + 1]) : -1;
		low = i + 2 < n ? hex(file[i + 2]) : -1;
		if (high < 0 || low < 0 || (high == 0 && low == 0)) {
			strbuf_free(&out);
			return NULL;
		}
		strbuf_putc(&out, (char)(high * 16 + low));
		i += 2;
	}
	return strbuf_steal(&out);
}

static uint64_t hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return h;
}

/* A place may be longer than a name of a directory: then its beginning and a number that tells it from others. */
static char *place_name(const char *place)
{
	char *whole = encode(*place ? place : "-"), *cut;

	if (strlen(whole) <= NAME_MOST)
		return whole;
	cut = xasprintf("%.*s-%016llx", NAME_MOST - 20, whole, (unsigned long long)hash(place));
	free(whole);
	return cut;
}

/* NULL: there can be no such file. */
static char *file_of(const struct statedir *d, const char *name, const char *suffix)
{
	char *file = encode(name), *path = NULL;

	if (*file && strlen(file) <= NAME_MOST)
		path = xasprintf("%s/%s%s", d->path, file, suffix);
	free(file);
	return path;
}

/* ---- the directory ---- */

static bool is_absolute(const char *path)
{
	return path && path[0] == '/';
}

struct statedir *statedir_open(const char *place, struct err *e)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct statedir *d;
	char *name;

	if (!is_absolute(state) && !is_absolute(home)) {
		err_set(e, ERR_FAILED, "E-STATE", NULL, _("Set HOME or XDG_STATE_HOME"),
		    _("there is no directory to remember things in"));
		return NULL;
	}
	d = xcalloc(1, sizeof(*d));
	name = place_name(place);
	if (is_absolute(state)) /* a relative one is to be ignored, says the specification */
		d->path = xasprintf("%s/domovoi/%s", state, name);
	else
		d->path = xasprintf("%s/.local/state/domovoi/%s", home, name);
	free(name);
	return d;
}

void statedir_close(struct statedir *d)
{
	if (!d)
		return;
	free(d->path);
	free(d);
}

static bool refuse(struct err *e, const char *path, const char *why)
{
	err_set(e, ERR_FAILED, "E-STATE", NULL, NULL, _("%s cannot be written: %s"), path, why);
	return false;
}

/* The last two directories are ours alone, whatever the umask and whoever made them. */
static bool own_directory(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return refuse(e, path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return refuse(e, path, strerror(ENOTDIR));
	if (st.st_uid != geteuid())
		return refuse(e, path, _("it belongs to somebody else"));
	if ((st.st_mode & 0777) != 0700 && chmod(path, 0700) != 0)
		return refuse(e, path, strerror(errno));
	return true;
}

static bool make_directories(const struct statedir *d, struct err *e)
{
	char *path = xstrdup(d->path), *last = strrchr(path, '/');
	bool ok = true;

	for (char *at = strchr(path + 1, '/'); ok; at = at ? strchr(at + 1, '/') : NULL) {
		if (at)
			*at = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			ok = refuse(e, path, strerror(errno));
		else if (!at || at == last)
			ok = own_directory(path, e);
		if (!at)
			break;
		*at = '/';
	}
	free(path);
	return ok;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* Once a life: halves of files that a crash left behind. */
static void sweep(struct statedir *d)
{
	DIR *dir = d->swept ? NULL : opendir(d->path);
	struct dirent *entry;

	d->swept = true;
	while (dir && (entry = readdir(dir))) {
		struct stat st;

		if (ends_with(entry->d_name, ".tmp") && fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    time(NULL) - st.st_mtime > STALE_SECONDS)
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
}

/* ---- documents ---- */

static bool write_all(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, s, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		s += done;
		n -= (size_t)done;
	}
	return true;
}

static bool write_beside(const char *path, const char *text, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok = fd >= 0 && fchmod(fd, 0600) == 0 && write_all(fd, text, strlen(text)) && fsync(fd) == 0;
	int why = errno;

	if (fd >= 0 && close(fd) != 0 && ok) {
		ok = false;
		why = errno;
	}
	return ok || refuse(e, path, strerror(why));
}

static void sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd); /* a file system that cannot has no better way either */
	close(fd);
}

static bool replace(struct statedir *d, const char *path, const char *text, struct err *e)
{
	static unsigned count; /* two writers of one process never share a half */
	char *half = xasprintf("%s.%ld-%u.tmp", path, (long)getpid(), count++);
	bool ok;

	unlink(half); /* of an earlier process with our number */
	ok = write_beside(half, text, e);
	if (ok && rename(half, path) != 0)
		ok = refuse(e, path, strerror(errno));
	if (ok)
		sync_directory(d->path);
	else
		unlink(half);
	free(half);
	return ok;
}

bool statedir_put(struct statedir *d, const char *name, const json_t *doc, struct err *e)
{
	char *path = file_of(d, name, SUFFIX), *text;
	bool ok;

	if (!path)
		return refuse(e, name, _("the name is empty or too long"));
	text = json_dumps(doc, JSON_COMPACT | JSON_ENCODE_ANY);
	ok = text ? make_directories(d, e) : refuse(e, path, _("it is not a document"));
	if (ok)
		sweep(d);
	ok = ok && replace(d, path, text, e);
	free(text);
	free(path);
	return ok;
}

static json_t *load(const char *path, bool *damaged)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	json_t *doc = NULL;

	*damaged = false;
	if (!f)
		return NULL;
	if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode)) {
		doc = st.st_size <= SIZE_MOST ? json_loadf(f, JSON_DECODE_ANY, NULL) : NULL;
		*damaged = !doc;
	}
	fclose(f);
	return doc;
}

json_t *statedir_get(struct statedir *d, const char *name)
{
	char *path = file_of(d, name, SUFFIX);
	bool damaged = false;
	json_t *doc = path ? load(path, &damaged) : NULL;

	if (damaged) {
		char *bad = file_of(d, name, ".bad");

		rename(path, bad);
		free(bad);
	}
	free(path);
	return doc;
}

void statedir_drop(struct statedir *d, const char *name)
{
	char *path = file_of(d, name, SUFFIX);

	if (path)
		unlink(path);
	free(path);
}

/* ---- which there are ---- */

struct found { char *name; struct timespec when; };

static int newest_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->when.tv_sec != y->when.tv_sec)
		return x->when.tv_sec > y->when.tv_sec ? -1 : 1;
	if (x->when.tv_nsec != y->when.tv_nsec)
		return x->when.tv_nsec > y->when.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

static bool look(int dir, const char *file, const char *prefix, struct found *f)
{
	struct stat st;

	if (!ends_with(file, SUFFIX) || fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return false;
	f->name = decode(file, strlen(file) - strlen(SUFFIX));
	f->when = st.st_mtim;
	if (f->name && !strncmp(f->name, prefix, strlen(prefix)))
		return true;
	free(f->name);
	return false;
}

json_t *statedir_list(struct statedir *d, const char *prefix)
{
	json_t *names = json_array();
	DIR *dir = opendir(d->path);
	struct dirent *entry;
	struct found *all = NULL, one;
	size_t n = 0;

	while (dir && (entry = readdir(dir))) {
		if (!look(dirfd(dir), entry->d_name, prefix, &one))
			continue;
		all = xreallocarray(all, n + 1, sizeof(*all));
		all[n++] = one;
	}
	if (dir)
		closedir(dir);
	if (n > 1)
		qsort(all, n, sizeof(*all), newest_first);
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(names, json_string(all[i].name)); /* not UTF-8: left out */
		free(all[i].name);
	}
	free(all);
	return names;
}

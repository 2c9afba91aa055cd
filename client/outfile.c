#include "config.h"

#include "client/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"

bool outfile_failed(struct err *e, const char *path, int why)
{
	const char *remedy = NULL;

	switch (why) {
	case ENOSPC:
	case EDQUOT:
		remedy = _("Make room on the disk, or write to another one");
		break;
	case EACCES:
	case EPERM:
	case EROFS:
		remedy = _("Choose a folder that you may write to");
		break;
	case ENOENT:
	case ENOTDIR:
		remedy = _("Make the folder first, or choose another");
		break;
	}
	err_set(e, ERR_FAILED, "E-FILE", "output", remedy, "%s: %s", path, strerror(why));
	return false;
}

static bool fail(struct outfile *f, struct err *e)
{
	int why = errno;

	outfile_failed(e, f->path, why);
	outfile_abort(f);
	return false;
}

bool outfile_open(struct outfile *f, const char *path, bool only_mine, struct err *e)
{
	struct stat st;
	const char *slash = strrchr(path, '/');
	int fd;

	*f = (struct outfile){ .path = xstrdup(path) };
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		if (S_ISDIR(st.st_mode))
			errno = EISDIR;
		else
			f->fp = fopen(path, "we");
		return f->fp || fail(f, e);
	}
	f->temp = xasprintf("%.*s.%s.XXXXXX", slash ? (int)(slash - path + 1) : 0, path, slash ? slash + 1 : path);
	fd = mkostemp(f->temp, O_CLOEXEC); /* 0600 */
	if (fd < 0) {
		free(f->temp);
		f->temp = NULL;
		return fail(f, e);
	}
	mode_t mask = umask(077);
	umask(mask);
	if ((!only_mine && fchmod(fd, 0666 & ~mask) != 0) || !(f->fp = fdopen(fd, "w"))) {
		int why = errno;
		close(fd);
		errno = why;
		return fail(f, e);
	}
	return true;
}

int outfile_commit(struct outfile *f)
{
	int why = 0;

	errno = 0;
	if (fflush(f->fp) != 0 || ferror(f->fp))
		why = errno ? errno : EIO;
	if (!why && f->temp && fsync(fileno(f->fp)) != 0)
		why = errno;
	if (!why && f->temp && rename(f->temp, f->path) != 0)
		why = errno;
	if (!why) {
		free(f->temp);
		f->temp = NULL;
	}
	outfile_abort(f);
	return why;
}

void outfile_abort(struct outfile *f)
{
	if (f->fp)
		fclose(f->fp);
	if (f->temp)
		unlink(f->temp);
	free(f->temp);
	free(f->path);
	*f = (struct outfile){ 0 };
}

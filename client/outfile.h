/*
 * A file that is complete or not there: what is written goes into a hidden
 * file beside it, which takes its name at the end, when it is on the disk. A
 * device, a pipe or a socket under the name is just written.
 */
#ifndef CLIENT_OUTFILE_H
#define CLIENT_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

struct outfile {
	FILE *fp;          /* where to write */
	char *path, *temp; /* temp NULL: written as it is */
};

/*
 * `only_mine`: nobody else may read it (0600), whatever the umask says. False: `e` says which name and why. The error
 * of a write is the caller's to notice.
 */
bool outfile_open(struct outfile *f, const char *path, bool only_mine, struct err *e);
/* Flush, sync, rename. 0, or the errno; then the file beside is gone and what was there before is as it was. Closes. */
int outfile_commit(struct outfile *f);
/* Closes; the file is left as it was. Does nothing to one that is closed. */
void outfile_abort(struct outfile *f);

/* The error "PATH: why", with what to do about it. Returns false. */
bool outfile_failed(struct err *e, const char *path, int why);

#endif

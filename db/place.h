/*
 * Where the demo's cluster lives and as whom its server runs. PostgreSQL
 * refuses to run as root: then another user owns it, and the directory must be
 * one that this user can reach.
 */
#ifndef DB_PLACE_H
#define DB_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

struct err;

struct place {
	char *dir;     /* absolute, without symbolic links */
	char *sockdir; /* of a server yet to start; a running one tells its own (process.h) */
	char *user;    /* whose the cluster is */
	uid_t uid;
	gid_t gid;
	char *caller;  /* the name of whoever runs this program; may equal user */
	bool drop;     /* we are root: children and files change to uid */
};

/* Finds, makes nothing. */
bool place_find(const char *dir, struct place *p, struct err *e);

/* Make the directory (0700, the owner's), refuse one that holds something else. */
bool place_make(const struct place *p, struct err *e);

/* Make the socket directory or prove that it is ours (0700, lstat owner). */
bool place_make_sockdir(const struct place *p, struct err *e);

void place_free(struct place *p);

/*
 * While root, act as the owner: files get the right owner, and a symbolic link
 * that the owner planted leads nowhere new. Not nested; leave() before anything
 * else is done as root.
 */
bool place_enter(const struct place *p, struct err *e);
void place_leave(const struct place *p);

/* For good, in a child: groups, gid, uid, chdir("/"), umask 077. False with errno. */
bool place_become(const struct place *p);

/* dir/name; allocated */
char *place_path(const struct place *p, const char *name);

/* rm -rf dir/name. False with errno; true if there was nothing. */
bool place_remove(const struct place *p, const char *name);

/* Free bytes for the owner; -1 if unknown. */
long long place_free_bytes(const struct place *p);

#endif

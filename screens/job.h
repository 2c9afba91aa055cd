/*
 * Changes on their way to the database: one or a few hundred mutations that
 * belong together. They are sent a few at a time, each under its own id; what
 * the connection lost is sent again under the same id until there is an
 * answer, so that it happens once or is refused, and is never called done
 * before it is. Jobs belong to the console, not to a screen: closing a screen
 * stops none. Loop thread only.
 */
#ifndef SCREENS_JOB_H
#define SCREENS_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/uuid.h"
#include "client/client.h"

struct jobs;
struct job;
struct screen;

enum job_state {
	ITEM_WAITS,   /* not sent yet */
	ITEM_SENT,
	ITEM_LOST,    /* sent, the connection broke: outcome unknown until it is sent again */
	ITEM_DONE,
	ITEM_REFUSED, /* see err */
	ITEM_LEFT,    /* cancelled before it was sent */
};

struct job_item {
	struct job *job;
	struct mutation m;         /* the item's own copies */
	char id[UUID_LEN + 1];
	char *label;
	enum job_state state;
	struct err err;
};

struct job {
	uint64_t id;               /* never reused */
	struct jobs *jobs;
	struct job_item *items;
	int n, next, flying, lost, done, refused, left;
	int skipped;               /* rows that the preview showed would not change: never were items */
	int lanes;                 /* how many at a time */
	bool over;                 /* every item has its outcome */
	bool once;                 /* taken back for good: not to be done again */
	int kept;                  /* records that stay although their making was taken back, … */
	struct strbuf note;        /* … some of them in words */
	char *what;                /* in the user's words */
	char *joins;               /* the caller's: what the change before it is called; NULL = it stands alone */
	int kind;                  /* the caller's */
	uint64_t screen;           /* who asked; 0 = nobody */
	void (*answered)(struct screen *s, const struct reply *r, void *arg); /* the caller's, as is arg */
	void (*ended)(struct screen *s);
	void *arg;
	struct job *later;         /* list of jobs */
};

/* What the owner of the jobs is told, from the loop: an answer came (r NULL: the connection lost it); all came. */
struct jobs_hooks {
	void (*step)(void *ctx, struct job *j, struct job_item *it, const struct reply *r);
	void (*over)(void *ctx, struct job *j); /* the job is freed afterwards */
	void *ctx;
};

struct jobs *jobs_new(uv_loop_t *loop, struct client *client, struct session *session, const struct jobs_hooks *hooks);
void jobs_free(struct jobs *all); /* after the client: no answer comes any more; its handle was closed by the loop */
void jobs_online(struct jobs *all);              /* connected again: what was lost is sent again now */
struct job *jobs_find(struct jobs *all, uint64_t id); /* NULL once freed */
int jobs_unsaved(const struct jobs *all);        /* mutations without an outcome */
bool jobs_has(const struct jobs *all, const char *record); /* a change of this record has no outcome yet */

/* Filled in by job_add(), begun by job_start(). */
struct job *job_new(struct jobs *all, const char *what, int kind, int lanes);
void job_add(struct job *j, const struct mutation *m, const char *label); /* m->id is ignored: made here */
void job_start(struct job *j);
void job_stop(struct job *j);  /* what was not sent is left; what was sent is waited for */
void job_leave_rest(struct job *j); /* the same from the hook `step`, which goes on with the job itself */

#endif

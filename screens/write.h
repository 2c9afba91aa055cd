/*
 * The one door through which a person's change leaves a screen. It sends the
 * mutation under an id of its own, says in words what happened, keeps the undo
 * entry, and puts a refusal with its code, reason and remedy on the status
 * line and under "!". Undo and redo are reversals through the same engine.
 */
#ifndef SCREENS_WRITE_H
#define SCREENS_WRITE_H

#include "client/client.h"
#include "screens/screens.h"
#include "screens/undo.h"

/*
 * `what` in the user's words for the status line and the undo list: "252: confirmed" (copied). done may be NULL;
 * it runs for success and refusal (reply->err), and only while `s` is open. m->id is ignored: made here.
 */
void write_one(struct screen *s, const struct mutation *m, const char *what,
    void (*done)(struct screen *s, const struct reply *r, void *arg), void *arg);

/*
 * The same, when it completes a change of ours called `before` (copied): a stay for the guest who was just made. Taken
 * back, both go; `u` says `what`.
 */
void write_joined(struct screen *s, const struct mutation *m, const char *before, const char *what,
    void (*done)(struct screen *s, const struct reply *r, void *arg), void *arg);

/* The same change for several records: a preview ("12 marked, 11 will change, 1 skipped: …"), the question, a
 * progress with cancel, the rows that failed with their reason and "retry"; one undo entry. ids and labels: n
 * strings each, copied. `m` says resource, kind, action, set, args; record and version are filled in a row each. */
void write_many(struct screen *s, const struct mutation *m, const char *const *ids, const char *const *labels,
    int n, const char *what, void (*done)(struct screen *s));

/* Several creations of one resource (mass block): sets[i] is the JSON object of row i. Otherwise as above. */
void write_new(struct screen *s, const struct resource *res, const json_t *const *sets, const char *const *labels,
    int n, const char *what, void (*done)(struct screen *s));

/*
 * Changes that belong together, one after another, under one entry: the first that is refused ends it, what was done
 * before it stays and can be taken back. All of one kind of record. `done` runs at the end, while `s` is open.
 */
void write_steps(struct screen *s, const struct mutation *ms, int n, const char *what, void (*done)(struct screen *s));

/*
 * Something was done that can be taken back by a mutation of kind "undo" under these ids (an import's batches): one
 * entry, said in the user's words. The screens ask again.
 */
void write_did(struct screen *s, const struct resource *res, const char *what, const undo_id *ids, int n);

/* `u` and `U`: take back the last entry of this session, or do the last one taken back again. */
enum result write_undo(struct screen *s, int redo);

/* In which words `u` would say what it takes back; NULL = there is nothing. */
const char *write_undo_next(struct screen *s);
/* The same of `U`: what was taken back last. */
const char *write_redo_next(struct screen *s);

/* A change of this record is on its way and has no outcome yet: its row says "~". */
bool write_pending(struct screen *s, const char *record);

/* ---- for the console and bulk.c ---- */

struct jobs;
struct writes;

/* job.kind; WRITE_REST: the rows of the last WRITE_MANY that were refused, tried again. */
enum write_kind { WRITE_ONE, WRITE_MANY, WRITE_STEPS, WRITE_REST, WRITE_BACK, WRITE_AGAIN };

struct writes *writes_new(uv_loop_t *loop, struct app *a, struct client *client, struct session *session);
void writes_free(struct writes *w);   /* after the loop has closed its handles */
void writes_state(struct writes *w);  /* the connection's state changed */
int writes_unsaved(const struct writes *w);
struct jobs *writes_jobs(struct writes *w);
struct writes *screen_writes(struct screen *s);

#endif

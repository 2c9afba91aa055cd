/*
 * What can be taken back and done again, newest first, for one console. Pure:
 * it keeps labels and ids of mutations; sending the reversals is write.c's.
 */
#ifndef SCREENS_UNDO_H
#define SCREENS_UNDO_H

#include <stdbool.h>

#include "base/uuid.h"

#define UNDO_MOST 200 /* entries of one direction; older ones are forgotten */

typedef char undo_id[UUID_LEN + 1];

struct resource;

/* One change in the user's words, however many records it touched. */
struct undo_entry {
	char *label;
	const struct resource *res;
	undo_id *ids; /* of its mutations, in the order in which they were made */
	int n;
};

enum undo_way { UNDO_BACK, UNDO_AGAIN };

struct undo {
	struct undo_entry way[2][UNDO_MOST]; /* oldest first */
	int n[2];
};

/* A change was made: it can be taken back, and what had been taken back cannot be done again. n 0: nothing. */
void undo_did(struct undo *u, const struct resource *res, const char *label, const undo_id *ids, int n);

/* The rest of the newest change, done after all (a retry): part of the same entry if it has this label. */
void undo_more(struct undo *u, const struct resource *res, const char *label, const undo_id *ids, int n);

/* It belongs to the newest change, if that is called `before`: one entry, called `label` from now on. */
void undo_joined(struct undo *u, const struct resource *res, const char *before, const char *label, const undo_id *ids,
    int n);

/* The newest entry of a direction leaves the stack and is the caller's (undo_entry_free()). False: there is none. */
bool undo_take(struct undo *u, enum undo_way way, struct undo_entry *out);

/* What undo_take() gave was reversed under these ids, in this order: it can go the other way now. */
void undo_turned(struct undo *u, enum undo_way way, const struct resource *res, const char *label,
    const undo_id *reversals, int n);

/* These of it were refused for now and may be tried again: the same label, the same direction. */
void undo_kept(struct undo *u, enum undo_way way, const struct resource *res, const char *label, const undo_id *ids,
    int n);

/* The label of the newest entry; NULL if there is none. */
const char *undo_next(const struct undo *u, enum undo_way way);

void undo_entry_free(struct undo_entry *e);
void undo_clear(struct undo *u);

#endif

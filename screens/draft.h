/*
 * What was typed into a form, on disk: written when a field is left and at
 * most a second after a key, found again at the next opening or start. One
 * draft a record and one a kind of new record. Secrets are never in it.
 */
#ifndef SCREENS_DRAFT_H
#define SCREENS_DRAFT_H

#include "screens/sheet.h"

struct draft {
	char name[96];        /* "draft/unit-018f…", "draft/reservation-new" */
	char at[8];           /* when it was last written: "14:05"; "" = not yet */
	char shown[8];        /* as the header says */
	bool armed, failed;
	uint64_t since;       /* loop time of the first key that is not on disk */
};

void draft_open(struct draft *d, const struct resource *res, const char *id /* NULL = new */);
/* What was found, or NULL. Caller decrefs. */
json_t *draft_find(struct screen *s, const struct draft *d);
/* "14:05", or with its day when that is not today. */
void draft_time(struct screen *s, const json_t *doc, char buf[static 24]);
/* If there is one, ask what to do with it: done(s, 0 go on, 1 drop it, -1 not now). */
bool draft_ask(struct screen *s, const struct draft *d, void (*done)(struct screen *s, int choice, void *arg));
/* "3 changed fields are thrown away." done(s, agreed). */
void draft_discard_ask(struct screen *s, int changes, void (*done)(struct screen *s, bool agreed, void *arg));

/* A key changed something: `write` (which calls draft_write()) runs within a second. */
void draft_touch(struct screen *s, struct draft *d, void (*write)(struct screen *s));
/* The dirty fields, with what they were; none: the draft goes. `title`, `version`: of the record. */
void draft_write(struct screen *s, struct draft *d, const struct sheet *sh, const char *title, int version);
/* When it was written, for the header, which does not change while somebody types; "" = not yet. */
const char *draft_shown(struct screen *s, struct draft *d);
void draft_drop(struct screen *s, struct draft *d);

/* Put it back: values as typed, bases as they were then. Returns how many fields differ from the record as loaded. */
int draft_restore(struct sheet *sh, const json_t *doc);
int draft_version(const json_t *doc);

/* How many drafts there are, and of when the newest is (for the start: "1 draft of 14:05 found"). */
int draft_count(struct screen *s, char at[static 24]);

#endif

/*
 * The change feed as the process keeps it: positions, entries, the last of them for those who come back, and whether
 * somebody may know of one. Pure but for the log's lock, under which any thread may use it; everything else here is
 * immutable once it is made. Source of the order: DESIGN §3 (by transaction, then by sequence, below the horizon).
 */
#ifndef SERVER_FEEDLOG_H
#define SERVER_FEEDLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where in the feed: "xid.seq". Zeros are before everything. */
struct feed_pos {
	uint64_t xid, seq;
};

int feed_pos_cmp(struct feed_pos a, struct feed_pos b);
bool feed_pos_parse(const char *text, struct feed_pos *out); /* exactly "digits.digits" of 64 bits */

/*
 * What a subscriber gets and gives back: "<first eight digits of the incarnation>.<xid>.<seq>". A database that was
 * restored has another incarnation: positions of the old one mean nothing in it.
 */
#define FEED_ID_SIZE 52
void feed_id(char out[static FEED_ID_SIZE], const char *incarnation, struct feed_pos pos);
/* false: it is no id at all. *same: of this incarnation. */
bool feed_id_parse(const char *id, const char *incarnation, struct feed_pos *pos, bool *same);

struct feed_entry {
	struct feed_pos pos;
	int company;           /* 0: of none, the platform's */
	char *resource;        /* of domovoi.record_kind: "reservation" */
	char record[37];
	char **keys;           /* whom it concerned before and concerns now; NULL-terminated */
};

struct feed_batch;
/* Taken: resource and keys of each entry, and the array (malloc). One reference is the caller's. */
struct feed_batch *feed_batch_new(struct feed_entry *e, size_t n);
struct feed_batch *feed_batch_ref(struct feed_batch *b);
void feed_batch_free(struct feed_batch *b); /* a reference */
const struct feed_entry *feed_batch_entries(const struct feed_batch *b, size_t *n);
/* "{a,b}" of PostgreSQL, whose elements need no quotes here, added to a NULL-terminated list; NULL adds nothing. */
void feed_keys_add(char ***keys, const char *array);
bool feed_keys_has(char *const *keys, const char *key);
void feed_keys_free(char **keys);

/* What somebody may know of: the database's answer for his session (api.feed_view). All members are owned. */
struct feed_view {
	bool platform;         /* no keys are asked for */
	int company;           /* 0: all, of the platform */
	char user[37];         /* whose view it is: a change of this person changes the view */
	char **keys;
	char **resources;
};
bool feed_view_sees(const struct feed_view *v, const struct feed_entry *e);
bool feed_view_same(const struct feed_view *a, const struct feed_view *b);
void feed_view_clear(struct feed_view *v);

struct feed_log;

struct feed_log *feed_log_new(size_t keep); /* entries, at least; whole batches are dropped */
void feed_log_free(struct feed_log *l);
/* It begins anew here, with nothing kept: at the start, and when the database is another one than before. */
void feed_log_reset(struct feed_log *l, const char *incarnation, struct feed_pos tip);
void feed_log_add(struct feed_log *l, struct feed_batch *b); /* its own reference */
/* Where it stands; false: not read yet. */
bool feed_log_tip(struct feed_log *l, char incarnation[static 37], struct feed_pos *tip);
/* Entries after `from`, in order; false: some of them are not kept any more (fn was not called). */
bool feed_log_since(struct feed_log *l, struct feed_pos from, void (*fn)(const struct feed_entry *e, void *arg),
    void *arg);

#endif

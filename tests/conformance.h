/*
 * The conformance suite's tools: the same question over two backends, answers written out canonically and compared. A
 * difference is a failure and is shown. Everything goes through client/client.h; no side knows what it is.
 */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "client/client.h"

#define NOW "2026-06-16T09:00:00+05:00"

struct side { /* one backend */
	const char *name;
	struct client *client;
	struct session *session;
	/* the last answer */
	bool done;
	struct err err;
	struct table *rows;
	json_t *json;
	bool more;
	int64_t count;
};

struct pair { struct side a, b; }; /* a is what is right */

extern uv_loop_t test_loop;
extern int test_passed, test_failed;

/* One question: asked of one side; `arg` is the case's own. */
typedef void (*question)(struct side *s, const void *arg);

/* Ask both at once, wait, compare; false: they differ, which was printed under this name. */
bool same(struct pair *p, question ask, const void *arg, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
bool ask_both(struct pair *p, question ask, const void *arg); /* the answers are the caller's to judge */
void answered(const struct reply *r, void *side); /* the reply_fn of questions */

/* Columns and members that differ by their nature: made by each database for itself. NULL ends. */
void ignore_columns(const char *const *names);

bool wait_for(const bool *done); /* turns the loop; false after 60 s */
void check(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool is_volatile(const char *resource_or_report); /* differs by its nature: who signed in, the chain over it */

/* conformance_reads.c, conformance_writes.c */
void reads_of_everything(struct pair *p, day_t today);
void writes_of_a_day(struct pair *p, const char *codes_key); /* file of the key that both sides' codes are sealed with */
void refusals_of_everything(struct pair *p);

#endif

/*
 * Which migrations are to run: a pure comparison of what this program carries
 * with what a database has recorded. Here are decided the three refusals: an
 * edited migration, a database newer than the program, a hole in the history.
 */
#ifndef DB_PLAN_H
#define DB_PLAN_H

#include <stdbool.h>
#include <stddef.h>

struct err;

#define PLAN_NAME_LEN 63

enum plan_state {
	PLAN_APPLIED,
	PLAN_PENDING,
	PLAN_EDITED,  /* applied here with another text */
	PLAN_UNKNOWN, /* applied here, but this program does not have it */
};

struct plan_text {
	const char *name;
	const char *checksum;
};

struct plan_step {
	const char *name; /* points into one of the inputs */
	enum plan_state state;
};

/*
 * Both inputs in any order. `steps` has room for nhave + ndone; the result is
 * ordered by name and its length returned. Only states, no judgement.
 */
size_t plan_make(const struct plan_text *have, size_t nhave, const struct plan_text *done,
    size_t ndone, struct plan_step *steps);

/* May the pending ones run? False with one line that says why not. */
bool plan_check(const struct plan_step *steps, size_t n, struct err *e);

const char *plan_state_name(enum plan_state s); /* msgid: "applied", "pending", … */

#endif

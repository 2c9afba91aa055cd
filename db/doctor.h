/*
 * `domovoi db doctor`: is this database fit to work in, and if not, what is to
 * be done. Reads only. Blocking libpq, like db/migrate.h.
 */
#ifndef DB_DOCTOR_H
#define DB_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

struct err;

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_BAD };

struct doctor_row {
	const char *check; /* msgid: "PostgreSQL version" */
	enum doctor_state state;
	char detail[320];  /* "15.20", in the user's language where it is a sentence */
	char remedy[240];  /* "" when ok */
};

/*
 * Fills at most `max` rows, returns how many; -1 and `e` when there is no
 * connection. A database that is not ours yet gives rows, not an error.
 */
int doctor_run(const char *dsn, struct doctor_row *rows, size_t max, struct err *e);

const char *doctor_state_name(enum doctor_state s); /* msgid: "ok", "warning", "bad" */

#endif

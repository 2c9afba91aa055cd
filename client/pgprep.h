/*
 * Which statements a connection has prepared on the server: by their text, the
 * least recently used of too many is given up. Only for connections that are
 * one session's: behind a pooler in transaction mode (API mode) a name may be
 * another server's, so nothing is prepared there (pgask.c). Pure: no I/O.
 */
#ifndef CLIENT_PGPREP_H
#define CLIENT_PGPREP_H

#include <stdbool.h>
#include <stdint.h>

#define PGPREP_MOST 64
#define PGPREP_NAME 16

struct pgprep {
	struct pgprep_known {
		char *sql;
		unsigned no;       /* its name is d_<no>; numbers do not come back on one connection */
		uint64_t used;
	} known[PGPREP_MOST];
	int n;
	unsigned last;
	uint64_t clock;
	unsigned stale[PGPREP_MOST]; /* to be given up on the server as well */
	int nstale;
};

/* The number of this text, and whether it has to be prepared first (then it counts as prepared from now on). */
unsigned pgprep_number(struct pgprep *p, const char *sql, bool *fresh);
void pgprep_name(unsigned no, char buf[static PGPREP_NAME]);

/* What became of these is not known, or the server says that they are of no use: forget them. */
void pgprep_forget(struct pgprep *p, const unsigned *no, int n);

/* The next one to give up on the server; 0: none. */
unsigned pgprep_stale(struct pgprep *p);

void pgprep_clear(struct pgprep *p); /* the connection is gone */

#endif

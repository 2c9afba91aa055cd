/*
 * The server's processes: finding PostgreSQL's programs, running them as the
 * cluster's owner without a shell, and telling from the files and /proc
 * whether a server lives.
 */
#ifndef DB_PROCESS_H
#define DB_PROCESS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/strbuf.h"
#include "db/place.h"

struct err;

#define PG_MIN_MAJOR 15
#define PG_PORT 5432 /* only names the socket file: there is no TCP */

/*
 * The directory with initdb and postgres: the newest of at least PG_MIN_MAJOR,
 * or exactly `major` if that is not 0. Allocated; NULL and `e` with the remedy.
 */
char *pg_find(int major, struct err *e);

/* The major version that a cluster was made with; 0 if it cannot be told. */
int pg_cluster_major(const struct place *p);

/*
 * Run a program to its end as the owner (dies with us); what it printed is in
 * *out. Its exit status, 128 + signal, or -1 with errno.
 */
int process_run(const struct place *p, char *const argv[], struct strbuf *out);

/* Start one that lives on, its output appended to the file `log`. -1 with errno. */
pid_t process_spawn(const struct place *p, char *const argv[], const char *log);

/* postmaster.pid, as far as it is written. */
struct postmaster {
	pid_t pid;                /* 0: no file, or nobody of that number serves our directory */
	bool ready;               /* accepts connections */
	char sockdir[108];
};

/* Sets pid only for a living process (no zombie, no other one with a reused number). */
void postmaster_read(const struct place *p, struct postmaster *pm);

/* Unlink what a killed server left behind; only when postmaster_read() found none. */
void postmaster_sweep(const struct place *p);

/* Does something listen on the socket? Microseconds; no session is begun. */
bool postmaster_listens(const char *sockdir);

/*
 * Signal it (SIGINT: fast) and wait; after wait_ms (0: at once) it gets
 * SIGQUIT. False: it is still there.
 */
bool postmaster_stop(const struct place *p, int wait_ms);

/* The last line of a log that says what went wrong, without its prefix; "" if there is none. */
void process_complaint(const char *text, char *buf, size_t size);

/* A log from that place on, at most 8 kB of its end. */
void process_tail(const char *path, off_t from, struct strbuf *out);

void sleep_ms(int ms);
long long clock_ms(void); /* monotonic */

#endif

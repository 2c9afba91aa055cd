/*
 * What a worker counts: plain atomics, written by its own thread only, read by whichever worker answers /metrics, which
 * adds them up in Prometheus' text format.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "server/http.h"

#define METRICS_ROUTES 96
#define METRICS_STATUSES 32
#define METRICS_METHODS 5
#define METRICS_BUCKETS 12

enum refused { REFUSED_LIMIT, REFUSED_DEADLINE, REFUSED_BROKEN, REFUSED_KINDS };

struct metrics {
	atomic_uint_fast64_t requests[METRICS_ROUTES][METRICS_METHODS][METRICS_STATUSES];
	atomic_uint_fast64_t bucket[METRICS_ROUTES][METRICS_BUCKETS + 1];
	atomic_uint_fast64_t sum_us[METRICS_ROUTES];
	atomic_uint_fast64_t refused[REFUSED_KINDS];
	atomic_int inflight, connections, streams;
	atomic_int pool_size, pool_busy, pool_waiting, sessions, db_ms; /* as of the last half second */
};

void metrics_begin(struct metrics *m);
/* route NULL: none was found. */
void metrics_end(struct metrics *m, const struct route *route, enum method method, int status, uint64_t us);
void metrics_refused(struct metrics *m, enum refused why);

/* Everything that all workers have counted. */
void metrics_text(struct strbuf *out);

#endif

#include "config.h"

#include "server/metrics.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "server/routes.h"
#include "server/workers.h"

static const int statuses[METRICS_STATUSES] = { 0, 101, 200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 406, 409, 410,
	411, 412, 413, 415, 422, 426, 428, 429, 431, 499, 500, 501, 503, 504 };
static const char *const methods[METRICS_METHODS] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
static const char *const why_refused[REFUSED_KINDS] = { "limit", "deadline", "broken" };
/* Upper ends in milliseconds. */
static const int ends[METRICS_BUCKETS] = { 1, 2, 5, 10, 20, 50, 100, 250, 500, 1000, 2500, 10000 };

/* One writer a counter: no locked instruction is needed. */
static void bump(atomic_uint_fast64_t *n, uint64_t by)
{
	atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + by, memory_order_relaxed);
}

static uint64_t value(const atomic_uint_fast64_t *n)
{
	return atomic_load_explicit((atomic_uint_fast64_t *)(uintptr_t)n, memory_order_relaxed);
}

void metrics_begin(struct metrics *m)
{
	atomic_fetch_add_explicit(&m->inflight, 1, memory_order_relaxed);
}

/* The place of a route among all, from 1; 0 = none. */
static size_t route_index(const struct route *route)
{
	size_t n = 1;

	for (const struct route *const *t = routes_all(); route != NULL && *t != NULL; t++)
		for (const struct route *r = *t; r->pattern != NULL; r++, n++)
			if (r == route)
				return n < METRICS_ROUTES ? n : 0;
	return 0;
}

static size_t status_index(int status)
{
	for (size_t i = 1; i < METRICS_STATUSES; i++)
		if (statuses[i] == status)
			return i;
	return 0;
}

static size_t method_index(enum method m)
{
	switch (m) {
	case POST:
		return 1;
	case PUT:
		return 2;
	case PATCH:
		return 3;
	case DELETE:
		return 4;
	default:
		return 0;
	}
}

void metrics_end(struct metrics *m, const struct route *route, enum method method, int status, uint64_t us)
{
	size_t at = route_index(route), b = 0;

	atomic_fetch_sub_explicit(&m->inflight, 1, memory_order_relaxed);
	bump(&m->requests[at][method_index(method)][status_index(status)], 1);
	while (b < METRICS_BUCKETS && us > (uint64_t)ends[b] * 1000)
		b++;
	bump(&m->bucket[at][b], 1);
	bump(&m->sum_us[at], us);
}

void metrics_refused(struct metrics *m, enum refused why)
{
	bump(&m->refused[why], 1);
}

/* ---- the text -------------------------------------------------------------------------------- */

static uint64_t total(size_t offset)
{
	uint64_t n = 0;

	for (int i = 0; i < workers_count(); i++)
		n += value((const atomic_uint_fast64_t *)(const void *)((const char *)&workers_at(i)->metrics + offset));
	return n;
}

static int total_now(size_t offset)
{
	int n = 0;

	for (int i = 0; i < workers_count(); i++)
		n += atomic_load_explicit((atomic_int *)(uintptr_t)((const char *)&workers_at(i)->metrics + offset),
		    memory_order_relaxed);
	return n;
}

static void requests_text(struct strbuf *out, size_t at, const char *pattern)
{
	uint64_t n = 0;

	for (size_t m = 0; m < METRICS_METHODS; m++)
		for (size_t s = 0; s < METRICS_STATUSES; s++) {
			uint64_t count = total(offsetof(struct metrics, requests[at][m][s]));

			if (count > 0)
				strbuf_printf(out, "domovoi_requests_total{route=\"%s\",method=\"%s\",status=\"%d\"} %llu\n", pattern,
				    methods[m], statuses[s], (unsigned long long)count);
			n += count;
		}
	if (n == 0)
		return;
	n = 0;
	for (size_t b = 0; b <= METRICS_BUCKETS; b++) {
		char end[24] = "+Inf";

		if (b < METRICS_BUCKETS)
			snprintf(end, sizeof end, "%g", ends[b] / 1000.0);
		n += total(offsetof(struct metrics, bucket[at][b]));
		strbuf_printf(out, "domovoi_request_seconds_bucket{route=\"%s\",le=\"%s\"} %llu\n", pattern, end,
		    (unsigned long long)n);
	}
	strbuf_printf(out, "domovoi_request_seconds_sum{route=\"%s\"} %.6f\n", pattern,
	    (double)total(offsetof(struct metrics, sum_us[at])) / 1e6);
	strbuf_printf(out, "domovoi_request_seconds_count{route=\"%s\"} %llu\n", pattern, (unsigned long long)n);
}

static void gauge(struct strbuf *out, const char *name, const char *help, long long n)
{
	strbuf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %lld\n", name, help, name, name, n);
}

static long long resident_bytes(void)
{
	long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f != NULL && fscanf(f, "%*d %lld", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

#define NOW(member) total_now(offsetof(struct metrics, member))

void metrics_text(struct strbuf *out)
{
	size_t at = 1;

	strbuf_puts(out, "# HELP domovoi_requests_total Requests answered\n# TYPE domovoi_requests_total counter\n"
	    "# HELP domovoi_request_seconds From the first line of a request to the end of its answer\n"
	    "# TYPE domovoi_request_seconds histogram\n");
	requests_text(out, 0, "-");
	for (const struct route *const *t = routes_all(); *t != NULL; t++)
		for (const struct route *r = *t; r->pattern != NULL; r++, at++)
			if (at < METRICS_ROUTES)
				requests_text(out, at, r->pattern);
	strbuf_puts(out, "# HELP domovoi_refused_total Connections ended by us or broken\n"
	    "# TYPE domovoi_refused_total counter\n");
	for (size_t i = 0; i < REFUSED_KINDS; i++)
		strbuf_printf(out, "domovoi_refused_total{reason=\"%s\"} %llu\n", why_refused[i],
		    (unsigned long long)total(offsetof(struct metrics, refused[i])));
	gauge(out, "domovoi_inflight", "Requests being answered", NOW(inflight));
	gauge(out, "domovoi_connections", "Callers connected", NOW(connections));
	gauge(out, "domovoi_streams", "Answers that go on", NOW(streams));
	gauge(out, "domovoi_pool_size", "Connections to the database", NOW(pool_size));
	gauge(out, "domovoi_pool_busy", "… that answer something", NOW(pool_busy));
	gauge(out, "domovoi_pool_waiting", "Questions that wait for one", NOW(pool_waiting));
	gauge(out, "domovoi_sessions", "Identities kept", NOW(sessions));
	gauge(out, "domovoi_db_milliseconds", "Latest answer of the database, all workers", NOW(db_ms));
	gauge(out, "domovoi_resident_bytes", "Memory of the process", resident_bytes());
	gauge(out, "domovoi_workers", "Threads", workers_count());
}

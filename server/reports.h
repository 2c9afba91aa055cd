/* Reports: as JSON, CSV or a workbook; at once, or as a job (jobs.h) when that takes longer than somebody waits. */
#ifndef SERVER_REPORTS_H
#define SERVER_REPORTS_H

#include "client/export.h"
#include "server/alias.h"
#include "server/http.h"
#include "server/params.h"

/* The arguments of a report, canonical; zero-initialise. */
struct report_args {
	struct param v[32];  /* values are owned */
	int n;
	unsigned long most;  /* parameter `limit`: rows; 0 = all */
};
struct spool;
void report_args_free(struct report_args *a);
/* Pure. `limit` is the argument of that name where the report has one, and cuts the rows in any case. */
bool report_args_read(struct report_args *a, const struct report *rep, const struct pair *p, size_t n, day_t today,
    const char *currency, struct flaw *f);
/* One that was not given. */
void report_args_preset(struct report_args *a, const char *name, const char *value);

/* A question whose owner is the request's with this bit is dropped without the request (request_owner() has no). */
#define REPORT_OWNER ((owner_t)1 << 62)
/* A spool for these rows of a report; JSON has its envelope around them. NULL and `e`: no file could be made. */
struct spool *reports_spool(uv_loop_t *loop, const struct report *rep, enum export_format format, const struct table *t,
    bool more, struct err *e);

/* Answer it. `below` (may be NULL): under a seed's path, about this record and with a period if none is given. */
void reports_serve(struct request *r, const struct report *rep, const struct alias_below *below, const char *record);

#endif

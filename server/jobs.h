/*
 * Reports made aside: what is asked for is a row of the database (0038_report_jobs.sql), so that any server can be
 * asked about it; the server that takes it makes it on one of its workers, under a data session of its own, with the
 * rights of whoever asked. While it does it says so every few seconds and hears whether it was cancelled; if it is not
 * heard of any longer, the next server that is asked about the job takes it over.
 */
#ifndef SERVER_JOBS_H
#define SERVER_JOBS_H

#include "client/export.h"
#include "server/http.h"
#include "server/reports.h"

/* Answers 202 with the job's place, or the refusal; the report is made afterwards. */
void jobs_start(struct request *r, const struct report *rep, const struct report_args *args, enum export_format format);

void jobs_show(struct request *r);   /* GET report-jobs/{job} */
void jobs_cancel(struct request *r); /* DELETE */
void jobs_result(struct request *r); /* GET …/result */

#endif

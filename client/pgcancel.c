#include "config.h"

#include "client/pgcancel.h"

#include <stdlib.h>

#include "base/mem.h"

struct pgcancel {
	uv_work_t req;
	PGcancel *cancel; /* a copy: needs the connection no more */
	void (*done)(void *arg); /* NULL: forgotten */
	void *arg;
};

static void work(uv_work_t *req)
{
	struct pgcancel *job = req->data;
	char why[256];

	PQcancel(job->cancel, why, sizeof why); /* a failure shows as a statement that runs on */
}

static void finish(uv_work_t *req, int status)
{
	struct pgcancel *job = req->data;

	(void)status;
	PQfreeCancel(job->cancel);
	if (job->done != NULL)
		job->done(job->arg);
	free(job);
}

struct pgcancel *pgcancel_start(uv_loop_t *loop, PGconn *pg, void (*done)(void *arg), void *arg)
{
	struct pgcancel *job = xcalloc(1, sizeof *job);

	*job = (struct pgcancel){ .cancel = PQgetCancel(pg), .done = done, .arg = arg };
	job->req.data = job;
	if (job->cancel == NULL || uv_queue_work(loop, &job->req, work, finish) != 0) {
		PQfreeCancel(job->cancel);
		free(job);
		return NULL;
	}
	return job;
}

void pgcancel_forget(struct pgcancel *job)
{
	if (job != NULL)
		job->done = NULL;
}

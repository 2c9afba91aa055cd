/* Making a report aside (jobs.h). On the loop of the worker that took it. */
#ifndef SERVER_JOB_RUN_H
#define SERVER_JOB_RUN_H

struct worker;

/* Take the job if no living server has it, and make it. Nothing is told to anybody: the database knows. */
void job_take(struct worker *w, const char *id);
/* It was cancelled: stop, if this worker makes it. Others hear of it within seconds. */
void job_drop(struct worker *w, const char *id);
/* The worker stops: what it makes is left to another server. Before its client is freed. */
void job_runs_stop(struct worker *w);

#endif

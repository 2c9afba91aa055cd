#include "config.h"

#include "server/hasher.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"
#include "client/secret.h"
#include "server/keyring.h"
#include "server/worker.h"

struct job {
	STAILQ_ENTRY(job) link;
	uv_work_t work;       /* of the job that starts a runner */
	uv_async_t done;      /* wakes the job's own loop */
	bool runs, finished;  /* loop: its runner has not come back; it is to be closed */
	struct worker *worker;
	owner_t owner;
	hashed_fn fn;
	void *arg;
	struct pepper *pepper;
	char *password, *hash; /* hash: what it is compared with, or what was made */
	bool check, right, stale;
};
STAILQ_HEAD(job_queue, job);

/* One for the process: the cores are. */
static struct {
	pthread_mutex_t lock;
	struct job_queue waiting;
	int nwaiting, running;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER, .waiting = STAILQ_HEAD_INITIALIZER(all.waiting) };

static int most_at_once(void)
{
	const char *s = getenv("UV_THREADPOOL_SIZE");
	int pool = s && atoi(s) > 0 ? atoi(s) : 4, cores = (int)uv_available_parallelism();

	return cores < pool ? cores : pool > 1 ? pool - 1 : 1;
}

/* ---- on the pool ------------------------------------------------------------------------------------------ */

static void hash(struct job *j)
{
	struct err e;

	if (j->check)
		j->right = password_check(j->pepper, j->hash, j->password, &j->stale);
	else
		j->hash = password_hash(j->pepper, j->password, &e);
	uv_async_send(&j->done); /* j is the loop's from here on */
}

static struct job *next_waiting(void)
{
	pthread_mutex_lock(&all.lock);
	struct job *j = STAILQ_FIRST(&all.waiting);
	if (j) {
		STAILQ_REMOVE_HEAD(&all.waiting, link);
		all.nwaiting--;
	} else {
		all.running--;
	}
	pthread_mutex_unlock(&all.lock);
	return j;
}

/* The job that it was started for, then whatever waits, of any loop. */
static void run(uv_work_t *work)
{
	for (struct job *j = work->data; j; j = next_waiting())
		hash(j);
}

/* ---- on the loop ------------------------------------------------------------------------------------------ */

static void free_job(uv_handle_t *handle)
{
	struct job *j = handle->data;

	pepper_free(j->pepper);
	code_forget(j->password);
	free(j->hash);
	free(j);
}

static void close_when_over(struct job *j)
{
	if (j->finished && !j->runs)
		uv_close((uv_handle_t *)&j->done, free_job);
}

static void runner_over(uv_work_t *work, int status)
{
	struct job *j = work->data;

	(void)status; /* it is never cancelled */
	j->runs = false;
	close_when_over(j);
}

static void tell(uv_async_t *async)
{
	struct job *j = async->data;
	struct request *r = request_find(j->worker, j->owner);

	if (j->finished)
		return;
	j->finished = true;
	if (r) {
		struct hashed h = { .right = j->right, .stale = j->stale, .hash = j->check ? NULL : j->hash };
		j->fn(r, &h, j->arg);
	}
	close_when_over(j);
}

/* 1 = it is to start a runner, 0 = it waits, -1 = too many do */
static int enter(struct job *j)
{
	int is = -1;

	pthread_mutex_lock(&all.lock);
	if (all.running < most_at_once()) {
		all.running++;
		is = 1;
	} else if (all.nwaiting < HASHER_QUEUE) {
		STAILQ_INSERT_TAIL(&all.waiting, j, link);
		all.nwaiting++;
		is = 0;
	}
	pthread_mutex_unlock(&all.lock);
	return is;
}

static bool start(struct request *r, const char *stored, const char *password, bool check, hashed_fn fn, void *arg)
{
	struct worker *w = request_worker(r);
	struct job *j = xcalloc(1, sizeof *j);

	*j = (struct job){ .worker = w, .owner = request_owner(r), .fn = fn, .arg = arg, .check = check,
		.pepper = pepper_copy(ring_pepper(worker_ring(w))), .password = xstrdup(password), .hash = xstrdup(stored) };
	j->work.data = j->done.data = j;
	uv_async_init(worker_loop(w), &j->done, tell);
	int is = enter(j);
	if (is > 0) {
		j->runs = true;
		uv_queue_work(worker_loop(w), &j->work, run, runner_over);
	} else if (is < 0) {
		j->finished = true;
		close_when_over(j);
		respond_problem(r, "overloaded", "Too many people sign in at this moment");
	}
	return is >= 0;
}

bool hasher_check(struct request *r, const char *hash_text, const char *password, hashed_fn fn, void *arg)
{
	return start(r, hash_text, password, true, fn, arg);
}

bool hasher_make(struct request *r, const char *password, hashed_fn fn, void *arg)
{
	return start(r, NULL, password, false, fn, arg);
}

#include "config.h"

#include "server/hasher.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/secret.h"
#include "server/keyring.h"
#include "server/worker.h"

enum { THREADS_MOST = 64, NICENESS = 10 };

struct job {
	STAILQ_ENTRY(job) link;
	struct request *request; /* loop: NULL = it has ended meanwhile */
	atomic_bool unwanted;    /* the same, for the threads */
	int refs;                /* loop: of the request, and of `done` */
	uv_poll_t done;
	int fd;                  /* eventfd: is written to when it is done */
	hashed_fn fn;
	void *arg;
	struct pepper *pepper;
	char *password, *hash;   /* hash: what it is compared with, or what was made */
	bool check, right, stale;
};
STAILQ_HEAD(job_queue, job);

/*
 * One for the process: the cores are. The first thread has its share of a core, so that people come in however busy the
 * machine is; the others help where a core has nothing else to do.
 */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t first, others;
	struct job_queue waiting;
	int nwaiting, njobs, nthreads; /* njobs: that wait, or are hashed */
	bool first_rests, over;
	pthread_t thread[THREADS_MOST];
} all = { .lock = PTHREAD_MUTEX_INITIALIZER, .first = PTHREAD_COND_INITIALIZER, .others = PTHREAD_COND_INITIALIZER,
	.waiting = STAILQ_HEAD_INITIALIZER(all.waiting) };

static int most_at_once(void)
{
	int cores = (int)uv_available_parallelism();

	return cores < THREADS_MOST ? cores : THREADS_MOST;
}

/* ---- on its threads --------------------------------------------------------------------------------------- */

/*
 * No uv_async_t: the loop that one of these threads wakes displaces it, being less nice, and would then spin until the
 * sender came to its next line.
 */
static void hash(struct job *j)
{
	const uint64_t one = 1;
	struct err e;

	if (!atomic_load(&j->unwanted)) {
		if (j->check)
			j->right = password_check(j->pepper, j->hash, j->password, &j->stale);
		else
			j->hash = password_hash(j->pepper, j->password, &e);
	}
	while (write(j->fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

/* The next one; the others leave one to the first while that rests. NULL: it is over. */
static struct job *take(bool first)
{
	struct job *j;

	pthread_mutex_lock(&all.lock);
	all.first_rests |= first;
	while (all.nwaiting <= (first ? 0 : all.first_rests) && !all.over)
		pthread_cond_wait(first ? &all.first : &all.others, &all.lock);
	all.first_rests &= !first;
	j = STAILQ_FIRST(&all.waiting);
	if (j) {
		STAILQ_REMOVE_HEAD(&all.waiting, link);
		all.nwaiting--;
	}
	pthread_mutex_unlock(&all.lock);
	return j;
}

static void *run(void *arg)
{
	bool first = arg != NULL;

	if (!first)
		setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS); /* on Linux a thread has its own */
	for (struct job *j; (j = take(first)) != NULL;) {
		hash(j); /* then j is the loop's */
		pthread_mutex_lock(&all.lock);
		all.njobs--;
		pthread_mutex_unlock(&all.lock);
	}
	return NULL;
}

void hasher_end(void)
{
	pthread_mutex_lock(&all.lock);
	all.over = true;
	pthread_cond_signal(&all.first);
	pthread_cond_broadcast(&all.others);
	pthread_mutex_unlock(&all.lock);
	for (int i = 0; i < all.nthreads; i++)
		pthread_join(all.thread[i], NULL);
	all.nthreads = 0;
}

/* ---- on the loop ------------------------------------------------------------------------------------------ */

static void job_unref(struct job *j)
{
	if (--j->refs > 0)
		return;
	if (j->fd >= 0)
		close(j->fd);
	pepper_free(j->pepper);
	code_forget(j->password);
	free(j->hash);
	free(j);
}

static void request_over(void *p)
{
	struct job *j = p;

	j->request = NULL;
	atomic_store(&j->unwanted, true);
	job_unref(j);
}

static void on_closed(uv_handle_t *handle)
{
	job_unref(handle->data);
}

static void tell(uv_poll_t *poll, int status, int events)
{
	struct job *j = poll->data;
	uint64_t times;

	(void)status, (void)events;
	if (read(j->fd, &times, sizeof times) < 0)
		return;
	uv_close((uv_handle_t *)poll, on_closed);
	if (j->request) {
		struct hashed h = { .right = j->right, .stale = j->stale, .hash = j->check ? NULL : j->hash };
		j->fn(j->request, &h, j->arg);
	}
}

static void begin_thread(void)
{
	pthread_t *t = &all.thread[all.nthreads];

	if (pthread_create(t, NULL, run, all.nthreads == 0 ? &all : NULL) != 0)
		return;
	pthread_setname_np(*t, "hasher");
	all.nthreads++;
}

/* False: too many wait, or there is no thread. */
static bool enter(struct job *j)
{
	int most = most_at_once();
	bool fits;

	pthread_mutex_lock(&all.lock);
	if (all.njobs >= all.nthreads && all.nthreads < most)
		begin_thread();
	fits = all.nthreads > 0 && all.njobs < most + HASHER_QUEUE;
	if (fits) {
		STAILQ_INSERT_TAIL(&all.waiting, j, link);
		all.nwaiting++;
		all.njobs++;
		pthread_cond_signal(&all.first);
		pthread_cond_signal(&all.others);
	}
	pthread_mutex_unlock(&all.lock);
	return fits;
}

static bool start(struct request *r, const char *stored, const char *password, bool check, hashed_fn fn, void *arg)
{
	struct worker *w = request_worker(r);
	struct job *j = xcalloc(1, sizeof *j);

	*j = (struct job){ .request = r, .refs = 1, .fn = fn, .arg = arg, .check = check,
		.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .pepper = pepper_copy(ring_pepper(worker_ring(w))),
		.password = xstrdup(password), .hash = xstrdup(stored) };
	request_keep(r, j, request_over);
	if (j->fd < 0 || !enter(j)) {
		respond_problem(r, "overloaded", "Too many people sign in at this moment");
		return false;
	}
	uv_poll_init(worker_loop(w), &j->done, j->fd);
	j->done.data = j;
	uv_poll_start(&j->done, UV_READABLE, tell);
	j->refs++;
	return true;
}

bool hasher_check(struct request *r, const char *hash_text, const char *password, hashed_fn fn, void *arg)
{
	return start(r, hash_text, password, true, fn, arg);
}

bool hasher_make(struct request *r, const char *password, hashed_fn fn, void *arg)
{
	return start(r, NULL, password, false, fn, arg);
}

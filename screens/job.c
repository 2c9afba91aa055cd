#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "screens/job.h"

#define AGAIN_MS 1000

struct jobs {
	struct client *client;
	struct session *session;
	struct jobs_hooks hooks;
	struct job *first;
	uint64_t last_id;
	uv_timer_t again;
};

static void pump(struct job *j);

/* ---- one item ---- */

static void copy_mutation(struct job_item *it, const struct mutation *m)
{
	it->m = *m;
	it->m.id = it->id;
	it->m.record = xstrdup(m->record);
	it->m.action = xstrdup(m->action);
	it->m.undo = xstrdup(m->undo);
	it->m.set = m->set ? json_deep_copy(m->set) : NULL;
	it->m.args = m->args ? json_deep_copy(m->args) : NULL;
}

static void free_item(struct job_item *it)
{
	free((char *)it->m.record);
	free((char *)it->m.action);
	free((char *)it->m.undo);
	json_decref((json_t *)it->m.set);
	json_decref((json_t *)it->m.args);
	free(it->label);
}

static void on_again(uv_timer_t *t)
{
	jobs_online(t->data);
}

/* Also while the connection stands: the answer of this one request was lost. */
static void lost(struct job_item *it)
{
	struct jobs *all = it->job->jobs;

	it->state = ITEM_LOST;
	it->job->lost++;
	uv_timer_start(&all->again, on_again, AGAIN_MS, 0);
	all->hooks.step(all->hooks.ctx, it->job, it, NULL);
}

static void settled(struct job_item *it, const struct reply *r)
{
	struct job *j = it->job;

	it->state = r->err ? ITEM_REFUSED : ITEM_DONE;
	if (r->err) {
		it->err = *r->err;
		j->refused++;
	} else {
		j->done++;
	}
	j->jobs->hooks.step(j->jobs->hooks.ctx, j, it, r);
}

static void on_answer(const struct reply *r, void *arg)
{
	struct job_item *it = arg;
	struct job *j = it->job;

	j->flying--;
	if (r->err && r->err->kind == ERR_UNREACHABLE)
		lost(it);
	else
		settled(it, r);
	pump(j);
}

/* Owner 0: no screen that closes and no C-c takes a change back that may already have happened. */
static void dispatch(struct job_item *it)
{
	it->state = ITEM_SENT;
	it->job->flying++;
	client_mutate(it->job->jobs->session, &it->m, 0, on_answer, it);
}

/* ---- a job ---- */

static void job_free(struct job *j)
{
	struct job **at = &j->jobs->first;

	while (*at && *at != j)
		at = &(*at)->later;
	if (*at)
		*at = j->later;
	for (int i = 0; i < j->n; i++)
		free_item(&j->items[i]);
	free(j->items);
	strbuf_free(&j->note);
	free(j->what);
	free(j->joins);
	free(j);
}

static void finish(struct job *j)
{
	struct jobs *all = j->jobs;

	j->over = true;
	all->hooks.over(all->hooks.ctx, j);
	job_free(j);
}

static void pump(struct job *j)
{
	while (j->next < j->n && j->flying < j->lanes && j->lost == 0)
		dispatch(&j->items[j->next++]);
	if (!j->over && j->flying == 0 && j->lost == 0 && j->next == j->n)
		finish(j);
}

struct job *job_new(struct jobs *all, const char *what, int kind, int lanes)
{
	struct job *j = xcalloc(1, sizeof(*j));

	*j = (struct job){
		.id = ++all->last_id, .jobs = all, .what = xstrdup(what), .kind = kind, .lanes = lanes, .later = all->first,
	};
	all->first = j;
	return j;
}

void job_add(struct job *j, const struct mutation *m, const char *label)
{
	struct job_item *it;

	j->items = xreallocarray(j->items, (size_t)j->n + 1, sizeof(*j->items));
	it = &j->items[j->n++];
	*it = (struct job_item){ .label = xstrdup(label ? label : "") };
	uuid_v7(it->id);
	copy_mutation(it, m);
}

/* The items stay where they are from here on. */
void job_start(struct job *j)
{
	for (int i = 0; i < j->n; i++) {
		j->items[i].job = j;
		j->items[i].m.id = j->items[i].id;
	}
	pump(j);
}

void job_leave_rest(struct job *j)
{
	for (; j->next < j->n; j->next++, j->left++)
		j->items[j->next].state = ITEM_LEFT;
}

void job_stop(struct job *j)
{
	job_leave_rest(j);
	pump(j);
}

/* ---- all of them ---- */

struct jobs *jobs_new(uv_loop_t *loop, struct client *client, struct session *session, const struct jobs_hooks *hooks)
{
	struct jobs *all = xcalloc(1, sizeof(*all));

	*all = (struct jobs){ .client = client, .session = session, .hooks = *hooks };
	uv_timer_init(loop, &all->again);
	uv_unref((uv_handle_t *)&all->again);
	all->again.data = all;
	return all;
}

void jobs_free(struct jobs *all)
{
	while (all && all->first)
		job_free(all->first);
	free(all);
}

void jobs_online(struct jobs *all)
{
	if (client_state(all->client) != CLIENT_ONLINE) {
		uv_timer_start(&all->again, on_again, AGAIN_MS, 0);
		return;
	}
	for (struct job *j = all->first; j; j = j->later)
		for (int i = 0; i < j->next && j->lost > 0; i++)
			if (j->items[i].state == ITEM_LOST) {
				j->lost--;
				dispatch(&j->items[i]);
			}
}

struct job *jobs_find(struct jobs *all, uint64_t id)
{
	struct job *j = all->first;

	while (j && j->id != id)
		j = j->later;
	return j;
}

int jobs_unsaved(const struct jobs *all)
{
	int n = 0;

	for (const struct job *j = all->first; j; j = j->later)
		n += j->over ? 0 : j->n - j->done - j->refused - j->left;
	return n;
}

static bool is_open(const struct job_item *it)
{
	return it->state == ITEM_WAITS || it->state == ITEM_SENT || it->state == ITEM_LOST;
}

bool jobs_has(const struct jobs *all, const char *record)
{
	for (const struct job *j = all->first; j; j = j->later)
		for (int i = 0; i < j->n && !j->over; i++)
			if (is_open(&j->items[i]) && j->items[i].m.record && !strcmp(j->items[i].m.record, record))
				return true;
	return false;
}

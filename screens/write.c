#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/job.h"
#include "screens/undo.h"
#include "screens/write.h"

#define KEPT_NAMED 3 /* records that stay after an import was taken back: these by name */
#define TURNS_MOST 32 /* u pressed while another reversal is under way */

struct writes {
	struct app *app;
	struct jobs *jobs;
	struct undo undo;
	uint64_t turning;              /* job that takes back or does again; 0 = none */
	enum undo_way turns[TURNS_MOST]; /* asked for meanwhile, in order */
	int nturns;
};

static void turn(struct writes *w, enum undo_way way);

/* ---- what came of it, in words ---- */

/* Nothing is promised that the engine refuses: what cannot be taken back is said without "u". */
static bool lasts(const struct job *j)
{
	const struct mutation *m = &j->items[0].m;
	const struct action *a = m->res && m->action ? resource_action(m->res, m->action) : NULL;

	return m->res && (m->res->lasting || (a && a->flags & (A_LASTING | A_FOREVER)));
}

static void say_done(struct writes *w, const struct job *j)
{
	if (j->skipped > 0 && j->kind == WRITE_MANY) {
		app_message(w->app, TOK_TEXT, lasts(j) ? _("%d of %d done, the others skipped: %s") :
		    _("%d of %d done, the others skipped: %s. u takes it back"), j->done, j->done + j->skipped, j->what);
		return;
	}
	switch (j->kind) {
	case WRITE_BACK:
		if (j->kept > 0) {
			app_message(w->app, TOK_WARNING, P_("taken back: %s, but %d stays: %s", "taken back: %s, but %d stay: %s",
			    (unsigned)j->kept), j->what, j->kept, strbuf_str(&j->note));
			break;
		}
		if (j->once) {
			app_message(w->app, TOK_TEXT, _("taken back: %s"), j->what);
			break;
		}
		app_message(w->app, TOK_TEXT, _("taken back: %s. U does it again"), j->what);
		break;
	case WRITE_AGAIN:
		app_message(w->app, TOK_TEXT, _("done again: %s. u takes it back"), j->what);
		break;
	default:
		if (lasts(j))
			app_message(w->app, TOK_TEXT, "%s", j->what);
		else
			app_message(w->app, TOK_TEXT, _("%s. u takes it back"), j->what);
	}
}

static const struct job_item *first_refused(const struct job *j)
{
	for (int i = 0; i < j->n; i++)
		if (j->items[i].state == ITEM_REFUSED)
			return &j->items[i];
	return NULL;
}

static void say_outcome(struct writes *w, const struct job *j)
{
	const struct job_item *bad = first_refused(j);

	if (!bad && j->left == 0) {
		say_done(w, j);
		return;
	}
	if (bad)
		app_error(w->app, &bad->err);
	if (j->n > 1)
		app_message(w->app, TOK_WARNING, _("%s: %d of %d done, %d refused, %d left as they were"), j->what, j->done,
		    j->n + j->skipped, j->refused, j->left + j->skipped);
}

/* ---- undo entries ---- */

static int collect(const struct job *j, bool (*want)(const struct job_item *it), bool undone, undo_id *out)
{
	int n = 0;

	for (int i = 0; i < j->n; i++)
		if (want(&j->items[i]))
			memcpy(out[n++], undone ? j->items[i].m.undo : j->items[i].id, sizeof(*out));
	return n;
}

static bool is_done(const struct job_item *it)
{
	return it->state == ITEM_DONE;
}

/* It may still work later: what stood in the way can be moved. A record that has changed since, or the time, cannot. */
static bool may_work_later(const struct job_item *it)
{
	const struct err *e = &it->err;

	return it->state == ITEM_REFUSED && strcmp(e->code, "DM001") && strcmp(e->code, "DM003") &&
	    e->kind != ERR_NOT_FOUND && e->kind != ERR_DENIED;
}

/* In the order of the first making, as entries are kept: reversals went the other way round. */
static void reverse(undo_id *ids, int n)
{
	for (int i = 0; i < n / 2; i++) {
		undo_id one;

		memcpy(one, ids[i], sizeof(one));
		memcpy(ids[i], ids[n - 1 - i], sizeof(one));
		memcpy(ids[n - 1 - i], one, sizeof(one));
	}
}

static void keep_entry(struct writes *w, const struct job *j)
{
	enum undo_way way = j->kind == WRITE_AGAIN ? UNDO_AGAIN : UNDO_BACK;
	undo_id *ids = xcalloc((size_t)j->n + 1, sizeof(*ids));
	int n = collect(j, is_done, false, ids);

	if (j->joins) {
		undo_joined(&w->undo, j->items[0].m.res, j->joins, j->what, ids, n);
	} else if (j->kind == WRITE_REST) {
		undo_more(&w->undo, j->items[0].m.res, j->what, ids, n);
	} else if (j->kind != WRITE_BACK && j->kind != WRITE_AGAIN) {
		undo_did(&w->undo, j->items[0].m.res, j->what, ids, n);
	} else {
		if (!j->once)
			undo_turned(&w->undo, way, j->items[0].m.res, j->what, ids, n);
		n = collect(j, may_work_later, true, ids);
		reverse(ids, n);
		undo_kept(&w->undo, way, j->items[0].m.res, j->what, ids, n);
	}
	free(ids);
}

/* ---- answers ---- */

/* An import that was taken back names what stays, and is not done again by itself: the file is imported once more. */
static void note_kept(struct job *j, const json_t *outcome)
{
	size_t i;
	json_t *one;

	j->once |= json_object_get(outcome, "removed") != NULL;
	json_array_foreach(json_object_get(outcome, "left"), i, one) {
		const char *label = json_string_value(json_object_get(one, "label")),
		    *why = json_string_value(json_object_get(one, "message"));

		if (j->kept++ < KEPT_NAMED)
			strbuf_printf(&j->note, "%s%s (%s)", j->note.len ? ", " : "", label ? label : "", why ? why : "");
		else if (j->kept == KEPT_NAMED + 1)
			strbuf_puts(&j->note, " …");
	}
}

static void on_step(void *ctx, struct job *j, struct job_item *it, const struct reply *r)
{
	struct writes *w = ctx;

	(void)it;
	if (!r)
		app_message(w->app, TOK_WARNING, _("%s: not saved yet, the connection is lost; it is sent again by itself"),
		    j->what);
	app_redraw(w->app);
	if (r && r->err && j->kind == WRITE_STEPS)
		job_leave_rest(j);
	if (r && !r->err && j->kind == WRITE_BACK)
		note_kept(j, r->json);
	if (r && j->kind == WRITE_ONE) {
		keep_entry(w, j);
		say_outcome(w, j);
		if (j->answered && app_screen(w->app, j->screen))
			j->answered(app_screen(w->app, j->screen), r, j->arg);
	}
}

static void next_turn(struct writes *w)
{
	enum undo_way way;

	w->turning = 0;
	if (w->nturns == 0)
		return;
	way = w->turns[0];
	memmove(w->turns, w->turns + 1, sizeof(*w->turns) * (size_t)--w->nturns);
	turn(w, way);
}

static void on_over(void *ctx, struct job *j)
{
	struct writes *w = ctx;

	if (j->kind != WRITE_ONE) {
		keep_entry(w, j);
		say_outcome(w, j);
	}
	if (j->done > 0)
		app_event(w->app, EV_DATA);
	if (j->ended && app_screen(w->app, j->screen))
		j->ended(app_screen(w->app, j->screen));
	if (j->id == w->turning)
		next_turn(w);
}

/* ---- one change ---- */

void write_joined(struct screen *s, const struct mutation *m, const char *before, const char *what,
    void (*done)(struct screen *s, const struct reply *r, void *arg), void *arg)
{
	struct job *j = job_new(screen_writes(s)->jobs, what, WRITE_ONE, 1);

	j->screen = screen_id(s);
	j->answered = done;
	j->arg = arg;
	j->joins = xstrdup(before);
	job_add(j, m, what);
	job_start(j);
	app_redraw(screen_app(s));
}

void write_steps(struct screen *s, const struct mutation *ms, int n, const char *what, void (*done)(struct screen *s))
{
	struct job *j = job_new(screen_writes(s)->jobs, what, WRITE_STEPS, 1);

	j->screen = screen_id(s);
	j->ended = done;
	for (int i = 0; i < n; i++)
		job_add(j, &ms[i], what);
	job_start(j);
	app_redraw(screen_app(s));
}

void write_one(struct screen *s, const struct mutation *m, const char *what,
    void (*done)(struct screen *s, const struct reply *r, void *arg), void *arg)
{
	write_joined(s, m, NULL, what, done, arg);
}

void write_did(struct screen *s, const struct resource *res, const char *what, const undo_id *ids, int n)
{
	struct writes *w = screen_writes(s);

	undo_did(&w->undo, res, what, ids, n);
	app_message(w->app, TOK_TEXT, _("%s. u takes it back"), what);
	app_event(w->app, EV_DATA);
}

/* ---- taking back, doing again ---- */

static void turn(struct writes *w, enum undo_way way)
{
	struct undo_entry e;

	if (!undo_take(&w->undo, way, &e)) {
		app_message(w->app, TOK_DIM, way == UNDO_BACK ? _("nothing to take back") : _("nothing to do again"));
		return;
	}
	struct job *j = job_new(w->jobs, e.label, way == UNDO_BACK ? WRITE_BACK : WRITE_AGAIN, 1);

	for (int i = e.n - 1; i >= 0; i--)
		job_add(j, &(struct mutation){ .res = e.res, .kind = "undo", .undo = e.ids[i] }, e.label);
	undo_entry_free(&e);
	w->turning = j->id;
	job_start(j);
}

enum result write_undo(struct screen *s, int redo)
{
	struct writes *w = screen_writes(s);

	if (screen_kind(s)->overlay) {
		app_message(screen_app(s), TOK_WARNING, _("answer this first, or leave it with Esc"));
		return R_REDRAW;
	}
	if (!w->turning)
		turn(w, redo ? UNDO_AGAIN : UNDO_BACK);
	else if (w->nturns < TURNS_MOST)
		w->turns[w->nturns++] = redo ? UNDO_AGAIN : UNDO_BACK;
	return R_REDRAW;
}

const char *write_undo_next(struct screen *s)
{
	return undo_next(&screen_writes(s)->undo, UNDO_BACK);
}

const char *write_redo_next(struct screen *s)
{
	return undo_next(&screen_writes(s)->undo, UNDO_AGAIN);
}

bool write_pending(struct screen *s, const char *record)
{
	return screen_writes(s) && jobs_has(screen_writes(s)->jobs, record);
}

/* ---- life ---- */

struct writes *writes_new(uv_loop_t *loop, struct app *a, struct client *client, struct session *session)
{
	struct writes *w = xcalloc(1, sizeof(*w));

	w->app = a;
	w->jobs = jobs_new(loop, client, session, &(struct jobs_hooks){ on_step, on_over, w });
	return w;
}

void writes_free(struct writes *w)
{
	if (!w)
		return;
	undo_clear(&w->undo);
	jobs_free(w->jobs);
	free(w);
}

void writes_state(struct writes *w)
{
	if (w)
		jobs_online(w->jobs);
}

int writes_unsaved(const struct writes *w)
{
	return jobs_unsaved(w->jobs);
}

struct jobs *writes_jobs(struct writes *w)
{
	return w->jobs;
}

/*
 * Many changes at once: write_many() and write_new(). One overlay goes through
 * it: what would happen, the question, the progress, the rows that were
 * refused. The changes themselves are a job of the console: closing the
 * overlay stops nothing and loses nothing.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/table.h"
#include "screens/answer.h"
#include "screens/job.h"
#include "screens/write.h"
#include "tui/list.h"
#include "tui/overlay.h"

#define PREVIEW_MOST 500 /* rows of one question */
#define LANES 4          /* changes on their way at once */
#define TYPE_ABOVE 50    /* from here on the number has to be typed */
#define SHOWN_MOST 8     /* skipped rows named in the question */

struct bulk_row {
	struct mutation m;      /* record, set: the row's own */
	char *label, *reason;   /* reason: why it will be skipped, was refused; NULL = it is not */
	bool change;
};

struct bulk {
	uint64_t owner;
	char *what;
	void (*done)(struct screen *s);
	struct bulk_row *rows;
	int n, asked;           /* asked: rows whose preview is here or under way */
	char *action;           /* shared by the rows */
	json_t *set, *args;
	bool destructive;
	uint64_t job;           /* 0 = not begun */
	int job_n, job_done, job_refused, job_left; /* of a job that is over */
	bool over;
	int *failed, nfailed;   /* rows, for the list */
	struct list list;
};

struct bulk_arg {
	struct screen *owner;
	const struct mutation *m;
	const char *const *ids, *const *labels;
	const json_t *const *sets;
	const char *what;
	int n;
	void (*done)(struct screen *s);
};

static void preview(struct screen *s);

/* ---- rows ---- */

static bool is_destructive(const struct mutation *m)
{
	const struct action *act = m->action ? resource_action(m->res, m->action) : NULL;

	return act && act->flags & A_DESTRUCTIVE;
}

static void add_rows(struct bulk *b, const struct bulk_arg *a)
{
	b->action = xstrdup(a->m->action);
	b->set = a->m->set ? json_deep_copy(a->m->set) : NULL;
	b->args = a->m->args ? json_deep_copy(a->m->args) : NULL;
	b->n = a->n;
	b->rows = xcalloc((size_t)a->n, sizeof(*b->rows));
	for (int i = 0; i < a->n; i++) {
		struct bulk_row *row = &b->rows[i];

		row->m = (struct mutation){
			.res = a->m->res, .kind = a->m->kind, .action = b->action, .args = b->args,
			.record = a->ids ? xstrdup(a->ids[i]) : NULL,
			.set = a->sets ? json_deep_copy(a->sets[i]) : b->set,
		};
		row->label = xstrdup(a->labels && a->labels[i] ? a->labels[i] : "");
	}
}

static void free_rows(struct bulk *b)
{
	for (int i = 0; i < b->n; i++) {
		free((char *)b->rows[i].m.record);
		if (b->rows[i].m.set != b->set)
			json_decref((json_t *)b->rows[i].m.set);
		free(b->rows[i].label);
		free(b->rows[i].reason);
	}
	free(b->rows);
	free(b->failed);
	free(b->action);
	json_decref(b->set);
	json_decref(b->args);
	free(b->what);
}

/* ---- the job ---- */

static struct job *job_of(struct screen *s)
{
	struct bulk *b = screen_state(s);

	return b->job ? jobs_find(writes_jobs(screen_writes(s)), b->job) : NULL;
}

/* The rows that were refused, with the reason; then the job itself is needed no more. */
static void take_outcome(struct bulk *b, struct job *j)
{
	int at = 0;

	b->nfailed = 0;
	b->failed = xreallocarray(b->failed, (size_t)b->n, sizeof(*b->failed));
	for (int i = 0; i < b->n; i++) {
		struct bulk_row *row = &b->rows[i];
		const struct job_item *it = row->change ? &j->items[at++] : NULL;

		if (!it)
			continue;
		row->change = it->state == ITEM_REFUSED;
		if (!row->change)
			continue;
		free(row->reason);
		row->reason = xasprintf("%s %s%s%s", it->err.code, it->err.text, it->err.remedy[0] ? ". " : "", it->err.remedy);
		b->failed[b->nfailed++] = i;
	}
	b->job_n = j->n;
	b->job_done = j->done;
	b->job_refused = j->refused;
	b->job_left = j->left;
	b->list.cursor = b->list.top = 0;
}

static void job_ended(struct screen *s)
{
	struct bulk *b = screen_state(s);
	struct screen *owner = app_screen(screen_app(s), b->owner);
	struct job *j = job_of(s);

	b->over = true;
	if (j)
		take_outcome(b, j);
	if (b->done && owner)
		b->done(owner);
	if (b->nfailed == 0)
		app_close(screen_app(s), screen_id(s));
	app_redraw(screen_app(s));
}

static void begin(struct screen *s, int kind)
{
	struct bulk *b = screen_state(s);
	struct job *j = job_new(writes_jobs(screen_writes(s)), b->what, kind, LANES);

	for (int i = 0; i < b->n; i++)
		if (b->rows[i].change)
			job_add(j, &b->rows[i].m, b->rows[i].label);
	j->skipped = kind == WRITE_MANY ? b->n - j->n : 0;
	j->screen = screen_id(s);
	j->ended = job_ended;
	b->job = j->id;
	b->over = false;
	job_start(j);
	app_redraw(screen_app(s));
}

/* ---- the question ---- */

static void agreed(struct screen *s, bool yes, void *arg)
{
	(void)arg;
	if (yes)
		begin(s, WRITE_MANY);
	else
		app_close(screen_app(s), screen_id(s));
}

static int count_changes(const struct bulk *b)
{
	int n = 0;

	for (int i = 0; i < b->n; i++)
		n += b->rows[i].change;
	return n;
}

/* Skipped rows by name and reason, as many as fit. */
static void put_skipped(const struct bulk *b, struct strbuf *out)
{
	int named = 0, skipped = b->n - count_changes(b);

	for (int i = 0; i < b->n && named < SHOWN_MOST; i++)
		if (!b->rows[i].change) {
			strbuf_printf(out, "\n  %s: %s", b->rows[i].label, b->rows[i].reason);
			named++;
		}
	if (skipped > named)
		strbuf_printf(out, P_("\n  and %d more", "\n  and %d more", (unsigned)(skipped - named)), skipped - named);
}

static void ask(struct screen *s)
{
	struct bulk *b = screen_state(s);
	int changes = count_changes(b), skipped = b->n - changes;
	struct strbuf text = { 0 };

	strbuf_printf(&text, P_("%d row", "%d rows", (unsigned)b->n), b->n);
	strbuf_printf(&text, P_(", %d will change", ", %d will change", (unsigned)changes), changes);
	strbuf_printf(&text, P_(", %d skipped", ", %d skipped", (unsigned)skipped), skipped);
	put_skipped(b, &text);
	strbuf_puts(&text, _("\none undo entry (u)"));
	confirm_ask(s, b->what, strbuf_str(&text), b->destructive || changes > TYPE_ABOVE ? changes : 0, agreed, NULL);
	strbuf_free(&text);
}

/* Nothing would change: the reasons are shown as if they had been tried. */
static void refuse_all(struct bulk *b)
{
	b->over = true;
	b->failed = xreallocarray(b->failed, (size_t)b->n, sizeof(*b->failed));
	for (b->nfailed = 0; b->nfailed < b->n; b->nfailed++)
		b->failed[b->nfailed] = b->nfailed;
}

/* ---- what would happen ---- */

static void take_preview(struct bulk *b, const struct table *rows, int from)
{
	for (int i = 0; i < table_rows(rows) && from + i < b->n; i++) {
		struct bulk_row *row = &b->rows[from + i];
		const char *outcome = table_get(rows, i, "outcome"), *reason = table_get(rows, i, "reason");
		const char *code = table_get(rows, i, "code");

		row->change = !strcmp(outcome, "change");
		free(row->reason);
		row->reason = row->change ? NULL : !strcmp(outcome, "same") ? xstrdup(_("is so already")) :
		    xasprintf("%s%s%s", code, code[0] ? " " : "", reason);
		if (!row->label[0]) {
			free(row->label);
			row->label = xstrdup(table_get(rows, i, "label"));
		}
	}
}

static void on_preview(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct bulk *b = screen_state(s);
	int from = (b->asked - 1) / PREVIEW_MOST * PREVIEW_MOST;

	if (r->err) {
		app_error(screen_app(s), r->err);
		app_close(screen_app(s), screen_id(s));
		return;
	}
	take_preview(b, r->rows, from);
	app_redraw(screen_app(s));
	if (b->asked < b->n)
		preview(s);
	else if (count_changes(b) == 0)
		refuse_all(b);
	else
		ask(s);
}

/* The screen is still there when the answer comes: its requests are taken back with it. */
static void preview(struct screen *s)
{
	struct bulk *b = screen_state(s);
	int from = b->asked, n = b->n - from < PREVIEW_MOST ? b->n - from : PREVIEW_MOST;
	struct mutation *ms = xcalloc((size_t)n, sizeof(*ms));

	for (int i = 0; i < n; i++)
		ms[i] = b->rows[from + i].m;
	b->asked += n;
	client_preview(screen_session(s), ms, (size_t)n, screen_owner(s, SLOT_ACTION), on_preview, s);
	free(ms);
}

/* ---- the overlay ---- */

static int failed_rows(void *ctx)
{
	return ((struct bulk *)ctx)->nfailed;
}

static void failed_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct bulk *b = ctx;
	const struct bulk_row *one = &b->rows[b->failed[row]];

	(void)style;
	strbuf_puts(out, col == 0 ? one->label : one->reason ? one->reason : "");
}

static const struct list_source FAILED = { .rows = failed_rows, .cell = failed_cell };
static const struct list_column COLUMNS[] = { { N_("Record"), 22, TEXT_LEFT, 0 }, { N_("Why not"), -1, TEXT_LEFT, 0 } };

static bool bulk_open(struct screen *s, const void *arg)
{
	const struct bulk_arg *a = arg;
	struct bulk *b = screen_state(s);

	b->owner = screen_id(a->owner);
	b->what = xstrdup(a->what);
	b->done = a->done;
	b->destructive = is_destructive(a->m);
	b->list = (struct list){ .columns = COLUMNS, .ncolumns = 2, .source = &FAILED, .ctx = b };
	add_rows(b, a);
	preview(s);
	return true;
}

static void bulk_close(struct screen *s)
{
	free_rows(screen_state(s));
}

static void draw_bar(struct canvas c, int y, int done, int n)
{
	int width = c.w - 16, full = n > 0 ? done * width / n : 0;

	for (int x = 0; x < width; x++)
		draw_text(c, y, x, 1, x < full ? TOK_TITLE : TOK_DIM, x < full ? (draw_ascii() ? "#" : "█") :
		    draw_ascii() ? "." : "░");
	draw_printf(c, y, width + 1, TOK_TEXT, "%d / %d", done, n);
}

static void draw_progress(const struct job *j, struct canvas c)
{
	draw_bar(c, 0, j->done + j->refused, j->n);
	if (j->refused > 0)
		draw_printf(c, 1, 0, TOK_WARNING, P_("%d refused", "%d refused", (unsigned)j->refused), j->refused);
	draw_text(c, 2, 0, c.w, TOK_DIM, j->lost > 0 ? _("the connection is lost; the rest follows by itself") :
	    _("C-c leaves the rest as it is    Esc: go on, out of sight"));
}

static void bulk_draw(struct screen *s, struct canvas body)
{
	struct bulk *b = screen_state(s);
	struct job *j = job_of(s);

	if (b->over) {
		struct canvas c = overlay_frame(body, b->nfailed + 3, body.w - 8, b->what);

		if (b->job)
			draw_printf(c, 0, 0, TOK_TEXT, _("%d done, %d refused, %d left as they were"), b->job_done,
			    b->job_refused, b->job_left);
		else
			draw_printf(c, 0, 0, TOK_TEXT, P_("%d row, nothing would change", "%d rows, nothing would change",
			    (unsigned)b->n), b->n);
		list_draw(&b->list, canvas_sub(c, 2, 0, c.h - 2, c.w), true);
	} else if (j) {
		draw_progress(j, overlay_frame(body, 3, 60, b->what));
	} else if (b->asked > 0 && screen_waiting(s)) {
		draw_text(overlay_frame(body, 1, 50, b->what), 0, 0, -1, TOK_DIM, _("asking what would happen…"));
	}
}

static bool bulk_busy(const struct screen *s)
{
	const struct bulk *b = screen_state((struct screen *)s);

	return !b->job && !b->over && screen_waiting(s);
}

/* The reason in full: in the list it is cut. */
static void bulk_describe(struct screen *s, struct strbuf *out)
{
	const struct bulk *b = screen_state(s);
	const struct bulk_row *row = b->list.cursor < b->nfailed ? &b->rows[b->failed[b->list.cursor]] : NULL;

	if (b->over && row)
		strbuf_printf(out, "%s: %s", row->label, row->reason ? row->reason : "");
}

static enum result stop(struct screen *s, int arg)
{
	struct job *j = job_of(s);

	(void)arg;
	if (!j && !((struct bulk *)screen_state(s))->over)
		return R_REDRAW | R_CLOSE; /* still asking what would happen */
	if (!j || j->over)
		return R_NONE;
	job_stop(j);
	return R_REDRAW;
}

static enum result again(struct screen *s, int arg)
{
	struct bulk *b = screen_state(s);

	(void)arg;
	if (!b->over || b->nfailed == 0)
		return R_HANDLED;
	for (int i = 0; i < b->nfailed; i++)
		b->rows[b->failed[i]].change = true;
	b->nfailed = 0;
	begin(s, b->job ? WRITE_REST : WRITE_MANY);
	return R_REDRAW;
}

static enum result move(struct screen *s, int arg)
{
	return list_move(&((struct bulk *)screen_state(s))->list, arg);
}

static const struct binding KEYS[] = {
	{ "r", "retry", N_("try the refused ones again"), again, 0, B_FOOTER, NULL },
	{ "Enter Esc q F3 F12", "leave", N_("leave"), overlay_leave, 0, B_FOOTER, NULL },
	{ "C-c", "stop", N_("leave the rest as it is"), stop, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

static const struct screen_class bulk_class = {
	.name = "bulk", .title = N_("Many at once"), .state_size = sizeof(struct bulk), .keys = KEYS, .overlay = true,
	.open = bulk_open, .close = bulk_close, .draw = bulk_draw, .describe = bulk_describe,
	.busy = bulk_busy,
};

/* ---- the doors ---- */

void write_many(struct screen *s, const struct mutation *m, const char *const *ids, const char *const *labels, int n,
    const char *what, void (*done)(struct screen *s))
{
	if (n > 0)
		app_push(screen_app(s), &bulk_class, &(struct bulk_arg){
			.owner = s, .m = m, .ids = ids, .labels = labels, .what = what, .n = n, .done = done,
		});
}

void write_new(struct screen *s, const struct resource *res, const json_t *const *sets, const char *const *labels,
    int n, const char *what, void (*done)(struct screen *s))
{
	const struct mutation m = { .res = res, .kind = "create" };

	if (n > 0)
		app_push(screen_app(s), &bulk_class, &(struct bulk_arg){
			.owner = s, .m = &m, .sets = sets, .labels = labels, .what = what, .n = n, .done = done,
		});
}

#include "config.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/merge.h"
#include "tui/list.h"
#include "tui/overlay.h"

enum { OPEN, MINE, THEIRS };
enum { MERGE_WIDTH = 118 };

struct line { char *label, *base, *mine, *theirs; int choice; };

struct merge {
	struct screen *screen;
	uint64_t owner;
	char *title;
	struct line *lines;
	int n;
	struct list list;
	void (*done)(struct screen *s, const bool *theirs);
};

struct merge_arg {
	struct screen *owner;
	const char *title;
	const struct merge_row *rows;
	int n;
	void (*done)(struct screen *s, const bool *theirs);
};

/* ---- the table ---- */

static int merge_rows(void *ctx)
{
	return ((struct merge *)ctx)->n;
}

static const char *shown(const char *value)
{
	return value[0] ? value : _("(empty)");
}

static void merge_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	const struct line *l = &((struct merge *)ctx)->lines[row];
	const char *const cells[] = {
		l->label, shown(l->base), shown(l->mine), shown(l->theirs),
		l->choice == MINE ? _("mine") : l->choice == THEIRS ? _("theirs") : _("choose: m t"),
	};

	if (col == 4)
		*style = l->choice == OPEN ? TOK_WARNING : TOK_GOOD;
	strbuf_puts(out, cells[col]);
}

static const struct list_source SOURCE = { .rows = merge_rows, .cell = merge_cell };
static const struct list_column COLUMNS[] = {
	{ N_("Field"), 14, TEXT_LEFT, 0 }, { N_("It was"), 14, TEXT_LEFT, 0 }, { N_("Mine"), -1, TEXT_LEFT, 0 },
	{ N_("Theirs"), 18, TEXT_LEFT, 0 }, { N_("Result"), 11, TEXT_LEFT, 0 },
};

/* ---- life ---- */

static bool merge_open(struct screen *s, const void *arg)
{
	const struct merge_arg *a = arg;
	struct merge *m = screen_state(s);

	if (!a)
		return false;
	*m = (struct merge){
		.screen = s, .owner = screen_id(a->owner), .title = xstrdup(a->title), .n = a->n, .done = a->done,
		.lines = xcalloc((size_t)a->n + 1, sizeof(*m->lines)),
		.list = { .columns = COLUMNS, .ncolumns = ARRAY_LEN(COLUMNS), .source = &SOURCE, .ctx = m },
	};
	for (int i = 0; i < a->n; i++)
		m->lines[i] = (struct line){
			.label = xstrdup(a->rows[i].label), .base = xstrdup(a->rows[i].base),
			.mine = xstrdup(a->rows[i].mine), .theirs = xstrdup(a->rows[i].theirs),
		};
	return true;
}

static void merge_close(struct screen *s)
{
	struct merge *m = screen_state(s);

	for (int i = 0; i < m->n; i++) {
		free(m->lines[i].label);
		free(m->lines[i].base);
		free(m->lines[i].mine);
		free(m->lines[i].theirs);
	}
	free(m->lines);
	free(m->title);
}

static int chosen(const struct merge *m)
{
	int n = 0;

	for (int i = 0; i < m->n; i++)
		n += m->lines[i].choice != OPEN;
	return n;
}

static void merge_draw(struct screen *s, struct canvas body)
{
	struct merge *m = screen_state(s);
	struct canvas c = overlay_frame(body, m->n + 4, MERGE_WIDTH, m->title);

	list_draw(&m->list, canvas_sub(c, 0, 0, c.h - 2, c.w), true);
	draw_printf(c, c.h - 1, 0, TOK_DIM, _("%d of %d chosen. Nothing that you typed is lost."), chosen(m), m->n);
}

/* ---- keys ---- */

static enum result choose(struct screen *s, int choice)
{
	struct merge *m = screen_state(s);

	if (m->n == 0)
		return R_HANDLED;
	m->lines[m->list.cursor].choice = choice;
	if (m->list.cursor + 1 < m->n)
		m->list.cursor++;
	return R_REDRAW;
}

static enum result choose_all(struct screen *s, int choice)
{
	struct merge *m = screen_state(s);

	for (int i = 0; i < m->n; i++)
		m->lines[i].choice = choice;
	return R_REDRAW;
}

/* Put away first: what follows may ask again. */
static enum result answer(struct screen *s, int take)
{
	struct merge *m = screen_state(s);
	struct app *a = screen_app(s);
	void (*done)(struct screen *, const bool *) = m->done;
	struct screen *owner = app_screen(a, m->owner);
	bool *theirs;

	if (take && chosen(m) < m->n) {
		app_message(a, TOK_WARNING, _("choose for each field first: m mine, t theirs"));
		return R_REDRAW;
	}
	theirs = xcalloc((size_t)m->n + 1, sizeof(*theirs));
	for (int i = 0; i < m->n; i++)
		theirs[i] = m->lines[i].choice == THEIRS;
	app_close(a, screen_id(s));
	if (owner)
		done(owner, take ? theirs : NULL);
	free(theirs);
	return R_REDRAW;
}

static enum result move(struct screen *s, int arg)
{
	return list_move(&((struct merge *)screen_state(s))->list, arg);
}

static const struct binding KEYS[] = {
	{ "m Left", "mine", N_("mine"), choose, MINE, B_FOOTER, NULL },
	{ "t Right", "theirs", N_("theirs"), choose, THEIRS, B_FOOTER, NULL },
	{ "M", "all-mine", N_("all mine"), choose_all, MINE, B_FOOTER, NULL },
	{ "T", "all-theirs", N_("all theirs"), choose_all, THEIRS, B_FOOTER, NULL },
	{ "F2 C-x", "save", N_("save"), answer, 1, B_FOOTER, NULL },
	{ "Esc q F3 F12", "leave", N_("leave"), answer, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

static const struct screen_class merge_class = {
	.name = "merge", .title = N_("Changed by somebody else"), .state_size = sizeof(struct merge), .keys = KEYS,
	.overlay = true, .open = merge_open, .close = merge_close, .draw = merge_draw,
};

void merge_ask(struct screen *s, const char *title, const struct merge_row *rows, int n,
    void (*done)(struct screen *s, const bool *theirs))
{
	app_push(screen_app(s), &merge_class, &(struct merge_arg){ s, title, rows, n, done });
}

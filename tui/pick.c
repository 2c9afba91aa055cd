#include "config.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/app.h"
#include "tui/list.h"
#include "tui/overlay.h"
#include "tui/pick.h"

enum { PICK_LINES = 14, PICK_WIDTH = 70, VALUE_LEAST = 30, VALUE_MOST = 44 };

struct pick {
	uint64_t owner;
	char *title;
	struct lineedit line;
	struct list list;
	struct list_column columns[2];
	const struct pick_source *source;
	void (*done)(struct screen *s, int row, const char *words);
	struct screen *screen;
	bool taking;            /* Enter came before its rows */
};

struct pick_arg {
	struct screen *owner;
	const char *title, *typed;
	const struct pick_source *source;
	void (*done)(struct screen *s, int row, const char *words);
};

static struct screen *asker(const struct pick *p)
{
	return app_screen(p->screen->app, p->owner);
}

static bool waiting(const struct pick *p)
{
	return p->source->waiting && asker(p) && p->source->waiting(asker(p));
}

/* ---- the list ---- */

static int pick_rows(void *ctx)
{
	struct pick *p = ctx;

	return asker(p) ? p->source->rows(asker(p)) : 0;
}

static void pick_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct pick *p = ctx;
	struct strbuf other = { 0 };

	if (col == 1)
		*style = TOK_DIM;
	p->source->cell(asker(p), row, col == 0 ? out : &other, col == 0 ? &other : out);
	strbuf_free(&other);
}

static const struct list_source ROWS = { .rows = pick_rows, .cell = pick_cell };

/* ---- life ---- */

static bool pick_open(struct screen *s, const void *arg)
{
	const struct pick_arg *a = arg;
	struct pick *p = screen_state(s);

	if (!a)
		return false;
	*p = (struct pick){
		.owner = a->owner->id, .title = xstrdup(a->title), .source = a->source, .done = a->done, .screen = s,
		.columns = { { "", VALUE_LEAST, TEXT_LEFT, 0 }, { "", -1, TEXT_LEFT, 0 } },
		.list = { .columns = p->columns, .ncolumns = ARRAY_LEN(p->columns), .source = &ROWS, .ctx = p },
	};
	lineedit_set(&p->line, a->typed);
	p->source->find(a->owner, lineedit_text(&p->line));
	return true;
}

static void pick_close(struct screen *s)
{
	struct pick *p = screen_state(s);

	free(p->title);
	lineedit_free(&p->line);
}

/* The list is put away before it answers: the answer may ask the next question. */
static enum result answer(struct screen *s, int row)
{
	struct pick *p = screen_state(s);
	struct app *a = s->app;
	struct screen *owner = asker(p);
	void (*done)(struct screen *, int, const char *) = p->done;
	char *words = xstrdup(lineedit_text(&p->line));

	app_pop(a);
	if (owner)
		done(owner, row, words);
	free(words);
	return R_REDRAW;
}

static enum result take(struct screen *s, int arg)
{
	struct pick *p = screen_state(s);

	(void)arg;
	p->taking = waiting(p);
	if (p->taking || !asker(p) || p->list.cursor >= pick_rows(p))
		return R_HANDLED;
	return answer(s, p->list.cursor);
}

static enum result leave(struct screen *s, int arg)
{
	(void)arg;
	return answer(s, -1);
}

static enum result move(struct screen *s, int arg)
{
	return list_move(&((struct pick *)screen_state(s))->list, arg);
}

/* Once Enter waits for its rows, what is typed after it waits too. */
static bool pick_busy(const struct screen *s)
{
	const struct pick *p = screen_state((struct screen *)s);

	return p->taking && waiting(p);
}

static bool pick_wants_text(const struct screen *s)
{
	(void)s;
	return true;
}

static enum result pick_text(struct screen *s, struct key k)
{
	struct pick *p = screen_state(s);

	if (k.code == KEYCODE_HOME || k.code == KEYCODE_END || (k.mods == MOD_CTRL && k.code == 'c'))
		return R_NONE;
	switch (lineedit_key(&p->line, k)) {
	case LINEEDIT_NONE:
		return R_NONE;
	case LINEEDIT_MOVED:
		return R_REDRAW;
	case LINEEDIT_CHANGED:
		break;
	}
	p->list.cursor = p->list.top = 0;
	if (asker(p))
		p->source->find(asker(p), lineedit_text(&p->line));
	return R_REDRAW;
}

/* The values are whole where they can be: what tells two flats of a house apart stands at the end. */
static void widen(struct pick *p)
{
	int width = VALUE_LEAST;

	for (int i = 0; i < pick_rows(p); i++) {
		struct strbuf value = { 0 };
		enum token style = TOK_ROW;

		pick_cell(p, i, 0, &value, &style);
		if (draw_width(strbuf_str(&value)) > width)
			width = draw_width(strbuf_str(&value));
		strbuf_free(&value);
	}
	p->columns[0].width = width < VALUE_MOST ? width : VALUE_MOST;
}

static void pick_draw(struct screen *s, struct canvas body)
{
	struct pick *p = screen_state(s);
	struct canvas c = overlay_frame(body, PICK_LINES, PICK_WIDTH, p->title);
	int rows = pick_rows(p);

	widen(p);
	p->list.empty = waiting(p) ? N_("looking…") : N_("nothing is called so");
	list_draw(&p->list, canvas_sub(c, 1, 0, c.h - 1, c.w), rows > 0);
	draw_fill(c, 0, 0, 1, c.w, TOK_INPUT);
	lineedit_draw(&p->line, canvas_sub(c, 0, 0, 1, c.w), TOK_INPUT, true);
}

void pick_fresh(struct screen *s)
{
	struct screen *top = app_top(s->app);
	struct pick *p;

	app_redraw(s->app);
	if (!top || top->cls->open != pick_open)
		return;
	p = screen_state(top);
	if (p->owner != s->id || !p->taking || waiting(p))
		return;
	p->taking = false;
	list_settle(&p->list);
	if (p->list.cursor < pick_rows(p))
		answer(top, p->list.cursor);
}

static const struct binding KEYS[] = {
	{ "Enter Tab", "choose", N_("choose"), take, 0, B_FOOTER, NULL },
	{ "Esc F3 F12", "leave", N_("leave"), leave, 0, B_FOOTER, NULL },
	{ "Down", "down", N_("down"), move, LIST_DOWN, B_HIDDEN, NULL },
	{ "Up", "up", N_("up"), move, LIST_UP, B_HIDDEN, NULL },
	{ "PgDn", "page-down", N_("page down"), move, LIST_PGDN, B_HIDDEN, NULL },
	{ "PgUp", "page-up", N_("page up"), move, LIST_PGUP, B_HIDDEN, NULL },
	{ "Home", "first", N_("first"), move, LIST_HOME, B_HIDDEN, NULL },
	{ "End", "last", N_("last"), move, LIST_END, B_HIDDEN, NULL },
	{ 0 },
};

static const struct screen_class pick_class = {
	.name = "pick", .title = N_("List of values"), .state_size = sizeof(struct pick), .keys = KEYS, .overlay = true,
	.open = pick_open, .close = pick_close, .draw = pick_draw, .text = pick_text, .wants_text = pick_wants_text,
	.busy = pick_busy,
};

void pick_ask(struct screen *s, const char *title, const char *typed, const struct pick_source *source,
    void (*done)(struct screen *s, int row, const char *words))
{
	app_push(s->app, &pick_class, &(struct pick_arg){ s, title, typed, source, done });
}

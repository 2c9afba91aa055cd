#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/app.h"
#include "tui/list.h"
#include "tui/overlay.h"
#include "tui/speak.h"

struct canvas overlay_frame(struct canvas body, int h, int w, const char *title)
{
	int height = h + 2 < body.h ? h + 2 : body.h, width = w + 4 < body.w ? w + 4 : body.w;
	struct canvas box = canvas_sub(body, (body.h - height) / 2, (body.w - width) / 2, height, width);

	draw_fill(box, 0, 0, box.h, box.w, TOK_TEXT);
	box = draw_frame(box, title, true);
	speak_over(box, title);
	return canvas_sub(box, 0, 1, box.h, box.w - 2);
}

enum result overlay_leave(struct screen *s, int arg)
{
	(void)s;
	(void)arg;
	return R_REDRAW | R_CLOSE;
}

/* ---- the menu ---- */

struct choice_item { char *label, *note, *refused; char key; };

struct menu {
	uint64_t owner;
	char *title;
	struct choice_item *items;
	int n, width;
	struct list list;
	struct list_column columns[3];
	void (*done)(struct screen *s, int choice, void *arg);
	void *arg;
};

struct menu_arg {
	struct screen *owner;
	const char *title;
	const struct menu_item *items;
	int n, first;
	void (*done)(struct screen *s, int choice, void *arg);
	void *arg;
};

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static int menu_rows(void *ctx)
{
	return ((struct menu *)ctx)->n;
}

enum { COLUMN_KEY, COLUMN_LABEL, COLUMN_NOTE };

static void menu_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	const struct choice_item *it = &((struct menu *)ctx)->items[row];

	if (it->refused)
		*style = TOK_DIM;
	if (col == COLUMN_KEY && it->key)
		strbuf_putc(out, it->key);
	else if (col == COLUMN_LABEL)
		strbuf_puts(out, it->label);
	else if (col == COLUMN_NOTE)
		strbuf_puts(out, it->refused ? it->refused : it->note ? it->note : "");
}

static const struct list_source MENU_SOURCE = { .rows = menu_rows, .cell = menu_cell };
enum { LABEL_LEAST = 8, LABEL_MOST = 46 };
static const struct list_column MENU_COLUMNS[] = {
	[COLUMN_KEY] = { "", 1, TEXT_LEFT, 0 }, [COLUMN_LABEL] = { "", LABEL_LEAST, TEXT_LEFT, 0 },
	[COLUMN_NOTE] = { "", -1, TEXT_LEFT, 0 },
};

static void widen(struct list_column *label, const char *text)
{
	int width = draw_width(text);

	if (width > label->width)
		label->width = width < LABEL_MOST ? width : LABEL_MOST;
}

static bool menu_open(struct screen *s, const void *arg)
{
	const struct menu_arg *a = arg;
	struct menu *m = screen_state(s);

	m->owner = a->owner->id;
	m->title = xstrdup(a->title);
	m->done = a->done;
	m->arg = a->arg;
	m->n = a->n;
	m->items = xcalloc((size_t)a->n + 1, sizeof(*m->items));
	m->width = draw_width(a->title) + 4;
	memcpy(m->columns, MENU_COLUMNS, sizeof(m->columns));
	for (int i = 0; i < a->n; i++)
		widen(&m->columns[COLUMN_LABEL], a->items[i].label);
	for (int i = 0; i < a->n; i++) {
		const struct menu_item *it = &a->items[i];
		const char *note = it->refused ? it->refused : it->note;
		int width = m->columns[COLUMN_LABEL].width + 6 + (note ? draw_width(note) : 0);

		m->items[i] = (struct choice_item){
			.label = xstrdup(it->label), .note = copy(it->note), .refused = copy(it->refused), .key = it->key,
		};
		m->width = width > m->width ? width : m->width;
	}
	m->list = (struct list){
		.columns = m->columns, .ncolumns = ARRAY_LEN(MENU_COLUMNS), .source = &MENU_SOURCE, .ctx = m,
		.cursor = a->first, .empty = N_("nothing to choose from"),
	};
	return true;
}

static void menu_close(struct screen *s)
{
	struct menu *m = screen_state(s);

	for (int i = 0; i < m->n; i++) {
		free(m->items[i].label);
		free(m->items[i].note);
		free(m->items[i].refused);
	}
	free(m->items);
	free(m->title);
}

static void menu_draw(struct screen *s, struct canvas body)
{
	struct menu *m = screen_state(s);

	list_draw(&m->list, overlay_frame(body, m->n + 1, m->width, m->title), true);
}

/* The menu is put away before it answers: the answer may ask the next question. */
static enum result answer_menu(struct screen *s, int choice)
{
	struct menu *m = screen_state(s);
	struct app *a = s->app;
	uint64_t owner = m->owner;
	void (*done)(struct screen *, int, void *) = m->done;
	void *arg = m->arg;

	app_pop(a);
	if (app_screen(a, owner))
		done(app_screen(a, owner), choice, arg);
	return R_REDRAW;
}

static enum result choose(struct screen *s, int row)
{
	struct menu *m = screen_state(s);

	if (row < 0 || row >= m->n)
		return R_HANDLED;
	m->list.cursor = row;
	if (!m->items[row].refused)
		return answer_menu(s, row);
	app_message(s->app, TOK_WARNING, "%s: %s", m->items[row].label, m->items[row].refused);
	return R_REDRAW;
}

static enum result menu_enter(struct screen *s, int arg)
{
	(void)arg;
	return choose(s, ((struct menu *)screen_state(s))->list.cursor);
}

static enum result menu_leave(struct screen *s, int arg)
{
	(void)arg;
	return answer_menu(s, -1);
}

static enum result menu_move(struct screen *s, int arg)
{
	return list_move(&((struct menu *)screen_state(s))->list, arg);
}

/* Its items' keys come before the moving keys of lists. */
static enum result menu_key(struct screen *s, struct key k)
{
	struct menu *m = screen_state(s);
	struct key latin = key_latin(k);

	for (int i = 0; i < m->n && key_is_text(k); i++)
		if (m->items[i].key && (k.code == (uint32_t)m->items[i].key || latin.code == (uint32_t)m->items[i].key))
			return choose(s, i);
	return R_NONE;
}

static void menu_describe(struct screen *s, struct strbuf *out)
{
	struct menu *m = screen_state(s);
	const struct choice_item *it = m->list.cursor < m->n ? &m->items[m->list.cursor] : NULL;

	if (it)
		strbuf_printf(out, it->refused ? "%s: %s" : "%s", it->label, it->refused);
}

static const struct binding MENU_KEYS[] = {
	{ "Enter", "choose", N_("choose"), menu_enter, 0, B_FOOTER, NULL },
	{ "Esc q F3 F12", "leave", N_("leave"), menu_leave, 0, B_FOOTER, NULL },
	LIST_KEYS(menu_move),
	{ 0 },
};

static const struct screen_class menu_class = {
	.name = "menu", .title = N_("Menu"), .state_size = sizeof(struct menu), .keys = MENU_KEYS, .overlay = true,
	.open = menu_open, .close = menu_close, .draw = menu_draw, .describe = menu_describe, .hotkey = menu_key,
};

void menu_ask(struct screen *s, const char *title, const struct menu_item *items, int n, int first,
    void (*done)(struct screen *s, int choice, void *arg), void *arg)
{
	app_push(s->app, &menu_class, &(struct menu_arg){ s, title, items, n, first, done, arg });
}

/* ---- the question ---- */

enum { LINES_MOST = 40, DIGITS_MOST = 18 };

struct question {
	uint64_t owner;
	char *title, *text, *ask;
	int64_t count;
	char typed[DIGITS_MOST + 1];
	int lines, width;
	void (*done)(struct screen *s, bool agreed, void *arg);
	void *arg;
};

struct question_arg {
	struct screen *owner;
	const char *title, *text, *ask;
	int64_t count;
	void (*done)(struct screen *s, bool agreed, void *arg);
	void *arg;
};

static bool question_open(struct screen *s, const void *arg)
{
	const struct question_arg *a = arg;
	struct question *q = screen_state(s);

	*q = (struct question){
		.owner = a->owner->id, .title = xstrdup(a->title), .text = xstrdup(a->text), .ask = xstrdup(a->ask),
		.count = a->count, .done = a->done, .arg = a->arg, .width = draw_width(a->title) + 4,
	};
	if (a->count > 0 && q->width < draw_width(q->ask) + DIGITS_MOST + 2)
		q->width = draw_width(q->ask) + DIGITS_MOST + 2;
	for (char *line = q->text; line && q->lines < LINES_MOST; q->lines++) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		if (draw_width(line) > q->width)
			q->width = draw_width(line);
		line = end ? end + 1 : NULL;
	}
	return true;
}

static void question_close(struct screen *s)
{
	struct question *q = screen_state(s);

	free(q->title);
	free(q->text);
	free(q->ask);
}

static void question_draw(struct screen *s, struct canvas body)
{
	struct question *q = screen_state(s);
	struct canvas c = overlay_frame(body, q->lines + 2, q->width > 50 ? q->width : 50, q->title);
	const char *line = q->text;
	int last = c.h - 1, x;

	for (int y = 0; y < q->lines && y < last; y++, line += strlen(line) + 1)
		draw_text(c, y, 0, c.w, TOK_TEXT, line);
	if (q->count == 0) {
		x = draw_text(c, last, 0, c.w, TOK_KEY, _("Enter: do it    Esc: leave all as it is"));
		draw_cursor(c, last, x < c.w ? x : c.w - 1);
		return;
	}
	x = draw_text(c, last, 0, c.w - 20, TOK_KEY, q->ask);
	x += 1 + draw_text(c, last, x + 1, c.w - x - 1, TOK_INPUT, q->typed);
	draw_cursor(c, last, x < c.w ? x : c.w - 1);
}

static enum result answer_question(struct screen *s, int agreed)
{
	struct question *q = screen_state(s);
	struct app *a = s->app;
	uint64_t owner = q->owner;
	void (*done)(struct screen *, bool, void *) = q->done;
	void *arg = q->arg;

	if (agreed && q->count > 0 && strtoll(q->typed, NULL, 10) != q->count) {
		app_message(a, TOK_WARNING, _("%lld has to be typed; Esc leaves all as it is"),
		    (long long)q->count);
		return R_REDRAW;
	}
	app_pop(a);
	if (app_screen(a, owner))
		done(app_screen(a, owner), agreed, arg);
	return R_REDRAW;
}

static bool question_wants_text(const struct screen *s)
{
	return ((struct question *)screen_state((struct screen *)s))->count > 0;
}

static enum result question_text(struct screen *s, struct key k)
{
	struct question *q = screen_state(s);
	size_t n = strlen(q->typed);

	if (k.code >= '0' && k.code <= '9' && k.mods == 0 && n < DIGITS_MOST)
		q->typed[n] = (char)k.code;
	else if (k.code == KEYCODE_BACKSPACE && n > 0)
		q->typed[n - 1] = '\0';
	else
		return key_is_text(k) ? R_HANDLED : R_NONE;
	return R_REDRAW;
}

static const struct binding QUESTION_KEYS[] = {
	{ "Enter", "agree", N_("do it"), answer_question, 1, B_FOOTER, NULL },
	{ "Esc q n F3 F12", "leave", N_("leave"), answer_question, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class question_class = {
	.name = "question", .title = N_("Question"), .state_size = sizeof(struct question), .keys = QUESTION_KEYS,
	.overlay = true, .guarded = true, .open = question_open, .close = question_close, .draw = question_draw,
	.text = question_text, .wants_text = question_wants_text,
};

void confirm_ask(struct screen *s, const char *title, const char *text, int64_t count,
    void (*done)(struct screen *s, bool agreed, void *arg), void *arg)
{
	confirm_typed(s, title, text, _("Type the number of rows and press Enter:"), count, done, arg);
}

void confirm_typed(struct screen *s, const char *title, const char *text, const char *ask, int64_t number,
    void (*done)(struct screen *s, bool agreed, void *arg), void *arg)
{
	app_push(s->app, &question_class, &(struct question_arg){ s, title, text, ask, number, done, arg });
}

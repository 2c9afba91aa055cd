#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tui/form.h"

enum { LABEL_LEAST = 12, LABEL_MOST = 22, GAP = 2 };

/* ---- fields ---- */

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

int form_add(struct form *f, const struct form_field *field)
{
	struct form_field *x;

	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->fields = xreallocarray(f->fields, (size_t)f->cap, sizeof(*f->fields));
	}
	x = &f->fields[f->n];
	*x = (struct form_field){
		.name = field->name, .label = field->label, .help = field->help, .kind = field->kind,
		.width = field->width > 0 ? field->width : 20, .most = field->most, .fixed = field->fixed,
		.required = field->required,
		.readonly = field->readonly, .line = { .most = (size_t)field->most }, .base = xstrdup(""),
	};
	if (f->n == f->cursor && x->readonly) /* the cursor starts on the first field that can be typed into */
		f->cursor++;
	return f->n++;
}

void form_free(struct form *f)
{
	for (int i = 0; i < f->n; i++) {
		struct form_field *x = &f->fields[i];

		free(x->base);
		free(x->aside);
		free(x->error);
		free(x->hint);
		lineedit_free(&x->line);
	}
	free(f->fields);
	f->fields = NULL;
	f->n = f->cap = f->cursor = f->top = 0;
}

int form_find(const struct form *f, const char *name)
{
	for (int i = 0; i < f->n; i++)
		if (!strcmp(f->fields[i].name, name))
			return i;
	return -1;
}

const char *form_value(const struct form *f, int field)
{
	return lineedit_text(&f->fields[field].line);
}

static void replace(char **at, const char *text)
{
	char *old = *at;

	*at = copy(text);
	free(old);
}

void form_set(struct form *f, int field, const char *value)
{
	struct form_field *x = &f->fields[field];

	lineedit_set(&x->line, value);
	if (x->kind == FORM_CHOICE || x->kind == FORM_REF)
		x->line.cursor = 0; /* a name is read from its beginning */
}

void form_rebase(struct form *f, int field, const char *base)
{
	struct lineedit clean = { 0 };

	lineedit_set(&clean, base); /* as it would read in the field, else it were dirty at once */
	replace(&f->fields[field].base, lineedit_text(&clean));
	lineedit_free(&clean);
}

void form_reset(struct form *f, int field, const char *base)
{
	form_set(f, field, base);
	form_rebase(f, field, base);
	form_error(f, field, NULL);
}

void form_aside(struct form *f, int field, const char *text)
{
	replace(&f->fields[field].aside, text && text[0] ? text : NULL);
}

void form_error(struct form *f, int field, const char *text)
{
	replace(&f->fields[field].error, text && text[0] ? text : NULL);
}

bool form_dirty(const struct form *f, int field)
{
	return !f->fields[field].readonly && strcmp(form_value(f, field), f->fields[field].base) != 0;
}

int form_changes(const struct form *f)
{
	int n = 0;

	for (int i = 0; i < f->n; i++)
		n += form_dirty(f, i);
	return n;
}

int form_first_error(const struct form *f)
{
	for (int i = 0; i < f->n; i++)
		if (f->fields[i].error)
			return i;
	return -1;
}

static struct form_field *current(const struct form *f)
{
	return f->cursor < f->n && !f->fields[f->cursor].readonly && !f->readonly ? &f->fields[f->cursor] : NULL;
}

void form_go(struct form *f, int field)
{
	if (field >= 0 && field < f->n)
		f->cursor = field;
}

static void leave(struct form *f)
{
	struct form_field *x = current(f);

	if (!x)
		return;
	replace(&x->hint, NULL);
	if (f->source && f->source->leave)
		f->source->leave(f->ctx, f->cursor);
}

static enum result changed(struct form *f)
{
	struct form_field *x = &f->fields[f->cursor];

	replace(&x->error, NULL); /* it was about the value before */
	if (f->source && f->source->changed)
		f->source->changed(f->ctx, f->cursor);
	return R_REDRAW;
}

static int beside(const struct form *f, int from, int step)
{
	for (int i = from + step; i >= 0 && i < f->n; i += step)
		if (!f->fields[i].readonly)
			return i;
	return from;
}

static enum result step(struct form *f, int by)
{
	int to = beside(f, f->cursor, by);

	if (f->readonly) { /* nothing to type into: the page itself moves */
		f->top += by;
		return R_REDRAW;
	}
	leave(f);
	if (to == f->cursor && by) { /* round the end: Tab on the last field is the first one again */
		to = beside(f, by > 0 ? -1 : f->n, by);
		to = to < 0 || to >= f->n ? f->cursor : to;
	}
	f->cursor = to;
	return R_REDRAW;
}

/* ---- typing ---- */

static bool kazakh_digit_row(uint32_t c)
{
	static const uint32_t LETTERS[] = { 0x4d9, 0x456, 0x4a3, 0x493, 0x4af, 0x4b1, 0x49b, 0x4e9, 0x4bb };

	for (size_t i = 0; i < ARRAY_LEN(LETTERS); i++)
		if (c == LETTERS[i] || c == LETTERS[i] - (LETTERS[i] == 0x456 ? 0x50 : 1)) /* small or capital */
			return true;
	return false;
}

/* What a digit was meant to be when another layout is on; NULL: the key is as good as any. */
static const char *misplaced(const struct form_field *x, struct key k)
{
	const char *value = lineedit_text(&x->line);
	bool word = x->kind == FORM_DATE && !(value[0] >= '0' && value[0] <= '9') && !strchr("+-", value[0] ? value[0] : 'a');

	if (x->kind != FORM_NUMBER && x->kind != FORM_MONEY && x->kind != FORM_DATE)
		return NULL;
	if (k.code < 0x400 || k.code > 0x52f || (word && !(kazakh_digit_row(k.code) && !value[0])))
		return NULL; /* days have names in every language */
	return kazakh_digit_row(k.code) ? _("layout kz: use the keypad or switch") : _("digits only: switch the layout");
}

static bool is_full(const struct form_field *x)
{
	const char *s = lineedit_text(&x->line);
	int n = 0;

	while (text_next(&s))
		n++;
	return x->fixed > 0 && n >= x->fixed && x->line.cursor == x->line.text.len;
}

static enum result text_key(struct form *f, struct form_field *x, struct key k)
{
	const char *hint = misplaced(x, k);

	if (hint) {
		replace(&x->hint, hint);
		return R_REDRAW;
	}
	if ((x->kind == FORM_CHOICE || x->kind == FORM_REF) && f->source && f->source->list) {
		struct lineedit typed = { 0 };

		lineedit_key(&typed, k);
		f->source->list(f->ctx, f->cursor, lineedit_text(&typed));
		lineedit_free(&typed);
		return R_REDRAW;
	}
	if (x->kind == FORM_BOOL && k.code == ' ' && f->source && f->source->turn) {
		f->source->turn(f->ctx, f->cursor);
		return changed(f);
	}
	if (lineedit_key(&x->line, k) != LINEEDIT_CHANGED)
		return R_HANDLED;
	changed(f);
	return is_full(x) ? step(f, 1) : R_REDRAW;
}

enum result form_key(struct form *f, struct key k)
{
	struct form_field *x = current(f);
	bool command = k.mods == MOD_CTRL && (k.code == 'd' || k.code == 'u' || k.code == 'x' || k.code == 'c');

	if (!x || command)
		return R_NONE;
	if (x->hint)
		replace(&x->hint, NULL);
	if (key_is_text(k))
		return text_key(f, x, k);
	if ((x->kind == FORM_CHOICE || x->kind == FORM_REF) &&
	    (k.code == KEYCODE_BACKSPACE || k.code == KEYCODE_DELETE)) /* a name taken from a list goes as a whole */
		return form_do(f, FORM_CLEAR);
	switch (lineedit_key(&x->line, k)) {
	case LINEEDIT_NONE:
		return R_NONE;
	case LINEEDIT_MOVED:
		return R_REDRAW;
	case LINEEDIT_CHANGED:
		break;
	}
	return changed(f);
}

/* ---- moving ---- */

static enum result page(struct form *f, int by)
{
	int to = f->cursor;

	leave(f);
	for (int i = 0; i < (f->page > 1 ? f->page - 1 : 1); i++)
		to = beside(f, to, by);
	f->cursor = to;
	if (!current(f)) /* nothing to type into: the page itself moves */
		f->top += by * (f->page > 1 ? f->page - 1 : 1);
	return R_REDRAW;
}

static enum result save(struct form *f)
{
	for (int i = 0; i < f->n; i++) {
		replace(&f->fields[i].hint, NULL);
		if (!f->fields[i].readonly && f->source->leave)
			f->source->leave(f->ctx, i);
	}
	if (form_first_error(f) >= 0)
		form_go(f, form_first_error(f));
	else
		f->source->save(f->ctx);
	return R_REDRAW;
}

static enum result set_by_key(struct form *f, const char *value)
{
	if (!current(f) || !value)
		return R_HANDLED;
	form_set(f, f->cursor, value);
	return changed(f);
}

enum result form_do(struct form *f, int what)
{
	const struct form_source *src = f->source;

	switch (what) {
	case FORM_NEXT:
	case FORM_DOWN:
		return step(f, 1);
	case FORM_PREVIOUS:
	case FORM_UP:
		return step(f, -1);
	case FORM_PGUP:
		return page(f, -1);
	case FORM_PGDN:
		return page(f, 1);
	case FORM_SAVE:
		return f->readonly ? R_HANDLED : save(f);
	case FORM_LIST:
		if (current(f) && src->list)
			src->list(f->ctx, f->cursor, "");
		return R_REDRAW;
	case FORM_CLEAR:
		return set_by_key(f, "");
	case FORM_DUPLICATE:
		return set_by_key(f, src->previous && current(f) ? src->previous(f->ctx, f->cursor) : NULL);
	}
	return R_HANDLED;
}

/* ---- drawing ---- */

/* A field's place: which line of the whole form, and the columns it has. */
struct place { int y, x, w, h; };

static int height(const struct form_field *x)
{
	return 1 + (x->error || x->hint);
}

/* The rows of the form, in reading order: two fields in one where there is room, a note alone. */
static int arrange(const struct form *f, int width, struct place *at)
{
	bool two = width >= FORM_TWO_COLUMNS;
	int y = 0;

	for (int i = 0; i < f->n; i++) {
		bool pair = two && f->fields[i].kind != FORM_NOTE && i + 1 < f->n && f->fields[i + 1].kind != FORM_NOTE;
		int w = two && f->fields[i].kind != FORM_NOTE ? width / 2 : width;
		int h = height(&f->fields[i]);

		at[i] = (struct place){ y, 0, w, h };
		if (pair) {
			int other = height(&f->fields[i + 1]);

			h = other > h ? other : h;
			at[i].h = h;
			at[++i] = (struct place){ y, width / 2, width - width / 2, h };
		}
		y += h;
	}
	return y;
}

static int label_width(const struct form *f)
{
	int width = LABEL_LEAST;

	for (int i = 0; i < f->n; i++) {
		int w = draw_width(_(f->fields[i].label)) + 1;

		width = w > width ? w : width;
	}
	return width < LABEL_MOST ? width + width % 2 : LABEL_MOST; /* even: the dots end before the mark */
}

/* "Name . . . . . *": the dots stand on even columns, so that those of all lines are under each other. */
static void draw_label(const struct form_field *x, struct canvas c, int width, bool here, bool dirty, bool open)
{
	int end = draw_text(c, 0, GAP, width, here ? TOK_ROW_CURSOR : TOK_TEXT, _(x->label)) + GAP;

	if (here)
		draw_text(c, 0, 0, 1, TOK_ROW_CURSOR, draw_marker(true));
	for (int col = end + 1 + (end + 1) % 2; col < GAP + width; col += 2)
		draw_text(c, 0, col, 1, TOK_DIM, ".");
	if (dirty)
		draw_text(c, 0, GAP + width, 1, TOK_WARNING, "*");
	else if (x->required && !x->readonly && open)
		draw_text(c, 0, GAP + width, 1, TOK_DIM, draw_ascii() ? "!" : "•");
}

static void draw_value(const struct form *f, int i, struct canvas c, int at, bool here)
{
	const struct form_field *x = &f->fields[i];
	bool open = !x->readonly && !f->readonly;
	int room = c.w - at - 2, width = x->width < room ? x->width : room;
	struct canvas box = canvas_sub(c, 0, at + 1, 1, width);

	if (x->kind == FORM_NOTE && room > width)
		box = canvas_sub(c, 0, at + 1, 1, width = room - 1);
	if (width <= 0)
		return;
	if (open) {
		draw_text(c, 0, at, 1, TOK_FRAME, "[");
		draw_fill(box, 0, 0, 1, width, TOK_INPUT);
		draw_text(c, 0, at + 1 + width, 1, TOK_FRAME, "]");
	}
	lineedit_draw(&x->line, box, open ? TOK_INPUT : TOK_TEXT, here && open);
	if (here && !open)
		draw_cursor(c, 0, 0);
	if (x->aside)
		draw_text(c, 0, open ? at + 3 + width : at + 2 + draw_width(form_value(f, i)), -1, TOK_DIM, x->aside);
}

static void draw_field(const struct form *f, int i, struct canvas c, int label, bool focused)
{
	const struct form_field *x = &f->fields[i];
	bool here = focused && i == f->cursor;
	const char *say = x->error ? x->error : x->hint;
	int at = GAP + label + 2;

	draw_label(x, c, label, here, form_dirty(f, i), !f->readonly);
	draw_value(f, i, c, at, here);
	if (say && c.h > 1) {
		draw_text(c, 1, at - 2, 1, x->error ? TOK_ERROR : TOK_WARNING, "!");
		draw_text(c, 1, at, c.w - at, x->error ? TOK_ERROR : TOK_WARNING, say);
	}
}

static void scroll_to(struct form *f, const struct place *p)
{
	int most = f->lines > f->page ? f->lines - f->page : 0;

	if (p && !f->readonly) {
		if (f->top > p->y)
			f->top = p->y;
		if (f->top < p->y + p->h - f->page)
			f->top = p->y + p->h - f->page;
	}
	f->top = f->top > most ? most : f->top;
	f->top = f->top < 0 ? 0 : f->top;
}

void form_draw(struct form *f, struct canvas c, bool focused)
{
	struct place *at = xcalloc((size_t)f->n + 1, sizeof(*at));
	int label = label_width(f);

	f->page = c.h > 0 ? c.h : 1;
	f->lines = arrange(f, c.w - 1, at);
	scroll_to(f, f->cursor < f->n ? &at[f->cursor] : NULL);
	if (focused)
		draw_cursor(c, 0, 0);
	for (int i = 0; i < f->n; i++) {
		int y = at[i].y - f->top;

		if (y >= 0 && y < c.h)
			draw_field(f, i, canvas_sub(c, y, at[i].x, at[i].h, at[i].w), label, focused);
	}
	if (f->top > 0)
		draw_text(c, 0, c.w - 1, 1, TOK_DIM, draw_ascii() ? "^" : "↑");
	if (f->top + c.h < f->lines)
		draw_text(c, c.h - 1, c.w - 1, 1, TOK_DIM, draw_ascii() ? "v" : "↓");
	free(at);
}

void form_describe(const struct form *f, struct strbuf *out)
{
	const struct form_field *x = current(f);

	if (!x)
		return;
	strbuf_puts(out, _(x->label));
	if (x->required)
		strbuf_printf(out, ", %s", _("required"));
	if (x->help)
		strbuf_printf(out, ": %s", _(x->help));
}

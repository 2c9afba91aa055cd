#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "tui/app.h"

enum { TEXT_MOST = 2000 };

/* ---- editing: the cursor stands before a character and its marks ---- */

static size_t next_char(const struct prompt *p, size_t at)
{
	const char *s = strbuf_str(&p->text) + at, *ahead = s;

	if (!text_next(&s))
		return at;
	for (ahead = s; *ahead; s = ahead)
		if (text_cp_width(text_next(&ahead)) != 0)
			break;
	return (size_t)(s - strbuf_str(&p->text));
}

static size_t previous_char(const struct prompt *p, size_t at)
{
	size_t before = 0, i = 0;

	while (i < at) {
		before = i;
		i = next_char(p, i);
	}
	return before;
}

static size_t word_start(const struct prompt *p)
{
	const char *s = strbuf_str(&p->text);
	size_t at = p->cursor;

	while (at > 0 && s[at - 1] == ' ')
		at--;
	while (at > 0 && s[at - 1] != ' ')
		at--;
	return at;
}

static void cut(struct prompt *p, size_t from, size_t to)
{
	struct strbuf rest = { 0 };

	strbuf_add(&rest, strbuf_str(&p->text), from);
	strbuf_puts(&rest, strbuf_str(&p->text) + to);
	strbuf_free(&p->text);
	p->text = rest;
	p->cursor = from;
}

static void insert(struct prompt *p, uint32_t code)
{
	struct strbuf text = { 0 };
	utf8proc_uint8_t bytes[4];
	size_t n = (size_t)utf8proc_encode_char((utf8proc_int32_t)code, bytes);

	if (p->text.len + n > TEXT_MOST)
		return;
	strbuf_add(&text, strbuf_str(&p->text), p->cursor);
	strbuf_add(&text, (const char *)bytes, n);
	strbuf_puts(&text, strbuf_str(&p->text) + p->cursor);
	strbuf_free(&p->text);
	p->text = text;
	p->cursor += n;
}

static void edit_control(struct prompt *p, uint32_t code)
{
	switch (code) {
	case 'a':
		p->cursor = 0;
		break;
	case 'e':
		p->cursor = p->text.len;
		break;
	case 'b':
		p->cursor = previous_char(p, p->cursor);
		break;
	case 'f':
		p->cursor = next_char(p, p->cursor);
		break;
	case 'd':
		cut(p, p->cursor, next_char(p, p->cursor));
		break;
	case 'k':
		cut(p, p->cursor, p->text.len);
		break;
	case 'u':
		cut(p, 0, p->text.len);
		break;
	case 'w':
		cut(p, word_start(p), p->cursor);
		break;
	}
}

static void edit(struct prompt *p, struct key k)
{
	if (key_is_text(k)) {
		insert(p, k.code);
		return;
	}
	switch (k.code) {
	case KEYCODE_LEFT:
		p->cursor = previous_char(p, p->cursor);
		break;
	case KEYCODE_RIGHT:
		p->cursor = next_char(p, p->cursor);
		break;
	case KEYCODE_HOME:
		p->cursor = 0;
		break;
	case KEYCODE_END:
		p->cursor = p->text.len;
		break;
	case KEYCODE_BACKSPACE:
		cut(p, previous_char(p, p->cursor), p->cursor);
		break;
	case KEYCODE_DELETE:
		cut(p, p->cursor, next_char(p, p->cursor));
		break;
	default:
		if (k.mods == MOD_CTRL)
			edit_control(p, key_latin((struct key){ k.code, 0 }).code);
	}
}

/* ---- life ---- */

void app_prompt(struct app *a, struct screen *s, const char *label, const char *initial,
    void (*changed)(struct screen *s, const char *text), void (*done)(struct screen *s, const char *text))
{
	prompt_close(a);
	a->prompt = (struct prompt){
		.active = true, .screen = s->id, .label = xstrdup(label), .changed = changed, .done = done,
	};
	text_clean(&a->prompt.text, initial ? initial : "", initial ? strlen(initial) : 0, TEXT_ONE_LINE);
	a->prompt.cursor = a->prompt.text.len;
	app_redraw(a);
}

void prompt_close(struct app *a)
{
	free(a->prompt.label);
	strbuf_free(&a->prompt.text);
	a->prompt = (struct prompt){ 0 };
	app_redraw(a);
}

/* The answer may open the next prompt, so this one is put away first. */
static void finish(struct app *a, bool taken)
{
	struct prompt *p = &a->prompt;
	struct screen *s = app_screen(a, p->screen);
	void (*done)(struct screen *, const char *) = p->done;
	char *text = strbuf_steal(&p->text);

	prompt_close(a);
	if (s && done)
		done(s, taken ? text : NULL);
	free(text);
}

void prompt_key(struct app *a, struct key k)
{
	struct prompt *p = &a->prompt;
	struct screen *s = app_screen(a, p->screen);
	char *before;

	if (k.code == KEYCODE_ENTER || k.code == KEYCODE_ESC || (k.code == 'c' && k.mods == MOD_CTRL)) {
		finish(a, k.code == KEYCODE_ENTER);
		return;
	}
	before = xstrdup(strbuf_str(&p->text));
	edit(p, k);
	app_redraw(a);
	if (s && p->changed && strcmp(before, strbuf_str(&p->text)) != 0)
		p->changed(s, strbuf_str(&p->text));
	free(before);
}

/* ---- drawing ---- */

/* Scrolls so that the cursor is on the line. Returns the columns used. */
int prompt_draw(struct app *a, struct canvas line)
{
	struct prompt *p = &a->prompt;
	int x = 1 + draw_text(line, 0, 1, line.w / 2, TOK_KEY, p->label) + 1;
	struct canvas field = canvas_sub(line, 0, x, 1, -1);
	char *left = xstrndup(strbuf_str(&p->text), p->cursor);
	int at = draw_width(left), shift = at < field.w ? 0 : at - field.w + 1, used;

	free(left);
	used = draw_text(field, 0, -shift, shift + field.w, TOK_INPUT, strbuf_str(&p->text));
	draw_cursor(field, 0, at - shift);
	return x + used - shift;
}

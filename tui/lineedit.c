#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "tui/lineedit.h"

static void let_go(struct lineedit *l)
{
	if (l->secret && l->text.s)
		explicit_bzero(l->text.s, l->text.cap);
	strbuf_free(&l->text);
}

void lineedit_set(struct lineedit *l, const char *text)
{
	strbuf_clear(&l->text);
	text_clean(&l->text, text ? text : "", text ? strlen(text) : 0, TEXT_ONE_LINE);
	l->cursor = l->text.len;
}

void lineedit_free(struct lineedit *l)
{
	let_go(l);
	l->cursor = 0;
}

const char *lineedit_text(const struct lineedit *l)
{
	return strbuf_str(&l->text);
}

/* ---- editing: the cursor stands before a character and its marks ---- */

static size_t next_char(const struct lineedit *l, size_t at)
{
	const char *s = strbuf_str(&l->text) + at, *ahead = s;

	if (!text_next(&s))
		return at;
	for (ahead = s; *ahead; s = ahead)
		if (text_cp_width(text_next(&ahead)) != 0)
			break;
	return (size_t)(s - strbuf_str(&l->text));
}

static size_t previous_char(const struct lineedit *l, size_t at)
{
	size_t before = 0, i = 0;

	while (i < at) {
		before = i;
		i = next_char(l, i);
	}
	return before;
}

static size_t word_start(const struct lineedit *l)
{
	const char *s = strbuf_str(&l->text);
	size_t at = l->cursor;

	while (at > 0 && s[at - 1] == ' ')
		at--;
	while (at > 0 && s[at - 1] != ' ')
		at--;
	return at;
}

static enum lineedit_result cut(struct lineedit *l, size_t from, size_t to)
{
	struct strbuf rest = { 0 };

	if (from == to)
		return LINEEDIT_MOVED;
	strbuf_add(&rest, strbuf_str(&l->text), from);
	strbuf_puts(&rest, strbuf_str(&l->text) + to);
	let_go(l);
	l->text = rest;
	l->cursor = from;
	return LINEEDIT_CHANGED;
}

static enum lineedit_result insert(struct lineedit *l, uint32_t code)
{
	struct strbuf text = { 0 };
	utf8proc_uint8_t bytes[4];
	size_t n = (size_t)utf8proc_encode_char((utf8proc_int32_t)code, bytes);

	if (l->text.len + n > (l->most ? l->most : LINEEDIT_MOST))
		return LINEEDIT_MOVED;
	strbuf_add(&text, strbuf_str(&l->text), l->cursor);
	strbuf_add(&text, (const char *)bytes, n);
	strbuf_puts(&text, strbuf_str(&l->text) + l->cursor);
	let_go(l);
	l->text = text;
	l->cursor += n;
	return LINEEDIT_CHANGED;
}

static enum lineedit_result move_to(struct lineedit *l, size_t at)
{
	l->cursor = at;
	return LINEEDIT_MOVED;
}

static enum lineedit_result edit_control(struct lineedit *l, uint32_t code)
{
	switch (code) {
	case 'a':
		return move_to(l, 0);
	case 'e':
		return move_to(l, l->text.len);
	case 'b':
		return move_to(l, previous_char(l, l->cursor));
	case 'f':
		return move_to(l, next_char(l, l->cursor));
	case 'd':
		return cut(l, l->cursor, next_char(l, l->cursor));
	case 'k':
		return cut(l, l->cursor, l->text.len);
	case 'u':
		return cut(l, 0, l->text.len);
	case 'w':
		return cut(l, word_start(l), l->cursor);
	}
	return LINEEDIT_NONE;
}

enum lineedit_result lineedit_key(struct lineedit *l, struct key k)
{
	if (key_is_text(k))
		return insert(l, k.code);
	switch (k.code) {
	case KEYCODE_LEFT:
		return move_to(l, previous_char(l, l->cursor));
	case KEYCODE_RIGHT:
		return move_to(l, next_char(l, l->cursor));
	case KEYCODE_HOME:
		return move_to(l, 0);
	case KEYCODE_END:
		return move_to(l, l->text.len);
	case KEYCODE_BACKSPACE:
		return cut(l, previous_char(l, l->cursor), l->cursor);
	case KEYCODE_DELETE:
		return cut(l, l->cursor, next_char(l, l->cursor));
	}
	return k.mods == MOD_CTRL ? edit_control(l, key_latin((struct key){ k.code, 0 }).code) : LINEEDIT_NONE;
}

/* A dot a character, and the cursor among them. */
static int draw_dots(const struct lineedit *l, struct canvas c, enum token style, bool focus)
{
	struct strbuf dots = { 0 };
	int at = 0, used;

	for (size_t i = 0; i < l->text.len; i = next_char(l, i)) {
		strbuf_puts(&dots, draw_ascii() ? "*" : "•");
		at += i < l->cursor;
	}
	used = draw_text(c, 0, 0, c.w, style, strbuf_str(&dots));
	if (focus)
		draw_cursor(c, 0, at < c.w ? at : c.w - 1);
	strbuf_free(&dots);
	return used;
}

int lineedit_draw(const struct lineedit *l, struct canvas c, enum token style, bool focus)
{
	if (l->secret)
		return draw_dots(l, c, style, focus);

	char *left = xstrndup(strbuf_str(&l->text), l->cursor);
	int step = c.w > 3 ? c.w / 3 : 1; /* scrolling by a third: a letter at the edge does not move all others each time */
	int at = draw_width(left), shift = !focus || at < c.w ? 0 : (at - c.w + step) / step * step, used;

	free(left);
	used = draw_text(c, 0, -shift, shift + c.w, style, strbuf_str(&l->text));
	if (focus)
		draw_cursor(c, 0, at - shift);
	return used - shift;
}

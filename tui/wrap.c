#include "config.h"

#include <string.h>

#include "base/text.h"
#include "tui/wrap.h"

/* The bytes of at most `width` columns of s, at least one character. */
static size_t piece(const char *s, size_t n, int width)
{
	const char *at = s, *end = s;
	int used = 0;

	while (at < s + n) {
		used += text_cp_width(text_next(&at));
		if (used > width && end > s)
			break;
		end = at;
	}
	return (size_t)(end - s);
}

static int columns(const char *s, size_t n)
{
	int used = 0;

	for (const char *at = s; at < s + n;)
		used += text_cp_width(text_next(&at));
	return used;
}

static int new_line(struct strbuf *out, int indent)
{
	strbuf_putc(out, '\n');
	for (int i = 0; i < indent; i++)
		strbuf_putc(out, ' ');
	return 0;
}

void wrap_text(struct strbuf *out, const char *first, const char *text, int width)
{
	struct strbuf clean = { 0 };
	int indent = text_width(first), room = width - indent > 1 ? width - indent : 1, used = 0;

	text_clean(&clean, text, strlen(text), TEXT_MULTILINE);
	strbuf_puts(out, first);
	for (const char *s = strbuf_str(&clean); *s;) {
		size_t n = strcspn(s, " \n");

		if (used > 0 && used + 1 + columns(s, n) > room)
			used = new_line(out, indent);
		if (used > 0 && n > 0)
			strbuf_putc(out, ' ');
		used += used > 0 && n > 0;
		while (columns(s, n) > room - used && n > 0) {
			size_t part = piece(s, n, room - used);

			strbuf_add(out, s, part);
			s += part;
			n -= part;
			used = n > 0 ? new_line(out, indent) : room;
		}
		strbuf_add(out, s, n);
		used += columns(s, n);
		s += n;
		if (*s == '\n' && s[1])
			used = new_line(out, indent);
		s += *s != '\0';
	}
	strbuf_putc(out, '\n');
	strbuf_free(&clean);
}

#include "config.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <utf8proc.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD: not a character */
#define DOT "\xC2\xB7"             /* U+00B7: something that does not show was here */
#define DOTTED_CIRCLE "\xE2\x97\x8C"
#define ELLIPSIS "\xE2\x80\xA6"
#define MAX_MARKS 4
#define TAB_WIDTH 4

static bool is_noncharacter(int cp)
{
	return (cp & 0xFFFE) == 0xFFFE || (cp >= 0xFDD0 && cp <= 0xFDEF);
}

static bool is_variation_selector(int cp)
{
	return (cp >= 0xFE00 && cp <= 0xFE0F) || (cp >= 0xE0100 && cp <= 0xE01EF);
}

/* Moves, reorders or hides without showing anything itself. */
static bool is_invisible(int cp)
{
	const utf8proc_property_t *p = utf8proc_get_property(cp);
	return p->ignorable || p->category == UTF8PROC_CATEGORY_CF ||
	    p->category == UTF8PROC_CATEGORY_ZL ||
	    p->category == UTF8PROC_CATEGORY_ZP || is_noncharacter(cp);
}

/* Terminals take the width from different editions of Unicode here. */
static bool is_disputed(int cp)
{
	return (cp >= 0x3248 && cp <= 0x324F) || (cp >= 0x4DC0 && cp <= 0x4DFF) || cp == 0x302E ||
	    cp == 0x302F || cp == 0x16FF0 || cp == 0x16FF1;
}

static bool is_unprintable(int cp)
{
	if (is_disputed(cp))
		return true;
	utf8proc_category_t c = utf8proc_category(cp);
	return c == UTF8PROC_CATEGORY_CN || c == UTF8PROC_CATEGORY_CS || c == UTF8PROC_CATEGORY_CO;
}

static void put_control(struct strbuf *out, int cp, enum text_flags flags)
{
	if (cp == '\n' && (flags & TEXT_MULTILINE))
		strbuf_putc(out, '\n');
	else if (cp == '\t' && (flags & TEXT_MULTILINE))
		strbuf_add(out, "        ", TAB_WIDTH);
	else if (cp < 0x20)
		strbuf_printf(out, "^%c", cp + '@');
	else if (cp == 0x7F)
		strbuf_puts(out, "^?");
	else
		strbuf_printf(out, "<%02X>", (unsigned)cp);
}

/* `marks` counts the combining characters on the current cell; -1 = there is no cell to put them on. */
static void put_clean(struct strbuf *out, int cp, const char *bytes, size_t n,
    enum text_flags flags, int *marks)
{
	if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0)) {
		put_control(out, cp, flags);
		*marks = cp == '\n' && (flags & TEXT_MULTILINE) ? -1 : 0;
	} else if (is_variation_selector(cp)) {
		/* Dropped: it shows nothing and terminals disagree about the width that it makes. */
	} else if (is_invisible(cp)) {
		strbuf_puts(out, DOT);
		*marks = 0;
	} else if (is_unprintable(cp)) {
		strbuf_puts(out, REPLACEMENT);
		*marks = 0;
	} else if (text_cp_width(cp) == 0) {
		if (*marks < 0) {
			strbuf_puts(out, DOTTED_CIRCLE); /* else it would sit on the frame to its left */
			*marks = 0;
		}
		if ((*marks)++ < MAX_MARKS)
			strbuf_add(out, bytes, n);
	} else {
		strbuf_add(out, bytes, n);
		*marks = 0;
	}
}

void text_clean(struct strbuf *out, const char *src, size_t n, enum text_flags flags)
{
	int marks = -1;

	strbuf_add(out, "", 0); /* NUL-terminated even if nothing follows */
	for (size_t i = 0; i < n;) {
		utf8proc_int32_t cp;
		utf8proc_ssize_t len =
		    utf8proc_iterate((const utf8proc_uint8_t *)src + i, (utf8proc_ssize_t)(n - i), &cp);
		if (len <= 0) {
			strbuf_puts(out, REPLACEMENT);
			marks = 0;
			i++;
			continue;
		}
		put_clean(out, cp, src + i, (size_t)len, flags, &marks);
		i += (size_t)len;
	}
}

int text_next(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	if (*p == 0)
		return 0;
	if (*p < 0x80) {
		*s += 1;
		return *p;
	}
	utf8proc_int32_t cp;
	utf8proc_ssize_t len = utf8proc_iterate(p, -1, &cp);
	if (len <= 0) {
		*s += 1; /* not cleaned: never loop, never run past the end */
		return 0xFFFD;
	}
	*s += len;
	return cp;
}

int text_width(const char *s)
{
	int width = 0, cp;
	while ((cp = text_next(&s)) != 0)
		width += text_cp_width(cp);
	return width;
}

static void put_spaces(struct strbuf *out, int n)
{
	while (n-- > 0)
		strbuf_putc(out, ' ');
}

/* The longest head of s that takes at most `width` columns; its own width goes to *taken. */
static size_t head_that_fits(const char *s, int width, int *taken)
{
	const char *p = s, *end = s;
	int w = 0, cp;
	while ((cp = text_next(&p)) != 0) {
		int cw = text_cp_width(cp);
		if (w + cw > width)
			break;
		w += cw;
		end = p;
	}
	*taken = w;
	return (size_t)(end - s);
}

void text_fit(struct strbuf *out, const char *s, int width, enum text_align align, bool ascii)
{
	if (width <= 0)
		return;
	int taken = 0;
	size_t n = head_that_fits(s, width, &taken);
	bool cut = s[n] != '\0';
	if (cut)
		n = head_that_fits(s, width - 1, &taken);

	int pad = width - taken - (cut ? 1 : 0);
	int left = cut || align == TEXT_LEFT ? 0 : align == TEXT_RIGHT ? pad : pad / 2;
	put_spaces(out, left);
	strbuf_add(out, s, n);
	if (cut)
		strbuf_puts(out, ascii ? "~" : ELLIPSIS);
	put_spaces(out, pad - left);
}

static void put_cp(struct strbuf *out, int cp)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t n = utf8proc_encode_char(cp, bytes);
	strbuf_add(out, (const char *)bytes, (size_t)n);
}

char *text_token(const char *folded)
{
	static const int twins[][2] = {
		{ 0x4d9, 0x430 }, { 0x493, 0x433 }, { 0x49b, 0x43a }, { 0x4a3, 0x43d }, { 0x4e9, 0x43e }, { 0x4b1, 0x443 },
		{ 0x4af, 0x443 }, { 0x4bb, 0x445 }, { 0x456, 0x438 }, /* ә ғ қ ң ө ұ ү һ і */
	};
	struct strbuf out = { 0 };
	int cp;

	while ((cp = text_next(&folded)) != 0) {
		for (size_t i = 0; i < ARRAY_LEN(twins); i++)
			if (twins[i][0] == cp)
				cp = twins[i][1];
		put_cp(&out, cp);
	}
	return strbuf_steal(&out);
}

char *text_fold(const char *s)
{
	struct strbuf out = { 0 };
	/* Composed first, as the database does: "\xD0\xB5\xCC\x88" is a ё too. NULL if it is not UTF-8. */
	char *composed = (char *)utf8proc_NFC((const utf8proc_uint8_t *)s);
	const char *p = composed != NULL ? composed : s;
	int cp;
	while ((cp = text_next(&p)) != 0) {
		cp = utf8proc_tolower(cp);
		put_cp(&out, cp == 0x451 ? 0x435 : cp);
	}
	free(composed);
	return strbuf_steal(&out);
}

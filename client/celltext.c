#include "config.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"
#include "client/celltext.h"

/* Shows nothing, or moves what stands beside it. */
static bool hidden(utf8proc_int32_t cp)
{
	utf8proc_category_t c = utf8proc_category(cp);

	return c == UTF8PROC_CATEGORY_CF || c == UTF8PROC_CATEGORY_ZL || c == UTF8PROC_CATEGORY_ZP ||
	    c == UTF8PROC_CATEGORY_CC || c == UTF8PROC_CATEGORY_CO || c == UTF8PROC_CATEGORY_CN;
}

static void escape(struct strbuf *out, unsigned cp)
{
	switch (cp) {
	case '\n': strbuf_puts(out, "\\n"); return;
	case '\r': strbuf_puts(out, "\\r"); return;
	case '\t': strbuf_puts(out, "\\t"); return;
	case '"': strbuf_puts(out, "\\\""); return;
	case '\\': strbuf_puts(out, "\\\\"); return;
	}
	if (cp < 0x10000)
		strbuf_printf(out, "\\u%04x", cp);
	else
		strbuf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((cp - 0x10000) >> 10), 0xdc00 + ((cp - 0x10000) & 0x3ff));
}

/* How many bytes from here on JSON takes as they are; most of what is written is such. */
static size_t plain_run(const unsigned char *p)
{
	size_t n = 0;

	while (p[n] >= ' ' && p[n] < 0x7f && p[n] != '"' && p[n] != '\\')
		n++;
	return n;
}

void json_text(struct strbuf *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	strbuf_putc(out, '"');
	for (;;) {
		size_t plain = plain_run(p);
		utf8proc_int32_t cp;

		strbuf_add(out, (const char *)p, plain);
		p += plain;
		if (*p == '\0')
			break;
		utf8proc_ssize_t n = utf8proc_iterate(p, -1, &cp);
		if (n <= 0) {
			strbuf_puts(out, "\xef\xbf\xbd");
			p++;
			continue;
		}
		if (cp == '"' || cp == '\\' || hidden(cp))
			escape(out, (unsigned)cp);
		else
			strbuf_add(out, (const char *)p, (size_t)n);
		p += n;
	}
	strbuf_putc(out, '"');
}

/* A number as JSON writes one: no leading zeros, no plus; what is not stays a string. */
static bool is_number(const char *s)
{
	size_t n = strspn(s + (*s == '-'), "0123456789");
	const char *digits = s + (*s == '-');

	return n > 0 && n <= 19 && !digits[n] && (n == 1 || digits[0] != '0');
}

const char *iso_time(const char *cell, char buf[static 48])
{
	size_t n = strlen(cell);

	if (n < 19 || n > 40 || cell[10] != ' ')
		return cell;
	memcpy(buf, cell, n + 1);
	buf[10] = 'T';
	if (cell[n - 3] == '+' || cell[n - 3] == '-')
		memcpy(buf + n, ":00", 4);
	return buf;
}

void json_cell(struct strbuf *out, enum field_type type, const char *cell)
{
	char buf[48];

	if (!cell)
		strbuf_puts(out, "null");
	else if (type == FT_TIME)
		json_text(out, iso_time(cell, buf));
	else if ((type == FT_INT || type == FT_MONEY || type == FT_BP) && is_number(cell))
		strbuf_puts(out, cell);
	else if (type == FT_BOOL && (!strcmp(cell, "t") || !strcmp(cell, "true")))
		strbuf_puts(out, "true");
	else if (type == FT_BOOL && (!strcmp(cell, "f") || !strcmp(cell, "false")))
		strbuf_puts(out, "false");
	else
		json_text(out, cell);
}

/*
 * Would a spreadsheet compute this text, or would it after an apostrophe was taken off? Blanks in front do not help:
 * some programs drop them. The full-width signs are what East Asian keyboards give, and are taken as the plain ones.
 */
static bool is_formula(const char *s)
{
	utf8proc_int32_t cp;
	utf8proc_ssize_t n;

	while ((n = utf8proc_iterate((const unsigned char *)s, -1, &cp)) > 0 && cp != 0 &&
	    (cp == '\'' || cp == '\t' || cp == '\n' || cp == '\r' || utf8proc_category(cp) == UTF8PROC_CATEGORY_ZS))
		s += n;
	if (n <= 0)
		return false;
	if (cp > 0xff00 && cp < 0xff5f)
		cp -= 0xfee0;
	return cp == '=' || cp == '+' || cp == '-' || cp == '@';
}

bool cell_is_number(const char *cell)
{
	return is_number(cell);
}

bool cell_formula(enum field_type type, const char *cell)
{
	bool number = type == FT_INT || type == FT_MONEY || type == FT_BP;

	return !(number && is_number(cell)) && is_formula(cell);
}

const char *cell_unguarded(const char *text)
{
	return text[0] == '\'' && is_formula(text + 1) ? text + 1 : text;
}

static void quoted(struct strbuf *out, const char *s)
{
	strbuf_putc(out, '"');
	for (; *s; s++) {
		if (*s == '"')
			strbuf_putc(out, '"');
		strbuf_putc(out, *s);
	}
	strbuf_putc(out, '"');
}

void cell_clean(struct strbuf *out, const char *cell, enum text_flags flags)
{
	struct strbuf text = { 0 };

	for (const char *p = cell; *p; p++)
		if (!(p[0] == '\r' && p[1] == '\n'))
			strbuf_putc(&text, *p);
	text_clean(out, strbuf_str(&text), text.len, flags);
	strbuf_free(&text);
}

/* Cleaned, then the apostrophe: cleaning takes signs away, and shows a tab or a carriage return in front as text. */
static void guarded(struct strbuf *out, enum field_type type, const char *cell, enum text_flags flags, bool raw)
{
	struct strbuf clean = { 0 };
	char buf[48];

	cell_clean(&clean, type == FT_TIME ? iso_time(cell, buf) : cell, flags);
	if (!raw && cell_formula(type, strbuf_str(&clean)))
		strbuf_putc(out, '\'');
	strbuf_add(out, strbuf_str(&clean), clean.len);
	strbuf_free(&clean);
}

void csv_cell(struct strbuf *out, enum field_type type, const char *cell, bool raw)
{
	struct strbuf clean = { 0 };

	guarded(&clean, type, cell, TEXT_MULTILINE, raw);
	const char *s = strbuf_str(&clean);
	size_t n = clean.len;
	/* also what other readers take for a delimiter: half of a cell must not become a cell of its own */
	if (!strpbrk(s, ",\"\n;\t") && !(n && (s[0] == ' ' || s[n - 1] == ' ')))
		strbuf_add(out, s, n);
	else
		quoted(out, s);
	strbuf_free(&clean);
}

/* "+77011234567": computed it would be itself. */
static bool is_phone(const char *cell)
{
	return cell[0] == '+' && cell[1] != '\0' && strspn(cell + 1, "0123456789") == strlen(cell + 1);
}

void tsv_cell(struct strbuf *out, enum field_type type, const char *cell, bool raw)
{
	guarded(out, type, cell, TEXT_ONE_LINE, raw || is_phone(cell));
}

void markdown_cell(struct strbuf *out, const char *shown, bool raw)
{
	struct strbuf clean = { 0 };

	guarded(&clean, FT_TEXT, shown, TEXT_MULTILINE, raw);
	for (const char *p = strbuf_str(&clean); *p; p++) {
		if (*p == '\n')
			strbuf_puts(out, "<br>");
		else if (*p == '&')
			strbuf_puts(out, "&amp;");
		else if (*p == '<')
			strbuf_puts(out, "&lt;");
		else
			strbuf_printf(out, strchr("\\|`*_[]~#", *p) ? "\\%c" : "%c", *p);
	}
	strbuf_free(&clean);
}

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

void json_text(struct strbuf *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	strbuf_putc(out, '"');
	while (*p) {
		utf8proc_int32_t cp;
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
	bool short_zone = cell[n - 3] == '+' || cell[n - 3] == '-';
	snprintf(buf, 48, "%.10sT%s%s", cell, cell + 11, short_zone ? ":00" : "");
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

/* What a spreadsheet takes for the beginning of a formula. */
static bool is_formula(const char *s)
{
	static const char *const wide[] = { "＝", "＋", "－", "＠" };

	if (*s && strchr("=+-@\t\r", *s))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		if (!strncmp(s, wide[i], strlen(wide[i])))
			return true;
	return false;
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

void csv_cell(struct strbuf *out, enum field_type type, const char *cell)
{
	struct strbuf raw = { 0 }, clean = { 0 };
	char buf[48];

	if (type == FT_TIME)
		cell = iso_time(cell, buf);
	if ((type == FT_TEXT || type == FT_CHOICE) && is_formula(cell))
		strbuf_putc(&raw, '\'');
	for (const char *p = cell; *p; p++)
		if (!(p[0] == '\r' && p[1] == '\n'))
			strbuf_putc(&raw, *p);
	text_clean(&clean, strbuf_str(&raw), raw.len, TEXT_MULTILINE);
	const char *s = strbuf_str(&clean);
	size_t n = clean.len;
	if (!strpbrk(s, ",\"\n;") && !(n && (s[0] == ' ' || s[n - 1] == ' ')))
		strbuf_add(out, s, n);
	else
		quoted(out, s);
	strbuf_free(&raw);
	strbuf_free(&clean);
}

void tsv_cell(struct strbuf *out, enum field_type type, const char *cell)
{
	char buf[48];

	if (type == FT_TIME)
		cell = iso_time(cell, buf);
	text_clean(out, cell, strlen(cell), TEXT_ONE_LINE);
}

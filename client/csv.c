#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "client/csv.h"

#define REPLACEMENT "\xef\xbf\xbd"

struct csv {
	FILE *in;
	unsigned char buf[1 << 16];
	size_t have, at;
	bool eof, broken;        /* broken: a read failed, errno is in `why` */
	int why;
	unsigned long line;      /* of the next byte */
	char delimiter;
	struct strbuf raw;       /* the record's cells, each closed by a NUL */
	struct strbuf clean;     /* cells that had to be mended */
	size_t start[CSV_MAX_CELLS];
	size_t end[CSV_MAX_CELLS];
};

static void fill(struct csv *c)
{
	if (c->at > 0) {
		memmove(c->buf, c->buf + c->at, c->have - c->at);
		c->have -= c->at;
		c->at = 0;
	}
	/* an error comes with the bytes before it: those are read first, then nothing is asked for again */
	size_t got = c->broken ? 0 : fread(c->buf + c->have, 1, sizeof c->buf - c->have, c->in);
	c->have += got;
	if (!c->broken && ferror(c->in)) {
		c->broken = true;
		c->why = errno;
	}
	c->eof = got == 0;
}

static int peek(struct csv *c, size_t ahead)
{
	while (c->at + ahead >= c->have && !c->eof)
		fill(c);
	return c->at + ahead < c->have ? c->buf[c->at + ahead] : EOF;
}

static int take(struct csv *c)
{
	int b = peek(c, 0);

	if (b == EOF)
		return EOF;
	c->at++;
	if (b == '\n' || (b == '\r' && peek(c, 0) != '\n'))
		c->line++;
	return b;
}

struct csv *csv_new(FILE *in, char delimiter)
{
	struct csv *c = xcalloc(1, sizeof *c);

	c->in = in;
	c->delimiter = delimiter;
	c->line = 1;
	return c;
}

void csv_free(struct csv *c)
{
	if (!c)
		return;
	strbuf_free(&c->raw);
	strbuf_free(&c->clean);
	free(c);
}

/* The sign that the first line has most of, outside of quotes. */
static char detect(struct csv *c)
{
	static const char signs[] = ",;\t";
	unsigned seen[3] = { 0 };
	bool quoted = false;
	int b;

	for (size_t i = 0; i < sizeof c->buf && (b = peek(c, i)) != EOF; i++) {
		const char *s = b ? strchr(signs, b) : NULL;
		if (b == '"')
			quoted = !quoted;
		else if (!quoted && (b == '\n' || b == '\r'))
			break;
		else if (!quoted && s)
			seen[s - signs]++;
	}
	if (seen[2] > seen[0] && seen[2] > seen[1])
		return '\t';
	return seen[1] > seen[0] ? ';' : ',';
}

static bool begin(struct csv *c, struct err *e)
{
	int a = peek(c, 0), b = peek(c, 1);

	if ((a == 0xff && b == 0xfe) || (a == 0xfe && b == 0xff)) {
		err_set(e, ERR_INVALID, "E-CSV", NULL, _("Save it as UTF-8"), _("the file is UTF-16"));
		return false;
	}
	if (a == 0xef && b == 0xbb && peek(c, 2) == 0xbf)
		c->at += 3;
	if (!c->delimiter)
		c->delimiter = detect(c);
	return true;
}

/* The inside of a quoted cell, up to and with its closing quote. */
static bool quoted_part(struct csv *c)
{
	for (;;) {
		int b = take(c);
		if (b == EOF || c->raw.len > CSV_MAX_RECORD)
			return false;
		if (b == '\r' && peek(c, 0) == '\n')
			continue;
		if (b == '"' && peek(c, 0) != '"')
			return true;
		if (b == '"')
			take(c);
		strbuf_putc(&c->raw, (char)b);
	}
}

/* One cell into raw. false: its quote is never closed. *end says whether the record ended with it. */
static bool read_cell(struct csv *c, bool *end)
{
	bool fresh = true;

	*end = false;
	for (;; fresh = false) {
		int b = take(c);
		if (b == '\r' && peek(c, 0) == '\n')
			continue;
		if (b == EOF || b == '\n' || b == '\r') {
			*end = true;
			return c->raw.len <= CSV_MAX_RECORD;
		}
		if (b == c->delimiter)
			return true;
		if (b == '"' && fresh) {
			if (!quoted_part(c))
				return false;
		} else {
			strbuf_putc(&c->raw, (char)b);
		}
		if (c->raw.len > CSV_MAX_RECORD)
			return false;
	}
}

/* true if the bytes are UTF-8 without NUL; else a mended copy is appended to out. */
static bool mend(const char *s, size_t n, struct strbuf *out)
{
	utf8proc_int32_t cp;
	bool good = true;

	for (size_t i = 0; i < n && good; ) {
		utf8proc_ssize_t k = utf8proc_iterate((const unsigned char *)s + i, (utf8proc_ssize_t)(n - i), &cp);
		good = k > 0 && s[i];
		i += good ? (size_t)k : 0;
	}
	if (good)
		return true;
	for (size_t i = 0; i < n; ) {
		utf8proc_ssize_t k = utf8proc_iterate((const unsigned char *)s + i, (utf8proc_ssize_t)(n - i), &cp);
		if (k > 0 && s[i])
			strbuf_add(out, s + i, (size_t)k);
		else
			strbuf_puts(out, REPLACEMENT);
		i += k > 0 ? (size_t)k : 1;
	}
	return false;
}

/* Cells are addressed only now: both buffers have stopped moving. */
static void publish(struct csv *c, struct csv_record *r)
{
	size_t mended[CSV_MAX_CELLS];

	strbuf_clear(&c->clean);
	for (int i = 0; i < r->n; i++) {
		mended[i] = c->clean.len;
		r->bad[i] = !mend(c->raw.s + c->start[i], c->end[i] - c->start[i], &c->clean);
		if (r->bad[i])
			strbuf_putc(&c->clean, '\0');
	}
	for (int i = 0; i < r->n; i++)
		r->cell[i] = r->bad[i] ? c->clean.s + mended[i] : c->raw.s + c->start[i];
}

static int endless(const struct csv *c, unsigned long line, struct err *e)
{
	if (c->broken)
		err_set(e, ERR_FAILED, "E-CSV", NULL, NULL, "%s", strerror(c->why));
	else
		err_set(e, ERR_INVALID, "E-CSV", NULL, _("Close the quote, or double a quote inside of a text"),
		    _("line %lu: a quote is never closed"), line);
	return -1;
}

int csv_next(struct csv *c, struct csv_record *r, struct err *e)
{
	bool end;

	if (c->line == 1 && c->at == 0 && c->have == 0 && !begin(c, e))
		return -1;
	do {
		strbuf_clear(&c->raw);
		r->n = 0;
		r->line = c->line;
		if (peek(c, 0) == EOF)
			return c->broken ? endless(c, r->line, e) : 0;
		do {
			if (r->n == CSV_MAX_CELLS) {
				err_set(e, ERR_INVALID, "E-CSV", NULL, NULL, _("line %lu: more than %d columns"), r->line,
				    CSV_MAX_CELLS);
				return -1;
			}
			c->start[r->n] = c->raw.len;
			if (!read_cell(c, &end))
				return endless(c, r->line, e);
			c->end[r->n++] = c->raw.len;
			strbuf_putc(&c->raw, '\0');
		} while (!end);
	} while (r->n == 1 && c->end[0] == 0);
	publish(c, r);
	return 1;
}

#include "config.h"

#include "client/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "client/celltext.h"
#include "client/outfile.h"
#include "client/value.h"
#include "client/xlsx.h"

static const char *const names[] = {
	[EXPORT_CSV] = "csv", [EXPORT_TSV] = "tsv", [EXPORT_JSON] = "json", [EXPORT_JSONL] = "jsonl", [EXPORT_MD] = "md",
	[EXPORT_XLSX] = "xlsx",
};

struct export {
	enum export_format format;
	bool raw, codes;         /* codes: amounts carry their currency's code: no column beside them shows it */
	char *title;
	const struct out_columns *c;
	struct outfile file;     /* fp NULL: to the stream */
	FILE *stream;
	struct xlsx *book;
	int *source;             /* where each column is in the page at hand; -1 = absent */
	int currency;            /* its column in the page at hand */
	bool headed;
	int64_t rows;
	int why;                 /* errno of the first failed write; 0 = none */
	struct strbuf line, cell;
};

const char *export_name(enum export_format f)
{
	return names[f];
}

enum export_format export_named(const char *name)
{
	enum export_format f = 0;

	while (f < EXPORT_FORMATS && !(name && !strcmp(names[f], name)))
		f++;
	return f;
}

enum export_format export_of_path(const char *path)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');

	return export_named(dot ? dot + 1 : NULL);
}

static bool for_people(const struct export *x)
{
	return x->format == EXPORT_MD || x->format == EXPORT_XLSX;
}

static bool shown(const struct export *x, const struct out_column *c)
{
	return for_people(x) ? c->people : c->programs;
}

static void put_line(struct export *x)
{
	FILE *fp = x->file.fp ? x->file.fp : x->stream;

	if (!x->why && x->line.len && fwrite(x->line.s, 1, x->line.len, fp) != x->line.len)
		x->why = errno ? errno : EIO;
	strbuf_clear(&x->line);
}

/* ---- opening ---- */

/* A workbook is written at its end, not from front to back: for a stream it waits in a file that nobody else sees. */
static bool open_aside(struct export *x, struct err *e)
{
	const char *dir = getenv("TMPDIR");
	char *path = xasprintf("%s/domovoi-export.xlsx", dir && *dir ? dir : "/tmp");
	bool good = outfile_open(&x->file, path, true, e);

	free(path);
	return good;
}

static bool open_workbook(struct export *x, const char *path, struct err *e)
{
	if (!path && isatty(fileno(x->stream))) {
		err_set(e, ERR_USAGE, "E-FILE", "format", _("Add -o FILE.xlsx"), _("a workbook is nothing for a terminal"));
		return false;
	}
	if (path && !x->file.temp) {
		err_set(e, ERR_USAGE, "E-FILE", "output", NULL, _("%s: a workbook needs a file of its own"), path);
		return false;
	}
	if (!path && !open_aside(x, e))
		return false;
	x->book = xlsx_new(x->file.temp, x->title, x->c, x->codes);
	return true;
}

struct export *export_open(const struct export_spec *spec, const struct out_columns *c, struct err *e)
{
	struct export *x = xcalloc(1, sizeof *x);

	x->format = spec->format;
	x->raw = spec->raw;
	x->title = xstrdup(spec->title ? spec->title : "");
	x->stream = spec->stream;
	x->c = c;
	x->source = xcalloc(c->n + 1, sizeof *x->source);
	x->codes = true;
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].people && !strcmp(c->v[i].name, "currency"))
			x->codes = false;
	if ((spec->path && !outfile_open(&x->file, spec->path, spec->only_mine, e)) ||
	    (x->format == EXPORT_XLSX && !open_workbook(x, spec->path, e))) {
		export_abort(x);
		return NULL;
	}
	return x;
}

/* ---- csv, tsv ---- */

/* A heading if t is NULL. */
static void plain_row(struct export *x, const struct table *t, int row)
{
	bool first = true, csv = x->format == EXPORT_CSV;

	for (size_t i = 0; i < x->c->n; i++) {
		const struct out_column *c = &x->c->v[i];
		if (!c->programs)
			continue;
		const char *cell = t ? table_cell(t, row, x->source[i]) : c->name;
		if (!first)
			strbuf_putc(&x->line, csv ? ',' : '\t');
		if (cell)
			(csv ? csv_cell : tsv_cell)(&x->line, t ? c->type : FT_TEXT, cell, x->raw);
		first = false;
	}
	strbuf_puts(&x->line, csv ? "\r\n" : "\n");
}

/* ---- json ---- */

static void json_row(struct export *x, const struct table *t, int row)
{
	bool first = true;

	if (x->format == EXPORT_JSON)
		strbuf_puts(&x->line, x->rows ? ",\n" : "[\n");
	strbuf_putc(&x->line, '{');
	for (size_t i = 0; i < x->c->n; i++) {
		const struct out_column *c = &x->c->v[i];
		if (!c->programs)
			continue;
		strbuf_puts(&x->line, first ? "" : ", ");
		json_text(&x->line, c->name);
		strbuf_puts(&x->line, ": ");
		json_cell(&x->line, c->type, table_cell(t, row, x->source[i]));
		first = false;
	}
	strbuf_puts(&x->line, x->format == EXPORT_JSON ? "}" : "}\n");
}

/* ---- Markdown ---- */

static bool is_number(enum field_type type)
{
	return type == FT_INT || type == FT_MONEY || type == FT_BP;
}

/* The cell as a person reads it; valid until the next call. */
static const char *readable(struct export *x, const struct table *t, int row, size_t i, enum field_type *type)
{
	const struct out_column *c = &x->c->v[i];
	const char *cell = table_cell(t, row, x->source[i]), *currency = table_cell(t, row, x->currency);
	/* a ranking's value is money by one measure and a count by another: then no currency is there */
	bool count = c->type == FT_MONEY && x->currency >= 0 && !(currency && *currency);

	*type = count ? FT_INT : c->type;
	strbuf_clear(&x->cell);
	if (cell)
		value_show(&x->cell, *type, c->choices, cell, currency);
	if (cell && *cell && *type == FT_MONEY && x->codes && currency)
		strbuf_printf(&x->cell, " %s", currency);
	return strbuf_str(&x->cell);
}

static void markdown_row(struct export *x, const struct table *t, int row)
{
	strbuf_putc(&x->line, '|');
	for (size_t i = 0; i < x->c->n; i++) {
		enum field_type type;
		if (!x->c->v[i].people)
			continue;
		const char *cell = readable(x, t, row, i, &type);
		strbuf_putc(&x->line, ' ');
		markdown_cell(&x->line, cell, x->raw || is_number(type));
		strbuf_puts(&x->line, " |");
	}
	strbuf_putc(&x->line, '\n');
}

static void markdown_heading(struct export *x)
{
	strbuf_putc(&x->line, '|');
	for (size_t i = 0; i < x->c->n; i++) {
		if (!x->c->v[i].people)
			continue;
		strbuf_putc(&x->line, ' ');
		markdown_cell(&x->line, _(x->c->v[i].heading), false);
		strbuf_puts(&x->line, " |");
	}
	strbuf_puts(&x->line, "\n|");
	for (size_t i = 0; i < x->c->n; i++)
		if (x->c->v[i].people)
			strbuf_puts(&x->line, is_number(x->c->v[i].type) ? " ---: |" : " --- |");
	strbuf_putc(&x->line, '\n');
}

/* ---- all of them ---- */

static void heading(struct export *x)
{
	if (x->headed)
		return;
	x->headed = true;
	if (x->format == EXPORT_CSV || x->format == EXPORT_TSV)
		plain_row(x, NULL, 0);
	else if (x->format == EXPORT_MD)
		markdown_heading(x);
	put_line(x);
}

void export_rows(struct export *x, const struct table *t)
{
	for (size_t i = 0; i < x->c->n; i++)
		x->source[i] = shown(x, &x->c->v[i]) ? table_col(t, x->c->v[i].name) : -1;
	x->currency = table_col(t, "currency");
	heading(x);
	for (int row = 0; row < table_rows(t) && !x->why; row++, x->rows++) {
		if (x->book)
			xlsx_row(x->book, t, row, x->source, x->currency);
		else if (x->format == EXPORT_JSON || x->format == EXPORT_JSONL)
			json_row(x, t, row);
		else if (x->format == EXPORT_MD)
			markdown_row(x, t, row);
		else
			plain_row(x, t, row);
		put_line(x);
	}
	if (x->book && !x->why)
		x->why = xlsx_failed(x->book);
	FILE *fp = x->file.fp ? x->file.fp : x->stream;
	if (!x->book && !x->why && fflush(fp) != 0)
		x->why = errno ? errno : EIO;
}

int64_t export_count(const struct export *x)
{
	return x->rows;
}

bool export_failed(const struct export *x)
{
	return x->why != 0;
}

unsigned long export_cut(const struct export *x)
{
	return x->book ? xlsx_cut(x->book) : 0;
}

/* The workbook that waited aside goes down the stream. */
static void send_aside(struct export *x)
{
	char buf[1 << 14];
	FILE *in = fopen(x->file.temp, "re");
	size_t n;

	if (!in) {
		x->why = errno;
		return;
	}
	while (!x->why && (n = fread(buf, 1, sizeof buf, in)) > 0)
		if (fwrite(buf, 1, n, x->stream) != n)
			x->why = errno ? errno : EIO;
	fclose(in);
	outfile_abort(&x->file);
}

static void finish(struct export *x)
{
	if (x->book) {
		int why = xlsx_close(x->book);
		x->book = NULL;
		x->why = x->why ? x->why : why;
	} else {
		heading(x);
		if (x->format == EXPORT_JSON)
			strbuf_puts(&x->line, x->rows ? "\n]\n" : "[]\n");
		put_line(x);
	}
	if (!x->why && x->stream && x->file.fp)
		send_aside(x);
	if (x->stream && !x->why && fflush(x->stream) != 0)
		x->why = errno ? errno : EIO;
}

bool export_close(struct export *x, struct err *e)
{
	bool good = true;
	char *path = x->stream ? NULL : xstrdup(x->file.path);

	finish(x);
	if (!x->why && x->file.fp)
		x->why = outfile_commit(&x->file);
	if (x->why && x->stream)
		clearerr(x->stream); /* told here, not again when the program ends */
	if (x->why && x->why != EPIPE)
		good = outfile_failed(e, path ? path : _("standard output"), x->why);
	free(path);
	export_abort(x);
	return good;
}

void export_abort(struct export *x)
{
	if (!x)
		return;
	if (x->book)
		xlsx_abort(x->book);
	outfile_abort(&x->file);
	free(x->title);
	free(x->source);
	strbuf_free(&x->line);
	strbuf_free(&x->cell);
	free(x);
}

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/output.h"
#include "client/celltext.h"
#include "client/value.h"

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_TSV, FORMAT_JSON, FORMAT_JSONL };

struct output {
	enum format format;
	FILE *fp;
	char *path, *temp;       /* -o: the file and what is written until it is complete; NULL = stdout or a device */
	const struct out_columns *c;
	bool card, bold, headed;
	int why;                 /* errno of the first failed write; 0 = none */
	unsigned long rows;
	int *width;              /* of the columns of a table, fixed by the first page */
	int *source;             /* where each column is in the page at hand; -1 = absent */
	int currency;            /* its column in the page at hand, -1 = none */
	bool codes;              /* amounts carry their currency's code: no column beside them shows it */
	struct strbuf line, cell, clean;
};

static const char *const format_names[] = { "table", "csv", "tsv", "json", "jsonl", NULL };

const char *const *output_formats(void)
{
	return format_names;
}

static enum format format_named(const char *name, enum format other)
{
	for (int i = 0; name && format_names[i]; i++)
		if (!strcmp(name, format_names[i]))
			return (enum format)i;
	return other;
}

/* What was asked for; else what the file's name says; else by who is reading. */
static enum format choose_format(const struct options *o)
{
	const char *dot = o->out ? strrchr(o->out, '.') : NULL;

	if (o->format)
		return format_named(o->format, FORMAT_TSV);
	if (o->out)
		return format_named(dot ? dot + 1 : NULL, FORMAT_TSV);
	return isatty(STDOUT_FILENO) ? FORMAT_TABLE : FORMAT_TSV;
}

static bool file_failed(struct err *e, const char *path, int why)
{
	err_set(e, ERR_FAILED, "E-FILE", "output", NULL, "%s: %s", path, strerror(why));
	return false;
}

/* A regular file is written aside and renamed when complete; a device or a pipe is just written. */
static bool open_file(struct output *out, const char *path, struct err *e)
{
	struct stat st;
	const char *slash = strrchr(path, '/');
	int fd;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		out->fp = fopen(path, "we");
		return out->fp || file_failed(e, path, errno);
	}
	out->path = xstrdup(path);
	out->temp = xasprintf("%.*s.%s.XXXXXX", slash ? (int)(slash - path + 1) : 0, path, slash ? slash + 1 : path);
	fd = mkostemp(out->temp, O_CLOEXEC);
	if (fd < 0) {
		int why = errno;
		free(out->temp);
		out->temp = NULL;
		return file_failed(e, path, why);
	}
	mode_t mask = umask(077);
	umask(mask);
	if (fchmod(fd, 0666 & ~mask) != 0)
		out->why = errno;
	out->fp = fdopen(fd, "w");
	return out->fp || file_failed(e, path, errno);
}

struct output *output_open(const struct options *o, struct err *e)
{
	struct output *out = xcalloc(1, sizeof *out);
	const char *no_color = getenv("NO_COLOR");

	out->format = choose_format(o);
	out->bold = !o->no_color && !(no_color && *no_color) && !o->out && isatty(STDOUT_FILENO);
	if (!o->out || !strcmp(o->out, "-")) {
		out->fp = stdout;
	} else if (!open_file(out, o->out, e)) {
		output_abort(out);
		return NULL;
	}
	return out;
}

bool output_is_json(const struct output *out)
{
	return out->format == FORMAT_JSON || out->format == FORMAT_JSONL;
}

bool output_is_array(const struct output *out)
{
	return out->format == FORMAT_JSON;
}

bool output_for_people(const struct output *out)
{
	return out->format == FORMAT_TABLE;
}

bool output_failed(const struct output *out)
{
	return out->why != 0;
}

static void put_line(struct output *out)
{
	if (!out->why && out->line.len && fwrite(out->line.s, 1, out->line.len, out->fp) != out->line.len)
		out->why = errno ? errno : EIO;
	strbuf_clear(&out->line);
}

static void flush(struct output *out)
{
	if (!out->why && fflush(out->fp) != 0)
		out->why = errno ? errno : EIO;
}

void output_begin(struct output *out, const struct out_columns *c, bool card)
{
	out->c = c;
	out->card = card;
	out->width = xcalloc(c->n + 1, sizeof *out->width);
	out->source = xcalloc(c->n + 1, sizeof *out->source);
	out->codes = true;
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].people && !strcmp(c->v[i].name, "currency"))
			out->codes = false;
}

static bool shown(const struct output *out, const struct out_column *c)
{
	return out->format == FORMAT_TABLE ? c->people : c->programs;
}

/* ---- table ---------------------------------------------------------------------------------------------- */

/* The cell as a person reads it, cleaned; valid until the next call. */
static const char *readable(struct output *out, const struct table *t, int row, size_t i)
{
	const struct out_column *c = &out->c->v[i];
	const char *cell = table_cell(t, row, out->source[i]);

	const char *currency = table_cell(t, row, out->currency);
	/* a ranking's value is money by one measure and a count by another: then no currency is there */
	bool count = c->type == FT_MONEY && out->currency >= 0 && !(currency && *currency);

	strbuf_clear(&out->cell);
	strbuf_clear(&out->clean);
	if (cell)
		value_show(&out->cell, count ? FT_INT : c->type, c->choices, cell, currency);
	if (cell && *cell && c->type == FT_MONEY && !count && out->codes && currency)
		strbuf_printf(&out->cell, " %s", currency);
	text_clean(&out->clean, strbuf_str(&out->cell), out->cell.len, TEXT_ONE_LINE);
	return strbuf_str(&out->clean);
}

static bool is_number(enum field_type type)
{
	return type == FT_INT || type == FT_MONEY || type == FT_BP;
}

static void measure(struct output *out, const struct table *t)
{
	for (size_t i = 0; i < out->c->n; i++) {
		if (!shown(out, &out->c->v[i]))
			continue;
		out->width[i] = text_width(_(out->c->v[i].heading));
		for (int row = 0; row < table_rows(t); row++) {
			int w = text_width(readable(out, t, row, i));
			if (w > out->width[i])
				out->width[i] = w;
		}
	}
}

/* A wider cell than the first page had pushes its row aside: nothing is cut. */
static void pad(struct output *out, const char *text, size_t i)
{
	int gap = out->width[i] - text_width(text);
	bool right = is_number(out->c->v[i].type);

	if (out->line.len)
		strbuf_puts(&out->line, "  ");
	if (right && gap > 0)
		strbuf_printf(&out->line, "%*s", gap, "");
	strbuf_puts(&out->line, text);
	if (!right && gap > 0)
		strbuf_printf(&out->line, "%*s", gap, "");
}

static void end_table_line(struct output *out)
{
	while (out->line.len && out->line.s[out->line.len - 1] == ' ')
		out->line.s[--out->line.len] = '\0';
	strbuf_putc(&out->line, '\n');
}

static void table_heading(struct output *out)
{
	for (size_t i = 0; i < out->c->n; i++)
		if (shown(out, &out->c->v[i]))
			pad(out, _(out->c->v[i].heading), i);
	end_table_line(out);
	if (!out->bold) {
		put_line(out);
		return;
	}
	char *text = strbuf_steal(&out->line);
	text[strlen(text) - 1] = '\0';
	strbuf_printf(&out->line, "\033[1m%s\033[0m\n", text);
	free(text);
	put_line(out);
}

static void table_row(struct output *out, const struct table *t, int row)
{
	for (size_t i = 0; i < out->c->n; i++)
		if (shown(out, &out->c->v[i]))
			pad(out, readable(out, t, row, i), i);
	end_table_line(out);
	put_line(out);
}

/* A record as lines: heading, value. */
static void table_card(struct output *out, const struct table *t, int row)
{
	int widest = 0;

	for (size_t i = 0; i < out->c->n; i++) {
		int w = out->c->v[i].people ? text_width(_(out->c->v[i].heading)) : 0;
		widest = w > widest ? w : widest;
	}
	for (size_t i = 0; i < out->c->n; i++) {
		if (!out->c->v[i].people || out->source[i] < 0)
			continue;
		const char *heading = _(out->c->v[i].heading);
		strbuf_printf(&out->line, "%s%*s  %s", heading, widest - text_width(heading), "",
		    readable(out, t, row, i));
		end_table_line(out);
		put_line(out);
	}
}

/* ---- csv, tsv --------------------------------------------------------------------------------------------- */

static void plain_cell(struct output *out, bool first, enum field_type type, const char *cell)
{
	bool csv = out->format == FORMAT_CSV;

	if (!first)
		strbuf_putc(&out->line, csv ? ',' : '\t');
	if (cell)
		(csv ? csv_cell : tsv_cell)(&out->line, type, cell);
}

/* A heading if t is NULL. */
static void plain_row(struct output *out, const struct table *t, int row)
{
	bool first = true;

	for (size_t i = 0; i < out->c->n; i++) {
		const struct out_column *c = &out->c->v[i];
		if (!c->programs)
			continue;
		plain_cell(out, first, t ? c->type : FT_UUID, t ? table_cell(t, row, out->source[i]) : c->name);
		first = false;
	}
	strbuf_puts(&out->line, out->format == FORMAT_CSV ? "\r\n" : "\n");
	put_line(out);
}

/* ---- json ------------------------------------------------------------------------------------------------- */

static void json_row(struct output *out, const struct table *t, int row)
{
	bool first = true;

	if (out->format == FORMAT_JSON)
		strbuf_puts(&out->line, out->rows ? ",\n" : "[\n");
	strbuf_putc(&out->line, '{');
	for (size_t i = 0; i < out->c->n; i++) {
		const struct out_column *c = &out->c->v[i];
		if (!c->programs)
			continue;
		strbuf_puts(&out->line, first ? "" : ", ");
		json_text(&out->line, c->name);
		strbuf_puts(&out->line, ": ");
		json_cell(&out->line, c->type, table_cell(t, row, out->source[i]));
		first = false;
	}
	strbuf_puts(&out->line, out->format == FORMAT_JSON ? "}" : "}\n");
	put_line(out);
}

/* ---- all of them ------------------------------------------------------------------------------------------ */

static void heading(struct output *out, const struct table *t)
{
	if (out->headed)
		return;
	out->headed = true;
	if (out->format == FORMAT_TABLE && !out->card) {
		measure(out, t);
		table_heading(out);
	} else if (out->format == FORMAT_CSV || out->format == FORMAT_TSV) {
		plain_row(out, NULL, 0);
	}
}

void output_rows(struct output *out, const struct table *t)
{
	for (size_t i = 0; i < out->c->n; i++)
		out->source[i] = table_col(t, out->c->v[i].name);
	out->currency = table_col(t, "currency");
	heading(out, t);
	for (int row = 0; row < table_rows(t) && !out->why; row++, out->rows++) {
		if (output_is_json(out))
			json_row(out, t, row);
		else if (out->format != FORMAT_TABLE)
			plain_row(out, t, row);
		else if (out->card)
			table_card(out, t, row);
		else
			table_row(out, t, row);
	}
	flush(out);
}

void output_text(struct output *out, const char *text)
{
	strbuf_puts(&out->line, text);
	put_line(out);
	flush(out);
}

static void end(struct output *out)
{
	if (!out->c)
		return;
	heading(out, NULL);
	if (out->format == FORMAT_JSON)
		strbuf_puts(&out->line, out->rows ? "\n]\n" : "[]\n");
	put_line(out);
}

bool output_close(struct output *out, struct err *e)
{
	bool good = true;

	end(out);
	flush(out);
	if (out->temp && !out->why && fsync(fileno(out->fp)) != 0)
		out->why = errno;
	if (out->temp && !out->why && rename(out->temp, out->path) != 0)
		out->why = errno;
	if (out->temp && !out->why) {
		free(out->temp);
		out->temp = NULL;
	}
	if (out->why)
		clearerr(out->fp); /* told here, not again when the program ends */
	if (out->why && out->why != EPIPE)
		good = file_failed(e, out->path ? out->path : _("standard output"), out->why);
	output_abort(out);
	return good;
}

void output_abort(struct output *out)
{
	if (!out)
		return;
	if (out->temp)
		unlink(out->temp);
	if (out->fp && out->fp != stdout)
		fclose(out->fp);
	free(out->path);
	free(out->temp);
	free(out->width);
	free(out->source);
	strbuf_free(&out->line);
	strbuf_free(&out->cell);
	strbuf_free(&out->clean);
	free(out);
}

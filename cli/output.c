#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/say.h"
#include "client/export.h"
#include "client/outfile.h"
#include "client/value.h"

struct output {
	struct export *export;   /* every format but the table */
	enum export_format format; /* EXPORT_FORMATS: a table */
	bool raw;
	char *to;                /* -o, or NULL = stdout */
	struct err err;          /* it cannot be opened */
	FILE *fp;
	struct outfile file;     /* of a table */
	const struct out_columns *c;
	bool card, bold, headed;
	int why;                 /* errno of the first failed write; 0 = none */
	int *width;              /* of the columns of a table, fixed by the first page */
	int *source;             /* where each column is in the page at hand; -1 = absent */
	int currency;            /* its column in the page at hand, -1 = none */
	bool codes;              /* amounts carry their currency's code: no column beside them shows it */
	struct strbuf line, cell, clean;
};

const char *const *output_formats(void)
{
	static const char *names[EXPORT_FORMATS + 2] = { "table" };

	for (enum export_format f = 0; f < EXPORT_FORMATS; f++)
		names[f + 1] = export_name(f);
	return names;
}

/* What was asked for; else what the file's name says; else by who is reading. */
static enum export_format choose_format(const struct options *o)
{
	if (o->format)
		return export_named(o->format); /* the options know no others, and a table is none of them */
	if (o->out && strcmp(o->out, "-"))
		return export_of_path(o->out) == EXPORT_FORMATS ? EXPORT_TSV : export_of_path(o->out);
	return isatty(STDOUT_FILENO) ? EXPORT_FORMATS : EXPORT_TSV;
}

struct output *output_open(const struct options *o)
{
	struct output *out = xcalloc(1, sizeof *out);
	const char *no_color = getenv("NO_COLOR");

	out->format = choose_format(o);
	out->bold = !o->no_color && !(no_color && *no_color) && !o->out && isatty(STDOUT_FILENO);
	out->raw = o->raw;
	out->to = o->out && strcmp(o->out, "-") ? xstrdup(o->out) : NULL;
	return out;
}

bool output_is_json(const struct output *out)
{
	return out->format == EXPORT_JSON || out->format == EXPORT_JSONL;
}

bool output_is_array(const struct output *out)
{
	return out->format == EXPORT_JSON;
}

bool output_for_people(const struct output *out)
{
	return out->format == EXPORT_FORMATS;
}

bool output_failed(const struct output *out)
{
	return out->why != 0 || out->err.kind != ERR_NONE || (out->export && export_failed(out->export));
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

/* Where a table or bare text goes. */
static void open_plain(struct output *out)
{
	if (out->to && !out->file.fp && outfile_open(&out->file, out->to, false, &out->err))
		out->fp = out->file.fp;
	else if (!out->to)
		out->fp = stdout;
}

void output_begin(struct output *out, const struct out_columns *c, bool card)
{
	out->c = c;
	out->card = card;
	if (out->format != EXPORT_FORMATS) {
		struct export_spec spec = { .format = out->format, .path = out->to, .stream = out->to ? NULL : stdout,
			.title = c->title ? _(c->title) : NULL, .raw = out->raw };
		out->export = export_open(&spec, c, &out->err);
		return;
	}
	out->width = xcalloc(c->n + 1, sizeof *out->width);
	out->source = xcalloc(c->n + 1, sizeof *out->source);
	out->codes = true;
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].people && !strcmp(c->v[i].name, "currency"))
			out->codes = false;
	open_plain(out);
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
		if (!out->c->v[i].people)
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
		if (out->c->v[i].people)
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
		if (out->c->v[i].people)
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

/* ---- all of them ------------------------------------------------------------------------------------------ */

static void heading(struct output *out, const struct table *t)
{
	if (out->headed || out->card)
		return;
	out->headed = true;
	measure(out, t);
	table_heading(out);
}

void output_rows(struct output *out, const struct table *t)
{
	if (out->export) {
		export_rows(out->export, t);
		return;
	}
	if (out->err.kind != ERR_NONE)
		return;
	for (size_t i = 0; i < out->c->n; i++)
		out->source[i] = table_col(t, out->c->v[i].name);
	out->currency = table_col(t, "currency");
	heading(out, t);
	for (int row = 0; row < table_rows(t) && !out->why; row++)
		(out->card ? table_card : table_row)(out, t, row);
	flush(out);
}

void output_text(struct output *out, const char *text)
{
	open_plain(out);
	if (!out->fp)
		return;
	strbuf_puts(&out->line, text);
	put_line(out);
	flush(out);
}

static bool close_export(struct output *out, struct err *e)
{
	unsigned long cut = export_cut(out->export);
	bool good = export_close(out->export, e);

	out->export = NULL;
	if (good && cut > 0)
		say(P_("%lu text is longer than a workbook's cell may be and was cut",
		    "%lu texts are longer than a workbook's cell may be and were cut", cut), cut);
	return good;
}

bool output_close(struct output *out, struct err *e)
{
	bool good = true;

	if (out->export || out->err.kind != ERR_NONE) {
		good = out->export && close_export(out, e);
		if (out->err.kind != ERR_NONE)
			*e = out->err;
		output_abort(out);
		return good;
	}
	if (out->c)
		heading(out, NULL);
	if (out->fp)
		flush(out);
	if (out->file.fp && !out->why)
		out->why = outfile_commit(&out->file);
	else if (out->why && out->fp)
		clearerr(out->fp); /* told here, not again when the program ends */
	if (out->why && out->why != EPIPE)
		good = outfile_failed(e, out->to ? out->to : _("standard output"), out->why);
	output_abort(out);
	return good;
}

void output_abort(struct output *out)
{
	if (!out)
		return;
	export_abort(out->export);
	outfile_abort(&out->file);
	free(out->to);
	free(out->width);
	free(out->source);
	strbuf_free(&out->line);
	strbuf_free(&out->cell);
	strbuf_free(&out->clean);
	free(out);
}

#include "config.h"

#include "client/importer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/celltext.h"
#include "client/csv.h"
#include "client/value.h"

struct importer {
	const struct resource *res;
	char *path;              /* as messages call the file */
	day_t today;
	FILE *in;
	struct csv *csv;
	struct csv_record record;
	struct map map;
	char *map_path;
	char **headers;
	int nheaders;
	struct map_column *columns;
	int ncolumns;
	struct strbuf ignored;
	struct strbuf line;      /* a cell made one line */
};

/* ---- opening ---- */

static bool read_headers(struct importer *im, struct err *e)
{
	struct csv_record *r = &im->record;
	int got = csv_next(im->csv, r, e);

	if (got == 0)
		err_set(e, ERR_INVALID, "E-CSV", NULL, _("The first line names the columns"), _("%s is empty"), im->path);
	if (got <= 0)
		return false;
	im->nheaders = r->n;
	im->headers = xcalloc((size_t)r->n, sizeof *im->headers);
	for (int i = 0; i < r->n; i++)
		im->headers[i] = xstrdup(r->cell[i]);
	im->columns = xcalloc((size_t)r->n + MAP_MAX, sizeof *im->columns);
	im->ncolumns = map_match(&im->map, im->res, (const char *const *)im->headers, r->n, im->columns, &im->ignored, e);
	return im->ncolumns >= 0;
}

static bool open_file(struct importer *im, const char *path, struct err *e)
{
	bool standard = !strcmp(path, "-");

	im->path = xstrdup(standard ? "stdin" : path);
	im->in = standard ? stdin : fopen(path, "re");
	if (!im->in) {
		err_set(e, ERR_USAGE, "E-FILE", NULL, NULL, "%s: %s", path, strerror(errno));
		return false;
	}
	im->csv = csv_new(im->in, im->map.delimiter);
	return true;
}

struct importer *importer_open(const struct resource *res, const char *path, const char *map, day_t today,
    struct err *e)
{
	struct importer *im = xcalloc(1, sizeof *im);

	im->res = res;
	im->today = today;
	im->map_path = xstrdup(map); /* the map's messages point to it */
	if ((map && !map_read(&im->map, im->map_path, e)) || !open_file(im, path, e) || !read_headers(im, e)) {
		importer_free(im);
		return NULL;
	}
	return im;
}

void importer_free(struct importer *im)
{
	if (!im)
		return;
	for (int i = 0; i < im->nheaders; i++)
		free(im->headers[i]);
	free(im->headers);
	free(im->columns);
	strbuf_free(&im->ignored);
	strbuf_free(&im->line);
	map_free(&im->map);
	csv_free(im->csv);
	if (im->in && im->in != stdin)
		fclose(im->in);
	free(im->map_path);
	free(im->path);
	free(im);
}

const char *importer_name(const struct importer *im)
{
	return im->path;
}

const struct map_column *importer_columns(const struct importer *im, int *n)
{
	*n = im->ncolumns;
	return im->columns;
}

const char *importer_ignored(const struct importer *im)
{
	return strbuf_str(&im->ignored);
}

void importer_headers(const struct importer *im, struct strbuf *out)
{
	for (int i = 0; i < im->nheaders; i++) {
		if (i)
			strbuf_putc(out, ',');
		csv_cell(out, FT_TEXT, im->headers[i], false);
	}
}

/* ---- rows ---- */

/* A name or a code is one line: what breaks it is a blank. */
static const char *one_line(struct importer *im, const struct field *f, const char *text)
{
	if (!f || !(f->flags & (F_LABEL | F_NUMBER)) || !strpbrk(text, "\r\n\t"))
		return text;
	strbuf_clear(&im->line);
	for (; *text; text++) {
		bool blank = strchr("\r\n\t", *text) != NULL;
		if (!blank || (im->line.len && im->line.s[im->line.len - 1] != ' '))
			strbuf_putc(&im->line, blank ? ' ' : *text);
	}
	return strbuf_str(&im->line);
}

/* What a column gives for this row; NULL and `e` when it cannot be read. */
static const char *cell_text(struct importer *im, const struct map_column *c, char buf[static 16], struct err *e)
{
	const struct csv_record *r = &im->record;
	const struct field *f = resource_field(im->res, c->field);

	if (c->constant)
		return c->constant;
	const char *text = r->cell[c->index];
	if (r->bad[c->index] && !im->map.replace_bad_bytes) {
		err_set(e, ERR_INVALID, "E-UTF8", c->field,
		    _("Save the file as UTF-8, or write @bad-bytes = replace into a --map file"), _("the text is not UTF-8"));
		return NULL;
	}
	if (!f || f->type != FT_DATE || !c->dates)
		return one_line(im, f, cell_unguarded(text));
	if (map_date(text, c->dates, buf))
		return buf;
	err_set(e, ERR_INVALID, "E-VALUE", c->field, NULL, _("\"%s\" is not a date written as %s"), text, c->dates);
	return NULL;
}

static bool fill_values(struct importer *im, struct values *v, struct err *e)
{
	char buf[16];

	if (im->record.n < im->nheaders) {
		err_set(e, ERR_INVALID, "E-CSV", NULL, _("Look for a missing comma or quote"),
		    _("the row has %d cells, the header %d"), im->record.n, im->nheaders);
		return false;
	}
	for (int i = im->nheaders; i < im->record.n; i++) {
		if (im->record.cell[i][0]) {
			err_set(e, ERR_INVALID, "E-CSV", NULL, _("Put texts with commas in quotes"),
			    _("the row has %d cells, the header %d"), im->record.n, im->nheaders);
			return false;
		}
	}
	for (int i = 0; i < im->ncolumns; i++) {
		const char *text = cell_text(im, &im->columns[i], buf, e);
		if (!text || !values_set_import(v, im->columns[i].field, text, im->today, e))
			return false;
	}
	return values_check_new(v, e);
}

static void keep_text(const struct importer *im, struct import_batch *b)
{
	struct strbuf text = { 0 };

	for (int i = 0; i < im->record.n; i++) {
		if (i)
			strbuf_putc(&text, ',');
		csv_cell(&text, FT_TEXT, cell_unguarded(im->record.cell[i]), false);
	}
	b->texts = xreallocarray(b->texts, b->ntexts + 1, sizeof *b->texts);
	b->texts[b->ntexts++] = (struct import_text){ .line = im->record.line, .text = strbuf_steal(&text) };
}

static void take_row(struct importer *im, struct import_batch *b)
{
	struct values v;
	struct err e = { 0 };

	values_init(&v, im->res);
	if (fill_values(im, &v, &e)) {
		json_array_append_new(b->rows, json_pack("{s:I, s:o}", "line", (json_int_t)im->record.line, "set", values_json(&v)));
	} else {
		b->bad = xreallocarray(b->bad, b->nbad + 1, sizeof *b->bad);
		b->bad[b->nbad++] = (struct import_reject){ .line = im->record.line, .err = e };
	}
	values_free(&v);
	b->read++;
}

int importer_read(struct importer *im, bool texts, struct import_batch *b, struct err *e)
{
	int got = 1;

	*b = (struct import_batch){ .rows = json_array() };
	while (json_array_size(b->rows) < IMPORT_BATCH && b->nbad < IMPORT_BATCH &&
	    (got = csv_next(im->csv, &im->record, e)) > 0) {
		if (texts)
			keep_text(im, b);
		take_row(im, b);
	}
	return got;
}

void import_batch_free(struct import_batch *b)
{
	json_decref(b->rows);
	free(b->bad);
	for (size_t i = 0; i < b->ntexts; i++)
		free(b->texts[i].text);
	free(b->texts);
	*b = (struct import_batch){ 0 };
}

const char *import_batch_text(const struct import_batch *b, unsigned long line)
{
	for (size_t i = 0; i < b->ntexts; i++)
		if (b->texts[i].line == line)
			return b->texts[i].text;
	return NULL;
}

/* ---- answers ---- */

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

enum import_verdict import_verdict(const json_t *row, unsigned long *line, struct err *e)
{
	const char *status = text_of(row, "status"), *code = text_of(row, "code");

	*line = (unsigned long)json_integer_value(json_object_get(row, "line"));
	if (!strcmp(status, "created"))
		return IMPORT_CREATED;
	if (!strcmp(status, "unchanged"))
		return IMPORT_UNCHANGED;
	err_set(e, ERR_INVALID, *code ? code : "DM007", text_of(row, "field"), text_of(row, "remedy"), "%s",
	    text_of(row, "message"));
	return IMPORT_REJECTED;
}

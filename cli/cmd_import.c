/*
 * import: the rows of a CSV file, streamed. Each row is checked here first, what
 * passes goes to the database in batches, several in flight; a batch waits for
 * its turn to be told about, so that bad rows come out in the file's order.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/commands.h"
#include "client/csv.h"
#include "client/map.h"
#include "cli/record.h"
#include "cli/say.h"
#include "client/celltext.h"
#include "client/value.h"

#define BATCH_ROWS 500
#define IN_FLIGHT 3

struct reject { unsigned long line; struct err err; };

struct batch {
	struct batch *next;
	struct import *im;
	json_t *rows;            /* [{"line", "set"}] that passed the local checks */
	struct reject *bad;      /* that did not, in order */
	size_t nbad;
	bool answered;
	struct err err;          /* of the batch as a whole */
	json_t *outcome;
};

struct import {
	struct run run;
	const struct resource *res;
	const char *path;        /* as messages call the file */
	FILE *in;
	struct csv *csv;
	struct csv_record record;
	struct map map;
	char **headers;
	int nheaders;
	struct map_column *columns;
	int ncolumns;
	struct strbuf line;      /* a cell made one line */
	struct batch *first, **last; /* in the file's order, answered or not */
	int in_flight;
	bool answer;             /* one arrived */
	bool failed;             /* run.err says why nothing more is read */
	unsigned long created, unchanged, rejected, rows;
};

/* ---- telling ---------------------------------------------------------------------------------------------- */

static void tell_reject(struct import *im, unsigned long line, const struct err *e)
{
	char *text = xasprintf("%s:%lu %s%s%s (%s)%s%s", im->path, line, e->field, e->field[0] ? ": " : "", e->text, e->code,
	    e->remedy[0] ? " " : "", e->remedy);

	say_progress("%s", "");
	say_line(text);
	free(text);
	im->rejected++;
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* What became of one row in the database. */
static void tell_row(struct import *im, const json_t *row)
{
	const char *status = text_of(row, "status"), *code = text_of(row, "code");
	struct err e;

	if (!strcmp(status, "created")) {
		im->created++;
	} else if (!strcmp(status, "unchanged")) {
		im->unchanged++;
	} else {
		err_set(&e, ERR_INVALID, *code ? code : "DM007", text_of(row, "field"), text_of(row, "remedy"), "%s",
		    text_of(row, "message"));
		tell_reject(im, (unsigned long)json_integer_value(json_object_get(row, "line")), &e);
	}
}

static void batch_free(struct batch *b)
{
	json_decref(b->rows);
	json_decref(b->outcome);
	free(b->bad);
	free(b);
}

/* Local and remote verdicts merged by line. */
static void tell_batch(struct import *im, const struct batch *b)
{
	size_t n = json_array_size(b->outcome), at = 0;

	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(b->outcome, i);
		unsigned long line = (unsigned long)json_integer_value(json_object_get(row, "line"));
		for (; at < b->nbad && b->bad[at].line < line; at++)
			tell_reject(im, b->bad[at].line, &b->bad[at].err);
		tell_row(im, row);
	}
	for (; at < b->nbad; at++)
		tell_reject(im, b->bad[at].line, &b->bad[at].err);
}

static void settle(struct import *im)
{
	while (im->first && im->first->answered) {
		struct batch *b = im->first;
		if (b->err.kind != ERR_NONE && !im->failed) {
			im->run.err = b->err;
			im->failed = true;
		}
		tell_batch(im, b);
		im->first = b->next;
		if (!im->first)
			im->last = &im->first;
		batch_free(b);
		say_progress(_("%s: %lu rows read, %lu created, %lu unchanged, %lu rejected"), im->path, im->rows, im->created,
		    im->unchanged, im->rejected);
	}
}

/* ---- sending ---------------------------------------------------------------------------------------------- */

static void on_answer(const struct reply *reply, void *arg)
{
	struct batch *b = arg;

	b->answered = true;
	if (reply->err)
		b->err = *reply->err;
	b->outcome = reply->json ? json_deep_copy(reply->json) : NULL;
	b->im->in_flight--;
	b->im->answer = true;
}

static void send_batch(struct import *im, struct batch *b)
{
	*im->last = b;
	im->last = &b->next;
	if (json_array_size(b->rows) == 0) {
		b->answered = true;
		return;
	}
	im->in_flight++;
	client_import(im->run.session, im->res, b->rows, im->run.o->dry_run, RUN_OWNER, on_answer, b);
}

/* Until fewer than n batches are in flight. false: interrupted, or a batch failed. */
static bool wait_below(struct import *im, int n)
{
	bool good = run_turn(&im->run);

	while (good && im->in_flight >= n) {
		im->answer = false;
		good = run_until(&im->run, &im->answer);
		settle(im);
	}
	settle(im);
	return good && !im->failed;
}

/* ---- rows ------------------------------------------------------------------------------------------------- */

static void reject(struct batch *b, unsigned long line, const struct err *e)
{
	b->bad = xreallocarray(b->bad, b->nbad + 1, sizeof *b->bad);
	b->bad[b->nbad++] = (struct reject){ .line = line, .err = *e };
}

/* A name or a code is one line: what breaks it is a blank. */
static const char *one_line(struct import *im, const struct field *f, const char *text)
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
static const char *cell_text(struct import *im, const struct map_column *c, char buf[static 16], struct err *e)
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

static bool fill_values(struct import *im, struct values *v, struct err *e)
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
		if (!text || !values_set_import(v, im->columns[i].field, text, im->run.today, e))
			return false;
	}
	return values_check_new(v, e);
}

static void take_row(struct import *im, struct batch *b)
{
	struct values v;
	struct err e = { 0 };

	values_init(&v, im->res);
	if (fill_values(im, &v, &e))
		json_array_append_new(b->rows, json_pack("{s:I, s:o}", "line", (json_int_t)im->record.line, "set",
		    values_json(&v)));
	else
		reject(b, im->record.line, &e);
	values_free(&v);
	im->rows++;
}

/* Reads up to a batch; *more says whether there is more to read. NULL: the file cannot be read on. */
static struct batch *read_batch(struct import *im, bool *more)
{
	struct batch *b = xcalloc(1, sizeof *b);
	int got = 1;

	b->im = im;
	b->rows = json_array();
	while (json_array_size(b->rows) < BATCH_ROWS && b->nbad < BATCH_ROWS &&
	    (got = csv_next(im->csv, &im->record, &im->run.err)) > 0)
		take_row(im, b);
	*more = got > 0;
	im->failed = got < 0 && !run_interrupted();
	return b;
}

static void import_rows(struct import *im)
{
	bool more = true;

	while (more && !im->failed) {
		struct batch *b = read_batch(im, &more);
		send_batch(im, b);
		if (!wait_below(im, IN_FLIGHT))
			break;
	}
	bool failed = im->failed;
	im->failed = false;
	wait_below(im, 1);
	im->failed = im->failed || failed;
}

/* ---- before and after ------------------------------------------------------------------------------------- */

static bool open_file(struct import *im)
{
	const struct options *o = im->run.o;
	const char *path = o->args[1];
	bool standard = !strcmp(path, "-");

	im->path = standard ? "stdin" : path;
	if (o->map && !map_read(&im->map, o->map, &im->run.err))
		return false;
	im->in = standard ? stdin : fopen(path, "re");
	if (!im->in) {
		err_set(&im->run.err, ERR_USAGE, "E-FILE", NULL, NULL, "%s: %s", path, strerror(errno));
		return false;
	}
	im->csv = csv_new(im->in, im->map.delimiter);
	return true;
}

static bool read_headers(struct import *im)
{
	struct csv_record *r = &im->record;
	struct strbuf ignored = { 0 };
	int got = csv_next(im->csv, r, &im->run.err);

	if (got == 0)
		err_set(&im->run.err, ERR_INVALID, "E-CSV", NULL, _("The first line names the columns"),
		    _("%s is empty"), im->path);
	if (got <= 0)
		return false;
	im->nheaders = r->n;
	im->headers = xcalloc((size_t)r->n, sizeof *im->headers);
	for (int i = 0; i < r->n; i++)
		im->headers[i] = xstrdup(r->cell[i]);
	im->columns = xcalloc((size_t)r->n + MAP_MAX, sizeof *im->columns);
	im->ncolumns = map_match(&im->map, im->res, (const char *const *)im->headers, r->n, im->columns, &ignored,
	    &im->run.err);
	if (im->ncolumns >= 0 && ignored.len)
		say(_("these columns cannot be imported and are ignored: %s"), strbuf_str(&ignored));
	strbuf_free(&ignored);
	return im->ncolumns >= 0;
}

/* A person sees what becomes what before anything happens. */
static bool agreed(struct import *im)
{
	struct strbuf b = { 0 };

	if (im->run.o->yes || im->run.o->dry_run || !say_can_ask())
		return true;
	for (int i = 0; i < im->ncolumns; i++) {
		const struct map_column *c = &im->columns[i];
		const char *theirs = c->constant ? c->constant : c->header;
		strbuf_printf(&b, strcmp(theirs, c->field) ? "%s%s = %s" : "%s%s", i ? ", " : "", c->field, theirs);
	}
	bool yes = say_ask(_("%s into %s of %s: %s. Import?"), im->path, im->res->name, session_company_name(im->run.session),
	    strbuf_str(&b));
	strbuf_free(&b);
	if (!yes)
		err_set(&im->run.err, ERR_FAILED, "E-NO", NULL, NULL, _("nothing was done"));
	return yes;
}

static void summary(struct import *im)
{
	say_progress("%s", "");
	say(im->run.o->dry_run ? _("%s: %lu would be created, %lu unchanged, %lu rejected; nothing was changed")
	                       : _("%s: %lu created, %lu unchanged, %lu rejected"),
	    im->path, im->created, im->unchanged, im->rejected);
}

static void import_free(struct import *im)
{
	for (struct batch *b = im->first, *next; b; b = next) {
		next = b->next;
		batch_free(b);
	}
	for (int i = 0; i < im->nheaders; i++)
		free(im->headers[i]);
	free(im->headers);
	free(im->columns);
	strbuf_free(&im->line);
	map_free(&im->map);
	csv_free(im->csv);
	if (im->in && im->in != stdin)
		fclose(im->in);
	free(im);
}

int cmd_import(const struct options *o)
{
	struct import *im = xcalloc(1, sizeof *im);
	struct err e = { 0 };
	int status;

	im->last = &im->first;
	im->res = record_resource(o->args[0], &e);
	if (!im->res) {
		free(im);
		return say_err(&e);
	}
	if (run_open(&im->run, o) && open_file(im) && read_headers(im) && agreed(im)) {
		import_rows(im);
		summary(im);
	}
	status = run_close(&im->run);
	if (status == 0 && im->rejected > 0)
		status = ERR_INVALID;
	import_free(im);
	return status;
}

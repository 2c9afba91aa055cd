/*
 * import: the rows of a CSV file, streamed. Each row is checked here first, what
 * passes goes to the database in batches, several in flight; a batch waits for
 * its turn to be told about, so that bad rows come out in the file's order.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/commands.h"
#include "cli/record.h"
#include "cli/say.h"
#include "client/importer.h"

#define IN_FLIGHT 3

struct batch {
	struct batch *next;
	struct import *im;
	struct import_batch rows;
	bool answered;
	struct err err;          /* of the batch as a whole */
	json_t *outcome;
};

struct import {
	struct run run;
	const struct resource *res;
	const char *path;        /* as messages call the file */
	struct importer *file;
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

/* What became of one row in the database. */
static void tell_row(struct import *im, const json_t *row)
{
	unsigned long line;
	struct err e;

	switch (import_verdict(row, &line, &e)) {
	case IMPORT_CREATED:
		im->created++;
		break;
	case IMPORT_UNCHANGED:
		im->unchanged++;
		break;
	case IMPORT_REJECTED:
		tell_reject(im, line, &e);
	}
}

static void batch_free(struct batch *b)
{
	import_batch_free(&b->rows);
	json_decref(b->outcome);
	free(b);
}

/* Local and remote verdicts merged by line. */
static void tell_batch(struct import *im, const struct batch *b)
{
	size_t n = json_array_size(b->outcome), at = 0;

	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(b->outcome, i);
		unsigned long line = (unsigned long)json_integer_value(json_object_get(row, "line"));
		for (; at < b->rows.nbad && b->rows.bad[at].line < line; at++)
			tell_reject(im, b->rows.bad[at].line, &b->rows.bad[at].err);
		tell_row(im, row);
	}
	for (; at < b->rows.nbad; at++)
		tell_reject(im, b->rows.bad[at].line, &b->rows.bad[at].err);
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
	if (json_array_size(b->rows.rows) == 0) {
		b->answered = true;
		return;
	}
	im->in_flight++;
	client_import(im->run.session, im->res, b->rows.rows, im->run.o->dry_run, NULL, RUN_OWNER, on_answer, b);
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

/* Reads up to a batch; *more says whether there is more to read. */
static struct batch *read_batch(struct import *im, bool *more)
{
	struct batch *b = xcalloc(1, sizeof *b);

	b->im = im;
	int got = importer_read(im->file, false, &b->rows, &im->run.err);
	im->rows += b->rows.read;
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

	im->file = importer_open(im->res, o->args[1], o->map, im->run.today, &im->run.err);
	if (!im->file)
		return false;
	im->path = importer_name(im->file);
	if (*importer_ignored(im->file))
		say(_("these columns cannot be imported and are ignored: %s"), importer_ignored(im->file));
	return true;
}

/* A person sees what becomes what before anything happens. */
static bool agreed(struct import *im)
{
	struct strbuf b = { 0 };
	int n;
	const struct map_column *columns = importer_columns(im->file, &n);

	if (im->run.o->yes || im->run.o->dry_run || !say_can_ask())
		return true;
	for (int i = 0; i < n; i++) {
		const struct map_column *c = &columns[i];
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
	importer_free(im->file);
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
	if (run_open(&im->run, o) && open_file(im) && agreed(im)) {
		import_rows(im);
		summary(im);
	}
	status = run_close(&im->run);
	if (status == 0 && im->rejected > 0)
		status = ERR_INVALID;
	import_free(im);
	return status;
}

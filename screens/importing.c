#include "config.h"

#include "screens/importing_self.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/outfile.h"
#include "screens/pathask.h"
#include "screens/seeing.h"
#include "tui/overlay.h"

struct import_arg { const struct resource *res; const char *path; };

static void next_batch(struct importing *im);

/* ---- what is shown ---- */

static void show(struct importing *im, unsigned long line, enum import_verdict verdict, char *text, const char *remedy)
{
	int *n = verdict == IMPORT_REJECTED ? &im->bad : &im->good;

	if (*n == (verdict == IMPORT_REJECTED ? SHOWN_BAD : SHOWN_GOOD)) {
		free(text);
		return;
	}
	(*n)++;
	im->shown = xreallocarray(im->shown, (size_t)im->nshown + 1, sizeof(*im->shown));
	im->shown[im->nshown++] = (struct shown){ line, verdict, text, xstrdup(remedy) };
}

/* The row as it was read: "A-12, Two rooms, 15 000.00". */
static char *as_read(const struct importing *im, unsigned long line)
{
	struct strbuf out = { 0 };
	size_t i;
	json_t *row, *value;
	const char *name;

	json_array_foreach(im->batch.rows, i, row) {
		if ((unsigned long)json_integer_value(json_object_get(row, "line")) != line)
			continue;
		json_object_foreach(json_object_get(row, "set"), name, value) {
			if (json_is_null(value))
				continue;
			strbuf_printf(&out, "%s%s=", out.len ? "  " : "", name);
			if (json_is_string(value))
				strbuf_puts(&out, json_string_value(value));
			else
				strbuf_printf(&out, "%lld", (long long)json_integer_value(value));
		}
	}
	return strbuf_steal(&out);
}

/* The refused row goes into the file to be mended, with the reason beside it. */
static void put_rejected(struct importing *im, unsigned long line, const char *why)
{
	const char *text = import_batch_text(&im->batch, line);
	struct strbuf out = { 0 };

	if (!im->rejected && !(im->rejected = tmpfile()))
		return;
	strbuf_printf(&out, "%s,\"", text ? text : "");
	for (; *why; why++)
		strbuf_printf(&out, *why == '"' ? "\"\"" : "%c", *why);
	strbuf_puts(&out, "\"\r\n");
	fwrite(out.s, 1, out.len, im->rejected);
	strbuf_free(&out);
}

static void refused(struct importing *im, unsigned long line, const struct err *e)
{
	bool named = !e->field[0] || !strncmp(e->text, e->field, strlen(e->field)); /* "kind is required" */
	char *why = xasprintf("%s%s%s (%s)", named ? "" : e->field, named ? "" : ": ", e->text, e->code);

	im->count[IMPORT_REJECTED]++;
	put_rejected(im, line, why);
	show(im, line, IMPORT_REJECTED, why, e->remedy);
}

/* What the database says and what was refused before it was asked, in the file's order. */
static bool tell_batch(struct importing *im, const json_t *outcome)
{
	const struct import_batch *b = &im->batch;
	size_t at = 0;
	bool made = false;

	for (size_t i = 0; i < json_array_size(outcome); i++) {
		unsigned long line;
		struct err e;
		enum import_verdict verdict = import_verdict(json_array_get(outcome, i), &line, &e);

		for (; at < b->nbad && b->bad[at].line < line; at++)
			refused(im, b->bad[at].line, &b->bad[at].err);
		if (verdict == IMPORT_REJECTED) {
			refused(im, line, &e);
			continue;
		}
		im->count[verdict]++;
		made |= verdict == IMPORT_CREATED;
		show(im, line, verdict, as_read(im, line), NULL);
	}
	for (; at < b->nbad; at++)
		refused(im, b->bad[at].line, &b->bad[at].err);
	return made;
}

/* ---- going through the file ---- */

static void forget_outcome(struct importing *im)
{
	for (int i = 0; i < im->nshown; i++) {
		free(im->shown[i].text);
		free(im->shown[i].remedy);
	}
	free(im->shown);
	im->shown = NULL;
	im->nshown = im->good = im->bad = 0;
	im->read = 0;
	memset(im->count, 0, sizeof(im->count));
	if (im->rejected)
		fclose(im->rejected);
	im->rejected = NULL;
	im->list.cursor = im->list.top = 0;
}

static void halt(struct importing *im, enum phase phase, const struct err *e)
{
	im->phase = phase;
	im->why = *e;
	app_error(screen_app(im->screen), e);
}

/* What was imported is one entry that can be taken back, also when it was stopped or broke off. */
static void close_entry(struct importing *im)
{
	if (im->nids > 0) {
		free(im->done);
		im->done = xasprintf(P_("%s: %lld record imported", "%s: %lld records imported", (unsigned)im->count[IMPORT_CREATED]),
		    import_name(im->path), (long long)im->count[IMPORT_CREATED]);

		write_did(im->screen, im->res, im->done, im->ids, im->nids);
	}
	free(im->ids);
	im->ids = NULL;
	im->nids = 0;
}

static void finish(struct importing *im)
{
	importer_free(im->file);
	im->file = NULL;
	if (im->phase == CHECKING) {
		im->phase = READY;
		return;
	}
	im->phase = OVER;
	close_entry(im);
	if (im->stop)
		app_message(screen_app(im->screen), TOK_WARNING, _("stopped; what was imported until then can be taken back with u"));
}

static void batch_over(struct importing *im, const json_t *outcome)
{
	im->read += (int64_t)im->batch.read;
	if (tell_batch(im, outcome) && im->phase == IMPORTING) {
		im->ids = xreallocarray(im->ids, (size_t)im->nids + 1, sizeof(*im->ids));
		memcpy(im->ids[im->nids++], im->id, sizeof(*im->ids));
	}
	import_batch_free(&im->batch);
	if (im->more && !im->stop)
		next_batch(im);
	else
		finish(im);
}

static void on_answer(const struct reply *r, void *arg)
{
	struct importing *im = arg;

	app_redraw(screen_app(im->screen));
	if (!r->err) {
		batch_over(im, r->json);
	} else if (im->phase == IMPORTING && r->err->kind == ERR_UNREACHABLE) {
		halt(im, HALTED, r->err); /* the batch may be there or not: it is sent again under its id */
	} else {
		if (im->phase == IMPORTING)
			close_entry(im);
		halt(im, FAILED, r->err);
	}
}

static void send_batch(struct importing *im)
{
	client_import(screen_session(im->screen), im->res, im->batch.rows, im->phase == CHECKING,
	    im->phase == CHECKING ? NULL : im->id, screen_owner(im->screen, SLOT_MAIN), on_answer, im);
}

static void next_batch(struct importing *im)
{
	struct err e;
	int got = importer_read(im->file, true, &im->batch, &e);

	if (got < 0) {
		import_batch_free(&im->batch);
		close_entry(im);
		halt(im, FAILED, &e);
		return;
	}
	im->more = got > 0;
	uuid_v7(im->id);
	if (json_array_size(im->batch.rows) > 0)
		send_batch(im);
	else
		batch_over(im, NULL);
}

static void say_columns(struct importing *im)
{
	int n;
	const struct map_column *c = importer_columns(im->file, &n);

	strbuf_clear(&im->columns);
	for (int i = 0; i < n; i++) {
		const char *theirs = c[i].constant ? c[i].constant : c[i].header;

		strbuf_printf(&im->columns, strcmp(theirs, c[i].field) != 0 ? "%s%s = %s" : "%s%s", i ? ", " : "", c[i].field,
		    theirs);
	}
	if (*importer_ignored(im->file))
		strbuf_printf(&im->columns, _("; not imported: %s"), importer_ignored(im->file));
}

/* From the first line, to be tried or kept. */
static bool begin(struct importing *im, enum phase phase)
{
	struct stat now = { 0 };
	struct err e;
	bool known = stat(im->path, &now) == 0;

	if (phase == IMPORTING && known && (now.st_size != im->seen.st_size || now.st_mtime != im->seen.st_mtime)) {
		err_set(&e, ERR_CONFLICT, "E-FILE", NULL, _("F5 checks it again"), _("%s has changed since it was checked"),
		    im->path);
		app_error(screen_app(im->screen), &e);
		return false;
	}
	im->seen = now;
	importer_free(im->file);
	im->file = importer_open(im->res, im->path, im->map, screen_today(im->screen), &e);
	forget_outcome(im);
	im->stop = false;
	im->phase = phase;
	if (!im->file) {
		halt(im, FAILED, &e);
		return false;
	}
	say_columns(im);
	next_batch(im);
	return true;
}

/* ---- keys ---- */

static enum result go_on(struct screen *s, int arg)
{
	struct importing *im = screen_state(s);

	(void)arg;
	if (im->phase == HALTED) {
		im->phase = IMPORTING;
		send_batch(im);
	} else if (im->phase == OVER) {
		return R_REDRAW | R_CLOSE;
	} else if (im->phase == READY && im->count[IMPORT_CREATED] == 0) {
		app_message(screen_app(s), TOK_WARNING, _("there is nothing new in it to import"));
	} else if (im->phase == READY) {
		begin(im, IMPORTING);
	}
	return R_REDRAW;
}

static enum result stop(struct screen *s, int arg)
{
	struct importing *im = screen_state(s);

	(void)arg;
	if (im->phase != CHECKING && im->phase != IMPORTING)
		return R_NONE;
	im->stop = true; /* the batch that is under way is waited for: it is kept whole or not at all */
	return R_REDRAW;
}

static enum result leave(struct screen *s, int arg)
{
	const struct importing *im = screen_state(s);

	(void)arg;
	if (im->phase != IMPORTING && im->phase != HALTED)
		return R_REDRAW | R_CLOSE;
	app_message(screen_app(s), TOK_WARNING, im->phase == HALTED ? _("Enter goes on where the connection was lost") :
	    _("the import is under way; C-c stops it"));
	return R_REDRAW;
}

static void map_given(struct screen *s, const char *path)
{
	struct importing *im = screen_state(s);

	if (!path || im->phase == IMPORTING || im->phase == HALTED)
		return;
	free(im->map);
	im->map = path[0] ? path_expand(path) : NULL;
	begin(im, CHECKING);
}

static enum result ask_map(struct screen *s, int arg)
{
	const struct importing *im = screen_state(s);

	(void)arg;
	if (im->phase == IMPORTING || im->phase == HALTED)
		return leave(s, 0);
	path_ask(s, _("file that says what the columns are (empty: their names)"), im->map ? im->map : "", map_given);
	return R_REDRAW;
}

static enum result check_again(struct screen *s, int arg)
{
	struct importing *im = screen_state(s);

	(void)arg;
	if (im->phase == IMPORTING || im->phase == HALTED)
		return leave(s, 0);
	screen_cancel(s, SLOT_MAIN);
	begin(im, CHECKING);
	return R_REDRAW;
}

/* Everything that was refused, under the headings of the file, to be mended and imported again. */
static bool save_rejected(struct importing *im, const char *path, struct err *e)
{
	struct outfile out;
	struct strbuf heads = { 0 };
	struct err ignored;
	struct importer *file = importer_open(im->res, im->path, im->map, screen_today(im->screen), &ignored);
	char buf[1 << 14];
	size_t n;

	if (!outfile_open(&out, path, true, e)) {
		importer_free(file);
		return false;
	}
	if (file)
		importer_headers(file, &heads);
	importer_free(file);
	fprintf(out.fp, "%s,%s\r\n", strbuf_str(&heads), IMPORT_ERROR);
	strbuf_free(&heads);
	rewind(im->rejected);
	while ((n = fread(buf, 1, sizeof(buf), im->rejected)) > 0)
		fwrite(buf, 1, n, out.fp);
	int why = outfile_commit(&out);
	return why ? outfile_failed(e, path, why) : true;
}

static char *save_path;

static void save(struct screen *s)
{
	struct importing *im = screen_state(s);
	struct err e;

	if (!im->rejected)
		return;
	if (save_rejected(im, save_path, &e))
		app_message(screen_app(s), TOK_TEXT, P_("%lld refused row in %s", "%lld refused rows in %s",
		    (unsigned)im->count[IMPORT_REJECTED]), (long long)im->count[IMPORT_REJECTED], save_path);
	else
		app_error(screen_app(s), &e);
}

static void replace_agreed(struct screen *s, bool agreed, void *arg)
{
	(void)arg;
	if (agreed)
		save(s);
}

static void save_to(struct screen *s, const char *path)
{
	if (!path || !path[0])
		return;
	free(save_path);
	save_path = path_expand(path);
	if (access(save_path, F_OK) != 0) {
		save(s);
		return;
	}
	char *text = xasprintf(_("%s is there already and will be replaced."), save_path);
	confirm_ask(s, _("Refused rows"), text, 0, replace_agreed, NULL);
	free(text);
}

static enum result ask_save(struct screen *s, int arg)
{
	const struct importing *im = screen_state(s);
	size_t n = strlen(im->path);

	(void)arg;
	if (!im->rejected || (im->phase != READY && im->phase != OVER)) {
		app_message(screen_app(s), TOK_DIM, _("no row was refused"));
		return R_REDRAW;
	}
	if (n > 4 && !strcmp(im->path + n - 4, ".csv"))
		n -= 4;
	char *initial = xasprintf("%.*s.refused.csv", (int)n, im->path);
	path_ask(s, _("refused rows into the file"), initial, save_to);
	free(initial);
	return R_REDRAW;
}

static enum result move(struct screen *s, int arg)
{
	return list_move(&((struct importing *)screen_state(s))->list, arg);
}

/* ---- the screen ---- */

static bool import_open(struct screen *s, const void *arg)
{
	const struct import_arg *a = arg;
	struct importing *im = screen_state(s);

	im->screen = s;
	im->res = a->res;
	im->path = xstrdup(a->path);
	import_list(im);
	begin(im, CHECKING);
	return true;
}

static void import_close(struct screen *s)
{
	struct importing *im = screen_state(s);

	screen_cancel(s, SLOT_MAIN);
	forget_outcome(im);
	importer_free(im->file);
	import_batch_free(&im->batch);
	strbuf_free(&im->columns);
	free(im->done);
	free(im->ids);
	free(im->map);
	free(im->path);
}

static bool import_busy(const struct screen *s)
{
	const struct importing *im = screen_state((struct screen *)s);

	return im->phase == CHECKING && !im->stop && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter F2", "import", N_("import"), go_on, 0, B_FOOTER, NULL },
	{ "c C-k", "columns", N_("what the columns are"), ask_map, 0, B_FOOTER, NULL },
	{ "x C-e", "export", N_("refused rows to a file"), ask_save, 0, B_FOOTER, NULL },
	{ "F5", "check-again", N_("check again"), check_again, 0, B_FOOTER, NULL },
	{ "C-c", "stop", N_("stop"), stop, 0, B_FOOTER, NULL },
	{ "Esc q F3", "leave", N_("leave"), leave, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class import_class = {
	.name = "import", .title = N_("Import"), .state_size = sizeof(struct importing), .keys = KEYS,
	.open = import_open, .close = import_close, .draw = import_draw, .describe = import_describe,
	.summary = import_summary, .busy = import_busy,
};

/* ---- the door ---- */

static const struct resource *asked; /* one prompt at a time */

static void file_given(struct screen *s, const char *path)
{
	struct stat st;
	struct err e;

	if (!path || !path[0])
		return;
	char *at = path_expand(path);
	if (access(at, R_OK) != 0 || stat(at, &st) != 0 || (S_ISDIR(st.st_mode) && (errno = EISDIR))) {
		err_set(&e, ERR_USAGE, "E-FILE", NULL, _("Tab completes the names of files"), "%s: %s", at, strerror(errno));
		app_error(screen_app(s), &e);
	} else {
		app_push(screen_app(s), &import_class, &(struct import_arg){ asked, at });
	}
	free(at);
}

enum result import_ask(struct screen *s, const struct resource *res)
{
	if (!res->import) {
		app_message(screen_app(s), TOK_WARNING, _("records of this kind cannot be imported"));
	} else if (seeing_may_write(s, res->import)) {
		asked = res;
		path_ask(s, _("CSV file to import"), "", file_given);
	}
	return R_REDRAW;
}

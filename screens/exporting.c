#include "config.h"

#include "screens/exporting.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/export.h"
#include "screens/format.h"
#include "screens/pathask.h"
#include "tui/overlay.h"

#define COUNT_MOST 200000 /* rows counted for the progress: an index is read that far in a fraction of a second */

/* An export of a list that is under way. */
struct exporting {
	struct export *file;
	struct out_columns columns;
	char *path;
	int64_t about;            /* rows there are, more or less; -1 not known, > COUNT_MOST: more than that */
};

/* What is being asked. */
static struct {
	uint64_t screen;
	struct rows *rows;        /* of a list, */
	const struct report *report; /* or a report's */
	struct table *table;
	bool more;                /* … of which these are the first rows */
	enum export_format format;
	char *path;
} asked;

static void forget(void)
{
	table_free(asked.table);
	free(asked.path);
	memset(&asked, 0, sizeof(asked));
}

static struct export *open_file(const struct out_columns *c, struct err *e)
{
	const struct export_spec spec = { .format = asked.format, .path = asked.path,
		.title = c->title ? _(c->title) : NULL, .only_mine = true };

	return export_open(&spec, c, e);
}

static void say_written(struct screen *s, int64_t rows, unsigned long cut, bool more, const char *path)
{
	struct strbuf n = { 0 };

	format_int(&n, rows);
	if (cut > 0)
		app_message(screen_app(s), TOK_WARNING, P_("%s rows in %s; %lu text was longer than a cell may be and was cut",
		    "%s rows in %s; %lu texts were longer than a cell may be and were cut", cut), strbuf_str(&n), path, cut);
	else if (more)
		app_message(screen_app(s), TOK_WARNING, _("the first %s rows in %s: there are more"), strbuf_str(&n), path);
	else
		app_message(screen_app(s), TOK_TEXT, P_("%s row in %s", "%s rows in %s", (unsigned)rows), strbuf_str(&n), path);
	strbuf_free(&n);
}

/* ---- a list, page after page ---- */

void exporting_stop(struct rows *r)
{
	struct exporting *x = r->exporting;

	if (!x)
		return;
	screen_cancel(r->screen, SLOT_EXPORT);
	export_abort(x->file);
	out_columns_free(&x->columns);
	free(x->path);
	free(x);
	r->exporting = NULL;
}

static bool on_page(struct pages *p, const struct table *rows)
{
	struct rows *r = p->arg;
	struct exporting *x = r->exporting;
	struct err e;

	export_rows(x->file, rows);
	if (!export_failed(x->file))
		return true;
	/* no use in asking for more: the disk is full, for instance */
	if (!export_close(x->file, &e))
		app_error(screen_app(r->screen), &e);
	x->file = NULL;
	exporting_stop(r);
	return false;
}

static void on_end(struct pages *p, const struct err *e)
{
	struct rows *r = p->arg;
	struct exporting *x = r->exporting;
	int64_t rows = export_count(x->file);
	unsigned long cut = export_cut(x->file);
	struct err why;

	if (e) {
		app_error(screen_app(r->screen), e);
	} else if (!export_close(x->file, &why)) {
		app_error(screen_app(r->screen), &why);
		x->file = NULL;
	} else {
		x->file = NULL;
		say_written(r->screen, rows, cut, false, x->path);
	}
	exporting_stop(r);
}

static void on_count(const struct reply *reply, void *arg)
{
	struct rows *r = arg;

	if (!reply->err && r->exporting)
		r->exporting->about = reply->count;
}

static void ask_count(struct rows *r)
{
	struct query q;

	query_copy(&q, &r->query);
	free(q.after);
	q.after = NULL;
	q.backward = false;
	q.brief = q.count = true;
	q.count_most = COUNT_MOST;
	q.limit = 1;
	client_list(screen_session(r->screen), &q, screen_owner(r->screen, SLOT_EXPORT), on_count, r);
	query_free(&q);
}

static void begin_list(struct rows *r)
{
	struct exporting *x = xcalloc(1, sizeof(*x));
	struct err e;

	r->exporting = x;
	x->about = -1;
	x->path = xstrdup(asked.path);
	out_columns_fields(&x->columns, r->query.res, r->fields, r->list.ncolumns);
	x->file = open_file(&x->columns, &e);
	if (!x->file) {
		app_error(screen_app(r->screen), &e);
		exporting_stop(r);
		return;
	}
	r->all.page = on_page;
	r->all.end = on_end;
	r->all.arg = r;
	pages_start(&r->all, r->screen, &r->query);
	ask_count(r);
}

void exporting_describe(const struct rows *r, struct strbuf *out)
{
	struct strbuf done = { 0 }, about = { 0 };

	format_int(&done, r->all.done);
	format_int(&about, r->exporting->about > COUNT_MOST ? COUNT_MOST : r->exporting->about);
	if (r->exporting->about < r->all.done)
		strbuf_printf(out, _("%s rows so far; C-c stops"), strbuf_str(&done));
	else if (r->exporting->about > COUNT_MOST)
		strbuf_printf(out, _("%s of more than %s rows; C-c stops"), strbuf_str(&done), strbuf_str(&about));
	else
		strbuf_printf(out, _("%s of about %s rows; C-c stops"), strbuf_str(&done), strbuf_str(&about));
	strbuf_free(&done);
	strbuf_free(&about);
}

/* ---- a report ---- */

static void write_report(struct screen *s)
{
	struct out_columns columns = { 0 };
	struct err e;

	out_columns_report(&columns, asked.report);
	struct export *file = open_file(&columns, &e);
	if (file)
		export_rows(file, asked.table);
	unsigned long cut = file ? export_cut(file) : 0;
	if (file && export_close(file, &e))
		say_written(s, table_rows(asked.table), cut, asked.more, asked.path);
	else
		app_error(screen_app(s), &e);
	out_columns_free(&columns);
}

/* ---- asking ---- */

static void begin(struct screen *s)
{
	if (asked.rows)
		begin_list(asked.rows);
	else
		write_report(s);
	forget();
	app_redraw(screen_app(s));
}

static void replace_agreed(struct screen *s, bool agreed, void *arg)
{
	(void)arg;
	if (agreed && asked.screen == screen_id(s))
		begin(s);
	else
		forget();
}

static void path_given(struct screen *s, const char *path)
{
	if (!path || !path[0] || asked.screen != screen_id(s)) {
		forget();
		return;
	}
	free(asked.path);
	asked.path = path_expand(path);
	if (access(asked.path, F_OK) != 0) {
		begin(s);
		return;
	}
	char *text = xasprintf(_("%s is there already and will be replaced."), asked.path);
	confirm_ask(s, _("Export"), text, 0, replace_agreed, NULL);
	free(text);
}

static void format_chosen(struct screen *s, int choice, void *arg)
{
	static const enum export_format BY_PLACE[] = { EXPORT_XLSX, EXPORT_CSV, EXPORT_TSV, EXPORT_JSON, EXPORT_JSONL,
		EXPORT_MD };

	(void)arg;
	if (choice < 0 || asked.screen != screen_id(s)) {
		forget();
		return;
	}
	asked.format = BY_PLACE[choice];
	char *initial = xasprintf("%s.%s", asked.rows ? asked.rows->query.res->name : asked.report->name,
	    export_name(asked.format));
	path_ask(s, _("into the file"), initial, path_given);
	free(initial);
}

static void ask_format(struct screen *s, const char *title)
{
	const struct menu_item items[] = {
		{ "XLSX", _("workbook for Excel or LibreOffice"), NULL, 'x' },
		{ "CSV", _("for spreadsheets, and to be imported again"), NULL, 'c' },
		{ "TSV", _("tabs between the columns"), NULL, 't' },
		{ "JSON", _("for programs"), NULL, 'j' },
		{ "JSONL", _("for programs, a line a row"), NULL, 'l' },
		{ "Markdown", _("a table in a text"), NULL, 'm' },
	};

	asked.screen = screen_id(s);
	menu_ask(s, title, items, ARRAY_LEN(items), 0, format_chosen, NULL);
}

static bool is_free(const struct rows *r, struct err *e)
{
	if (!pages_busy(&r->all))
		return true;
	err_set(e, ERR_USAGE, "E-COMMAND", NULL, NULL, _("something is still going through the rows; C-c stops it"));
	return false;
}

enum result export_ask(struct rows *r)
{
	struct err e;

	forget();
	if (!is_free(r, &e)) {
		app_message(screen_app(r->screen), TOK_WARNING, "%s", e.text);
		return R_REDRAW;
	}
	asked.rows = r;
	ask_format(r->screen, _("Export what the filter shows"));
	return R_REDRAW;
}

/* What the file's name says, into what is asked. */
static bool format_of(const char *path, struct err *e)
{
	asked.format = export_of_path(path);
	if (asked.format != EXPORT_FORMATS)
		return true;
	err_set(e, ERR_USAGE, "E-FILE", NULL, _("For example stays.xlsx"),
	    _("the name of the file has to end in .xlsx, .csv, .tsv, .json, .jsonl or .md"));
	return false;
}

bool export_to(struct rows *r, const char *path, struct err *e)
{
	if (!is_free(r, e) || !format_of(path, e))
		return false;
	enum export_format format = asked.format;
	forget();
	asked.rows = r;
	asked.screen = screen_id(r->screen);
	asked.format = format;
	path_given(r->screen, path);
	return true;
}

static void ask_of_report(struct screen *s, const struct report *rep, struct table *rows, bool more)
{
	forget();
	asked.screen = screen_id(s);
	asked.report = rep;
	asked.table = rows;
	asked.more = more;
}

enum result export_report_ask(struct screen *s, const struct report *rep, struct table *rows, bool more)
{
	ask_of_report(s, rep, rows, more);
	ask_format(s, _(rep->label));
	return R_REDRAW;
}

bool export_report_to(struct screen *s, const struct report *rep, struct table *rows, bool more, const char *path,
    struct err *e)
{
	ask_of_report(s, rep, rows, more);
	if (!format_of(path, e)) {
		forget();
		return false;
	}
	path_given(s, path);
	return true;
}

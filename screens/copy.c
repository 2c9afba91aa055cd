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
#include "client/celltext.h"
#include "screens/copy.h"
#include "tui/overlay.h"

/* ---- copy ---- */

enum { COPY_ID, COPY_NUMBER, COPY_PHONE, COPY_ROW, COPY_TABLE, COPY_ITEMS };

/* What follows, cleaned as for a terminal: it comes back through one. */
static void put_clean(struct strbuf *out, const struct rows *r, int row, const struct field *f)
{
	struct strbuf text = { 0 };

	rows_text(r, row, f, &text);
	text_clean(out, strbuf_str(&text), text.len, TEXT_ONE_LINE);
	strbuf_free(&text);
}

static void row_as_text(const struct rows *r, struct strbuf *out)
{
	for (int i = 0; i < r->list.ncolumns; i++) {
		struct strbuf cell = { 0 };

		put_clean(&cell, r, r->list.cursor, r->fields[i]);
		if (cell.len > 0)
			strbuf_printf(out, "%s%s: %s", out->len ? ", " : "", _(r->fields[i]->label), cell.s);
		strbuf_free(&cell);
	}
}

static void table_as_tsv(const struct rows *r, struct strbuf *out)
{
	for (int i = 0; i < r->list.ncolumns; i++)
		strbuf_printf(out, "%s%s", i ? "\t" : "", _(r->fields[i]->label));
	strbuf_putc(out, '\n');
	for (int row = 0; row < window_rows(r->window); row++)
		for (int i = 0; i < r->list.ncolumns; i++) {
			put_clean(out, r, row, r->fields[i]);
			strbuf_putc(out, i + 1 < r->list.ncolumns ? '\t' : '\n');
		}
}

static void copy_chosen(struct screen *s, int choice, void *arg)
{
	struct rows *r = screen_state(s);
	struct strbuf text = { 0 };

	(void)arg;
	if (choice == COPY_ID)
		strbuf_puts(&text, r->id);
	else if (choice == COPY_NUMBER)
		strbuf_puts(&text, rows_label(r, r->list.cursor));
	else if (choice == COPY_PHONE)
		strbuf_puts(&text, rows_get(r, "phone"));
	else if (choice == COPY_ROW)
		row_as_text(r, &text);
	else if (choice == COPY_TABLE)
		table_as_tsv(r, &text);
	if (choice >= 0)
		app_copy(screen_app(s), strbuf_str(&text));
	strbuf_free(&text);
}

enum result copy_ask(struct rows *r)
{
	const struct field *phone = resource_field(r->query.res, "phone");
	char table[80];
	int n = window_rows(r->window);

	if (r->list.cursor >= n)
		return R_HANDLED;
	snprintf(table, sizeof(table), P_("%d row, tabs between the columns", "%d rows, tabs between the columns",
	    (unsigned)n), n);
	const struct menu_item items[COPY_ITEMS] = {
		[COPY_ID] = { _("id"), r->id, NULL, 'i' },
		[COPY_NUMBER] = { _("number or name"), rows_label(r, r->list.cursor), NULL, 'n' },
		[COPY_PHONE] = { _("phone"), rows_get(r, "phone"), !phone ? _("these records have none") :
		    rows_get(r, "phone")[0] ? NULL : _("there is none"), 'p' },
		[COPY_ROW] = { _("row"), _("as text"), NULL, 'r' },
		[COPY_TABLE] = { _("table"), table, NULL, 't' },
	};
	menu_ask(r->screen, _("Copy"), items, COPY_ITEMS, COPY_NUMBER, copy_chosen, NULL);
	return R_REDRAW;
}

/* ---- export: what the filter shows, page after page, into a file that is complete or not there ---- */

enum format { FORMAT_CSV, FORMAT_TSV, FORMAT_JSON };
static const char *const FORMATS[] = { "csv", "tsv", "json" };

#define PARTS_MOST (2 * ROWS_MAX_COLUMNS + 1) /* a reference is two: id and label; and the currency */

struct export {
	enum format format;
	char *path, *temp;
	FILE *fp;
	struct part { char name[80]; enum field_type type; } part[PARTS_MOST];
	int n;
	int64_t rows;
	int why; /* errno of the first failed write */
};

static void add_part(struct export *x, const char *name, enum field_type type)
{
	snprintf(x->part[x->n].name, sizeof(x->part[x->n].name), "%s", name);
	x->part[x->n++].type = type;
}

/* The columns that are shown, under their stable names and as raw values, as the command line writes them. */
static void find_parts(struct export *x, const struct rows *r)
{
	bool money = false;
	char column[80];

	for (int i = 0; i < r->list.ncolumns; i++) {
		const struct field *f = r->fields[i];

		add_part(x, field_column(f, column), f->type);
		if (f->type == FT_REF) {
			snprintf(column, sizeof(column), "%s_label", f->name);
			add_part(x, column, FT_TEXT);
		}
		money |= f->type == FT_MONEY;
	}
	for (int i = 0; i < x->n; i++)
		money &= strcmp(x->part[i].name, "currency") != 0;
	if (money)
		add_part(x, "currency", FT_TEXT);
}

static void put_part(const struct export *x, int i, const char *cell, struct strbuf *line)
{
	if (x->format == FORMAT_JSON) {
		strbuf_puts(line, i ? ", " : "{");
		json_text(line, x->part[i].name);
		strbuf_puts(line, ": ");
		json_cell(line, x->part[i].type, cell);
		return;
	}
	if (i)
		strbuf_putc(line, x->format == FORMAT_CSV ? ',' : '\t');
	(x->format == FORMAT_CSV ? csv_cell : tsv_cell)(line, x->part[i].type, cell ? cell : "");
}

static void put_line(struct export *x, struct strbuf *line)
{
	if (!x->why && fwrite(strbuf_str(line), 1, line->len, x->fp) != line->len)
		x->why = errno ? errno : EIO;
	strbuf_clear(line);
}

static void put_heading(struct export *x)
{
	struct strbuf line = { 0 };

	for (int i = 0; i < x->n && x->format != FORMAT_JSON; i++)
		strbuf_printf(&line, "%s%s", !i ? "" : x->format == FORMAT_CSV ? "," : "\t", x->part[i].name);
	strbuf_puts(&line, x->format == FORMAT_JSON ? "[" : x->format == FORMAT_CSV ? "\r\n" : "\n");
	put_line(x, &line);
	strbuf_free(&line);
}

static bool export_page(struct pages *p, const struct table *rows)
{
	struct export *x = ((struct rows *)p->arg)->export;
	struct strbuf line = { 0 };

	for (int row = 0; row < table_rows(rows); row++, x->rows++) {
		if (x->format == FORMAT_JSON)
			strbuf_puts(&line, x->rows ? ",\n" : "\n");
		for (int i = 0; i < x->n; i++)
			put_part(x, i, table_cell(rows, row, table_col(rows, x->part[i].name)), &line);
		strbuf_puts(&line, x->format == FORMAT_JSON ? "}" : x->format == FORMAT_CSV ? "\r\n" : "\n");
	}
	put_line(x, &line);
	strbuf_free(&line);
	return true;
}

static void free_export(struct rows *r)
{
	struct export *x = r->export;

	if (x->fp)
		fclose(x->fp);
	if (x->temp)
		unlink(x->temp);
	free(x->temp);
	free(x->path);
	free(x);
	r->export = NULL;
}

void export_stop(struct rows *r)
{
	if (r->export)
		free_export(r);
}

static void say_failed(struct rows *r, const char *path, int why)
{
	struct err e;

	err_set(&e, ERR_FAILED, "E-FILE", NULL, _("Give another path"), "%s: %s", path, strerror(why));
	app_error(screen_app(r->screen), &e);
}

static void export_end(struct pages *p, const struct err *e)
{
	struct rows *r = p->arg;
	struct export *x = r->export;
	struct strbuf tail = { 0 };

	if (x->format == FORMAT_JSON)
		strbuf_puts(&tail, "\n]\n");
	put_line(x, &tail);
	strbuf_free(&tail);
	if (!e && !x->why && (fflush(x->fp) || fsync(fileno(x->fp)) || rename(x->temp, x->path)))
		x->why = errno;
	if (e) {
		app_error(screen_app(r->screen), e);
	} else if (x->why) {
		say_failed(r, x->path, x->why);
	} else {
		free(x->temp);
		x->temp = NULL;
		app_message(screen_app(r->screen), TOK_TEXT, P_("%lld row in %s", "%lld rows in %s", (unsigned)x->rows),
		    (long long)x->rows, x->path);
	}
	free_export(r);
}

static void begin(struct rows *r)
{
	struct export *x = r->export;
	int fd;

	x->temp = xasprintf("%s.XXXXXX", x->path);
	fd = mkostemp(x->temp, O_CLOEXEC);
	x->fp = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!x->fp) {
		say_failed(r, x->path, errno);
		free(x->temp);
		x->temp = NULL;
		free_export(r);
		return;
	}
	find_parts(x, r);
	put_heading(x);
	r->all.page = export_page;
	r->all.end = export_end;
	r->all.arg = r;
	pages_start(&r->all, r->screen, &r->query);
}

static void replace_agreed(struct screen *s, bool agreed, void *arg)
{
	struct rows *r = screen_state(s);

	(void)arg;
	if (agreed && r->export)
		begin(r);
	else
		export_stop(r);
}

static char *expand_path(const char *path)
{
	const char *home = path[0] == '~' && path[1] == '/' ? getenv("HOME") : NULL;

	return home ? xasprintf("%s%s", home, path + 1) : xstrdup(path);
}

static void path_given(struct screen *s, const char *path)
{
	struct rows *r = screen_state(s);
	char text[400];

	if (!path || !path[0] || !r->export) {
		export_stop(r);
		return;
	}
	r->export->path = expand_path(path);
	if (access(r->export->path, F_OK) != 0) {
		begin(r);
		return;
	}
	snprintf(text, sizeof(text), _("%s is there already and will be replaced."), r->export->path);
	confirm_ask(s, _("Export"), text, 0, replace_agreed, NULL);
}

static void new_export(struct rows *r, enum format format)
{
	export_stop(r);
	r->export = xcalloc(1, sizeof(*r->export));
	r->export->format = format;
}

static void format_chosen(struct screen *s, int choice, void *arg)
{
	struct rows *r = screen_state(s);
	char initial[120];

	(void)arg;
	if (choice < 0)
		return;
	new_export(r, (enum format)choice);
	snprintf(initial, sizeof(initial), "%s.%s", r->query.res->name, FORMATS[choice]);
	app_prompt(screen_app(s), s, _("into the file"), initial, NULL, path_given);
}

enum result export_ask(struct rows *r)
{
	const struct menu_item items[] = {
		{ "CSV", _("for spreadsheets"), NULL, 'c' }, { "TSV", _("tabs between the columns"), NULL, 't' },
		{ "JSON", _("for programs"), NULL, 'j' },
	};

	if (pages_busy(&r->all))
		app_message(screen_app(r->screen), TOK_WARNING, _("something is still going through the rows; C-c stops it"));
	else
		menu_ask(r->screen, _("Export what the filter shows"), items, ARRAY_LEN(items), 0, format_chosen, NULL);
	return R_REDRAW;
}

bool export_to(struct rows *r, const char *path, struct err *e)
{
	const char *dot = strrchr(path, '.');
	size_t format = 0;

	while (format < ARRAY_LEN(FORMATS) && !(dot && !strcmp(dot + 1, FORMATS[format])))
		format++;
	if (format == ARRAY_LEN(FORMATS))
		return err_set(e, ERR_USAGE, "E-FILE", NULL, _("For example stays.csv"),
		    _("the name of the file has to end in .csv, .tsv or .json")), false;
	if (pages_busy(&r->all))
		return err_set(e, ERR_USAGE, "E-COMMAND", NULL, NULL,
		    _("something is still going through the rows; C-c stops it")), false;
	new_export(r, (enum format)format);
	path_given(r->screen, path);
	return true;
}

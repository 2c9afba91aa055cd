#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/format.h"
#include "screens/importing_self.h"
#include "tui/wrap.h"

const char *import_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int list_rows(void *ctx)
{
	return ((struct importing *)ctx)->nshown;
}

static void list_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	const struct importing *im = ctx;
	const struct shown *w = &im->shown[row];
	static const enum token STYLES[] = { [IMPORT_CREATED] = TOK_GOOD, [IMPORT_UNCHANGED] = TOK_DIM,
		[IMPORT_REJECTED] = TOK_ERROR };

	if (col == 0)
		strbuf_printf(out, "%lu", w->line);
	else if (col == 1)
		strbuf_puts(out, w->verdict == IMPORT_CREATED ? im->phase == READY || im->phase == CHECKING ? _("new") : _("made") :
		    w->verdict == IMPORT_UNCHANGED ? _("there") : _("refused"));
	else
		strbuf_puts(out, w->text);
	if (col == 1)
		*style = STYLES[w->verdict];
}

static const struct list_source ROWS = { .rows = list_rows, .cell = list_cell };
static const struct list_column COLUMNS[] = {
	{ N_("Line"), 6, TEXT_RIGHT, 0 }, { N_("Outcome"), 9, TEXT_LEFT, 0 }, { N_("Row, or why not"), -1, TEXT_LEFT, 0 },
};

void import_list(struct importing *im)
{
	im->list = (struct list){ .columns = COLUMNS, .ncolumns = ARRAY_LEN(COLUMNS), .source = &ROWS, .ctx = im,
		.empty = N_("no row yet") };
}

static void put_count(struct strbuf *out, const char *text, int64_t n)
{
	struct strbuf number = { 0 };

	format_int(&number, n);
	strbuf_printf(out, text, strbuf_str(&number));
	strbuf_free(&number);
}

/* "120 rows: 100 new, 15 there already, 5 refused". */
static void put_counts(const struct importing *im, struct strbuf *out)
{
	bool trial = im->phase == CHECKING || im->phase == READY;

	put_count(out, P_("%s row read: ", "%s rows read: ", (unsigned)im->read), im->read);
	put_count(out, trial ? _("%s new, ") : _("%s made, "), im->count[IMPORT_CREATED]);
	put_count(out, _("%s there already, "), im->count[IMPORT_UNCHANGED]);
	put_count(out, _("%s refused"), im->count[IMPORT_REJECTED]);
}

static const char *what_now(const struct importing *im)
{
	switch (im->phase) {
	case CHECKING:
		return im->stop ? _("stopping…") : _("checking; nothing is kept");
	case READY:
		return im->count[IMPORT_CREATED] > 0 ? _("Nothing is kept yet. Enter imports the new ones") :
		    _("There is nothing new in it to import");
	case IMPORTING:
		return im->stop ? _("stopping…") : _("importing; C-c stops");
	case OVER:
		if (!im->done || !write_undo_next(im->screen) || strcmp(im->done, write_undo_next(im->screen)) != 0)
			return im->stop ? _("Stopped") : _("Done");
		return im->stop ? _("Stopped. u takes back what was imported") : _("Done. u takes the whole import back");
	case HALTED:
		return _("The connection is lost. Enter goes on");
	case FAILED:
		break;
	}
	return im->why.text;
}

/* It may name every field that there is. */
static void draw_remedy(struct canvas c, const char *remedy)
{
	struct strbuf lines = { 0 };
	int y = 0;

	wrap_text(&lines, "", remedy, c.w);
	for (char *rest = lines.s, *line; rest && (line = strsep(&rest, "\n")); y++)
		draw_text(c, y, 0, c.w, TOK_TEXT, line);
	strbuf_free(&lines);
}

void import_draw(struct screen *s, struct canvas c)
{
	struct importing *im = screen_state(s);
	struct strbuf counts = { 0 };

	if (im->phase != FAILED || im->read > 0)
		put_counts(im, &counts);
	draw_text(c, 0, 1, c.w - 1, TOK_TEXT, strbuf_str(&counts));
	draw_text(c, 1, 1, c.w - 1, im->phase == FAILED || im->phase == HALTED ? TOK_ERROR : TOK_TITLE, what_now(im));
	if (im->phase == FAILED)
		draw_remedy(canvas_sub(c, 2, 1, c.h - 2, c.w - 2), im->why.remedy);
	else
		draw_printf(c, 2, 1, TOK_DIM, _("columns: %s"), strbuf_str(&im->columns));
	strbuf_free(&counts);
	if (im->phase != FAILED || im->nshown > 0)
		list_draw(&im->list, canvas_sub(c, 4, 0, c.h - 4, c.w), true);
}

void import_describe(struct screen *s, struct strbuf *out)
{
	const struct importing *im = screen_state(s);
	const struct shown *w = im->list.cursor < im->nshown ? &im->shown[im->list.cursor] : NULL;

	if (w)
		strbuf_printf(out, _("line %lu: %s%s%s"), w->line, w->text, w->remedy && w->remedy[0] ? ". " : "",
		    w->remedy ? w->remedy : "");
}

void import_summary(struct screen *s, struct strbuf *out)
{
	const struct importing *im = screen_state(s);

	strbuf_printf(out, "%s: %s", _(im->res->label), import_name(im->path));
	if (im->map)
		strbuf_printf(out, "  %s", import_name(im->map));
}

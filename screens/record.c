/*
 * One record on the whole screen: what identifies it, and below the pages of
 * what belongs to it (struct related): the record itself with what can be done
 * with it, lists as everywhere, reports. What was filtered, sorted and marked
 * on a page is there again when it is come back to.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/command.h"
#include "screens/answer.h"
#include "screens/booking.h"
#include "screens/bookings.h"
#include "screens/bulk.h"
#include "screens/card.h"
#include "screens/doorcode.h"
#include "screens/drill.h"
#include "screens/edit.h"
#include "screens/extract.h"
#include "screens/folder.h"
#include "screens/readiness.h"
#include "screens/reveal.h"
#include "screens/rows.h"
#include "screens/staychange.h"
#include "tui/overlay.h"

#define PRESETS_MOST 8
#define ARGS_MOST 8
#define COUNT_REST 5000 /* ms between two counts of what is on the other pages */

struct record {
	struct rows rows;          /* first: ROWS_KEYS; the list of a page of records */
	bool listed;               /* it is open */
	struct extract extract;    /* the page of a report */
	struct card card;
	struct folder folder;
	char *kept[FOLDER_MOST];   /* how a page was left: see keep_page() */
	int wanted;                /* the page to show once the record is here; 0 = none */
	bool counted;
	int names_at;              /* the line of the pages' names at the last draw; -1 = none */
	uint64_t counted_at;
	char title[120];
};

static struct record *record_of(struct screen *s)
{
	return screen_state(s);
}

/* ---- going from page to page ---- */

/* What lists keep, and behind a tab (which JSON has none of) the filter. */
static void keep_page(const struct record *r, struct strbuf *out)
{
	if (!r->listed)
		return;
	rows_keep(&r->rows, out);
	strbuf_printf(out, "\t%s", r->rows.filter.text);
}

static void close_page(struct screen *s)
{
	struct record *r = record_of(s);
	struct strbuf kept = { 0 };

	if (r->listed) {
		keep_page(r, &kept);
		free(r->kept[r->folder.page]);
		r->kept[r->folder.page] = xstrdup(strbuf_str(&kept));
		rows_close(&r->rows);
		screen_cancel(s, SLOT_MAIN);
		screen_cancel(s, SLOT_PAGES);
		screen_cancel(s, SLOT_CODES);
	}
	memset(&r->rows, 0, sizeof(r->rows));
	r->listed = false;
	extract_close(&r->extract);
	strbuf_free(&kept);
}

static void open_list(struct screen *s, const struct related *page)
{
	struct record *r = record_of(s);
	const char *kept = r->kept[r->folder.page] ? r->kept[r->folder.page] : "", *tab = strchr(kept, '\t');
	struct strbuf base = { 0 };
	struct err e = { 0 };

	rows_open(&r->rows, s, catalogue_resource(page->resource), NULL);
	r->rows.list.empty = tab && tab[1] ? N_("nothing matches") : N_("nothing here");
	r->listed = true;
	folder_filter(&r->folder, r->folder.page, r->card.row, &base);
	snprintf(r->rows.base, sizeof(r->rows.base), "%s", strbuf_str(&base));
	if (page->sort)
		query_sort(&r->rows.query, page->sort, &e);
	if (!rows_filter(&r->rows, tab ? tab + 1 : "", &e) && !rows_filter(&r->rows, "", &e))
		app_error(screen_app(s), &e);
	strbuf_clear(&base);
	strbuf_add(&base, kept, strcspn(kept, "\t"));
	rows_restore(&r->rows, strbuf_str(&base));
	strbuf_free(&base);
}

static void ask_extract(struct screen *s, const struct related *page)
{
	struct record *r = record_of(s);
	struct param given[ARGS_MOST];
	struct strbuf text[ARGS_MOST] = { { 0 } };
	int n = 0;

	for (const char *const *arg = page->args; arg && *arg && n < ARGS_MOST; arg++) {
		const char *value = strchr(*arg, '=') + 1;

		strbuf_printf(&text[n], "%.*s", (int)(value - 1 - *arg), *arg);
		strbuf_putc(&text[n], '\0');
		size_t at = text[n].len;
		drill_expand(value, r->card.row, 0, &text[n]);
		given[n] = (struct param){ text[n].s, text[n].s + at };
		n++;
	}
	extract_ask(&r->extract, given, n);
	for (int i = 0; i < n; i++)
		strbuf_free(&text[i]);
}

/* The record is here: its cells say what the page asks for. */
static void open_page(struct screen *s, int page)
{
	struct record *r = record_of(s);
	const struct related *p = folder_page(&r->folder, page);

	close_page(s);
	r->folder.page = page;
	if (!p || folder_lacks(&r->folder, page))
		return;
	if (p->resource) {
		open_list(s, p);
	} else {
		extract_open(&r->extract, s, SLOT_MAIN, catalogue_report(p->report));
		ask_extract(s, p);
	}
}

static enum result go(struct screen *s, int page)
{
	struct record *r = record_of(s);

	if (!r->card.row || page == r->folder.page || page >= r->folder.n)
		return R_HANDLED;
	open_page(s, page);
	return R_REDRAW;
}

static enum result step(struct screen *s, int by)
{
	struct record *r = record_of(s);

	return go(s, (r->folder.page + by + r->folder.n) % r->folder.n);
}

static void page_chosen(struct screen *s, int page, void *arg)
{
	(void)arg;
	if (page >= 0)
		go(s, page);
}

/* All of them at once, where the row of names has not room enough. */
static enum result choose(struct screen *s, int arg)
{
	struct record *r = record_of(s);
	struct menu_item items[FOLDER_MOST] = { 0 };
	char *notes[FOLDER_MOST] = { 0 };
	struct err e;

	(void)arg;
	for (int i = 0; i < r->folder.n; i++) {
		const struct related *p = folder_page(&r->folder, i);

		items[i].label = p ? _(p->label) : _("Details");
		items[i].key = (char)(i < 9 ? '1' + i : 0);
		if (folder_lacks(&r->folder, i)) {
			answer_refused(s, folder_lacks(&r->folder, i), &e);
			items[i].refused = notes[i] = xstrdup(e.text);
		} else if (r->folder.count[i] >= 0) {
			items[i].note = notes[i] = folder_number(&r->folder, i);
		}
	}
	menu_ask(s, r->title, items, r->folder.n, r->folder.page, page_chosen, NULL);
	for (int i = 0; i < r->folder.n; i++)
		free(notes[i]);
	return R_REDRAW;
}

static void count(struct screen *s)
{
	struct record *r = record_of(s);

	r->counted_at = screen_clock(s);
	folder_count(&r->folder, r->card.row);
}

/* The record came, or came again. */
static void arrived(struct screen *s)
{
	struct record *r = record_of(s);

	if (!r->card.row || !screen_ready(s))
		return;
	if (r->wanted) {
		int page = r->wanted;

		r->wanted = 0;
		go(s, page);
	}
	if (!r->counted) {
		r->counted = true;
		count(s);
	}
}

/* ---- keys ---- */

static enum result move(struct screen *s, int arg)
{
	struct record *r = record_of(s);

	if (r->listed)
		return rows_move(&r->rows, arg);
	return r->extract.rep ? list_move(&r->extract.list, arg) : card_move(&r->card, arg);
}

static enum result enter(struct screen *s, int arg)
{
	struct record *r = record_of(s);
	struct record_arg record = { .res = r->rows.query.res, .id = r->rows.id };

	(void)arg;
	if (r->extract.rep)
		return extract_enter(&r->extract, r->title);
	if (!r->listed || !r->rows.id[0])
		return R_NONE;
	record.title = rows_label(&r->rows, r->rows.list.cursor);
	app_push(screen_app(s), &record_class, &record);
	return R_REDRAW;
}

/* The row under the cursor; where there is none, the record itself. */
static enum result edit(struct screen *s, int arg)
{
	struct record *r = record_of(s);

	(void)arg;
	if (r->listed && !r->rows.id[0])
		return R_HANDLED;
	edit_open(s, r->listed ? r->rows.query.res : r->card.res, r->listed ? r->rows.id : r->card.id, NULL, 0);
	return R_REDRAW;
}

static enum result actions(struct screen *s)
{
	struct record *r = record_of(s);
	const char *id = r->card.id, *label = card_label(&r->card);

	if (!r->card.row)
		return R_HANDLED;
	actions_menu(s, r->card.res, &id, &label, 1);
	return R_REDRAW;
}

/* The keys of lists; on the other pages they are about the record. */
static enum result key(struct screen *s, int arg)
{
	struct record *r = record_of(s);

	if (r->listed)
		return rows_key(s, arg);
	switch ((enum rows_key)arg) {
	case ROWS_ACTIONS:
		return actions(s);
	case ROWS_COPY:
		return app_copy(screen_app(s), card_label(&r->card)) ? R_REDRAW : R_HANDLED;
	case ROWS_DROP_RANGE:
	case ROWS_STOP:
		return R_NONE;
	default:
		app_message(screen_app(s), TOK_DIM, _("that is a key of lists: Tab goes to the next page"));
		return R_REDRAW;
	}
}

/* What the page's filter says is said in the form: the expense of a unit is of that unit. */
static int presets(const struct query *q, struct param out[PRESETS_MOST])
{
	int n = 0;

	for (size_t i = 0; i < q->nterms && n < PRESETS_MOST; i++) {
		const struct query_term *t = &q->terms[i];

		if (t->op == OP_EQ && !t->negated && t->count == 1 && t->field->type == FT_REF && !(t->field->flags & F_READONLY))
			out[n++] = (struct param){ t->field->name, t->values[0] };
	}
	return n;
}

/* Another record of the page's kind, of this one; on its own page another of its kind. A stay has a form of its own. */
static enum result make(struct screen *s, int arg)
{
	struct record *r = record_of(s);
	const struct resource *res = r->listed ? r->rows.query.res : r->card.res;
	bool unit = !strcmp(r->card.res->singular, "unit");
	struct param preset[PRESETS_MOST];

	(void)arg;
	if (!strcmp(res->singular, "reservation") || (unit && !r->listed))
		booking_new(s, unit ? table_get(r->card.row, 0, "id") : NULL, DAY_NONE, DAY_NONE);
	else if (r->listed && !res->create)
		app_message(screen_app(s), TOK_DIM, _("%s: made by what happens, not by hand"), _(res->label));
	else
		edit_open(s, res, NULL, preset, r->listed ? presets(&r->rows.query, preset) : 0);
	return R_REDRAW;
}

/* F8: what is not shown otherwise. Of a unit an access code, of a person what no list has. */
static enum result reveal(struct screen *s, int arg)
{
	struct record *r = record_of(s);

	(void)arg;
	if (!strcmp(r->card.res->singular, "unit") && r->card.row)
		doorcode_ask(s, table_get(r->card.row, 0, "id"), card_label(&r->card));
	else if (!strcmp(r->card.res->singular, "party") && r->card.row)
		reveal_open(s, table_get(r->card.row, 0, "id"), table_get(r->card.row, 0, "name"));
	else
		app_message(screen_app(s), TOK_DIM, _("nothing is hidden here"));
	return R_REDRAW;
}

/* ---- the screen ---- */

static bool record_open(struct screen *s, const void *arg)
{
	const struct record_arg *a = arg;
	struct record *r = record_of(s);

	if (!a)
		return false;
	snprintf(r->title, sizeof(r->title), "%s", a->title);
	folder_open(&r->folder, s, a->res);
	card_open(&r->card, s, a->res);
	r->card.alone = true;
	r->card.came = arrived;
	card_load(&r->card, a->id);
	return true;
}

static void record_close(struct screen *s)
{
	struct record *r = record_of(s);

	close_page(s);
	card_close(&r->card);
	for (int i = 0; i < FOLDER_MOST; i++)
		free(r->kept[i]);
}

/* What stands on the page before there are rows. True: nothing more is drawn. */
static bool draw_refusal(struct record *r, struct canvas c)
{
	struct err e;

	if (!folder_lacks(&r->folder, r->folder.page))
		return false;
	answer_refused(r->card.screen, folder_lacks(&r->folder, r->folder.page), &e);
	draw_text(c, 0, 1, -1, TOK_DIM, e.text);
	return true;
}

static void draw_page(struct record *r, struct canvas c)
{
	if (draw_refusal(r, c))
		return;
	if (r->listed)
		rows_draw(&r->rows, rows_frame(&r->rows, c), true);
	else if (r->extract.rep)
		extract_draw(&r->extract, c, true);
	else
		card_draw(&r->card, c, true);
}

static void record_draw(struct screen *s, struct canvas c)
{
	struct record *r = record_of(s);
	int y = 0;

	if (r->listed && !r->rows.filter.text[0] && window_count(r->rows.window) >= 0)
		r->folder.count[r->folder.page] = window_count(r->rows.window);
	r->names_at = -1;
	if (r->card.row) {
		y = card_draw_head(&r->card, c) + (c.h > 24);
		if (r->folder.n > 1) {
			r->names_at = y;
			folder_draw(&r->folder, canvas_sub(c, y, 0, 1, c.w));
			y += 1 + (c.h > 24);
		} else {
			y += c.h <= 24;
		}
	}
	draw_page(r, canvas_sub(c, y, 0, c.h - y, c.w));
}

static enum result record_click(struct screen *s, int y, int x)
{
	struct record *r = record_of(s);
	int page = y == r->names_at ? folder_at(&r->folder, x) : -1;

	return page >= 0 ? go(s, page) | R_REDRAW : R_NONE;
}

static void record_event(struct screen *s, enum screen_event ev)
{
	struct record *r = record_of(s);

	if (ev == EV_DATA || (ev == EV_STATE && screen_ready(s) && !r->card.row))
		card_load(&r->card, r->card.id);
	if (r->listed)
		rows_event(&r->rows, ev);
	else if (r->extract.rep && ev == EV_DATA)
		ask_extract(s, folder_page(&r->folder, r->folder.page));
	if (ev == EV_REFRESH || (ev == EV_DATA && r->counted && screen_clock(s) > r->counted_at + COUNT_REST))
		r->counted = false; /* when the record is here */
}

/* By the number that people use, if it has one that can be typed. */
static void record_place(struct screen *s, struct strbuf *out)
{
	struct record *r = record_of(s);
	const char *key = r->card.id;

	for (const struct field *f = r->card.res->fields; f->name && r->card.row; f++) {
		const char *number = f->flags & F_NUMBER ? table_get(r->card.row, 0, f->name) : "";

		if (strpbrk(number, "0123456789") && !strpbrk(number, " \t\"=<>~!,@") && number[0] != '-') {
			key = number;
			break;
		}
	}
	if (*key)
		strbuf_printf(out, "%s %s", command_code(r->card.res), key);
}

static void record_crumb(struct screen *s, struct strbuf *out)
{
	struct record *r = record_of(s);

	strbuf_puts(out, r->title);
}

static void record_summary(struct screen *s, struct strbuf *out)
{
	struct record *r = record_of(s);

	if (r->listed)
		rows_summary(&r->rows, out);
	else
		strbuf_puts(out, _(r->card.res->label));
}

static bool record_busy(const struct screen *s)
{
	const struct record *r = screen_state((struct screen *)s);

	if (!screen_waiting(s))
		return false;
	if (!r->card.row)
		return !r->card.err.kind;
	return r->listed ? rows_busy(&r->rows) : r->extract.rep && extract_busy(&r->extract);
}

/* "2 " and how the page was left. */
static void record_keep(struct screen *s, struct strbuf *out)
{
	struct record *r = record_of(s);

	if (r->folder.page == 0)
		return;
	strbuf_printf(out, "%d ", r->folder.page);
	keep_page(r, out);
}

static void record_restore(struct screen *s, const char *kept)
{
	struct record *r = record_of(s);
	char *rest;
	long page = strtol(kept, &rest, 10);

	if (page <= 0 || page >= r->folder.n)
		return;
	free(r->kept[page]);
	r->kept[page] = xstrdup(*rest ? rest + 1 : "");
	r->wanted = (int)page;
	arrived(s);
}

static void record_describe(struct screen *s, struct strbuf *out)
{
	struct record *r = record_of(s);

	if (r->listed)
		rows_describe(&r->rows, out);
}

static const char *record_subject(struct screen *s, const char **id)
{
	struct record *r = record_of(s);

	if (r->listed)
		return rows_subject(&r->rows, id);
	*id = table_get(r->card.row, 0, "id");
	return **id ? r->card.res->name : NULL;
}

/* By the resource: whose role may change, make or act on none of these is told so. */
static const char *record_lacks(struct screen *s, const struct binding *k)
{
	struct record *r = record_of(s);
	const struct resource *res = r->listed ? r->rows.query.res : r->card.res;
	const char *needs = k->fn == make ? res->create : NULL;

	if (k->fn == reveal && !strcmp(r->card.res->singular, "unit"))
		needs = "secret.view";
	if (k->fn == reveal && !strcmp(r->card.res->singular, "party"))
		needs = "party.view_pii";
	if (k->fn == key && k->arg == ROWS_ACTIONS)
		for (const struct action *a = res->actions; a && a->name; a++) {
			if (screen_may(s, a->permission))
				return NULL;
			needs = a->permission;
		}
	return screen_ready(s) && needs && !screen_may(s, needs) ? needs : NULL;
}

enum stay_key { STAY_CHANGE, STAY_CHECKLIST, STAY_ONWARD };

/* Any other record knows no such thing. */
static enum result with_stay(struct screen *s, int what)
{
	struct record *r = record_of(s);

	if (strcmp(r->card.res->singular, "reservation") || !r->card.row)
		return R_NONE;
	if (what == STAY_CHECKLIST)
		readiness_open(s, r->card.id, r->title);
	else if (what == STAY_ONWARD)
		move_record(s, r->card.row, card_label(&r->card));
	else
		staychange_open(s, r->card.id);
	return R_REDRAW;
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "Tab", "next-page", N_("page"), step, 1, B_FOOTER, NULL },
	{ "BackTab", "previous-page", N_("previous page"), step, -1, B_HIDDEN, NULL },
	{ "o M-o", "pages", N_("pages"), choose, 0, B_FOOTER, NULL },
	{ "e M-e", "edit", N_("edit"), edit, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("new"), make, 0, B_FOOTER, NULL },
	ROWS_KEYS_OF(key),
	{ "1", "page-1", N_("first page"), go, 0, B_HIDDEN, NULL },
	{ "2", "page-2", N_("second page"), go, 1, B_HIDDEN, NULL },
	{ "3", "page-3", N_("page 3"), go, 2, B_HIDDEN, NULL },
	{ "4", "page-4", N_("page 4"), go, 3, B_HIDDEN, NULL },
	{ "5", "page-5", N_("page 5"), go, 4, B_HIDDEN, NULL },
	{ "6", "page-6", N_("page 6"), go, 5, B_HIDDEN, NULL },
	{ "7", "page-7", N_("page 7"), go, 6, B_HIDDEN, NULL },
	{ "8", "page-8", N_("page 8"), go, 7, B_HIDDEN, NULL },
	{ "9", "page-9", N_("page 9"), go, 8, B_HIDDEN, NULL },
	{ "D C-n", "change", N_("dates and unit of a stay"), with_stay, STAY_CHANGE, 0, NULL },
	{ "r M-y", "readiness", N_("readiness for a stay"), with_stay, STAY_CHECKLIST, 0, NULL },
	{ "> C-Right", "advance", N_("the next state of a stay"), with_stay, STAY_ONWARD, 0, NULL },
	{ "F8", "reveal", N_("show what is hidden"), reveal, 0, 0, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class record_class = {
	.name = "record", .read_out = true, .title = N_("Record"), .state_size = sizeof(struct record), .keys = KEYS,
	.open = record_open, .close = record_close, .draw = record_draw, .event = record_event, .click = record_click,
	.lacks = record_lacks, .describe = record_describe, .subject = record_subject,
	.place = record_place, .keep = record_keep, .restore = record_restore,
	.crumb = record_crumb, .summary = record_summary, .busy = record_busy,
};

/*
 * The portfolio: a tree of buildings, units and their parts, or all units as a
 * list; a filter shows what matches with the way to it. The record or the
 * building under the cursor stands beside it where there is room.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/bulk.h"
#include "screens/card.h"
#include "screens/chessboard.h"
#include "screens/columns.h"
#include "screens/doorcode.h"
#include "screens/drill.h"
#include "screens/edit.h"
#include "screens/estate.h"
#include "screens/house.h"
#include "screens/rows.h"

#define SPLIT_WIDTH 100 /* from here on the record stands beside the list */

struct portfolio {
	struct rows rows;      /* first: ROWS_KEYS */
	struct estate estate;
	struct card card;
	struct house house;
	bool started, wide, list;
	bool stale;            /* what stands beside is to be asked for again */
	bool unit_asked, unit_beside; /* a unit stands there, not a building: as asked for; as shown */
	const struct field *own[ROWS_MAX_COLUMNS]; int nown; /* the list's columns, while it shows paths */
};

static const char *const PATH[] = { "building", "parent", "code", "title", "status" };

/* A filter looks through all units: what matches is a list, with the way to each. */
static bool shows_tree(const struct portfolio *p)
{
	return !p->list && !p->rows.filter.text[0];
}

/* From the tree a match is seen with its building; the list has the columns that were chosen for it. */
static void choose_columns(struct portfolio *p)
{
	const struct field *path[ARRAY_LEN(PATH)];

	for (size_t i = 0; i < ARRAY_LEN(PATH); i++)
		path[i] = resource_field(p->rows.query.res, PATH[i]);
	if (p->list) {
		rows_show(&p->rows, p->own, p->nown);
		return;
	}
	p->nown = p->rows.list.ncolumns;
	memcpy(p->own, p->rows.fields, sizeof(p->own));
	rows_show(&p->rows, path, ARRAY_LEN(PATH));
}

/* ---- what stands beside follows the cursor, once it rests ---- */

static void follow(struct screen *s)
{
	struct portfolio *p = screen_state(s);
	enum estate_kind kind = estate_kind(&p->estate);
	bool unit = !shows_tree(p) || kind == NODE_UNIT, again = p->stale || unit != p->unit_asked;
	const char *id = !shows_tree(p) ? p->rows.id : unit ? estate_id(&p->estate) : "";
	struct strbuf filter = { 0 };

	if (shows_tree(p))
		estate_look(&p->estate);
	if (shows_tree(p) && (kind == NODE_BUILDING || kind == NODE_LOOSE))
		estate_filter(&p->estate, &filter);
	if (p->wide && unit && (again || strcmp(p->card.id, id)))
		card_load(&p->card, id);
	if (p->wide && !unit && (again || strcmp(p->house.filter, strbuf_str(&filter))))
		house_load(&p->house, &p->estate, strbuf_str(&filter));
	p->unit_asked = unit;
	p->stale = false;
	strbuf_free(&filter);
	app_redraw(screen_app(s));
}

static void moved(struct screen *s)
{
	screen_later(s, follow);
}

static bool is_marked(struct screen *s, const char *unit)
{
	struct portfolio *p = screen_state(s);

	return marks_find(&p->rows.marks, unit) != NULL;
}

/* ---- keys of the tree ---- */

static enum result mark_node(struct screen *s)
{
	struct portfolio *p = screen_state(s);
	struct mark m = { 0 };
	char label[64];

	if (estate_kind(&p->estate) != NODE_UNIT) {
		app_message(screen_app(s), TOK_DIM, _("units are marked: open the building, or filter and mark all"));
		return R_REDRAW;
	}
	snprintf(m.id, sizeof(m.id), "%s", estate_id(&p->estate));
	snprintf(label, sizeof(label), "%s", estate_cell(&p->estate, "code"));
	m.label = label;
	if (!marks_drop(&p->rows.marks, m.id))
		marks_put(&p->rows.marks, &m);
	tree_move(&p->estate.tree, LIST_DOWN);
	return R_REDRAW;
}

static enum result node_actions(struct screen *s)
{
	struct portfolio *p = screen_state(s);
	const char *id = estate_id(&p->estate), *label = estate_cell(&p->estate, "code");

	if (p->rows.marks.n > 0)
		return rows_key(s, ROWS_ACTIONS);
	if (estate_kind(&p->estate) == NODE_UNIT)
		actions_menu(s, catalogue_resource("unit"), &id, &label, 1);
	return R_REDRAW;
}

static enum result copy_node(struct screen *s)
{
	struct portfolio *p = screen_state(s);

	if (app_copy(screen_app(s), estate_cell(&p->estate, "code")))
		return R_REDRAW;
	return R_HANDLED;
}

/* The keys of lists, where the tree is not one. */
static enum result key(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);

	if (!shows_tree(p))
		return rows_key(s, arg);
	switch ((enum rows_key)arg) {
	case ROWS_MARK:
		return mark_node(s);
	case ROWS_ACTIONS:
		return node_actions(s);
	case ROWS_COPY:
		return copy_node(s);
	case ROWS_FILTER:
	case ROWS_UNMARK:
	case ROWS_DROP_RANGE:
	case ROWS_STOP:
		return rows_key(s, arg);
	default:
		app_message(screen_app(s), TOK_DIM, _("that is a key of the list: T shows all units as a list"));
		return R_REDRAW;
	}
}

static enum result branch(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);

	if (!shows_tree(p))
		return R_NONE;
	return arg > 0 ? tree_right(&p->estate.tree) : arg < 0 ? tree_left(&p->estate.tree) : tree_fold(&p->estate.tree);
}

static enum result move(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);

	return shows_tree(p) ? tree_move(&p->estate.tree, arg) : rows_move(&p->rows, arg);
}

static enum result open_unit(struct screen *s, const char *id, const char *title)
{
	app_push(screen_app(s), &record_class, &(struct record_arg){
		.res = catalogue_resource("unit"), .id = id, .title = title });
	return R_REDRAW;
}

static enum result enter(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);

	(void)arg;
	if (!shows_tree(p))
		return p->rows.id[0] ? open_unit(s, p->rows.id, rows_get(&p->rows, "title")) : R_NONE;
	if (estate_kind(&p->estate) == NODE_UNIT)
		return open_unit(s, estate_id(&p->estate), estate_cell(&p->estate, "title"));
	return tree_toggle(&p->estate.tree);
}

/* The same units on the chessboard: of the filter, or of the building under the cursor. */
static enum result timeline(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);
	struct strbuf filter = { 0 };
	struct chessboard_arg a = { .filter = p->rows.filter.text, .unit = p->rows.id, .day = DAY_NONE };

	(void)arg;
	if (shows_tree(p)) {
		estate_filter(&p->estate, &filter);
		a.filter = strbuf_str(&filter);
		a.unit = estate_kind(&p->estate) == NODE_UNIT ? estate_id(&p->estate) : NULL;
	}
	app_push(screen_app(s), &chessboard_class, &a);
	strbuf_free(&filter);
	return R_REDRAW;
}

/* The stays of the building or unit under the cursor that are not over. */
static enum result stays(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);
	bool tree = shows_tree(p), unit = !tree || estate_kind(&p->estate) == NODE_UNIT;
	const char *id = tree ? estate_id(&p->estate) : p->rows.id;
	struct strbuf filter = { 0 };

	(void)arg;
	if (id[0] && (unit || estate_kind(&p->estate) == NODE_BUILDING)) {
		if (unit)
			strbuf_printf(&filter, "unit=%s", id);
		else
			estate_filter(&p->estate, &filter);
		strbuf_puts(&filter, " status=hold,confirmed,checked_in");
		drill_open(s, "reservation", strbuf_str(&filter),
		    tree ? estate_cell(&p->estate, "code") : rows_get(&p->rows, "code"));
	}
	strbuf_free(&filter);
	return R_REDRAW;
}

static enum result edit(struct screen *s, int make)
{
	struct portfolio *p = screen_state(s);
	bool tree = shows_tree(p), unit = !tree || estate_kind(&p->estate) == NODE_UNIT;
	const char *id = tree ? estate_id(&p->estate) : p->rows.id;
	struct param house = { "building", id };

	if (make)
		edit_open(s, p->rows.query.res, NULL, &house, tree && estate_kind(&p->estate) == NODE_BUILDING);
	else if (id[0] && (unit || estate_kind(&p->estate) == NODE_BUILDING))
		edit_open(s, catalogue_resource(unit ? "unit" : "building"), id, NULL, 0);
	return R_REDRAW;
}

static enum result reveal(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);
	bool tree = shows_tree(p), unit = !tree || estate_kind(&p->estate) == NODE_UNIT;
	const char *id = tree ? estate_id(&p->estate) : p->rows.id;

	(void)arg;
	if (!unit || !id[0])
		return R_HANDLED;
	doorcode_ask(s, id, tree ? estate_cell(&p->estate, "code") : rows_get(&p->rows, "code"));
	return R_REDRAW;
}

static enum result toggle(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);

	(void)arg;
	p->list = !p->list;
	choose_columns(p);
	if (p->rows.filter.text[0])
		rows_renew(&p->rows);
	follow(s);
	return R_REDRAW;
}

/* ---- the screen ---- */

static void start(struct screen *s)
{
	struct portfolio *p = screen_state(s);
	char filter[FILTER_MOST];
	struct err e;

	if (p->started || !screen_ready(s))
		return;
	p->started = true;
	columns_recall(&p->rows); /* of the list: they are put aside while it shows paths */
	p->rows.remembered = true;
	choose_columns(p);
	snprintf(filter, sizeof(filter), "%s", p->rows.filter.text);
	if (!rows_filter(&p->rows, filter, &e)) {
		app_error(screen_app(s), &e);
		p->rows.filter.text[0] = '\0';
		rows_filter(&p->rows, "", &e);
	}
	estate_start(&p->estate);
}

static bool portfolio_open(struct screen *s, const void *arg)
{
	struct portfolio *p = screen_state(s);
	const struct resource *units = catalogue_resource("unit");

	(void)arg;
	rows_open(&p->rows, s, units, moved);
	estate_open(&p->estate, s, moved, is_marked);
	card_open(&p->card, s, units);
	house_open(&p->house, s);
	start(s);
	return true;
}

static void portfolio_close(struct screen *s)
{
	struct portfolio *p = screen_state(s);

	rows_close(&p->rows);
	estate_close(&p->estate);
	card_close(&p->card);
	house_close(&p->house);
}

static void draw_main(struct portfolio *p, struct canvas c)
{
	int top = p->estate.tree.list.top, page = p->estate.tree.list.page;

	if (!shows_tree(p)) {
		rows_draw(&p->rows, c, true);
		return;
	}
	estate_draw(&p->estate, c, true);
	if (top != p->estate.tree.list.top || page != p->estate.tree.list.page)
		screen_later(p->rows.screen, follow);
}

static void draw_beside(struct portfolio *p, struct canvas c)
{
	enum estate_kind kind = estate_kind(&p->estate);
	bool unit = p->unit_asked;
	char title[200] = "";

	if (unit ? p->card.waiting == 0 : !strcmp(p->house.next.id, p->house.node.id))
		p->unit_beside = unit;
	unit = p->unit_beside;
	if (unit && p->card.row)
		snprintf(title, sizeof(title), "%s %s", table_get(p->card.row, 0, "code"), table_get(p->card.row, 0, "title"));
	else if (!unit)
		snprintf(title, sizeof(title), "%s", p->house.node.title);
	c = draw_frame(c, title, false);
	if (unit)
		card_draw(&p->card, c, false);
	else if (kind != NODE_COMPANY && kind != NODE_NONE)
		house_draw(&p->house, &p->estate, c);
}

static void portfolio_draw(struct screen *s, struct canvas c)
{
	struct portfolio *p = screen_state(s);
	bool wide = c.w >= SPLIT_WIDTH;

	if (wide != p->wide)
		screen_later(s, follow);
	p->wide = wide;
	c = rows_frame(&p->rows, c);
	if (!wide) {
		draw_main(p, c);
		return;
	}
	int left = c.w * 55 / 100;
	draw_main(p, draw_frame(canvas_sub(c, 0, 0, c.h, left), shows_tree(p) ? _("Buildings and units") :
	    _(p->rows.query.res->label), true));
	draw_beside(p, canvas_sub(c, 0, left, c.h, c.w - left));
}

static void portfolio_event(struct screen *s, enum screen_event ev)
{
	struct portfolio *p = screen_state(s);

	if (ev == EV_STATE)
		start(s);
	if (!p->started)
		return;
	rows_event(&p->rows, ev);
	if (ev != EV_DATA)
		return;
	estate_reload(&p->estate);
	p->stale = true;
	screen_later(s, follow);
}

static void portfolio_summary(struct screen *s, struct strbuf *out)
{
	struct portfolio *p = screen_state(s);

	rows_summary(&p->rows, out);
}

static void portfolio_describe(struct screen *s, struct strbuf *out)
{
	struct portfolio *p = screen_state(s);

	if (!shows_tree(p) || p->rows.marks.n > 0)
		rows_describe(&p->rows, out);
}

static void portfolio_place(struct screen *s, struct strbuf *out)
{
	struct portfolio *p = screen_state(s);

	strbuf_printf(out, "portfolio%s%s", p->rows.filter.text[0] ? " " : "", p->rows.filter.text);
}

static bool portfolio_take(struct screen *s, const char *words, struct err *e)
{
	struct portfolio *p = screen_state(s);

	if (p->started || !live_filter_fits(words, e))
		return rows_filter(&p->rows, words, e);
	snprintf(p->rows.filter.text, sizeof(p->rows.filter.text), "%s", words); /* used once the session is known */
	return true;
}

/* "t", the node, a blank; or "l"; then what lists keep. */
static void portfolio_keep(struct screen *s, struct strbuf *out)
{
	struct portfolio *p = screen_state(s);

	strbuf_printf(out, "%c%s ", p->list ? 'l' : 't', p->estate.tree.id);
	rows_keep(&p->rows, out);
}

static void portfolio_restore(struct screen *s, const char *kept)
{
	struct portfolio *p = screen_state(s);
	size_t n = strcspn(kept, " ");

	if (kept[0] == 'l' && !p->list)
		toggle(s, 0);
	if (n > 1)
		snprintf(p->estate.tree.id, sizeof(p->estate.tree.id), "%.*s", (int)n - 1, kept + 1);
	if (kept[n])
		rows_restore(&p->rows, kept + n + 1);
}

static const char *portfolio_subject(struct screen *s, const char **id)
{
	struct portfolio *p = screen_state(s);
	enum estate_kind kind = estate_kind(&p->estate);

	if (!shows_tree(p))
		return rows_subject(&p->rows, id);
	*id = estate_id(&p->estate);
	return kind == NODE_UNIT ? "units" : kind == NODE_BUILDING ? "buildings" : NULL;
}

static bool portfolio_busy(const struct screen *s)
{
	const struct portfolio *p = screen_state((struct screen *)s);

	return (!p->started || (shows_tree(p) ? estate_busy(&p->estate) : rows_busy(&p->rows))) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "Right l", "unfold", N_("open the branch"), branch, 1, 0, NULL },
	{ "Left h", "fold", N_("close the branch"), branch, -1, 0, NULL },
	{ "z M-z", "fold-all", N_("close all"), branch, 0, 0, NULL },
	{ "T M-g", "tree", N_("tree or list"), toggle, 0, B_FOOTER, NULL },
	{ "t M-c", "timeline", N_("chessboard"), timeline, 0, B_FOOTER, NULL },
	{ "b M-b", "stays", N_("bookings"), stays, 0, B_FOOTER, "reservation.view" },
	{ "e M-e", "edit", N_("edit"), edit, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("new"), edit, 1, B_FOOTER, "unit.create" },
	{ "F8", "reveal", N_("show a code"), reveal, 0, 0, "secret.view" },
	ROWS_KEYS_OF(key),
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class portfolio_class = {
	.name = "portfolio", .title = N_("Portfolio"), .tab = N_("Port"), .digit = '2', .go = 'p',
	.state_size = sizeof(struct portfolio), .keys = KEYS,
	.open = portfolio_open, .close = portfolio_close, .draw = portfolio_draw, .event = portfolio_event,
	.describe = portfolio_describe, .summary = portfolio_summary, .place = portfolio_place,
	.take = portfolio_take, .filters = "units", .keep = portfolio_keep, .restore = portfolio_restore,
	.busy = portfolio_busy, .subject = portfolio_subject,
};

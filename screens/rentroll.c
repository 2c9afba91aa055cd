/*
 * The rent roll: who rents what for how much and until when, what is held and owed, what stands empty and since when
 * (domain.md A19). Leases that end soon come first if one wants them to (§5.9); its rows are worked on where they
 * stand.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/answer.h"
#include "screens/bulk.h"
#include "screens/format.h"
#include "screens/lease.h"
#include "screens/marks.h"
#include "screens/rentcells.h"
#include "tui/list.h"
#include "tui/overlay.h"

struct roll {
	struct round round;
	struct answer rows;
	struct list list;
	struct marks marks;           /* of agreements */
	char id[UUID_LEN + 1];        /* under the cursor: the agreement, or the vacant unit */
	int part, sort;               /* of the report's choices */
	day_t as_of;
	bool started;
};

/* ---- what is asked ---- */

static const struct choice *choices(const char *arg)
{
	const struct arg *a = catalogue_report("leases")->args;

	while (strcmp(a->name, arg))
		a++;
	return a->choices;
}

static void ask(struct screen *s)
{
	struct roll *r = screen_state(s);
	char day[16];

	day_format(r->as_of, day);
	const struct param args[] = { { "as_of", day }, { "part", choices("part")[r->part].value },
		{ "sort", choices("sort")[r->sort].value } };

	answer_report(&r->rows, &r->round, "leases", args, ARRAY_LEN(args));
}

/* ---- cells ---- */

static const char *cell(const struct roll *r, int row, const char *column)
{
	return answer_text(&r->rows, row, column);
}

static bool vacant(const struct roll *r, int row)
{
	return rentcells_vacant(&r->rows, row);
}

static const char *row_id(const struct roll *r, int row)
{
	return cell(r, row, vacant(r, row) ? "unit" : "agreement");
}

static bool here(const struct roll *r)
{
	return r->list.cursor < table_rows(r->rows.rows);
}

static int list_rows(void *ctx)
{
	return table_rows(((struct roll *)ctx)->rows.rows);
}

static void list_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	rentcells_put(&((struct roll *)ctx)->rows, row, col, out, style);
}

static bool list_marked(void *ctx, int row)
{
	struct roll *r = ctx;

	return marks_find(&r->marks, row_id(r, row)) != NULL;
}

static const struct list_source SOURCE = { .rows = list_rows, .cell = list_cell, .marked = list_marked };

/* ---- drawing ---- */

static void roll_draw(struct screen *s, struct canvas c)
{
	struct roll *r = screen_state(s);
	int n;

	if (answer_draw_missing(s, &r->rows, c))
		return;
	n = rentcells_totals(&r->rows, c);
	list_draw(&r->list, canvas_sub(c, 0, 0, c.h - n, c.w), true);
}

/* ---- the cursor belongs to a record ---- */

static void note_cursor(struct roll *r)
{
	if (here(r))
		snprintf(r->id, sizeof(r->id), "%s", row_id(r, r->list.cursor));
}

static void find_cursor(struct roll *r)
{
	for (int i = 0; i < table_rows(r->rows.rows); i++)
		if (!strcmp(row_id(r, i), r->id))
			r->list.cursor = i;
	list_settle(&r->list);
}

static enum result move(struct screen *s, int arg)
{
	struct roll *r = screen_state(s);

	list_move(&r->list, arg);
	note_cursor(r);
	return R_REDRAW;
}

/* ---- keys ---- */

static enum result enter(struct screen *s, int arg)
{
	struct roll *r = screen_state(s);
	bool empty = here(r) && vacant(r, r->list.cursor);
	struct record_arg record = { .res = catalogue_resource(empty ? "units" : "agreements") };

	(void)arg;
	if (!here(r))
		return R_HANDLED;
	record.id = row_id(r, r->list.cursor);
	record.title = cell(r, r->list.cursor, empty ? "unit_label" : "agreement_no");
	app_push(screen_app(s), &record_class, &record);
	return R_REDRAW;
}

/* The next tenant: from the day on which the unit is free. */
static enum result make(struct screen *s, int arg)
{
	struct roll *r = screen_state(s);
	const struct param preset[] = { { "unit", here(r) ? cell(r, r->list.cursor, "unit") : "" },
		{ "starts_on", here(r) ? cell(r, r->list.cursor, "ends_on") : "" } };

	(void)arg;
	lease_new(s, preset, !preset[0].value[0] ? 0 : preset[1].value[0] ? 2 : 1);
	return R_REDRAW;
}

/* The marked agreements, or the one under the cursor; fn gets them as ids and labels. */
static void over_chosen(struct screen *s,
    void (*fn)(struct screen *s, const char *const *ids, const char *const *labels, int n))
{
	struct roll *r = screen_state(s);
	const char **ids = xcalloc((size_t)r->marks.n + 1, sizeof(*ids));
	const char **labels = xcalloc((size_t)r->marks.n + 1, sizeof(*labels));
	int n = 0;

	for (; n < r->marks.n; n++) {
		ids[n] = r->marks.all[n].id;
		labels[n] = r->marks.all[n].label;
	}
	if (n == 0 && here(r) && !vacant(r, r->list.cursor)) {
		ids[n] = row_id(r, r->list.cursor);
		labels[n++] = cell(r, r->list.cursor, "agreement_no");
	}
	if (n > 0)
		fn(s, ids, labels, n);
	else
		app_message(screen_app(s), TOK_DIM, _("there is no agreement here; n draws one up"));
	free(ids);
	free(labels);
}

static void menu(struct screen *s, const char *const *ids, const char *const *labels, int n)
{
	actions_menu(s, catalogue_resource("agreements"), ids, labels, n);
}

static void extend(struct screen *s, const char *const *ids, const char *const *labels, int n)
{
	const struct resource *res = catalogue_resource("agreements");

	ask_action(s, res, resource_action(res, "extend"), ids, labels, n, NULL);
}

static void raise_rent(struct screen *s, const char *const *ids, const char *const *labels, int n)
{
	const struct resource *res = catalogue_resource("agreements");

	ask_action(s, res, resource_action(res, "index"), ids, labels, n, NULL);
}

enum work { WORK_MENU, WORK_EXTEND, WORK_INDEX };

static enum result work(struct screen *s, int arg)
{
	over_chosen(s, arg == WORK_EXTEND ? extend : arg == WORK_INDEX ? raise_rent : menu);
	return R_REDRAW;
}

static void put_mark(struct roll *r, int row, bool on)
{
	struct mark m = { .label = (char *)cell(r, row, "agreement_no") };

	if (vacant(r, row))
		return;
	snprintf(m.id, sizeof(m.id), "%s", row_id(r, row));
	if (on)
		marks_put(&r->marks, &m);
	else
		marks_drop(&r->marks, m.id);
}

static enum result mark(struct screen *s, int arg)
{
	struct roll *r = screen_state(s);

	(void)arg;
	if (here(r))
		put_mark(r, r->list.cursor, !list_marked(r, r->list.cursor));
	return move(s, LIST_DOWN);
}

/* All that are shown; all of them marked already: none. */
static enum result mark_all(struct screen *s, int arg)
{
	struct roll *r = screen_state(s);
	bool on = false;

	(void)arg;
	for (int i = 0; i < list_rows(r); i++)
		on = on || (!vacant(r, i) && !list_marked(r, i));
	for (int i = 0; i < list_rows(r); i++)
		put_mark(r, i, on);
	return R_REDRAW;
}

static void choose(struct screen *s, const char *title, const char *arg, int now,
    void (*done)(struct screen *s, int choice, void *arg))
{
	struct menu_item items[8] = { 0 };
	int n = 0;

	for (const struct choice *c = choices(arg); c->value && n < (int)ARRAY_LEN(items); c++, n++)
		items[n] = (struct menu_item){ .label = _(c->label), .key = (char)('1' + n) };
	menu_ask(s, title, items, n, now, done, NULL);
}

static void ask_again(struct screen *s)
{
	struct roll *r = screen_state(s);

	answer_free(&r->rows);
	r->list.cursor = r->list.top = 0;
	round_start(&r->round);
}

static void part_chosen(struct screen *s, int choice, void *arg)
{
	(void)arg;
	if (choice < 0)
		return;
	((struct roll *)screen_state(s))->part = choice;
	ask_again(s);
}

static void sort_chosen(struct screen *s, int choice, void *arg)
{
	(void)arg;
	if (choice < 0)
		return;
	((struct roll *)screen_state(s))->sort = choice;
	ask_again(s);
}

static enum result ask_part(struct screen *s, int arg)
{
	(void)arg;
	choose(s, _("Which part"), "part", ((struct roll *)screen_state(s))->part, part_chosen);
	return R_REDRAW;
}

static enum result ask_sort(struct screen *s, int arg)
{
	(void)arg;
	choose(s, _("In which order"), "sort", ((struct roll *)screen_state(s))->sort, sort_chosen);
	return R_REDRAW;
}

static void go_day(struct screen *s, day_t day)
{
	((struct roll *)screen_state(s))->as_of = day;
	ask_again(s);
}

/* The last day of the month before or after: how the roll is printed. 0: today. */
static enum result step(struct screen *s, int by)
{
	struct roll *r = screen_state(s);
	day_t month = day_month_start(r->as_of);

	go_day(s, by == 0 ? screen_today(s) : day_add_months(month, by < 0 ? 0 : 2) - 1);
	return R_REDRAW;
}

static void date_typed(struct screen *s, const char *text)
{
	day_t day = text ? day_parse_human(text, screen_today(s)) : DAY_NONE;

	if (day != DAY_NONE)
		go_day(s, day);
	else if (text && *text)
		app_message(screen_app(s), TOK_WARNING, _("not a date: %s"), text);
}

static enum result ask_date(struct screen *s, int arg)
{
	(void)arg;
	app_prompt(screen_app(s), s, _("date:"), "", NULL, date_typed);
	return R_REDRAW;
}

/* ---- the screen ---- */

static void start(struct screen *s)
{
	struct roll *r = screen_state(s);

	if (r->started || !screen_ready(s))
		return;
	r->started = true;
	r->as_of = screen_today(s);
	round_start(&r->round);
}

static void again(struct screen *s)
{
	struct roll *r = screen_state(s);

	round_start(&r->round);
}

static bool roll_open(struct screen *s, const void *arg)
{
	struct roll *r = screen_state(s);

	(void)arg;
	r->round = (struct round){ .screen = s, .ask = ask, .again_fn = again };
	r->list = (struct list){ .columns = RENTCELLS, .ncolumns = RENTCELLS_COUNT, .source = &SOURCE, .ctx = r,
		.empty = N_("nothing of this kind") };
	start(s);
	return true;
}

static void roll_close(struct screen *s)
{
	struct roll *r = screen_state(s);

	answer_free(&r->rows);
	marks_clear(&r->marks);
}

static void roll_event(struct screen *s, enum screen_event ev)
{
	struct roll *r = screen_state(s);

	if (ev == EV_STATE)
		start(s);
	else if (ev == EV_RESUME && r->started)
		round_start(&r->round);
	else if (ev == EV_DATA && r->started)
		round_change(&r->round);
	if (r->rows.rows)
		find_cursor(r);
}

static void roll_describe(struct screen *s, struct strbuf *out)
{
	struct roll *r = screen_state(s);
	int row = r->list.cursor, n = r->marks.n;

	if (n > 0)
		strbuf_printf(out, P_("%d agreement marked  ", "%d agreements marked  ", n), n);
	if (here(r)) {
		strbuf_puts(out, cell(r, row, "unit_label"));
		if (!vacant(r, row))
			strbuf_printf(out, ", %s", cell(r, row, "tenant_label"));
	}
}

static void roll_summary(struct screen *s, struct strbuf *out)
{
	struct roll *r = screen_state(s);

	if (!r->started)
		return;
	format_date(out, r->as_of);
	strbuf_printf(out, "  %s  %s %s", _(choices("part")[r->part].label), _("order:"), _(choices("sort")[r->sort].label));
}

static bool roll_busy(const struct screen *s)
{
	const struct roll *r = screen_state((struct screen *)s);

	return !r->rows.rows && !r->rows.err.kind && screen_waiting(s);
}

static const char *roll_subject(struct screen *s, const char **id)
{
	struct roll *r = screen_state(s);

	if (!here(r))
		return NULL;
	*id = row_id(r, r->list.cursor);
	return vacant(r, r->list.cursor) ? "units" : "agreements";
}

static void roll_place(struct screen *s, struct strbuf *out)
{
	struct roll *r = screen_state(s);

	strbuf_printf(out, "rentroll %s", choices("part")[r->part].value);
}

static void roll_keep(struct screen *s, struct strbuf *out)
{
	struct roll *r = screen_state(s);

	strbuf_printf(out, "%s %s", choices("sort")[r->sort].value, r->id);
}

static int choice_at(const char *arg, const char *value)
{
	const struct choice *all = choices(arg);

	for (int i = 0; all[i].value; i++)
		if (!strcmp(all[i].value, value))
			return i;
	return -1;
}

static void roll_restore(struct screen *s, const char *kept)
{
	struct roll *r = screen_state(s);
	char sort[16] = "", id[UUID_LEN + 1] = "";
	int n = sscanf(kept, "%15s %36s", sort, id);

	if (n > 0 && choice_at("sort", sort) >= 0)
		r->sort = choice_at("sort", sort);
	if (n > 1)
		snprintf(r->id, sizeof(r->id), "%s", id);
	if (r->started)
		round_start(&r->round);
}

static bool roll_take(struct screen *s, const char *words, struct err *e)
{
	struct roll *r = screen_state(s);
	const struct choice *c = choice_find(choices("part"), words);

	if (!c) {
		err_set(e, ERR_INVALID, "E-VALUE", NULL, _("One of: all, let, vacant, soon, debt, index"),
		    _("the rent roll has no such part: %s"), words);
		return false;
	}
	r->part = (int)(c - choices("part"));
	if (r->started)
		ask_again(s);
	return true;
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("new agreement"), make, 0, B_FOOTER, "agreement.edit" },
	{ "E C-w", "extend", N_("extend"), work, WORK_EXTEND, B_FOOTER, "agreement.sign" },
	{ "I M-k", "index", N_("index"), work, WORK_INDEX, B_FOOTER, "agreement.sign" },
	{ "a C-o", "actions", N_("actions"), work, WORK_MENU, B_FOOTER, NULL },
	{ "Space", "mark", N_("mark"), mark, 0, B_FOOTER, NULL },
	{ "* C-a", "mark-all", N_("mark all"), mark_all, 0, 0, NULL },
	{ "/ F7", "part", N_("part"), ask_part, 0, B_FOOTER, NULL },
	{ "s C-t", "sort", N_("order"), ask_sort, 0, B_FOOTER, NULL },
	{ "d M-s", "date", N_("date"), ask_date, 0, B_FOOTER, NULL },
	{ "< C-Left", "month-back", N_("month back"), step, -1, 0, NULL },
	{ "> C-Right", "month-forward", N_("month forward"), step, 1, 0, NULL },
	{ "t M-n", "today", N_("today"), step, 0, 0, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class rentroll_class = {
	.name = "rentroll", .title = N_("Rent roll"), .state_size = sizeof(struct roll), .keys = KEYS,
	.open = roll_open, .close = roll_close, .draw = roll_draw, .event = roll_event,
	.describe = roll_describe, .summary = roll_summary, .subject = roll_subject, .busy = roll_busy,
	.place = roll_place, .keep = roll_keep, .restore = roll_restore, .take = roll_take,
};

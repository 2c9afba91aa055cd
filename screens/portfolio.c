/* The portfolio: units as a list with a live filter; the record beside it where there is room. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "screens/card.h"
#include "screens/edit.h"
#include "screens/rows.h"

#define SPLIT_WIDTH 100 /* from here on the record stands beside the list */
#define FILTER_MAX 400

struct portfolio {
	struct rows rows;
	struct card card;
	bool started, wide;
	bool typing;               /* the filter prompt is open */
	char filter[FILTER_MAX];   /* as applied */
	char typed[FILTER_MAX];    /* as it stands in the prompt */
	char before[FILTER_MAX];   /* what Esc goes back to */
	struct err wrong;          /* what keeps `typed` from being applied */
};

/* ---- the record follows the cursor, once it rests ---- */

static void follow(struct screen *s)
{
	struct portfolio *p = screen_state(s);

	if (p->wide && strcmp(p->card.id, p->rows.id))
		card_load(&p->card, p->rows.id);
	app_redraw(screen_app(s));
}

static void moved(struct screen *s)
{
	struct portfolio *p = screen_state(s);

	if (p->wide)
		screen_later(s, follow);
}

/* ---- filter: applied as typed, once it parses ---- */

static bool apply(struct screen *s, const char *text)
{
	struct portfolio *p = screen_state(s);

	err_clear(&p->wrong);
	if (!strcmp(text, p->filter))
		return true;
	if (!rows_filter(&p->rows, text, &p->wrong))
		return false;
	snprintf(p->filter, sizeof(p->filter), "%s", text);
	return true;
}

static void apply_typed(struct screen *s)
{
	struct portfolio *p = screen_state(s);

	if (p->typing && !query_unfinished(p->rows.query.res, p->typed))
		apply(s, p->typed);
	app_redraw(screen_app(s));
}

static void filter_changed(struct screen *s, const char *text)
{
	struct portfolio *p = screen_state(s);

	snprintf(p->typed, sizeof(p->typed), "%s", text);
	screen_later(s, apply_typed);
}

static void filter_done(struct screen *s, const char *text)
{
	struct portfolio *p = screen_state(s);

	p->typing = false;
	if (!apply(s, text ? text : p->before)) {
		app_error(screen_app(s), &p->wrong);
		err_clear(&p->wrong);
	}
	app_redraw(screen_app(s));
}

static enum result ask_filter(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);

	(void)arg;
	p->typing = true;
	snprintf(p->before, sizeof(p->before), "%s", p->filter);
	app_prompt(screen_app(s), s, "/", p->filter, filter_changed, filter_done);
	return R_REDRAW;
}

/* ---- keys ---- */

static enum result move(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);

	return rows_move(&p->rows, arg);
}

static enum result enter(struct screen *s, int arg)
{
	struct portfolio *p = screen_state(s);
	struct record_arg record = {
		.res = p->rows.query.res, .id = p->rows.id, .title = rows_get(&p->rows, "title"),
	};

	(void)arg;
	if (!p->rows.id[0])
		return R_NONE;
	app_push(screen_app(s), &record_class, &record);
	return R_REDRAW;
}

static enum result edit(struct screen *s, int make)
{
	struct portfolio *p = screen_state(s);

	if (!make && !p->rows.id[0])
		return R_NONE;
	edit_open(s, p->rows.query.res, make ? NULL : p->rows.id, NULL, 0);
	return R_REDRAW;
}

static enum result sort(struct screen *s, int reverse)
{
	struct portfolio *p = screen_state(s);

	if (reverse)
		rows_reverse(&p->rows);
	else
		rows_next_sort(&p->rows);
	return R_REDRAW;
}

/* ---- the screen ---- */

static void start(struct screen *s)
{
	struct portfolio *p = screen_state(s);
	struct err e;

	if (p->started || !screen_ready(s))
		return;
	p->started = true;
	rows_filter(&p->rows, "", &e);
}

static bool portfolio_open(struct screen *s, const void *arg)
{
	struct portfolio *p = screen_state(s);
	const struct resource *units = catalogue_resource("unit");

	(void)arg;
	rows_open(&p->rows, s, units, moved);
	card_open(&p->card, s, units);
	start(s);
	return true;
}

static void portfolio_close(struct screen *s)
{
	struct portfolio *p = screen_state(s);

	rows_close(&p->rows);
	card_close(&p->card);
}

static void draw_split(struct portfolio *p, struct canvas c)
{
	char title[160] = "";
	int left = c.w * 55 / 100;

	if (p->card.row)
		snprintf(title, sizeof(title), "%s %s", table_get(p->card.row, 0, "code"),
		    table_get(p->card.row, 0, "title"));
	struct canvas list = draw_frame(canvas_sub(c, 0, 0, c.h, left), _(p->rows.query.res->label), true);
	rows_draw(&p->rows, list, true);
	card_draw(&p->card, draw_frame(canvas_sub(c, 0, left, c.h, c.w - left), title, false), false);
}

static void portfolio_draw(struct screen *s, struct canvas c)
{
	struct portfolio *p = screen_state(s);
	int lines = p->typing || p->filter[0];

	p->wide = c.w >= SPLIT_WIDTH;
	if (p->wide && strcmp(p->card.id, p->rows.id))
		screen_later(s, follow);
	struct canvas body = canvas_sub(c, 0, 0, c.h - lines, c.w);
	if (p->wide)
		draw_split(p, body);
	else
		rows_draw(&p->rows, body, true);
	if (p->wrong.kind)
		draw_printf(c, c.h - 1, 1, TOK_ERROR, "%s. %s", p->wrong.text, p->wrong.remedy);
	else if (lines && !p->typing)
		draw_printf(c, c.h - 1, 1, TOK_DIM, _("filter: %s"), p->filter);
}

static void portfolio_event(struct screen *s, enum screen_event ev)
{
	struct portfolio *p = screen_state(s);

	if (ev == EV_STATE) {
		start(s);
	} else if (ev == EV_DATA && p->started) {
		rows_reload(&p->rows);
		if (p->wide && p->card.id[0])
			card_load(&p->card, p->card.id);
	}
}

static void portfolio_summary(struct screen *s, struct strbuf *out)
{
	struct portfolio *p = screen_state(s);

	rows_summary(&p->rows, out);
}

static bool portfolio_busy(const struct screen *s)
{
	const struct portfolio *p = screen_state((struct screen *)s);

	return (!p->started || rows_busy(&p->rows)) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "/ F7", "filter", N_("filter"), ask_filter, 0, B_FOOTER, NULL },
	{ "e", "edit", N_("edit"), edit, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("new"), edit, 1, B_FOOTER, "unit.create" },
	{ "s", "sort", N_("sort"), sort, 0, B_FOOTER, NULL },
	{ "S", "sort-reverse", N_("sort the other way round"), sort, 1, B_HIDDEN, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class portfolio_class = {
	.name = "portfolio", .title = N_("Portfolio"), .digit = '2', .go = 'p',
	.state_size = sizeof(struct portfolio), .keys = KEYS,
	.open = portfolio_open, .close = portfolio_close, .draw = portfolio_draw, .event = portfolio_event,
	.summary = portfolio_summary,
	.busy = portfolio_busy,
};

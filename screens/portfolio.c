/* The portfolio: units as a list with a live filter; the record beside it where there is room. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "screens/card.h"
#include "screens/edit.h"
#include "screens/rows.h"

#define SPLIT_WIDTH 100 /* from here on the record stands beside the list */

struct portfolio {
	struct rows rows; /* first: see rows.h */
	struct card card;
	bool started, wide;
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
	p->wide = c.w >= SPLIT_WIDTH;
	if (p->wide && strcmp(p->card.id, p->rows.id))
		screen_later(s, follow);
	struct canvas body = rows_frame(&p->rows, c);
	if (p->wide)
		draw_split(p, body);
	else
		rows_draw(&p->rows, body, true);
}

static void portfolio_event(struct screen *s, enum screen_event ev)
{
	struct portfolio *p = screen_state(s);

	if (ev == EV_STATE) {
		start(s);
	} else if (p->started) {
		rows_event(&p->rows, ev);
		if (ev == EV_DATA && p->wide && p->card.id[0])
			card_load(&p->card, p->card.id);
	}
}

static void portfolio_describe(struct screen *s, struct strbuf *out)
{
	rows_describe(screen_state(s), out);
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
	{ "e M-e", "edit", N_("edit"), edit, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("new"), edit, 1, B_FOOTER, "unit.create" },
	ROWS_KEYS,
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class portfolio_class = {
	.name = "portfolio", .title = N_("Portfolio"), .digit = '2', .go = 'p',
	.state_size = sizeof(struct portfolio), .keys = KEYS,
	.open = portfolio_open, .close = portfolio_close, .draw = portfolio_draw, .event = portfolio_event,
	.summary = portfolio_summary, .describe = portfolio_describe,
	.busy = portfolio_busy,
};

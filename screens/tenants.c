/* The registry of tenants, guests and everybody else who is a party to something. */
#include "config.h"

#include "base/i18n.h"
#include "screens/edit.h"
#include "screens/rows.h"

struct tenants {
	struct rows rows; /* first: see rows.h */
	bool started;
};

static enum result move(struct screen *s, int arg)
{
	struct tenants *st = screen_state(s);

	return rows_move(&st->rows, arg);
}

static enum result enter(struct screen *s, int arg)
{
	struct tenants *st = screen_state(s);
	const struct field *label = resource_label(st->rows.query.res);
	struct record_arg record = { .res = st->rows.query.res, .id = st->rows.id };

	(void)arg;
	if (!st->rows.id[0])
		return R_NONE;
	record.title = label ? rows_get(&st->rows, label->name) : "";
	app_push(screen_app(s), &record_class, &record);
	return R_REDRAW;
}

static enum result edit(struct screen *s, int make)
{
	struct tenants *st = screen_state(s);

	if (!make && !st->rows.id[0])
		return R_NONE;
	edit_open(s, st->rows.query.res, make ? NULL : st->rows.id, NULL, 0);
	return R_REDRAW;
}

/* The filter may speak of days and money: it waits for the session that knows them. */
static bool start(struct screen *s, struct err *e)
{
	struct tenants *st = screen_state(s);

	if (st->started || !screen_ready(s))
		return true;
	st->started = rows_filter(&st->rows, st->rows.filter.given, e);
	return st->started;
}

static bool tenants_open(struct screen *s, const void *arg)
{
	struct tenants *st = screen_state(s);
	struct err e;

	(void)arg;
	rows_open(&st->rows, s, catalogue_resource("parties"), NULL);
	if (start(s, &e))
		return true;
	app_error(screen_app(s), &e);
	rows_close(&st->rows);
	return false;
}

static void tenants_close(struct screen *s)
{
	struct tenants *st = screen_state(s);

	rows_close(&st->rows);
}

static void tenants_draw(struct screen *s, struct canvas c)
{
	struct tenants *st = screen_state(s);

	rows_draw(&st->rows, rows_frame(&st->rows, c), true);
}

static void tenants_place(struct screen *s, struct strbuf *out)
{
	struct tenants *st = screen_state(s);

	if (st->started)
		rows_place(&st->rows, out);
}

static void tenants_keep(struct screen *s, struct strbuf *out)
{
	struct tenants *st = screen_state(s);

	rows_keep(&st->rows, out);
}

static void tenants_restore(struct screen *s, const char *kept)
{
	struct tenants *st = screen_state(s);

	rows_restore(&st->rows, kept);
}

static bool tenants_busy(const struct screen *s)
{
	const struct tenants *st = screen_state((struct screen *)s);

	return (!st->started || rows_busy(&st->rows)) && screen_waiting(s);
}

static void tenants_event(struct screen *s, enum screen_event ev)
{
	struct tenants *st = screen_state(s);

	struct err e;

	if (ev == EV_STATE && !start(s, &e))
		app_error(screen_app(s), &e);
	else if (st->started)
		rows_event(&st->rows, ev);
}

static void tenants_describe(struct screen *s, struct strbuf *out)
{
	rows_describe(screen_state(s), out);
}

static void tenants_summary(struct screen *s, struct strbuf *out)
{
	struct tenants *st = screen_state(s);

	rows_summary(&st->rows, out);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "e M-e", "edit", N_("edit"), edit, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("new"), edit, 1, B_FOOTER, NULL },
	ROWS_KEYS,
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class tenants_class = {
	.name = "tenants", .title = N_("Tenants"), .tab = N_("People"), .digit = '3', .go = 't',
	.state_size = sizeof(struct tenants), .keys = KEYS,
	.open = tenants_open, .close = tenants_close, .draw = tenants_draw, .event = tenants_event,
	.summary = tenants_summary, .describe = tenants_describe,
	.place = tenants_place, .keep = tenants_keep, .restore = tenants_restore,
	.busy = tenants_busy,
};

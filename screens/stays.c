/*
 * The list of any record type, filtered or whole: people, buildings, the rows behind a number, a heat map cell, an
 * attention line.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "screens/booking.h"
#include "screens/edit.h"
#include "screens/rows.h"

struct stays {
	struct rows rows; /* first: see rows.h */
	char title[160];
	bool started;
};

static enum result move(struct screen *s, int arg)
{
	struct stays *st = screen_state(s);

	return rows_move(&st->rows, arg);
}

static enum result enter(struct screen *s, int arg)
{
	struct stays *st = screen_state(s);
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
	struct stays *st = screen_state(s);

	if (!make && !st->rows.id[0])
		return R_NONE;
	if (make && !strcmp(st->rows.query.res->singular, "reservation"))
		booking_new(s, NULL, DAY_NONE, DAY_NONE);
	else
		edit_open(s, st->rows.query.res, make ? NULL : st->rows.id, NULL, 0);
	return R_REDRAW;
}

/* The filter may speak of days and money: it waits for the session that knows them. */
static bool start(struct screen *s, struct err *e)
{
	struct stays *st = screen_state(s);

	if (st->started || !screen_ready(s))
		return true;
	st->started = rows_filter(&st->rows, st->rows.filter.given, e);
	return st->started;
}

static bool stays_open(struct screen *s, const void *arg)
{
	const struct stays_arg *a = arg;
	struct stays *st = screen_state(s);
	struct err e;

	if (!a)
		return false;
	rows_open(&st->rows, s, a->res, NULL);
	snprintf(st->title, sizeof(st->title), "%s", a->title && a->title[0] ? a->title : _(a->res->label));
	snprintf(st->rows.filter.given, sizeof(st->rows.filter.given), "%s", a->filter ? a->filter : "");
	if (start(s, &e))
		return true;
	app_error(screen_app(s), &e); /* not opened: app_push() closes it */
	return false;
}

static void stays_close(struct screen *s)
{
	struct stays *st = screen_state(s);

	rows_close(&st->rows);
}

static void stays_draw(struct screen *s, struct canvas c)
{
	struct stays *st = screen_state(s);

	rows_draw(&st->rows, rows_frame(&st->rows, c), true);
}

static void stays_place(struct screen *s, struct strbuf *out)
{
	struct stays *st = screen_state(s);

	if (st->started)
		rows_place(&st->rows, out);
}

static void stays_keep(struct screen *s, struct strbuf *out)
{
	struct stays *st = screen_state(s);

	rows_keep(&st->rows, out);
}

static void stays_restore(struct screen *s, const char *kept)
{
	struct stays *st = screen_state(s);

	rows_restore(&st->rows, kept);
}

static void stays_crumb(struct screen *s, struct strbuf *out)
{
	struct stays *st = screen_state(s);

	strbuf_puts(out, st->title);
}

static const char *stays_subject(struct screen *s, const char **id)
{
	struct stays *st = screen_state(s);

	return rows_subject(&st->rows, id);
}

static bool stays_busy(const struct screen *s)
{
	const struct stays *st = screen_state((struct screen *)s);

	return (!st->started || rows_busy(&st->rows)) && screen_waiting(s);
}

static void stays_event(struct screen *s, enum screen_event ev)
{
	struct stays *st = screen_state(s);

	struct err e;

	if (ev == EV_STATE && !start(s, &e))
		app_error(screen_app(s), &e);
	else if (st->started)
		rows_event(&st->rows, ev);
}

static void stays_describe(struct screen *s, struct strbuf *out)
{
	rows_describe(screen_state(s), out);
}

static void stays_summary(struct screen *s, struct strbuf *out)
{
	struct stays *st = screen_state(s);

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

const struct screen_class stays_class = {
	.name = "stays", .title = N_("Stays"), .state_size = sizeof(struct stays), .keys = KEYS,
	.open = stays_open, .close = stays_close, .draw = stays_draw, .event = stays_event,
	.summary = stays_summary, .describe = stays_describe,
	.place = stays_place, .keep = stays_keep, .restore = stays_restore,
	.crumb = stays_crumb, .busy = stays_busy, .subject = stays_subject,
};

/* One record on the whole screen: a unit with its coming stays, a person, a reservation. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "client/command.h"
#include "screens/booking.h"
#include "screens/card.h"
#include "screens/edit.h"

struct record {
	struct card card;
	char title[120];
};

static enum result move(struct screen *s, int arg)
{
	struct record *r = screen_state(s);

	return list_move(&r->card.list, arg);
}

static enum result enter(struct screen *s, int arg)
{
	struct record *r = screen_state(s);

	(void)arg;
	return card_enter(&r->card);
}

static enum result edit(struct screen *s, int arg)
{
	struct record *r = screen_state(s);

	(void)arg;
	edit_open(s, r->card.res, r->card.id, NULL, 0);
	return R_REDRAW;
}

/* Of a unit or a stay: another stay. Else: another record of the kind. */
static enum result make(struct screen *s, int arg)
{
	struct record *r = screen_state(s);
	bool unit = !strcmp(r->card.res->singular, "unit");

	(void)arg;
	if (unit || !strcmp(r->card.res->singular, "reservation"))
		booking_new(s, unit ? r->card.id : NULL, DAY_NONE, DAY_NONE);
	else
		edit_open(s, r->card.res, NULL, NULL, 0);
	return R_REDRAW;
}

static bool record_open(struct screen *s, const void *arg)
{
	const struct record_arg *a = arg;
	struct record *r = screen_state(s);

	if (!a)
		return false;
	snprintf(r->title, sizeof(r->title), "%s", a->title);
	card_open(&r->card, s, a->res);
	card_load(&r->card, a->id);
	return true;
}

static void record_close(struct screen *s)
{
	struct record *r = screen_state(s);

	card_close(&r->card);
}

static void record_draw(struct screen *s, struct canvas c)
{
	struct record *r = screen_state(s);

	card_draw(&r->card, c, true);
}

static void record_event(struct screen *s, enum screen_event ev)
{
	struct record *r = screen_state(s);

	if (ev == EV_DATA || (ev == EV_STATE && screen_ready(s) && !r->card.row))
		card_load(&r->card, r->card.id);
}

/* By the number that people use, if it has one that can be typed. */
static void record_place(struct screen *s, struct strbuf *out)
{
	struct record *r = screen_state(s);
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
	struct record *r = screen_state(s);

	strbuf_puts(out, r->title);
}

static void record_summary(struct screen *s, struct strbuf *out)
{
	struct record *r = screen_state(s);

	strbuf_puts(out, _(r->card.res->label));
}

static bool record_busy(const struct screen *s)
{
	const struct record *r = screen_state((struct screen *)s);

	return !r->card.row && !r->card.err.kind && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "e", "edit", N_("edit"), edit, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("new"), make, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class record_class = {
	.name = "record", .title = N_("Record"), .state_size = sizeof(struct record), .keys = KEYS,
	.open = record_open, .close = record_close, .draw = record_draw, .event = record_event,
	.place = record_place, .crumb = record_crumb, .summary = record_summary, .busy = record_busy,
};

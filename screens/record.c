/* One record on the whole screen: a unit with its coming stays, a person, a reservation. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "client/command.h"
#include "screens/booking.h"
#include "screens/bulk.h"
#include "screens/card.h"
#include "screens/edit.h"

struct record {
	struct card card;
	char title[120];
};

static enum result move(struct screen *s, int arg)
{
	struct record *r = screen_state(s);

	return card_move(&r->card, arg);
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

static enum result actions(struct screen *s, int arg)
{
	struct record *r = screen_state(s);
	const char *id = r->card.id, *label = card_label(&r->card);

	(void)arg;
	if (!r->card.row)
		return R_HANDLED;
	actions_menu(s, r->card.res, &id, &label, 1);
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
	r->card.with_actions = true;
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

static const char *record_subject(struct screen *s, const char **id)
{
	struct record *r = screen_state(s);

	*id = r->card.id;
	return r->card.res->name;
}

static bool record_busy(const struct screen *s)
{
	const struct record *r = screen_state((struct screen *)s);

	return !r->card.row && !r->card.err.kind && screen_waiting(s);
}

/* By the resource: whose role may change, make or act on none of these is told so. */
static const char *record_lacks(struct screen *s, const struct binding *k)
{
	const struct resource *res = ((struct record *)screen_state(s))->card.res;
	const char *needs = k->fn == make ? res->create : NULL;

	if (k->fn == actions)
		for (const struct action *a = res->actions; a && a->name; a++) {
			if (screen_may(s, a->permission))
				return NULL;
			needs = a->permission;
		}
	return screen_ready(s) && needs && !screen_may(s, needs) ? needs : NULL;
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "e M-e", "edit", N_("edit"), edit, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("new"), make, 0, B_FOOTER, NULL },
	{ "a C-o", "actions", N_("actions"), actions, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class record_class = {
	.name = "record", .read_out = true, .title = N_("Record"), .state_size = sizeof(struct record), .keys = KEYS,
	.open = record_open, .close = record_close, .draw = record_draw, .event = record_event,
	.lacks = record_lacks, .subject = record_subject,
	.place = record_place, .crumb = record_crumb, .summary = record_summary, .busy = record_busy,
};

/*
 * Listings that wait for review, the oldest first, with what guests would read
 * of the unit beside them: approve it or reject it with a reason, and the next
 * one comes by itself.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/bulk.h"
#include "screens/card.h"
#include "screens/rows.h"
#include "tui/wrap.h"

#define SPLIT_WIDTH 100
#define LIST_LINES 7      /* above the unit, where there is no room beside it */
#define WAITING "status=moderation"

static const char *const COLUMNS[] = { "unit", "mode", "price", "price_per" };

struct moderation {
	struct rows rows;     /* first: ROWS_KEYS */
	struct card card;     /* of the unit */
	bool started;
	int scrolled;         /* lines of the description that are above */
	int below;            /* … and that had no room at the last draw */
};

static void follow(struct screen *s)
{
	struct moderation *m = screen_state(s);
	const char *unit = m->rows.id[0] ? rows_get(&m->rows, "unit") : "";

	m->scrolled = 0;
	if (strcmp(m->card.id, unit))
		card_load(&m->card, unit);
	app_redraw(screen_app(s));
}

static void moved(struct screen *s)
{
	screen_later(s, follow);
}

/* ---- keys ---- */

/* It is decided: it goes, and what stood below it is under the cursor. */
static void decided(struct screen *s, const struct reply *r, void *arg)
{
	struct moderation *m = screen_state(s);

	(void)arg;
	if (!r->err)
		rows_renew(&m->rows);
}

static enum result decide(struct screen *s, int approve)
{
	struct moderation *m = screen_state(s);
	const struct resource *res = m->rows.query.res;
	struct strbuf about = { 0 };
	const char *id = m->rows.id, *label = rows_get(&m->rows, "unit_label");
	struct ask_more more = { .done = decided, .version = atoi(rows_get(&m->rows, "version")) };

	if (!id[0]) {
		app_message(screen_app(s), TOK_DIM, _("nothing waits for review"));
		return R_REDRAW;
	}
	strbuf_printf(&about, "%s %s", table_get(m->card.row, 0, "code"), label);
	more.about = about.s;
	more.consequence = _("Who let it may rework it and submit it again.");
	ask_action(s, res, resource_action(res, approve ? "approve" : "reject"), &id, &label, 1, &more);
	strbuf_free(&about);
	return R_REDRAW;
}

static enum result enter(struct screen *s, int arg)
{
	struct moderation *m = screen_state(s);
	struct record_arg record = { .res = catalogue_resource("unit"), .id = m->card.id,
		.title = rows_get(&m->rows, "unit_label") };

	(void)arg;
	if (!m->rows.id[0] || !m->card.id[0])
		return R_NONE;
	app_push(screen_app(s), &record_class, &record);
	return R_REDRAW;
}

static enum result move(struct screen *s, int arg)
{
	struct moderation *m = screen_state(s);

	return rows_move(&m->rows, arg);
}

static enum result scroll(struct screen *s, int by)
{
	struct moderation *m = screen_state(s);

	if (by > m->below)
		by = m->below;
	if (m->scrolled + by < 0)
		by = -m->scrolled;
	m->scrolled += by;
	return R_REDRAW;
}

/* ---- the screen ---- */

static void start(struct screen *s)
{
	struct moderation *m = screen_state(s);
	struct err e;

	if (m->started || !screen_ready(s))
		return;
	m->started = true;
	if (!rows_filter(&m->rows, "", &e))
		app_error(screen_app(s), &e);
}

static bool moderation_open(struct screen *s, const void *arg)
{
	struct moderation *m = screen_state(s);
	const struct field *shown[ARRAY_LEN(COLUMNS)];

	(void)arg;
	rows_open(&m->rows, s, catalogue_resource("offering"), moved);
	for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++)
		shown[i] = resource_field(m->rows.query.res, COLUMNS[i]);
	rows_show(&m->rows, shown, ARRAY_LEN(COLUMNS));
	snprintf(m->rows.base, sizeof(m->rows.base), "%s", WAITING);
	m->rows.list.empty = N_("nothing waits for review");
	card_open(&m->card, s, catalogue_resource("unit"));
	m->card.page = NULL;
	m->card.without = "description";
	start(s);
	return true;
}

static void moderation_close(struct screen *s)
{
	struct moderation *m = screen_state(s);

	rows_close(&m->rows);
	card_close(&m->card);
}

static void draw_description(struct moderation *m, struct canvas c)
{
	struct strbuf lines = { 0 };
	const char *text = table_get(m->card.row, 0, "description");
	int n = 0, y = 1;

	draw_text(c, 0, 1, -1, TOK_TITLE, _("Description"));
	wrap_text(&lines, "", text[0] ? text : _("none"), c.w - 2);
	for (char *line = lines.s, *next; line && *line; line = next, n++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (n >= m->scrolled && y < c.h)
			draw_text(c, y++, 1, -1, TOK_TEXT, line);
	}
	m->below = n - m->scrolled - (c.h - 1) > 0 ? n - m->scrolled - (c.h - 1) : 0;
	strbuf_free(&lines);
}

static void draw_unit(struct moderation *m, struct canvas c)
{
	m->below = 0;
	if (!m->rows.id[0])
		return;
	int head = m->card.row ? card_draw_head(&m->card, c) + 1 : 0;
	int used = head + card_draw(&m->card, canvas_sub(c, head, 0, c.h / 2 - head, c.w), false) + 1;

	if (m->card.row)
		draw_description(m, canvas_sub(c, used, 0, c.h - used, c.w));
}

static void moderation_draw(struct screen *s, struct canvas c)
{
	struct moderation *m = screen_state(s);
	int left = c.w * 55 / 100;

	c = rows_frame(&m->rows, c);
	if (c.w >= SPLIT_WIDTH) {
		rows_draw(&m->rows, draw_frame(canvas_sub(c, 0, 0, c.h, left), _("Waiting for review"), true), true);
		draw_unit(m, draw_frame(canvas_sub(c, 0, left, c.h, c.w - left), table_get(m->card.row, 0, "code"), false));
		return;
	}
	rows_draw(&m->rows, canvas_sub(c, 0, 0, LIST_LINES, c.w), true);
	draw_unit(m, canvas_sub(c, LIST_LINES, 0, c.h - LIST_LINES, c.w));
}

static void moderation_event(struct screen *s, enum screen_event ev)
{
	struct moderation *m = screen_state(s);

	start(s);
	rows_event(&m->rows, ev);
	if (ev == EV_DATA && m->card.id[0])
		card_load(&m->card, m->card.id);
}

static void moderation_summary(struct screen *s, struct strbuf *out)
{
	rows_summary(screen_state(s), out);
}

static void moderation_describe(struct screen *s, struct strbuf *out)
{
	struct moderation *m = screen_state(s);

	rows_describe(&m->rows, out);
	if (out->len == 0 && m->below > 0)
		strbuf_printf(out, P_("%d more line of the description: Right", "%d more lines of the description: Right",
		    (unsigned)m->below), m->below);
}

static void moderation_place(struct screen *s, struct strbuf *out)
{
	struct moderation *m = screen_state(s);

	strbuf_printf(out, "moderation%s%s", m->rows.filter.text[0] ? " " : "", m->rows.filter.text);
}

static bool moderation_take(struct screen *s, const char *words, struct err *e)
{
	struct moderation *m = screen_state(s);

	return rows_filter(&m->rows, words, e);
}

static void moderation_keep(struct screen *s, struct strbuf *out)
{
	rows_keep(screen_state(s), out);
}

static void moderation_restore(struct screen *s, const char *kept)
{
	rows_restore(screen_state(s), kept);
}

static const char *moderation_subject(struct screen *s, const char **id)
{
	return rows_subject(screen_state(s), id);
}

static bool moderation_busy(const struct screen *s)
{
	const struct moderation *m = screen_state((struct screen *)s);

	return (!m->started || rows_busy(&m->rows)) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "> C-Right", "approve", N_("approve"), decide, 1, B_FOOTER, "listing.moderate" },
	{ "< C-Left", "reject", N_("reject"), decide, 0, B_FOOTER, "listing.moderate" },
	{ "Enter", "open", N_("open the unit"), enter, 0, B_FOOTER, NULL },
	{ "Right l", "read-on", N_("read on"), scroll, 5, 0, NULL },
	{ "Left h", "read-back", N_("read back"), scroll, -5, 0, NULL },
	ROWS_KEYS,
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class moderation_class = {
	.name = "moderation", .title = N_("Review of listings"), .state_size = sizeof(struct moderation), .keys = KEYS,
	.open = moderation_open, .close = moderation_close, .draw = moderation_draw, .event = moderation_event,
	.summary = moderation_summary, .describe = moderation_describe, .subject = moderation_subject,
	.place = moderation_place, .take = moderation_take, .filters = "offerings", .keep = moderation_keep,
	.restore = moderation_restore, .busy = moderation_busy,
};

/* Who may be in the registry twice: pairs, the likeliest first, and why; Enter puts the two side by side. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "screens/answer.h"
#include "screens/twins.h"
#include "tui/list.h"

enum { COLUMN_NAME = 3 }; /* as wide as the other one */
static const struct list_column COLUMNS[] = {
	{ N_("Likeness"), 8, TEXT_RIGHT, 3 }, { N_("The same"), 23, TEXT_LEFT, 0 },
	{ N_("No."), 7, TEXT_RIGHT, 1 }, { N_("Name"), 16, TEXT_LEFT, 0 },
	{ N_("No."), 7, TEXT_RIGHT, 2 }, { N_("Other name"), -1, TEXT_LEFT, 0 },
};

struct duplicates {
	struct round round;
	struct answer pairs;
	struct list list;
	struct list_column columns[ARRAY_LEN(COLUMNS)];
};

/* ---- asking ---- */

static void ask(struct screen *s)
{
	struct duplicates *d = screen_state(s);

	answer_report(&d->pairs, &d->round, "duplicates", NULL, 0);
}

static void again(struct screen *s)
{
	struct duplicates *d = screen_state(s);

	round_change(&d->round);
}

/* ---- the list ---- */

static const char *const CELLS[] = { "score", "why", "no", "name", "other_no", "other_name" };

/* As the report says it, and as people do. */
static const struct { const char *why, *label; } REASONS[] = {
	{ "phone", N_("phone") }, { "email", N_("e-mail") }, { "name, phone", N_("name, end of the phone") },
	{ "name, birth date", N_("name, birth date") },
};

static void put_why(const char *why, struct strbuf *out)
{
	while (*why) {
		size_t n = strcspn(why, ";"), i = 0;

		while (i < ARRAY_LEN(REASONS) && (strlen(REASONS[i].why) != n || strncmp(why, REASONS[i].why, n)))
			i++;
		if (i < ARRAY_LEN(REASONS))
			strbuf_puts(out, _(REASONS[i].label));
		else
			strbuf_add(out, why, n);
		why += n + strspn(why + n, "; ");
		strbuf_puts(out, *why ? "; " : "");
	}
}

static int list_rows(void *ctx)
{
	return table_rows(((struct duplicates *)ctx)->pairs.rows);
}

static void list_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	const char *cell = answer_text(&((struct duplicates *)ctx)->pairs, row, CELLS[col]);

	(void)style;
	if (!strcmp(CELLS[col], "why"))
		put_why(cell, out);
	else
		strbuf_puts(out, cell);
}

static const struct list_source SOURCE = { .rows = list_rows, .cell = list_cell };

/* ---- keys ---- */

static enum result move(struct screen *s, int arg)
{
	return list_move(&((struct duplicates *)screen_state(s))->list, arg);
}

/* The row says its rows: "id=A,B". */
static enum result enter(struct screen *s, int arg)
{
	struct duplicates *d = screen_state(s);
	const char *filter = answer_text(&d->pairs, d->list.cursor, "filter");
	char left[UUID_LEN + 1], right[UUID_LEN + 1];

	(void)arg;
	if (sscanf(filter, "id=%36[^,],%36s", left, right) != 2 || !uuid_valid(left) || !uuid_valid(right))
		return R_NONE;
	twins_open(s, left, right);
	return R_REDRAW;
}

/* ---- the screen ---- */

static bool duplicates_open(struct screen *s, const void *arg)
{
	struct duplicates *d = screen_state(s);

	(void)arg;
	d->round = (struct round){ .screen = s, .ask = ask, .again_fn = again };
	memcpy(d->columns, COLUMNS, sizeof(d->columns));
	d->list = (struct list){ .columns = d->columns, .ncolumns = ARRAY_LEN(COLUMNS), .source = &SOURCE, .ctx = d,
	    .empty = N_("nobody seems to be here twice") };
	round_start(&d->round);
	return true;
}

static void duplicates_close(struct screen *s)
{
	answer_free(&((struct duplicates *)screen_state(s))->pairs);
}

static void duplicates_draw(struct screen *s, struct canvas c)
{
	struct duplicates *d = screen_state(s);

	d->columns[COLUMN_NAME].width = (c.w - 46) / 2 > 15 ? (c.w - 46) / 2 : 15;
	if (!answer_draw_missing(s, &d->pairs, c))
		list_draw(&d->list, c, true);
}

static void duplicates_event(struct screen *s, enum screen_event ev)
{
	struct duplicates *d = screen_state(s);

	if (ev == EV_DATA || (ev == EV_STATE && screen_ready(s) && !d->pairs.rows))
		round_change(&d->round);
}

static bool duplicates_busy(const struct screen *s)
{
	const struct duplicates *d = screen_state((struct screen *)s);

	return !d->pairs.rows && !d->pairs.err.kind && screen_waiting(s);
}

static void duplicates_summary(struct screen *s, struct strbuf *out)
{
	unsigned n = (unsigned)list_rows(screen_state(s));

	strbuf_printf(out, P_("%u pair", "%u pairs", n), n);
}

static void duplicates_place(struct screen *s, struct strbuf *out)
{
	(void)s;
	strbuf_puts(out, "duplicates");
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("side by side"), enter, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class duplicates_class = {
	.name = "duplicates", .title = N_("Duplicates"), .state_size = sizeof(struct duplicates), .keys = KEYS,
	.open = duplicates_open, .close = duplicates_close, .draw = duplicates_draw, .event = duplicates_event,
	.busy = duplicates_busy, .summary = duplicates_summary, .place = duplicates_place,
};

/*
 * Two records of one person side by side. The merge is the database's; what is
 * chosen from the record that goes is written to the one that stays after it,
 * under the same undo entry: nothing is lost if the second step is refused.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/value.h"
#include "screens/answer.h"
#include "screens/twins.h"
#include "screens/write.h"
#include "tui/list.h"
#include "tui/overlay.h"

enum { LEFT, RIGHT, SIDES };

/* Of these a person chooses one; the others are only shown. */
static const char *const CHOSEN[] = {
	"name", "phone", "email", "kind", "language", "country", "contact_by", "marketing", "rating", "referrer", "agent",
	"note",
};
static const char *const TOLD[] = { "status", "status_reason", "roles", "home", "balance" };

/* What hangs on a record, counted: it moves with it. */
static const struct { const char *resource, *label; } HANGS[] = {
	{ "reservations", N_("Stays") }, { "agreements", N_("Agreements") }, { "charges", N_("Charges") },
	{ "payments", N_("Payments") },
};

enum { NCHOSEN = ARRAY_LEN(CHOSEN), NTOLD = ARRAY_LEN(TOLD), NHANGS = ARRAY_LEN(HANGS), ROW_STAYS = 0, ROW_FIRST = 1,
	ROW_TOLD = ROW_FIRST + NCHOSEN, ROW_HANGS = ROW_TOLD + NTOLD, ROWS = ROW_HANGS + NHANGS };

struct twins;
struct asked { struct twins *twins; int side, what; }; /* what: -1 = the record itself */

struct twins {
	struct screen *screen;
	char id[SIDES][UUID_LEN + 1];
	struct table *row[SIDES];
	int64_t hangs[SIDES][NHANGS]; /* -1 = not known (yet, or not for this role) */
	struct asked asked[SIDES][NHANGS + 1];
	int survivor;
	int choice[NCHOSEN];
	bool touched[NCHOSEN];
	int shown[ROWS], nshown; /* what neither of them has is left out */
	bool saving;
	struct err err;
	struct list list;
	struct list_column columns[3];
	char title[SIDES][160];
};

static const struct resource *parties(void)
{
	return catalogue_resource("parties");
}

static bool is_here(const struct twins *t)
{
	return t->row[LEFT] && t->row[RIGHT];
}

/* ---- fields ---- */

static const char *raw(const struct twins *t, int side, const char *name)
{
	char column[64];

	return table_get(t->row[side], 0, field_column(resource_field(parties(), name), column));
}

static void put_cell(const struct twins *t, int side, const char *name, struct strbuf *out)
{
	const struct field *f = resource_field(parties(), name);
	char column[80];

	if (f->type == FT_REF)
		snprintf(column, sizeof(column), "%s_label", name);
	else
		field_column(f, column);
	value_show(out, f->type == FT_REF ? FT_TEXT : f->type, f->choices, table_get(t->row[side], 0, column),
	    table_get(t->row[side], 0, "currency"));
}

static bool differs(const struct twins *t, const char *name)
{
	return strcmp(raw(t, LEFT, name), raw(t, RIGHT, name)) != 0;
}

/* His own value, or the other's where he has none: as the merge itself does it. */
static int by_itself(const struct twins *t, int field)
{
	int other = t->survivor == LEFT ? RIGHT : LEFT;

	return raw(t, t->survivor, CHOSEN[field])[0] || !raw(t, other, CHOSEN[field])[0] ? t->survivor : other;
}

static void propose(struct twins *t)
{
	for (int i = 0; i < NCHOSEN; i++)
		if (!t->touched[i])
			t->choice[i] = by_itself(t, i);
}

/* ---- the table ---- */

static const char *name_of(int row)
{
	return row < ROW_FIRST || row >= ROW_HANGS ? NULL : row < ROW_TOLD ? CHOSEN[row - ROW_FIRST] : TOLD[row - ROW_TOLD];
}

static void choose_rows(struct twins *t)
{
	t->nshown = 0;
	for (int row = 0; row < ROWS; row++) {
		const char *name = name_of(row);

		if (!name || raw(t, LEFT, name)[0] || raw(t, RIGHT, name)[0])
			t->shown[t->nshown++] = row;
	}
}

static int twins_rows(void *ctx)
{
	return is_here(ctx) ? ((struct twins *)ctx)->nshown : 0;
}

static void put_label(const struct twins *t, int row, struct strbuf *out)
{
	const char *name = name_of(row);

	if (name)
		strbuf_printf(out, "%s %s", differs(t, name) ? "≠" : " ", _(resource_field(parties(), name)->label));
	else if (row == ROW_STAYS)
		strbuf_printf(out, "  %s", _("This record"));
	else
		strbuf_printf(out, "  %s", _(HANGS[row - ROW_HANGS].label));
}

static void put_mark(struct strbuf *out, bool on)
{
	strbuf_puts(out, on ? draw_ascii() ? "* " : "● " : "  ");
}

static void put_count(int64_t n, struct strbuf *out)
{
	if (n < 0)
		strbuf_puts(out, "?");
	else if (n > 10000)
		strbuf_puts(out, _("more than 10 000"));
	else
		strbuf_printf(out, "%lld", (long long)n);
}

static void put_choice(const struct twins *t, int field, int side, struct strbuf *out, enum token *style)
{
	const char *name = CHOSEN[field];
	bool differ = differs(t, name);

	put_mark(out, differ && t->choice[field] == side);
	*style = !differ || t->choice[field] != side ? TOK_DIM : TOK_GOOD;
	if (raw(t, side, name)[0])
		put_cell(t, side, name, out);
	else
		strbuf_puts(out, _("(empty)"));
}

static void twins_cell(void *ctx, int at, int col, struct strbuf *out, enum token *style)
{
	const struct twins *t = ctx;
	int side = col - 1, row = t->shown[at];

	if (col == 0) {
		put_label(t, row, out);
	} else if (row == ROW_STAYS) {
		put_mark(out, t->survivor == side);
		strbuf_puts(out, t->survivor == side ? _("this one stays") : _("goes into the other"));
		*style = t->survivor == side ? TOK_GOOD : TOK_WARNING;
	} else if (row < ROW_TOLD) {
		put_choice(t, row - ROW_FIRST, side, out, style);
	} else {
		put_mark(out, false);
		if (row < ROW_HANGS)
			put_cell(t, side, TOLD[row - ROW_TOLD], out);
		else
			put_count(t->hangs[side][row - ROW_HANGS], out);
	}
}

static const struct list_source SOURCE = { .rows = twins_rows, .cell = twins_cell };

/* ---- asking ---- */

static void on_row(const struct reply *r, void *arg)
{
	struct asked *q = arg;
	struct twins *t = q->twins;

	if (r->err) {
		t->err = *r->err;
	} else {
		table_free(t->row[q->side]);
		t->row[q->side] = table_ref(r->rows);
		snprintf(t->title[q->side], sizeof(t->title[q->side]), "  %s %s", table_get(r->rows, 0, "no"),
		    table_get(r->rows, 0, "name"));
		screen_fresh(t->screen);
	}
	if (is_here(t)) {
		propose(t);
		choose_rows(t);
	}
	app_redraw(screen_app(t->screen));
}

static void on_count(const struct reply *r, void *arg)
{
	struct asked *q = arg;

	q->twins->hangs[q->side][q->what] = r->err ? -1 : r->count;
	app_redraw(screen_app(q->twins->screen));
}

static void count(struct twins *t, struct asked *q)
{
	const struct resource *res = catalogue_resource(HANGS[q->what].resource);
	char filter[80];
	struct query query;
	struct err e;

	if (!screen_may(t->screen, res->read))
		return;
	snprintf(filter, sizeof(filter), "party=%s", t->id[q->side]);
	query_init(&query, res);
	query.limit = 1;
	query.count = query.brief = true;
	if (query_filter(&query, filter, screen_today(t->screen), NULL, &e))
		client_list(screen_session(t->screen), &query, screen_owner(t->screen, SLOT_MAIN), on_count, q);
	query_free(&query);
}

static void load(struct twins *t)
{
	if (!screen_ready(t->screen))
		return;
	screen_cancel(t->screen, SLOT_MAIN);
	for (int side = 0; side < SIDES; side++) {
		client_get(screen_session(t->screen), parties(), t->id[side], screen_owner(t->screen, SLOT_MAIN), on_row,
		    &t->asked[side][NHANGS]);
		for (int i = 0; i < NHANGS; i++)
			count(t, &t->asked[side][i]);
	}
}

/* ---- the merge ---- */

/* The chosen values that the merge itself would not leave there. */
static json_t *chosen_set(struct twins *t, struct err *e)
{
	struct values v;
	json_t *set = NULL;
	bool good = true;

	values_init(&v, parties());
	for (int i = 0; i < NCHOSEN && good; i++)
		if (differs(t, CHOSEN[i]) && t->choice[i] != by_itself(t, i))
			good = values_set(&v, CHOSEN[i], raw(t, t->choice[i], CHOSEN[i]), screen_today(t->screen), e);
	if (good)
		set = values_json(&v);
	values_free(&v);
	return set;
}

static void merged(struct screen *s)
{
	app_close(screen_app(s), screen_id(s));
}

static void agreed(struct screen *s, bool yes, void *arg)
{
	struct twins *t = screen_state(s);
	int other = t->survivor == LEFT ? RIGHT : LEFT;
	struct err e = { 0 };
	json_t *set = yes ? chosen_set(t, &e) : NULL, *args;
	char *what;

	(void)arg;
	if (e.kind)
		app_error(screen_app(s), &e);
	if (!set)
		return;
	args = json_pack("{s: s}", "into", t->id[t->survivor]);
	what = xasprintf(_("%s merged into %s"), t->title[other] + 2, t->title[t->survivor] + 2);
	t->saving = true;
	write_steps(s, (struct mutation[]){
		{ .res = parties(), .kind = "action", .action = "merge", .record = t->id[other], .args = args,
		  .version = atoi(raw(t, other, "version")) },
		{ .res = parties(), .kind = "patch", .record = t->id[t->survivor], .set = set },
	}, json_object_size(set) > 0 ? 2 : 1, what, merged);
	json_decref(args);
	json_decref(set);
	free(what);
}

static void put_moves(const struct twins *t, int other, struct strbuf *out)
{
	const char *gap = "";

	strbuf_puts(out, _("What moves to it: "));
	for (int i = 0; i < NHANGS; i++) {
		if (t->hangs[other][i] == 0)
			continue;
		strbuf_printf(out, "%s%s ", gap, _(HANGS[i].label));
		put_count(t->hangs[other][i], out);
		gap = ", ";
	}
	strbuf_puts(out, *gap ? "" : _("nothing"));
}

static void put_taken(const struct twins *t, int other, struct strbuf *out)
{
	const char *gap = "";

	strbuf_puts(out, _("Its values that stay: "));
	for (int i = 0; i < NCHOSEN; i++) {
		if (!differs(t, CHOSEN[i]) || t->choice[i] != other)
			continue;
		strbuf_printf(out, "%s%s", gap, _(resource_field(parties(), CHOSEN[i])->label));
		gap = ", ";
	}
	strbuf_puts(out, *gap ? "" : _("none"));
}

/* Merged or erased already: true, and it is said. */
static bool is_gone(struct screen *s, const struct twins *t, int side)
{
	const char *status = raw(t, side, "status");
	struct strbuf word = { 0 };

	if (strcmp(status, "merged") && strcmp(status, "erased"))
		return false;
	put_cell(t, side, "status", &word);
	app_message(screen_app(s), TOK_WARNING, "%s: %s %s", t->title[side] + 2, strbuf_str(&word),
	    table_get(t->row[side], 0, "merged_into_label"));
	strbuf_free(&word);
	return true;
}

static enum result save(struct screen *s, int arg)
{
	struct twins *t = screen_state(s);
	int other = t->survivor == LEFT ? RIGHT : LEFT;
	struct strbuf text = { 0 };

	(void)arg;
	if (!is_here(t) || t->saving)
		return R_HANDLED;
	if (is_gone(s, t, LEFT) || is_gone(s, t, RIGHT))
		return R_REDRAW;
	strbuf_printf(&text, _("%s goes into %s"), t->title[other] + 2, t->title[t->survivor] + 2);
	strbuf_putc(&text, '\n');
	put_moves(t, other, &text);
	strbuf_putc(&text, '\n');
	put_taken(t, other, &text);
	if (!strcmp(raw(t, other, "status"), "blacklisted") && strcmp(raw(t, t->survivor, "status"), "blacklisted"))
		strbuf_printf(&text, "\n%s", _("It is on the black list: so is the one that stays, then."));
	strbuf_printf(&text, "\n%s\n%s", _("Its number leads to the record that stays."),
	    _("u takes all of it back for a while; after that: Take a merge back."));
	confirm_ask(s, _("Merge"), strbuf_str(&text), 0, agreed, NULL);
	strbuf_free(&text);
	return R_REDRAW;
}

/* ---- keys ---- */

static enum result swap(struct screen *s, int arg)
{
	struct twins *t = screen_state(s);

	(void)arg;
	t->survivor = t->survivor == LEFT ? RIGHT : LEFT;
	propose(t);
	return R_REDRAW;
}

/* side: LEFT, RIGHT, or the other one than now (SIDES). */
static enum result choose(struct screen *s, int side)
{
	struct twins *t = screen_state(s);
	int row = is_here(t) ? t->shown[t->list.cursor] : ROWS, field = row - ROW_FIRST;

	if (!is_here(t))
		return R_HANDLED;
	if (row == ROW_STAYS)
		return side == t->survivor ? R_HANDLED : swap(s, 0);
	if (field >= NCHOSEN || !differs(t, CHOSEN[field])) {
		app_message(screen_app(s), TOK_DIM, field < NCHOSEN ? _("both have the same here") :
		    _("this follows from the record that stays, and from what moves to it"));
		return R_REDRAW;
	}
	t->choice[field] = side < SIDES ? side : t->choice[field] == LEFT ? RIGHT : LEFT;
	t->touched[field] = true;
	return R_REDRAW;
}

static enum result move(struct screen *s, int arg)
{
	return list_move(&((struct twins *)screen_state(s))->list, arg);
}

static enum result open_one(struct screen *s, int arg)
{
	struct twins *t = screen_state(s);

	(void)arg;
	if (is_here(t))
		app_push(screen_app(s), &record_class, &(struct record_arg){ .res = parties(), .id = t->id[t->survivor],
		    .title = t->title[t->survivor] + 2 });
	return R_REDRAW;
}

/* ---- the screen ---- */

struct twins_arg { const char *id[SIDES]; };

static bool twins_opened(struct screen *s, const void *arg)
{
	const struct twins_arg *a = arg;
	struct twins *t = screen_state(s);

	if (!a)
		return false;
	t->screen = s;
	t->list = (struct list){ .columns = t->columns, .ncolumns = ARRAY_LEN(t->columns), .source = &SOURCE, .ctx = t };
	for (int side = 0; side < SIDES; side++) {
		snprintf(t->id[side], sizeof(t->id[side]), "%s", a->id[side]);
		for (int i = 0; i <= NHANGS; i++)
			t->asked[side][i] = (struct asked){ t, side, i };
		for (int i = 0; i < NHANGS; i++)
			t->hangs[side][i] = -1;
	}
	load(t);
	return true;
}

static void twins_close(struct screen *s)
{
	struct twins *t = screen_state(s);

	for (int side = 0; side < SIDES; side++)
		table_free(t->row[side]);
}

static void twins_draw(struct screen *s, struct canvas c)
{
	struct twins *t = screen_state(s);
	int label = c.w >= 120 ? 24 : 19;

	if (t->err.kind) {
		draw_text(c, 0, 1, -1, TOK_ERROR, t->err.text);
		draw_text(c, 1, 1, -1, TOK_DIM, t->err.remedy);
		return;
	}
	if (!is_here(t)) {
		answer_draw_loading(s, c);
		return;
	}
	t->columns[0] = (struct list_column){ N_("Field"), label, TEXT_LEFT, 0 };
	t->columns[1] = (struct list_column){ t->title[LEFT], (c.w - label - 4) / 2, TEXT_LEFT, 0 };
	t->columns[2] = (struct list_column){ t->title[RIGHT], -1, TEXT_LEFT, 0 };
	list_draw(&t->list, canvas_sub(c, 0, 0, c.h - 1, c.w), true);
	draw_text(c, c.h - 1, 1, -1, TOK_DIM, _("≠ they differ: choose with ← → or Space; Tab: the other record stays"));
}

static void twins_event(struct screen *s, enum screen_event ev)
{
	struct twins *t = screen_state(s);

	if (!t->saving && (ev == EV_DATA || (ev == EV_STATE && screen_ready(s) && !is_here(t))))
		load(t);
}

static bool twins_busy(const struct screen *s)
{
	const struct twins *t = screen_state((struct screen *)s);

	return !is_here(t) && !t->err.kind && screen_waiting(s);
}

static void twins_describe(struct screen *s, struct strbuf *out)
{
	struct twins *t = screen_state(s);
	int n = 0;

	for (int i = 0; i < NCHOSEN && is_here(t); i++)
		n += differs(t, CHOSEN[i]);
	if (t->saving)
		strbuf_puts(out, _("saving…"));
	else
		strbuf_printf(out, P_("%d field differs", "%d fields differ", (unsigned)n), n);
}

static const struct binding KEYS[] = {
	{ "Space", "other", N_("the other value"), choose, SIDES, B_FOOTER, NULL },
	{ "Left h", "left", N_("left"), choose, LEFT, B_FOOTER, NULL },
	{ "Right l", "right", N_("right"), choose, RIGHT, B_FOOTER, NULL },
	{ "Tab BackTab", "swap", N_("the other stays"), swap, 0, B_FOOTER, NULL },
	{ "F2 C-x", "save", N_("merge"), save, 0, B_FOOTER, "party.merge" },
	{ "Enter", "open", N_("open the one that stays"), open_one, 0, 0, NULL },
	LIST_KEYS(move),
	{ 0 },
};

static const struct screen_class twins_class = {
	.name = "twins", .title = N_("Merge"), .state_size = sizeof(struct twins), .keys = KEYS, .read_out = true,
	.open = twins_opened, .close = twins_close, .draw = twins_draw, .event = twins_event, .busy = twins_busy,
	.describe = twins_describe,
};

void twins_open(struct screen *s, const char *left, const char *right)
{
	app_push(screen_app(s), &twins_class, &(struct twins_arg){ { left, right } });
}

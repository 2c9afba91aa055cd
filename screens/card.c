#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/answer.h"
#include "screens/card.h"
#include "screens/format.h"

#define STAYS_LIMIT 50

/* ---- the stays of a unit or a person ---- */

static const struct list_column STAY_COLUMNS[] = {
	{ N_("No."), 8, TEXT_RIGHT, 3 },
	{ N_("Arrival"), 10, TEXT_LEFT, 0 },
	{ N_("Departure"), 10, TEXT_LEFT, 0 },
	{ N_("Nights"), 7, TEXT_RIGHT, 2 },
	{ N_("Status"), 12, TEXT_LEFT, 1 },
	{ N_("Guest"), -1, TEXT_LEFT, 0 },
};
static const char *const STAY_CELLS[] = { "no", "check_in", "check_out", "nights", "status", "party_label" };

/* A person's stays name the unit instead of the guest. */
static const struct list_column PARTY_COLUMNS[] = {
	{ N_("No."), 8, TEXT_RIGHT, 3 },
	{ N_("Arrival"), 10, TEXT_LEFT, 0 },
	{ N_("Departure"), 10, TEXT_LEFT, 0 },
	{ N_("Nights"), 7, TEXT_RIGHT, 2 },
	{ N_("Status"), 12, TEXT_LEFT, 1 },
	{ N_("Unit"), -1, TEXT_LEFT, 0 },
};
static const char *const PARTY_CELLS[] = { "no", "check_in", "check_out", "nights", "status", "unit_label" };

static bool is_party(const struct card *card)
{
	return !strcmp(card->res->singular, "party");
}

static int stays_rows(void *ctx)
{
	return table_rows(((struct card *)ctx)->stays);
}

static void stays_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct card *card = ctx;
	const char *name = is_party(card) ? PARTY_CELLS[col] : STAY_CELLS[col];
	const char *cell = table_get(card->stays, row, name);
	const struct field *f = resource_field(catalogue_resource("reservation"), name);

	(void)style;
	if (f)
		value_show(out, f->type, f->choices, cell, NULL);
	else
		strbuf_puts(out, cell);
}

static bool stays_below(void *ctx)
{
	return ((struct card *)ctx)->more;
}

static const struct list_source STAYS = { .rows = stays_rows, .cell = stays_cell, .more_below = stays_below };

static void drop_next(struct card *card)
{
	table_free(card->next.row);
	table_free(card->next.stays);
	table_free(card->next.actions);
	card->next = (struct card_next){ 0 };
}

static void forget(struct card *card)
{
	table_free(card->row);
	table_free(card->stays);
	table_free(card->actions);
	card->row = card->stays = card->actions = NULL;
	card->list.cursor = card->list.top = card->top = 0;
	err_clear(&card->err);
}

/* An answer is here; the last one brings the next record onto the screen. */
static void arrived(struct card *card)
{
	if (--card->waiting == 0 && card->behind) {
		forget(card);
		card->row = card->next.row;
		card->stays = card->next.stays;
		card->actions = card->next.actions;
		card->more = card->next.more;
		card->err = card->next.err;
		card->next = (struct card_next){ 0 };
		card->behind = false;
	}
	app_redraw(screen_app(card->screen));
}

static void take(struct table **at, const struct reply *r)
{
	table_free(*at);
	*at = table_ref(r->rows);
}

static void on_stays(const struct reply *r, void *arg)
{
	struct card *card = arg;

	if (!r->err) {
		take(card->behind ? &card->next.stays : &card->stays, r);
		*(card->behind ? &card->next.more : &card->more) = r->more;
	}
	arrived(card);
}

static void ask_stays(struct card *card)
{
	char filter[160], day[16];
	struct query q;
	struct err e;

	day_format(screen_today(card->screen), day);
	if (is_party(card))
		snprintf(filter, sizeof(filter), "party=%s", card->id);
	else if (!strcmp(card->res->singular, "unit"))
		snprintf(filter, sizeof(filter), "unit=%s check_out>%s status=hold,confirmed,checked_in",
		    card->id, day);
	else
		return;
	query_init(&q, catalogue_resource("reservation"));
	q.limit = STAYS_LIMIT;
	if (query_filter(&q, filter, screen_today(card->screen), NULL, &e) &&
	    query_sort(&q, is_party(card) ? "-check_in" : "check_in", &e)) {
		card->waiting++;
		client_list(screen_session(card->screen), &q, screen_owner(card->screen, SLOT_DETAIL), on_stays,
		    card);
	}
	query_free(&q);
}

/* ---- what can be done with it ---- */

static void on_actions(const struct reply *r, void *arg)
{
	struct card *card = arg;

	if (!r->err)
		take(card->behind ? &card->next.actions : &card->actions, r);
	arrived(card);
}

static void ask_actions(struct card *card)
{
	if (!card->with_actions || !card->res->actions)
		return;
	card->waiting++;
	client_actions(screen_session(card->screen), card->res, card->id, screen_owner(card->screen, SLOT_DETAIL),
	    on_actions, card);
}

/* ---- loading ---- */

static void on_row(const struct reply *r, void *arg)
{
	struct card *card = arg;
	struct err *why = card->behind ? &card->next.err : &card->err;

	take(card->behind ? &card->next.row : &card->row, r);
	err_clear(why);
	if (r->err)
		*why = *r->err;
	screen_fresh(card->screen);
	arrived(card);
}

void card_open(struct card *card, struct screen *s, const struct resource *res)
{
	bool party;

	card->screen = s;
	card->res = res;
	party = is_party(card);
	card->list = (struct list){
		.columns = party ? PARTY_COLUMNS : STAY_COLUMNS, .ncolumns = ARRAY_LEN(STAY_COLUMNS),
		.source = &STAYS, .ctx = card, .empty = party ? N_("no stays") : N_("no stays ahead"),
	};
}

void card_close(struct card *card)
{
	forget(card);
	drop_next(card);
}

void card_load(struct card *card, const char *id)
{
	screen_cancel(card->screen, SLOT_DETAIL);
	drop_next(card);
	if (strcmp(card->id, id)) {
		card->behind = id[0] && card->row;
		if (!card->behind)
			forget(card);
		snprintf(card->id, sizeof(card->id), "%s", id);
	}
	card->waiting = 0;
	if (!card->id[0])
		return;
	card->waiting++;
	client_get(screen_session(card->screen), card->res, card->id, screen_owner(card->screen, SLOT_DETAIL), on_row,
	    card);
	ask_stays(card);
	ask_actions(card);
}

static bool has_stays(const struct card *card)
{
	return is_party(card) || !strcmp(card->res->singular, "unit");
}

enum result card_move(struct card *card, int move)
{
	if (has_stays(card))
		return list_move(&card->list, move);
	if ((move == LIST_DOWN || move == LIST_PGDN || move == LIST_END) && card->hidden > 0)
		card->top += move == LIST_DOWN ? 1 : card->hidden;
	else if ((move == LIST_UP || move == LIST_PGUP || move == LIST_HOME) && card->top > 0)
		card->top = move == LIST_UP ? card->top - 1 : 0;
	else
		return R_HANDLED;
	return R_REDRAW;
}

const char *card_label(const struct card *card)
{
	const char *name = "";

	for (const struct field *f = card->res->fields; f->name; f++) {
		const char *cell = f->flags & (F_NUMBER | F_LABEL) ? table_get(card->row, 0, f->name) : "";

		if (cell[0] && f->flags & F_NUMBER)
			return cell;
		name = cell[0] ? cell : name;
	}
	return name;
}

enum result card_enter(struct card *card)
{
	int row = card->list.cursor;
	char title[48];
	struct record_arg arg = { .res = catalogue_resource("reservation"), .title = title };

	if (row >= table_rows(card->stays))
		return R_NONE;
	arg.id = table_get(card->stays, row, "id");
	snprintf(title, sizeof(title), "%s", table_get(card->stays, row, "no"));
	app_push(screen_app(card->screen), &record_class, &arg);
	return R_REDRAW;
}

/* ---- drawing ---- */

static bool is_shown(const struct field *f)
{
	static const char *const APART[] = { "company", "version", "currency", "updated_at" }; /* the machine's own */

	for (size_t i = 0; i < ARRAY_LEN(APART); i++)
		if (!strcmp(f->name, APART[i]))
			return false;
	return !(f->flags & (F_KEY | F_SECRET | F_FILTER_ONLY)) && f->type != FT_UUID;
}

static void field_text(const struct card *card, const struct field *f, struct strbuf *out)
{
	const char *currency = table_get(card->row, 0, "currency");
	char column[80];

	strbuf_clear(out);
	if (f->type == FT_REF)
		snprintf(column, sizeof(column), "%s_label", f->name);
	else
		field_column(f, column);
	const char *cell = table_get(card->row, 0, column);
	if (!cell[0])
		return;
	value_show(out, f->type == FT_REF ? FT_TEXT : f->type, f->choices, cell, currency);
	if (f->type == FT_MONEY && currency[0])
		strbuf_printf(out, " %s", currency);
}

static int label_width(const struct card *card)
{
	int width = 8;

	for (const struct field *f = card->res->fields; f->name; f++)
		if (is_shown(f) && text_width(_(f->label)) > width)
			width = text_width(_(f->label));
	return width < 22 ? width : 22;
}

/*
 * Fields that have a value, in the catalogue's order, in one or two columns; scrolled by card->top lines. Returns the
 * lines taken.
 */
static int draw_fields(struct card *card, struct canvas c, int room)
{
	int columns = c.w >= 100 ? 2 : 1;
	int label = label_width(card), width = c.w / columns, n = -card->top * columns, shown;
	struct strbuf text = { 0 };

	for (const struct field *f = card->res->fields; f->name; f++) {
		if (!is_shown(f))
			continue;
		field_text(card, f, &text);
		if (!text.len)
			continue;
		int y = n / columns, x = n % columns * width;
		if (n >= 0 && n < room * columns) {
			draw_fit(c, y, x + 1, label, TEXT_LEFT, TOK_DIM, _(f->label));
			draw_text(c, y, x + label + 3, width - label - 4, TOK_TEXT, strbuf_str(&text));
		}
		n++;
	}
	strbuf_free(&text);
	shown = (n + columns - 1) / columns;
	card->hidden = shown > room ? shown - room : 0;
	return shown < room ? shown : room;
}

static bool is_allowed(const struct card *card, int row)
{
	return strcmp(table_get(card->actions, row, "allowed"), "t") == 0;
}

/* Of these the card speaks; what is about sealed codes is done on the command line. */
static const struct action *action_at(const struct card *card, int row)
{
	const struct action *act = resource_action(card->res, table_get(card->actions, row, "action"));

	return act && !(act->flags & A_SEALED) ? act : NULL;
}

static int count_actions(const struct card *card, bool only_allowed)
{
	int n = 0;

	for (int i = 0; i < table_rows(card->actions); i++)
		n += action_at(card, i) && (!only_allowed || is_allowed(card, i));
	return n;
}

/* What is possible now first, then what is not, and why, as far as there is room. Returns the lines taken. */
static int draw_actions(const struct card *card, struct canvas c)
{
	int label = label_width(card), y = 1;

	draw_text(c, 0, 1, -1, TOK_TITLE, c.h > count_actions(card, false) ? _("Actions") :
	    _("Actions (a: all of them, and why not)"));
	for (int allowed = 1; allowed >= 0; allowed--)
		for (int i = 0; i < table_rows(card->actions) && y < c.h; i++) {
			const struct action *act = action_at(card, i);

			if (!act || is_allowed(card, i) != (allowed == 1))
				continue;
			draw_fit(c, y, 1, label, TEXT_LEFT, allowed ? TOK_TEXT : TOK_DIM, _(act->label));
			if (allowed)
				draw_text(c, y, label + 3, -1, TOK_TEXT, _("now allowed"));
			else
				draw_printf(c, y, label + 3, TOK_DIM, _("blocked: %s"), table_get(card->actions, i, "reason"));
			y++;
		}
	return y;
}

static int count_fields(const struct card *card)
{
	struct strbuf text = { 0 };
	int n = 0;

	for (const struct field *f = card->res->fields; f->name; f++) {
		if (!is_shown(f))
			continue;
		field_text(card, f, &text);
		n += text.len > 0;
	}
	strbuf_free(&text);
	return n;
}

/* With the blank line above: all of them, but no field gives way to what cannot be done. */
static int action_lines(const struct card *card, struct canvas c)
{
	int all = card->with_actions ? count_actions(card, false) : 0, least, fields, room;

	if (all == 0)
		return 0;
	least = 2 + count_actions(card, true);
	fields = count_fields(card);
	room = c.h - (c.w >= 100 ? (fields + 1) / 2 : fields) - (has_stays(card) && c.h > 12 + least ? 5 : 0);
	return room > all + 2 ? all + 2 : room > least ? room : least;
}

static const char *stays_title(const struct card *card)
{
	return is_party(card) ? _("Stays") : _("Coming stays");
}

void card_draw(struct card *card, struct canvas c, bool focused)
{
	int actions, room;

	if (card->err.kind) {
		draw_text(c, 0, 1, -1, TOK_ERROR, card->err.text);
		draw_text(c, 1, 1, -1, TOK_DIM, card->err.remedy);
		return;
	}
	if (!card->row) {
		if (card->id[0])
			answer_draw_loading(card->screen, c);
		return;
	}
	actions = action_lines(card, c);
	room = c.h - actions - (has_stays(card) && c.h > 12 + actions ? 5 : 0);
	int y = draw_fields(card, c, room > 3 ? room : 3);
	if (actions > 0 && y + 2 < c.h)
		y += 1 + draw_actions(card, canvas_sub(c, y + 1, 0, actions - 1, c.w));
	if (!has_stays(card) || y + 3 > c.h)
		return;
	draw_text(c, y + 1, 1, -1, TOK_TITLE, stays_title(card));
	list_draw(&card->list, canvas_sub(c, y + 2, 0, c.h - y - 2, c.w), focused);
}

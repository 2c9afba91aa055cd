#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/answer.h"
#include "screens/card.h"
#include "screens/format.h"

#define PAGE_LIMIT 50
#define HEAD_LINES 2

/* ---- its first page: records that belong to it ---- */

static int page_rows(void *ctx)
{
	return table_rows(((struct card *)ctx)->first);
}

static void page_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct card *card = ctx;
	const struct field *f = card->fields[col];
	char column[80];

	(void)style;
	if (f->type == FT_REF)
		snprintf(column, sizeof(column), "%s_label", f->name);
	else
		field_column(f, column);
	value_show(out, f->type == FT_REF ? FT_TEXT : f->type, f->choices, table_get(card->first, row, column),
	    table_get(card->first, row, "currency"));
}

static bool page_below(void *ctx)
{
	return ((struct card *)ctx)->more;
}

static const struct list_source PAGE = { .rows = page_rows, .cell = page_cell, .more_below = page_below };

/* "unit={id} …": the unit of a unit's stays is known. */
static bool is_given(const struct related *page, const struct field *f)
{
	size_t n = strlen(f->name);

	return f->type == FT_REF && !strncmp(page->filter, f->name, n) && page->filter[n] == '=';
}

static void build_page(struct card *card)
{
	const struct resource *res = catalogue_resource(card->page->resource);
	int n = 0;

	for (const struct field *f = res->fields; f->name && n < ROWS_MAX_COLUMNS; f++) {
		bool number = f->type == FT_INT || f->type == FT_MONEY || f->type == FT_BP;
		bool wide = rows_wide(f);

		if (!(f->flags & F_LIST) || is_given(card->page, f))
			continue;
		card->fields[n] = f;
		card->columns[n] = (struct list_column){
			.title = f->label, .width = wide ? -1 : rows_width(f), .align = number ? TEXT_RIGHT : TEXT_LEFT,
			.drop = f->flags & (F_LABEL | F_NUMBER) || wide ? 0 : n + 1,
		};
		n++;
	}
	card->list = (struct list){
		.columns = card->columns, .ncolumns = n, .source = &PAGE, .ctx = card, .empty = N_("nothing here"),
	};
}

static void drop_next(struct card *card)
{
	table_free(card->next.row);
	table_free(card->next.first);
	table_free(card->next.actions);
	card->next = (struct card_next){ 0 };
}

static void forget(struct card *card)
{
	table_free(card->row);
	table_free(card->first);
	table_free(card->actions);
	card->row = card->first = card->actions = NULL;
	card->list.cursor = card->list.top = card->top = 0;
	err_clear(&card->err);
}

/* An answer is here; the last one brings the next record onto the screen. */
static void arrived(struct card *card)
{
	if (--card->waiting == 0 && card->behind) {
		forget(card);
		card->row = card->next.row;
		card->first = card->next.first;
		card->actions = card->next.actions;
		card->more = card->next.more;
		card->err = card->next.err;
		card->next = (struct card_next){ 0 };
		card->behind = false;
	}
	if (card->waiting == 0 && card->came)
		card->came(card->screen);
	app_redraw(screen_app(card->screen));
}

static void take(struct table **at, const struct reply *r)
{
	table_free(*at);
	*at = table_ref(r->rows);
}

static void on_page(const struct reply *r, void *arg)
{
	struct card *card = arg;

	if (!r->err) {
		take(card->behind ? &card->next.first : &card->first, r);
		*(card->behind ? &card->next.more : &card->more) = r->more;
	}
	arrived(card);
}

/* Asked with the record, not after it: of its cells only the id is known yet. */
static bool page_filter(const struct card *card, struct strbuf *out)
{
	const char *hole = strchr(card->page->filter, '{');

	if (!hole || strncmp(hole, "{id}", 4) || strchr(hole + 1, '{'))
		return false;
	strbuf_printf(out, "%.*s%s%s", (int)(hole - card->page->filter), card->page->filter, card->id, hole + 4);
	return true;
}

static void ask_page(struct card *card)
{
	const struct resource *res = card->page ? catalogue_resource(card->page->resource) : NULL;
	struct strbuf filter = { 0 };
	struct query q;
	struct err e;

	if (!res || card->alone || !screen_may(card->screen, res->read))
		return;
	query_init(&q, res);
	q.limit = PAGE_LIMIT;
	if (page_filter(card, &filter) &&
	    query_filter(&q, strbuf_str(&filter), screen_today(card->screen), NULL, &e) &&
	    (!card->page->sort || query_sort(&q, card->page->sort, &e))) {
		card->waiting++;
		client_list(screen_session(card->screen), &q, screen_owner(card->screen, SLOT_DETAIL), on_page, card);
	}
	query_free(&q);
	strbuf_free(&filter);
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
	if (!card->alone || !card->res->actions)
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
	card->screen = s;
	card->res = res;
	card->page = res->related && res->related->resource ? res->related : NULL;
	if (card->page)
		build_page(card);
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
	ask_page(card);
	ask_actions(card);
}

static bool has_page(const struct card *card)
{
	return card->page && !card->alone && screen_may(card->screen, catalogue_resource(card->page->resource)->read);
}

enum result card_move(struct card *card, int move)
{
	if (has_page(card))
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
	struct record_arg arg = { 0 };

	if (row >= table_rows(card->first))
		return R_NONE;
	arg.res = catalogue_resource(card->page->resource);
	arg.id = table_get(card->first, row, "id");
	arg.title = table_get(card->first, row, resource_label(arg.res)->name);
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

/* The head has the fields of its kind's list, so many of them: the others stand below. */
static bool is_headed(const struct card *card, const struct field *field)
{
	int n = 0;

	for (const struct field *f = card->res->fields; f->name && n < card->headed; f++) {
		n += is_shown(f) && f->flags & F_LIST;
		if (f == field)
			return is_shown(f) && f->flags & F_LIST;
	}
	return false;
}

int card_draw_head(struct card *card, struct canvas c)
{
	struct strbuf text = { 0 };
	int y = 0, x = 1;

	card->headed = 0;
	for (const struct field *f = card->res->fields; card->row && f->name; f++) {
		if (!is_shown(f) || !(f->flags & F_LIST))
			continue;
		field_text(card, f, &text);
		if (text.len) {
			int label = draw_width(_(f->label)), value = draw_width(strbuf_str(&text));

			value = value > c.w - label - 3 ? c.w - label - 3 : value;
			if (x > 1 && x + label + 1 + value > c.w - 1) {
				x = 1;
				if (++y >= HEAD_LINES)
					break;
			}
			draw_text(c, y, x, -1, TOK_DIM, _(f->label));
			draw_text(c, y, x + label + 1, value, f->flags & (F_LABEL | F_NUMBER) ? TOK_TITLE : TOK_TEXT,
			    strbuf_str(&text));
			x += label + 1 + value + 3;
		}
		card->headed++;
	}
	strbuf_free(&text);
	return y < HEAD_LINES ? y + 1 : HEAD_LINES;
}

static bool is_apart(const struct card *card, const struct field *f)
{
	return card->without && !strcmp(f->name, card->without);
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
		if (!is_shown(f) || is_headed(card, f) || is_apart(card, f))
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

/* Names of actions are longer than those of fields: as the longest needs, but half of the line is for the reason. */
static int action_width(const struct card *card, int most)
{
	int width = label_width(card);

	for (int i = 0; i < table_rows(card->actions); i++) {
		const struct action *act = action_at(card, i);

		if (act && text_width(_(act->label)) > width)
			width = text_width(_(act->label));
	}
	return width < most ? width : most;
}

/* What is possible now first, then what is not, and why, as far as there is room. Returns the lines taken. */
static int draw_actions(const struct card *card, struct canvas c)
{
	int label = action_width(card, c.w / 2 - 3), y = 1;

	draw_text(c, 0, 1, -1, TOK_TITLE, c.h > count_actions(card, false) ? _("Actions (a)") :
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
		if (!is_shown(f) || is_headed(card, f) || is_apart(card, f))
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
	int all = card->alone ? count_actions(card, false) : 0, least, fields, room;

	if (all == 0)
		return 0;
	least = 2 + count_actions(card, true);
	fields = count_fields(card);
	room = c.h - (c.w >= 100 ? (fields + 1) / 2 : fields) - (has_page(card) && c.h > 12 + least ? 5 : 0);
	return room > all + 2 ? all + 2 : room > least ? room : least;
}

int card_draw(struct card *card, struct canvas c, bool focused)
{
	int actions, room;

	if (card->err.kind) {
		draw_text(c, 0, 1, -1, TOK_ERROR, card->err.text);
		draw_text(c, 1, 1, -1, TOK_DIM, card->err.remedy);
		return 2;
	}
	if (!card->row) {
		if (card->id[0])
			answer_draw_loading(card->screen, c);
		return 1;
	}
	actions = action_lines(card, c);
	room = c.h - actions - (has_page(card) && c.h > 12 + actions ? 5 : 0);
	int y = draw_fields(card, c, room > 3 ? room : 3);
	if (actions > 0 && y + 2 < c.h)
		y += 1 + draw_actions(card, canvas_sub(c, y + 1, 0, actions - 1, c.w));
	if (!has_page(card) || y + 3 > c.h)
		return y;
	draw_text(c, y + 1, 1, -1, TOK_TITLE, _(card->page->label));
	list_draw(&card->list, canvas_sub(c, y + 2, 0, c.h - y - 2, c.w), focused);
	return y;
}

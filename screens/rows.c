#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/value.h"
#include "screens/answer.h"
#include "screens/columns.h"
#include "screens/exporting.h"
#include "screens/format.h"
#include "screens/rows.h"
#include "screens/write.h"

#define WORD_MOST 14   /* a column grows up to here for its longest word in this language */
#define NAME_LEAST 14
#define DATE_SHORT 8   /* 16.06.26 */
#define CODE_ENOUGH 10 /* S05-101-A */
#define NAME_ENOUGH 44 /* a name needs no more than this */

/* ---- columns from the catalogue ---- */

int rows_width(const struct field *f)
{
	static const int BY_TYPE[] = {
		[FT_TEXT] = 18, [FT_INT] = 6, [FT_MONEY] = 12, [FT_BP] = 8, [FT_DATE] = 10, [FT_TIME] = 16,
		[FT_BOOL] = 5, [FT_CHOICE] = 11, [FT_REF] = 18, [FT_UUID] = 36,
	};

	int width = f->width ? f->width : BY_TYPE[f->type], word = text_width(_(f->label));

	if (f->type == FT_MONEY && width < BY_TYPE[FT_MONEY])
		width = BY_TYPE[FT_MONEY]; /* a sum with its last digits cut off is a lie */
	for (const struct choice *c = f->type == FT_CHOICE ? f->choices : NULL; c && c->value; c++)
		if (text_width(_(c->label)) > word)
			word = text_width(_(c->label));
	return word > width && word <= WORD_MOST ? word : width;
}

/* The column that takes the rest: the name of the record, or whose it is where the name is a number. */
bool rows_wide(const struct field *f)
{
	return f->flags & F_LABEL ? f->type == FT_TEXT : f->type == FT_REF && !strcmp(f->ref, "parties");
}

static void add_column(struct rows *r, const struct field *f)
{
	int n = r->list.ncolumns;
	bool number = f->type == FT_INT || f->type == FT_MONEY || f->type == FT_BP;

	r->fields[n] = f;
	r->columns[n] = (struct list_column){
		.title = f->label,
		.align = number ? TEXT_RIGHT : TEXT_LEFT,
		.drop = f->flags & (F_LABEL | F_NUMBER) || rows_wide(f) ? 0 : n + 1,
	};
	r->list.ncolumns = n + 1;
}

static void build_columns(struct rows *r, const struct resource *res)
{
	for (const struct field *f = res->fields; f->name; f++)
		if (f->flags & F_LIST && r->list.ncolumns < ROWS_MAX_COLUMNS)
			add_column(r, f);
}

bool rows_may_show(const struct field *f)
{
	return !(f->flags & (F_KEY | F_SECRET | F_FILTER_ONLY)) && f->type != FT_UUID && strcmp(f->name, "company") &&
	    strcmp(f->name, "version");
}

/* Lists ask for their usual columns alone, unless others were chosen. */
static void choose_brief(struct rows *r)
{
	r->query.brief = true;
	for (int i = 0; i < r->list.ncolumns; i++)
		if (!(r->fields[i]->flags & (F_LIST | F_LABEL | F_NUMBER)))
			r->query.brief = false;
}

void rows_show(struct rows *r, const struct field *const *fields, int n)
{
	r->list.ncolumns = 0;
	for (int i = 0; i < n && i < ROWS_MAX_COLUMNS; i++)
		add_column(r, fields[i]);
	choose_brief(r);
}

static bool may_grow(const struct field *f)
{
	return rows_wide(f) || f->type == FT_REF;
}

/* The filter says it already: the stays of one unit need no column of units. */
static bool is_given(const struct rows *r, const struct field *f)
{
	for (size_t i = 0; i < r->query.nterms; i++) {
		const struct query_term *t = &r->query.terms[i];

		if (t->field == f && f->type == FT_REF && t->op == OP_EQ && !t->negated && t->count == 1)
			return true;
	}
	return false;
}

static bool is_unit(const struct field *f)
{
	return f->type == FT_REF && !strcmp(f->ref, "units");
}

static int narrow_width(const struct field *f)
{
	int width = f->type == FT_DATE ? DATE_SHORT : is_unit(f) ? CODE_ENOUGH : rows_width(f);
	int word = text_width(_(f->label));

	return width < rows_width(f) && word > width ? word : width;
}

/* The widths that the columns ask for; returns what is left over, or lacking. */
static int claim(struct rows *r, int room)
{
	for (int i = 0; i < r->list.ncolumns; i++) {
		const struct field *f = r->fields[i];
		int width = rows_wide(f) ? NAME_LEAST : r->narrow ? narrow_width(f) : rows_width(f);

		r->columns[i].width = is_given(r, f) ? 0 : width;
		room -= r->columns[i].width ? width + 1 : 0;
	}
	return room;
}

/* Widths for this language and this much room: names first share what is left over, the rest stays blank. */
static void spread(struct rows *r, int room)
{
	int spare;

	r->narrow = false;
	spare = claim(r, room - 1);
	r->narrow = spare < 0;
	if (r->narrow)
		spare = claim(r, room - 1);
	for (int i = 0; i < r->list.ncolumns && spare > 0; i++) {
		int more = NAME_ENOUGH - r->columns[i].width;

		if (!may_grow(r->fields[i]) || (r->narrow && is_unit(r->fields[i])) || more <= 0 || !r->columns[i].width)
			continue;
		r->columns[i].width += more < spare ? more : spare;
		spare -= more < spare ? more : spare;
	}
	for (int i = 0; i < r->list.ncolumns && spare <= 0; i++)
		if (rows_wide(r->fields[i]) && r->columns[i].width)
			r->columns[i].width = -1;
}

void rows_text(const struct rows *r, int row, const struct field *f, struct strbuf *out)
{
	char column[80];

	if (f->type == FT_REF)
		snprintf(column, sizeof(column), "%s_label", f->name);
	else
		field_column(f, column);
	value_show(out, f->type == FT_REF ? FT_TEXT : f->type, f->choices,
	    window_cell(r->window, row, column), window_cell(r->window, row, "currency"));
}

/* ---- the list's source ---- */

static int source_rows(void *ctx)
{
	struct rows *r = ctx;

	return window_rows(r->window);
}

static enum token state_style(const char *state)
{
	static const char *const OVER[] = { "cancelled", "no_show", "archived", "inactive", "completed" };
	static const char *const CARE[] = { "hold", "blocked", "blacklisted" };

	for (size_t i = 0; i < ARRAY_LEN(OVER); i++)
		if (!strcmp(state, OVER[i]))
			return TOK_DIM;
	for (size_t i = 0; i < ARRAY_LEN(CARE); i++)
		if (!strcmp(state, CARE[i]))
			return TOK_WARNING;
	return TOK_ROW;
}

/* A cell where there is little room: false = as everywhere. */
static bool put_narrow(struct rows *r, int row, const struct field *f, struct strbuf *out)
{
	char column[80];
	const char *cell, *code;
	struct ymd d;

	field_column(f, column);
	cell = window_cell(r->window, row, column);
	if (f->type == FT_DATE && day_parse(cell) != DAY_NONE) {
		d = day_to_ymd(day_parse(cell));
		strbuf_printf(out, "%02d.%02d.%02d", d.d, d.m, d.y % 100);
		return true;
	}
	if (!is_unit(f))
		return false;
	if (!r->codes.known)
		codes_open(&r->codes, r->screen);
	code = codes_get(&r->codes, cell);
	strbuf_puts(out, code ? code : "");
	return code && *code;
}

static void source_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct rows *r = ctx;
	const struct field *f = r->fields[col];
	const char *state = r->query.res->state;

	if (!r->narrow || !put_narrow(r, row, f, out))
		rows_text(r, row, f, out);
	if (window_gone(r->window, row))
		*style = TOK_DIM;
	else if (state && !strcmp(f->name, state))
		*style = state_style(window_cell(r->window, row, state));
}

static bool source_marked(void *ctx, int row)
{
	struct rows *r = ctx;

	return rows_in_range(r, row) || (r->marks.n > 0 && marks_find(&r->marks, window_id(r->window, row)));
}

static bool source_saving(void *ctx, int row)
{
	struct rows *r = ctx;

	return write_pending(r->screen, window_id(r->window, row));
}

static bool source_gone(void *ctx, int row)
{
	return window_gone(((struct rows *)ctx)->window, row);
}

static void source_want(void *ctx, int row, int page)
{
	struct rows *r = ctx;

	r->page = page;
	window_want(r->window, row, page);
}

static bool source_below(void *ctx)
{
	return !window_at_end(((struct rows *)ctx)->window);
}

static bool source_above(void *ctx)
{
	return !window_at_start(((struct rows *)ctx)->window);
}

static const struct list_source SOURCE = {
	.rows = source_rows, .cell = source_cell, .want = source_want,
	.marked = source_marked, .saving = source_saving, .gone = source_gone,
	.more_below = source_below, .more_above = source_above,
};

/* ---- the cursor follows its record ---- */

static void remember(struct rows *r)
{
	const char *id = r->list.cursor < window_rows(r->window) ? window_id(r->window, r->list.cursor) : "";

	if (!strcmp(id, r->id))
		return;
	snprintf(r->id, sizeof(r->id), "%s", id);
	if (r->moved)
		r->moved(r->screen);
}

static void keep_place(struct rows *r)
{
	int rows = window_rows(r->window);
	int at;

	window_settle(r->window, &r->list.cursor, &r->list.top);
	at = r->id[0] ? window_find(r->window, r->id) : -1;
	if (at >= 0) {
		r->list.top += at - r->list.cursor;
		r->list.cursor = at;
	}
	if (r->to_end && !window_loading(r->window)) {
		r->to_end = false;
		r->list.cursor = rows - 1;
	}
	if (r->list.cursor >= rows)
		r->list.cursor = rows - 1;
	if (r->list.cursor < 0)
		r->list.cursor = 0;
	if (r->list.top < 0)
		r->list.top = 0;
}

static void on_changed(void *arg)
{
	struct rows *r = arg;
	const struct err *why = window_error(r->window);

	keep_place(r);
	for (int i = 0; i < window_rows(r->window) && r->marks.n > 0; i++)
		if (marks_find(&r->marks, window_id(r->window, i)))
			rows_mark(r, i, true); /* its amounts may have changed */
	if (why)
		app_error(screen_app(r->screen), why);
	else if (!window_loading(r->window))
		screen_fresh(r->screen);
	if (!window_loading(r->window))
		remember(r);
	app_redraw(screen_app(r->screen));
}

/* ---- opening, filter, sort ---- */

static bool use_filter(struct screen *s, const char *text, struct err *e)
{
	return rows_filter(screen_state(s), text, e);
}

void rows_open(struct rows *r, struct screen *s, const struct resource *res, void (*moved)(struct screen *s))
{
	r->screen = s;
	r->moved = moved;
	query_init(&r->query, res);
	r->query.brief = r->query.count = true;
	r->list = (struct list){
		.columns = r->columns, .source = &SOURCE, .ctx = r, .empty = N_("nothing matches"),
	};
	r->filter.res = res;
	r->filter.use = use_filter;
	build_columns(r, res);
	r->window = window_new(screen_session(s), screen_owner(s, SLOT_MAIN), on_changed, r);
}

void rows_close(struct rows *r)
{
	codes_close(&r->codes);
	exporting_stop(r);
	pages_stop(&r->all);
	marks_clear(&r->marks);
	window_free(r->window);
	query_free(&r->query);
}

static void ask(struct rows *r)
{
	r->list.cursor = r->list.top = 0;
	r->id[0] = r->range[0] = '\0';
	window_query(r->window, &r->query);
	app_redraw(screen_app(r->screen));
}

bool rows_filter(struct rows *r, const char *text, struct err *e)
{
	struct query q;

	if (!live_filter_fits(text, e))
		return false;
	query_init(&q, r->query.res);
	if (!query_filter(&q, r->base, screen_today(r->screen), NULL, e) ||
	    !query_filter(&q, text, screen_today(r->screen), session_currency(screen_session(r->screen)), e)) {
		query_free(&q);
		return false;
	}
	q.count = true;
	q.sort = r->query.sort;
	q.descending = r->query.descending;
	query_free(&r->query);
	r->query = q;
	snprintf(r->filter.text, sizeof(r->filter.text), "%s", text);
	if (!r->remembered && screen_ready(r->screen))
		columns_recall(r);
	r->remembered = screen_ready(r->screen);
	choose_brief(r);
	ask(r);
	return true;
}

void rows_sort(struct rows *r, const struct field *f, bool descending)
{
	r->query.sort = f;
	r->query.descending = descending;
	ask(r);
}

void rows_reverse(struct rows *r)
{
	r->query.descending = !r->query.descending;
	ask(r);
}

void rows_reload(struct rows *r)
{
	window_refresh(r->window);
}

void rows_renew(struct rows *r)
{
	window_reload(r->window);
}

void rows_event(struct rows *r, enum screen_event ev)
{
	if (ev == EV_DATA)
		rows_reload(r);
	else if (ev == EV_REFRESH)
		rows_renew(r);
}

bool rows_busy(const struct rows *r)
{
	return window_loading(r->window) && window_rows(r->window) == 0;
}

enum result rows_move(struct rows *r, int move)
{
	enum result done = R_REDRAW;

	if (move == LIST_END && !window_at_end(r->window)) {
		r->to_end = true;
		r->id[0] = '\0';
		window_seek_end(r->window);
	} else if (move == LIST_HOME && (!window_at_start(r->window) || window_arrived(r->window) > 0)) {
		r->list.cursor = r->list.top = 0;
		r->id[0] = '\0';
		window_seek_start(r->window);
	} else {
		done = list_move(&r->list, move);
		remember(r);
	}
	return done;
}

void rows_draw(struct rows *r, struct canvas c, bool focused)
{
	spread(r, c.w);
	if (rows_busy(r) || !screen_ready(r->screen))
		answer_draw_loading(r->screen, c);
	else
		list_draw(&r->list, c, focused);
	codes_ask(&r->codes);
}

struct canvas rows_frame(struct rows *r, struct canvas c)
{
	live_filter_draw(&r->filter, c);
	return canvas_sub(c, 0, 0, c.h - live_filter_lines(&r->filter), c.w);
}

/* ---- in words ---- */

static void put_gap(struct strbuf *out)
{
	if (out->len > 0)
		strbuf_puts(out, "  ");
}

void rows_summary(const struct rows *r, struct strbuf *out)
{
	int64_t n = window_count(r->window);
	const struct field *sort = r->query.sort;

	strbuf_puts(out, _(r->query.res->label));
	if (n > 10000) {
		strbuf_printf(out, ": %s", _("more than 10 000"));
	} else if (n >= 0) {
		strbuf_puts(out, ": ");
		format_int(out, n);
	}
	if (r->marks.n > 0)
		strbuf_printf(out, P_("  %d marked", "  %d marked", (unsigned)r->marks.n), r->marks.n);
	if (sort)
		strbuf_printf(out, "  %s %s%s", _("sort:"), _(sort->label), r->query.descending ? " ↓" : "");
}

static void put_amount(struct strbuf *out, const struct marks_total *t)
{
	if (t->overflow)
		strbuf_puts(out, _("too large to add up"));
	else if (format_is_whole(t->sum, t->currency))
		format_whole(out, t->sum, t->currency);
	else
		format_money(out, t->sum, t->currency);
	strbuf_printf(out, " %s", t->currency);
}

/* The first column of money that is shown, summed over the marks. */
static void put_sum(const struct rows *r, struct strbuf *out)
{
	struct marks_total totals[4];
	const struct field *money = NULL;
	int which = 0, n, counted = 0;

	for (int i = 0; i < r->list.ncolumns && !money; i++)
		if (r->fields[i]->type == FT_MONEY)
			money = r->fields[i];
	for (const struct field *f = r->query.res->fields; money && f != money; f++)
		which += f->type == FT_MONEY;
	n = money && which < MARK_SUMS ? marks_totals(&r->marks, which, totals, ARRAY_LEN(totals)) : 0;
	for (int i = 0; i < n; i++)
		counted += totals[i].counted;
	if (n == 0)
		return;
	put_gap(out);
	strbuf_printf(out, _("%s, sum of %d:"), _(money->label), counted);
	for (int i = 0; i < n; i++) {
		strbuf_puts(out, i ? " + " : " ");
		put_amount(out, &totals[i]);
	}
}

static void put_marks(const struct rows *r, struct strbuf *out)
{
	int away = r->marks.n;

	for (int i = 0; i < window_rows(r->window); i++)
		away -= marks_find(&r->marks, window_id(r->window, i)) != NULL;
	strbuf_printf(out, P_("%d marked", "%d marked", (unsigned)r->marks.n), r->marks.n);
	if (away > 0)
		strbuf_printf(out, P_(", %d of them not shown", ", %d of them not shown", (unsigned)away), away);
	put_sum(r, out);
}

void rows_describe(const struct rows *r, struct strbuf *out)
{
	int from = r->range[0] ? window_find(r->window, r->range) : -1;
	int new = window_arrived(r->window);

	if (pages_busy(&r->all) && r->exporting) {
		exporting_describe(r, out);
	} else if (pages_busy(&r->all)) {
		strbuf_printf(out, _("%lld rows so far; C-c stops"), (long long)r->all.done);
	} else if (from >= 0) {
		int n = abs(r->list.cursor - from) + 1;

		strbuf_printf(out, P_("range of %d row: v marks it, Esc drops it", "range of %d rows: v marks them, Esc drops it",
		    (unsigned)n), n);
	} else if (r->marks.n > 0) {
		put_marks(r, out);
	}
	if (new > 0) {
		put_gap(out);
		strbuf_printf(out, P_("%d new, F5 shows it", "%d new, F5 shows them", (unsigned)new), new);
	}
}

const char *rows_get(const struct rows *r, const char *column)
{
	return r->list.cursor < window_rows(r->window) ? window_cell(r->window, r->list.cursor, column) : "";
}

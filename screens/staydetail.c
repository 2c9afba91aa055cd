/* The record under the board's cursor: what it is, what may be done with it now, and what stands in the way. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "client/value.h"
#include "screens/bookings.h"
#include "screens/clock.h"
#include "screens/format.h"

enum { LABEL_WIDTH = 13, PANE_DAYS = 21 };

/* ---- asking, once the cursor rests ---- */

static void take_actions(struct bookings *b)
{
	struct stay_detail *d = &b->detail;

	table_free(d->actions);
	d->actions = d->next_actions;
	d->next_actions = NULL;
	memcpy(d->no, d->next_no, sizeof(d->no));
	memcpy(d->state, d->next_state, sizeof(d->state));
	app_redraw(screen_app(b->screen));
}

static void on_actions(const struct reply *r, void *arg)
{
	struct bookings *b = arg;

	table_free(b->detail.next_actions);
	b->detail.next_actions = r->err ? NULL : table_ref(r->rows);
	if (!b->roomy || b->detail.row_here) /* over the API the row may be the first of the two */
		take_actions(b);
}

static void on_row(const struct reply *r, void *arg)
{
	struct bookings *b = arg;
	struct stay_detail *d = &b->detail;

	err_clear(&d->err);
	table_free(d->row);
	d->row = r->err ? NULL : table_ref(r->rows);
	d->row_here = true;
	take_actions(b);
	if (r->err) {
		d->err = *r->err;
		return;
	}
	snprintf(b->timeline.next_stay, sizeof(b->timeline.next_stay), "%s", d->id);
	snprintf(b->timeline.next_label, sizeof(b->timeline.next_label), "%s", table_get(d->row, 0, "building_label"));
	timeline_load(&b->timeline, table_get(d->row, 0, "building"), screen_today(b->screen), PANE_DAYS, false);
}

static void load(struct bookings *b)
{
	struct stay_detail *d = &b->detail;

	screen_cancel(b->screen, SLOT_DETAIL);
	d->row_here = false;
	if (!d->id[0])
		return;
	snprintf(d->next_no, sizeof(d->next_no), "%s", stays_get(b, "no"));
	snprintf(d->next_state, sizeof(d->next_state), "%s", stays_state(b));
	client_actions(screen_session(b->screen), b->res, d->id, screen_owner(b->screen, SLOT_DETAIL), on_actions, b);
	if (!b->roomy)
		return;
	client_get(screen_session(b->screen), b->res, d->id, screen_owner(b->screen, SLOT_DETAIL), on_row, b);
	bill_load(b);
}

void detail_follow(struct screen *s)
{
	struct bookings *b = screen_state(s);
	struct stay_detail *d = &b->detail;

	app_redraw(screen_app(s));
	if (!strcmp(d->id, stays_id(b)) && !strcmp(d->next_state, stays_state(b)) && (d->row || !b->roomy))
		return;
	snprintf(d->id, sizeof(d->id), "%s", stays_id(b));
	if (!d->id[0])
		detail_close(b);
	load(b);
}

/* Something changed in the database: the same record anew, and who is where. */
void detail_refresh(struct bookings *b)
{
	if (!strcmp(b->detail.id, stays_id(b)))
		load(b);
	if (b->roomy && b->timeline.building[0])
		timeline_load(&b->timeline, b->timeline.building, b->timeline.from, b->timeline.days, true);
}

void detail_close(struct bookings *b)
{
	table_free(b->detail.row);
	table_free(b->detail.actions);
	table_free(b->detail.next_actions);
	b->detail.row = b->detail.actions = b->detail.next_actions = NULL;
	bill_close(b);
}

/* ---- what is allowed ---- */

/* The key of an action: the way on, cancelling and holding longer have their own, the rest is in the menu. */
static const char *key_of(const struct bookings *b, const char *action)
{
	const struct action *on = move_onward(b->res, b->detail.state);

	if (on && !strcmp(on->name, action))
		return ">";
	return !strcmp(action, "cancel") ? "X" : !strcmp(action, "extend_hold") ? "+" : !strcmp(action, "extend") ? "D" : "a";
}

static bool is_allowed(const struct table *t, int row)
{
	return table_get(t, row, "allowed")[0] == 't';
}

static const char *label_of(const struct bookings *b, const char *action)
{
	const struct action *a = resource_action(b->res, action);

	return a ? _(a->label) : action;
}

/* Wrong states of a stay are no news: what keeps the next steps from being taken is. */
static bool worth_saying(const struct bookings *b, const struct table *t, int row)
{
	const struct action *a = resource_action(b->res, table_get(t, row, "action"));

	return !is_allowed(t, row) && a && a->to && action_starts(a, b->detail.state);
}

static void allowed_words(const struct bookings *b, struct strbuf *out)
{
	const struct table *t = b->detail.actions;

	for (int i = 0; i < table_rows(t); i++)
		if (is_allowed(t, i))
			strbuf_printf(out, "%s%s %s", out->len ? "   " : "", key_of(b, table_get(t, i, "action")),
			    label_of(b, table_get(t, i, "action")));
	if (out->len == 0)
		strbuf_puts(out, _("nothing"));
}

static void blocked_words(const struct bookings *b, struct strbuf *out)
{
	const struct table *t = b->detail.actions;

	for (int i = 0; i < table_rows(t); i++)
		if (worth_saying(b, t, i))
			strbuf_printf(out, "%s%s: %s. %s", out->len ? "  " : "", label_of(b, table_get(t, i, "action")),
			    table_get(t, i, "reason"), table_get(t, i, "remedy"));
	if (out->len == 0 && t && !move_onward(b->res, b->detail.state))
		strbuf_puts(out, _("this is the end of the way"));
}

/* ---- drawing ---- */

static void draw_field(struct canvas c, int *y, const char *label, const char *text)
{
	if (!text[0])
		return;
	draw_fit(c, *y, 1, LABEL_WIDTH - 1, TEXT_LEFT, TOK_DIM, label);
	draw_fit(c, (*y)++, 1 + LABEL_WIDTH, c.w - LABEL_WIDTH - 2, TEXT_LEFT, TOK_TEXT, text);
}

static const char *of(const struct bookings *b, const char *column)
{
	return table_get(b->detail.row, 0, column);
}

static void put_guest(const struct bookings *b, struct strbuf *out)
{
	strbuf_printf(out, "%s   ", of(b, "party_label"));
	strbuf_printf(out, P_("%s adult", "%s adults", strtoul(of(b, "adults"), NULL, 10)), of(b, "adults"));
	if (strtol(of(b, "children"), NULL, 10) > 0)
		strbuf_printf(out, P_(", %s child", ", %s children", strtoul(of(b, "children"), NULL, 10)), of(b, "children"));
	strbuf_puts(out, "   ");
	value_show(out, FT_TEXT, resource_field(b->res, "channel")->choices, of(b, "channel"), NULL);
}

static void put_price(const struct bookings *b, struct strbuf *out)
{
	int nights = day_parse(of(b, "check_out")) - day_parse(of(b, "check_in"));

	format_day(out, day_parse(of(b, "check_in")));
	strbuf_puts(out, " – ");
	format_day(out, day_parse(of(b, "check_out")));
	strbuf_printf(out, "   %d × ", nights);
	value_show(out, FT_MONEY, NULL, of(b, "price_per_night_minor"), of(b, "currency"));
	strbuf_puts(out, " = ");
	value_show(out, FT_MONEY, NULL, of(b, "total_minor"), of(b, "currency"));
	strbuf_printf(out, " %s", of(b, "currency"));
}

static void draw_fields(struct bookings *b, struct canvas c, int *y)
{
	struct strbuf text = { 0 }, left = { 0 };
	enum token style;

	put_guest(b, &text);
	draw_field(c, y, _("Guest"), strbuf_str(&text));
	draw_field(c, y, _("Unit"), of(b, "unit_label"));
	strbuf_clear(&text);
	put_price(b, &text);
	draw_field(c, y, _("Dates"), strbuf_str(&text));
	strbuf_clear(&text);
	const struct stay_time when = {
		of(b, "status"), of(b, "check_in"), of(b, "check_out"), of(b, "hold_until"), of(b, "status_reason"),
	};
	if (stays_timing(b, &when, &text, &left, &style)) {
		strbuf_printf(&text, left.len ? "   %s" : "%s", strbuf_str(&left));
		draw_field(c, y, _("Time"), text.s);
	}
	strbuf_clear(&text);
	stays_attention(b, of(b, "attention"), &text);
	if (text.len)
		draw_field(c, y, _("Attention"), text.s);
	strbuf_clear(&text);
	bill_money(b, &text);
	if (text.len)
		draw_field(c, y, _("Money"), text.s);
	draw_field(c, y, _("Comment"), of(b, "comment"));
	strbuf_free(&text);
	strbuf_free(&left);
}

/* The straight way, with where the card is in brackets; the branches that leave this state below it. */
static void draw_machine(const struct bookings *b, struct canvas c, int *y)
{
	const char *state = of(b, "status"), *at = b->columns[0].state->value;
	struct strbuf text = { 0 };
	const struct action *on;

	for (; at; at = on ? on->to : NULL) {
		const char *label = stays_state_label(b, at);

		on = move_onward(b->res, at);
		strbuf_printf(&text, strcmp(at, state) ? "%s" : "[%s]", label);
		if (on)
			strbuf_puts(&text, draw_ascii() ? " -> " : " → ");
	}
	draw_field(c, y, _("Way"), strbuf_str(&text));
	strbuf_clear(&text);
	for (const struct action *a = b->res->actions; a && a->name; a++)
		if (a->to && a->flags & A_DESTRUCTIVE && action_starts(a, state) && stays_column(b, a->to) >= 0)
			strbuf_printf(&text, "%s%s", text.len ? ", " : "", stays_state_label(b, a->to));
	if (!strcmp(state, "hold"))
		strbuf_printf(&text, _(", by the clock %s"), _(b->columns[b->board.ncolumns - 1].state->label));
	draw_field(c, y, _("or"), strbuf_str(&text));
	strbuf_free(&text);
}

static void draw_blocked(const struct bookings *b, struct canvas c, int *y)
{
	const struct table *t = b->detail.actions;
	struct strbuf text = { 0 };

	for (int i = 0; i < table_rows(t); i++) {
		if (!worth_saying(b, t, i))
			continue;
		strbuf_clear(&text);
		strbuf_printf(&text, "%s: %s. %s", label_of(b, table_get(t, i, "action")), table_get(t, i, "reason"),
		    table_get(t, i, "remedy"));
		draw_field(c, y, _("Blocked"), text.s);
	}
	strbuf_free(&text);
}

void detail_draw(struct bookings *b, struct canvas c)
{
	struct strbuf text = { 0 };
	int y = 0;

	if (b->detail.err.kind)
		draw_text(c, 0, 1, -1, TOK_DIM, b->detail.err.text);
	if (!b->detail.row || !stays_id(b)[0])
		return;
	draw_fields(b, c, &y);
	y++;
	draw_machine(b, c, &y);
	y++;
	allowed_words(b, &text);
	if (b->detail.actions)
		draw_field(c, &y, _("Now allowed"), strbuf_str(&text));
	draw_blocked(b, c, &y);
	strbuf_free(&text);
}

void detail_draw_brief(struct bookings *b, struct canvas c)
{
	struct strbuf text = { 0 }, words = { 0 };

	if (!b->detail.actions || !stays_id(b)[0])
		return;
	allowed_words(b, &words);
	strbuf_printf(&text, _("%s allowed: %s"), b->detail.no, strbuf_str(&words));
	draw_fit(c, 0, 1, c.w - 2, TEXT_LEFT, TOK_TEXT, strbuf_str(&text));
	strbuf_clear(&words);
	strbuf_clear(&text);
	blocked_words(b, &words);
	if (words.len)
		strbuf_printf(&text, _("blocked: %s"), words.s);
	draw_fit(c, 1, 1, c.w - 2, TEXT_LEFT, TOK_TEXT, strbuf_str(&text));
	strbuf_free(&words);
	strbuf_free(&text);
}

/* "hold 252, A02-1, 18–21 Jun, Ahmetova Aigul, expires 17:00 2:55" */
void detail_words(struct bookings *b, struct strbuf *out)
{
	struct strbuf text = { 0 }, left = { 0 };
	enum token style;

	if (!stays_id(b)[0])
		return;
	stays_label(b, &text);
	strbuf_printf(out, "%s %s, ", _(b->columns[b->board.col].state->label), text.s);
	stays_dates(out, stays_get(b, "check_in"), stays_get(b, "check_out"));
	strbuf_printf(out, ", %s", stays_get(b, "party_label"));
	strbuf_clear(&text);
	const struct stay_time when = stays_time(b, b->board.col, b->board.columns[b->board.col].cursor);
	if (stays_timing(b, &when, &text, &left, &style))
		strbuf_printf(out, ", %s", text.s);
	strbuf_clear(&text);
	stays_attention(b, stays_get(b, "attention"), &text);
	if (text.len)
		strbuf_printf(out, "; %s", text.s);
	strbuf_free(&text);
	strbuf_free(&left);
}

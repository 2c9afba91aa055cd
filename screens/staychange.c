#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "screens/answer.h"
#include "screens/foresee.h"
#include "screens/format.h"
#include "screens/seeing.h"
#include "screens/sheet.h"
#include "screens/staychange.h"
#include "screens/ways.h"
#include "screens/write.h"
#include "tui/overlay.h"

static const char *const FIELDS[] = { "check_out", "check_in", "unit" };
enum { FIELD_UNIT = 2 };

enum { LABEL_WIDTH = 13, HEAD_LINES = 3 };

struct staychange {
	struct sheet sheet;   /* first: lookup.c finds it here */
	char id[UUID_LEN + 1];
	struct table *row;    /* the stay as it is; NULL until it came */
	struct table *seen;   /* what the change would mean; NULL: nothing is changed, or not known yet */
	struct err err;
	bool saving;
	struct ways ways;
};

static const struct resource *stays(void)
{
	return catalogue_resource("reservation");
}

static int at(const struct staychange *k, const char *field)
{
	return sheet_field(&k->sheet, field);
}

static const char *value(const struct staychange *k, const char *field)
{
	return sheet_value(&k->sheet, at(k, field));
}

static const char *of(const struct staychange *k, const char *column)
{
	return table_get(k->row, 0, column);
}

/* ---- live: what it would mean ---- */

static void on_seen(const struct reply *r, void *arg)
{
	struct staychange *k = arg;

	table_free(k->seen);
	k->seen = r->err ? NULL : table_ref(r->rows);
	err_clear(&k->err);
	if (r->err)
		k->err = *r->err;
	app_redraw(screen_app(k->sheet.screen));
}

static void look(struct screen *s)
{
	struct staychange *k = screen_state(s);
	struct param p[1 + ARRAY_LEN(FIELDS)] = { { "stay", k->id } };
	int n = 1;

	screen_cancel(s, SLOT_CELL);
	table_free(k->seen);
	k->seen = NULL;
	for (size_t i = 0; k->row && i < ARRAY_LEN(FIELDS); i++)
		if (form_dirty(&k->sheet.form, at(k, FIELDS[i])) && (i == FIELD_UNIT ? value(k, FIELDS[i])[0] != '\0' :
		    day_parse(value(k, FIELDS[i])) != DAY_NONE))
			p[n++] = (struct param){ FIELDS[i], value(k, FIELDS[i]) };
	err_clear(&k->err);
	if (n > 1 && form_first_error(&k->sheet.form) < 0)
		client_report(screen_session(s), catalogue_report("stay_foresight"), p, n, screen_owner(s, SLOT_CELL), on_seen, k);
	app_redraw(screen_app(s));
}

static void left(struct screen *s, int field)
{
	struct staychange *k = screen_state(s);
	day_t from = day_parse(value(k, "check_in")), to = day_parse(value(k, "check_out"));

	(void)field;
	if (from != DAY_NONE && to != DAY_NONE && to <= from)
		form_error(&k->sheet.form, at(k, "check_out"), _("check-out is not after check-in"));
	screen_later(s, look);
}

/* ---- free units and other dates ---- */

static void save(struct screen *s);

static void way_taken(struct screen *s, const struct table *t, int row)
{
	struct staychange *k = screen_state(s);

	if (row < 0) {
		save(s);
		return;
	}
	sheet_set(&k->sheet, at(k, "unit"), table_get(t, row, "unit_label"), table_get(t, row, "unit"));
	sheet_set(&k->sheet, at(k, "check_in"), table_get(t, row, "check_in"), NULL);
	sheet_set(&k->sheet, at(k, "check_out"), table_get(t, row, "check_out"), NULL);
	for (int i = 0; i < k->sheet.form.n; i++)
		form_error(&k->sheet.form, i, NULL);
	look(s);
}

static enum result ask_ways(struct screen *s, int arg)
{
	struct staychange *k = screen_state(s);

	(void)arg;
	if (!k->row)
		return R_HANDLED;
	ways_ask(s, &k->ways, &(struct ways_question){
		.unit = value(k, "unit"), .from = value(k, "check_in"), .to = value(k, "check_out"), .stay = k->id,
		.title = _("Free units and other dates"), .compare = of(k, "total_minor")[0] != '\0',
		.total = format_number(of(k, "total_minor")),
	}, way_taken);
	return R_REDRAW;
}

/* ---- saving ---- */

static void on_saved(struct screen *s, const struct reply *r, void *arg)
{
	struct staychange *k = screen_state(s);

	(void)arg;
	k->saving = false;
	if (!r->err) {
		app_close(screen_app(s), screen_id(s));
		return;
	}
	if (sheet_error(&k->sheet, r->err))
		form_go(&k->sheet.form, form_first_error(&k->sheet.form));
	if (!strcmp(r->err->code, "DM004"))
		ask_ways(s, 0);
	app_redraw(screen_app(s));
}

static void put_dates(struct strbuf *out, const char *check_in, const char *check_out)
{
	format_day(out, day_parse(check_in));
	strbuf_puts(out, draw_ascii() ? " - " : " – ");
	format_day(out, day_parse(check_out));
}

static void save(struct screen *s)
{
	struct staychange *k = screen_state(s);
	struct strbuf what = { 0 };
	struct values v;
	struct err e = { 0 };
	json_t *set = NULL;

	if (k->saving || !k->row)
		return;
	values_init(&v, stays());
	if (form_changes(&k->sheet.form) == 0)
		app_message(screen_app(s), TOK_DIM, _("nothing was changed"));
	else if (sheet_values(&k->sheet, stays(), true, &v, &e))
		set = values_json(&v);
	else if (sheet_error(&k->sheet, &e))
		form_go(&k->sheet.form, form_first_error(&k->sheet.form));
	if (e.kind)
		app_error(screen_app(s), &e);
	values_free(&v);
	if (!set)
		return;
	strbuf_printf(&what, "%s: ", of(k, "no"));
	if (form_dirty(&k->sheet.form, at(k, "unit")))
		strbuf_printf(&what, "%s, ", form_value(&k->sheet.form, at(k, "unit")));
	put_dates(&what, value(k, "check_in"), value(k, "check_out"));
	const struct mutation m = {
		.res = stays(), .kind = "patch", .record = k->id, .version = atoi(of(k, "version")), .set = set,
	};
	k->saving = true;
	write_one(s, &m, what.s, on_saved, NULL);
	json_decref(set);
	strbuf_free(&what);
}

/* ---- the screen ---- */

static void on_row(const struct reply *r, void *arg)
{
	struct staychange *k = arg;

	if (r->err) {
		k->err = *r->err;
	} else if (!k->row) {
		k->row = table_ref(r->rows);
		snprintf(k->sheet.currency, sizeof(k->sheet.currency), "%s", of(k, "currency"));
		for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++)
			sheet_load(&k->sheet, at(k, FIELDS[i]), k->row, 0, of(k, "currency"));
	}
	screen_fresh(k->sheet.screen);
	app_redraw(screen_app(k->sheet.screen));
}

static bool staychange_screen_open(struct screen *s, const void *arg)
{
	struct staychange *k = screen_state(s);

	if (!arg)
		return false;
	snprintf(k->id, sizeof(k->id), "%s", (const char *)arg);
	sheet_open(&k->sheet, s);
	k->sheet.left = left;
	k->sheet.save = save;
	for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++)
		sheet_add(&k->sheet, stays(), resource_field(stays(), FIELDS[i]), false);
	k->sheet.form.fields[at(k, "unit")].help = N_("code, title or class; C-n shows which are free and what they cost");
	client_get(screen_session(s), stays(), k->id, screen_owner(s, SLOT_DETAIL), on_row, k);
	return true;
}

static void staychange_close(struct screen *s)
{
	struct staychange *k = screen_state(s);

	ways_close(&k->ways);
	sheet_close(&k->sheet);
	table_free(k->row);
	table_free(k->seen);
}

static void draw_head(const struct staychange *k, struct canvas c)
{
	struct strbuf text = { 0 };
	const struct choice *state = choice_find(resource_field(stays(), "status")->choices, of(k, "status"));

	strbuf_printf(&text, "%s  %s  %s", of(k, "no"), state ? _(state->label) : of(k, "status"), of(k, "party_label"));
	draw_text(c, 0, 1, -1, TOK_TITLE, text.s);
	strbuf_clear(&text);
	put_dates(&text, of(k, "check_in"), of(k, "check_out"));
	strbuf_printf(&text, "  %s", of(k, "unit_label"));
	draw_fit(c, 1, 1, LABEL_WIDTH - 1, TEXT_LEFT, TOK_DIM, _("Now"));
	draw_text(c, 1, 1 + LABEL_WIDTH, -1, TOK_TEXT, text.s);
	strbuf_free(&text);
}

static void draw_line(struct canvas c, int y, const char *label, enum token style, const char *text)
{
	draw_fit(c, y, 1, LABEL_WIDTH - 1, TEXT_LEFT, TOK_DIM, label);
	draw_text(c, y, 1 + LABEL_WIDTH, -1, style, text);
}

static void draw_seen(const struct staychange *k, struct canvas c)
{
	struct strbuf text = { 0 };
	struct err e;

	if (k->err.kind) {
		draw_printf(c, 0, 1, TOK_ERROR, "%s. %s", k->err.text, k->err.remedy);
	} else if (form_changes(&k->sheet.form) == 0) {
		draw_text(c, 0, 1, -1, TOK_DIM, _("another day or unit says what it would cost, and who is in the way"));
	} else if (!k->seen) {
		draw_text(c, 0, 1, -1, TOK_DIM, form_first_error(&k->sheet.form) < 0 ? _("looking…") : "");
	} else if (foresee_refused(k->seen, &e)) {
		draw_line(c, 0, _("Refused"), TOK_WARNING, e.text);
		draw_line(c, 1, "", TOK_DIM, e.remedy);
		draw_line(c, 2, "", TOK_DIM, _("C-n: free units and other dates"));
	} else {
		foresee_price(k->seen, &text);
		draw_line(c, 0, _("Then"), TOK_TEXT, strbuf_str(&text));
		strbuf_clear(&text);
		foresee_money(k->seen, &text);
		draw_line(c, 1, _("Money"), TOK_TEXT, strbuf_str(&text));
		draw_text(c, 2, 1 + LABEL_WIDTH, -1, TOK_DIM,
		    _("nights that stay keep their price, also in another unit"));
	}
	strbuf_free(&text);
}

static void staychange_draw(struct screen *s, struct canvas c)
{
	struct staychange *k = screen_state(s);
	int lines = c.w >= FORM_TWO_COLUMNS ? 4 : k->sheet.form.n + 1;

	if (!k->row) {
		if (k->err.kind)
			draw_text(c, 0, 1, -1, TOK_ERROR, k->err.text);
		else
			answer_draw_loading(s, c);
		return;
	}
	for (int i = 0; i < k->sheet.form.n; i++)
		lines += k->sheet.form.fields[i].error != NULL;
	draw_head(k, c);
	form_draw(&k->sheet.form, canvas_sub(c, HEAD_LINES, 0, lines, c.w), true);
	draw_seen(k, canvas_sub(c, HEAD_LINES + lines + 1, 0, c.h - HEAD_LINES - lines - 1, c.w));
}

static void staychange_event(struct screen *s, enum screen_event ev)
{
	struct staychange *k = screen_state(s);

	if (ev == EV_DATA && k->seen && !k->saving)
		look(s);
}

static void staychange_crumb(struct screen *s, struct strbuf *out)
{
	struct staychange *k = screen_state(s);

	strbuf_printf(out, _("%s: dates and unit"), k->row ? of(k, "no") : "…");
}

static void staychange_describe(struct screen *s, struct strbuf *out)
{
	struct staychange *k = screen_state(s);

	if (k->saving)
		strbuf_puts(out, _("saving…"));
	else
		form_describe(&k->sheet.form, out);
}

static const char *staychange_subject(struct screen *s, const char **id)
{
	*id = ((struct staychange *)screen_state(s))->id;
	return stays()->name;
}

static bool staychange_busy(const struct screen *s)
{
	const struct staychange *k = screen_state((struct screen *)s);

	return ((!k->row && !k->err.kind) || k->saving) && screen_waiting(s);
}

static bool wants_text(const struct screen *s)
{
	(void)s;
	return true;
}

static enum result text(struct screen *s, struct key k)
{
	return form_key(&((struct staychange *)screen_state(s))->sheet.form, k);
}

static enum result act(struct screen *s, int what)
{
	return sheet_do(&((struct staychange *)screen_state(s))->sheet, what);
}

static const struct binding KEYS[] = {
	FORM_KEYS(act),
	{ "C-n F11", "free-units", N_("free units and dates"), ask_ways, 0, B_FOOTER, NULL },
	{ "Esc F3 F12", "leave", N_("leave it as it is"), overlay_leave, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class staychange_class = {
	.name = "staychange", .title = N_("Dates and unit"), .state_size = sizeof(struct staychange), .keys = KEYS,
	.open = staychange_screen_open, .close = staychange_close, .draw = staychange_draw, .event = staychange_event,
	.text = text, .wants_text = wants_text, .describe = staychange_describe, .crumb = staychange_crumb,
	.subject = staychange_subject, .busy = staychange_busy,
};

void staychange_open(struct screen *s, const char *id)
{
	if (seeing_may_write(s, stays()->edit))
		app_push(screen_app(s), &staychange_class, id);
}

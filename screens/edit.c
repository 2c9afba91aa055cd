#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "screens/alike.h"
#include "screens/draft.h"
#include "screens/edit.h"
#include "screens/lease.h"
#include "screens/merge.h"
#include "screens/seeing.h"
#include "screens/write.h"

struct edit {
	struct sheet sheet;        /* first: lookup.c finds it here */
	const struct resource *res;
	char id[UUID_LEN + 1];     /* "" = a new record */
	char title[120];
	int version, newer;        /* newer: somebody has saved that one meanwhile; 0 = not known */
	bool loaded, saving, over; /* over: saved or discarded, nothing is kept */
	struct err err;            /* why there is no record */
	const char *why;           /* why it is read only (msgid), or NULL */
	struct draft draft;
	struct table *theirs;      /* while a conflict is being settled */
	int *differ, ndiffer;      /* its fields */
	struct alike alike;        /* who is here already, of people */
};

struct edit_arg {
	const struct resource *res;
	const char *id;
	const struct param *preset;
	int n;
};

static void write_draft(struct screen *s)
{
	struct edit *e = screen_state(s);

	if (!e->over && e->loaded && !e->sheet.form.readonly)
		draft_write(s, &e->draft, &e->sheet, e->title, e->version);
	app_redraw(screen_app(s));
}

static void touched(struct screen *s, int field)
{
	struct edit *e = screen_state(s);

	(void)field;
	draft_touch(s, &e->draft, write_draft);
}

static void left(struct screen *s, int field)
{
	struct edit *e = screen_state(s);

	(void)field;
	if (e->draft.armed)
		write_draft(s);
}

/* ---- fields from the catalogue ---- */

static bool is_machines(const struct field *f)
{
	static const char *const OWN[] = { "company", "version", "updated_at" };

	for (size_t i = 0; i < ARRAY_LEN(OWN); i++)
		if (!strcmp(f->name, OWN[i]))
			return true;
	return (f->flags & (F_KEY | F_FILTER_ONLY)) || f->type == FT_UUID;
}

static void add_new_fields(struct edit *e)
{
	for (const struct field *f = e->res->fields; f->name; f++)
		if (field_creatable(f) && !is_machines(f))
			sheet_add(&e->sheet, e->res, f, false);
}

static bool is_masked(struct screen *s, const struct field *f)
{
	return (f->flags & F_PERSONAL) && !screen_may(s, "party.contacts");
}

/* What may be changed, and beside it what the record says otherwise. */
static void add_fields(struct screen *s, const struct table *t)
{
	struct edit *e = screen_state(s);

	for (const struct field *f = e->res->fields; f->name; f++) {
		bool open = field_editable(f) && !is_masked(s, f);
		struct strbuf text = { 0 };
		int at;

		if (is_machines(f) || (f->flags & F_SECRET))
			continue;
		sheet_cell(f, t, 0, NULL, &text);
		if (open || text.len > 0 || is_masked(s, f)) {
			at = sheet_add(&e->sheet, e->res, f, !open);
			if (is_masked(s, f))
				form_aside(&e->sheet.form, at, _("hidden: your role lacks party.contacts"));
		}
		strbuf_free(&text);
	}
}

static void fill(struct edit *e, const struct table *t)
{
	const struct field *label = resource_label(e->res);
	const char *currency = table_get(t, 0, "currency");
	struct strbuf title = { 0 };

	snprintf(e->sheet.currency, sizeof(e->sheet.currency), "%s", currency);
	for (int i = 0; i < e->sheet.form.n; i++)
		sheet_load(&e->sheet, i, t, 0, currency);
	if (label)
		sheet_cell(label, t, 0, currency, &title);
	snprintf(e->title, sizeof(e->title), "%s", strbuf_str(&title));
	snprintf(e->id, sizeof(e->id), "%s", table_get(t, 0, "id"));
	e->version = atoi(table_get(t, 0, "version"));
	e->newer = 0;
	strbuf_free(&title);
}

/* ---- a draft from before ---- */

static void draft_answer(struct screen *s, int choice, void *arg)
{
	struct edit *e = screen_state(s);
	json_t *doc = draft_find(s, &e->draft);

	(void)arg;
	if (choice == 0 && draft_restore(&e->sheet, doc) > 0) {
		if (e->id[0] && draft_version(doc) < e->version)
			e->newer = e->version;
		if (e->id[0])
			e->version = draft_version(doc);
		write_draft(s);
	} else if (choice >= 0) {
		draft_drop(s, &e->draft);
	} else {
		e->over = true; /* undecided: it stays where it is */
		app_close(screen_app(s), screen_id(s));
	}
	json_decref(doc);
}

static void look_for_draft(struct screen *s)
{
	struct edit *e = screen_state(s);

	draft_open(&e->draft, e->res, e->id);
	if (!e->sheet.form.readonly)
		draft_ask(s, &e->draft, draft_answer);
}

/* ---- loading ---- */

static void on_row(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct edit *e = screen_state(s);

	if (r->err) {
		if (!e->loaded)
			e->err = *r->err;
		app_redraw(screen_app(s));
		return;
	}
	if (e->loaded && form_changes(&e->sheet.form) > 0) { /* what is typed is never replaced */
		int version = atoi(table_get(r->rows, 0, "version"));

		e->newer = version > e->version ? version : 0;
		app_redraw(screen_app(s));
		return;
	}
	if (!e->loaded)
		add_fields(s, r->rows);
	fill(e, r->rows);
	screen_fresh(s);
	if (!e->loaded) {
		e->loaded = true;
		look_for_draft(s);
	}
}

static void load(struct screen *s)
{
	struct edit *e = screen_state(s);

	client_get(screen_session(s), e->res, e->id, screen_owner(s, SLOT_MAIN), on_row, s);
}

/* ---- what somebody else has changed (DM003) ---- */

static void save_edit(struct screen *s);

static void forget_theirs(struct edit *e)
{
	table_free(e->theirs);
	free(e->differ);
	e->theirs = NULL;
	e->differ = NULL;
	e->ndiffer = 0;
}

static char *their_text(const struct edit *e, int field)
{
	struct strbuf text = { 0 }, clean = { 0 };

	sheet_cell(e->sheet.fields[field].field, e->theirs, 0, table_get(e->theirs, 0, "currency"), &text);
	text_clean(&clean, strbuf_str(&text), text.len, TEXT_ONE_LINE);
	strbuf_free(&text);
	return strbuf_steal(&clean);
}

static void settled(struct screen *s, const bool *theirs)
{
	struct edit *e = screen_state(s);
	const char *currency = table_get(e->theirs, 0, "currency");

	if (!theirs) {
		forget_theirs(e);
		return;
	}
	for (int i = 0; i < e->ndiffer; i++) {
		int field = e->differ[i];
		char *text = their_text(e, field);

		if (theirs[i])
			sheet_load(&e->sheet, field, e->theirs, 0, currency);
		else
			form_rebase(&e->sheet.form, field, text);
		free(text);
	}
	e->version = atoi(table_get(e->theirs, 0, "version"));
	e->newer = 0;
	forget_theirs(e);
	write_draft(s);
	save_edit(s);
}

static void ask_which(struct screen *s)
{
	struct edit *e = screen_state(s);
	struct merge_row *rows = xcalloc((size_t)e->ndiffer, sizeof(*rows));
	char **texts = xcalloc((size_t)e->ndiffer, sizeof(*texts));
	char *title = xasprintf(_("%s was changed meanwhile: version %s, yours is made on %d"), e->title,
	    table_get(e->theirs, 0, "version"), e->version);

	for (int i = 0; i < e->ndiffer; i++) {
		const struct form_field *x = &e->sheet.form.fields[e->differ[i]];

		texts[i] = their_text(e, e->differ[i]);
		rows[i] = (struct merge_row){ _(x->label), x->base, form_value(&e->sheet.form, e->differ[i]), texts[i] };
	}
	merge_ask(s, title, rows, e->ndiffer, settled);
	for (int i = 0; i < e->ndiffer; i++)
		free(texts[i]);
	free(texts);
	free(rows);
	free(title);
}

/* One-sided changes need no question: theirs come in, mine stay. What both changed is asked about. */
static void compare(struct screen *s)
{
	struct edit *e = screen_state(s);
	const char *currency = table_get(e->theirs, 0, "currency");

	e->differ = xcalloc((size_t)e->sheet.form.n + 1, sizeof(*e->differ));
	for (int i = 0; i < e->sheet.form.n; i++) {
		char *text = their_text(e, i);
		const struct form_field *x = &e->sheet.form.fields[i];

		if (!form_dirty(&e->sheet.form, i) || !strcmp(text, form_value(&e->sheet.form, i)))
			sheet_load(&e->sheet, i, e->theirs, 0, currency);
		else if (strcmp(text, x->base) != 0)
			e->differ[e->ndiffer++] = i;
		free(text);
	}
	if (e->ndiffer > 0)
		ask_which(s);
	else
		settled(s, (bool[]){ false });
}

static void on_theirs(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct edit *e = screen_state(s);

	if (r->err) {
		app_error(screen_app(s), r->err);
		return;
	}
	forget_theirs(e);
	e->theirs = table_ref(r->rows);
	compare(s);
}

/* ---- saving ---- */

static void on_saved(struct screen *s, const struct reply *r, void *arg)
{
	struct edit *e = screen_state(s);

	(void)arg;
	e->saving = false;
	if (!r->err) {
		e->over = true;
		draft_drop(s, &e->draft);
		sheet_remember(&e->sheet, e->res);
		app_close(screen_app(s), screen_id(s));
		return;
	}
	if (!strcmp(r->err->code, "DM003") && e->id[0])
		client_get(screen_session(s), e->res, e->id, screen_owner(s, SLOT_MAIN), on_theirs, s);
	else if (sheet_error(&e->sheet, r->err))
		form_go(&e->sheet.form, form_first_error(&e->sheet.form));
	app_redraw(screen_app(s));
}

static void send_values(struct screen *s, const struct values *v)
{
	struct edit *e = screen_state(s);
	json_t *set = values_json(v);
	const struct field *label = resource_label(e->res);
	int at = label ? sheet_field(&e->sheet, label->name) : -1;
	const char *name = e->id[0] ? e->title : at >= 0 ? form_value(&e->sheet.form, at) : _(e->res->label);
	char *what = xasprintf(e->id[0] ? _("%s: saved") : _("%s: created"), name);
	const struct mutation m = {
		.res = e->res, .kind = e->id[0] ? "patch" : "create", .record = e->id[0] ? e->id : NULL,
		.version = e->version, .set = set,
	};

	e->saving = true;
	write_one(s, &m, what, on_saved, NULL);
	json_decref(set);
	free(what);
}

/* Rules across fields look at the whole record, not at what was changed alone. */
static bool check_all(struct edit *e, struct err *err)
{
	struct values all;
	bool ok;

	values_init(&all, e->res);
	ok = sheet_values(&e->sheet, e->res, false, &all, err) && (!e->res->check || e->res->check(&all, err));
	values_free(&all);
	return ok;
}

static void save_edit(struct screen *s)
{
	struct edit *e = screen_state(s);
	struct values v;
	struct err err = { 0 };
	bool ok;

	if (e->saving || e->alike.waiting > 0)
		return;
	if (form_changes(&e->sheet.form) == 0 && e->id[0]) {
		app_message(screen_app(s), TOK_DIM, _("nothing was changed"));
		return;
	}
	values_init(&v, e->res);
	ok = sheet_values(&e->sheet, e->res, e->id[0] != '\0', &v, &err) &&
	    (e->id[0] ? values_check_edit(&v, &err) : values_check_new(&v, &err)) && check_all(e, &err);
	if (!ok)
		app_error(screen_app(s), &err);
	else if (!alike_ask(s, &e->alike, e->id, &v, save_edit))
		send_values(s, &v);
	if (!ok && sheet_error(&e->sheet, &err))
		form_go(&e->sheet.form, form_first_error(&e->sheet.form));
	values_free(&v);
}

/* ---- keys ---- */

static enum result act(struct screen *s, int what)
{
	struct edit *e = screen_state(s);

	if (e->why && (what == FORM_SAVE || what == FORM_LIST || what == FORM_CLEAR)) {
		app_message(screen_app(s), TOK_WARNING, "%s", _(e->why));
		return R_REDRAW;
	}
	return sheet_do(&e->sheet, what);
}

static enum result leave(struct screen *s, int arg)
{
	struct edit *e = screen_state(s);
	int changes = form_changes(&e->sheet.form);

	(void)arg;
	if (e->loaded && changes > 0)
		write_draft(s);
	if (changes > 0 && e->draft.at[0])
		app_message(screen_app(s), TOK_TEXT, _("the draft is kept: opening the form again goes on with it"));
	return R_CLOSE | R_REDRAW;
}

static void discard_answer(struct screen *s, bool agreed, void *arg)
{
	struct edit *e = screen_state(s);

	(void)arg;
	if (!agreed)
		return;
	e->over = true;
	draft_drop(s, &e->draft);
	app_close(screen_app(s), screen_id(s));
}

static enum result discard(struct screen *s, int arg)
{
	struct edit *e = screen_state(s);
	int changes = form_changes(&e->sheet.form);

	(void)arg;
	if (changes == 0) {
		e->over = true;
		if (e->loaded && !e->sheet.form.readonly)
			draft_drop(s, &e->draft);
		return R_CLOSE | R_REDRAW;
	}
	draft_discard_ask(s, changes, discard_answer);
	return R_REDRAW;
}

static bool edit_wants_text(const struct screen *s)
{
	const struct edit *e = screen_state((struct screen *)s);

	return e->loaded && !e->sheet.form.readonly;
}

static enum result edit_text(struct screen *s, struct key k)
{
	struct edit *e = screen_state(s);

	return form_key(&e->sheet.form, k);
}

/* ---- the screen ---- */

/* Why the record is only shown; NULL: it may be changed. */
static const char *why_not(struct screen *s, const struct resource *res)
{
	if (screen_seeing(s))
		return N_("you see as somebody else: nothing can be changed");
	return res->edit && screen_may(s, res->edit) ? NULL : N_("your role may not change this; it is shown only");
}

static bool edit_opened(struct screen *s, const void *arg)
{
	const struct edit_arg *a = arg;
	struct edit *e = screen_state(s);

	if (!a)
		return false;
	e->res = a->res;
	sheet_open(&e->sheet, s);
	e->sheet.touched = touched;
	e->sheet.left = left;
	e->sheet.save = save_edit;
	snprintf(e->id, sizeof(e->id), "%s", a->id ? a->id : "");
	if (a->id) {
		e->why = why_not(s, e->res);
		e->sheet.form.readonly = e->why != NULL;
		load(s);
		return true;
	}
	snprintf(e->sheet.currency, sizeof(e->sheet.currency), "%s", session_currency(screen_session(s)));
	add_new_fields(e);
	e->loaded = true;
	sheet_preset(&e->sheet, a->preset, a->n);
	look_for_draft(s);
	return true;
}

static void edit_closed(struct screen *s)
{
	struct edit *e = screen_state(s);

	if (e->loaded && !e->over && e->draft.armed)
		write_draft(s);
	forget_theirs(e);
	alike_close(&e->alike);
	sheet_close(&e->sheet);
}

static void edit_draw(struct screen *s, struct canvas c)
{
	struct edit *e = screen_state(s);

	if (e->err.kind) {
		draw_text(c, 0, 1, -1, TOK_ERROR, e->err.text);
		draw_text(c, 1, 1, -1, TOK_DIM, e->err.remedy);
	} else if (!e->loaded) {
		draw_text(c, 0, 1, -1, TOK_DIM, _("loading…"));
	} else if (e->why) {
		draw_text(c, 0, 2, -1, TOK_WARNING, _(e->why));
		form_draw(&e->sheet.form, canvas_sub(c, 2, 0, c.h - 2, c.w), true);
	} else {
		form_draw(&e->sheet.form, c, true);
	}
}

static void edit_event(struct screen *s, enum screen_event ev)
{
	struct edit *e = screen_state(s);

	if (e->id[0] && !e->saving && !e->theirs && (ev == EV_DATA || (ev == EV_STATE && screen_ready(s) && !e->loaded)))
		load(s);
}

static void edit_crumb(struct screen *s, struct strbuf *out)
{
	struct edit *e = screen_state(s);

	strbuf_puts(out, e->id[0] ? _("edit") : _("new"));
	if (form_changes(&e->sheet.form) > 0)
		strbuf_puts(out, " *");
	strbuf_printf(out, ": %s", e->id[0] ? e->title : _(e->res->label));
}

static void edit_summary(struct screen *s, struct strbuf *out)
{
	struct edit *e = screen_state(s);
	int changes = form_changes(&e->sheet.form);

	if (e->version > 0)
		strbuf_printf(out, _("base v%d"), e->version);
	if (e->newer)
		strbuf_printf(out, _(", v%d is there"), e->newer);
	if (changes > 0)
		strbuf_printf(out, P_("  %d changed", "  %d changed", changes), changes);
	if (draft_shown(s, &e->draft)[0])
		strbuf_printf(out, _("  draft of %s"), e->draft.shown);
}

static void edit_describe(struct screen *s, struct strbuf *out)
{
	struct edit *e = screen_state(s);

	if (e->saving)
		strbuf_puts(out, _("saving…"));
	else
		form_describe(&e->sheet.form, out);
}

static bool edit_busy(const struct screen *s)
{
	const struct edit *e = screen_state((struct screen *)s);

	return ((!e->loaded && !e->err.kind) || e->saving || e->alike.waiting > 0) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	FORM_KEYS(act),
	{ "Esc F3", "keep-draft", N_("back, keeps the draft"), leave, 0, B_FOOTER, NULL },
	{ "F12", "discard", N_("discard"), discard, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class edit_class = {
	.name = "edit", .title = N_("Edit"), .state_size = sizeof(struct edit), .keys = KEYS,
	.open = edit_opened, .close = edit_closed, .draw = edit_draw, .event = edit_event,
	.text = edit_text, .wants_text = edit_wants_text, .describe = edit_describe, .summary = edit_summary,
	.crumb = edit_crumb, .busy = edit_busy,
};

void edit_open(struct screen *s, const struct resource *res, const char *id, const struct param *preset_values, int n)
{
	const struct edit_arg arg = { .res = res, .id = id && id[0] ? id : NULL, .preset = preset_values, .n = n };

	if (!arg.id && !strcmp(res->singular, "agreement")) {
		lease_new(s, preset_values, n);
		return;
	}
	if (arg.id || seeing_may_write(s, res->create))
		app_push(screen_app(s), &edit_class, &arg);
}

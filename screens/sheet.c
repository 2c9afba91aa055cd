#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "screens/sheet.h"

enum { NOTE_WIDTH = 46, TEXT_WIDTH_MOST = 46, REF_WIDTH = 44, CHOICE_WIDTH = 18 };

/* ---- fields ---- */

int sheet_field(const struct sheet *sh, const char *name)
{
	return form_find(&sh->form, name);
}

static enum form_kind kind_of(const struct field *f)
{
	switch (f->type) {
	case FT_INT:
	case FT_BP:
		return FORM_NUMBER;
	case FT_MONEY:
		return FORM_MONEY;
	case FT_DATE:
	case FT_TIME:
		return FORM_DATE;
	case FT_BOOL:
		return FORM_BOOL;
	case FT_CHOICE:
		return FORM_CHOICE;
	case FT_REF:
		return FORM_REF;
	case FT_TEXT:
		return f->max > 300 ? FORM_NOTE : FORM_TEXT;
	case FT_UUID:
		break;
	}
	return FORM_TEXT;
}

static int width_of(const struct field *f)
{
	int width = f->width > 0 ? f->width : 16;

	switch (f->type) {
	case FT_DATE:
		return 11; /* the cursor stands behind it */
	case FT_TIME:
		return 17;
	case FT_REF:
		return REF_WIDTH;
	case FT_MONEY:
		return 14;
	case FT_CHOICE:
		return CHOICE_WIDTH;
	case FT_TEXT:
		if (f->choices)
			return CHOICE_WIDTH;
		width = f->max > width ? (int)f->max : width;
		return f->max > 300 ? NOTE_WIDTH : width > TEXT_WIDTH_MOST ? TEXT_WIDTH_MOST : width;
	case FT_INT:
		return width < 6 ? 6 : width;
	case FT_BP:
	case FT_BOOL:
	case FT_UUID:
		break;
	}
	return width;
}

int sheet_add(struct sheet *sh, const struct resource *res, const struct field *f, bool readonly)
{
	const struct form_field shape = {
		.name = f->name, .label = f->label, .help = f->help, .kind = kind_of(f), .width = width_of(f),
		.required = f->flags & F_REQUIRED, .readonly = readonly,
		.fixed = f->type == FT_TEXT && f->min == f->max ? (int)f->max : 0,
	};
	int at = form_add(&sh->form, &shape);

	sh->fields = xreallocarray(sh->fields, (size_t)at + 1, sizeof(*sh->fields));
	sh->fields[at] = (struct sheet_field){ .sheet = sh, .res = res, .field = f };
	return at;
}

static void put_id(char **at, const char *id)
{
	free(*at);
	*at = id && id[0] ? xstrdup(id) : NULL;
}

void sheet_set(struct sheet *sh, int field, const char *text, const char *id)
{
	form_set(&sh->form, field, text);
	put_id(&sh->fields[field].id, id);
}

static void on_name(const struct reply *r, void *arg)
{
	struct sheet_field *x = arg;
	int at = (int)(x - x->sheet->fields);
	struct strbuf text = { 0 };

	if (r->err)
		return; /* it stays as given: saving says what is wrong with it */
	sheet_cell(resource_label(catalogue_resource(x->field->ref)), r->rows, 0, NULL, &text);
	sheet_set(x->sheet, at, strbuf_str(&text), table_get(r->rows, 0, "id"));
	strbuf_free(&text);
	if (x->sheet->left)
		x->sheet->left(x->sheet->screen, at);
	app_redraw(screen_app(x->sheet->screen));
}

void sheet_name(struct sheet *sh, int field, const char *key)
{
	form_set(&sh->form, field, key);
	client_get(screen_session(sh->screen), catalogue_resource(sh->fields[field].field->ref), key,
	    screen_owner(sh->screen, SLOT_NAME), on_name, &sh->fields[field]);
}

void sheet_preset(struct sheet *sh, const struct param *p, int n)
{
	int currency = sheet_field(sh, "currency");

	if (currency >= 0)
		form_reset(&sh->form, currency, sh->currency);
	for (int i = 0; i < n; i++) {
		int at = sheet_field(sh, p[i].name);

		if (at >= 0 && sh->fields[at].field->type == FT_REF)
			sheet_name(sh, at, p[i].value);
		else if (at >= 0)
			form_set(&sh->form, at, p[i].value);
	}
}

const char *sheet_value(const struct sheet *sh, int field)
{
	const char *text = form_value(&sh->form, field);

	return sh->fields[field].id && text[0] ? sh->fields[field].id : text;
}

/* ---- a record's values as one would type them ---- */

static const char *known_word(const struct choice *choices, const char *value)
{
	for (const struct choice *c = choices; c && c->value; c++)
		if (!strcmp(c->value, value))
			return _(c->label);
	return value;
}

void sheet_cell(const struct field *f, const struct table *t, int row, const char *currency, struct strbuf *out)
{
	char column[80], amount[40];
	const char *cell = table_get(t, row, field_column(f, column));

	if (!cell[0])
		return;
	if (f->type == FT_REF) {
		char *label = xasprintf("%s_label", f->name);

		strbuf_puts(out, table_get(t, row, label)[0] ? table_get(t, row, label) : cell);
		free(label);
	} else if (f->type == FT_MONEY) {
		money_format(strtoll(cell, NULL, 10), currency && currency[0] ? currency : "KZT", false, amount);
		strbuf_puts(out, amount);
	} else if (f->type == FT_CHOICE || f->type == FT_TEXT) {
		strbuf_puts(out, known_word(f->choices, cell));
	} else {
		value_show(out, f->type, NULL, cell, NULL);
	}
}

void sheet_load(struct sheet *sh, int field, const struct table *t, int row, const char *currency)
{
	const struct field *f = sh->fields[field].field;
	struct strbuf text = { 0 };

	sheet_cell(f, t, row, currency, &text);
	form_reset(&sh->form, field, strbuf_str(&text));
	if (f->type == FT_REF) {
		put_id(&sh->fields[field].id, table_get(t, row, f->name));
		put_id(&sh->fields[field].base_id, table_get(t, row, f->name));
	}
	if (f->type == FT_MONEY)
		form_aside(&sh->form, field, currency);
	strbuf_free(&text);
}

/* ---- checking ---- */

/* "1606" becomes 2026-06-16, "prem" Premium: what was understood is shown. */
static void rewrite(struct sheet *sh, int field, const char *canonical)
{
	const struct field *f = sh->fields[field].field;
	struct strbuf text = { 0 };

	if (f->type == FT_DATE || f->type == FT_BOOL)
		value_show(&text, f->type, NULL, canonical, NULL);
	else if (f->type == FT_CHOICE || (f->type == FT_TEXT && f->choices))
		strbuf_puts(&text, known_word(f->choices, canonical));
	if (text.len > 0 && strcmp(text.s, form_value(&sh->form, field)))
		form_set(&sh->form, field, text.s);
	strbuf_free(&text);
}

static const char *currency_of(const struct sheet *sh)
{
	int at = sheet_field(sh, "currency");

	if (at >= 0 && money_digits(form_value(&sh->form, at)) >= 0)
		return form_value(&sh->form, at);
	return sh->currency[0] ? sh->currency : NULL;
}

/* "prem" is Premium, if no other known word begins so. */
static const struct choice *begun(const struct choice *choices, const char *text)
{
	const struct choice *found = NULL;
	char *typed = text_fold(text);
	size_t n = strlen(typed);

	for (const struct choice *c = choices; n > 1 && c && c->value; c++) {
		char *label = text_fold(_(c->label));

		if (!strncmp(label, typed, n) || !strncmp(c->value, typed, n)) {
			n = found ? 0 : n; /* two: nobody knows which */
			found = c;
		}
		free(label);
	}
	free(typed);
	return n > 1 ? found : NULL;
}

static void check(struct sheet *sh, int field)
{
	const struct sheet_field *x = &sh->fields[field];
	const char *text = form_value(&sh->form, field);
	struct err e = { 0 };
	char *value;

	form_error(&sh->form, field, NULL);
	if (!text[strspn(text, " ")]) {
		if (sh->form.fields[field].required)
			form_error(&sh->form, field, _("a value is needed"));
		return;
	}
	if (x->field->type == FT_TEXT && !choice_find(x->field->choices, text) && begun(x->field->choices, text))
		form_set(&sh->form, field, text = _(begun(x->field->choices, text)->label));
	value = value_parse(x->field, sheet_value(sh, field), screen_today(sh->screen), currency_of(sh), &e);
	if (value)
		rewrite(sh, field, value);
	else
		sheet_error(sh, &e);
	free(value);
}

bool sheet_error(struct sheet *sh, const struct err *e)
{
	int at = e->field[0] ? sheet_field(sh, e->field) : -1;
	char line[600];

	if (at < 0)
		return false;
	snprintf(line, sizeof(line), e->remedy[0] ? "%s. %s" : "%s", e->text, e->remedy);
	form_error(&sh->form, at, line);
	return true;
}

static bool set_one(struct sheet *sh, int i, struct values *v, struct err *e)
{
	if (values_set(v, sh->fields[i].field->name, sheet_value(sh, i), screen_today(sh->screen), e))
		return true;
	sheet_error(sh, e);
	return false;
}

bool sheet_values(struct sheet *sh, const struct resource *res, bool dirty_only, struct values *v, struct err *e)
{
	for (int i = 0; i < sh->form.n; i++) {
		const struct form_field *x = &sh->form.fields[i];
		bool given = form_value(&sh->form, i)[0] != '\0';

		if (sh->fields[i].res != res || x->readonly || !(dirty_only ? form_dirty(&sh->form, i) : given))
			continue;
		if (!set_one(sh, i, v, e))
			return false;
	}
	return true;
}

/* ---- what C-d takes ---- */

static char *remembered_name(const struct resource *res)
{
	return xasprintf("last/%s", res->singular);
}

void sheet_remember(struct sheet *sh, const struct resource *res)
{
	struct statedir *d = screen_statedir(sh->screen);
	json_t *doc;
	char *name;

	if (!d)
		return;
	doc = json_object();
	for (int i = 0; i < sh->form.n; i++) {
		const struct sheet_field *x = &sh->fields[i];

		if (x->res != res || (x->field->flags & (F_SECRET | F_PERSONAL)) || !form_value(&sh->form, i)[0])
			continue;
		json_object_set_new(doc, x->field->name, json_pack("{s:s,s:s?}", "text", form_value(&sh->form, i), "id", x->id));
	}
	name = remembered_name(res);
	statedir_put(d, name, doc, NULL);
	free(name);
	json_decref(doc);
}

static const char *previous(void *ctx, int field)
{
	struct sheet *sh = ctx;
	const struct sheet_field *x = &sh->fields[field];
	const json_t *value;

	if (!sh->previous && screen_statedir(sh->screen)) {
		char *name = remembered_name(x->res);

		sh->previous = statedir_get(screen_statedir(sh->screen), name);
		free(name);
	}
	value = json_object_get(sh->previous, x->field->name);
	if (!json_is_object(value)) {
		app_message(screen_app(sh->screen), TOK_DIM, _("no previous record to take it from"));
		return NULL;
	}
	put_id(&sh->fields[field].id, json_string_value(json_object_get(value, "id")));
	return json_string_value(json_object_get(value, "text"));
}

/* ---- the form's callbacks ---- */

static void changed(void *ctx, int field)
{
	struct sheet *sh = ctx;

	if (!form_value(&sh->form, field)[0])
		put_id(&sh->fields[field].id, NULL);
	if (sh->touched)
		sh->touched(sh->screen, field);
}

static void leave(void *ctx, int field)
{
	struct sheet *sh = ctx;

	check(sh, field);
	if (sh->left)
		sh->left(sh->screen, field);
}

static void list(void *ctx, int field, const char *typed)
{
	lookup_list(ctx, field, typed);
}

static void turn(void *ctx, int field)
{
	struct sheet *sh = ctx;

	form_set(&sh->form, field, strcmp(form_value(&sh->form, field), _("yes")) ? _("yes") : _("no"));
}

static void save(void *ctx)
{
	struct sheet *sh = ctx;

	sh->save(sh->screen);
}

static const struct form_source SOURCE = {
	.changed = changed, .leave = leave, .list = list, .turn = turn, .previous = previous, .save = save,
};

enum result sheet_do(struct sheet *sh, int what)
{
	return form_do(&sh->form, what);
}

/* ---- life ---- */

void sheet_open(struct sheet *sh, struct screen *s)
{
	sh->screen = s;
	sh->asked = -1;
	sh->form = (struct form){ .source = &SOURCE, .ctx = sh };
}

void sheet_close(struct sheet *sh)
{
	lookup_close(sh);
	for (int i = 0; i < sh->form.n; i++) {
		free(sh->fields[i].id);
		free(sh->fields[i].base_id);
	}
	free(sh->fields);
	json_decref(sh->previous);
	form_free(&sh->form);
}

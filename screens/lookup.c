/* Lists of values for the fields of a sheet: the catalogue's choices, records of another resource, days. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/sheet.h"
#include "tui/pick.h"

enum { FOUND_MOST = 40, NOTES_MOST = 3 };

/* The sheet of the form that asks: one a screen, at the start of its state. */
static struct sheet *sheet_of(struct screen *s)
{
	return screen_state(s);
}

static const struct field *asked(const struct sheet *sh)
{
	return sh->fields[sh->asked].field;
}

/* ---- taken ---- */

static void take(struct sheet *sh, const char *text, const char *id)
{
	sheet_set(sh, sh->asked, text, id);
	form_error(&sh->form, sh->asked, NULL);
	if (sh->touched)
		sh->touched(sh->screen, sh->asked);
	form_do(&sh->form, FORM_NEXT);
}

/* ---- choices ---- */

/* Some word of it begins so, in the language in force, or the stored value does. */
static bool begins(const char *label, const char *typed)
{
	char *a = text_fold(label), *b = text_fold(typed);
	const char *at = a;
	size_t n = strlen(b);
	bool found = false;

	while (at && !found) {
		found = strncmp(at, b, n) == 0;
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	free(a);
	free(b);
	return found;
}

static void choices_find(struct screen *s, const char *words)
{
	struct sheet *sh = sheet_of(s);
	const struct choice *all = asked(sh)->choices;

	sh->nmatches = 0;
	for (int i = 0; all && all[i].value; i++) {
		if (!begins(_(all[i].label), words) && !begins(all[i].value, words))
			continue;
		sh->matches = xreallocarray(sh->matches, (size_t)sh->nmatches + 1, sizeof(*sh->matches));
		sh->matches[sh->nmatches++] = i;
	}
}

static int choices_rows(struct screen *s)
{
	return sheet_of(s)->nmatches;
}

static void choices_cell(struct screen *s, int row, struct strbuf *value, struct strbuf *note)
{
	const struct choice *c = &asked(sheet_of(s))->choices[sheet_of(s)->matches[row]];

	strbuf_puts(value, _(c->label));
	if (strcmp(_(c->label), c->value))
		strbuf_puts(note, c->value);
}

static void choices_done(struct screen *s, int row, const char *words)
{
	struct sheet *sh = sheet_of(s);

	(void)words;
	if (row >= 0)
		take(sh, _(asked(sh)->choices[sh->matches[row]].label), NULL);
}

static const struct pick_source CHOICES = { .rows = choices_rows, .cell = choices_cell, .find = choices_find };

/* ---- records ---- */

/* The words typed, as words and nothing else: a name with "=" in it is no condition. A unit's class narrows. */
static char *filter_of(const struct resource *res, const char *words)
{
	const struct field *class = resource_field(res, "class");
	struct strbuf out = { 0 };
	char *copy = xstrdup(words), *rest = copy;

	for (char *w = strsep(&rest, " "); w; w = strsep(&rest, " ")) {
		const struct choice *c = w[0] && class ? choice_find(class->choices, w) : NULL;

		if (c) {
			strbuf_printf(&out, " class=%s", c->value);
			continue;
		}
		if (w[0])
			strbuf_puts(&out, " \"");
		for (const char *p = w; *p; p++) {
			if (*p == '"' || *p == '\\')
				strbuf_putc(&out, '\\');
			strbuf_putc(&out, *p);
		}
		if (w[0])
			strbuf_putc(&out, '"');
	}
	free(copy);
	return strbuf_steal(&out);
}

static void on_found(const struct reply *r, void *arg)
{
	struct sheet *sh = arg;

	table_free(sh->found);
	sh->found = table_ref(r->rows);
	sh->waiting = false;
	if (r->err)
		app_error(screen_app(sh->screen), r->err);
	pick_fresh(sh->screen);
}

static void ask_records(struct screen *s)
{
	struct sheet *sh = sheet_of(s);
	const struct resource *res = sh->asked >= 0 ? catalogue_resource(asked(sh)->ref) : NULL;
	struct query q;
	struct err e;
	char *filter;

	screen_cancel(s, SLOT_LOOKUP);
	if (!res)
		return;
	filter = filter_of(res, sh->words ? sh->words : "");
	query_init(&q, res);
	q.limit = FOUND_MOST;
	q.brief = true;
	if (query_filter(&q, filter, screen_today(s), NULL, &e)) {
		client_list(screen_session(s), &q, screen_owner(s, SLOT_LOOKUP), on_found, sh);
	} else {
		sh->waiting = false;
		app_error(screen_app(s), &e);
	}
	query_free(&q);
	free(filter);
}

static void records_find(struct screen *s, const char *words)
{
	struct sheet *sh = sheet_of(s);

	free(sh->words);
	sh->words = xstrdup(words);
	sh->waiting = true;
	screen_later(s, ask_records);
}

static bool records_waiting(struct screen *s)
{
	return sheet_of(s)->waiting;
}

static int records_rows(struct screen *s)
{
	return table_rows(sheet_of(s)->found);
}

/* Its name, and beside it the first things that the catalogue lists of such a record. */
static void records_cell(struct screen *s, int row, struct strbuf *value, struct strbuf *note)
{
	struct sheet *sh = sheet_of(s);
	const struct resource *res = catalogue_resource(asked(sh)->ref);
	const struct field *label = resource_label(res);
	const char *currency = table_get(sh->found, row, "currency");
	int notes = 0;

	sheet_cell(label, sh->found, row, currency, value);
	for (const struct field *f = res->fields; f->name && notes < NOTES_MOST; f++) {
		struct strbuf one = { 0 };

		if ((f->flags & F_LIST) && f != label)
			sheet_cell(f, sh->found, row, currency, &one);
		if (one.len > 0 && notes++)
			strbuf_puts(note, "  ");
		strbuf_puts(note, strbuf_str(&one));
		strbuf_free(&one);
	}
}

static void records_done(struct screen *s, int row, const char *words)
{
	struct sheet *sh = sheet_of(s);
	struct strbuf text = { 0 };

	(void)words;
	screen_cancel(s, SLOT_LOOKUP);
	if (row >= 0) {
		sheet_cell(resource_label(catalogue_resource(asked(sh)->ref)), sh->found, row, NULL, &text);
		take(sh, strbuf_str(&text), table_get(sh->found, row, "id"));
	}
	strbuf_free(&text);
	table_free(sh->found);
	sh->found = NULL;
}

static const struct pick_source RECORDS = {
	.rows = records_rows, .cell = records_cell, .find = records_find, .waiting = records_waiting,
};

/* ---- days ---- */

static void day_done(struct screen *s, day_t day)
{
	struct sheet *sh = sheet_of(s);
	char iso[16];

	if (day == DAY_NONE)
		return;
	day_format(day, iso);
	take(sh, iso, NULL);
}

static void ask_day(struct sheet *sh)
{
	day_t today = screen_today(sh->screen);

	calendar_ask(sh->screen, _(asked(sh)->label), day_parse_human(form_value(&sh->form, sh->asked), today), today,
	    sh->days, sh->screen, day_done);
}

/* ---- any field ---- */

void lookup_list(struct sheet *sh, int field, const char *typed)
{
	const struct field *f = sh->fields[field].field;

	sh->asked = field;
	if (f->type == FT_REF)
		pick_ask(sh->screen, _(f->label), typed, &RECORDS, records_done);
	else if (f->choices)
		pick_ask(sh->screen, _(f->label), typed, &CHOICES, choices_done);
	else if (f->type == FT_DATE)
		ask_day(sh);
	else if (f->type == FT_BOOL)
		sh->form.source->turn(sh, field);
	else
		app_message(screen_app(sh->screen), TOK_DIM, _("%s has no list of values"), _(f->label));
}

void lookup_close(struct sheet *sh)
{
	table_free(sh->found);
	free(sh->matches);
	free(sh->words);
	sh->found = NULL;
	sh->matches = NULL;
	sh->words = NULL;
}

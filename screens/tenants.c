/*
 * The registry of tenants, guests and everybody else who is a party to
 * something. A digit begins a search at once (the tail of a phone, a number, a
 * flat), letters are commands: words begin with "/". Where there is room the
 * person under the cursor stands beside the list.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/layout.h"
#include "base/mem.h"
#include "screens/columns.h"
#include "screens/edit.h"
#include "screens/person.h"
#include "screens/reveal.h"
#include "screens/rows.h"
#include "screens/twins.h"

#define SPLIT_WIDTH 120 /* from here on the person stands beside the list */
#define LIST_PART 64    /* of hundred columns, then */

struct tenants {
	struct rows rows; /* first: see rows.h */
	struct person person;
	bool started, wide;
	char typed[FILTER_MOST]; /* the search as it was typed, */
	bool words;              /* … nothing but words, */
	int tried;               /* and how many other readings of it were tried, since nobody was found */
	bool by_digit;           /* the search began with a digit: */
	bool open_one;           /* … Enter opens the only one who matches, once the answer is here */
};

static const char *const COLUMNS[] = { "no", "name", "phone", "home", "balance", "status", "roles" };

/* ---- the person beside follows the cursor, once it rests ---- */

static void ask_person(struct screen *s)
{
	struct tenants *st = screen_state(s);

	person_ask(&st->person);
}

static void ask_again(struct screen *s)
{
	struct tenants *st = screen_state(s);

	person_refresh(&st->person);
}

static void follow(struct screen *s)
{
	struct tenants *st = screen_state(s);

	if (st->wide)
		person_load(&st->person, st->rows.id);
	app_redraw(screen_app(s));
}

static void moved(struct screen *s)
{
	screen_later(s, follow);
}

/* ---- opening, editing ---- */

static enum result move(struct screen *s, int arg)
{
	struct tenants *st = screen_state(s);

	return rows_move(&st->rows, arg);
}

/* Who was merged is shown by the record that he is part of now. */
static enum result enter(struct screen *s, int arg)
{
	struct tenants *st = screen_state(s);
	const char *into = rows_get(&st->rows, "merged_into");
	bool merged = into[0] != '\0';

	(void)arg;
	if (!st->rows.id[0])
		return R_NONE;
	if (merged)
		app_message(screen_app(s), TOK_WARNING, _("%s is merged into %s: this is the record that stayed"),
		    rows_get(&st->rows, "name"), rows_get(&st->rows, "merged_into_label"));
	app_push(screen_app(s), &record_class, &(struct record_arg){
		.res = st->rows.query.res, .id = merged ? into : st->rows.id,
		.title = rows_get(&st->rows, merged ? "merged_into_label" : "name") });
	return R_REDRAW;
}

static enum result edit(struct screen *s, int make)
{
	struct tenants *st = screen_state(s);

	if (!make && !st->rows.id[0])
		return R_NONE;
	edit_open(s, st->rows.query.res, make ? NULL : st->rows.id, NULL, 0);
	return R_REDRAW;
}

static enum result reveal(struct screen *s, int arg)
{
	struct tenants *st = screen_state(s);

	(void)arg;
	if (st->rows.id[0])
		reveal_open(s, st->rows.id, rows_get(&st->rows, "name"));
	return R_REDRAW;
}

/* The two that are marked, or the marked one and the one under the cursor; with no mark: who may be here twice. */
static enum result merge(struct screen *s, int arg)
{
	struct tenants *st = screen_state(s);
	const struct marks *m = &st->rows.marks;

	(void)arg;
	if (m->n == 2)
		twins_open(s, m->all[0].id, m->all[1].id);
	else if (m->n == 1 && st->rows.id[0] && strcmp(m->all[0].id, st->rows.id))
		twins_open(s, m->all[0].id, st->rows.id);
	else if (m->n == 0)
		app_push(screen_app(s), &duplicates_class, NULL);
	else
		app_message(screen_app(s), TOK_WARNING, _("mark the two records of one person with Space, then M"));
	return R_REDRAW;
}

/* ---- looking for somebody ---- */

/* Nothing but words: they may have been typed with the other layout on. */
static bool is_words(const struct query *q)
{
	for (size_t i = 0; i < q->nterms; i++)
		if (q->terms[i].op != OP_WORD || q->terms[i].negated)
			return false;
	return q->nterms > 0;
}

static bool use_filter(struct screen *s, const char *text, struct err *e)
{
	struct tenants *st = screen_state(s);

	st->tried = 0;
	if (!rows_filter(&st->rows, text, e))
		return false;
	snprintf(st->typed, sizeof(st->typed), "%s", text);
	st->words = is_words(&st->rows.query);
	return true;
}

enum { AS_UNIT, AS_CYRILLIC, AS_LATIN, AS_LATIN_KZ, READINGS };

/* Whoever lives in the unit of this code; NULL: it is none. */
static char *as_unit(const char *text)
{
	char *filter;

	if (!strpbrk(text, "0123456789") || strpbrk(text, " \t\"\\,~=<>!@"))
		return NULL;
	filter = xasprintf("home=%s", text);
	for (char *c = strchr(filter, '='); *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return filter;
}

static char *read_as(const char *text, int reading)
{
	return reading == AS_UNIT ? as_unit(text) : reading == AS_CYRILLIC ? layout_cyrillic(text) :
	    layout_latin(text, reading == AS_LATIN_KZ);
}

/* Nobody is called so: a flat, or the same keys in the other layouts, one after another; at last as it was typed. */
static void reread(struct screen *s)
{
	struct tenants *st = screen_state(s);
	struct err e;

	while (st->tried < READINGS) {
		char *text = read_as(st->typed, st->tried++);
		bool asked = text && strcmp(text, st->typed) && rows_filter(&st->rows, text, &e);

		free(text);
		if (asked)
			return;
	}
	if (st->tried == READINGS && strcmp(st->rows.filter.text, st->typed)) {
		st->tried++;
		rows_filter(&st->rows, st->typed, &e);
	}
}

static void answered(struct screen *s)
{
	struct tenants *st = screen_state(s);
	int n = window_rows(st->rows.window);
	bool open = st->open_one;

	if (n == 0 && st->tried <= READINGS && st->words) {
		reread(s);
		return;
	}
	st->open_one = false;
	if (open && n == 1)
		enter(s, 0);
	screen_later(s, follow);
}

/* Enter: whoever began with a digit wants one person, and has him if there is only one. */
static void search_done(struct screen *s, const char *text)
{
	struct tenants *st = screen_state(s);

	st->open_one = st->by_digit && text && text[0];
	st->by_digit = false;
	if (st->open_one && !window_loading(st->rows.window))
		answered(s);
}

static enum result search(struct screen *s, struct key k)
{
	struct tenants *st = screen_state(s);
	char text[2] = "";

	k = key_latin(k);
	if (k.mods || k.code > '9' || !isdigit((int)k.code) || !st->started)
		return R_NONE;
	text[0] = (char)k.code;
	st->by_digit = true;
	return live_filter_begin(&st->rows.filter, s, text);
}

/* ---- the screen ---- */

static void choose_columns(struct rows *r)
{
	const struct field *fields[ARRAY_LEN(COLUMNS)];

	for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++)
		fields[i] = resource_field(r->query.res, COLUMNS[i]);
	rows_show(r, fields, ARRAY_LEN(COLUMNS));
}

/* The filter may speak of days and money: it waits for the session that knows them. */
static bool start(struct screen *s, struct err *e)
{
	struct tenants *st = screen_state(s);
	char filter[FILTER_MOST];

	if (st->started || !screen_ready(s))
		return true;
	snprintf(filter, sizeof(filter), "%s", st->rows.filter.text);
	st->started = use_filter(s, filter, e);
	return st->started;
}

static bool tenants_open(struct screen *s, const void *arg)
{
	struct tenants *st = screen_state(s);
	struct err e;

	(void)arg;
	rows_open(&st->rows, s, catalogue_resource("parties"), moved);
	st->rows.filter.ended = search_done;
	st->rows.answered = answered;
	st->rows.filter.use = use_filter;
	choose_columns(&st->rows);
	person_open(&st->person, s, ask_person, ask_again);
	if (!start(s, &e))
		app_error(screen_app(s), &e);
	return true;
}

static void tenants_close(struct screen *s)
{
	struct tenants *st = screen_state(s);

	person_close(&st->person);
	rows_close(&st->rows);
}

/* Which keys look for somebody, where nothing else is said at the bottom. */
static struct canvas draw_hint(struct tenants *st, struct canvas c)
{
	if (live_filter_lines(&st->rows.filter))
		return rows_frame(&st->rows, c);
	draw_text(c, c.h - 1, 1, -1, TOK_DIM,
	    _("digits look for a phone or a number; / for a name, a flat (A02-4), anything"));
	return canvas_sub(c, 0, 0, c.h - 1, c.w);
}

static void tenants_draw(struct screen *s, struct canvas c)
{
	struct tenants *st = screen_state(s);
	bool wide = c.w >= SPLIT_WIDTH;
	int left = wide ? c.w * LIST_PART / 100 : c.w;

	if (wide != st->wide)
		screen_later(s, follow);
	st->wide = wide;
	c = draw_hint(st, c);
	if (!wide) {
		rows_draw(&st->rows, c, true);
		return;
	}
	rows_draw(&st->rows, draw_frame(canvas_sub(c, 0, 0, c.h, left), _("Registry"), true), true);
	person_draw(&st->person, canvas_sub(c, 0, left, c.h, c.w - left));
}

static void tenants_place(struct screen *s, struct strbuf *out)
{
	struct tenants *st = screen_state(s);

	strbuf_printf(out, "tenants%s%s", st->rows.filter.text[0] ? " " : "", st->rows.filter.text);
}

static bool tenants_take(struct screen *s, const char *words, struct err *e)
{
	struct tenants *st = screen_state(s);

	if (st->started || !live_filter_fits(words, e))
		return use_filter(s, words, e);
	snprintf(st->rows.filter.text, sizeof(st->rows.filter.text), "%s", words); /* used once the session is known */
	return true;
}

static void tenants_keep(struct screen *s, struct strbuf *out)
{
	rows_keep(screen_state(s), out);
}

static void tenants_restore(struct screen *s, const char *kept)
{
	rows_restore(screen_state(s), kept);
}

static const char *tenants_subject(struct screen *s, const char **id)
{
	return rows_subject(screen_state(s), id);
}

static bool tenants_busy(const struct screen *s)
{
	const struct tenants *st = screen_state((struct screen *)s);

	return (!st->started || rows_busy(&st->rows)) && screen_waiting(s);
}

static void tenants_event(struct screen *s, enum screen_event ev)
{
	struct tenants *st = screen_state(s);
	struct err e;

	if (ev == EV_STATE && !start(s, &e))
		app_error(screen_app(s), &e);
	if (!st->started)
		return;
	rows_event(&st->rows, ev);
	if (ev == EV_DATA && st->wide)
		person_refresh(&st->person);
}

static void tenants_describe(struct screen *s, struct strbuf *out)
{
	struct tenants *st = screen_state(s);

	if (strcmp(st->rows.filter.text, st->typed))
		strbuf_printf(out, _("nobody is %s; shown for %s"), st->typed, st->rows.filter.text);
	else
		rows_describe(&st->rows, out);
}

static void tenants_summary(struct screen *s, struct strbuf *out)
{
	rows_summary(screen_state(s), out);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "e M-e", "edit", N_("edit"), edit, 0, B_FOOTER, NULL },
	{ "n F6", "new", N_("new"), edit, 1, B_FOOTER, "party.edit" },
	{ "F8", "reveal", N_("personal data"), reveal, 0, B_FOOTER, "party.view_pii" },
	{ "M M-j", "merge", N_("duplicates"), merge, 0, B_FOOTER, "party.merge" },
	ROWS_KEYS,
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class tenants_class = {
	.name = "tenants", .title = N_("Tenants"), .tab = N_("People"), .digit = '3', .go = 't',
	.state_size = sizeof(struct tenants), .keys = KEYS, .hotkey = search,
	.open = tenants_open, .close = tenants_close, .draw = tenants_draw, .event = tenants_event,
	.summary = tenants_summary, .describe = tenants_describe, .subject = tenants_subject,
	.place = tenants_place, .take = tenants_take, .filters = "parties", .keep = tenants_keep,
	.restore = tenants_restore, .busy = tenants_busy,
};

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/value.h"
#include "screens/readiness.h"
#include "screens/seeing.h"
#include "screens/write.h"
#include "tui/list.h"
#include "tui/overlay.h"

static const char *const TICKS[] = { "cleaned", "linen", "codes", "amenities" };

enum { NTICKS = ARRAY_LEN(TICKS), LINE_PROBLEM = NTICKS, LINE_NOTE, LINES, WIDTH = 56, CHECKS_MOST = 20 };

struct readiness {
	char id[UUID_LEN + 1], label[80];
	struct table *checks;  /* of the stay, the newest first; NULL until they came */
	struct err err;
	int kind;              /* place in the field's choices: which check is shown */
	int cursor;
	bool chosen;
	bool saving;           /* until the checks have come again: before that, their ids and versions are of the past */
	bool saved;            /* the answer is here, the checks are asked for */
	unsigned flips;        /* ticks pressed meanwhile, a bit each: saved together then */
};

struct readiness_arg { const char *id, *label; };

static const struct resource *checks(void)
{
	return catalogue_resource("readiness_check");
}

static const struct choice *kinds(void)
{
	return resource_field(checks(), "kind")->choices;
}

static int kind_count(void)
{
	int n = 0;

	while (kinds()[n].value)
		n++;
	return n;
}

/* Its row; -1: nobody has begun it. */
static int row_of(const struct readiness *k, int kind)
{
	for (int i = 0; i < table_rows(k->checks); i++)
		if (!strcmp(table_get(k->checks, i, "kind"), kinds()[kind].value))
			return i;
	return -1;
}

static const char *of(const struct readiness *k, const char *column)
{
	int row = row_of(k, k->kind);

	return row < 0 ? "" : table_get(k->checks, row, column);
}

static bool ticked(const struct readiness *k, int i)
{
	return (of(k, TICKS[i])[0] == 't') != (k->flips >> i & 1);
}

/* ---- asking ---- */

static void put(struct screen *s, const struct param *given, int n, const char *words);

/* What was ticked while the last save was on its way. */
static void put_flips(struct screen *s)
{
	struct readiness *k = screen_state(s);
	struct param given[NTICKS];
	struct strbuf words = { 0 };
	int n = 0;

	for (int i = 0; i < NTICKS; i++)
		if (k->flips >> i & 1) {
			strbuf_printf(&words, "%s%s", n ? ", " : "", _(resource_field(checks(), TICKS[i])->label));
			given[n++] = (struct param){ TICKS[i], ticked(k, i) ? "yes" : "no" };
		}
	k->flips = 0;
	if (n)
		put(s, given, n, words.s);
	strbuf_free(&words);
}

/* The last check that was begun; a day before the arrival if there is none. */
static void choose_kind(struct readiness *k)
{
	for (int i = 0; i < kind_count() && table_rows(k->checks) > 0; i++)
		if (!strcmp(table_get(k->checks, 0, "kind"), kinds()[i].value))
			k->kind = i;
	k->chosen = true;
}

static void on_checks(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct readiness *k = screen_state(s);

	err_clear(&k->err);
	if (r->err) {
		k->err = *r->err;
	} else {
		table_free(k->checks);
		k->checks = table_ref(r->rows);
		if (!k->chosen)
			choose_kind(k);
	}
	if (k->saving && k->saved) {
		k->saving = k->saved = false;
		put_flips(s);
	}
	app_redraw(screen_app(s));
}

static void load(struct screen *s)
{
	struct readiness *k = screen_state(s);
	char filter[UUID_LEN + 16];
	struct query q;

	query_init(&q, checks());
	q.limit = CHECKS_MOST;
	snprintf(filter, sizeof(filter), "reservation=%s", k->id);
	screen_cancel(s, SLOT_MAIN);
	if (query_filter(&q, filter, screen_today(s), NULL, &k->err) && query_sort(&q, "-created_at", &k->err))
		client_list(screen_session(s), &q, screen_owner(s, SLOT_MAIN), on_checks, s);
	query_free(&q);
}

/* ---- writing ---- */

static void on_saved(struct screen *s, const struct reply *r, void *arg)
{
	struct readiness *k = screen_state(s);

	(void)arg;
	if (r->err)
		k->flips = 0;
	k->saved = true;
	load(s);
}

/* n fields with their values, of the check that is shown; it is made if nobody has begun it. */
static void put(struct screen *s, const struct param *given, int n, const char *words)
{
	struct readiness *k = screen_state(s);
	int row = row_of(k, k->kind);
	struct values v;
	struct err e = { 0 };
	bool good = true;
	char *what;

	if (!k->checks)
		return;
	if (k->saving) {
		app_message(screen_app(s), TOK_DIM, _("saving…"));
		return;
	}
	if (!seeing_may_write(s, checks()->edit))
		return;
	values_init(&v, checks());
	for (int i = 0; i < n && good; i++)
		good = values_set(&v, given[i].name, given[i].value, screen_today(s), &e);
	if (good && row < 0)
		good = values_set(&v, "reservation", k->id, screen_today(s), &e) &&
		    values_set(&v, "kind", kinds()[k->kind].value, screen_today(s), &e);
	if (good) {
		json_t *set = values_json(&v);
		const struct mutation m = {
			.res = checks(), .kind = row < 0 ? "create" : "patch", .record = row < 0 ? NULL : of(k, "id"),
			.version = row < 0 ? 0 : atoi(of(k, "version")), .set = set,
		};

		k->saving = true;
		what = xasprintf("%s: %s", k->label, words);
		write_one(s, &m, what, on_saved, NULL);
		free(what);
		json_decref(set);
	} else {
		app_error(screen_app(s), &e);
	}
	values_free(&v);
}

/* ---- keys ---- */

static void problem_chosen(struct screen *s, int choice, void *arg)
{
	const struct choice *all = resource_field(checks(), "problem")->choices;

	(void)arg;
	if (choice == 0)
		put(s, &(struct param){ "problem", "" }, 1, _("no problem"));
	else if (choice > 0)
		put(s, &(struct param){ "problem", all[choice - 1].value }, 1, _(all[choice - 1].label));
}

static void ask_problem(struct screen *s)
{
	const struct choice *all = resource_field(checks(), "problem")->choices;
	struct menu_item items[CHECKS_MOST] = { { .label = _("no problem"), .key = '0' } };
	int n = 1;

	for (; all[n - 1].value && n < CHECKS_MOST; n++)
		items[n] = (struct menu_item){ .label = _(all[n - 1].label), .key = (char)('0' + n) };
	menu_ask(s, _(resource_field(checks(), "problem")->label), items, n, 0, problem_chosen, NULL);
}

static void note_typed(struct screen *s, const char *text)
{
	if (text)
		put(s, &(struct param){ "note", text }, 1, _("note"));
}

static enum result toggle(struct screen *s, int arg)
{
	struct readiness *k = screen_state(s);
	int at = arg >= 0 ? arg : k->cursor;
	const struct field *f = at < NTICKS ? resource_field(checks(), TICKS[at]) : NULL;

	if (!k->checks)
		return R_HANDLED;
	k->cursor = at;
	if (at == LINE_PROBLEM)
		ask_problem(s);
	else if (at == LINE_NOTE)
		app_prompt(screen_app(s), s, _("Note:"), of(k, "note"), NULL, note_typed);
	else if (k->saving)
		k->flips ^= 1u << at;
	else
		put(s, &(struct param){ f->name, ticked(k, at) ? "no" : "yes" }, 1, _(f->label));
	return R_REDRAW;
}

static enum result all_ready(struct screen *s, int arg)
{
	struct param all[NTICKS];

	(void)arg;
	for (int i = 0; i < NTICKS; i++)
		all[i] = (struct param){ TICKS[i], "yes" };
	put(s, all, NTICKS, _("all is ready"));
	return R_REDRAW;
}

static enum result other(struct screen *s, int step)
{
	struct readiness *k = screen_state(s);

	if (k->flips) { /* they are of the check that is shown */
		app_message(screen_app(s), TOK_DIM, _("saving…"));
		return R_REDRAW;
	}
	k->kind = (k->kind + step + kind_count()) % kind_count();
	return R_REDRAW;
}

static enum result move(struct screen *s, int arg)
{
	struct readiness *k = screen_state(s);

	k->cursor += arg == LIST_DOWN ? 1 : arg == LIST_UP ? -1 : arg == LIST_HOME || arg == LIST_PGUP ? -LINES : LINES;
	k->cursor = k->cursor < 0 ? 0 : k->cursor >= LINES ? LINES - 1 : k->cursor;
	return R_REDRAW;
}

/* ---- drawing ---- */

static void draw_item(const struct readiness *k, struct canvas c, int y, int i)
{
	const struct field *f = resource_field(checks(), i < NTICKS ? TICKS[i] : i == LINE_PROBLEM ? "problem" : "note");
	struct strbuf text = { 0 };

	draw_text(c, y, 0, 1, TOK_ROW_CURSOR, i != k->cursor ? " " : draw_marker(true));
	if (i < NTICKS) {
		draw_printf(c, y, 2, TOK_ROW, "[%c] %d %s", ticked(k, i) ? 'x' : ' ', i + 1, _(f->label));
	} else {
		value_show(&text, FT_TEXT, f->choices, of(k, f->name), NULL);
		draw_printf(c, y, 2, i == LINE_PROBLEM && text.len ? TOK_WARNING : TOK_ROW, "    %d %s: %s", i + 1, _(f->label),
		    text.len ? text.s : "-");
	}
	if (i == k->cursor)
		draw_cursor(c, y, 0);
	strbuf_free(&text);
}

static const char *verdict(const struct readiness *k)
{
	if (k->saving)
		return _("saving…");
	if (row_of(k, k->kind) < 0)
		return _("nobody has looked yet");
	return of(k, "ready")[0] == 't' ? _("ready") : _("not ready");
}

static void readiness_draw(struct screen *s, struct canvas body)
{
	struct readiness *k = screen_state(s);
	char *title = xasprintf("%s  %s", k->label, _("is the unit ready?"));
	struct canvas c = overlay_frame(body, LINES + 4, WIDTH, title);
	int x = 0;

	free(title);
	if (!k->checks) {
		draw_text(c, 0, 0, -1, TOK_DIM, k->err.kind ? k->err.text : _("loading…"));
		return;
	}
	for (int i = 0; i < kind_count(); i++) {
		bool on = i == k->kind;

		x += draw_text(c, 0, x, -1, on ? TOK_TITLE : TOK_DIM, on ? "[" : " ");
		x += draw_text(c, 0, x, -1, on ? TOK_TITLE : TOK_DIM, _(kinds()[i].label));
		x += draw_text(c, 0, x, -1, on ? TOK_TITLE : TOK_DIM, on ? "]" : " ");
	}
	for (int i = 0; i < LINES; i++)
		draw_item(k, c, 2 + i, i);
	draw_text(c, c.h - 1, 0, -1, of(k, "ready")[0] == 't' ? TOK_GOOD : TOK_WARNING, verdict(k));
}

/* ---- life ---- */

static bool readiness_screen_open(struct screen *s, const void *arg)
{
	const struct readiness_arg *a = arg;
	struct readiness *k = screen_state(s);

	if (!a)
		return false;
	snprintf(k->id, sizeof(k->id), "%s", a->id);
	snprintf(k->label, sizeof(k->label), "%s", a->label);
	load(s);
	return true;
}

static void readiness_close(struct screen *s)
{
	table_free(((struct readiness *)screen_state(s))->checks);
}

static void readiness_event(struct screen *s, enum screen_event ev)
{
	if (ev == EV_DATA)
		load(s);
}

static void readiness_describe(struct screen *s, struct strbuf *out)
{
	struct readiness *k = screen_state(s);

	strbuf_printf(out, "%s: %s", _(kinds()[k->kind].label), k->checks ? verdict(k) : _("loading…"));
}

static const char *readiness_subject(struct screen *s, const char **id)
{
	struct readiness *k = screen_state(s);

	*id = of(k, "id");
	return (*id)[0] ? checks()->name : NULL;
}

static bool readiness_busy(const struct screen *s)
{
	const struct readiness *k = screen_state((struct screen *)s);

	return ((!k->checks && !k->err.kind) || k->saving) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Space Enter", "tick", N_("tick"), toggle, -1, B_FOOTER, NULL },
	{ "* C-a", "all-ready", N_("all is ready"), all_ready, 0, B_FOOTER, NULL },
	{ "Tab Right l", "next-check", N_("other check"), other, 1, B_FOOTER, NULL },
	{ "BackTab Left h", "previous-check", N_("the check before"), other, -1, B_HIDDEN, NULL },
	{ "1", "tick-1", N_("tick line 1"), toggle, 0, B_HIDDEN, NULL },
	{ "2", "tick-2", N_("tick line 2"), toggle, 1, B_HIDDEN, NULL },
	{ "3", "tick-3", N_("tick line 3"), toggle, 2, B_HIDDEN, NULL },
	{ "4", "tick-4", N_("tick line 4"), toggle, 3, B_HIDDEN, NULL },
	{ "5", "problem", N_("a problem"), toggle, LINE_PROBLEM, B_HIDDEN, NULL },
	{ "6", "note", N_("note"), toggle, LINE_NOTE, B_HIDDEN, NULL },
	{ "Esc q F3 F12", "leave", N_("leave"), overlay_leave, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

static const struct screen_class readiness_class = {
	.name = "readiness", .title = N_("Readiness"), .state_size = sizeof(struct readiness), .keys = KEYS, .overlay = true,
	.open = readiness_screen_open, .close = readiness_close, .draw = readiness_draw, .event = readiness_event,
	.describe = readiness_describe, .subject = readiness_subject, .busy = readiness_busy,
};

void readiness_open(struct screen *s, const char *id, const char *label)
{
	app_push(screen_app(s), &readiness_class, &(struct readiness_arg){ .id = id, .label = label });
}

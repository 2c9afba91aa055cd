/*
 * One report of the catalogue as a table: what was asked stands above it in
 * words, Enter opens the rows that a line counted. Arguments are typed behind
 * its name on the palette's line, or in a form; the period moves by itself.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "screens/drill.h"
#include "screens/report_self.h"
#include "tui/overlay.h"

/* ---- asking ---- */

static void ask(struct screen *s)
{
	struct report_view *v = screen_state(s);

	report_question(v, &v->round);
}

static bool is_complete(struct report_view *v)
{
	char buf[16];

	err_clear(&v->wrong);
	for (int i = 0; v->rep->args && v->rep->args[i].name && i < REPORT_ARGS; i++)
		if (v->rep->args[i].required && !report_value(v, i, buf)) {
			err_set(&v->wrong, ERR_USAGE, "E-ARG", v->rep->args[i].name, _("o fills it in"), _("needed first: %s"),
			    _(v->rep->args[i].label));
			return false;
		}
	return true;
}

void report_ask(struct report_view *v)
{
	answer_free(&v->rows);
	answer_free(&v->total);
	v->totals = v->list.cursor = v->list.top = 0;
	v->seen = NULL;
	if (v->started && is_complete(v))
		round_start(&v->round);
	app_redraw(screen_app(v->screen));
}

static void again(struct screen *s)
{
	struct report_view *v = screen_state(s);

	round_start(&v->round);
}

/* ---- keys ---- */

static enum result move(struct screen *s, int arg)
{
	struct report_view *v = screen_state(s);

	return v->rep ? list_move(&v->list, arg) : R_HANDLED;
}

static enum result enter(struct screen *s, int arg)
{
	(void)arg;
	if (!report_rows_enter(screen_state(s)))
		app_message(screen_app(s), TOK_DIM, _("this line stands for no list of its own"));
	return R_REDRAW;
}

static enum result arguments(struct screen *s, int arg)
{
	struct report_view *v = screen_state(s);

	if (!v->rep)
		return R_HANDLED;
	(void)arg;
	report_args_ask(s);
	return R_REDRAW;
}

/* From and to by themselves, as of by a month. */
static enum result step(struct screen *s, int arg)
{
	struct report_view *v = screen_state(s);
	int as_of = v->rep ? report_arg(v->rep, "as_of") : -1;
	char buf[16];

	if (!v->rep)
		return R_HANDLED;
	if (report_has_period(v->rep)) {
		v->period = arg ? period_step(&v->period, arg) : period_of(PERIOD_MONTH, screen_today(s));
	} else if (as_of >= 0) {
		day_t day = arg ? day_add_months(day_parse(report_value(v, as_of, buf)), arg) : DAY_NONE;

		free(v->value[as_of]);
		day_format(day, buf);
		v->value[as_of] = arg ? xstrdup(buf) : NULL;
	} else {
		app_message(screen_app(s), TOK_DIM, _("this report has no period"));
		return R_REDRAW;
	}
	report_ask(v);
	return R_REDRAW;
}

static void days_typed(struct screen *s, const char *text)
{
	struct report_view *v = screen_state(s);
	struct err e;

	if (!text || !text[0])
		return;
	if (report_set(v, report_has_period(v->rep) ? "period" : "as_of", text, &e))
		report_ask(v);
	else
		app_error(screen_app(s), &e);
}

static enum result ask_days(struct screen *s, int arg)
{
	struct report_view *v = screen_state(s);

	if (!v->rep)
		return R_HANDLED;
	(void)arg;
	if (report_has_period(v->rep) || report_arg(v->rep, "as_of") >= 0)
		app_prompt(screen_app(s), s, report_has_period(v->rep) ? _("period:") : _("date:"), "", NULL, days_typed);
	else
		step(s, 0);
	return R_REDRAW;
}

static void period_chosen(struct screen *s, int kind, void *arg)
{
	struct report_view *v = screen_state(s);

	(void)arg;
	if (kind == PERIOD_OTHER) {
		ask_days(s, 0);
	} else if (kind >= 0) {
		v->period = period_of((enum period_kind)kind, screen_today(s));
		report_ask(v);
	}
}

static enum result ask_period(struct screen *s, int arg)
{
	struct report_view *v = screen_state(s);

	if (!v->rep)
		return R_HANDLED;
	if (!report_has_period(v->rep))
		return ask_days(s, arg);
	period_menu(s, &v->period, period_chosen);
	return R_REDRAW;
}

/* The next of its choices: of what, or by which measure. */
static enum result turn(struct screen *s, int measure)
{
	static const char *const GROUPS[] = { "group", "of", "rows" }, *const MEASURES[] = { "by", "basis", "cohort" };
	struct report_view *v = screen_state(s);
	const char *const *names = measure ? MEASURES : GROUPS;
	int i = -1, at = 0;
	char buf[16];

	if (!v->rep)
		return R_HANDLED;
	for (int k = 0; k < 3 && i < 0; k++)
		i = report_arg(v->rep, names[k]);
	if (i < 0 || !v->rep->args[i].choices) {
		app_message(screen_app(s), TOK_DIM, measure ? _("this report has one measure") : _("this report has one grouping"));
		return R_REDRAW;
	}
	const struct choice *all = v->rep->args[i].choices;
	const char *now = report_value(v, i, buf);

	while (now && all[at].value && strcmp(all[at].value, now) != 0)
		at++;
	at = all[at].value && all[at + 1].value ? at + 1 : 0;
	free(v->value[i]);
	v->value[i] = xstrdup(all[at].value);
	report_ask(v);
	return R_REDRAW;
}

static void sort_chosen(struct screen *s, int choice, void *arg)
{
	struct report_view *v = screen_state(s);

	(void)arg;
	if (choice == 0)
		report_rows_sort(v, -1, false);
	else if (choice > 0)
		report_rows_sort(v, v->shown[choice - 1], v->rep->columns[v->shown[choice - 1]].type != FT_TEXT);
}

static enum result sort(struct screen *s, int back)
{
	struct report_view *v = screen_state(s);
	struct menu_item items[REPORT_COLUMNS + 1] = { { .label = _("as it came"), .key = '0' } };
	int n = 1;

	if (!v->rep)
		return R_HANDLED;
	if (report_rows_more(v)) {
		app_message(screen_app(s), TOK_WARNING, _("not all rows are here to be sorted: narrow it down first (o)"));
	} else if (back) {
		report_rows_sort(v, v->sort, !v->descending);
	} else {
		for (; n <= v->list.ncolumns; n++)
			items[n] = (struct menu_item){ .label = _(v->columns[n - 1].title),
				.key = (char)(n < 10 ? '0' + n : 0) };
		menu_ask(s, _("Sort"), items, n, 0, sort_chosen, NULL);
	}
	return R_REDRAW;
}

static enum result scroll(struct screen *s, int arg)
{
	return report_rows_scroll(screen_state(s), arg);
}

static enum result copy(struct screen *s, int arg)
{
	(void)arg;
	return report_rows_copy(screen_state(s));
}

static enum result export_ask(struct screen *s, int arg)
{
	(void)arg;
	return report_rows_export_ask(screen_state(s));
}

/* ---- the screen ---- */

static void start(struct screen *s)
{
	struct report_view *v = screen_state(s);
	struct err e;

	if (v->started || !v->rep || !screen_ready(s))
		return;
	v->started = true;
	v->period = period_of(PERIOD_MONTH, screen_today(s));
	if (v->pending[0] && !report_set_words(v, v->pending, &e))
		app_error(screen_app(s), &e);
	report_ask(v);
}

/* What it is about changed. */
static void use(struct screen *s, const struct report *rep)
{
	struct report_view *v = screen_state(s);

	report_forget(v);
	v->rep = rep;
	v->started = false;
	v->title[0] = v->pending[0] = v->kept[0] = '\0';
	v->sort = v->marked = -1;
	v->scrolled = 0;
	report_rows_open(v);
}

static bool report_open(struct screen *s, const void *arg)
{
	const struct report_arg *a = arg;
	struct report_view *v = screen_state(s);

	v->screen = s;
	v->round = (struct round){ .screen = s, .ask = ask, .again_fn = again };
	if (!a) /* its name comes with the words behind it */
		return true;
	use(s, a->rep);
	snprintf(v->title, sizeof(v->title), "%s", a->title ? a->title : "");
	for (int i = 0; i < a->n; i++) {
		size_t n = strlen(v->pending);

		snprintf(v->pending + n, sizeof(v->pending) - n, "%s%s=\"%s\"", n ? " " : "", a->given[i].name, a->given[i].value);
	}
	start(s);
	return true;
}

static bool report_take(struct screen *s, const char *words, struct err *e)
{
	struct report_view *v = screen_state(s);
	size_t n = strcspn(words, " ");
	char name[40];
	const struct report *rep;

	snprintf(name, sizeof(name), "%.*s", (int)n, words);
	rep = catalogue_report(name);
	if (!rep) {
		err_set(e, ERR_USAGE, "E-REPORT", NULL, _("The list of them: reports"), _("there is no report %s"), name);
		return false;
	}
	use(s, rep);
	snprintf(v->pending, sizeof(v->pending), "%s", words + n + strspn(words + n, " "));
	start(s);
	return true;
}

static void report_close(struct screen *s)
{
	struct report_view *v = screen_state(s);

	report_forget(v);
	report_rows_close(v);
	answer_free(&v->rows);
	answer_free(&v->total);
}

static void report_draw(struct screen *s, struct canvas c)
{
	struct report_view *v = screen_state(s);
	struct strbuf text = { 0 };

	if (!v->rep) { /* a name that there is not was typed */
		draw_text(c, 0, 1, -1, TOK_DIM, _("The list of them: reports"));
		return;
	}
	if (v->started) {
		report_said(v, &text);
		draw_text(c, 0, 1, -1, TOK_TITLE, strbuf_str(&text));
	}
	strbuf_free(&text);
	c = canvas_sub(c, 2, 0, c.h - 2, c.w);
	if (v->wrong.kind) {
		draw_text(c, 0, 1, -1, TOK_WARNING, v->wrong.text);
		draw_text(c, 1, 1, -1, TOK_DIM, v->wrong.remedy);
	} else if (!answer_draw_missing(s, &v->rows, c)) {
		report_rows_draw(v, c, true);
	}
}

static void report_event(struct screen *s, enum screen_event ev)
{
	struct report_view *v = screen_state(s);

	if (ev == EV_STATE)
		start(s);
	if (ev == EV_DATA && v->started && !v->wrong.kind)
		round_change(&v->round);
}

static void report_summary(struct screen *s, struct strbuf *out)
{
	struct report_view *v = screen_state(s);
	int n = report_rows_count(v);

	if (!v->rows.rows)
		return;
	if (report_rows_more(v))
		strbuf_printf(out, _("the first %d rows, there are more"), n);
	else
		strbuf_printf(out, P_("%d row", "%d rows", (unsigned)n), n);
	if (v->sort >= 0)
		strbuf_printf(out, "  %s %s%s", _("sort:"), _(v->rep->columns[v->sort].label), v->descending ? " ↓" : "");
	/* TRANSLATORS: how many more columns there are on either side */
	if (v->scrolled > 0 || v->beyond > 0)
		strbuf_printf(out, _("  %d ← columns → %d"), v->scrolled, v->beyond);
}

static void report_crumb(struct screen *s, struct strbuf *out)
{
	struct report_view *v = screen_state(s);

	strbuf_puts(out, v->title[0] ? v->title : v->rep ? _(v->rep->label) : _("Report"));
}

/* A record where a row is one: its list is that record alone. */
static const char *report_subject(struct screen *s, const char **id)
{
	struct report_view *v = screen_state(s);
	struct strbuf filter = { 0 }, kind = { 0 };
	int row;
	const struct answer *a = report_rows_at(v, &row);
	const struct resource *res = NULL;

	if (a && drill_filter(v->rep, a->rows, row, &filter) && strlen(filter.s) == UUID_LEN + 3 &&
	    !strncmp(filter.s, "id=", 3) && drill_resource(v->rep, a->rows, row, &kind)) {
		snprintf(v->id, sizeof(v->id), "%s", filter.s + 3);
		*id = v->id;
		res = catalogue_resource(kind.s);
	}
	strbuf_free(&filter);
	strbuf_free(&kind);
	return res ? res->name : NULL;
}

static void report_place(struct screen *s, struct strbuf *out)
{
	struct report_view *v = screen_state(s);

	if (!v->rep || !v->started)
		return;
	strbuf_printf(out, "report %s", v->rep->name);
	if (report_has_period(v->rep) && v->period.kind != PERIOD_MONTH) {
		strbuf_puts(out, " period=");
		period_put(&v->period, out);
	}
	for (int i = 0; v->rep->args && v->rep->args[i].name && i < REPORT_ARGS; i++)
		if (v->value[i])
			strbuf_printf(out, strchr(v->value[i], ' ') ? " %s=\"%s\"" : " %s=%s", v->rep->args[i].name, v->value[i]);
}

/* Sort, and the row. */
static void report_keep(struct screen *s, struct strbuf *out)
{
	struct report_view *v = screen_state(s);
	int row;
	const struct answer *a = report_rows_at(v, &row);

	if (!a)
		return;
	strbuf_printf(out, "%s%s ", v->descending ? "-" : "", v->sort >= 0 ? v->rep->columns[v->sort].name : ".");
	report_rows_text(v, a, row, v->shown[0], out);
}

static void report_restore(struct screen *s, const char *kept)
{
	struct report_view *v = screen_state(s);
	size_t n = strcspn(kept, " ");

	v->descending = kept[0] == '-';
	for (int i = 0; v->rep && v->rep->columns[i].name; i++)
		if (strlen(v->rep->columns[i].name) == n - v->descending &&
		    !strncmp(v->rep->columns[i].name, kept + v->descending, n - v->descending))
			v->sort = i;
	snprintf(v->kept, sizeof(v->kept), "%s", kept[n] ? kept + n + 1 : "");
	report_rows_settle(v);
}

static bool report_busy(const struct screen *s)
{
	const struct report_view *v = screen_state((struct screen *)s);

	return v->rep && !v->wrong.kind && (!v->started || (!v->rows.rows && !v->rows.err.kind)) && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), enter, 0, B_FOOTER, NULL },
	{ "o M-o", "arguments", N_("what is asked"), arguments, 0, B_FOOTER, NULL },
	{ "< C-Left", "period-before", N_("period before"), step, -1, B_FOOTER, NULL },
	{ "> C-Right", "period-after", N_("period after"), step, 1, B_FOOTER, NULL },
	{ "t M-n", "today", N_("today"), step, 0, 0, NULL },
	{ "P M-q", "period", N_("period"), ask_period, 0, B_FOOTER, NULL },
	{ "d M-s", "date", N_("date"), ask_days, 0, B_FOOTER, NULL },
	{ "b M-b", "grouping", N_("grouping"), turn, 0, B_FOOTER, NULL },
	{ "m M-u", "measure", N_("measure"), turn, 1, B_FOOTER, NULL },
	{ "s C-t", "sort", N_("sort"), sort, 0, B_FOOTER, NULL },
	{ "S", "sort-reverse", N_("sort the other way round"), sort, 1, B_HIDDEN, NULL },
	{ "Right l", "columns-right", N_("columns to the right"), scroll, 1, 0, NULL },
	{ "Left h", "columns-left", N_("columns to the left"), scroll, -1, 0, NULL },
	{ "y C-y", "copy", N_("copy"), copy, 0, B_FOOTER, NULL },
	{ "x C-e", "export-report", N_("export"), export_ask, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class report_class = {
	.name = "report", .title = N_("Report"), .state_size = sizeof(struct report_view), .keys = KEYS,
	.open = report_open, .close = report_close, .draw = report_draw, .event = report_event,
	.summary = report_summary, .crumb = report_crumb, .subject = report_subject, .place = report_place,
	.keep = report_keep, .restore = report_restore, .take = report_take, .busy = report_busy,
};

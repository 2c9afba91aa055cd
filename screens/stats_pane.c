#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/drill.h"
#include "screens/parts.h"
#include "screens/stats.h"

/* "{by}" of a pane's arguments. */
static const char *chosen(const struct stats_choice *choice, const char *name, size_t n)
{
	const struct { const char *name, *value; } all[] = {
		{ "by", choice->by }, { "group", choice->group }, { "of", choice->of }, { "cohort", choice->cohort },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (strlen(all[i].name) == n && !strncmp(all[i].name, name, n))
			return all[i].value;
	return "";
}

static void fill_in(const char *args, const struct stats_choice *choice, struct strbuf *out)
{
	for (const char *p = args; *p; p++) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;

		if (!end) {
			strbuf_putc(out, *p);
			continue;
		}
		strbuf_puts(out, chosen(choice, p + 1, (size_t)(end - p - 1)));
		p = end;
	}
}

static struct period own_period(struct screen *s, const struct pane_def *def, struct period p)
{
	day_t tomorrow = screen_today(s) + 1;

	if (def->past_months > 0 && day_add_months(p.from, def->past_months) > p.to)
		p = period_days(day_add_months(day_month_start(p.to - 1), 1 - def->past_months), p.to);
	if (def->until_today && p.to > tomorrow && p.from < tomorrow)
		p = period_days(p.from, tomorrow);
	return p;
}

void pane_open(struct pane *p, struct screen *s, const struct pane_def *def, const struct period *period,
    const struct stats_choice *choice)
{
	struct strbuf args = { 0 };
	struct err e;

	*p = (struct pane){ .def = def, .marked = -1 };
	p->view = (struct report_view){
		.screen = s, .rep = def->report ? catalogue_report(def->report) : NULL, .period = own_period(s, def, *period),
		.sort = -1, .marked = -1, .only = def->columns, .summed = def->total, .started = true,
	};
	if (!p->view.rep)
		return;
	report_rows_open(&p->view);
	fill_in(def->args ? def->args : "", choice, &args);
	if (!report_set_words(&p->view, strbuf_str(&args), &e))
		app_error(screen_app(s), &e);
	strbuf_free(&args);
	if (def->kind == PANE_WEEKS)
		weeks_open(p);
}

void pane_close(struct pane *p)
{
	report_forget(&p->view);
	report_rows_close(&p->view);
	answer_free(&p->view.rows);
	answer_free(&p->view.total);
}

void pane_ask(struct pane *p, struct round *round)
{
	if (p->def && p->view.rep)
		report_question(&p->view, round);
}

/* ---- five rows and others ---- */

static int rows_of(const struct pane *p)
{
	return table_rows(p->view.rows.rows);
}

static enum result top_move(struct pane *p, int move)
{
	int to = p->view.list.cursor + (move == HEAT_DOWN ? 1 : move == HEAT_UP ? -1 : 0);

	if (to >= 0 && to < rows_of(p))
		p->view.list.cursor = to;
	return R_REDRAW;
}

static bool top_enter(struct pane *p)
{
	int row = p->view.list.cursor;

	return row < rows_of(p) &&
	    drill_row(p->view.screen, p->view.rep, p->view.rows.rows, row, answer_text(&p->view.rows, row, "name"));
}

/* ---- all kinds ---- */

void pane_draw(struct pane *p, struct canvas c, bool focused, const char *title)
{
	struct report_view *v = &p->view;

	c = part_section(v->screen, c, _(title ? title : p->def->title), focused);
	if (p->def->kind == PANE_TOP) {
		part_top(v->screen, c, &v->rows, focused ? v->list.cursor : -1);
		return;
	}
	if (answer_draw_missing(v->screen, &v->rows, c))
		return;
	if (p->def->kind == PANE_WEEKS)
		weeks_draw(p, c, focused);
	else
		report_rows_draw(v, c, focused);
}

enum result pane_move(struct pane *p, int move)
{
	static const int AS_LIST[] = {
		[HEAT_UP] = LIST_UP, [HEAT_DOWN] = LIST_DOWN, [HEAT_PGUP] = LIST_PGUP, [HEAT_PGDN] = LIST_PGDN,
		[HEAT_HOME] = LIST_HOME, [HEAT_END] = LIST_END,
	};

	if (!p->view.rep) /* nothing is asked there */
		return R_HANDLED;
	if (p->def->kind == PANE_WEEKS)
		return heat_move(&p->heat, move);
	if (p->def->kind == PANE_TOP)
		return top_move(p, move);
	if (move == HEAT_LEFT || move == HEAT_RIGHT)
		return report_rows_scroll(&p->view, move == HEAT_RIGHT ? 1 : -1);
	return list_move(&p->view.list, AS_LIST[move]);
}

bool pane_enter(struct pane *p)
{
	if (p->def->kind == PANE_WEEKS)
		return weeks_enter(p);
	if (p->def->kind == PANE_TOP)
		return top_enter(p);
	return report_rows_enter(&p->view);
}

void pane_describe(struct pane *p, struct strbuf *out)
{
	if (p->def->kind == PANE_WEEKS)
		weeks_describe(p, out);
	else if (p->def->note)
		strbuf_puts(out, _(p->def->note));
}

const char *pane_subject(struct pane *p, const char **id)
{
	static const struct { const char *of, *resource; } KINDS[] = {
		{ "unit", "units" }, { "client", "parties" }, { "debtor", "parties" }, { "agent", "users" },
		{ "building", "buildings" },
	};
	int of = p->def->kind == PANE_TOP ? report_arg(p->view.rep, "of") : -1;

	for (size_t i = 0; of >= 0 && p->view.value[of] && i < ARRAY_LEN(KINDS); i++)
		if (!strcmp(KINDS[i].of, p->view.value[of])) {
			*id = answer_text(&p->view.rows, p->view.list.cursor, "key");
			return (*id)[0] ? KINDS[i].resource : NULL;
		}
	return NULL;
}

void pane_as_report(struct pane *p)
{
	struct report_view *v = &p->view;
	struct param given[REPORT_ARGS + 1];
	struct strbuf period = { 0 };
	int n = 0;

	if (!v->rep)
		return;
	if (report_has_period(v->rep)) {
		period_put(&v->period, &period);
		given[n++] = (struct param){ "period", strbuf_str(&period) };
	}
	for (int i = 0; v->rep->args && v->rep->args[i].name && i < REPORT_ARGS; i++)
		if (v->value[i])
			given[n++] = (struct param){ v->rep->args[i].name, v->value[i] };
	app_push(screen_app(v->screen), &report_class, &(struct report_arg){ .rep = v->rep, .given = given, .n = n });
	strbuf_free(&period);
}

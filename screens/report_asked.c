/* What a report is asked for: its arguments as typed, with what they are when nobody says, and in words. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/command.h"
#include "client/value.h"
#include "screens/format.h"
#include "screens/report_self.h"

/* ---- arguments ---- */

int report_arg(const struct report *rep, const char *name)
{
	for (int i = 0; rep->args && rep->args[i].name && i < REPORT_ARGS; i++)
		if (!strcmp(rep->args[i].name, name))
			return i;
	return -1;
}

bool report_has_period(const struct report *rep)
{
	return report_arg(rep, "from") >= 0 && report_arg(rep, "to") >= 0;
}

const char *report_value(const struct report_view *v, int arg, char buf[static 16])
{
	const struct arg *a = &v->rep->args[arg];

	if (report_has_period(v->rep) && (!strcmp(a->name, "from") || !strcmp(a->name, "to"))) {
		day_format(!strcmp(a->name, "from") ? v->period.from : v->period.to, buf);
		return buf;
	}
	if (v->value[arg])
		return v->value[arg];
	if (!strcmp(a->name, "as_of")) {
		day_format(screen_today(v->screen), buf);
		return buf;
	}
	return a->fallback;
}

static bool set_day(struct report_view *v, const char *name, day_t day, struct err *e)
{
	bool from = !strcmp(name, "from");
	struct period p = period_days(from ? day : v->period.from, from ? v->period.to : day);

	if (p.to <= p.from)
		p = from ? period_days(day, day_add_months(day, 1)) : period_days(day_add_months(day, -1), day);
	v->period = p;
	(void)e;
	return true;
}

bool report_set(struct report_view *v, const char *name, const char *text, struct err *e)
{
	int i = report_arg(v->rep, name);
	char *value = NULL;

	if (report_has_period(v->rep) && !strcmp(name, "period"))
		return period_parse(text && text[0] ? text : "month", screen_today(v->screen), &v->period, e);
	if (i < 0) {
		err_set(e, ERR_USAGE, "E-ARG", NULL, NULL, _("the report %s has no parameter \"%.60s\""), v->rep->name, name);
		return false;
	}
	if (text && text[0]) {
		const struct arg *a = &v->rep->args[i];
		const struct field f = { .name = a->name, .label = a->label, .type = a->type, .choices = a->choices, .ref = a->ref };

		value = value_parse(&f, text, screen_today(v->screen), session_currency(screen_session(v->screen)), e);
		if (!value)
			return false;
		if (report_has_period(v->rep) && (!strcmp(name, "from") || !strcmp(name, "to"))) {
			bool ok = set_day(v, name, day_parse(value), e);

			free(value);
			return ok;
		}
	}
	free(v->value[i]);
	v->value[i] = value;
	return true;
}

void report_forget(struct report_view *v)
{
	for (int i = 0; i < REPORT_ARGS; i++) {
		free(v->value[i]);
		v->value[i] = NULL;
	}
}

/* "as_of=2026-06-01 group=unit". */
bool report_set_words(struct report_view *v, const char *words, struct err *e)
{
	struct command_word w[2 * REPORT_ARGS];
	int n = command_split(words, w, ARRAY_LEN(w));
	bool ok = true;

	for (int i = 0; i < n && i < (int)ARRAY_LEN(w) && ok; i++) {
		char *word = command_word_text(&w[i]), *equals = strchr(word, '=');

		if (equals) {
			*equals = '\0';
			ok = report_set(v, word, equals + 1, e);
		} else {
			err_set(e, ERR_USAGE, "E-COMMAND", NULL, _("For example group=unit"), _("%.60s is not name=value"), word);
			ok = false;
		}
		free(word);
	}
	return ok;
}

/* ---- what is asked, in words ---- */

static void put_gap(struct strbuf *out)
{
	strbuf_puts(out, out->len > 0 ? " · " : "");
}

static void arg_words(const struct report_view *v, int i, struct strbuf *out)
{
	const struct arg *a = &v->rep->args[i];
	char buf[16];
	const char *value = report_value(v, i, buf);
	const struct choice *c = value ? choice_find(a->choices, value) : NULL;

	if (!value || (v->title[0] && strlen(value) == UUID_LEN)) /* whose it is the title says */
		return;
	if (report_has_period(v->rep) && !strcmp(a->name, "to"))
		return;
	put_gap(out);
	if (report_has_period(v->rep) && !strcmp(a->name, "from")) {
		period_words(&v->period, out);
	} else if (c) {
		strbuf_puts(out, _(c->label));
	} else {
		strbuf_printf(out, "%s: ", _(a->label));
		if (a->type == FT_DATE)
			format_date(out, day_parse(value));
		else
			strbuf_puts(out, value);
	}
}

void report_said(const struct report_view *v, struct strbuf *out)
{
	for (int i = 0; v->rep->args && v->rep->args[i].name && i < REPORT_ARGS; i++)
		arg_words(v, i, out);
	if (table_col(v->rows.rows, "currency") >= 0 && answer_text(&v->rows, 0, "currency")[0]) {
		put_gap(out);
		strbuf_puts(out, answer_text(&v->rows, 0, "currency"));
	}
}

/* report: figures of a period, one row a group. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/record.h"
#include "cli/say.h"

static const struct report *find_report(const char *name, struct err *e)
{
	const struct report *const *all = catalogue_reports();
	const struct report *found = catalogue_report(name);
	const char *names[64];
	size_t n = 0;

	if (found)
		return found;
	for (; all[n] && n < ARRAY_LEN(names) - 1; n++)
		names[n] = all[n]->name;
	names[n] = NULL;
	const char *near = closest(name, names);
	char *remedy = near ? xasprintf(_("Did you mean %s?"), near) : xstrdup(_("See domovoi describe"));
	err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("there is no report %s"), name);
	free(remedy);
	return NULL;
}

static const struct arg *find_arg(const struct report *rep, const char *name)
{
	for (const struct arg *a = rep->args; a && a->name; a++)
		if (!strcmp(a->name, name))
			return a;
	return NULL;
}

static void add_day(struct args *args, const struct report *rep, const char *name, day_t day)
{
	char text[16];

	if (!find_arg(rep, name) || args_has(args, name))
		return;
	day_format(day, text);
	args_add(args, name, text);
}

/* What was not said: the current month, today. */
static bool complete(struct run *r, const struct report *rep, struct args *args)
{
	day_t month = day_month_start(r->today);

	add_day(args, rep, "from", month);
	add_day(args, rep, "to", day_add_months(month, 1));
	add_day(args, rep, "as_of", r->today);
	for (const struct arg *a = rep->args; a && a->name; a++) {
		if (!a->required || args_has(args, a->name))
			continue;
		char *remedy = xasprintf(_("Add %s=…"), a->name);
		run_usage(r, a->name, remedy, _("the report %s needs it"), rep->name);
		free(remedy);
		return false;
	}
	return true;
}

static bool print(struct run *r, const struct report *rep, const struct table *rows)
{
	struct out_columns columns = { 0 };
	struct output *out = output_open(r->o);

	out_columns_report(&columns, rep);
	output_begin(out, &columns, false);
	output_rows(out, rows);
	bool good = output_close(out, &r->err);
	out_columns_free(&columns);
	return good;
}

int cmd_report(const struct options *o)
{
	struct run r = { .o = o };
	struct args args = { 0 };
	struct answer a;
	const struct report *rep = find_report(o->args[0], &r.err);

	if (!rep)
		return say_err(&r.err);
	if (run_open(&r, o) &&
	    args_parse(&args, rep->args, o->nargs - 1, o->args + 1, r.today, record_currency(&r), &r.err) &&
	    complete(&r, rep, &args)) {
		client_report(r.session, rep, args.v, args.n, RUN_OWNER, run_answer, run_ask(&a));
		if (run_wait(&r, &a))
			print(&r, rep, a.rows);
		run_forget(&a);
	}
	args_free(&args);
	return run_close(&r);
}

/* new, edit, do, actions: every write is one mutation. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/uuid.h"
#include "cli/args.h"
#include "cli/commands.h"
#include "cli/record.h"
#include "cli/say.h"
#include "client/value.h"

/* What an action reveals is in no list; it is named, and ordered, as the arguments that record it. */
static void revealed_columns(struct out_columns *c, const struct resource *res, const json_t *revealed)
{
	for (const struct field *f = res->fields; f->name; f++)
		if (json_object_get(revealed, f->name))
			out_columns_add(c, f->name, f->label, f->type);
	for (const struct action *a = res->actions; a && a->name; a++)
		for (const struct arg *g = a->args; g && g->name; g++)
			if (json_object_get(revealed, g->name))
				out_columns_add(c, g->name, g->label, g->type);
}

static bool print_revealed(struct run *r, const struct resource *res, const json_t *revealed)
{
	struct out_columns columns = { 0 };
	struct output *out = output_open(r->o);

	struct table *t = record_table(revealed);
	revealed_columns(&columns, res, revealed);
	output_begin(out, &columns, true);
	output_rows(out, t);
	bool good = output_close(out, &r->err);
	table_free(t);
	out_columns_free(&columns);
	return good;
}

static bool print_outcome(struct run *r, const struct mutation *m, const json_t *outcome)
{
	const json_t *revealed = json_object_get(outcome, "revealed");
	size_t alike = json_array_size(json_object_get(outcome, "similar"));

	if (json_is_object(revealed))
		return print_revealed(r, m->res, revealed);
	if (alike > 0)
		say(P_("%zu record looks like this one: domovoi report duplicates",
		        "%zu records look like this one: domovoi report duplicates", alike), alike);
	return record_print_json(r, m->res, json_object_get(outcome, "row"));
}

/* "repeat": what was asked for is logged and given only once the log is committed, to the same request again. */
static bool mutate(struct run *r, const struct mutation *wanted)
{
	char id[UUID_LEN + 1];
	struct mutation m = *wanted;
	struct answer a;
	bool good, again = false;

	uuid_v7(id);
	m.id = id;
	for (int turn = 0; turn < 2; turn++) {
		client_mutate(r->session, &m, RUN_OWNER, run_answer, run_ask(&a));
		good = run_wait(r, &a);
		again = good && turn == 0 && json_is_true(json_object_get(a.json, "repeat"));
		if (!again)
			break;
		run_forget(&a);
	}
	good = good && print_outcome(r, &m, a.json);
	run_forget(&a);
	return good;
}

static bool take_values(struct run *r, struct values *v, char **words, int n)
{
	bool good = true;

	for (int i = 0; i < n && good; i++) {
		const char *text;
		char *name;
		if (!args_split(words[i], &name, &text, &r->err))
			return false;
		good = values_set(v, name, text, r->today, &r->err);
		free(name);
	}
	return good;
}

static bool write_values(struct run *r, const struct resource *res, const char *record, char **words, int n)
{
	struct values v;
	bool good;

	values_init(&v, res);
	good = take_values(r, &v, words, n) &&
	    (record ? values_check_edit(&v, &r->err) : values_check_new(&v, &r->err));
	if (good) {
		json_t *set = values_json(&v);
		good = mutate(r, &(struct mutation){ .res = res, .kind = record ? "patch" : "create",
		    .record = record, .version = r->o->version, .set = set });
		json_decref(set);
	}
	values_free(&v);
	return good;
}

int cmd_new(const struct options *o)
{
	struct run r = { .o = o };
	const struct resource *res = record_resource(o->args[0], &r.err);

	if (!res)
		return say_err(&r.err);
	if (run_open(&r, o))
		write_values(&r, res, NULL, o->args + 1, o->nargs - 1);
	return run_close(&r);
}

int cmd_edit(const struct options *o)
{
	struct run r = { .o = o };
	const struct resource *res = record_resource(o->args[0], &r.err);

	if (!res)
		return say_err(&r.err);
	if (run_open(&r, o))
		write_values(&r, res, o->args[1], o->args + 2, o->nargs - 2);
	return run_close(&r);
}

static const struct action *find_action(const struct resource *res, const char *name, struct err *e)
{
	const struct action *found = resource_action(res, name);
	struct strbuf all = { 0 };
	const char *names[64];
	size_t n = 0;

	if (found)
		return found;
	for (const struct action *a = res->actions; a && a->name && n < ARRAY_LEN(names) - 1; a++) {
		strbuf_printf(&all, "%s%s", n ? ", " : "", a->name);
		names[n++] = a->name;
	}
	names[n] = NULL;
	const char *near = closest(name, names);
	char *remedy = near ? xasprintf(_("Did you mean %s?"), near)
	    : n             ? xasprintf(_("There are: %s"), strbuf_str(&all))
	                    : xasprintf(_("%s have no actions"), res->name);
	err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("there is no action %s"), name);
	free(remedy);
	strbuf_free(&all);
	return NULL;
}

/* What cannot be taken back is asked about, or said with --yes. */
static bool confirmed(const struct options *o, const struct action *act, struct err *e)
{
	if (!(act->flags & A_DESTRUCTIVE) || o->yes)
		return true;
	if (!say_can_ask()) {
		err_set(e, ERR_USAGE, "E-USAGE", NULL, _("Add --yes"), _("%s destroys something and there is nobody to ask"),
		    act->name);
		return false;
	}
	if (say_ask("%s: %s %s?", _(act->label), o->args[0], o->args[1]))
		return true;
	err_set(e, ERR_FAILED, "E-NO", NULL, NULL, _("nothing was done"));
	return false;
}

static bool act(struct run *r, const struct resource *res, const struct action *action)
{
	const struct options *o = r->o;
	struct args args = { 0 };
	bool good = args_parse(&args, action->args, o->nargs - 3, o->args + 3, r->today, record_currency(r), &r->err);

	if (good) {
		json_t *json = json_object();
		for (int i = 0; i < args.n; i++)
			json_object_set_new(json, args.v[i].name, json_string(args.v[i].value));
		good = mutate(r, &(struct mutation){ .res = res, .kind = "action", .record = o->args[1],
		    .version = o->version, .action = action->name, .args = json });
		json_decref(json);
	}
	args_free(&args);
	return good;
}

int cmd_do(const struct options *o)
{
	struct run r = { .o = o };
	const struct resource *res = record_resource(o->args[0], &r.err);
	const struct action *action = res ? find_action(res, o->args[2], &r.err) : NULL;

	if (!action || !confirmed(o, action, &r.err))
		return say_err(&r.err);
	if (action->flags & A_SEALED)
		return cmd_code(o, res, action);
	if (run_open(&r, o))
		act(&r, res, action);
	return run_close(&r);
}

static void action_columns(struct out_columns *c)
{
	out_columns_add(c, "action", N_("Action"), FT_TEXT);
	out_columns_add(c, "label", N_("Meaning"), FT_TEXT);
	out_columns_add(c, "allowed", N_("Allowed"), FT_BOOL);
	out_columns_add(c, "reason", N_("Reason"), FT_TEXT);
	out_columns_add(c, "remedy", N_("What to do"), FT_TEXT);
}

int cmd_actions(const struct options *o)
{
	struct run r = { .o = o };
	struct answer a;
	struct out_columns columns = { 0 };
	struct output *out = NULL;
	const struct resource *res = record_resource(o->args[0], &r.err);

	if (!res)
		return say_err(&r.err);
	if (run_open(&r, o)) {
		client_actions(r.session, res, o->args[1], RUN_OWNER, run_answer, run_ask(&a));
		if (run_wait(&r, &a) && (out = output_open(o))) {
			action_columns(&columns);
			output_begin(out, &columns, false);
			output_rows(out, a.rows);
			output_close(out, &r.err);
		}
		run_forget(&a);
	}
	out_columns_free(&columns);
	return run_close(&r);
}

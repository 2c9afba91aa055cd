/* The palette's command and filters in words. */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "client/command.h"
#include "client/query.h"
#include "client/value.h"

static void put_value(struct strbuf *out, const struct query *q, const struct field *f, const char *value)
{
	const char *dots = strstr(value, "..");

	if (f == NULL) {
		strbuf_printf(out, "\"%s\"", value);
	} else if (*value == '\0') {
		strbuf_puts(out, _("not set"));
	} else if (dots != NULL && f->type != FT_TEXT && f->type != FT_REF) {
		char first[64] = "";
		size_t n = (size_t)(dots - value);

		memcpy(first, value, n < sizeof first - 1 ? n : sizeof first - 1);
		value_show(out, f->type, f->choices, first, q->currency);
		strbuf_puts(out, "..");
		value_show(out, f->type, f->choices, dots + 2, q->currency);
	} else {
		value_show(out, f->type, f->choices, value, q->currency);
	}
}

static const char *op_words(enum query_op op)
{
	switch (op) {
	case OP_NE: return "!= ";
	case OP_LT: return "< ";
	case OP_GT: return "> ";
	case OP_LE: return "<= ";
	case OP_GE: return ">= ";
	case OP_CONTAINS: return "~ ";
	case OP_PREFIX: return "^= ";
	case OP_EQ:
	case OP_WORD: break;
	}
	return "";
}

static void put_term(struct strbuf *out, const struct query *q, const struct query_term *t)
{
	if (t->negated)
		strbuf_printf(out, "%s ", _("not"));
	if (t->field != NULL)
		strbuf_printf(out, "%s%s %s", _(t->field->label), *op_words(t->op) != '\0' ? "" : ":", op_words(t->op));
	for (size_t i = 0; i < t->count; i++) {
		if (i > 0)
			strbuf_printf(out, " %s ", _("or"));
		put_value(out, q, t->field, t->values[i]);
	}
}

void command_filter_words(const struct query *q, struct strbuf *out)
{
	for (size_t i = 0; i < q->nterms; i++) {
		if (i > 0)
			strbuf_puts(out, "; ");
		put_term(out, q, &q->terms[i]);
	}
}

/* ---- commands -------------------------------------------------------------------------------- */

/* "; Status: free" */
static void say_filter(const char *text, const struct resource *res, const struct command_env *env, struct strbuf *out)
{
	struct query q;

	query_init(&q, res);
	if (query_filter(&q, text, env->today, env->currency, NULL) && q.nterms > 0) {
		strbuf_puts(out, "; ");
		command_filter_words(&q, out);
	}
	query_free(&q);
}

static void say_list(const struct command *c, const struct command_env *env, struct strbuf *out)
{
	strbuf_printf(out, "%s: %s", _(c->res->label), *c->text != '\0' ? _("list") : _("list all"));
	say_filter(c->text, c->res, env, out);
}

static void say_screen(const struct command *c, const struct command_env *env, struct strbuf *out)
{
	strbuf_printf(out, "%s: %s", _("go to"), c->name->title);
	if (c->name->res != NULL)
		say_filter(c->text, c->name->res, env, out);
	else if (*c->text != '\0')
		strbuf_printf(out, "; %s", c->text);
}

static const char *state_label(const struct resource *res, const char *state)
{
	const struct field *f = res->state != NULL ? resource_field(res, res->state) : NULL;
	const struct choice *c = f != NULL ? choice_find(f->choices, state) : NULL;

	return c != NULL ? _(c->label) : state;
}

/* " (hold > confirmed)"; from several: " (> cancelled)" */
static void say_states(const struct resource *res, const struct action *a, struct strbuf *out)
{
	if (a->to == NULL || a->from == NULL)
		return;
	if (a->from[1] == NULL)
		strbuf_printf(out, " (%s > %s)", state_label(res, a->from[0]), state_label(res, a->to));
	else
		strbuf_printf(out, " (> %s)", state_label(res, a->to));
}

static void say_params(const struct command *c, struct strbuf *out)
{
	for (int i = 0; i < c->nparams; i++) {
		const struct field *f = c->action == NULL ? resource_field(c->res, c->params[i].name) : NULL;
		const struct arg *a = c->action != NULL ? c->action->args : NULL;

		while (a != NULL && a->name != NULL && strcmp(a->name, c->params[i].name) != 0)
			a++;
		if (f != NULL) {
			strbuf_printf(out, "; %s: ", _(f->label));
			value_show(out, f->type == FT_MONEY ? FT_TEXT : f->type, f->choices, c->params[i].value, NULL);
		} else if (a != NULL && a->name != NULL) {
			strbuf_printf(out, "; %s: ", _(a->label));
			value_show(out, a->type, a->choices, c->params[i].value, NULL);
		}
	}
}

static void say_record(const struct command *c, struct strbuf *out)
{
	if (c->res != NULL)
		strbuf_printf(out, "%s ", _(c->res->label));
	strbuf_printf(out, "%s: ", c->id);
}

void command_words(const struct command *c, const struct command_env *env, struct strbuf *out)
{
	switch (c->kind) {
	case COMMAND_NONE:
		strbuf_puts(out, _("where to go, or what to do; Tab shows what there is"));
		break;
	case COMMAND_SCREEN: say_screen(c, env, out); break;
	case COMMAND_LIST: say_list(c, env, out); break;
	case COMMAND_OPEN:
		say_record(c, out);
		strbuf_puts(out, c->res != NULL ? _("open") : _("open whatever has this number"));
		break;
	case COMMAND_ACTION:
		say_record(c, out);
		strbuf_puts(out, _(c->action->label));
		say_states(c->res, c->action, out);
		say_params(c, out);
		break;
	case COMMAND_STEP:
		say_record(c, out);
		strbuf_puts(out, c->step > 0 ? _("on to its next state") : _("back to the state before"));
		break;
	case COMMAND_EDIT:
		say_record(c, out);
		strbuf_puts(out, _("edit"));
		break;
	case COMMAND_NEW:
		strbuf_printf(out, "%s: %s", _(c->res->label), _("new"));
		say_params(c, out);
		break;
	case COMMAND_VIEW: strbuf_printf(out, "%s %s: %s", _("view"), c->name->name, c->name->title); break;
	case COMMAND_VERB:
		strbuf_printf(out, "%s%s%s", c->name->title, *c->text != '\0' ? ": " : "", c->text);
		break;
	case COMMAND_HELP:
		strbuf_printf(out, "%s%s%s", _("help"), *c->text != '\0' ? ": " : "", c->text);
		break;
	}
}

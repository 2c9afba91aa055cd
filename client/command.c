#include "config.h"

#include "client/command.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/layout.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/command_words.h"
#include "client/query.h"
#include "client/value.h"

#define WORDS_MOST 64
#define BLANKS " \t\r\n"

struct parser {
	struct command *c;
	const struct command_env *env;
	struct err *e;
	struct command_word w[WORDS_MOST];
	int n;
};

static bool refuse(struct parser *p, const char *remedy, const char *fmt, const char *what)
{
	err_set(p->e, ERR_USAGE, "E-COMMAND", NULL, remedy, fmt, what);
	return false;
}

static char *word(const struct parser *p, int i)
{
	return command_word_text(&p->w[i]);
}

/* Everything from the i-th word on, as it was typed. */
static char *rest(const struct parser *p, int i)
{
	const struct command_word *last = &p->w[p->n - 1];

	return i < p->n ? xstrndup(p->w[i].start, (size_t)(last->start + last->len - p->w[i].start)) : xstrdup("");
}

static void set(char **at, char *text)
{
	free(*at);
	*at = text;
}

static bool add_param(struct parser *p, const char *name, char *value)
{
	for (int i = 0; i < p->c->nparams; i++)
		if (!strcmp(p->c->params[i].name, name)) {
			free(value);
			return refuse(p, NULL, _("%s is given twice"), name);
		}
	if (p->c->nparams == COMMAND_MAX_PARAMS) {
		free(value);
		return refuse(p, _("Leave some out"), _("too many words%s"), "");
	}
	p->c->params[p->c->nparams++] = (struct param){ name, value };
	return true;
}

/* ---- does it name a record? ------------------------------------------------------------------ */

static bool has_digit(const char *s)
{
	for (; *s != '\0'; s++)
		if (isdigit((unsigned char)*s))
			return true;
	return false;
}

static bool is_state(const struct resource *res, const char *text)
{
	const struct field *f = res->state != NULL ? resource_field(res, res->state) : NULL;
	return f != NULL && choice_find(f->choices, text) != NULL;
}

/* The digit row of the Kazakh layout is letters: "әғә" is 252. */
static char *id_text(const struct command_word *w)
{
	char *text = command_word_text(w), *latin = layout_latin(text, true);
	bool digits = *latin != '\0' && strspn(latin, "0123456789") == strlen(latin);

	if (!digits) {
		free(latin);
		return text;
	}
	free(text);
	return latin;
}

/* "252", "C001", "+7701…": not a condition, not a negation, not a quoted word. */
static bool looks_like_id(const struct command_word *w)
{
	char *text = memchr(w->start, '"', w->len) != NULL ? xstrndup(w->start, w->len) : id_text(w);
	bool ok = has_digit(text) && *text != '-' && *text != '@' && strpbrk(text, "=<>~!\",") == NULL;

	free(text);
	return ok;
}

/* ---- actions --------------------------------------------------------------------------------- */

/* The action that words i.. name, by the longest label or name; how many words that took. */
static const struct action *find_action(const struct parser *p, const struct resource *res, int i, int *took)
{
	for (int k = p->n - i < 4 ? p->n - i : 4; k >= 1; k--) {
		const struct command_word *last = &p->w[i + k - 1];
		char *text = xstrndup(p->w[i].start, (size_t)(last->start + last->len - p->w[i].start));
		const struct action *found = command_find_action(res, text);

		free(text);
		*took = k;
		if (found != NULL)
			return found;
	}
	return NULL;
}

static const struct arg *arg_named(const struct action *a, const char *name)
{
	for (const struct arg *x = a->args; x != NULL && x->name != NULL; x++)
		if (command_is(name, x->name) || command_is(name, _(x->label)))
			return x;
	return NULL;
}

static char *arg_value(const struct parser *p, const struct arg *a, const char *text, struct err *e)
{
	const struct field f = { .name = a->name, .label = a->label, .type = a->type, .choices = a->choices,
		.ref = a->ref };
	return value_parse(&f, text, p->env->today, p->env->currency, e);
}

static bool is_given(const struct command *c, const char *name)
{
	for (int i = 0; i < c->nparams; i++)
		if (!strcmp(c->params[i].name, name))
			return true;
	return false;
}

/* A word without a name goes to the first argument that takes it; free text takes all that is left. */
static bool place_arg(struct parser *p, const struct action *a, int *i)
{
	struct err why = { 0 };
	char *text = word(p, *i);

	for (const struct arg *x = a->args; x != NULL && x->name != NULL; x++) {
		bool known = x->type != FT_TEXT || choice_find(x->choices, text) != NULL;
		char *value = known && !is_given(p->c, x->name) ? arg_value(p, x, text, &why) : NULL;

		if (value != NULL) {
			free(text);
			return add_param(p, x->name, value);
		}
	}
	for (const struct arg *x = a->args; x != NULL && x->name != NULL; x++)
		if (x->type == FT_TEXT && !is_given(p->c, x->name)) {
			free(text);
			text = rest(p, *i);
			char *value = arg_value(p, x, text, p->e);

			free(text);
			*i = p->n;
			return value != NULL && add_param(p, x->name, value);
		}
	if (why.kind != ERR_NONE && p->e != NULL)
		*p->e = why;
	else
		refuse(p, NULL, _("%s does not belong to this action"), text);
	free(text);
	return false;
}

static bool parse_args(struct parser *p, const struct action *a, int i)
{
	for (; i < p->n; i++) {
		char *text = word(p, i), *equals = strchr(text, '=');
		const struct arg *x = NULL;
		bool ok;

		if (equals != NULL && equals > text) {
			*equals = '\0';
			x = arg_named(a, text);
			char *value = x != NULL ? arg_value(p, x, equals + 1, p->e) : NULL;

			ok = x != NULL ? value != NULL && add_param(p, x->name, value)
			               : refuse(p, NULL, _("there is no argument %s"), text);
		} else {
			ok = place_arg(p, a, &i);
		}
		free(text);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- what follows an id ---------------------------------------------------------------------- */

/* Words i.. after an id: true if they say what to do with the record, *ok then tells whether they parse. */
static bool parse_deed(struct parser *p, const struct resource *res, int i, bool *ok)
{
	struct command *c = p->c;
	char *text = i < p->n ? word(p, i) : NULL;
	const struct action *a;
	int took;
	bool step = text != NULL && i + 1 == p->n && (!strcmp(text, ">") || !strcmp(text, "<") ||
	    !strcmp(text, "Ю") || !strcmp(text, "Б"));

	*ok = true;
	if (text == NULL) {
		c->kind = COMMAND_OPEN;
	} else if (step) {
		c->kind = COMMAND_STEP;
		c->step = *text == '>' || !strcmp(text, "Ю") ? 1 : -1;
		*ok = res == NULL || res->state != NULL || refuse(p, NULL, _("%s have no states"), res->name);
	} else if (i + 1 == p->n && command_is_edit(text)) {
		c->kind = COMMAND_EDIT;
	} else if (res != NULL && (a = find_action(p, res, i, &took)) != NULL) {
		c->kind = COMMAND_ACTION;
		c->action = a;
		*ok = parse_args(p, a, i + took);
	} else {
		free(text);
		return false;
	}
	free(text);
	return true;
}

static bool unknown_deed(struct parser *p, const struct resource *res, int i)
{
	struct strbuf names = { 0 };
	char *text = word(p, i), *remedy;

	for (const struct action *a = res->actions; a != NULL && a->name != NULL; a++)
		strbuf_printf(&names, "%s, ", a->name);
	strbuf_puts(&names, "edit");
	remedy = xasprintf(_("There are: %s"), strbuf_str(&names));
	refuse(p, remedy, _("%s is nothing that can be done with it"), text);
	free(remedy);
	free(text);
	strbuf_free(&names);
	return false;
}

/* ---- new records: "bk+ C001 1806 3n" ---------------------------------------------------------- */

static const struct field *next_field(const struct parser *p, enum field_type type, bool required)
{
	for (const struct field *f = p->c->res->fields; f->name != NULL; f++)
		if (f->type == type && field_creatable(f) && !is_given(p->c, f->name) &&
		    (!required || (f->flags & F_REQUIRED)))
			return f;
	return NULL;
}

/* "3n": nights after the day that is given already. */
static bool add_nights(struct parser *p, const char *text, bool *taken)
{
	const struct field *f = next_field(p, FT_DATE, true);
	char *end, iso[16];
	long nights = strtol(text, &end, 10);

	*taken = end != text && (!strcmp(end, "n") || !strcmp(end, "н") || !strcmp(end, "т")) && nights > 0 &&
	    nights < 10000;
	if (!*taken || f == NULL)
		return !*taken || refuse(p, NULL, _("%s: no day is left for the nights to end on"), text);
	for (int i = 0; i < p->c->nparams; i++) {
		const struct field *given = resource_field(p->c->res, p->c->params[i].name);

		if (given == NULL || given->type != FT_DATE)
			continue;
		day_format(day_parse(p->c->params[i].value) + (day_t)nights, iso);
		return add_param(p, f->name, xstrdup(iso));
	}
	return refuse(p, _("For example 1806 3n"), _("%s: give the first day before the nights"), text);
}

static bool add_named(struct parser *p, char *text)
{
	char *equals = strchr(text, '='), *value;
	const struct field *f;

	*equals = '\0';
	f = resource_field(p->c->res, text);
	if (f == NULL) {
		resource_unknown_field(p->c->res, text, ERR_USAGE, "E-COMMAND", p->e);
		return false;
	}
	if (!field_creatable(f))
		return refuse(p, NULL, _("%s is not set by hand, it follows from other things"), f->name);
	/* An amount stays as typed: its currency is another field of the form. */
	value = f->type == FT_MONEY ? xstrdup(equals + 1) :
	    value_parse(f, equals + 1, p->env->today, p->env->currency, p->e);
	return value != NULL && add_param(p, f->name, value);
}

/* The field that has this word among its known values. */
static const struct field *choice_field(const struct parser *p, const char *text)
{
	for (const struct field *f = p->c->res->fields; f->name != NULL; f++)
		if (f->choices != NULL && field_creatable(f) && !is_given(p->c, f->name) && choice_find(f->choices, text) != NULL)
			return f;
	return NULL;
}

/* The next required text that has no known values. */
static const struct field *text_field(const struct parser *p)
{
	for (const struct field *f = p->c->res->fields; f->name != NULL; f++)
		if (f->type == FT_TEXT && f->choices == NULL && (f->flags & F_REQUIRED) && field_creatable(f) &&
		    !is_given(p->c, f->name))
			return f;
	return NULL;
}

static bool is_named(const struct parser *p, int i)
{
	return memchr(p->w[i].start, '=', p->w[i].len) != NULL;
}

/* The last text takes the words that follow, up to one with a name. */
static char *take_text(struct parser *p, const char *text, int *i)
{
	struct strbuf all = { 0 };

	strbuf_puts(&all, text);
	while (*i + 1 < p->n && !is_named(p, *i + 1)) {
		char *more = word(p, ++*i);

		strbuf_printf(&all, " %s", more);
		free(more);
	}
	return strbuf_steal(&all);
}

/* Days, known values, then what is referred to, then required texts. */
static bool add_bare(struct parser *p, char *text, int *i)
{
	const struct field *date = next_field(p, FT_DATE, true), *ref = next_field(p, FT_REF, true);
	const struct field *choice = choice_field(p, text), *f;
	day_t day = date != NULL ? day_parse_human(text, p->env->today) : DAY_NONE;
	char iso[16];

	if (day != DAY_NONE && (has_digit(text) || ref == NULL)) {
		day_format(day, iso);
		return add_param(p, date->name, xstrdup(iso));
	}
	if (choice != NULL)
		return add_param(p, choice->name, xstrdup(choice_find(choice->choices, text)->value));
	if (ref != NULL)
		return add_param(p, ref->name, xstrdup(text));
	f = text_field(p);
	if (f == NULL)
		return refuse(p, _("Write it as field=value"), _("%s: it is not clear which field this is for"), text);
	if (!add_param(p, f->name, NULL))
		return false;
	p->c->params[p->c->nparams - 1].value = text_field(p) == NULL ? take_text(p, text, i) : xstrdup(text);
	return true;
}

static bool parse_new(struct parser *p, int i)
{
	p->c->kind = COMMAND_NEW;
	if (p->c->res->create == NULL)
		return refuse(p, NULL, _("%s are not made by hand"), p->c->res->name);
	for (; i < p->n; i++) {
		char *text = word(p, i);
		bool taken = false;
		bool ok = strchr(text, '=') > text ? add_named(p, text) : add_nights(p, text, &taken) &&
		    (taken || add_bare(p, text, &i));

		free(text);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* Is the command's text a filter of these records? */
static bool filter_parses(struct parser *p, const struct resource *res)
{
	struct query q;
	bool ok;

	query_init(&q, res);
	ok = query_filter(&q, p->c->text, p->env->today, p->env->currency, p->e);
	query_free(&q);
	return ok;
}

static bool parse_list(struct parser *p, int i)
{
	p->c->kind = COMMAND_LIST;
	set(&p->c->text, rest(p, i));
	return filter_parses(p, p->c->res);
}

/* "bk confirm": which one? */
static bool action_without_id(struct parser *p, int i)
{
	int took;
	char *text = word(p, i);
	bool found = !is_state(p->c->res, text) && find_action(p, p->c->res, i, &took) != NULL;

	if (found)
		refuse(p, _("Write the number before it: bk 252 confirm"), _("%s: no record is named"), text);
	free(text);
	return found;
}

static bool parse_view(struct parser *p, const char *name)
{
	p->c->kind = COMMAND_VIEW;
	if (*name == '\0')
		return refuse(p, _("w saves the present one under a name"), _("name the view%s"), "");
	for (const struct command_name *v = p->env->views; v != NULL && v->name != NULL; v++)
		if (command_is(name, v->name))
			p->c->name = v;
	return p->c->name != NULL || refuse(p, _("w saves the present one under a name"), _("there is no saved view %s"),
	    name);
}

/* Words i.. after the name of a resource. */
static bool parse_target(struct parser *p, int i)
{
	bool ok;

	if (i < p->n && p->w[i].start[0] == '@' && p->n == i + 1) {
		char *text = word(p, i);

		ok = parse_view(p, text + 1);
		free(text);
		return ok;
	}
	if (i < p->n && (looks_like_id(&p->w[i]) || i + 1 < p->n)) {
		char *text = id_text(&p->w[i]);
		bool name = strpbrk(text, "=<>~,") == NULL && *text != '-' && !is_state(p->c->res, text);

		if (name && parse_deed(p, p->c->res, i + 1, &ok)) {
			set(&p->c->id, text);
			return ok;
		}
		free(text);
	}
	if (i < p->n && action_without_id(p, i))
		return false;
	return parse_list(p, i);
}

/* ---- the first word -------------------------------------------------------------------------- */

/* "bk252 confirm": glued, so the rest must be something to do. */
static bool parse_glued(struct parser *p, struct command_head *h)
{
	bool ok;

	set(&p->c->id, h->id);
	h->id = NULL;
	return parse_deed(p, p->c->res, 1, &ok) ? ok : unknown_deed(p, p->c->res, 1);
}

/* "252", "252 confirm": whichever has that number; an action tells which kind it is, if only one kind has it. */
static bool parse_bare_id(struct parser *p)
{
	const struct resource *only = NULL;
	int took, kinds = 0;
	bool ok;

	set(&p->c->id, id_text(&p->w[0]));
	if (parse_deed(p, NULL, 1, &ok) && p->c->kind == COMMAND_OPEN)
		return ok;
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++)
		if ((*r)->quoted && find_action(p, *r, 1, &took) != NULL) {
			only = *r;
			kinds++;
		}
	p->c->res = only;
	if (kinds == 1 && parse_deed(p, only, 1, &ok))
		return ok;
	return refuse(p, _("Name what it is: bk 252 …"), _("%s may be the number of several things"), p->c->id);
}

static bool parse_head(struct parser *p, struct command_head *h)
{
	struct command *c = p->c;

	if (h->screen != NULL && (p->n == 1 || h->screen->words || h->res == NULL)) {
		c->kind = COMMAND_SCREEN;
		c->name = h->screen;
		set(&c->text, rest(p, 1));
		if (h->screen->words && h->screen->res != NULL && !filter_parses(p, h->screen->res))
			return false;
		return p->n == 1 || h->screen->words || refuse(p, NULL, _("%s takes nothing behind it"), h->screen->name);
	}
	c->res = h->res;
	if (h->res != NULL && h->plus)
		return parse_new(p, 1);
	if (h->res != NULL)
		return h->id != NULL ? parse_glued(p, h) : parse_target(p, 1);
	c->kind = COMMAND_VERB;
	c->name = h->verb;
	set(&c->text, rest(p, 1));
	return p->n == 1 || h->verb->words || refuse(p, NULL, _("%s takes nothing behind it"), h->verb->name);
}

static bool parse_words(struct parser *p)
{
	struct command_head h = { 0 };
	char *first = word(p, 0);
	bool ok;

	if (*first == '@' && p->n == 1) {
		ok = parse_view(p, first + 1);
	} else if (!command_head(p->env, first, &h, p->e)) {
		ok = false;
	} else if (h.res != NULL || h.screen != NULL || h.verb != NULL) {
		ok = parse_head(p, &h);
	} else if (looks_like_id(&p->w[0])) {
		ok = parse_bare_id(p);
	} else {
		command_unknown(p->env, first, p->e);
		ok = false;
	}
	command_head_free(&h);
	free(first);
	return ok;
}

bool command_parse(struct command *c, const struct command_env *env, const char *line, struct err *e)
{
	struct parser p = { .c = c, .env = env, .e = e };

	*c = (struct command){ .id = xstrdup(""), .text = xstrdup("") };
	line += strspn(line, BLANKS);
	if (*line == '?') {
		line++;
		c->kind = COMMAND_HELP;
		set(&c->text, xstrdup(line + strspn(line, BLANKS)));
		return true;
	}
	p.n = command_split(line, p.w, WORDS_MOST);
	if (p.n > WORDS_MOST)
		return refuse(&p, _("Leave some out"), _("too many words%s"), "");
	return p.n == 0 || parse_words(&p);
}

void command_free(struct command *c)
{
	free(c->id);
	free(c->text);
	for (int i = 0; i < c->nparams; i++)
		free((char *)c->params[i].value);
	*c = (struct command){ 0 };
}

/* Completion of the palette's line and of filters: from the catalogue and the caller's names, nothing else. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/command_words.h"

#define WORDS_MOST 64

struct completer {
	struct candidates *out;
	const char *head; /* what stays in front of a candidate in its word: "-", "status=" */
	char *typed;      /* what it must begin with */
};

static void offer(struct completer *k, const char *text, const char *tail, const char *note)
{
	char *whole = xasprintf("%s%s%s", k->head, text, tail);

	candidates_add(k->out, whole, note);
	free(whole);
}

static void offer_if(struct completer *k, const char *text, const char *tail, const char *note)
{
	if (command_begins(text, k->typed))
		offer(k, text, tail, note);
}

static void offer_choices(struct completer *k, const struct choice *choices)
{
	for (const struct choice *c = choices; c != NULL && c->value != NULL; c++) {
		bool labelled = *k->typed != '\0' && command_begins(_(c->label), k->typed);

		if (command_begins(c->value, k->typed) || labelled)
			offer(k, c->value, "", _(c->label));
	}
}

static void offer_type(struct completer *k, enum field_type type)
{
	static const char *const days[] = { "tod", "tom", "yest", "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

	if (type == FT_BOOL) {
		offer_if(k, "yes", "", _("yes"));
		offer_if(k, "no", "", _("no"));
	}
	for (size_t i = 0; (type == FT_DATE || type == FT_TIME) && i < ARRAY_LEN(days); i++)
		offer_if(k, days[i], "", NULL);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static void offer_fields(struct completer *k, const struct resource *res, bool creatable)
{
	for (const struct field *f = res->fields; f->name != NULL; f++) {
		if ((f->flags & (F_SECRET | F_KEY)) || (creatable && !field_creatable(f)))
			continue;
		if (command_begins(f->name, k->typed) || (*k->typed != '\0' && command_begins(_(f->label), k->typed)))
			offer(k, f->name, "=", _(f->label));
	}
}

/* "status>=" of "status>=hold,con": how long; 0 if there is no operator. */
static size_t field_part(const char *word, char **name)
{
	size_t n = strcspn(word, "=<>~!\""), op = strspn(word + n, "=<>~!");

	if (n == 0 || op == 0)
		return 0;
	*name = xstrndup(word, n);
	return n + op;
}

static void complete_value(struct completer *k, const char *word, size_t part, const struct field *f)
{
	const char *comma = strrchr(word + part, ','), *value = comma != NULL ? comma + 1 : word + part;
	char *head = xasprintf("%s%.*s", k->head, (int)(value - word), word);

	free(k->typed);
	k->typed = xstrdup(value);
	k->head = head;
	offer_choices(k, f->choices);
	offer_type(k, f->type);
	k->head = "";
	free(head);
}

/* A word of a filter, or (creatable) of a new record. */
static void complete_term(struct completer *k, const struct resource *res, bool creatable)
{
	char *word = xstrdup(k->typed), *name = NULL;
	const char *at = word;
	size_t part;

	if (*at == '-' && !creatable) {
		k->head = "-";
		at++;
	}
	free(k->typed);
	k->typed = xstrdup(at);
	part = field_part(at, &name);
	if (part > 0) {
		const struct field *f = resource_field(res, name);

		if (f != NULL)
			complete_value(k, at, part, f);
	} else {
		const struct field *state = res->state != NULL && !creatable ? resource_field(res, res->state) : NULL;

		offer_fields(k, res, creatable);
		if (state != NULL)
			offer_choices(k, state->choices);
	}
	free(name);
	free(word);
}

/* ---- heads ----------------------------------------------------------------------------------- */

static void offer_resource(struct completer *k, const struct resource *r)
{
	bool found = false;

	if (command_begins(r->name, k->typed)) {
		offer(k, r->name, "", _(r->label));
		return;
	}
	for (const char *const *a = r->aliases; a != NULL && *a != NULL && !found; a++) {
		found = command_begins(*a, k->typed);
		if (found)
			offer(k, *a, "", _(r->label));
	}
}

static void offer_names(struct completer *k, const struct command_name *names)
{
	for (; names != NULL && names->name != NULL; names++)
		if (command_begins(names->name, k->typed) || (*k->typed != '\0' && command_begins(names->title, k->typed)))
			offer(k, names->name, "", names->title);
}

static void complete_view(struct completer *k, const struct command_env *env)
{
	char *typed = xstrdup(k->typed + 1);

	free(k->typed);
	k->typed = typed;
	k->head = "@";
	for (const struct command_name *v = env->views; v != NULL && v->name != NULL; v++)
		offer_if(k, v->name, "", v->title);
}

static void complete_head(struct completer *k, const struct command_env *env)
{
	if (*k->typed == '@') {
		complete_view(k, env);
		return;
	}
	if (*k->typed == '?')
		return;
	offer_names(k, env->screens);
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++)
		offer_resource(k, *r);
	for (const struct command_name *v = env->views; *k->typed == '\0' && v != NULL && v->name != NULL; v++) {
		char *name = xasprintf("@%s", v->name);

		offer(k, name, "", v->title);
		free(name);
	}
	offer_names(k, env->verbs);
}

/* ---- what follows ---------------------------------------------------------------------------- */

static void offer_actions(struct completer *k, const struct resource *res)
{
	for (const struct action *a = res->actions; a != NULL && a->name != NULL; a++)
		if (command_begins(a->name, k->typed) || (*k->typed != '\0' && command_begins(_(a->label), k->typed)))
			offer(k, a->name, "", _(a->label));
	if (res->state != NULL && *k->typed == '\0')
		offer(k, ">", "", _("on to its next state"));
	if (res->edit != NULL)
		offer_if(k, "edit", "", _("edit"));
}

static void complete_arg(struct completer *k, const struct action *a)
{
	char *name = NULL, *word = xstrdup(k->typed);
	size_t part = field_part(word, &name);

	for (const struct arg *x = a->args; x != NULL && x->name != NULL; x++) {
		const struct field f = { .name = x->name, .type = x->type, .choices = x->choices };

		if (part == 0)
			offer_if(k, x->name, "=", _(x->label));
		else if (!strcmp(name, x->name))
			complete_value(k, word, part, &f);
	}
	for (const struct arg *x = a->args; part == 0 && x != NULL && x->name != NULL; x++)
		offer_choices(k, x->choices);
	free(name);
	free(word);
}

/* Words 1..n of the line stand before the one that is completed. */
static void complete_target(struct completer *k, const struct command_head *h, const struct command_word *w, int n)
{
	int i = h->id != NULL ? 1 : 2;
	char *deed = n > i ? command_word_text(&w[i]) : NULL;
	const struct action *a = deed != NULL ? command_find_action(h->res, deed) : NULL;
	char *id = h->id == NULL && n > 1 ? command_word_text(&w[1]) : NULL;
	bool condition = id != NULL && strpbrk(id, "=<>~,") != NULL;

	if (a != NULL && !condition)
		complete_arg(k, a);
	else if (n == i && !condition)
		offer_actions(k, h->res);
	if (a == NULL && h->id == NULL)
		complete_term(k, h->res, false);
	free(deed);
	free(id);
}

static void complete_behind(struct completer *k, const struct command_env *env, const struct command_word *w, int n)
{
	struct command_head h;
	char *first = command_word_text(&w[0]);

	if (!command_head(env, first, &h, NULL))
		h = (struct command_head){ .id = h.id };
	const struct command_name *name = h.screen != NULL && (h.screen->words || h.res == NULL) ? h.screen : h.verb;

	if (h.res != NULL && h.plus)
		complete_term(k, h.res, true);
	else if (name == NULL && h.res != NULL)
		complete_target(k, &h, w, n);
	else if (name != NULL && name->res != NULL)
		complete_term(k, name->res, false);
	for (const char *const *v = name != NULL && n == 1 ? name->values : NULL; v != NULL && *v != NULL; v++)
		offer_if(k, *v, "", NULL);
	command_head_free(&h);
	free(first);
}

/* ---- the word under the cursor ----------------------------------------------------------------- */

/* Splits what stands before the cursor; the word that it touches becomes k->typed. Returns the words before that. */
static int cut(struct completer *k, const char *before, size_t cursor, struct command_word *w)
{
	int n = command_split(before, w, WORDS_MOST);

	k->head = "";
	k->out->from = k->out->to = cursor;
	if (n > WORDS_MOST)
		n = WORDS_MOST;
	if (n > 0 && w[n - 1].start + w[n - 1].len == before + cursor) {
		n--;
		k->out->from = (size_t)(w[n].start - before);
		k->typed = xstrndup(w[n].start, w[n].len);
	} else {
		k->typed = xstrdup("");
	}
	return n;
}

/* The rest of the word behind the cursor is replaced as well. */
static void take_tail(struct candidates *out, const char *line, size_t cursor)
{
	if (cursor > 0 && strchr(" \t", line[cursor - 1]) == NULL)
		while (line[out->to] != '\0' && strchr(" \t", line[out->to]) == NULL)
			out->to++;
}

static char *beginning(const char *line, size_t *cursor)
{
	if (*cursor > strlen(line))
		*cursor = strlen(line);
	return xstrndup(line, *cursor);
}

void command_complete(const struct command_env *env, const char *line, size_t cursor, struct candidates *out)
{
	struct completer k = { .out = out };
	struct command_word w[WORDS_MOST];
	char *before = beginning(line, &cursor);
	int n;

	*out = (struct candidates){ 0 };
	n = cut(&k, before, cursor, w);
	if (n == 0)
		complete_head(&k, env);
	else if (w[0].start[0] != '?')
		complete_behind(&k, env, w, n);
	take_tail(out, line, cursor);
	free(k.typed);
	free(before);
}

void command_complete_filter(const struct resource *res, const char *line, size_t cursor, struct candidates *out)
{
	struct completer k = { .out = out };
	struct command_word w[WORDS_MOST];
	char *before = beginning(line, &cursor);

	*out = (struct candidates){ 0 };
	cut(&k, before, cursor, w);
	complete_term(&k, res, false);
	take_tail(out, line, cursor);
	free(k.typed);
	free(before);
}

#include "config.h"

#include "cli/args.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/options.h"
#include "client/value.h"

bool args_split(const char *word, char **name, const char **value, struct err *e)
{
	const char *eq = strchr(word, '=');

	if (!eq || eq == word) {
		err_set(e, ERR_USAGE, "E-USAGE", NULL, _("Write name=value, in quotes if there are spaces"),
		    _("%s is not name=value"), word);
		return false;
	}
	*name = xstrndup(word, (size_t)(eq - word));
	*value = eq + 1;
	return true;
}

void args_free(struct args *a)
{
	for (int i = 0; i < a->n; i++)
		free((char *)a->v[i].value);
	free(a->v);
	*a = (struct args){ 0 };
}

bool args_has(const struct args *a, const char *name)
{
	for (int i = 0; i < a->n; i++)
		if (!strcmp(a->v[i].name, name))
			return true;
	return false;
}

void args_add(struct args *a, const char *name, const char *value)
{
	a->v = xreallocarray(a->v, (size_t)a->n + 1, sizeof *a->v);
	a->v[a->n++] = (struct param){ .name = name, .value = xstrdup(value) };
}

static bool unknown_name(const struct arg *spec, const char *name, struct err *e)
{
	const char *names[64];
	struct strbuf all = { 0 };
	size_t n = 0;

	for (const struct arg *s = spec; s && s->name && n < ARRAY_LEN(names) - 1; s++) {
		strbuf_printf(&all, "%s%s", n ? ", " : "", s->name);
		names[n++] = s->name;
	}
	names[n] = NULL;
	const char *near = closest(name, names);
	char *remedy = near ? xasprintf(_("Did you mean %s?"), near)
	    : n             ? xasprintf(_("It takes: %s"), strbuf_str(&all))
	                    : xstrdup(_("It takes no arguments"));
	err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("there is no argument %s"), name);
	free(remedy);
	strbuf_free(&all);
	return false;
}

/* An argument is checked like a field of its type. */
static bool parse_one(struct args *a, const struct arg *s, const char *text, day_t today, const char *currency,
    struct err *e)
{
	struct field f = { .name = s->name, .label = s->label, .type = s->type, .choices = s->choices, .ref = s->ref };
	char *value = value_parse(&f, text, today, currency, e);

	if (!value)
		return false;
	args_add(a, s->name, value);
	free(value);
	return true;
}

static bool parse_word(struct args *a, const struct arg *spec, const char *word, day_t today, const char *currency,
    struct err *e)
{
	const char *value;
	char *name;
	const struct arg *s = spec;

	if (!args_split(word, &name, &value, e))
		return false;
	while (s && s->name && strcmp(s->name, name))
		s++;
	bool good;
	if (!s || !s->name) {
		good = unknown_name(spec, name, e);
	} else if (args_has(a, s->name)) {
		err_set(e, ERR_USAGE, "E-USAGE", s->name, NULL, _("it is given twice"));
		good = false;
	} else {
		good = parse_one(a, s, value, today, currency, e);
	}
	free(name);
	return good;
}

bool args_parse(struct args *a, const struct arg *spec, int nwords, char **words, day_t today,
    const char *currency, struct err *e)
{
	for (int i = 0; i < nwords; i++)
		if (!parse_word(a, spec, words[i], today, currency, e))
			return false;
	for (const struct arg *s = spec; s && s->name; s++)
		if (s->fallback && !args_has(a, s->name) && !parse_one(a, s, s->fallback, today, currency, e))
			return false;
	return true;
}

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "client/value.h"
#include "server/reports.h"

void report_args_free(struct report_args *a)
{
	for (int i = 0; i < a->n; i++)
		free((char *)a->v[i].value);
	*a = (struct report_args){ 0 };
}

static bool has(const struct report_args *a, const char *name)
{
	for (int i = 0; i < a->n; i++)
		if (strcmp(a->v[i].name, name) == 0)
			return true;
	return false;
}

void report_args_preset(struct report_args *a, const char *name, const char *value)
{
	if (!has(a, name) && (size_t)a->n < ARRAY_LEN(a->v))
		a->v[a->n++] = (struct param){ name, xstrdup(value) };
}

static const struct arg *find(const struct report *rep, const char *name)
{
	const struct arg *s = rep->args;

	while (s != NULL && s->name != NULL && strcmp(s->name, name) != 0)
		s++;
	return s != NULL && s->name != NULL ? s : NULL;
}

static bool unknown(const struct report *rep, const char *name, const char *pointer, struct flaw *f)
{
	struct strbuf all = { 0 };

	for (const struct arg *s = rep->args; s != NULL && s->name != NULL; s++)
		strbuf_printf(&all, "%s%s", all.len > 0 ? ", " : "", s->name);
	flaw_say(f, "unknown-parameter", pointer, "the report %s has no parameter \"%.60s\"; it has: %s", rep->name, name,
	    strbuf_str(&all));
	strbuf_free(&all);
	return false;
}

static bool add(struct report_args *a, const struct report *rep, const struct pair *p, day_t today,
    const char *currency, struct flaw *f)
{
	const struct arg *s = find(rep, p->name);
	char pointer[80];
	struct err e;

	snprintf(pointer, sizeof pointer, "?%.70s", p->name);
	/* a report that has a limit of its own means something else by it: of the top five, `others` is the sixth row */
	if (s == NULL && strcmp(p->name, "limit") == 0 && !params_number(p->value, 999999999, &a->most))
		return flaw_say(f, "bad-parameter", pointer, "limit is a whole number");
	if (s == NULL)
		return strcmp(p->name, "limit") == 0 || unknown(rep, p->name, pointer, f);
	if (has(a, s->name))
		return flaw_say(f, "bad-parameter", pointer, "%s is given twice", s->name);
	if (*p->value == '\0')
		return true; /* as if it were not there */
	struct field field = { .name = s->name, .label = s->label, .type = s->type, .choices = s->choices, .ref = s->ref };
	char *value = value_parse(&field, p->value, today, currency, &e);
	if (value == NULL)
		return flaw_set(f, "bad-parameter", pointer, &e);
	a->v[a->n++] = (struct param){ s->name, value };
	return true;
}

bool report_args_read(struct report_args *a, const struct report *rep, const struct pair *p, size_t n, day_t today,
    const char *currency, struct flaw *f)
{
	bool good = n <= ARRAY_LEN(a->v) || flaw_say(f, "bad-parameter", "?", "too many parameters");

	for (size_t i = 0; good && i < n; i++)
		good = add(a, rep, &p[i], today, currency, f);
	for (const struct arg *s = rep->args; good && s != NULL && s->name != NULL; s++) {
		char pointer[80];

		snprintf(pointer, sizeof pointer, "?%.70s", s->name);
		if (s->required && !has(a, s->name))
			good = flaw_say(f, "bad-parameter", pointer, "the report %s needs the parameter %s", rep->name, s->name);
	}
	return good;
}

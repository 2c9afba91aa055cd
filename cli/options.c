#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/options.h"

const struct command *options_command(const char *name)
{
	for (const struct command *c = options_commands(); c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

/* Levenshtein's distance of two short words. */
static int distance(const char *a, const char *b)
{
	int row[64], m = (int)strlen(a), n = (int)strlen(b);

	if (n >= 64 || m >= 64)
		return INT_MAX;
	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; i <= m; i++) {
		int diagonal = row[0];
		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int best = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

const char *closest(const char *word, const char *const *names)
{
	const char *best = NULL;
	size_t n = strlen(word);
	int least = n <= 3 ? 2 : n <= 5 ? 3 : 4; /* edits that are too many for a slip of the fingers */

	for (; *names; names++) {
		int d = distance(word, *names);
		bool prefix = n > 0 && !strncmp(word, *names, n);
		if (prefix)
			d = 1;
		if (d < least && d < (int)strlen(*names)) {
			least = d;
			best = *names;
		}
	}
	return best;
}

static const struct option_def *find_long(const struct option_def *table, const char *name, size_t n)
{
	for (; table && table->name; table++)
		if (strlen(table->name) == n && !memcmp(table->name, name, n))
			return table;
	return NULL;
}

static const struct option_def *find_letter(char letter)
{
	for (const struct option_def *d = options_global(); d->name; d++)
		if (d->letter == letter)
			return d;
	return NULL;
}

const struct option_def *options_option(const struct command *c, const char *name)
{
	size_t n = strlen(name += strspn(name, "-"));
	const struct option_def *d = find_long(c ? c->options : NULL, name, n);

	if (!d && n == 1)
		return find_letter(*name);
	return d ? d : find_long(options_global(), name, n);
}

/* All that --name could have been, for the closest match. */
static const char *closest_option(const struct command *c, const char *word)
{
	const char *names[64];
	size_t n = 0;

	for (const struct option_def *d = options_global(); d->name; d++)
		names[n++] = d->name;
	for (const struct option_def *d = c ? c->options : NULL; d && d->name; d++)
		names[n++] = d->name;
	names[n] = NULL;
	return closest(word, names);
}

/* An option of a command that was not named yet, or not this one: say where it belongs. */
static const char *owner_of_option(const char *name, size_t n)
{
	for (const struct command *c = options_commands(); c->name; c++)
		if (find_long(c->options, name, n))
			return c->name;
	return NULL;
}

static bool unknown_option(const struct options *o, const char *word, struct err *e)
{
	const char *name = word + strspn(word, "-");
	size_t n = strcspn(name, "=");
	char *plain = xstrndup(name, n);
	const char *near = closest_option(o->command, plain), *owner = owner_of_option(name, n);
	char *remedy = owner ? xasprintf(_("It belongs to the command %s, after its name"), owner)
	    : near           ? xasprintf(_("Did you mean --%s?"), near)
	                     : xasprintf(_("See domovoi help%s%s"), o->command ? " " : "",
	                           o->command ? o->command->name : "");

	err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("unknown option %s"), word);
	free(remedy);
	free(plain);
	return false;
}

static bool bad_choice(const struct option_def *d, const char *value, struct err *e)
{
	struct strbuf b = { 0 };

	for (const char *const *c = d->choices(); *c; c++)
		strbuf_printf(&b, "%s%s", b.len ? ", " : "", *c);
	char *remedy = xasprintf(_("Choose one of: %s"), strbuf_str(&b));
	err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("--%s cannot be %s"), d->name, value);
	free(remedy);
	strbuf_free(&b);
	return false;
}

static bool among(const char *value, const char *const *choices)
{
	for (; *choices; choices++)
		if (!strcmp(value, *choices))
			return true;
	return false;
}

static bool store(struct options *o, const struct option_def *d, const char *value, struct err *e)
{
	char *at = (char *)o + d->offset, *end;
	long n;

	switch (d->kind) {
	case OPT_FLAG:
		*(bool *)at = true;
		return true;
	case OPT_TEXT:
		if (d->choices && !d->loose && !among(value, d->choices()))
			return bad_choice(d, value, e);
		*(const char **)at = value;
		return true;
	case OPT_INT:
		errno = 0;
		n = strtol(value, &end, 10);
		if (errno || *end || end == value || n < 0 || n > INT_MAX) {
			err_set(e, ERR_USAGE, "E-USAGE", NULL, NULL, _("--%s takes a number, not %s"), d->name, value);
			return false;
		}
		*(int *)at = (int)n;
		return true;
	}
	return false;
}

/* One option word at argv[*i]; takes its value from the word itself or from the next one. */
static bool take_option(struct options *o, int argc, char **argv, int *i, struct err *e)
{
	const char *word = argv[*i], *value = NULL;
	const struct option_def *d = NULL;

	if (word[1] == '-') {
		size_t n = strcspn(word + 2, "=");
		if (word[2 + n])
			value = word + 2 + n + 1;
		d = find_long(o->command ? o->command->options : NULL, word + 2, n);
		d = d ? d : find_long(options_global(), word + 2, n);
	} else {
		d = find_letter(word[1]);
		if (word[2])
			value = word + 2;
	}
	if (!d)
		return unknown_option(o, word, e);
	if (d->kind == OPT_FLAG && value) {
		err_set(e, ERR_USAGE, "E-USAGE", NULL, NULL, _("--%s takes no value"), d->name);
		return false;
	}
	if (d->kind != OPT_FLAG && !value) {
		if (*i + 1 >= argc) {
			err_set(e, ERR_USAGE, "E-USAGE", NULL, NULL, _("--%s needs a value: %s"), d->name, d->value);
			return false;
		}
		value = argv[++*i];
	}
	return store(o, d, value, e);
}

static bool take_command(struct options *o, const char *word, struct err *e)
{
	const char *names[64];
	size_t n = 0;

	o->command = options_command(word);
	if (o->command)
		return true;
	for (const struct command *c = options_commands(); c->name; c++)
		names[n++] = c->name;
	names[n] = NULL;
	const char *near = closest(word, names);
	char *remedy = near ? xasprintf(_("Did you mean %s?"), near) : xstrdup(_("See domovoi help"));
	err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("there is no command %s"), word);
	free(remedy);
	return false;
}

/* A filter may begin with a dash (not …): such a word of a filtering command is no option. */
static bool is_option(const struct options *o, const char *word)
{
	if (word[0] != '-' || !word[1])
		return false;
	if (word[1] == '-')
		return true;
	for (int i = 0; o->command && i < 4; i++)
		if (o->command->words[i] == W_FILTER)
			return find_letter(word[1]) && !word[2];
	return true;
}

static bool enough(const struct options *o, struct err *e)
{
	const struct command *c = o->command;

	if (!c || o->help || o->man)
		return true;
	if (o->nargs >= c->min && (c->max < 0 || o->nargs <= c->max))
		return true;
	char *remedy = xasprintf(_("Usage: domovoi %s %s"), c->name, c->words_help);
	if (o->nargs < c->min)
		err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("%s needs more words"), c->name);
	else
		err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("%s does not take the word %s"), c->name,
		    o->args[c->max]);
	free(remedy);
	return false;
}

bool options_parse(struct options *o, int argc, char **argv, struct err *e)
{
	bool words_only = false;

	*o = (struct options){ .limit = -1, .port = -1, .args = xcalloc((size_t)argc + 1, sizeof(char *)) };
	for (int i = 1; i < argc; i++) {
		char *word = argv[i];
		if (!words_only && !strcmp(word, "--")) {
			words_only = true;
		} else if (!words_only && is_option(o, word)) {
			if (!take_option(o, argc, argv, &i, e))
				return false;
		} else if (!o->command) {
			if (!take_command(o, word, e))
				return false;
			/* what is completed is somebody else's command line, options and all */
			words_only = !strcmp(word, "completion") && i + 1 < argc && !strcmp(argv[i + 1], "words");
		} else {
			o->args[o->nargs++] = word;
		}
	}
	return enough(o, e);
}

void options_free(struct options *o)
{
	free(o->args);
	o->args = NULL;
	o->nargs = 0;
}

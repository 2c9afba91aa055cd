/*
 * completion: the scripts of the shells are thin, the candidates come from the
 * tables and the catalogue: `domovoi completion words WORD…` prints what the
 * last WORD (which may be empty) may become after the ones before it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/say.h"
#include "client/resource.h"
#include "screens/console.h"

/* What a shell cannot know: '=' breaks words in bash, so that only what follows it is replaced. */
static const char bash_script[] =
    "_domovoi() {\n"
    "\tlocal line=${COMP_LINE:0:COMP_POINT} words cur\n"
    "\tread -ra words <<<\"$line\"\n"
    "\t[[ $line == *[[:space:]] ]] && words+=('')\n"
    "\tcur=${words[${#words[@]}-1]}\n"
    "\tmapfile -t COMPREPLY < <(\"${words[0]}\" completion words \"${words[@]:1}\" 2>/dev/null)\n"
    "\t[[ $cur == *=* ]] && COMPREPLY=(\"${COMPREPLY[@]#\"${cur%%=*}=\"}\")\n"
    "\t[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace\n"
    "}\n"
    "complete -o default -F _domovoi domovoi\n";

static const char zsh_script[] =
    "#compdef domovoi\n"
    "_domovoi() {\n"
    "\tlocal -a found\n"
    "\tfound=(\"${(@f)$(\"$words[1]\" completion words \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
    "\tif [[ -z ${found[1]-} ]]; then\n"
    "\t\t_files\n"
    "\telif [[ ${found[1]} == *= ]]; then\n"
    "\t\tcompadd -S '' -- $found\n"
    "\telse\n"
    "\t\tcompadd -- $found\n"
    "\tfi\n"
    "}\n"
    "if [[ $funcstack[1] == _domovoi ]]; then _domovoi \"$@\"; else compdef _domovoi domovoi; fi\n";

static const char fish_script[] =
    "function __domovoi\n"
    "\tset -l words (commandline -opc) (commandline -ct)\n"
    "\tset -l found ($words[1] completion words $words[2..-1] 2>/dev/null)\n"
    "\tif test (count $found) -gt 0\n"
    "\t\tprintf '%s\\n' $found\n"
    "\telse\n"
    "\t\t__fish_complete_path (commandline -ct)\n"
    "\tend\n"
    "end\n"
    "complete -c domovoi -f -a '(__domovoi)'\n";

static const struct { const char *name, *script; } shells[] = {
	{ "bash", bash_script }, { "zsh", zsh_script }, { "fish", fish_script },
};

static void offer(const char *word, const char *head, const char *name, const char *tail)
{
	char whole[256];

	snprintf(whole, sizeof whole, "%s%s%s", head, name, tail);
	if (!strncmp(whole, word, strlen(word)))
		puts(whole);
}

static void offer_all(const char *word, const char *const *names)
{
	for (; names && *names; names++)
		offer(word, "", *names, "");
}

static void offer_options(const char *word, const struct option_def *d)
{
	for (; d && d->name; d++)
		offer(word, "--", d->name, "");
}

/* "name=" of each, and once the name is there, its values. */
static void offer_value(const char *word, const char *name, const struct choice *choices)
{
	size_t n = strlen(name);

	if (strncmp(word, name, n) || word[n] != '=') {
		offer(word, "", name, "=");
		return;
	}
	for (; choices && choices->value; choices++) {
		char head[96];
		snprintf(head, sizeof head, "%s=", name);
		offer(word, head, choices->value, "");
	}
}

static void offer_fields(const char *word, const struct resource *r, bool settable)
{
	for (const struct field *f = r ? r->fields : NULL; f && f->name; f++)
		if (!(f->flags & F_SECRET) && (!settable || field_creatable(f)))
			offer_value(word, f->name, f->choices);
}

static void offer_args(const char *word, const struct arg *a)
{
	for (; a && a->name; a++)
		offer_value(word, a->name, a->choices);
}

static void offer_resources(const char *word)
{
	for (const struct resource *const *r = catalogue_resources(); *r; r++)
		offer(word, "", (*r)->name, "");
}

static void offer_reports(const char *word)
{
	for (const struct report *const *r = catalogue_reports(); *r; r++)
		offer(word, "", (*r)->name, "");
}

static void offer_commands(const char *word)
{
	for (const struct command *c = options_commands(); c->name; c++)
		offer(word, "", c->name, "");
}

static void offer_actions(const char *word, const struct resource *r)
{
	for (const struct action *a = r ? r->actions : NULL; a && a->name; a++)
		offer(word, "", a->name, "");
}

/* The kind of the n-th word of a command. */
static enum word word_kind(const struct command *c, int n)
{
	int i = 0;

	while (i < n && i < 3 && c->words[i + 1] != W_END)
		i++;
	return i < n && c->max >= 0 && n >= c->max ? W_END : c->words[i];
}

/* `before`: the command's words so far; n of them. */
static void offer_word(const char *word, const struct command *c, char **before, int n)
{
	const struct resource *r = n > 0 ? catalogue_resource(before[0]) : NULL;
	const struct report *rep = n > 0 ? catalogue_report(before[0]) : NULL;
	const struct action *a = r && n > 2 ? resource_action(r, before[2]) : NULL;

	switch (word_kind(c, n)) {
	case W_RESOURCE: offer_resources(word); break;
	case W_REPORT: offer_reports(word); break;
	case W_NAME: offer_resources(word); offer_reports(word); break;
	case W_FILTER: offer_fields(word, r, false); break;
	case W_SETS: offer_fields(word, r, true); break;
	case W_ACTION: offer_actions(word, r); break;
	case W_ARGS: offer_args(word, a ? a->args : NULL); break;
	case W_PARAMS: offer_args(word, rep ? rep->args : NULL); break;
	case W_SCREEN: offer_all(word, console_screens()); break;
	case W_COMMAND: offer_commands(word); break;
	case W_VERB: offer_all(word, n == 0 ? c->verbs : NULL); break;
	case W_SHELL:
		for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
			offer(word, "", shells[i].name, "");
		break;
	case W_ID:
	case W_FILE:
	case W_END: break;
	}
}

static void offer_sort(const char *word, const struct resource *r)
{
	for (const struct field *f = r ? r->fields : NULL; f && f->name; f++) {
		if (!(f->flags & F_SORT))
			continue;
		offer(word, "", f->name, "");
		offer(word, "-", f->name, "");
	}
}

static void offer_option_value(const char *word, const struct option_def *d, const struct resource *r)
{
	if (d->choices)
		offer_all(word, d->choices());
	else if (!strcmp(d->name, "sort"))
		offer_sort(word, r);
}

/* Words before the last one are read as the parser would, but forgiving. */
static void complete(char **words, int n)
{
	const struct command *c = NULL;
	const struct option_def *pending = NULL;
	char *before[64];
	const char *word = n > 0 ? words[n - 1] : "";
	int count = 0;

	for (int i = 0; i < n - 1; i++) {
		const struct option_def *d = words[i][0] == '-' ? options_option(c, words[i]) : NULL;
		bool value = pending != NULL;
		pending = NULL;
		if (value)
			continue;
		if (d && d->kind != OPT_FLAG)
			pending = d;
		else if (!d && !c && words[i][0] != '-')
			c = options_command(words[i]);
		else if (!d && c && count < 64)
			before[count++] = words[i];
	}
	if (pending) {
		offer_option_value(word, pending, count > 0 ? catalogue_resource(before[0]) : NULL);
	} else if (word[0] == '-') {
		offer_options(word, c ? c->options : NULL);
		offer_options(word, options_global());
	} else if (c) {
		offer_word(word, c, before, count);
	} else {
		offer_commands(word);
	}
}

int cmd_completion(const struct options *o)
{
	struct err e;
	const char *shell = o->args[0];

	if (!strcmp(shell, "words")) {
		complete(o->args + 1, o->nargs - 1);
		return 0;
	}
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		if (!strcmp(shell, shells[i].name)) {
			fputs(shells[i].script, stdout);
			return 0;
		}
	}
	err_set(&e, ERR_USAGE, "E-USAGE", NULL, _("There are: bash, zsh, fish"), _("no completion for the shell %s"), shell);
	return say_err(&e);
}

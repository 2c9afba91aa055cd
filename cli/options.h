/*
 * The command line as data: one table of options and one of commands. Parsing,
 * --help, usage errors with the closest match, shell completion and the manual
 * page are all read from them; adding a command is one row and one function.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct command;

struct options {
	/* global: before or after the command */
	const char *profile, *dsn, *url, *ca, *as_of, *lang, *theme, *now, *role, *see_as, *format, *out;
	int company;          /* 0 = the default membership's */
	bool no_color, ascii, plain, help, show_version, raw;

	/* of one command or another */
	const char *sort, *columns, *after, *map, *size, *dir, *keys, *script;
	int limit;            /* -1 = not given, 0 = all */
	int version;          /* 0 = not given */
	int port;             /* -1 = not given */
	bool count, dry_run, yes, no_ui, api, print_dsn, stop, reset, man, attrs;

	/* set by commands themselves */
	const char *login;    /* login: whose; NULL = as the profile says */
	bool piped;           /* a password may stand on standard input */

	const struct command *command; /* NULL = none was named */
	int nargs;
	char **args;          /* the words after the command; point into argv */
};

enum option_kind { OPT_FLAG, OPT_TEXT, OPT_INT };

struct option_def {
	const char *name;     /* without the dashes */
	char letter;          /* 0 = none */
	enum option_kind kind;
	size_t offset;        /* of the member of struct options */
	const char *value;    /* "FILE": how the help calls the value */
	const char *const *(*choices)(void); /* NULL = anything */
	bool loose;           /* the choices are only offered: others are taken too */
	const char *help;     /* msgid, no full stop */
};

/* What a word of a command is, for completion and the check of its number. */
enum word { W_END, W_RESOURCE, W_ID, W_FILTER, W_SETS, W_ACTION, W_ARGS, W_REPORT, W_PARAMS, W_SCREEN, W_FILE,
	W_SHELL, W_NAME, W_COMMAND, W_VERB };

struct command {
	const char *name;
	const char *words_help;   /* "RESOURCE ID ACTION [ARG=VALUE…]" */
	const char *help;         /* msgid: one line */
	const char *details;      /* msgid of further paragraphs, or NULL */
	int min, max;             /* words after the command; max -1 = any number */
	enum word words[4];       /* kind of each; the last one before W_END repeats */
	const char *const *verbs; /* for W_VERB */
	const struct option_def *options; /* ends with name NULL; NULL = none */
	int (*run)(const struct options *);
};

const struct option_def *options_global(void);   /* ends with name NULL */
const struct command *options_commands(void);    /* ends with name NULL */
const struct command *options_command(const char *name); /* NULL if there is none */
/* By "name" or "--name": among the command's (NULL = none) and the global ones; NULL if there is none. */
const struct option_def *options_option(const struct command *c, const char *name);

/* Fills `o` from the whole command line; free it with options_free(). false: `e` is a usage error with its remedy. */
bool options_parse(struct options *o, int argc, char **argv, struct err *e);
void options_free(struct options *o);

/* The closest of `names` (NULL-terminated) to a mistyped word, or NULL if none is near. */
const char *closest(const char *word, const char *const *names);

#endif

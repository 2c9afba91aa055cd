/* domovoid: the server's program. One table of commands and one of options; help and the manual page are their text. */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "server/commands.h"
#include "server/fit.h"
#include "server/listen.h"
#include "server/openapi.h"
#include "server/serve.h"

static const struct {
	const char *name, *value, *help;
} options[] = {
	{ "config", "FILE", "read the settings from FILE" },
	{ "set", "KEY=VALUE", "set one of them, over the file's; may be repeated" },
	{ "check", NULL, "look at settings, keys, certificate, database and addresses, say what is wrong, serve nothing" },
	{ "once", NULL, "worker: do what is due now, and leave" },
	{ "help", NULL, "print this" },
	{ "man", NULL, "print the manual page" },
	{ "version", NULL, "print the version" },
};

static const struct server_command commands[] = {
	{ "serve", "answer requests (this is what happens without a command)", NULL, command_serve },
	{ "worker", "do what is due by the clock and tell consoles about changes; one of many leads", NULL, command_worker },
	{ "keygen", "make the files of keys that are not there yet in DIR", "DIR", command_keygen },
	{ "openapi", "print the description of the API (OpenAPI 3.1) and end", NULL, command_openapi },
	{ NULL, NULL, NULL, NULL },
};

int command_fails(const struct err *e)
{
	char line[700];

	err_line(e, line, sizeof line);
	fprintf(stderr, "domovoid: %s\n", line);
	return (int)e->kind;
}

struct config *command_config(void *arg, struct err *e)
{
	const struct server_options *o = arg;
	struct config *c = o->config != NULL ? config_read(o->config, e) : config_new();

	for (int i = 0; c != NULL && i < o->nset; i++) {
		const char *equals = strchr(o->set[i], '=');
		char *key = xstrndup(o->set[i], equals != NULL ? (size_t)(equals - o->set[i]) : strlen(o->set[i]));

		if (equals == NULL)
			err_set(e, ERR_USAGE, "E-CONFIG", NULL, "Write --set key=value", "'%s' sets nothing", o->set[i]);
		if (equals == NULL || !config_set(c, key, equals + 1, e)) {
			config_free(c);
			c = NULL;
		}
		free(key);
	}
	return c;
}

int command_serve(const struct server_options *o)
{
	struct err e = { 0 };
	struct config *c = command_config((void *)(uintptr_t)o, &e);
	struct setup *s;

	if (c == NULL)
		return command_fails(&e);
	if (!o->check)
		return serve(c, command_config, (void *)(uintptr_t)o, &e) ? 0 : command_fails(&e);
	s = setup_make(c, &e);
	bool fine = s != NULL && fit_databases(s->config, &e) && listen_bind(s, &e);
	listen_close();
	setup_free(s);
	if (!fine)
		return command_fails(&e);
	puts("fine");
	return 0;
}

int command_openapi(const struct server_options *o)
{
	json_t *doc = openapi_document("/");

	(void)o;
	json_dumpf(doc, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(doc);
	return 0;
}

/* ---- help ------------------------------------------------------------------------------------ */

static void print_help(void)
{
	struct strbuf b = { 0 };

	strbuf_puts(&b, "domovoid [OPTION…] [COMMAND]\n\nCommands:\n");
	for (const struct server_command *c = commands; c->name != NULL; c++) {
		char *left = xasprintf("%s %s", c->name, c->argument != NULL ? c->argument : "");

		strbuf_printf(&b, "  %-20s %s\n", left, c->help);
		free(left);
	}
	strbuf_puts(&b, "\nOptions:\n");
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		char *left = xasprintf("--%s%s%s", options[i].name, options[i].value != NULL ? " " : "",
		    options[i].value != NULL ? options[i].value : "");

		strbuf_printf(&b, "  %-20s %s\n", left, options[i].help);
		free(left);
	}
	strbuf_puts(&b, "\nSettings (a file of key = value lines, # begins a comment):\n");
	config_describe(&b, "  %-20s ", "%s%s%s\n");
	fputs(strbuf_str(&b), stdout);
	strbuf_free(&b);
}

static void print_man(void)
{
	struct strbuf b = { 0 };

	strbuf_puts(&b, ".TH DOMOVOID 8\n.SH NAME\ndomovoid \\- the REST API of Domovoi, and its worker\n.SH SYNOPSIS\n"
	    ".B domovoid\n[\\fIoption\\fR]... [\\fIcommand\\fR]\n.SH DESCRIPTION\nServes the API of a Domovoi database over "
	    "HTTP. SIGTERM and SIGINT end it when the requests in flight are answered, for which they have seven seconds; "
	    "after ten it has ended in any case. A second one ends it at once. SIGHUP reads the settings, keys and "
	    "certificates again and opens the log anew; addresses, threads "
	    "and the database stay as they were. It does not put itself into the background; systemd is told when it is "
	    "ready.\n.SH COMMANDS\n");
	for (const struct server_command *c = commands; c->name != NULL; c++)
		strbuf_printf(&b, ".TP\n.B %s\n%s\n", c->name, c->help);
	strbuf_puts(&b, ".SH OPTIONS\n");
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		strbuf_printf(&b, ".TP\n.B \\-\\-%s %s\n%s\n", options[i].name,
		    options[i].value != NULL ? options[i].value : "", options[i].help);
	strbuf_puts(&b, ".SH SETTINGS\n");
	config_describe(&b, ".TP\n.B %s\n", "%s%s%s\n");
	fputs(strbuf_str(&b), stdout);
	strbuf_free(&b);
}

/* ---- the command line ------------------------------------------------------------------------ */

static bool usage(struct err *e, const char *word)
{
	err_set(e, ERR_USAGE, "E-USAGE", NULL, "See domovoid --help", "'%s' is not understood", word);
	return false;
}

/* "--name", "--name=value" or "--name value": true if the word is that option. */
static bool is_option(char **argv, int *i, const char *name, const char **value)
{
	const char *word = argv[*i];
	size_t n = strlen(name);

	if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, name, n) != 0 || strchr("=", word[2 + n]) == NULL)
		return false;
	if (value == NULL)
		return word[2 + n] == '\0';
	*value = word[2 + n] == '=' ? word + 3 + n : argv[*i + 1] != NULL ? argv[++*i] : "";
	return true;
}

static bool parse(struct server_options *o, int argc, char **argv, struct err *e)
{
	for (int i = 1; i < argc; i++) {
		const char *value;

		if (is_option(argv, &i, "config", &value)) {
			o->config = value;
		} else if (is_option(argv, &i, "set", &value)) {
			o->set[o->nset++] = value;
		} else if (is_option(argv, &i, "check", NULL)) {
			o->check = true;
		} else if (is_option(argv, &i, "once", NULL)) {
			o->once = true;
		} else if (is_option(argv, &i, "help", NULL)) {
			o->help = true;
		} else if (is_option(argv, &i, "man", NULL)) {
			o->man = true;
		} else if (is_option(argv, &i, "version", NULL)) {
			o->version = true;
		} else if (argv[i][0] != '-' && o->command == NULL) {
			for (const struct server_command *c = commands; c->name != NULL; c++)
				if (strcmp(c->name, argv[i]) == 0)
					o->command = c;
			if (o->command == NULL)
				return usage(e, argv[i]);
		} else if (argv[i][0] != '-' && o->command->argument != NULL && o->argument == NULL) {
			o->argument = argv[i];
		} else {
			return usage(e, argv[i]);
		}
	}
	if (o->command == NULL || o->command->argument == NULL || o->argument != NULL || o->help || o->man || o->version)
		return true;
	err_set(e, ERR_USAGE, "E-USAGE", NULL, "See domovoid --help", "%s needs %s", o->command->name, o->command->argument);
	return false;
}

int main(int argc, char **argv)
{
	struct server_options o = { .set = xcalloc((size_t)argc, sizeof *o.set) };
	struct err e = { 0 };
	int status = 0;

	i18n_init("en");
	json_object_seed(0); /* before there are threads */
	if (!parse(&o, argc, argv, &e))
		status = command_fails(&e);
	else if (o.help)
		print_help();
	else if (o.man)
		print_man();
	else if (o.version)
		printf("domovoid %s\n", PACKAGE_VERSION);
	else
		status = o.command != NULL ? o.command->run(&o) : command_serve(&o);
	free(o.set);
	return status;
}

#include "config.h"

#include "base/i18n.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "db/cluster.h"
#include "screens/console.h"

#define FLAG(n, l, member, h) { .name = n, .letter = l, .kind = OPT_FLAG, .offset = offsetof(struct options, member), \
	.help = h }
#define TEXT(n, l, member, v, c, h) { .name = n, .letter = l, .kind = OPT_TEXT, \
	.offset = offsetof(struct options, member), .value = v, .choices = c, .help = h }
#define INT(n, member, v, h) { .name = n, .kind = OPT_INT, .offset = offsetof(struct options, member), .value = v, \
	.help = h }

static const char *const *langs(void)
{
	static const char *const names[] = { "ru", "en", "kk", NULL };

	return names;
}

/* Roles are rows of the database; these are the ones that every installation begins with. */
static const char *const *roles(void)
{
	static const char *const names[] = { "superuser", "moderator", "support", "head", "manager", "realtor",
		"dispatcher", "executor", "accountant", "auditor", "owner", NULL };

	return names;
}

static const struct option_def global_options[] = {
	TEXT("profile", 0, profile, "NAME", NULL, N_("where the data are: a section of the profiles file")),
	TEXT("dsn", 0, dsn, "DSN", NULL, N_("where the data are: a PostgreSQL connection string without a password")),
	TEXT("url", 0, url, "URL", NULL, N_("where the data are: an API server, https://host or http+unix:///path")),
	TEXT("ca", 0, ca, "FILE", NULL, N_("certificates to trust at --url instead of the system's")),
	TEXT("as-of", 0, as_of, "DATE", NULL, N_("the date that stands for today in periods")),
	TEXT("lang", 0, lang, "LANG", langs, N_("language of the texts: ru, en or kk")),
	{ .name = "theme", .kind = OPT_TEXT, .offset = offsetof(struct options, theme), .value = "NAME",
	    .choices = console_themes, .loose = true, .help = N_("colours of the console: a theme or a file") },
	TEXT("now", 0, now, "TIME", NULL, N_("the clock of a demo or test database, ISO 8601")),
	FLAG("no-color", 0, no_color, N_("no colours")),
	FLAG("ascii", 0, ascii, N_("ASCII glyphs only")),
	FLAG("plain", 0, plain, N_("the console in words, line by line: for screen readers; also with TERM=dumb")),
	{ .name = "as", .kind = OPT_TEXT, .offset = offsetof(struct options, role), .value = "ROLE", .choices = roles,
	    .loose = true, .help = N_("the role to work as") },
	TEXT("see-as", 0, see_as, "LOGIN", NULL, N_("read only, with the eyes and the rights of somebody else; it is logged")),
	INT("company", company, "C", N_("the company to work in, by its number")),
	TEXT("format", 0, format, "F", output_formats,
	    N_("table, csv, tsv, json, jsonl, md (Markdown) or xlsx; as FILE is called; table on a terminal, tsv in a pipe")),
	TEXT("output", 'o', out, "FILE", NULL, N_("write to FILE, complete or not at all")),
	FLAG("raw", 0, raw, N_("no apostrophe in csv, tsv and md before a text that a spreadsheet would compute (= + - @)")),
	FLAG("help", 'h', help, N_("show the help of the command")),
	FLAG("version", 0, show_version, N_("show the version")),
	{ .name = NULL },
};

static const struct option_def demo_options[] = {
	TEXT("size", 0, size, "SIZE", demo_sizes,
	    N_("empty, tiny (500 reservations), small (20 thousand), medium (1 million) or large (10 million)")),
	TEXT("dir", 0, dir, "DIR", NULL, N_("where the demo lives instead of the user's data directory")),
	FLAG("no-ui", 0, no_ui, N_("start it and leave it running until --stop")),
	FLAG("print-dsn", 0, print_dsn, N_("print the connection string of the chosen role")),
	FLAG("api", 0, api, N_("start the API beside it and leave both running until --stop")),
	INT("port", port, "PORT", N_("of the API on 127.0.0.1 (8080; 0: any that is free)")),
	FLAG("stop", 0, stop, N_("stop the demo's database")),
	FLAG("reset", 0, reset, N_("throw the demo's data away and make them anew")),
	{ .name = NULL },
};
static const struct option_def list_options[] = {
	TEXT("sort", 0, sort, "FIELD", NULL, N_("sort by FIELD, or downwards by -FIELD")),
	TEXT("columns", 0, columns, "A,B", NULL, N_("the fields to show, in this order")),
	INT("limit", limit, "N", N_("at most N rows, 0 = all; 50 on a terminal, else all")),
	TEXT("after", 0, after, "CURSOR", NULL, N_("go on after the row that an earlier list ended with")),
	FLAG("count", 0, count, N_("print only how many rows match")),
	{ .name = NULL },
};
static const struct option_def edit_options[] = {
	INT("version", version, "N", N_("refuse if the record is no longer version N")),
	{ .name = NULL },
};
static const struct option_def do_options[] = {
	FLAG("yes", 0, yes, N_("do not ask before an action that destroys something")),
	INT("version", version, "N", N_("refuse if the record is no longer version N")),
	{ .name = NULL },
};
static const struct option_def show_options[] = {
	TEXT("size", 0, size, "WxH", NULL, N_("columns and lines, 80x24 if not given")),
	TEXT("keys", 0, keys, "KEYS", NULL, N_("keys to press first")),
	TEXT("script", 0, script, "FILE", NULL, N_("keys to press first, from a file")),
	FLAG("attrs", 0, attrs, N_("show the colour tokens of the cells instead of their text")),
	{ .name = NULL },
};
static const struct option_def import_options[] = {
	TEXT("map", 0, map, "FILE", NULL, N_("how the file's columns become fields")),
	FLAG("dry-run", 0, dry_run, N_("check every row, change nothing")),
	FLAG("yes", 0, yes, N_("do not ask first on a terminal")),
	{ .name = NULL },
};
static const struct option_def db_options[] = {
	FLAG("yes", 0, yes, N_("do not ask before a change that cannot be undone")),
	TEXT("dir", 0, dir, "DIR", NULL, N_("the demo in DIR")),
	{ .name = NULL },
};
static const struct option_def help_options[] = {
	FLAG("man", 0, man, N_("print the manual page (roff)")),
	{ .name = NULL },
};

/* In the order of the functions in cmd_db.c. */
static const char *const db_verbs[] = { "migrate", "status", "seed", "doctor", "notify", "user", "company",
	"api-role", NULL };

static const struct command commands[] = {
	{ .name = "demo", .words_help = "", .max = 0, .options = demo_options, .run = cmd_demo,
	    .help = N_("a private database with invented data, and the console on it"),
	    .details = N_("Needs no server and no configuration. It stops a minute after its last user; started with "
	                  "--no-ui it stays up until --stop.") },
	{ .name = "list", .words_help = "RESOURCE [FILTER…]", .min = 1, .max = -1, .words = { W_RESOURCE, W_FILTER },
	    .options = list_options, .run = cmd_list, .help = N_("the records that match"),
	    .details = N_("FILTER is the console's filter: status=hold,confirmed check_in>=2026-03-01 name~aig "
	                  "-channel=Direct word. Operators: = != < > <= >= and ~ (contains); a comma means or, a space "
	                  "and, a leading - not.") },
	{ .name = "get", .words_help = "RESOURCE ID", .min = 2, .max = 2, .words = { W_RESOURCE, W_ID }, .run = cmd_get,
	    .help = N_("one record, by id, number or code") },
	{ .name = "new", .words_help = "RESOURCE FIELD=VALUE…", .min = 1, .max = -1, .words = { W_RESOURCE, W_SETS },
	    .run = cmd_new, .help = N_("make a record") },
	{ .name = "edit", .words_help = "RESOURCE ID FIELD=VALUE…", .min = 3, .max = -1,
	    .words = { W_RESOURCE, W_ID, W_SETS }, .options = edit_options, .run = cmd_edit,
	    .help = N_("change a record") },
	{ .name = "do", .words_help = "RESOURCE ID ACTION [ARG=VALUE…]", .min = 3, .max = -1,
	    .words = { W_RESOURCE, W_ID, W_ACTION, W_ARGS }, .options = do_options, .run = cmd_do,
	    .help = N_("do something with a record") },
	{ .name = "actions", .words_help = "RESOURCE ID", .min = 2, .max = 2, .words = { W_RESOURCE, W_ID },
	    .run = cmd_actions, .help = N_("which actions are allowed now, and why the others are not") },
	{ .name = "report", .words_help = "NAME [PARAM=VALUE…]", .min = 1, .max = -1, .words = { W_REPORT, W_PARAMS },
	    .run = cmd_report, .help = N_("figures of a period"),
	    .details = N_("A period is from <= day < to; without them it is the month of today, or of --as-of.") },
	{ .name = "show", .words_help = "SCREEN", .min = 1, .max = 1, .words = { W_SCREEN }, .options = show_options,
	    .run = cmd_show, .help = N_("a screen of the console as plain text") },
	{ .name = "import", .words_help = "RESOURCE FILE", .min = 2, .max = 2, .words = { W_RESOURCE, W_FILE },
	    .options = import_options, .run = cmd_import, .help = N_("take the rows of a CSV file"),
	    .details = N_(
		"The first line names the columns: our fields or their other names (see describe RESOURCE). Every bad "
		"row is reported with line, field and reason, and the good ones are kept. A second import of the same "
		"file changes nothing. FILE - is the standard input.\n"
		"A map file says what the columns are, a line each; what follows # is a comment:\n"
		"    Their header = our_field             the column becomes this field\n"
		"    Arrival = check_in as dd/mm/yyyy     with dates written like this\n"
		"    Their header = -                     the column is ignored\n"
		"    = -                                  the column without a name is ignored\n"
		"    our_field := text                    every row gets this value\n"
		"    @dates = dd.mm.yyyy                  how all dates are written\n"
		"    @delimiter = ;                       , ; or tab; found out if not said\n"
		"    @bad-bytes = replace                 take text that is not UTF-8, with U+FFFD for what is not\n"
		"A header or a text with = or # in it stands in \"double quotes\". Columns that the map does not name are "
		"matched by name.") },
	{ .name = "login", .words_help = "[LOGIN]", .max = 1, .words = { W_NAME }, .run = cmd_login,
	    .help = N_("sign in to an API server"),
	    .details = N_("With --url, or with a profile that names one. The password, and a code where the person has an "
	                  "authenticator, are asked for, or read from the standard input, a line each. The login is "
	                  "remembered sealed, until logout or the next start of the machine, where the user's runtime "
	                  "directory is in memory; nowhere else. --url with --profile NAME writes the section NAME of "
	                  "the profiles file, and without a profile at all the section default, so that later "
	                  "commands need no --url.") },
	{ .name = "logout", .words_help = "", .max = 0, .run = cmd_logout,
	    .help = N_("end the login on the API server, and forget it here") },
	{ .name = "whoami", .words_help = "", .max = 0, .run = cmd_whoami,
	    .help = N_("who you are here and what you may do") },
	{ .name = "describe", .words_help = "[NAME]", .max = 1, .words = { W_NAME }, .run = cmd_describe,
	    .help = N_("the catalogue of resources and reports, or one of them, as JSON") },
	{ .name = "keys", .words_help = "", .max = 0, .run = cmd_keys,
	    .help = N_("the console's keys: screen, action, keys, note, permission"),
	    .details = N_(
		"With --format json as JSON. Your own keys are lines of $XDG_CONFIG_HOME/domovoi/keys, which the program never "
		"writes; * marks what they changed, and a line that cannot be used is said and left out:\n"
		"    portfolio.filter = F7 M-f    an action of a screen: these keys instead of its own\n"
		"    refresh = C-r F5             an action that works everywhere\n"
		"    portfolio = g+u              a sequence of two keys\n"
		"    keys.layout = kz             auto, us, ru or kz: what the marks . , \" stand for") },
	{ .name = "completion", .words_help = "SHELL", .min = 1, .max = -1, .words = { W_SHELL }, .run = cmd_completion,
	    .help = N_("a completion script for bash, zsh or fish"),
	    .details = N_("For bash: domovoi completion bash >/etc/bash_completion.d/domovoi") },
	{ .name = "db", .words_help = "VERB [ARG…]", .min = 1, .max = -1, .words = { W_VERB },
	    .verbs = db_verbs, .options = db_options,
	    .run = cmd_db, .help = N_("the database's keeper: migrate, status, seed, doctor, notify, user, company"),
	    .details = N_("migrate brings the schema up to date; status shows where it is; seed fills dictionaries; doctor "
	                  "looks for trouble; notify tells consoles about changes until it is stopped; user add LOGIN "
	                  "name=… role=…, user disable LOGIN and user reset LOGIN keep the logins (a password is asked for, "
	                  "or read from the standard input); company add NAME slug=… [kind=… country=… tz=… "
	                  "currency=…] makes a company and prints its number. They need a connection of the database's "
	                  "owner.") },
	{ .name = "help", .words_help = "[COMMAND]", .max = 1, .words = { W_COMMAND }, .options = help_options,
	    .run = cmd_help, .help = N_("this help, or that of a command") },
	{ .name = NULL },
};

const struct option_def *options_global(void)
{
	return global_options;
}

const struct command *options_commands(void)
{
	return commands;
}

/* help, --help and the manual page: the tables, written down. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/say.h"
#include "screens/console.h"

#define INDENT 26
#define WIDTH 80

static const struct { int status; const char *meaning; } exits[] = {
	{ 0, N_("done") },
	{ 1, N_("failed") },
	{ 2, N_("the command line is wrong") },
	{ 3, N_("no such record, or none that you may see") },
	{ 4, N_("not permitted") },
	{ 5, N_("a conflict: somebody changed the record, its state forbids it, or the dates are taken") },
	{ 6, N_("a value is refused; of an import: some rows were, the good ones are kept") },
	{ 7, N_("the database cannot be reached") },
	{ 130, N_("interrupted") },
};

static const struct { const char *command, *meaning; } examples[] = {
	{ "domovoi demo", N_("the console on invented data") },
	{ "domovoi list reservations status=hold,confirmed check_in=tom", N_("who comes tomorrow") },
	{ "domovoi do reservations 10482 check_in", N_("a guest arrived") },
	{ "domovoi report occupancy from=2026-01-01 to=2026-07-01 group=month --format csv -o half.csv",
	    N_("half a year for a spreadsheet") },
	{ "domovoi import units units.csv --dry-run", N_("what an import would do") },
};

/* ---- for a terminal --------------------------------------------------------------------------------------- */

/* Words of `text` in lines of WIDTH, all but the first one indented. */
static void wrapped(struct strbuf *b, const char *text, int indent, int column)
{
	while (*text) {
		size_t n = strcspn(text, " \n");
		char *word = xstrndup(text, n);
		int w = text_width(word);
		if (column + w > WIDTH && column > indent) {
			while (b->s[b->len - 1] == ' ')
				b->s[--b->len] = '\0';
			strbuf_printf(b, "\n%*s", indent, "");
			column = indent;
		}
		strbuf_puts(b, word);
		free(word);
		column += w;
		text += n;
		if (*text == ' ') {
			strbuf_putc(b, ' ');
			column++;
			text++;
		}
	}
	while (b->len && b->s[b->len - 1] == ' ')
		b->s[--b->len] = '\0';
	strbuf_putc(b, '\n');
}

static void entry(struct strbuf *b, const char *head, const char *text)
{
	int w = 2 + text_width(head);

	strbuf_printf(b, "  %s", head);
	if (w + 2 > INDENT)
		strbuf_printf(b, "\n%*s", INDENT, "");
	else
		strbuf_printf(b, "%*s", INDENT - w, "");
	wrapped(b, text, INDENT, INDENT);
}

static void option_head(struct strbuf *b, const struct option_def *d)
{
	if (d->letter)
		strbuf_printf(b, "-%c, ", d->letter);
	strbuf_printf(b, "--%s", d->name);
	if (d->value)
		strbuf_printf(b, " %s", d->value);
}

static void option_entries(struct strbuf *b, const char *title, const struct option_def *d)
{
	struct strbuf head = { 0 };

	if (!d || !d->name)
		return;
	strbuf_printf(b, "\n%s\n", title);
	for (; d->name; d++) {
		strbuf_clear(&head);
		option_head(&head, d);
		entry(b, strbuf_str(&head), _(d->help));
	}
	strbuf_free(&head);
}

/* Lines that begin with blanks stand as they are: examples of a grammar. */
static void details(struct strbuf *b, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line = xstrndup(text, n);
		if (*line == ' ')
			strbuf_printf(b, "%s\n", line);
		else
			wrapped(b, line, 0, 0);
		free(line);
		text += n + (text[n] == '\n');
	}
}

static void command_help(struct strbuf *b, const struct command *c)
{
	strbuf_printf(b, _("Usage: domovoi %s %s"), c->name, c->words_help);
	strbuf_printf(b, "%s\n\n", c->options ? _(" [OPTIONS]") : "");
	wrapped(b, _(c->help), 0, 0);
	if (c->details) {
		strbuf_putc(b, '\n');
		details(b, _(c->details));
	}
	option_entries(b, _("Options:"), c->options);
	option_entries(b, _("Options of every command, before or after it:"), options_global());
}

static void program_help(struct strbuf *b)
{
	char number[16];

	strbuf_puts(b, _("Usage: domovoi [OPTIONS] [COMMAND …]\n\n"));
	wrapped(b, _("A console for the keepers of property. Without a command: the console on a terminal, else its "
	             "home screen as text."), 0, 0);
	strbuf_printf(b, "\n%s\n", _("Commands:"));
	for (const struct command *c = options_commands(); c->name; c++) {
		char *head = xasprintf("%s %s", c->name, c->words_help);
		entry(b, head, _(c->help));
		free(head);
	}
	option_entries(b, _("Options, before or after the command:"), options_global());
	strbuf_printf(b, "\n%s\n", _("Exit status:"));
	for (size_t i = 0; i < ARRAY_LEN(exits); i++) {
		snprintf(number, sizeof number, "%d", exits[i].status);
		entry(b, number, _(exits[i].meaning));
	}
}

/* ---- the manual page -------------------------------------------------------------------------------------- */

static void roff(struct strbuf *b, const char *s)
{
	for (bool start = true; *s; s++) {
		if (start && (*s == '.' || *s == '\''))
			strbuf_puts(b, "\\&");
		if (*s == '\\')
			strbuf_puts(b, "\\e");
		else if (*s == '-')
			strbuf_puts(b, "\\-");
		else
			strbuf_putc(b, *s);
		start = *s == '\n';
	}
}

static void roff_entry(struct strbuf *b, const char *head, const char *text)
{
	strbuf_puts(b, ".TP\n.B ");
	roff(b, head);
	strbuf_putc(b, '\n');
	roff(b, text);
	strbuf_putc(b, '\n');
}

static void roff_options(struct strbuf *b, const struct option_def *d)
{
	struct strbuf head = { 0 };

	for (; d && d->name; d++) {
		strbuf_clear(&head);
		option_head(&head, d);
		roff_entry(b, strbuf_str(&head), _(d->help));
	}
	strbuf_free(&head);
}

static void roff_details(struct strbuf *b, const char *text)
{
	bool example = false;

	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line = xstrndup(text, n);
		if ((*line == ' ') != example)
			strbuf_puts(b, example ? ".EE\n" : ".PP\n.EX\n");
		else if (!example)
			strbuf_puts(b, ".PP\n");
		example = *line == ' ';
		roff(b, line);
		strbuf_putc(b, '\n');
		free(line);
		text += n + (text[n] == '\n');
	}
	if (example)
		strbuf_puts(b, ".EE\n");
}

static void roff_command(struct strbuf *b, const struct command *c)
{
	strbuf_puts(b, ".SS ");
	roff(b, c->name);
	strbuf_putc(b, ' ');
	roff(b, c->words_help);
	strbuf_putc(b, '\n');
	roff(b, _(c->help));
	strbuf_puts(b, ".\n");
	if (c->details)
		roff_details(b, _(c->details));
	roff_options(b, c->options);
}

struct key_page { struct strbuf *b; const char *screen; };

/* A table row: keys, what they do, and how the key file calls it. */
static void roff_key(void *ctx, const struct console_key *k)
{
	struct key_page *p = ctx;

	if (p->screen != k->title) {
		strbuf_printf(p->b, "%s.SS ", p->screen ? ".TE\n" : "");
		roff(p->b, _(k->title));
		strbuf_puts(p->b, "\n.TS\nl l l.\n");
	}
	p->screen = k->title;
	strbuf_puts(p->b, "\\&");
	roff(p->b, k->keys);
	strbuf_puts(p->b, "\t\\&");
	roff(p->b, _(k->note));
	strbuf_puts(p->b, "\t");
	if (k->screen) {
		roff(p->b, k->screen);
		strbuf_putc(p->b, '.');
	}
	roff(p->b, k->action);
	strbuf_putc(p->b, '\n');
}

static void roff_keys(struct strbuf *b)
{
	struct key_page p = { .b = b };

	strbuf_printf(b, ".SH %s\n", _("KEYS"));
	roff(b, _("Key, what it does, and the name of the action in the key file. C- is Ctrl, M- Alt; g+p is g and then p. In "
	          "the Russian and Kazakh layouts the same fingers do the same."));
	strbuf_putc(b, '\n');
	console_keys(false, roff_key, NULL, &p);
	if (p.screen)
		strbuf_puts(b, ".TE\n");
}

static void manual(struct strbuf *b)
{
	char number[16];

	strbuf_printf(b, "'\\\" t\n.TH DOMOVOI 1 \"\" \"domovoi %s\"\n.SH %s\ndomovoi \\- %s\n", PACKAGE_VERSION, _("NAME"),
	    _("a console for the keepers of property"));
	strbuf_printf(b, ".SH %s\n.B domovoi\n", _("SYNOPSIS"));
	roff(b, _("[OPTIONS] [COMMAND …]"));
	strbuf_printf(b, "\n.SH %s\n", _("DESCRIPTION"));
	roff(b, _("Without a command: the console on a terminal, else its home screen as text."));
	strbuf_printf(b, "\n.SH %s\n", _("OPTIONS"));
	roff_options(b, options_global());
	strbuf_printf(b, ".SH %s\n", _("COMMANDS"));
	for (const struct command *c = options_commands(); c->name; c++)
		roff_command(b, c);
	roff_keys(b);
	strbuf_printf(b, ".SH %s\n", _("EXIT STATUS"));
	for (size_t i = 0; i < ARRAY_LEN(exits); i++) {
		snprintf(number, sizeof number, "%d", exits[i].status);
		roff_entry(b, number, _(exits[i].meaning));
	}
	strbuf_printf(b, ".SH %s\n", _("FILES"));
	roff_entry(b, "$XDG_CONFIG_HOME/domovoi/profiles",
	    _("Where the data are: sections [NAME] with the lines dsn = …, lang, theme, as, company, codes_key. No "
	      "passwords: those are in libpq's password file."));
	roff_entry(b, _("the file named by codes_key"),
	    _("What access codes are sealed with: a line made by openssl rand -base64 32, in a file of mode 0600 in a "
	      "directory of mode 0700. Further versions of the key are lines N BASE64; the highest seals. Who loses the file "
	      "loses the codes. The demo makes one beside its data."));
	roff_entry(b, "$XDG_CONFIG_HOME/domovoi/keys",
	    _("Your own keys, see the command keys. The program reads it and never writes it."));
	roff_entry(b, "$XDG_CONFIG_HOME/domovoi/themes/NAME.theme",
	    _("Your own colours for --theme NAME: lines token = [colour] [on colour] [bold|dim|underline|reverse]; the "
	      "shipped themes are the examples."));
	strbuf_printf(b, ".SH %s\n", _("EXAMPLES"));
	for (size_t i = 0; i < ARRAY_LEN(examples); i++)
		roff_entry(b, examples[i].command, _(examples[i].meaning));
}

int cmd_help(const struct options *o)
{
	struct strbuf b = { 0 };
	struct err e;
	const char *name = o->command && !strcmp(o->command->name, "help") ? o->args[0] : NULL;
	const struct command *c = name ? options_command(name) : o->help ? o->command : NULL;

	if (name && !c) {
		err_set(&e, ERR_USAGE, "E-USAGE", NULL, _("See domovoi help"), _("there is no command %s"), name);
		return say_err(&e);
	}
	if (o->man)
		manual(&b);
	else if (c)
		command_help(&b, c);
	else
		program_help(&b);
	fputs(strbuf_str(&b), stdout);
	strbuf_free(&b);
	return 0;
}

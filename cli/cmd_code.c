/* do units … set_code and reveal_code: a code is sealed and opened here, and is never a word of a command line. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/args.h"
#include "cli/commands.h"
#include "cli/record.h"
#include "cli/run.h"
#include "cli/say.h"
#include "client/secret.h"
#include "db/askpass.h"

/* ---- the code from the keyboard or standard input --------------------------------------------------------- */

/* All of it without the last line's end; what is too long is found by code_seal(). */
static char *read_all(int fd)
{
	char *text = xmalloc(CODE_MAX + 2);
	size_t n = 0;
	char ch = 0;

	while (n <= CODE_MAX && read(fd, &ch, 1) == 1 && ch != '\003')
		text[n++] = ch ? ch : '\001'; /* a NUL is as much no text as that */
	if (ch == '\003')
		n = 0;
	while (n > 0 && strchr("\r\n", text[n - 1]))
		n--;
	text[n] = '\0';
	return text;
}

static char *read_code(const char *unit, const char *kind)
{
	if (!askpass_terminal())
		return read_all(STDIN_FILENO);

	char *prompt = xasprintf(_("Code %s of %s: "), kind, unit), *text = askpass(prompt);

	free(prompt);
	return text;
}

/* ---- arguments -------------------------------------------------------------------------------------------- */

static const char *value_of(const struct args *a, const char *name)
{
	for (int i = 0; i < a->n; i++)
		if (!strcmp(a->v[i].name, name))
			return a->v[i].value;
	return NULL;
}

/* The command line is read by everybody on the machine, and kept by the shell: a code there is not taken, nor said. */
static bool words_are_safe(const struct options *o, const struct action *action, struct err *e)
{
	for (int i = 3; i < o->nargs; i++) {
		size_t n = strcspn(o->args[i], "=");
		bool known = false;
		for (const struct arg *s = action->args; s && s->name; s++)
			known = known || (strlen(s->name) == n && !strncmp(s->name, o->args[i], n));
		if (known && o->args[i][n] == '=')
			continue;
		err_set(e, ERR_USAGE, "E-USAGE", "code",
		    _("Give it on standard input, or type it when asked; arguments: kind, reason, reservation"),
		    _("a code has no place on the command line, where others can read it"));
		return false;
	}
	return true;
}

static bool parse(struct run *r, const struct action *action, struct args *args)
{
	const struct options *o = r->o;

	if (!args_parse(args, action->args, o->nargs - 3, o->args + 3, r->today, record_currency(r), &r->err))
		return false;
	for (const struct arg *s = action->args; s->name; s++)
		if (s->required && !args_has(args, s->name))
			return run_usage(r, s->name, NULL, _("it is missing"));
	return true;
}

static struct code_keys *open_keys(struct run *r)
{
	const char *path = r->target.codes_key;

	if (path)
		return code_keys_read(path, r->target.is_demo, &r->err);
	err_set(&r->err, ERR_FAILED, "E-SEAL", NULL, _("Write codes_key = FILE into the profile; see domovoi help --man"),
	    _("no key file for access codes is named"));
	return NULL;
}

/* ---- setting ---------------------------------------------------------------------------------------------- */

static bool send_sealed(struct run *r, const struct resource *res, const char *unit, const struct args *given,
    const char *sealed, int version)
{
	json_t *args = json_pack("{s:s, s:s, s:i}", "kind", value_of(given, "kind"), "sealed", sealed, "key_version", version);
	const char *reason = value_of(given, "reason");
	struct answer a;

	if (reason)
		json_object_set_new(args, "reason", json_string(reason));
	client_mutate(r->session, &(struct mutation){ .res = res, .kind = "action", .record = unit,
	    .version = r->o->version, .action = "set_code", .args = args }, RUN_OWNER, run_answer, run_ask(&a));
	bool good = run_wait(r, &a) && record_print_json(r, res, json_object_get(a.json, "row"));
	run_forget(&a);
	json_decref(args);
	return good;
}

/* Sealed for the unit's id, whatever it was called by. */
static bool set_code(struct run *r, const struct resource *res, const struct args *args, const struct code_keys *keys)
{
	struct answer a;

	client_get(r->session, res, r->o->args[1], RUN_OWNER, run_answer, run_ask(&a));
	bool good = run_wait(r, &a);
	if (good) {
		struct code_place at = { .company = atoi(table_get(a.rows, 0, "company")),
			.unit = table_get(a.rows, 0, "id"), .kind = value_of(args, "kind") };
		char *text = read_code(r->o->args[1], at.kind);
		char *sealed = code_seal(keys, &at, text ? text : "", &r->err);
		code_forget(text);
		good = sealed && send_sealed(r, res, at.unit, args, sealed, code_keys_newest(keys));
		free(sealed);
	}
	run_forget(&a);
	return good;
}

/* ---- showing ---------------------------------------------------------------------------------------------- */

/* The code and nothing else. A terminal gets no control characters, whoever sealed them. */
static void print_code(const char *text)
{
	struct strbuf clean = { 0 };

	if (isatty(STDOUT_FILENO))
		text_clean(&clean, text, strlen(text), TEXT_MULTILINE);
	puts(isatty(STDOUT_FILENO) ? strbuf_str(&clean) : text);
	fflush(stdout);
	if (clean.len)
		explicit_bzero(clean.s, clean.len);
	strbuf_free(&clean);
}

static bool show_code(struct run *r, const json_t *o, const struct code_keys *keys)
{
	const char *opened = json_string_value(json_object_get(o, "code")); /* an API server holds the key itself */

	if (opened) {
		print_code(opened);
		explicit_bzero((char *)(uintptr_t)opened, strlen(opened)); /* the document is our copy */
		return true;
	}

	struct code_place at = { .company = (int)json_integer_value(json_object_get(o, "company")),
		.unit = json_string_value(json_object_get(o, "unit")), .kind = json_string_value(json_object_get(o, "kind")) };
	const char *sealed = json_string_value(json_object_get(o, "sealed"));
	char *text = at.unit && at.kind && sealed ? code_open(keys, (int)json_integer_value(json_object_get(o, "key_version")),
	    &at, sealed, &r->err) : NULL;

	if (text)
		print_code(text);
	code_forget(text);
	return text != NULL;
}

/* Two requests: the second is only answered when the log of the first is committed. */
static bool reveal_code(struct run *r, const struct args *args, const struct code_keys *keys)
{
	struct answer asked, code;

	client_reveal(r->session, r->o->args[1], args->v, args->n, RUN_OWNER, run_answer, run_ask(&asked));
	bool good = run_wait(r, &asked);
	if (good) {
		const char *view = json_string_value(json_object_get(asked.json, "view"));
		client_code(r->session, view ? view : "", RUN_OWNER, run_answer, run_ask(&code));
		good = run_wait(r, &code) && show_code(r, code.json, keys);
		run_forget(&code);
	}
	run_forget(&asked);
	return good;
}

int cmd_code(const struct options *o, const struct resource *res, const struct action *action)
{
	struct run r = { .o = o };
	struct args args = { 0 };
	struct code_keys *keys = NULL;

	if (!words_are_safe(o, action, &r.err))
		return say_err(&r.err);
	if (run_open(&r, o) && parse(&r, action, &args) && (keys = open_keys(&r))) {
		if (!strcmp(action->name, "set_code"))
			set_code(&r, res, &args, keys);
		else
			reveal_code(&r, &args, keys);
	}
	code_keys_free(keys);
	args_free(&args);
	return run_close(&r);
}

/* keys: the console's key bindings, the user's own laid over them; needs no database. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/say.h"
#include "screens/console.h"

struct listing {
	struct strbuf text;
	json_t *rows;
	int faults;
	const char *screen; /* of the row before */
};

static void add_text(struct listing *l, const struct console_key *k)
{
	if (l->rows == NULL && (!l->screen || strcmp(l->screen, k->title) != 0))
		strbuf_printf(&l->text, "%s%s\n", l->text.len ? "\n" : "", k->screen ? k->screen : _(k->title));
	l->screen = k->title;
	strbuf_puts(&l->text, "  ");
	text_fit(&l->text, k->action, 16, TEXT_LEFT, true);
	strbuf_putc(&l->text, k->changed ? '*' : ' ');
	text_fit(&l->text, k->keys, 22, TEXT_LEFT, true);
	strbuf_printf(&l->text, " %s", _(k->note));
	if (k->permission)
		strbuf_printf(&l->text, " (%s)", k->permission);
	strbuf_putc(&l->text, '\n');
}

static void each(void *ctx, const struct console_key *k)
{
	struct listing *l = ctx;
	struct strbuf keys = { 0 }; /* may be any character of the user's file */
	struct console_key clean = *k;

	text_clean(&keys, k->keys, strlen(k->keys), TEXT_ONE_LINE);
	clean.keys = strbuf_str(&keys);
	if (!l->rows)
		add_text(l, &clean);
	else
		json_array_append_new(l->rows, json_pack("{s:s?,s:s,s:s,s:s,s:s?,s:b}", "screen", k->screen, "action",
		    k->action, "keys", clean.keys, "note", _(k->note), "permission", k->permission, "changed", k->changed));
	strbuf_free(&keys);
}

static void fault(void *ctx, const struct err *e)
{
	((struct listing *)ctx)->faults++;
	say_err(e);
}

int cmd_keys(const struct options *o)
{
	struct listing l = { .rows = o->format && !strncmp(o->format, "json", 4) ? json_array() : NULL };
	struct err e = { 0 };
	struct output *out;

	console_keys(true, each, fault, &l);
	out = output_open(o);
	if (out) {
		char *text = l.rows ? json_dumps(l.rows, JSON_INDENT(2)) : NULL;

		output_text(out, text ? text : strbuf_str(&l.text));
		if (text)
			output_text(out, "\n");
		free(text);
		output_close(out, &e);
	}
	json_decref(l.rows);
	strbuf_free(&l.text);
	if (e.kind != ERR_NONE)
		return say_err(&e);
	return l.faults ? ERR_USAGE : 0;
}

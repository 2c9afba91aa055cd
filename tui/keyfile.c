#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "tui/keyfile.h"
#include "tui/keymap.h"

enum { FILE_MOST = 1 << 20 };

void keyfile_fault_at(const struct keyfile *f, int line, const char *remedy, keyfile_fault fault, void *ctx,
    const char *fmt, ...)
{
	struct strbuf clean = { 0 };
	struct err e;
	char text[240];
	va_list ap;

	if (!fault)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(&clean, text, strlen(text), TEXT_ONE_LINE);
	err_set(&e, ERR_USAGE, "E-KEY", NULL, remedy, "%s:%d: %s", f->origin, line, strbuf_str(&clean));
	fault(ctx, &e);
	strbuf_free(&clean);
}

/* Without the blanks around; cut in place. */
static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* The first word of keys that is none. */
static bool keys_sound(const char *keys, const char **bad)
{
	struct key seq[KEYMAP_DEPTH];
	int n;

	for (*bad = keys; **bad; *bad = keys) {
		keys += strspn(keys, " ");
		*bad = keys;
		if (*keys && !keymap_next(&keys, seq, &n))
			return false;
	}
	return true;
}

static bool set_layout(struct keyfile *f, const char *value)
{
	static const struct { const char *name; enum key_layout layout; } names[] = {
		{ "auto", KEYS_AUTO }, { "us", KEYS_US }, { "ru", KEYS_RU }, { "kz", KEYS_KZ },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i].name, value) == 0) {
			f->layout = names[i].layout;
			f->layout_given = true;
			return true;
		}
	return false;
}

/* "#" may be a key: a comment stands at the line's start, or has blanks around its sign. */
static void cut_comment(char *line)
{
	for (char *s = line; *s; s++)
		if (*s == '#' && (s == line || s[-1] == ' ' || s[-1] == '\t') && (s == line || s[1] == ' ')) {
			*s = '\0';
			return;
		}
}

static void parse_line(struct keyfile *f, char *text, int line, keyfile_fault fault, void *ctx)
{
	char *eq, *name, *keys, *dot;
	const char *bad;

	cut_comment(text);
	name = trim(text);
	if (!*name)
		return;
	eq = strchr(name, '=');
	if (!eq) {
		keyfile_fault_at(f, line, _("Write action = keys, or screen.action = keys"), fault, ctx, _("there is no ="));
		return;
	}
	*eq = '\0';
	name = trim(name);
	keys = trim(eq + 1);
	if (strcmp(name, "keys.layout") == 0) {
		if (!set_layout(f, keys))
			keyfile_fault_at(f, line, _("There are: auto, us, ru, kz"), fault, ctx, _("there is no layout %s"), keys);
		return;
	}
	if (!keys_sound(keys, &bad)) {
		keyfile_fault_at(f, line, _("Keys are written as in the help: j, Enter, F7, C-r, M-f, g+p"), fault, ctx,
		    _("%.*s is not a key"), (int)strcspn(bad, " "), bad);
		return;
	}
	dot = strchr(name, '.');
	f->lines = xreallocarray(f->lines, (size_t)f->n + 1, sizeof(*f->lines));
	f->lines[f->n++] = (struct keyfile_line){
		.line = line, .screen = dot ? xstrndup(name, (size_t)(dot - name)) : NULL,
		.action = xstrdup(dot ? dot + 1 : name), .keys = xstrdup(keys),
	};
}

void keyfile_parse(struct keyfile *f, const char *text, const char *origin, keyfile_fault fault, void *ctx)
{
	int line = 1;

	*f = (struct keyfile){ .origin = xstrdup(origin) };
	for (; *text; line++) {
		size_t n = strcspn(text, "\n");
		char *copy = xstrndup(text, n);

		for (char *tab = copy; (tab = strchr(tab, '\t')); )
			*tab = ' ';
		parse_line(f, copy, line, fault, ctx);
		free(copy);
		text += n + (text[n] == '\n');
	}
}

void keyfile_read(struct keyfile *f, const char *path, keyfile_fault fault, void *ctx)
{
	FILE *in = path ? fopen(path, "re") : NULL;
	struct strbuf text = { 0 };
	char buf[4096];
	size_t n;

	while (in && (n = fread(buf, 1, sizeof(buf), in)) > 0 && text.len < FILE_MOST)
		strbuf_add(&text, buf, n);
	int why = !path || (!in && errno == ENOENT) ? 0 : !in || ferror(in) ? errno : 0;
	if (in)
		fclose(in);
	keyfile_parse(f, strbuf_str(&text), path && strrchr(path, '/') ? strrchr(path, '/') + 1 : "keys", fault, ctx);
	if (why)
		keyfile_fault_at(f, 0, _("The keys are those of the program"), fault, ctx, "%s", strerror(why));
	strbuf_free(&text);
}

void keyfile_free(struct keyfile *f)
{
	for (int i = 0; i < f->n; i++) {
		free(f->lines[i].screen);
		free(f->lines[i].action);
		free(f->lines[i].keys);
	}
	free(f->lines);
	free(f->origin);
	*f = (struct keyfile){ 0 };
}

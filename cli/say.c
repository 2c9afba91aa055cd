#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "cli/say.h"

static void put(const char *head, const char *text, const char *tail)
{
	struct strbuf b = { 0 };

	strbuf_puts(&b, head);
	text_clean(&b, text, strlen(text), TEXT_ONE_LINE);
	strbuf_puts(&b, tail);
	fputs(strbuf_str(&b), stderr); /* one write: stderr is unbuffered, lines of two programs do not mix */
	strbuf_free(&b);
}

__attribute__((format(printf, 3, 0)))
static void put_va(const char *head, const char *tail, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	put(head, text, tail);
	free(text);
}

int say_err(const struct err *e)
{
	char line[sizeof *e + 16];

	err_line(e, line, sizeof line);
	say_progress("%s", "");
	put("domovoi: ", line, "\n");
	return (int)e->kind;
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_va("domovoi: ", "\n", fmt, ap);
	va_end(ap);
}

void say_line(const char *line)
{
	put("", line, "\n");
}

void say_progress(const char *fmt, ...)
{
	static bool shown;
	char text[160];
	va_list ap;

	if (!isatty(STDERR_FILENO))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!text[0] && !shown)
		return;
	shown = text[0] != '\0';
	put("\r\033[K", text, "");
}

bool say_can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* y, yes, да, д, иә, и: the answer's first letter in the languages that we speak. */
static bool is_yes(const char *answer)
{
	static const char *const yes[] = { "y", "Y", "д", "Д", "и", "И" };

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (!strncmp(answer, yes[i], strlen(yes[i])))
			return true;
	return false;
}

bool say_ask(const char *fmt, ...)
{
	char answer[64];
	va_list ap;

	va_start(ap, fmt);
	put_va("", " [y/N] ", fmt, ap);
	va_end(ap);
	return fgets(answer, sizeof answer, stdin) && is_yes(answer);
}

#include "config.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cut must not leave half a character behind: the text is UTF-8. */
static void trim_partial(char *s, size_t size)
{
	size_t n = strlen(s);
	if (n + 1 < size)
		return;
	size_t start = n;
	while (start > 0 && ((unsigned char)s[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0)
		return;
	unsigned char lead = (unsigned char)s[start - 1];
	size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
	if (n - (start - 1) < need)
		s[start - 1] = '\0';
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from != NULL ? from : "");
	trim_partial(to, size);
}

enum err_kind err_set(struct err *e, enum err_kind kind, const char *code, const char *field,
    const char *remedy, const char *fmt, ...)
{
	if (e == NULL)
		return kind;

	/* The arguments may be parts of *e itself (an error wrapped in another): build aside. */
	struct err n = { .kind = kind };
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(n.text, sizeof n.text, fmt, ap);
	va_end(ap);
	trim_partial(n.text, sizeof n.text);
	copy(n.code, sizeof n.code, code != NULL && *code != '\0' ? code : "E-FAIL");
	copy(n.field, sizeof n.field, field);
	copy(n.remedy, sizeof n.remedy, remedy);
	*e = n;
	return kind;
}

void err_clear(struct err *e)
{
	memset(e, 0, sizeof *e);
}

void err_line(const struct err *e, char *buf, unsigned size)
{
	if (size == 0)
		return;
	snprintf(buf, size, "%s%s%s: %s%s%s", e->code, e->field[0] != '\0' ? " " : "", e->field,
	    e->text, e->remedy[0] != '\0' ? ". " : "", e->remedy);
	trim_partial(buf, size);
}

#include "config.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*die_hook)(void);

void die_set_hook(void (*hook)(void))
{
	die_hook = hook;
}

_Noreturn void die(const char *fmt, ...)
{
	void (*hook)(void) = die_hook;
	die_hook = NULL; /* a hook that dies itself must not come back here */
	if (hook != NULL)
		hook();

	va_list ap;
	va_start(ap, fmt);
	fputs("domovoi: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static void *check(void *p, size_t size)
{
	if (p == NULL)
		die("out of memory (%zu bytes)", size);
	return p;
}

/* malloc(0) may answer NULL, which is not a failure: one byte is always asked for. */
static size_t at_least_one(size_t size)
{
	return size == 0 ? 1 : size;
}

void *xmalloc(size_t size)
{
	return check(malloc(at_least_one(size)), size);
}

void *xcalloc(size_t count, size_t size)
{
	return check(calloc(at_least_one(count), at_least_one(size)), size);
}

void *xrealloc(void *p, size_t size)
{
	return check(realloc(p, at_least_one(size)), size);
}

void *xreallocarray(void *p, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		die("out of memory (%zu times %zu bytes)", count, size);
	return xrealloc(p, count * size);
}

char *xstrdup(const char *s)
{
	return s == NULL ? NULL : xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t n)
{
	n = strnlen(s, n);
	char *copy = xmalloc(n + 1);
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory (text)");
	return s;
}
